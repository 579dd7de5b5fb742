package resolve

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// answer is what a finished search decided.
type answer struct {
	*search
	grounds []ground // room for those of one project
}

func newAnswer(s *search) *answer {
	total := 0
	s.bearing(func(on *choosing, _ *reach) { total, on.bears = total+1, on.bears+1 })
	room := make([]reach, total)
	for _, c := range s.required {
		c.onto, room = room[:0:c.bears], room[c.bears:]
	}
	s.bearing(func(on *choosing, r *reach) { on.onto = append(on.onto, *r) })
	return &answer{search: s}
}

// bearing tells of what is in force on each project, in the end.
func (s *search) bearing(tell func(on *choosing, r *reach)) {
	for i := range s.list {
		tell(s.target(&s.list[i].dependency).choosing, &s.list[i])
	}
	for _, c := range s.required {
		for _, k := range c.needs {
			list := s.rules.needs(c.release(c.at), k.extra, k.variant)
			for i := range list {
				tell(s.target(&list[i]).choosing, &reach{c.name, list[i], k.variant})
			}
		}
	}
}

// review says whether there must be another search, with other rules: the answer stands if it is false.
func (a *answer) review(ctx context.Context) (again bool, err error) {
	for _, c := range a.required {
		onto := a.limitsOn(c)
		changed, err := a.reviewPrerelease(ctx, c, onto)
		if err != nil {
			return false, err
		}
		again = changed || again
		again = a.reviewYanked(c, onto) || again
	}
	return again, nil
}

// reviewYanked: where a yanked release was chosen that no requirement in force pins, only those that pin one admit any from now on (PEP 592).
func (a *answer) reviewYanked(c *choosing, onto []reach) (changed bool) {
	r := c.release(c.at)
	if !c.yanked.has(c.at) || !slices.ContainsFunc(c.needs, func(k key) bool { return r.yankedFor(k.variant) }) {
		return false
	}
	if slices.ContainsFunc(onto, func(o reach) bool { return o.Specifiers.Pins(r.version()) }) {
		return false
	}
	c.unpin()
	return true
}

// reviewPrerelease: a project's pre-releases are admitted from now on where a requirement in force names one, and refused from now on where one was
// chosen although a final release satisfies all that is in force (PEP 440, "Handling of pre-releases").
func (a *answer) reviewPrerelease(ctx context.Context, c *choosing, onto []reach) (changed bool, err error) {
	if c.how == admitted || c.policy.Prereleases != IfNecessary {
		return false, nil
	}
	if c.hasPrerelease() && slices.ContainsFunc(onto, func(r reach) bool { return r.Specifiers.NamesPrerelease() }) {
		c.how = admitted
		return true, nil
	}
	if !c.prereleases.has(c.at) {
		return false, nil
	}
	ok, err := a.finalWouldDo(ctx, c, onto)
	if ok {
		c.how = refused
	}
	return ok, err
}

func (p *project) hasPrerelease() bool {
	return !p.candidates.Disjoint(p.prereleases)
}

// limitsOn is the requirements and constraints in force on a project.
func (a *answer) limitsOn(c *choosing) []reach {
	list := slices.Clip(c.onto)
	for _, k := range c.needs {
		if k.extra == "" {
			for _, l := range a.rules.limits(c.name, k.variant) {
				list = append(list, reach{"", l, k.variant})
			}
		}
	}
	return list
}

// finalWouldDo reports whether a final release of c meets all that is in force on it.
func (a *answer) finalWouldDo(ctx context.Context, c *choosing, onto []reach) (bool, error) {
	fits := anything()
	for _, r := range onto {
		fits = fits.Intersect(c.set(&r.dependency, r.variant)).Intersect(c.usable[r.variant])
	}
	for i := range c.order.among(fits.Intersect(c.prereleases.Complement())) {
		if err := a.loadMetadata(ctx, c.release(i).wants(nil, c.needs)); err != nil {
			return false, err
		}
		if sound, err := a.sound(c, i); sound || err != nil {
			return sound, err
		}
	}
	return false, nil
}

// sound reports whether a release's metadata has no defect on any variant that needs it.
func (a *answer) sound(c *choosing, release int) (bool, error) {
	for _, k := range c.needs {
		if why, err := a.defect(c.release(release), k.variant); why != "" || err != nil {
			return false, err
		}
	}
	return true, nil
}

// resolution is the answer for the caller.
func (a *answer) resolution() *Resolution {
	out := &Resolution{Platform: *a.rules.platform, Pins: make([]Pin, 0, len(a.required))}
	sorted := slices.Clone(a.required)
	slices.SortFunc(sorted, func(x, y *choosing) int { return strings.Compare(string(x.name), string(y.name)) })
	for _, c := range sorted {
		out.Pins = append(out.Pins, a.pin(c))
	}
	return out
}

func (a *answer) pin(c *choosing) Pin {
	n := len(a.rules.platform.Variants)
	r := c.release(c.at)
	p := Pin{Name: c.name, Version: r.version(), Files: make([]dist.File, n), Metadata: make([]*dist.Metadata, n)}
	for _, k := range c.needs {
		m := r.entry(k.variant)
		p.Files[k.variant], p.Metadata[k.variant] = *m.file, m.Metadata
	}
	for _, k := range c.needs {
		provided := slices.Contains(p.Metadata[k.variant].ProvidesExtra, k.extra) || len(a.rules.needs(r, k.extra, k.variant)) > 0
		switch {
		case k.extra == "":
		case provided:
			p.Extras = append(p.Extras, k.extra)
		default:
			p.UnknownExtras = append(p.UnknownExtras, k.extra)
		}
	}
	p.Extras = unique(p.Extras)
	p.UnknownExtras = slices.DeleteFunc(unique(p.UnknownExtras), func(x pep508.Name) bool { return slices.Contains(p.Extras, x) })
	p.RequiredBy = a.reasons(c)
	return p
}

func unique(names []pep508.Name) []pep508.Name {
	slices.Sort(names)
	return slices.Compact(names)
}

// ground is what is in force on a project.
type ground struct {
	reach
	text       string
	constraint bool
}

// reasons lists what is in force on c, the request's first, then by name and text; what several variants ask for stands once.
func (a *answer) reasons(c *choosing) []Reason {
	grounds := a.grounds[:0]
	for i, r := range a.limitsOn(c) {
		g := ground{r, r.whole(), i >= len(c.onto)}
		same := func(o ground) bool { return o.by == g.by && o.constraint == g.constraint && o.text == g.text }
		if i := slices.IndexFunc(grounds, same); i >= 0 {
			grounds[i].unknown = grounds[i].unknown || g.unknown
		} else {
			grounds = append(grounds, g)
		}
	}
	slices.SortStableFunc(grounds, func(x, y ground) int {
		return cmp.Or(strings.Compare(string(x.by), string(y.by)), strings.Compare(x.text, y.text))
	})
	a.grounds = grounds
	out := make([]Reason, len(grounds))
	for i, g := range grounds {
		out[i] = Reason{By: g.by, Requirement: *g.Requirement, Constraint: g.constraint, Unknown: g.unknown}
	}
	return out
}
