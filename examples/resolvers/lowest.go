package resolvers

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Lowest is a Resolver that takes the oldest versions: what a library is tested with to see whether the lower bounds that it declares are true. It is plain
// backtracking, so it is for small sets; for large ones there is resolve.Policy's Lowest.
type Lowest struct{ Index resolve.Index }

// Resolve chooses for one project after the other, as they come to be required, its oldest version with which all fits.
func (l *Lowest) Resolve(ctx context.Context, req *resolve.Request) (*resolve.Resolution, error) {
	for _, list := range [][]pep508.Requirement{req.Requirements, req.Constraints, req.Overrides} {
		for _, q := range list {
			if q.URL != "" {
				return nil, &resolve.DirectURLError{Requirement: q}
			}
		}
	}
	s := &descent{ctx: ctx, index: l.Index, req: req, chosen: map[pep508.Name]*release{}, pages: map[pep508.Name][]*release{}}
	found, err := s.descend()
	switch {
	case err != nil:
		return nil, err
	case !found:
		report := []string{"The request cannot be satisfied on " + req.Platform.Name + ": every combination was tried."}
		return nil, &resolve.NoSolutionError{Platform: req.Platform.Name, Report: report, Unknown: s.unknown}
	}
	return s.resolution()
}

// descent is one search.
type descent struct {
	ctx     context.Context
	index   resolve.Index
	req     *resolve.Request
	chosen  map[pep508.Name]*release
	pages   map[pep508.Name][]*release // by preference
	unknown []pep508.Name
}

// release is a version that may be chosen, with its metadata by variant, once that was needed.
type release struct {
	resolve.Candidate
	metadata []*dist.Metadata
}

// descend chooses for the first project that is required and undecided, and so on. It reports whether all are decided.
func (s *descent) descend() (bool, error) {
	if err := s.ctx.Err(); err != nil {
		return false, err
	}
	f, err := s.inForce()
	if err != nil || !s.holds(f) {
		return false, err
	}
	next := slices.IndexFunc(f.demands, func(d demand) bool { return !d.constraint && s.chosen[d.Name] == nil })
	if next < 0 {
		return s.admitted(f)
	}
	name := f.demands[next].Name
	page, err := s.page(name)
	for _, r := range page {
		s.chosen[name] = r
		if found, err := s.descend(); found || err != nil {
			return found, err
		}
	}
	delete(s.chosen, name)
	return false, err
}

// page lists what may be chosen of a project, oldest first, but first the final releases and last the yanked ones.
func (s *descent) page(name pep508.Name) ([]*release, error) {
	if list, ok := s.pages[name]; ok {
		return list, nil
	}
	p, err := s.index.Project(s.ctx, name)
	if errors.Is(err, dist.ErrNotFound) {
		p, err = &dist.Project{Name: name}, nil
		s.unknown = append(s.unknown, name)
	}
	if err != nil {
		return nil, err
	}
	candidates, _ := resolve.Candidates(p, s.req.Platform, s.req.Policy)
	var list []*release
	for _, c := range slices.Backward(candidates) {
		list = append(list, &release{c, make([]*dist.Metadata, len(c.Files))})
	}
	class := func(r *release) int {
		switch {
		case r.Yanked:
			return 2
		case r.Version.IsPrerelease() && s.req.Policy.For(name).Prereleases != resolve.Allow:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(list, func(a, b *release) int { return cmp.Compare(class(a), class(b)) })
	s.pages[name] = list
	return list, nil
}

// read gives the metadata of a release's file for a variant.
func (s *descent) read(r *release, variant int) (m *dist.Metadata, err error) {
	if r.metadata[variant] == nil {
		r.metadata[variant], err = s.index.Metadata(s.ctx, r.Files[variant])
	}
	return r.metadata[variant], err
}

// holds reports whether the chosen releases meet all that is in force on them.
func (s *descent) holds(f *forces) bool {
	return !slices.ContainsFunc(f.demands, func(d demand) bool {
		r := s.chosen[d.Name]
		return d.URL != "" || r != nil && !s.meets(r, d)
	})
}

// meets reports whether a release will do for a demand.
func (s *descent) meets(r *release, d demand) bool {
	if !d.Specifiers.Contains(r.Version) || r.Files[d.variant].Kind == dist.Other {
		return false
	}
	m, python := r.metadata[d.variant], s.req.Platform.Python
	return m == nil || m.Matches(r.Files[d.variant].Filename) == nil && (m.RequiresPython.IsEmpty() || m.RequiresPython.Contains(python))
}

// admitted holds what was chosen to the rules for yanked files (PEP 592) and pre-releases (PEP 440).
func (s *descent) admitted(f *forces) (bool, error) {
	for name, r := range s.chosen {
		mine := f.on(name)
		if r.Yanked && !slices.ContainsFunc(mine, func(d demand) bool { return d.Specifiers.Pins(r.Version) }) {
			return false, nil
		}
		if !r.Version.IsPrerelease() || s.req.Policy.For(name).Prereleases == resolve.Allow ||
			slices.ContainsFunc(mine, func(d demand) bool { return d.Specifiers.NamesPrerelease() }) {
			continue
		}
		if final, err := s.finalWouldDo(name, mine); final || err != nil {
			return false, err
		}
	}
	return true, nil
}

// finalWouldDo reports whether a final release of a project meets these demands.
func (s *descent) finalWouldDo(name pep508.Name, mine []demand) (bool, error) {
	for _, r := range s.pages[name] {
		would := !r.Version.IsPrerelease() && !r.Yanked
		for _, d := range mine {
			if !would || r.Files[d.variant].Kind == dist.Other {
				would = false
				break
			}
			if _, err := s.read(r, d.variant); err != nil {
				return false, err
			}
			would = s.meets(r, d)
		}
		if would {
			return true, nil
		}
	}
	return false, nil
}
