package driver

import (
	"iter"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
)

// renamed is the only file under the name of the class's module.
func (p *placing) renamed() []File {
	module, ok := classModule(p.src.Class)
	if !ok {
		return nil
	}
	return []File{{Name: module, Path: p.names[0], Text: p.g.texts[p.names[0]], Package: path.Base(p.names[0]) == "__init__.py"}}
}

// byClass is the prefix under which the class's module is one of the files; the longest file's name counts.
func (p *placing) byClass(rel []string) (prefix string, ok bool) {
	module, named := classModule(p.src.Class)
	if !named {
		return "", false
	}
	longest := -1
	for _, r := range rel {
		if before, fits := prefixOf(module, r); fits && len(r) > longest && (r != "" || path.Ext("."+module) == "."+p.folder) {
			prefix, ok, longest = before, true, len(r)
		}
	}
	return prefix, ok
}

// prefixOf is what stands before a name's ending.
func prefixOf(name, ending string) (string, bool) {
	switch {
	case ending == "":
		return name, true
	case name == ending:
		return "", true
	}
	return strings.CutSuffix(name, "."+ending)
}

// byImports is the prefix under which most of the files are imported by their absolute names: within a root of drivers, or under the folder's own name.
func (p *placing) byImports(rel []string) (string, bool) {
	own := map[string]bool{}
	for _, r := range append(p.siblings(), rel...) {
		own[r] = r != ""
	}
	votes := map[string]map[string]bool{}
	for _, name := range p.names {
		for _, target := range imported(File{Text: p.g.texts[name]}) {
			for prefix, ending := range splits(target) {
				if !own[ending] || !p.mayBe(prefix, ending) {
					continue
				}
				if votes[prefix] == nil {
					votes[prefix] = map[string]bool{}
				}
				votes[prefix][ending] = true
			}
		}
	}
	best, most := "", 0
	for _, prefix := range slices.Sorted(maps.Keys(votes)) {
		if n := len(votes[prefix]); n > most {
			best, most = prefix, n
		}
	}
	return best, most > 0
}

// siblings are the names of the modules beside a single file.
func (p *placing) siblings() (names []string) {
	if p.kind != aFile {
		return nil
	}
	dir, err := os.Open(p.origin)
	if err != nil {
		return nil
	}
	defer dir.Close()
	all, _ := dir.Readdirnames(maxSiblings)
	for _, name := range all {
		if stem, ok := strings.CutSuffix(name, ".py"); ok {
			names = append(names, stem)
		}
	}
	return names
}

// maxSiblings bounds the names beside a file that are looked at.
const maxSiblings = 1000

// splits gives the ways to cut a dotted name in two, either part may be empty: of a.b these are "" and a.b, a and b, a.b and "".
func splits(name string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		if !yield("", name) {
			return
		}
		for i := range len(name) {
			if name[i] == '.' && !yield(name[:i], name[i+1:]) {
				return
			}
		}
		yield(name, "")
	}
}

// mayBe reports whether a driver may lie below a prefix: cinder.utils of a folder with a utils.py says nothing.
func (p *placing) mayBe(prefix, rel string) bool {
	if p.kind == aFile && path.Ext("."+prefix) != "."+p.folder {
		return false
	}
	if slices.ContainsFunc(p.roots, func(r Root) bool { return within(prefix, r.Package) }) {
		return true
	}
	if prefix == "" {
		_, pkg := p.g.texts[top(rel)+"/__init__.py"]
		return pkg && !p.host[top(rel)]
	}
	return !p.host[top(prefix)] && path.Ext("."+prefix) == "."+p.folder && p.folder != ""
}

// byIndex is the prefix under which a release has files of these names: the package of the folder's name, or for loose files the one place that all have; of several, the one whose
// classes the files define.
func (p *placing) byIndex(rel []string) (string, bool) {
	if p.src.Index == nil {
		return "", false
	}
	files := map[string]string{}
	for i, r := range rel {
		files[r] = p.names[i]
	}
	_, isPackage := p.g.texts["__init__.py"]
	scores := map[string]int{}
	for module, names := range p.inRoots() {
		for prefix, ending := range splits(module) {
			file, ok := files[ending]
			own := path.Ext("."+prefix) == "."+p.folder
			loose := !isPackage && (len(rel) == 1 || slices.ContainsFunc(p.roots, func(root Root) bool { return prefix == root.Package }))
			if ok && (own || loose && ending != "") {
				scores[prefix] += 1 + 100*common(names, classes(p.g.texts[file])) + boolInt(own)
			}
		}
	}
	best, most, tie := "", 0, false
	for prefix, n := range scores {
		if tie = tie && n <= most || n == most; n > most {
			best, most = prefix, n
		}
	}
	return best, most > 0 && !tie
}

// inRoots lists the modules that any release has in a root of drivers, with the names that they bind.
func (p *placing) inRoots() map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for _, r := range p.src.Index.Releases {
		for name, m := range r.Modules {
			if _, ok := rootOf(name); !ok {
				continue
			}
			if all[name] == nil {
				all[name] = map[string]bool{}
			}
			for bound := range m.Names {
				all[name][bound] = true
			}
		}
	}
	return all
}

func common(names map[string]bool, some []string) (n int) {
	for _, name := range some {
		if names[name] {
			n++
		}
	}
	return n
}

// byDefault puts a package under its own name, and a loose file under its own, into the root whose bases the driver imports.
func (p *placing) byDefault(rel []string) []File {
	prefix := p.root().Package
	_, isPackage := p.g.texts["__init__.py"]
	loose := 0
	for _, r := range rel {
		if !strings.Contains(r, ".") {
			loose++
		}
	}
	if p.folder != "" && p.kind != aFile && (isPackage || loose > 1) {
		prefix = join(prefix, p.folder)
	}
	if len(p.names) == 1 && !strings.Contains(p.names[0], "/") {
		f := File{Path: p.names[0], Text: p.g.texts[p.names[0]], Package: p.names[0] == "__init__.py"}
		f.Name = join(prefix, packageName(strings.TrimSuffix(p.names[0], ".py")))
		if f.Package {
			f.Name = prefix
		}
		return []File{f}
	}
	return p.below(prefix)
}

// root is the place of drivers whose bases the files import most; the component's first where none.
func (p *placing) root() Root {
	counts := map[string]int{}
	for _, name := range p.names {
		for _, target := range imported(File{Text: p.g.texts[name]}) {
			for _, r := range p.roots {
				if slices.ContainsFunc(r.Bases, func(base string) bool { return within(target, base) }) {
					counts[r.Package]++
				}
			}
		}
	}
	best := p.roots[0]
	for _, r := range p.roots {
		if counts[r.Package] > counts[best.Package] {
			best = r
		}
	}
	return best
}
