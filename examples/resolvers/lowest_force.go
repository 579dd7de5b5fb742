package resolvers

import (
	"cmp"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// demand is a requirement, or a constraint, that is in force on a variant.
type demand struct {
	pep508.Requirement
	by         pep508.Name // "" for the request
	variant    int
	constraint bool
	unknown    bool // its marker could not be decided
}

// need is that a variant needs a project, or an extra of it.
type need struct {
	name, extra pep508.Name
	variant     int
}

// forces is what is in force once some releases are chosen.
type forces struct {
	demands []demand
	needs   map[need]bool
}

// on lists what is in force on a project.
func (f *forces) on(name pep508.Name) []demand {
	return slices.DeleteFunc(slices.Clone(f.demands), func(d demand) bool { return d.Name != name })
}

// inForce follows what is required from the request on, through what is chosen.
func (s *descent) inForce() (*forces, error) {
	f := &forces{needs: map[need]bool{}}
	var open []need
	follow := func(by pep508.Name, list []pep508.Requirement, variant int, extra pep508.Name) {
		for _, d := range s.asks(by, list, variant, extra) {
			f.demands = append(f.demands, d)
			for _, x := range append([]pep508.Name{""}, d.Extras...) {
				if n := (need{d.Name, x, variant}); !f.needs[n] {
					f.needs[n] = true
					open = append(open, n)
				}
			}
		}
	}
	for i := range s.req.Platform.Variants {
		follow("", s.req.Requirements, i, "")
	}
	for ; len(open) > 0; open = open[1:] {
		n := open[0]
		if n.extra == "" {
			f.demands = append(f.demands, s.limits(n)...)
		}
		r := s.chosen[n.name]
		if r == nil || r.Files[n.variant].Kind == dist.Other {
			continue
		}
		m, err := s.read(r, n.variant)
		if err != nil {
			return nil, err
		}
		follow(n.name, m.RequiresDist, n.variant, n.extra)
	}
	return f, nil
}

// asks lists what a list of requirements asks of a variant, or besides of one of its extras, overrides taken in.
func (s *descent) asks(by pep508.Name, list []pep508.Requirement, variant int, extra pep508.Name) (out []demand) {
	for _, q := range list {
		truth := s.truth(q, variant)
		if extra != "" && truth != pep508.False {
			continue // asked for without the extra
		}
		if extra != "" {
			truth = s.truth(q, variant, extra)
		}
		if truth == pep508.False {
			continue
		}
		overridden := false
		for _, o := range s.req.Overrides {
			if o.Name == q.Name {
				overridden = true
				out = s.add(out, demand{o, by, variant, false, false}, truth)
			}
		}
		if !overridden {
			out = append(out, demand{q, by, variant, false, truth == pep508.Unknown})
		}
	}
	return out
}

// add adds an override that is in force where what it replaces is.
func (s *descent) add(list []demand, d demand, replaced pep508.Truth) []demand {
	truth := min(replaced, s.truth(d.Requirement, d.variant))
	if truth == pep508.False {
		return list
	}
	d.unknown = truth == pep508.Unknown
	return append(list, d)
}

// limits lists the constraints on what a variant needs.
func (s *descent) limits(n need) (out []demand) {
	for _, c := range s.req.Constraints {
		if t := s.truth(c, n.variant); c.Name == n.name && t != pep508.False {
			out = append(out, demand{c, "", n.variant, true, t == pep508.Unknown})
		}
	}
	return out
}

// truth is what a requirement's marker says on a variant: the most affirmative of its environments.
func (s *descent) truth(q pep508.Requirement, variant int, extras ...pep508.Name) pep508.Truth {
	best := pep508.False
	for _, env := range s.req.Platform.Variants[variant].Environments {
		best = max(best, q.Marker.Evaluate(env, extras...))
	}
	return best
}

// resolution is what was chosen, for the caller.
func (s *descent) resolution() (*resolve.Resolution, error) {
	f, err := s.inForce()
	if err != nil {
		return nil, err
	}
	out := &resolve.Resolution{Platform: s.req.Platform}
	for name, r := range s.chosen {
		out.Pins = append(out.Pins, f.pin(name, r))
	}
	slices.SortFunc(out.Pins, func(a, b resolve.Pin) int { return strings.Compare(string(a.Name), string(b.Name)) })
	return out, nil
}

func (f *forces) pin(name pep508.Name, r *release) resolve.Pin {
	p := resolve.Pin{Name: name, Version: r.Version, Files: make([]dist.File, len(r.Files)), Metadata: make([]*dist.Metadata, len(r.Files))}
	for n := range f.needs {
		if n.name != name {
			continue
		}
		p.Files[n.variant], p.Metadata[n.variant] = r.Files[n.variant], r.metadata[n.variant]
		switch {
		case n.extra == "" || slices.Contains(p.Extras, n.extra):
		case slices.Contains(r.metadata[n.variant].ProvidesExtra, n.extra):
			p.Extras = append(p.Extras, n.extra)
		default:
			p.UnknownExtras = append(p.UnknownExtras, n.extra)
		}
	}
	slices.Sort(p.Extras)
	slices.Sort(p.UnknownExtras)
	p.UnknownExtras = slices.DeleteFunc(slices.Compact(p.UnknownExtras), func(x pep508.Name) bool { return slices.Contains(p.Extras, x) })
	for _, d := range f.on(name) {
		reason := resolve.Reason{By: d.by, Requirement: d.Requirement, Constraint: d.constraint, Unknown: d.unknown}
		same := func(o resolve.Reason) bool {
			return o.By == reason.By && o.Constraint == reason.Constraint && o.Requirement.String() == reason.Requirement.String()
		}
		if i := slices.IndexFunc(p.RequiredBy, same); i >= 0 {
			p.RequiredBy[i].Unknown = p.RequiredBy[i].Unknown || d.unknown
		} else {
			p.RequiredBy = append(p.RequiredBy, reason)
		}
	}
	slices.SortStableFunc(p.RequiredBy, func(a, b resolve.Reason) int { return cmp.Compare(a.By, b.By) })
	return p
}
