package crawl

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/upgrade/driver/pyast"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// Limits of what is read of one file of a distribution. A file over them is an error; a single text over pyast.MaxSource is a Dynamic module.
const (
	MaxFiles = 50_000    // entries of an archive
	MaxTexts = 256 << 20 // bytes of all Python texts
)

// ErrTooLarge says that a wheel or sdist goes beyond MaxFiles or MaxTexts.
var ErrTooLarge = errors.New("it has more than is read of one distribution")

// distribution is what is read of one wheel or sdist.
type distribution struct {
	RequiresPython string
	Requires       []string
	EntryPoints    map[string]map[string]string
	Sources        []source
	Opaque         []string // modules that are there and not read

	texts map[string]pyast.Source // by key; not kept in the Cache
}

// source is one Python file.
type source struct {
	Module string // its dotted name
	Key    string // of its Surface
}

// member is one file of an archive, by its path as installed.
type member struct {
	name string
	size int64
	read func() ([]byte, error)
}

// collector puts members together.
type collector struct {
	skip   []string
	d      *distribution
	opaque map[string]bool
	total  int64
}

// readFile reads a verified wheel or sdist.
func readFile(ctx context.Context, blob dist.Blob, f dist.File, skip []string) (*distribution, error) {
	c := &collector{skip: skip, d: &distribution{texts: map[string]pyast.Source{}}, opaque: map[string]bool{}}
	read := readWheel
	if f.Kind == dist.Sdist {
		read = readSdist
	}
	if err := read(ctx, blob, f, c); err != nil {
		return nil, err
	}
	return c.done(), nil
}

// done sorts what was found.
func (c *collector) done() *distribution {
	for _, s := range c.d.Sources {
		delete(c.opaque, s.Module) // an extension module beside its Python form
	}
	c.d.Opaque = slices.Sorted(maps.Keys(c.opaque))
	slices.SortFunc(c.d.Sources, func(a, b source) int { return strings.Compare(a.Module, b.Module) })
	return c.d
}

// take reads a member if it is a module.
func (c *collector) take(m member) error {
	parts, kind, pkg := modulePath(m.name)
	if kind == noModule {
		return nil
	}
	if at := c.skipped(parts); at > 0 {
		c.opaque[strings.Join(parts[:at], ".")] = true
		return nil
	}
	if kind == extension || m.size > pyast.MaxSource {
		c.opaque[strings.Join(parts, ".")] = true
		return nil
	}
	if c.total += m.size; c.total > MaxTexts {
		return fmt.Errorf("%w: %d bytes of Python", ErrTooLarge, c.total)
	}
	text, err := m.read()
	if err != nil {
		return err
	}
	s := pyast.Source{Name: strings.Join(parts, "."), Package: pkg, Text: text, File: m.name}
	key := keyOf(s)
	c.d.Sources = append(c.d.Sources, source{s.Name, key})
	c.d.texts[key] = s
	return nil
}

// skipped says how many of the parts name the package below which nothing is read; 0 for none.
func (c *collector) skipped(parts []string) int {
	for i := range parts {
		if parts[i] == "tests" || slices.Contains(c.skip, strings.Join(parts[:i+1], ".")) {
			return i + 1
		}
	}
	return 0
}

type moduleKind int8

const (
	noModule moduleKind = iota
	python
	extension
)

// modulePath is the dotted name of the module that a file is; package is an __init__.py. A name that no import statement can say is no module.
func modulePath(name string) (parts []string, kind moduleKind, pkg bool) {
	dir, base := path.Split(name)
	stem, suffix, _ := strings.Cut(base, ".")
	switch {
	case suffix == "py":
		kind = python
	case path.Ext(base) == ".so" || path.Ext(base) == ".pyd":
		kind = extension
	default:
		return nil, noModule, false
	}
	parts = append(strings.FieldsFunc(dir, func(r rune) bool { return r == '/' }), stem)
	if stem == "__init__" {
		parts, pkg = parts[:len(parts)-1], true
	}
	if len(parts) == 0 || slices.ContainsFunc(parts, func(s string) bool { return !isIdentifier(s) }) {
		return nil, noModule, false
	}
	return parts, kind, pkg
}

// isIdentifier reports a name that an import statement can say, ASCII alone: no distribution has others.
func isIdentifier(s string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
	return s != "" && strings.Trim(s, letters+"0123456789") == "" && strings.Contains(letters, s[:1])
}

// metadata takes in METADATA or PKG-INFO.
func (c *collector) metadata(b []byte, f dist.File) error {
	m, err := dist.ParseMetadata(b)
	if err != nil {
		return err
	}
	if err := m.Matches(f.Filename); err != nil {
		return err
	}
	c.d.RequiresPython = m.RequiresPython.String()
	for _, r := range m.RequiresDist {
		c.d.Requires = append(c.d.Requires, r.String())
	}
	return nil
}

// entryPoints takes in entry_points.txt.
func (c *collector) entryPoints(all []wheel.EntryPoint) {
	for _, e := range all {
		if c.d.EntryPoints == nil {
			c.d.EntryPoints = map[string]map[string]string{}
		}
		if c.d.EntryPoints[e.Group] == nil {
			c.d.EntryPoints[e.Group] = map[string]string{}
		}
		reference := e.Module
		if e.Attr != "" {
			reference += ":" + e.Attr
		}
		c.d.EntryPoints[e.Group][e.Name] = reference
	}
}
