package pylock

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// telling are the variables that tell environments apart, the plainest first.
var telling = []string{"sys_platform", "platform_machine", "python_version", "python_full_version"}

// values are an environment's, of some of the variables; ok is false where one is not known.
func values(env pep508.Environment, variables []string) (key string, ok bool) {
	for _, v := range variables {
		value, known := env[v]
		if !known || strings.ContainsAny(value, "\"\\") {
			return "", false
		}
		key += value + "\x00"
	}
	return key, true
}

// marker is true where an entry is needed and nowhere else; zero where all need it.
func (m *merger) marker(e *shared) (pep508.Marker, error) {
	if len(e.units) == len(m.units) {
		return pep508.Marker{}, nil
	}
	in, out := m.environments(e)
	for size := 1; size <= len(telling); size++ {
		for _, variables := range choices(telling, size) {
			if marker, ok := separate(in, out, variables); ok {
				return marker, nil
			}
		}
	}
	return pep508.Marker{}, m.inseparable(e)
}

// environments are those that need an entry, and those that do not. What two variants of one platform share needs it only if both do: a resolver takes in for a
// variant what any of its environments asks for.
func (m *merger) environments(e *shared) (in, out []pep508.Environment) {
	apart := map[int]map[string]bool{} // by resolution: what variants without it have
	for i, u := range m.units {
		if e.units[i] {
			continue
		}
		if apart[u.resolution] == nil {
			apart[u.resolution] = map[string]bool{}
		}
		for _, env := range u.Environments {
			key, _ := values(env, telling)
			apart[u.resolution][key] = true
			out = append(out, env)
		}
	}
	for i, u := range m.units {
		for _, env := range u.Environments {
			if key, _ := values(env, telling); e.units[i] && !apart[u.resolution][key] {
				in = append(in, env)
			}
		}
	}
	return in, out
}

// choices are the subsets of some size, those of the first elements first.
func choices(list []string, size int) [][]string {
	if size == 0 {
		return [][]string{nil}
	}
	var out [][]string
	for i := range list {
		for _, rest := range choices(list[i+1:], size-1) {
			out = append(out, append([]string{list[i]}, rest...))
		}
	}
	return out
}

// separate is the marker that names the values which environments of in have, if those of out have none of them.
func separate(in, out []pep508.Environment, variables []string) (pep508.Marker, bool) {
	wanted := map[string]pep508.Marker{}
	for _, env := range in {
		key, ok := values(env, variables)
		if !ok {
			return pep508.Marker{}, false
		}
		wanted[key] = describe(env, variables)
	}
	for _, env := range out {
		key, ok := values(env, variables)
		if _, both := wanted[key]; both || !ok {
			return pep508.Marker{}, false
		}
	}
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(wanted)) {
		parts = append(parts, wanted[key].String())
	}
	marker, err := pep508.ParseMarker(strings.Join(parts, " or "))
	return marker, err == nil
}

// inseparable names platforms that no marker tells apart, although one has an entry and the other has not.
func (m *merger) inseparable(e *shared) error {
	for i, u := range m.units {
		for j, v := range m.units {
			if !e.units[i] || e.units[j] || u.resolution == v.resolution {
				continue
			}
			for _, a := range u.Environments {
				for _, b := range v.Environments {
					x, known := values(a, telling)
					if y, ok := values(b, telling); x == y || !known || !ok {
						return m.fail(e.name, "no marker tells them apart, and "+m.difference(e, v.resolution), u.resolution, v.resolution)
					}
				}
			}
		}
	}
	return m.fail(e.name, "no marker tells who needs it", e.in...)
}

// difference says what a platform has in place of an entry.
func (m *merger) difference(e *shared, resolution int) string {
	if p := m.all[resolution].Pin(e.name); p != nil {
		return fmt.Sprintf("they need %s and %s", e.pins[0].Version, p.Version)
	}
	return "only one needs it"
}

func (m *merger) fail(name pep508.Name, reason string, resolutions ...int) error {
	e := &MergeError{Name: name, Reason: reason}
	for _, n := range resolutions {
		e.Platforms = append(e.Platforms, m.all[n].Platform.Name)
	}
	return e
}
