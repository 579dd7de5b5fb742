package pubgrub

// propagate concludes all that follows from the trail. It returns the proof where there is no solution.
func (s *Search[P, S]) propagate() *Incompatibility[P, S] {
	for next := 0; next < len(s.changed); next++ {
		id := s.changed[next]
		s.queued[id] = false
		// Latest first: what was learned from conflicts says most.
		for i := len(s.about[id]) - 1; i >= 0; i-- {
			c := s.about[id][i]
			open, state := s.relate(c)
			switch state {
			case unit:
				s.force(c, open)
			case conflict:
				learned := s.resolve(c)
				if len(learned.terms) == 0 {
					return learned
				}
				if learned != c {
					s.index(learned)
				}
				open, _ := s.relate(learned)
				s.force(learned, open)
				s.touch(id) // the rest of its incompatibilities is still to be asked
				i = 0
			}
		}
	}
	s.changed = s.changed[:0]
	return nil
}

func (s *Search[P, S]) force(c *Incompatibility[P, S], open int) {
	s.trail.assign(c.terms[open].negated(), c)
	s.touch(c.terms[open].id)
}

// state is how an incompatibility stands to the trail.
type state int8

const (
	silent   state = iota // a term is false, or two are open
	unit                  // all but one true, one open
	conflict              // all true
)

// relate finds how c stands; open is the one open term's place.
func (s *Search[P, S]) relate(c *Incompatibility[P, S]) (open int, _ state) {
	if c.deadAt >= 0 {
		if int(c.deadAt) < len(s.trail.order) && s.trail.order[c.deadAt].stamp == c.deadStamp {
			return 0, silent
		}
		c.deadAt = -1
	}
	open = -1
	for i := range c.terms {
		t := &c.terms[i]
		a := s.trail.last(t.id)
		switch {
		case a != nil && a.all.implies(*t):
		case a != nil && a.all.excludes(*t):
			c.deadAt, c.deadStamp = a.place, a.stamp
			return 0, silent
		case open >= 0:
			return 0, silent
		default:
			open = i
		}
	}
	if open < 0 {
		return 0, conflict
	}
	return open, unit
}
