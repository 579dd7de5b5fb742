package pubgrub

// resolve learns from a conflict: it replaces c, whose terms are all true, by what follows from it and the cause of its latest assignment, until
// the result would have forced something at an earlier level. It undoes the trail to that level and returns the result, which has no terms
// where there is no solution.
func (s *Search[P, S]) resolve(c *Incompatibility[P, S]) *Incompatibility[P, S] {
	s.stats.Conflicts++
	for len(c.terms) > 0 {
		latest, t, earlier := s.satisfiers(c)
		if latest.cause == nil || earlier < latest.level {
			s.trail.backTo(earlier)
			return c
		}
		c = follow(c, latest.cause, t.id)
	}
	return c
}

// satisfiers finds the assignment that made the last term of c true, that term, and the level at which all else that c needs was true: the
// other terms, and, where that assignment does not make its term true alone, those that it builds on.
func (s *Search[P, S]) satisfiers(c *Incompatibility[P, S]) (latest *assignment[P, S], t term[S], earlier int32) {
	for _, x := range c.terms {
		a := s.trail.satisfier(x, nil)
		switch {
		case latest == nil:
			latest, t = a, x
		case a.place > latest.place:
			earlier = max(earlier, latest.level)
			latest, t = a, x
		default:
			earlier = max(earlier, a.level)
		}
	}
	if !latest.own.implies(t) {
		earlier = max(earlier, s.trail.satisfier(t, &latest.own).level)
	}
	return latest, t, earlier
}
