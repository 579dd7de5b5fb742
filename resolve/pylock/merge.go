package pylock

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// MergeError says why resolutions cannot share a lock: give each a lock of its own.
type MergeError struct {
	Name      pep508.Name
	Platforms []string
	Reason    string
}

func (e *MergeError) Error() string {
	return fmt.Sprintf("%s: one lock cannot be for %s: %s", e.Name, strings.Join(e.Platforms, " and "), e.Reason)
}

// Merge locks resolutions of several platforms in one. A version of a project is an entry; where not all platforms have it, its marker is true on exactly the environments of
// those that do, made of sys_platform, platform_machine, python_version and python_full_version, as few as tell them apart. What the lock has for every variant of
// every platform is compared with its resolution before Merge returns. The error is a *MergeError: the platforms that no marker tells apart (glibc and musl are
// such) need different versions, or the lock would have other files for one.
func Merge(all ...*resolve.Resolution) (*Lock, error) {
	if len(all) == 0 {
		return nil, errors.New("there is no resolution to lock")
	}
	m := newMerger(all)
	l := &Lock{LockVersion: LockVersion, CreatedBy: CreatedBy, RequiresPython: lowestMinor(all), Packages: []Package{}}
	used, dependencies := "", m.dependencies()
	for _, e := range m.entries {
		marker, err := m.marker(e)
		if err != nil {
			return nil, err
		}
		p := newPackage(e.pins...)
		p.Marker, p.Dependencies = marker, dependencies[e]
		used += marker.String()
		l.Packages = append(l.Packages, p)
	}
	l.Environments = environments(used, all...)
	return l, m.verify(l)
}

// lowestMinor is what requires-python says of all platforms: their minor version, or the lowest of several.
func lowestMinor(all []*resolve.Resolution) pep440.Specifiers {
	lowest := slices.MinFunc(all, func(a, b *resolve.Resolution) int { return a.Platform.Python.Compare(b.Platform.Python) }).Platform.Python
	minor := minorOf(lowest)
	if !slices.ContainsFunc(all, func(r *resolve.Resolution) bool { return !minor.Contains(r.Platform.Python) }) {
		return minor
	}
	s, err := pep440.ParseSpecifiers(fmt.Sprintf(">=%d.%d", lowest.Release(0), lowest.Release(1)))
	if err != nil { // never: two numbers
		return pep440.Specifiers{}
	}
	return s
}

// unit is one variant of one platform.
type unit struct {
	resolution, at int
	resolve.Variant
}

// shared is an entry: one version of a project, and who has it.
type shared struct {
	name  pep508.Name
	pins  []resolve.Pin
	in    []int        // whose pins these are: resolutions
	units map[int]bool // by their places in merger.units
}

type merger struct {
	all     []*resolve.Resolution
	units   []unit
	entries []*shared // by name, then version
}

func newMerger(all []*resolve.Resolution) *merger {
	m := &merger{all: all}
	type key struct{ name, version, address string }
	found := map[key]*shared{}
	for n, r := range all {
		first := len(m.units)
		for i, v := range r.Platform.Variants {
			m.units = append(m.units, unit{n, i, v})
		}
		for _, pin := range r.Pins {
			f, _ := direct(pin)
			k := key{string(pin.Name), pin.Version.String(), f.URL}
			e := found[k]
			if e == nil {
				e = &shared{name: pin.Name, units: map[int]bool{}}
				found[k] = e
				m.entries = append(m.entries, e)
			}
			e.pins, e.in = append(e.pins, pin), append(e.in, n)
			for i, f := range pin.Files {
				if f.File != "" {
					e.units[first+i] = true
				}
			}
		}
	}
	slices.SortStableFunc(m.entries, func(a, b *shared) int {
		return cmp.Or(strings.Compare(string(a.name), string(b.name)), a.pins[0].Version.Compare(b.pins[0].Version))
	})
	return m
}

// dependencies are, by entry, the entries that it requires: by name, and by version where the name has several.
func (m *merger) dependencies() map[*shared][]map[string]any {
	type member struct {
		resolution int
		name       pep508.Name
	}
	entries, count := map[member]*shared{}, map[pep508.Name]int{}
	for _, e := range m.entries {
		count[e.name]++
		for _, n := range e.in {
			entries[member{n, e.name}] = e
		}
	}
	out, told := map[*shared][]map[string]any{}, map[[2]*shared]bool{}
	for _, e := range m.entries {
		table := map[string]any{"name": string(e.name)}
		if count[e.name] > 1 {
			table["version"] = e.pins[0].Version.String()
		}
		for i, pin := range e.pins {
			for _, reason := range pin.RequiredBy {
				parent := entries[member{e.in[i], reason.By}]
				if parent == nil || reason.Constraint || reason.By == e.name || told[[2]*shared{parent, e}] {
					continue
				}
				told[[2]*shared{parent, e}] = true
				out[parent] = append(out[parent], table)
			}
		}
	}
	return out
}
