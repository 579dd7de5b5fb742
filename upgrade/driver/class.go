package driver

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// classModule is the module that a class's name begins with.
func classModule(class string) (string, bool) {
	at := strings.LastIndexByte(class, '.')
	if at < 0 || slices.ContainsFunc(strings.Split(class, "."), func(part string) bool { return !identifier.MatchString(part) }) {
		return "", false
	}
	return class[:at], true
}

// openInstalled reads the module of a class from library folders, and those of the vendor's that it leads to.
func openInstalled(ctx context.Context, src Source) (*Tree, error) {
	start, ok := classModule(src.Class)
	if !ok {
		return nil, &ClassError{src.Class, src.Sites}
	}
	for _, site := range src.Sites {
		root, err := os.OpenRoot(site)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		files, err := installedFiles(ctx, root, start, src.Index)
		if err := errors.Join(err, root.Close()); err != nil {
			return nil, err
		}
		if len(files) > 0 {
			return &Tree{Source: src.Class, Class: src.Class, Files: files, Placed: "as it is installed in " + site}, nil
		}
	}
	return nil, &ClassError{src.Class, src.Sites}
}

func installedFiles(ctx context.Context, root *os.Root, start string, ix *api.Index) ([]File, error) {
	files, err := closure(start, loader(ctx, root, ""), ownNames(start, ix))
	return slices.DeleteFunc(files, isHostPackage), err
}

// loader finds modules by their names below a folder, whose own name is the prefix.
func loader(ctx context.Context, root *os.Root, prefix string) func(name string) (File, bool, error) {
	g := &gathered{texts: map[string][]byte{}}
	return func(name string) (File, bool, error) {
		slashed := strings.ReplaceAll(strings.TrimPrefix(strings.TrimPrefix(name, prefix), "."), ".", "/")
		for _, at := range []string{slashed + "/__init__.py", slashed + ".py"} {
			if err := errors.Join(ctx.Err(), g.seen(at)); err != nil {
				return File{}, false, err
			}
			if !wanted(at) {
				continue
			}
			err := g.below(root, at)
			if text, ok := g.texts[at]; ok && err == nil {
				return File{Name: name, Package: path.Base(at) == "__init__.py", Path: at, Text: text}, true, nil
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return File{}, false, err
			}
		}
		return File{}, false, nil
	}
}

// beside adds to a single file those of its folder that it imports and no release of the index has: a driver of several files, of which the one with the class was given.
func (p *placing) beside(ctx context.Context, f File) ([]File, error) {
	at := strings.LastIndexByte(f.Name, '.')
	if f.Package || at < 0 || p.src.Index == nil {
		return []File{f}, nil
	}
	root, err := os.OpenRoot(p.origin)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	pkg, host := f.Name[:at], modules(p.src.Index)
	load := loader(ctx, root, pkg)
	return closure(f.Name, func(name string) (File, bool, error) {
		if name == f.Name {
			return f, true, nil
		}
		return load(name)
	}, func(name string) bool { return name == f.Name || strings.HasPrefix(name, pkg+".") && !host[name] })
}

// ownNames tells a driver's own modules from the host's beside them: those of its own folder below a root of drivers, those in a root that no release has, and for a vendor's own
// package all of it.
func ownNames(start string, ix *api.Index) func(string) bool {
	root, ok := rootOf(start)
	if !ok {
		return func(name string) bool { return within(name, top(start)) }
	}
	folder := start[:strings.LastIndexByte(start, '.')]
	host := modules(ix)
	return func(name string) bool {
		switch {
		case name == start || folder != root.Package && within(name, folder) || within(name, start):
			return true
		case ix == nil || host[name] || name == root.Package:
			return false
		}
		below, ok := rootOf(name)
		return ok && name != below.Package
	}
}

// modules are the names of all modules of all releases.
func modules(ix *api.Index) map[string]bool {
	all := map[string]bool{}
	if ix != nil {
		for _, r := range ix.Releases {
			for name := range r.Modules {
				all[name] = true
			}
		}
	}
	return all
}

func rootOf(name string) (Root, bool) {
	for _, r := range roots {
		if strings.HasPrefix(name, r.Package+".") {
			return r, true
		}
	}
	return Root{}, false
}

// closure follows imports from a module through those that are the driver's own, and the packages that these lie in. None is found where the module is not there.
func closure(start string, load func(string) (File, bool, error), own func(string) bool) ([]File, error) {
	var files []File
	seen := map[string]bool{}
	for queue := []string{start}; len(queue) > 0; queue = queue[1:] {
		name := queue[0]
		if seen[name] || !own(name) {
			continue
		}
		seen[name] = true
		f, ok, err := load(name)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		files = append(files, f)
		for _, target := range mentioned(f) {
			for target != "" {
				queue = append(queue, target)
				target = target[:max(0, strings.LastIndexByte(target, '.'))]
			}
		}
		if at := strings.LastIndexByte(name, '.'); at > 0 {
			queue = append(queue, name[:at])
		}
	}
	if !seen[start] || !slices.ContainsFunc(files, func(f File) bool { return f.Name == start }) {
		return nil, nil
	}
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return files, nil
}
