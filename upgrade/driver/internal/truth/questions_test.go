//go:build live

package truth

import (
	"encoding/json"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// covered reports whether the index is to know what a need asks for: something of the component or of a library that the index has, and not of the driver's own modules, which no environment has.
func covered(n *api.Need, d *api.Driver, tops map[string]bool) bool {
	switch n.Kind {
	case api.NeedDistribution:
		return false // what is not there can be added: no release is judged by it
	case api.NeedModule, api.NeedName, api.NeedCall:
	default:
		return true
	}
	for name := n.Symbol; name != ""; name = name[:max(0, strings.LastIndexByte(name, '.'))] {
		if m := d.Modules[name]; m != nil && strings.Contains(name, ".drivers.") {
			return false
		}
	}
	top, _, _ := strings.Cut(n.Symbol, ".")
	return tops[top]
}

// tops are the top-level packages that an index has.
func tops(release *api.Release, libraries []*api.Release) map[string]bool {
	all := map[string]bool{}
	for _, r := range append([]*api.Release{release}, libraries...) {
		for name := range r.Modules {
			top, _, _ := strings.Cut(name, ".")
			all[top] = true
		}
	}
	return all
}

// ask1 is the question that a need is to a real environment; false where none is asked.
func ask1(n *api.Need, d *api.Driver) (question, bool) {
	q := question{Kind: string(n.Kind), Symbol: n.Symbol}
	if n.Call != nil {
		q.Call = &shape{n.Call.Positional, n.Call.Keywords, n.Call.Star, n.Call.StarStar}
	}
	switch n.Kind {
	case api.NeedOverride:
		return q.override(n)
	case api.NeedCall, api.NeedMethod:
		if q.Call == nil {
			q.Call = &shape{Star: true, StarStar: true}
		}
	}
	if n.Kind == api.NeedAttribute || n.Kind == api.NeedMethod {
		name := strings.TrimPrefix(n.Symbol, n.Class+".")
		if strings.Contains(name, ".") {
			return q, false // of what the attribute's value is, its class tells nothing
		}
		q.Symbol, q.Name, q.Bases = "", name, hosts(n.Class, d)
		if len(q.Bases) == 0 {
			return q, false
		}
	}
	return q, true
}

// override asks whether the driver's method takes what the host gives it.
func (q question) override(n *api.Need) (question, bool) {
	q.Name = n.Symbol[strings.LastIndexByte(n.Symbol, '.')+1:]
	if n.Sig == nil || n.Sig.Binding == api.Property || q.Name == "__init__" {
		return q, false // a constructor is called by name, through importutils
	}
	if n.Sig.Binding != api.Static {
		q.Given = 1
	}
	for _, p := range n.Sig.Params {
		q.Params = append(q.Params, param{p.Name, uint8(p.Kind), p.Default})
	}
	return q, true
}

// key is equal for equal questions.
func (q question) key() string {
	b, err := json.Marshal(q)
	if err != nil {
		panic(err) // of strings and numbers alone
	}
	return string(b)
}

// hosts are the host's classes above each of the driver's classes that are the class or inherit from it, in the order of their bases.
func hosts(class string, d *api.Driver) (all [][]string) {
	for name := range classes(d) {
		if !inherits(name, class, d, 0) {
			continue
		}
		if above := outer(name, d, 0); len(above) > 0 {
			all = append(all, above)
		}
	}
	slices.SortFunc(all, slices.Compare)
	return slices.CompactFunc(all, slices.Equal)
}

// classes are the driver's own, by absolute name.
func classes(d *api.Driver) iter.Seq2[string, *api.ClassBody] {
	return func(yield func(string, *api.ClassBody) bool) {
		for module, m := range d.Modules {
			for name, s := range m.Names {
				if s.Kind == api.Class && s.Class != nil && !yield(module+"."+name, s.Class) {
					return
				}
			}
		}
	}
}

// own is a class of the driver's, found under the name of it or of an alias.
func own(name string, d *api.Driver, depth int) (string, *api.ClassBody) {
	at := strings.LastIndexByte(name, '.')
	if at < 0 || depth > 20 {
		return "", nil
	}
	m := d.Modules[name[:at]]
	if m == nil || m.Names[name[at+1:]] == nil {
		return "", nil
	}
	switch s := m.Names[name[at+1:]]; s.Kind {
	case api.Class:
		return name, s.Class
	case api.Alias:
		return own(s.Target, d, depth+1)
	}
	return "", nil
}

func inherits(name, from string, d *api.Driver, depth int) bool {
	name, body := own(name, d, 0)
	if body == nil || depth > 20 {
		return false
	}
	return name == from || slices.ContainsFunc(body.Bases, func(b string) bool { return inherits(b, from, d, depth+1) })
}

// outer are the host's classes that a class inherits from first.
func outer(name string, d *api.Driver, depth int) (all []string) {
	_, body := own(name, d, 0)
	if body == nil || depth > 20 {
		return nil
	}
	for _, b := range body.Bases {
		if _, mine := own(b, d, 0); mine != nil {
			all = append(all, outer(b, d, depth+1)...)
			continue
		}
		if target := alias(b, d); target != "" && !strings.HasPrefix(target, "builtins.") && target != "object" {
			all = append(all, target)
		}
	}
	return all
}

// alias is a host's class under its own name, where the driver's module only passes it on.
func alias(name string, d *api.Driver) string {
	at := strings.LastIndexByte(name, '.')
	if at >= 0 {
		if m := d.Modules[name[:at]]; m != nil {
			if s := m.Names[name[at+1:]]; s != nil && s.Kind == api.Alias {
				return s.Target
			}
		}
	}
	return name
}

func versionsOf[V any](by map[string]V) iter.Seq[string] { return maps.Keys(by) }
