package environment

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/lazy"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv/python"
)

// binding is a module of the host (PyPA has no name for it): compiled against the host's libraries, on no index.
type binding struct {
	name  string
	links []link // what is linked into the environment; none where the host has nothing that fits
	other string // path of what the host has for another Python, where there are no links
}

// link is one entry of a library folder.
type link struct{ name, target string }

// foreign reports whether the host has the module, but for another Python.
func (b binding) foreign() bool { return b.other != "" }

var (
	moduleForm  = lazy.Regexp{Expr: `^[A-Za-z_][A-Za-z0-9_]*$`}
	abiFileForm = lazy.Regexp{Expr: `^([^.]+)\.((?:cpython|cp|pypy|graalpy)[0-9a-z_-]+)\.(?:so|pyd)$`} // PEP 3149
)

// maxTopLevel bounds a top_level.txt, in bytes.
const maxTopLevel = 64 << 10

// maxLinks bounds how many environments link each other's links.
const maxLinks = 40

// maxPackage bounds the entries of a package folder that are looked at for the Python that they are of.
const maxPackage = 20_000

// bindings looks for the component's bindings, as far as an interpreter can load them.
func (p *Provisioner) bindings(w upgrade.Wanted, i *python.Interpreter) ([]binding, error) {
	dirs := slices.Clone(p.SiteDirs)
	if now := w.Current.Env; now != nil && now.Python != nil {
		dirs = append(dirs, now.Python.SiteDirs...)
	}
	dirs = append(dirs, i.SiteDirs...)
	var all []binding
	for _, name := range w.Component.Host.Bindings {
		if !moduleForm.MatchString(name) {
			return nil, fmt.Errorf("binding %q: that is no module's name", name)
		}
		b, err := findBinding(name, dirs, i)
		if err != nil {
			return nil, fmt.Errorf("binding %s: %w", name, err)
		}
		all = append(all, b)
	}
	return all, nil
}

// findBinding takes the first folder that has the module in a form that the interpreter can load, as Python itself does.
func findBinding(name string, dirs []string, i *python.Interpreter) (binding, error) {
	b := binding{name: name}
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return b, err
		}
		module, other, err := findModule(name, dir, entries, i)
		if err != nil {
			return b, err
		}
		if module == "" {
			if b.other == "" && other != "" {
				b.other = filepath.Join(dir, other)
			}
			continue
		}
		for _, entry := range append([]string{module}, metadataOf(name, dir, entries)...) {
			target, err := original(filepath.Join(dir, entry))
			if err != nil {
				return b, err
			}
			b.links = append(b.links, link{entry, target})
		}
		b.other = ""
		return b, nil
	}
	return b, nil
}

// original follows the links that environments hold, which keep the name: what an environment of before links must not be what the next one hangs on. A distribution's own links, which lead
// to a name with a version, stay: an update of it changes them.
func original(path string) (string, error) {
	path, err := filepath.Abs(path)
	for range maxLinks {
		target, lerr := os.Readlink(path)
		if err != nil || lerr != nil || !filepath.IsAbs(target) || filepath.Base(target) != filepath.Base(path) {
			break
		}
		path = target
	}
	if err == nil {
		_, err = os.Stat(path)
	}
	return path, err
}

// findModule gives the entry that Python would import (importlib: packages, then extensions, then sources); other is one of another Python.
func findModule(name, dir string, entries []os.DirEntry, i *python.Interpreter) (module, other string, err error) {
	has := map[string]bool{}
	for _, e := range entries {
		has[e.Name()] = true
		if m := abiFileForm.FindStringSubmatch(e.Name()); m != nil && m[1] == name {
			other = e.Name()
		}
	}
	if has[name] {
		if _, err := os.Stat(filepath.Join(dir, name, "__init__.py")); err == nil {
			fits, err := packageFits(filepath.Join(dir, name), i)
			if err != nil || fits {
				return name, "", err
			}
			return "", name, nil
		}
	}
	for _, suffix := range suffixes(i) {
		if has[name+suffix] {
			return name + suffix, "", nil
		}
	}
	return "", other, nil
}

// suffixes are those of modules that an interpreter loads, in its order (importlib.machinery).
func suffixes(i *python.Interpreter) []string {
	if i.Windows() {
		return []string{i.ExtSuffix, ".pyd", ".py"}
	}
	return []string{i.ExtSuffix, ".abi3.so", ".so", ".py"}
}

// packageFits reports whether each extension of a package that names an ABI is there for the interpreter's.
func packageFits(dir string, i *python.Interpreter) (bool, error) {
	seen, fits := 0, true
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if seen++; seen > maxPackage {
			return fmt.Errorf("%s has more than %d files", dir, maxPackage)
		}
		if m := abiFileForm.FindStringSubmatch(d.Name()); m != nil {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), m[1]+i.ExtSuffix)); err != nil {
				fits = false
				return fs.SkipAll
			}
		}
		return nil
	})
	return fits, err
}

// metadataOf lists the .egg-info and .dist-info that belong to a module alone: by their project's name, or as top_level.txt says.
func metadataOf(name, dir string, entries []os.DirEntry) (all []string) {
	for _, e := range entries {
		stem, isEgg := strings.CutSuffix(e.Name(), ".egg-info")
		stem, isDist := strings.CutSuffix(stem, ".dist-info")
		if !isEgg && !isDist {
			continue
		}
		project, _, _ := strings.Cut(stem, "-")
		if pep508.NormalizeName(project) == pep508.NormalizeName(name) || topLevel(filepath.Join(dir, e.Name(), "top_level.txt")) == name {
			all = append(all, e.Name())
		}
	}
	return all
}

// topLevel is the only line of a top_level.txt; "" where it has others, or cannot be read.
func topLevel(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxTopLevel))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(b))
}

// remarks tells of bindings that the environment will lack, and of what the services' users cannot read.
func (c choice) remarks() (notes []Note) {
	for _, b := range c.bindings {
		switch {
		case b.foreign():
			notes = append(notes, Note{OtherBinding, b.name, fmt.Sprintf("the host has %s for another Python (%s), and %s is %s, which loads *%s: a driver that imports it will not start; name an interpreter that fits",
				b.name, b.other, c.python.Path, c.python.Version, c.python.ExtSuffix)})
		case len(b.links) == 0:
			notes = append(notes, Note{MissingBinding, b.name, fmt.Sprintf("the host has no module %s: a driver that imports it will not start; install the distribution's package of it", b.name)})
		}
	}
	if dir := closedFolder(c.python.BaseExecutable); dir != "" {
		notes = append(notes, Note{Unreadable, dir, fmt.Sprintf("only its owner can enter %s, in which %s lies: services that run as another user will not start; name another interpreter", dir, c.python.BaseExecutable)})
	}
	return notes
}
