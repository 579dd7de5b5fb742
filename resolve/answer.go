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
	onto map[pep508.Name][]reach // the requirements in force on each project
}

func newAnswer(s *search) *answer {
	a := &answer{s, map[pep508.Name][]reach{}}
	for _, r := range s.list {
		a.onto[r.Name] = append(a.onto[r.Name], r)
	}
	for _, c := range s.required {
		for _, k := range c.needs {
			for _, d := range s.rules.needs(&c.releases[c.at], k.extra, k.variant) {
				a.onto[d.Name] = append(a.onto[d.Name], reach{c.name, d, k.variant})
			}
		}
	}
	return a
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
	r := &c.releases[c.at]
	if !slices.ContainsFunc(c.needs, func(k key) bool { return r.files[k.variant].Yanked }) {
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
	if c.how == admitted || a.policy.Prereleases != IfNecessary {
		return false, nil
	}
	if c.hasPrerelease() && slices.ContainsFunc(onto, func(r reach) bool { return r.Specifiers.NamesPrerelease() }) {
		c.how = admitted
		return true, nil
	}
	if !c.releases[c.at].prerelease {
		return false, nil
	}
	ok, err := a.finalWouldDo(ctx, c, onto)
	if ok {
		c.how = refused
	}
	return ok, err
}

func (p *project) hasPrerelease() bool {
	return slices.ContainsFunc(p.releases, func(r release) bool { return r.why == 0 && r.prerelease })
}

// limitsOn is the requirements and constraints in force on a project.
func (a *answer) limitsOn(c *choosing) []reach {
	list := slices.Clone(a.onto[c.name])
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
		fits = fits.Intersect(c.set(r.Specifiers, r.variant)).Intersect(c.usable[r.variant])
	}
	for _, i := range c.order {
		if !fits.has(i) || c.releases[i].prerelease {
			continue
		}
		if err := a.loadMetadata(ctx, c.wants(nil, i)); err != nil {
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
		if why, err := a.defect(&c.releases[release], k.variant); why != "" || err != nil {
			return false, err
		}
	}
	return true, nil
}

// resolution is the answer for the caller.
func (a *answer) resolution() *Resolution {
	out := &Resolution{Platform: a.rules.platform}
	for _, c := range a.required {
		out.Pins = append(out.Pins, a.pin(c))
	}
	slices.SortFunc(out.Pins, func(x, y Pin) int { return strings.Compare(string(x.Name), string(y.Name)) })
	return out
}

func (a *answer) pin(c *choosing) Pin {
	n := len(a.rules.platform.Variants)
	r := &c.releases[c.at]
	p := Pin{Name: c.name, Version: r.version(), Files: make([]dist.File, n), Metadata: make([]*dist.Metadata, n)}
	for _, k := range c.needs {
		p.Files[k.variant], p.Metadata[k.variant] = *r.files[k.variant], r.metadata[k.variant].Metadata
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

// reasons lists what is in force on c, the request's first, then by name and text; what several variants ask for stands once.
func (a *answer) reasons(c *choosing) []Reason {
	var out []Reason
	add := func(r Reason) {
		same := func(o Reason) bool {
			return o.By == r.By && o.Constraint == r.Constraint && o.Requirement.String() == r.Requirement.String()
		}
		if i := slices.IndexFunc(out, same); i >= 0 {
			out[i].Unknown = out[i].Unknown || r.Unknown
		} else {
			out = append(out, r)
		}
	}
	for _, r := range a.onto[c.name] {
		add(Reason{By: r.by, Requirement: r.Requirement, Unknown: r.unknown})
	}
	for _, r := range a.limitsOn(c)[len(a.onto[c.name]):] {
		add(Reason{Requirement: r.Requirement, Constraint: true, Unknown: r.unknown})
	}
	slices.SortStableFunc(out, func(x, y Reason) int {
		return cmp.Or(strings.Compare(string(x.By), string(y.By)), strings.Compare(x.Requirement.String(), y.Requirement.String()))
	})
	return out
}
