package resolve

import (
	"context"

	"github.com/chandlery-go/chandlery/resolve/internal/pubgrub"
)

// often is how many releases of a project are tried in a search before it counts as one that is hard to fit in.
const often = 3

// foresee tells, before their turn, what the projects that are hard to fit in ask for at the release that would be chosen now. Where no release of such a project fits what
// stands, that shows before all that comes first by rank is decided, often by one walk after another through releases in vain. Facts change no answer.
func (s *search) foresee(ctx context.Context, at *pubgrub.Search[node, versionSet], step *pubgrub.Step[node, versionSet]) (told bool, err error) {
	for _, c := range s.hard {
		if !c.asked || c.at >= 0 {
			continue
		}
		allowed, _ := at.Allowed(s.choice(c.project))
		release := c.order.first(allowed)
		if release < 0 || release == c.foreseen {
			continue
		}
		c.foreseen = release
		if err := s.ask(ctx, c, release, c.needs, s.ahead(at, c, allowed)); err != nil {
			return false, err
		}
		if s.faulty(c.release(release), c.needs) {
			continue // it matters only if its turn comes
		}
		if err := s.state(c, release, c.needs); err != nil {
			return false, err
		}
		if step.Facts = s.take(); len(step.Facts) > 0 {
			return true, nil
		}
	}
	return false, nil
}

// faulty reports whether the index failed on what a release asks for.
func (s *search) faulty(r release, needs []key) bool {
	for _, k := range needs {
		if !r.usable(k.variant) {
			continue
		}
		why, err := s.defect(r, k.variant)
		if err != nil {
			return true
		}
		if why != "" {
			continue
		}
		for _, d := range s.rules.needs(r, k.extra, k.variant) {
			if d.URL == "" && s.project(d.Name).err != nil {
				return true
			}
		}
	}
	return false
}

// ahead lists what is likely to be wanted soon: of c as much as is known already, so that it takes few waits to try many releases and no more than twice as many are asked for as
// were tried; of every other undecided project, the release that would be chosen now.
func (s *search) ahead(at *pubgrub.Search[node, versionSet], c *choosing, allowed versionSet) func() []want {
	return func() []want {
		later := c.candidates
		for _, w := range s.wishes[c.name] {
			later = later.Intersect(c.admits(w, 0))
		}
		wants := c.next(allowed, later, min(len(c.learned), parallel))
		for _, d := range s.required {
			if d.at >= 0 || d == c {
				continue
			}
			if allowed, ok := at.Allowed(s.choice(d.project)); ok {
				if i := d.order.first(allowed); i >= 0 {
					wants = d.release(i).wants(wants, d.needs)
				}
			}
		}
		return wants
	}
}

// next lists what is not known of n releases: the first in allowed, and then, as that is only one where the releases of another project pin it one by one, those in later
// that come after.
func (c *choosing) next(allowed, later versionSet, n int) (wants []want) {
	enough := func(i int) bool {
		if more := c.release(i).wants(wants, c.needs); len(more) > len(wants) {
			wants = more
			n--
		}
		return n <= 0
	}
	for i := range c.order.among(allowed) {
		if enough(i) {
			return wants
		}
	}
	past, first := false, c.order.first(allowed)
	for i := range c.order.among(c.candidates) {
		if past && later.has(i) && !allowed.has(i) && enough(i) {
			return wants
		}
		past = past || i == first
	}
	return wants
}

// wants adds what is not known of a release.
func (r release) wants(list []want, needs []key) []want {
	for _, k := range needs {
		if r.usable(k.variant) && r.entry(k.variant) == nil {
			list = append(list, want{r, k.variant})
		}
	}
	return list
}
