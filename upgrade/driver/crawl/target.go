package crawl

import (
	"cmp"
	"slices"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// target is one release that the Index shall have.
type target struct {
	Named
	series    string
	old       *api.Release // what is known already
	skip      []string
	component bool

	file   dist.File
	read   *distribution
	from   From
	absent bool // the index does not have it
	err    error
}

// targetsOf lists the releases of a plan: the component's, then the libraries' by name, each ascending.
func targetsOf(plan *Plan, old *api.Index) []*target {
	known := map[string]*api.Release{}
	if old != nil {
		for _, r := range old.Releases {
			known[keyOfRelease(r.Distribution, r.Version)] = r
		}
		for _, releases := range old.Libraries {
			for _, r := range releases {
				known[keyOfRelease(r.Distribution, r.Version)] = r
			}
		}
	}
	var all []*target
	for _, r := range plan.Releases {
		all = append(all, &target{Named: Named{plan.Component, r.Version}, series: r.Series, skip: plan.Skip, component: true})
	}
	all = append(all, libraryTargets(plan)...)
	for _, t := range all {
		t.old = known[keyOfRelease(t.Distribution, t.Version)]
	}
	return all
}

func keyOfRelease(name pep508.Name, v pep440.Version) string { return string(name) + " " + v.Key() }

// libraryTargets lists each version that a series of the plan's releases pins, with the first of them.
func libraryTargets(plan *Plan) []*target {
	var all []*target
	seen := map[string]bool{}
	for _, r := range plan.Releases {
		for name, v := range plan.Pins[r.Series] {
			if key := keyOfRelease(name, v); !seen[key] {
				seen[key] = true
				all = append(all, &target{Named: Named{name, v}, series: r.Series})
			}
		}
	}
	slices.SortFunc(all, func(a, b *target) int {
		return cmp.Or(cmp.Compare(a.Distribution, b.Distribution), a.Version.Compare(b.Version))
	})
	return all
}
