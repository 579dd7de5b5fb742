package driver

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// placing finds the dotted names that a source's files have once they are installed.
type placing struct {
	src    Source
	kind   kind
	origin string // the folder that the names are below, absolute; "" for an archive
	folder string // its own name, as a package's
	roots  []Root
	g      *gathered
	names  []string        // of the Python files, sorted
	host   map[string]bool // top-level packages of components and their libraries
}

func newPlacing(src Source, k kind, abs string, g *gathered) *placing {
	p := &placing{src: src, kind: k, g: g, roots: Roots(component(src)), host: hosts(src.Index)}
	switch k {
	case aFile:
		p.origin = path.Dir(abs)
		p.folder = packageName(path.Base(p.origin))
	case aFolder:
		p.origin, p.folder = abs, packageName(path.Base(abs))
	default:
		stem, _, _ := strings.Cut(path.Base(abs), "-")
		p.folder = packageName(strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(stem, ".zip"), ".tgz"), ".tar.gz"))
	}
	for name := range g.texts {
		if path.Ext(name) == ".py" {
			p.names = append(p.names, name)
		}
	}
	slices.Sort(p.names)
	return p
}

func component(src Source) pep508.Name {
	if src.Index == nil {
		return ""
	}
	return src.Index.Component
}

// packageName makes a name that can be imported.
func packageName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '_' || r < 128 && (r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z') {
			return r
		}
		return '_'
	}, s)
	if s == "" || s[0] >= '0' && s[0] <= '9' {
		s = "_" + s
	}
	return s
}

// place tries what is surest first: the layout of the folders, the class's name, the vendor's own package, the driver's imports of its own files, the releases' modules.
func (p *placing) place() ([]File, string, error) {
	bases := p.bases()
	if len(bases) > 1 {
		return nil, "", &AmbiguousError{"it holds several source trees", bases}
	}
	if len(bases) == 1 {
		return p.under(bases[0]), "as its folders lie", nil
	}
	if p.kind == anArchive {
		p.strip()
	}
	if files := p.ownPackages(); len(files) > 0 {
		return files, "as the vendor's own package", nil
	}
	rel := p.relative()
	if p.src.Class != "" {
		prefix, ok := p.byClass(rel)
		if !ok && len(rel) != 1 {
			return nil, "", &ClassError{p.src.Class, []string{p.src.Path}}
		}
		if !ok {
			return p.renamed(), "as the class's name says", nil
		}
		return p.below(prefix), "as the class's name says", nil
	}
	if prefix, ok := p.byImports(rel); ok {
		return p.below(prefix), "as the driver imports its own files", nil
	}
	if prefix, ok := p.byIndex(rel); ok {
		return p.below(prefix), "as the releases name such a file", nil
	}
	return p.byDefault(rel), fmt.Sprintf("by guess, in %s: name the class if it is elsewhere", p.root().Package), nil
}

// full is a file's path with the folders that it was found in.
func (p *placing) full(name string) string { return path.Join("/", p.origin, name) }

// bases lists the folders below which a component's layout begins: that of …/cinder/volume/drivers/x.py is ….
func (p *placing) bases() []string {
	found := map[string]bool{}
	for _, name := range p.names {
		full := p.full(name)
		at := -1
		for _, r := range p.roots {
			at = max(at, strings.LastIndex(full, "/"+strings.ReplaceAll(r.Package, ".", "/")+"/"))
		}
		if at >= 0 {
			found[full[:at]+"/"] = true
		}
	}
	return slices.Sorted(maps.Keys(found))
}

// under names the files below a base: those of the hosts' packages, and of other packages beside them.
func (p *placing) under(base string) (files []File) {
	there := map[string]bool{}
	for _, name := range p.names {
		there[strings.TrimPrefix(p.full(name), base)] = true
	}
	for _, name := range p.names {
		rel, ok := strings.CutPrefix(p.full(name), base)
		first, _, nested := strings.Cut(rel, "/")
		if !ok || !nested || !there[first+"/__init__.py"] && !p.host[first] || rel == first+"/opts.py" { // what oslo-config-generator lists, which no service imports
			continue
		}
		files = p.file(files, name, "", rel)
	}
	return unique(files)
}

