package driver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
	"github.com/chandlery-go/chandlery/upgrade/driver/pyast"
	"github.com/chandlery-go/chandlery/upgrade/openstack"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// ErrNotInstalled says that a distribution is in none of the library folders.
var ErrNotInstalled = errors.New("not installed in the library folders that were given")

// Surfacer reads what Python texts bind, in the order of the sources: *pyast.Reader.
type Surfacer interface {
	Surface(ctx context.Context, sources []pyast.Source) ([]pyast.Surface, error)
}

// Installed reads what a distribution offers as it is installed, from its files: a distribution's package carries changes that its version does not tell. sites are library folders in Python's order. What
// is there but cannot be read (tests, extension modules, what is no Python for this interpreter) is Dynamic. Series and Libraries are not told. The error wraps ErrNotInstalled, or is a *LimitError, one of the file system, or the reader's.
func Installed(ctx context.Context, sites []string, name pep508.Name, reader Surfacer) (*api.Release, error) {
	all, bad := openstack.Distributions(ctx, sites...)
	at := slices.IndexFunc(all, func(d openstack.Distribution) bool { return d.Name == name })
	if at < 0 {
		return nil, errors.Join(append([]error{ctx.Err(), fmt.Errorf("%s: %w: %s", name, ErrNotInstalled, strings.Join(sites, ", "))}, bad...)...)
	}
	found := all[at]
	root, err := os.OpenRoot(found.Site)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	r := &api.Release{Distribution: name, Version: found.Version, Modules: map[string]*api.Module{}}
	record := record{root, found.Record}
	record.metadata(r)
	w := &walk{root: root, opaque: map[string]bool{}}
	for _, first := range record.tops(name) {
		if err := w.top(ctx, first); err != nil {
			return nil, err
		}
	}
	if len(w.sources) == 0 {
		return nil, fmt.Errorf("%s %s: none of its Python files is in %s", name, found.Version, found.Site)
	}
	return r, w.read(ctx, reader, r)
}

// record is a .dist-info or .egg-info.
type record struct {
	root *os.Root
	name string
}

// file is a file of the record; nil where it has none that can be read.
func (r record) file(name string, limit int64) []byte {
	f, err := r.root.Open(path.Join(r.name, name))
	if err != nil {
		return nil
	}
	defer f.Close()
	b, err := durable.ReadAtMost(f, limit)
	if err != nil {
		return nil
	}
	return b
}

// metadata takes in what the record tells. What it does not tell stays open.
func (r record) metadata(into *api.Release) {
	for _, name := range []string{"METADATA", "PKG-INFO", ""} {
		m, err := dist.ParseMetadata(r.file(name, dist.MaxMetadata))
		if err != nil {
			continue
		}
		into.RequiresPython = m.RequiresPython.String()
		for _, q := range m.RequiresDist {
			into.Requires = append(into.Requires, q.String())
		}
		break
	}
	if into.Requires == nil {
		into.Requires = eggRequires(string(r.file("requires.txt", dist.MaxMetadata)))
	}
	points, err := wheel.ParseEntryPoints(r.file("entry_points.txt", wheel.MaxEntryPoints))
	if err != nil {
		return
	}
	into.EntryPoints = map[string]map[string]string{}
	for _, e := range points {
		if into.EntryPoints[e.Group] == nil {
			into.EntryPoints[e.Group] = map[string]string{}
		}
		into.EntryPoints[e.Group][e.Name] = strings.TrimSuffix(e.Module+":"+e.Attr, ":")
	}
}

