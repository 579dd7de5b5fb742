package api

import (
	"maps"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Find gives the component's release of a version, in whichever spelling; nil where the Index has none.
func (ix *Index) Find(version pep440.Version) *Release { return find440(ix.Releases, version) }

// Library gives a library's release of a version; nil where the Index has none.
func (ix *Index) Library(name pep508.Name, version pep440.Version) *Release {
	return find440(ix.Libraries[name], version)
}

func find440(releases []*Release, version pep440.Version) *Release {
	i, there := slices.BinarySearchFunc(releases, version, func(r *Release, v pep440.Version) int { return r.Version.Compare(v) })
	if !there {
		return nil
	}
	return releases[i]
}

// View is what the driver would find in a release: with the libraries that Release.Libraries names, as far as the Index has them. The release may be one that the Index lacks, as what a distribution has installed; driver may be nil.
func (ix *Index) View(release *Release, driver *Driver) *View {
	v := &View{Release: release, Driver: driver, index: ix}
	for _, name := range slices.Sorted(maps.Keys(release.Libraries)) {
		if r := ix.Library(name, release.Libraries[name]); r != nil {
			v.Libraries = append(v.Libraries, r)
		}
	}
	return v
}

// known is what any release of the Index has.
type known struct {
	options       map[string]bool // by optionName
	distributions map[pep508.Name]bool
}

func (ix *Index) known() *known {
	ix.once.Do(func() {
		ix.has = known{map[string]bool{}, map[pep508.Name]bool{}}
		seen := map[*Module]bool{}
		for _, r := range ix.Releases {
			ix.has.add(r, seen)
		}
		for _, library := range ix.Libraries {
			for _, r := range library {
				ix.has.add(r, seen)
			}
		}
	})
	return &ix.has
}

func (k *known) add(r *Release, seen map[*Module]bool) {
	for _, text := range r.Requires {
		k.distributions[requiredName(text)] = true
	}
	for _, m := range r.Modules {
		if seen[m] {
			continue
		}
		seen[m] = true
		for _, o := range m.Options {
			k.options[optionName(o.Name)] = true
		}
	}
}

// PlaceRegistered makes the classes that modules register attributes of the packages that the modules are in, as oslo.versionedobjects does. A package that gains one is replaced by a copy; what it binds itself stays.
func PlaceRegistered(modules map[string]*Module) {
	placed := map[string]*Module{}
	for _, name := range slices.Sorted(maps.Keys(modules)) {
		parent, ok := packageOf(name, modules)
		if !ok {
			continue
		}
		for _, c := range modules[name].Registered {
			p := placed[parent]
			if p == nil {
				copied := *modules[parent]
				p = &copied
				p.Names = maps.Clone(p.Names)
				if p.Names == nil {
					p.Names = map[string]*Symbol{}
				}
				placed[parent] = p
			}
			if p.Names[c] == nil {
				p.Names[c] = &Symbol{Kind: Alias, Target: name + "." + c}
			}
		}
	}
	maps.Copy(modules, placed)
}

func packageOf(name string, modules map[string]*Module) (string, bool) {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 || modules[name] == nil {
		return "", false
	}
	return name[:dot], modules[name[:dot]] != nil
}