// hosts are the top-level packages that are no vendor's: those of all components, and of the libraries that the index has.
func hosts(ix *api.Index) map[string]bool {
	host := map[string]bool{}
	for _, r := range roots {
		host[top(r.Package)] = true
	}
	if ix == nil {
		return host
	}
	for _, all := range ix.Libraries {
		if len(all) > 0 {
			for module := range all[len(all)-1].Modules {
				host[top(module)] = true
			}
		}
	}
	return host
}

// file adds a file by its path below the prefix. One whose path cannot be imported is left out.
func (p *placing) file(files []File, name, prefix, rel string) []File {
	dotted := strings.ReplaceAll(strings.TrimSuffix(rel, ".py"), "/", ".")
	f := File{Path: name, Text: p.g.texts[name]}
	if dotted == "__init__" {
		dotted, f.Package = "", true
	} else if init, ok := strings.CutSuffix(dotted, ".__init__"); ok {
		dotted, f.Package = init, true
	}
	f.Name = join(prefix, dotted)
	if f.Name == "" || slices.ContainsFunc(strings.Split(f.Name, "."), func(part string) bool { return !identifier.MatchString(part) }) {
		return files
	}
	return append(files, f)
}

func join(prefix, name string) string { return strings.Trim(prefix+"."+name, ".") }

// unique sorts files by name. Of a package and a module of one name Python takes the package (importlib's FileFinder).
func unique(files []File) []File {
	slices.SortFunc(files, func(a, b File) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 || a.Package == b.Package {
			return cmp.Or(c, strings.Compare(a.Path, b.Path))
		} else if a.Package {
			return -1
		}
		return 1
	})
	return slices.CompactFunc(files, func(a, b File) bool { return a.Name == b.Name })
}

// strip takes away the one folder at an archive's top, and the folders of a wheel's data.
func (p *placing) strip() {
	tops := map[string]bool{}
	for name := range p.g.texts {
		first, _, _ := strings.Cut(name, "/")
		tops[first] = true
	}
	cut := ""
	if len(tops) == 1 {
		cut = slices.Collect(maps.Keys(tops))[0] + "/"
		if _, pkg := p.g.texts[cut+"__init__.py"]; pkg {
			cut = ""
		}
	}
	texts := map[string][]byte{}
	for name, text := range p.g.texts {
		name = strings.TrimPrefix(name, cut)
		if first, rest, _ := strings.Cut(name, "/"); strings.HasSuffix(first, ".data") {
			_, name, _ = strings.Cut(rest, "/")
		}
		texts[name] = text
	}
	p.g.texts = texts
	p.names = slices.DeleteFunc(slices.Sorted(maps.Keys(texts)), func(name string) bool { return path.Ext(name) != ".py" })
}

// ownPackages are the packages of a project that has a top-level name of its own, which stay as they are: all that a wheel has, and those of an sdist or a project's folder, in src or not. What they add to a host's
// packages comes along.
func (p *placing) ownPackages() (files []File) {
	wheel := strings.HasSuffix(p.src.Path, ".whl")
	project := wheel
	for _, name := range append([]string{"setup.py"}, projectFiles...) {
		_, ok := p.g.texts[name]
		project = project || ok
	}
	if _, pkg := p.g.texts["__init__.py"]; pkg || !project || p.kind == aFile {
		return nil
	}
	for _, name := range p.names {
		rel := name
		if !wheel {
			rel = strings.TrimPrefix(name, "src/")
		}
		first, _, nested := strings.Cut(rel, "/")
		if _, pkg := p.g.texts[strings.TrimSuffix(name, rel)+first+"/__init__.py"]; wheel || nested && (pkg || p.host[first]) {
			files = p.file(files, name, "", rel)
		}
	}
	return unique(files)
}

// relative lists the files' dotted names below their folder; "" is the folder's own __init__.py.
func (p *placing) relative() (rel []string) {
	for _, name := range p.names {
		dotted := strings.ReplaceAll(strings.TrimSuffix(name, ".py"), "/", ".")
		rel = append(rel, strings.TrimSuffix(strings.TrimSuffix(dotted, "__init__"), "."))
	}
	return rel
}

// below names every file below a prefix.
func (p *placing) below(prefix string) (files []File) {
	for _, name := range p.names {
		if name != "setup.py" {
			files = p.file(files, name, prefix, name)
		}
	}
	return unique(files)
}