// eggRequires reads requires.txt of setuptools: requirements below headers of the form [extra:marker].
func eggRequires(text string) (all []string) {
	var condition string
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if header, ok := strings.CutPrefix(line, "["); ok {
			extra, marker, _ := strings.Cut(strings.TrimSuffix(header, "]"), ":")
			var parts []string
			if marker != "" {
				parts = append(parts, "("+marker+")")
			}
			if extra != "" {
				parts = append(parts, fmt.Sprintf("extra == %q", extra))
			}
			condition = strings.Join(parts, " and ")
			continue
		}
		text := line
		if condition != "" {
			text += " ; " + condition
		}
		if q, err := pep508.Parse(text); err == nil {
			all = append(all, q.String())
		}
	}
	return all
}

// tops are the top-level modules: those of RECORD, else of top_level.txt, else the one of the distribution's name.
func (r record) tops(name pep508.Name) (tops []string) {
	lines := strings.Fields(string(r.file("top_level.txt", 1<<20)))
	if entries, err := wheel.ParseRecord(r.file("RECORD", wheel.MaxRecord)); err == nil {
		for _, e := range entries {
			first, _, nested := strings.Cut(e.Path, "/")
			if path.Ext(e.Path) == ".py" && nested {
				lines = append(lines, first)
			}
		}
	}
	if len(lines) == 0 {
		lines = []string{strings.ReplaceAll(string(name), "-", "_"), strings.ReplaceAll(string(name), ".", "_")}
	}
	for _, first := range lines {
		if identifier.MatchString(first) && !slices.Contains(tops, first) {
			tops = append(tops, first)
		}
	}
	return tops
}

// walk collects the modules of installed packages.
type walk struct {
	root    *os.Root
	sources []pyast.Source
	opaque  map[string]bool
	size    int64
}

// top reads a top-level package, or a module of one file.
func (w *walk) top(ctx context.Context, first string) error {
	st, err := w.root.Stat(first)
	switch {
	case err == nil && st.IsDir():
		return fs.WalkDir(w.root.FS(), first, func(name string, d fs.DirEntry, err error) error {
			if err := errors.Join(err, ctx.Err()); err != nil {
				return err
			}
			if d.IsDir() && (d.Name() == "tests" || d.Name() == "__pycache__") {
				w.opaque[strings.ReplaceAll(name, "/", ".")] = d.Name() == "tests"
				return fs.SkipDir
			}
			return w.file(name)
		})
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return w.file(first + ".py")
}

func (w *walk) file(name string) error {
	stem, suffix, _ := strings.Cut(path.Base(name), ".")
	dotted := strings.ReplaceAll(path.Join(path.Dir(name), stem), "/", ".")
	if path.Ext(name) == ".so" || path.Ext(name) == ".pyd" {
		w.opaque[dotted] = true
	}
	st, err := w.root.Stat(name)
	if suffix != "py" || err != nil || !st.Mode().IsRegular() {
		return nil
	}
	f, err := w.root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := durable.ReadAtMost(f, MaxFile)
	if errors.Is(err, durable.ErrDamaged) {
		w.opaque[dotted] = true
		return nil
	}
	if w.size += int64(len(text)); w.size > MaxText || len(w.sources) == MaxFiles {
		return &LimitError{name, fmt.Sprintf("more than %d Python files, or %d bytes of them", MaxFiles, MaxText)}
	}
	s := pyast.Source{Name: dotted, Text: text, File: name}
	if stem == "__init__" {
		s.Name, s.Package = strings.TrimSuffix(dotted, ".__init__"), true
	}
	w.sources = append(w.sources, s)
	return err
}

// read fills in the modules.
func (w *walk) read(ctx context.Context, reader Surfacer, into *api.Release) error {
	surfaces, err := reader.Surface(ctx, w.sources)
	if err != nil {
		return err
	}
	for name, there := range w.opaque {
		if there {
			into.Modules[name] = &api.Module{Dynamic: true}
		}
	}
	for i, s := range w.sources {
		into.Modules[s.Name] = surfaces[i].Module
		if surfaces[i].Err != nil {
			into.Modules[s.Name] = &api.Module{Package: s.Package, Dynamic: true}
		}
	}
	api.PlaceRegistered(into.Modules)
	return nil
}
