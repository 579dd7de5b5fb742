package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/pylock"
	"github.com/chandlery-go/chandlery/resolve/pyproject"
)

// readProjects adds what pyproject.toml files ask for.
func (f *inputFlags) readProjects(in *inputs) error {
	known := map[string]*pyproject.Project{}
	if f.Pyproject != "" {
		p, err := openProject(known, f.Pyproject)
		if err != nil {
			return err
		}
		extras, err := parseNames("--extra", f.Extra)
		if err != nil {
			return err
		}
		list, err := p.Requirements(extras...)
		if err != nil {
			return configError(f.Pyproject, err)
		}
		in.projects = append(in.projects, p)
		in.add(list, f.Pyproject)
	}
	for _, text := range f.Group {
		at := strings.LastIndexByte(text, ':')
		file := cmp.Or(text[:max(at, 0)], f.Pyproject, "pyproject.toml")
		names, err := parseNames("--group", []string{text[at+1:]})
		if err != nil {
			return err
		}
		p, err := openProject(known, file)
		if err != nil {
			return err
		}
		list, err := p.Group(names[0])
		if err != nil {
			return configError(file, err)
		}
		in.add(list, file)
	}
	return nil
}

func (in *inputs) add(list []pep508.Requirement, file string) {
	for _, r := range list {
		in.Requirements.Requirements = append(in.Requirements.Requirements, pylock.Line{Requirement: r, File: file})
	}
}

func openProject(known map[string]*pyproject.Project, file string) (*pyproject.Project, error) {
	if p, ok := known[file]; ok {
		return p, nil
	}
	b, err := readLimited(file, pyproject.MaxPyproject)
	if err != nil {
		return nil, configError(file, err)
	}
	p, err := pyproject.Parse(b)
	if err != nil {
		return nil, configError(file, err)
	}
	known[file] = p
	return p, nil
}

// readLimited reads a file of at most limit bytes; of a longer one it reads one byte more.
func readLimited(file string, limit int64) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, limit+1))
}

func parseNames(flag string, texts []string) ([]pep508.Name, error) {
	out := make([]pep508.Name, len(texts))
	for i, text := range texts {
		var err error
		if out[i], err = pep508.ParseName(text); err != nil {
			return nil, usage("%s: %v", flag, err)
		}
	}
	return out, nil
}

// suits holds a platform to the Python that the projects require.
func (in *inputs) suits(platform string, python pep440.Version) error {
	for _, p := range in.projects {
		if !p.RequiresPython.Contains(python) {
			return &bundle.Error{Platform: platform, Step: bundle.StepResolve, Kind: bundle.KindConflict, Err: fmt.Errorf("%s requires Python %s, not %s", p.Name, p.RequiresPython, python)}
		}
	}
	return nil
}
