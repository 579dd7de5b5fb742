package venv

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/python"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// Env is one environment on disk: a virtual one, or the real one of a distribution (Root is then its prefix).
type Env struct {
	Root     string // "/opt/venvs/cinder-26.3.0"
	Python   *python.Interpreter
	Scheme   wheel.Scheme // of what is installed into it, relative to Root; zero where it is not Virtual
	Scripts  string       // absolute: <root>/bin
	Virtual  bool         // has a pyvenv.cfg; else nothing is ever installed into it by this package
	Warnings []string     // what Create left out, and why
}

// Open reads an existing environment: root of a virtual one, or an interpreter's prefix. It runs the interpreter once, to ask it. A folder without either is ErrNoEnvironment.
func Open(ctx context.Context, root string) (*Env, error) {
	return OpenWith(ctx, root, new(python.Prober))
}

// OpenWith is Open that asks the interpreter through a Prober, which may know it already.
func OpenWith(ctx context.Context, root string, p *python.Prober) (*Env, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	_, err = os.Lstat(filepath.Join(root, python.ConfigName))
	virtual := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, name := range []string{"bin/python", "bin/python3", "Scripts/python.exe", "python.exe"} {
		file := filepath.Join(root, filepath.FromSlash(name))
		if st, err := os.Stat(file); err != nil || !st.Mode().IsRegular() {
			continue
		}
		i, err := p.Probe(ctx, file)
		if err != nil {
			return nil, err
		}
		return opened(root, virtual, i)
	}
	return nil, fmt.Errorf("%s: %w", root, ErrNoEnvironment)
}

func opened(root string, virtual bool, i *python.Interpreter) (*Env, error) {
	if !virtual {
		return &Env{Root: root, Python: i, Scripts: filepath.Clean(i.Paths["scripts"])}, nil
	}
	want, err1 := os.Stat(root)
	have, err2 := os.Stat(i.Prefix)
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	if !os.SameFile(want, have) {
		return nil, fmt.Errorf("%s: its interpreter says that it belongs to %s: the environment was moved or copied, create a new one", root, i.Prefix)
	}
	return virtualEnv(root, i), nil
}

// virtualEnv is the Env of an interpreter that lies in root.
func virtualEnv(root string, i *python.Interpreter) *Env {
	return &Env{Root: root, Python: i, Virtual: true, Scripts: filepath.Join(root, filepath.FromSlash(i.VenvPaths["scripts"])), Scheme: scheme(root, i)}
}

// scheme is where installers put things in a virtual environment. Headers are pip's choice, as sysconfig's would lie in the base. What is reached by the link lib64 is named by
// the true folder.
func scheme(root string, i *python.Interpreter) wheel.Scheme {
	platlib := i.VenvPaths["platlib"]
	if target, err := os.Readlink(filepath.Join(root, "lib64")); err == nil && target == "lib" {
		if rest, ok := strings.CutPrefix(platlib, "lib64/"); ok {
			platlib = "lib/" + rest
		}
	}
	return wheel.Scheme{
		Purelib: i.VenvPaths["purelib"],
		Platlib: platlib,
		Scripts: i.VenvPaths["scripts"],
		Headers: fmt.Sprintf("include/site/python%d.%d", i.Version.Release(0), i.Minor()),
	}
}

// libraries lists the folders in which distributions lie, absolute, in the order in which Python looks.
func (e *Env) libraries() []string {
	dirs := slices.Clone(e.Python.SiteDirs)
	if e.Virtual {
		dirs = []string{filepath.Join(e.Root, filepath.FromSlash(e.Scheme.Purelib)), filepath.Join(e.Root, filepath.FromSlash(e.Scheme.Platlib))}
	}
	var unique []string
	for _, dir := range dirs {
		if !slices.Contains(unique, dir) {
			unique = append(unique, dir)
		}
	}
	return unique
}

// Installed lists the distributions of the environment, sorted by name; of one that lies in two folders the first counts. Eggs are left out: see Eggs. The list is what could be read,
// the error joins a *wheel.ScanError for each that could not.
func (e *Env) Installed(ctx context.Context) ([]wheel.Installed, error) {
	found, _, err := e.scan(ctx)
	return found, err
}

// Eggs lists what was installed the way of old setuptools, .egg-info and .egg-link, which cannot be removed, by project name. What cannot be told from the file's name is left out.
func (e *Env) Eggs(ctx context.Context) (map[pep508.Name]string, error) {
	_, eggs, err := e.scan(ctx)
	return eggs, err
}

func (e *Env) scan(ctx context.Context) (all []wheel.Installed, eggs map[pep508.Name]string, err error) {
	eggs = map[pep508.Name]string{}
	seen := map[pep508.Name]bool{}
	for _, dir := range e.libraries() {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		found, errs := wheel.Scan(os.DirFS(dir))
		for _, in := range found {
			if !seen[in.Name] {
				all = append(all, in)
			}
		}
		for _, in := range found {
			seen[in.Name] = true
		}
		for _, bad := range errs {
			err = errors.Join(err, scanned(dir, bad, eggs))
		}
	}
	slices.SortStableFunc(all, func(a, b wheel.Installed) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return all, eggs, err
}

// scanned sorts out what Scan could not read.
func scanned(dir string, bad error, eggs map[pep508.Name]string) error {
	var scan *wheel.ScanError
	switch {
	case errors.As(bad, &scan) && errors.Is(bad, wheel.ErrEgg):
		project, _, _ := strings.Cut(strings.TrimSuffix(scan.Path, filepath.Ext(scan.Path)), "-")
		if name, err := pep508.ParseName(project); err == nil {
			eggs[name] = filepath.Join(dir, scan.Path)
		}
		return nil
	case errors.Is(bad, fs.ErrNotExist): // a folder of the search path that is not there
		return nil
	}
	return bad
}

// Site is the folder of libraries (purelib) as a file system.
func (e *Env) Site() (fs.FS, error) {
	dir := filepath.Join(e.Root, filepath.FromSlash(e.Scheme.Purelib))
	if !e.Virtual {
		if e.Python == nil {
			return nil, fmt.Errorf("%s: its interpreter is not known, so neither is its folder of libraries", e.Root)
		}
		dir = e.Python.Paths["purelib"]
	}
	if st, err := os.Stat(dir); err != nil || !st.IsDir() {
		return nil, errors.Join(err, fmt.Errorf("%s is no folder of libraries", dir))
	}
	return os.DirFS(dir), nil
}
