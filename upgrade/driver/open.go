package driver

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// Source is where a driver lies.
type Source struct {
	// Path is a folder, a wheel, an sdist, a .zip, or a .py file: then of its folder count besides what it imports and no release has, so that the rest of a package stays that of the release. "": Class is looked up in Sites.
	Path  string
	Class string   // as the configuration names it: cinder.volume.drivers.rbd.RBDDriver; "": not told, and every module of the source counts
	Sites []string // library folders in Python's order, for a driver that is installed
	// Index helps to find where a file belongs, and tells the host's own modules from the vendor's; nil: neither.
	Index *api.Index
}

// Tree is a driver's files, each under the name that it has once it is installed.
type Tree struct {
	Source string // as it was opened: the path, or the class
	Class  string // as told
	Files  []File // sorted by name
	Placed string // how the names were found, as a sentence

	Distribution pep508.Name    // of its own metadata; "" where it has none
	Version      pep440.Version // likewise
	Requires     []pep508.Requirement
}

// File is one Python file of a driver.
type File struct {
	Name    string // dotted, as installed: cinder.volume.drivers.rbd
	Package bool   // an __init__.py
	Path    string // within the source, with slashes
	Text    []byte
}

// Open reads a driver and finds where its files belong. Nothing of it is run. Tests are left out. The error is an *OpenError that wraps
// what is wrong: ErrWholeComponent, a *LimitError, an *AmbiguousError, a *ClassError, or one of the file system or of the archive.
func Open(ctx context.Context, src Source) (*Tree, error) {
	tree, err := open(ctx, src)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err == nil && len(tree.Files) == 0:
		err = errors.New("it holds no Python file but tests")
	}
	if err != nil {
		return nil, &OpenError{src.name(), err}
	}
	return tree, nil
}

func (s Source) name() string {
	if s.Path != "" {
		return s.Path
	}
	return s.Class
}

func open(ctx context.Context, src Source) (*Tree, error) {
	switch {
	case src.Path == "" && src.Class == "":
		return nil, ErrNoSource
	case src.Path == "":
		return openInstalled(ctx, src)
	}
	abs, err := filepath.Abs(src.Path)
	if err != nil {
		return nil, err
	}
	g, kind, err := gather(ctx, abs)
	if err != nil {
		return nil, err
	}
	tree := &Tree{Source: src.Path, Class: src.Class}
	tree.readMetadata(g)
	p := newPlacing(src, kind, filepath.ToSlash(abs), g)
	if tree.Files, tree.Placed, err = p.place(); err != nil {
		return nil, err
	}
	tree.Files = slices.DeleteFunc(tree.Files, isHostPackage)
	if kind == aFile && len(tree.Files) == 1 {
		tree.Files, err = p.beside(ctx, tree.Files[0])
		return tree, err
	}
	return tree, tree.limit(src)
}

// isHostPackage reports whether a file is the __init__.py of a host's own package, as a vendor's source tree has them, mostly empty, to be a tree: the release's stay.
func isHostPackage(f File) bool {
	return f.Package && slices.ContainsFunc(roots, func(r Root) bool { return within(r.Package, f.Name) })
}

// limit leaves, of a tree in which a class was named, what the class's module leads to.
func (t *Tree) limit(src Source) error {
	by := map[string]File{}
	whole := false
	for _, f := range t.Files {
		by[f.Name] = f
		whole = whole || slices.ContainsFunc(roots, func(r Root) bool { return r.Heart == f.Name })
	}
	if t.Class == "" {
		if whole {
			return ErrWholeComponent
		}
		return nil
	}
	own := func(string) bool { return true }
	load := func(name string) (File, bool, error) { f, ok := by[name]; return f, ok, nil }
	start, ok := classModule(t.Class)
	if !ok {
		return &ClassError{t.Class, []string{t.Source}}
	}
	if whole {
		own = ownNames(start, src.Index)
		t.Distribution, t.Version, t.Requires = "", pep440.Version{}, nil // those are the component's
	}
	files, err := closure(start, load, own)
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return &ClassError{t.Class, []string{t.Source}}
	}
	t.Files = files
	return nil
}

// readMetadata takes name, version and requirements of the metadata that lies nearest the top. What cannot be read says nothing.
func (t *Tree) readMetadata(g *gathered) {
	var names []string
	for name := range g.texts {
		if base := path.Base(name); base == "PKG-INFO" || base == "METADATA" {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, nearest)
	for _, name := range names {
		m, err := dist.ParseMetadata(g.texts[name])
		if err != nil {
			continue
		}
		t.Distribution, t.Version, t.Requires = m.Name, m.ProjectVersion, m.RequiresDist
		break
	}
	if len(t.Requires) > 0 {
		return
	}
	t.Requires = g.required()
}

// required reads requires.txt of an egg, else requirements.txt: the lines that are requirements, without those of extras.
func (g *gathered) required() (all []pep508.Requirement) {
	var names []string
	for name := range g.texts {
		if base := path.Base(name); base == "requires.txt" || base == "requirements.txt" {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, nearest)
	if len(names) == 0 {
		return nil
	}
	for _, line := range strings.Split(string(g.texts[names[0]]), "\n") {
		if strings.HasPrefix(line, "[") {
			break
		}
		line, _, _ = strings.Cut(line, "#")
		if r, err := pep508.Parse(strings.TrimSpace(line)); err == nil {
			all = append(all, r)
		}
	}
	return all
}

func nearest(a, b string) int {
	if n := strings.Count(a, "/") - strings.Count(b, "/"); n != 0 {
		return n
	}
	return strings.Compare(a, b)
}

// SDK lists the distributions that the driver's own metadata require, without the component's; nil where it has none.
func (t *Tree) SDK() (names []pep508.Name) {
	for _, r := range t.Requires {
		if !r.Marker.UsesExtra() && !slices.Contains(names, r.Name) && !slices.ContainsFunc(roots, func(root Root) bool { return root.Component == r.Name }) {
			names = append(names, r.Name)
		}
	}
	return names
}

// String names the driver for a person.
func (t *Tree) String() string {
	text := t.Source
	if t.Distribution != "" {
		text += fmt.Sprintf(" (%s %s)", t.Distribution, t.Version)
	}
	return text
}
