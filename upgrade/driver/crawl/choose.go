package crawl

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/tag"
)

// ErrAbsent says that the index has no file of a release that can be read.
var ErrAbsent = errors.New("the index has neither a wheel nor an sdist of it that is not yanked")

// choose takes a release's wheel, else its sdist. Of several wheels, the pure one, else the first by name: they differ in what is compiled.
func choose(p *dist.Project, v pep440.Version) (dist.File, error) {
	var all []dist.File
	for _, f := range p.Files {
		if !f.Yanked && (f.Kind == dist.Wheel || f.Kind == dist.Sdist) && f.Version.Equal(v) {
			all = append(all, f)
		}
	}
	if len(all) == 0 {
		return dist.File{}, ErrAbsent
	}
	return slices.MinFunc(all, func(a, b dist.File) int {
		return cmp.Or(rank(a)-rank(b), cmp.Compare(a.File, b.File))
	}), nil
}

func rank(f dist.File) int {
	switch {
	case f.Kind == dist.Sdist:
		return 2
	case slices.ContainsFunc(f.Tags, func(t tag.Tag) bool { return t.Platform == "any" }):
		return 0
	}
	return 1
}

// findNewer notes what the plan's data are too old to know.
func (r *run) findNewer(ctx context.Context) {
	project, err := r.Index.Project(ctx, r.plan.Component)
	if err != nil || len(r.plan.Releases) == 0 {
		return // each release says so
	}
	last := r.plan.Releases[len(r.plan.Releases)-1].Version
	seen := map[string]bool{}
	for _, f := range project.Files {
		if f.Version.Compare(last) > 0 && !f.Version.IsPrerelease() && !f.Yanked && !seen[f.Version.Key()] && !isDate(f.Version) {
			seen[f.Version.Key()] = true
			r.newer = append(r.newer, Named{r.plan.Component, f.Version})
		}
	}
	slices.SortFunc(r.newer, func(a, b Named) int { return a.Version.Compare(b.Version) })
}

// isDate reports a version of the years before components had numbers of their own: 2015.1.
func isDate(v pep440.Version) bool { return v.Release(0) >= 2000 }
