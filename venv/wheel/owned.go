package wheel

import (
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Owned lists what belongs to an installed distribution below the root: the paths of its RECORD that lie inside and are safe, whether
// they exist or not, and the bytecode (__pycache__/x.*.pyc and x.pyc) of its modules that exists in root. Sorted, each once.
func (in *Installed) Owned(root fs.FS) []string {
	owned := make([]string, 0, len(in.Record))
	modules := map[string][]string{} // folder to the stems of its modules
	for _, e := range in.Record {
		name, ok := inside(e.Path)
		if !ok {
			continue
		}
		owned = append(owned, name)
		if stem, ok := strings.CutSuffix(path.Base(name), ".py"); ok {
			modules[path.Dir(name)] = append(modules[path.Dir(name)], stem)
		}
	}
	for folder, stems := range modules {
		owned = append(owned, bytecode(root, folder, stems)...)
	}
	slices.Sort(owned)
	return slices.Compact(owned)
}

// Outside lists the paths of RECORD that Owned leaves out, as written: they lead out of the root, such as the ../../bin/x of pip, or are not
// safe to use. Sorted.
func (in *Installed) Outside() (out []string) {
	for _, e := range in.Record {
		if _, ok := inside(e.Path); !ok {
			out = append(out, e.Path)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// inside cleans a path of RECORD and says whether it lies below the root on every system: on Windows a backslash separates folders, and
// a colon names a drive or a stream.
func inside(name string) (string, bool) {
	if strings.HasPrefix(name, "/") || strings.ContainsAny(name, `\:`) {
		return "", false
	}
	name = path.Clean(name)
	return name, name != "." && fs.ValidPath(name)
}

// bytecode lists what Python compiled from modules of one folder: by PEP 3147, and beside the source as before it.
func bytecode(root fs.FS, folder string, stems []string) (found []string) {
	list, err := fs.ReadDir(root, folder)
	if err != nil {
		return nil // no folder, no bytecode
	}
	known := make(map[string]bool, len(stems))
	for _, stem := range stems {
		known[stem] = true
	}
	cached := false
	for _, d := range list {
		stem, ok := strings.CutSuffix(d.Name(), ".pyc")
		if ok && known[stem] && !d.IsDir() {
			found = append(found, path.Join(folder, d.Name()))
		}
		cached = cached || d.Name() == "__pycache__" && d.IsDir()
	}
	if !cached {
		return found
	}
	list, _ = fs.ReadDir(root, path.Join(folder, "__pycache__")) // what cannot be read is not known to be there
	for _, d := range list {
		if strings.HasSuffix(d.Name(), ".pyc") && !d.IsDir() && compiledFrom(d.Name(), known) {
			found = append(found, path.Join(folder, "__pycache__", d.Name()))
		}
	}
	return found
}

// compiledFrom says whether x.cpython-39.opt-1.pyc is of one of the modules. A tag may hold dots, and so may the stem of a script, so each
// dot may be the one between them.
func compiledFrom(name string, stems map[string]bool) bool {
	for i := range len(name) - len(".pyc") {
		if name[i] == '.' && stems[name[:i]] {
			return true
		}
	}
	return false
}
