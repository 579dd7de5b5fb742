package pubgrub

import "context"

// Step is what a Source wants next: Facts, where there are any, are learned before it is asked again; else Package is decided to be the one version
// in Version; else, with Done, the search ends.
type Step[P Package, S Set[S]] struct {
	Facts   []Fact[P, S]
	Package P
	Version S
	Done    bool
}

// Source states the problem and makes the choices. Next is called when nothing is left to conclude. A version may be decided only for a
// package that is Allowed one, and among those.
type Source[P Package, S Set[S]] interface {
	Next(ctx context.Context, s *Search[P, S]) (Step[P, S], error)
}

// Failure says that there is no solution. Proof has no terms.
type Failure[P Package, S Set[S]] struct{ Proof *Incompatibility[P, S] }

func (*Failure[P, S]) Error() string { return "no solution" }

// Search is the state of one run.
type Search[P Package, S Set[S]] struct {
	names   names[P]
	trail   trail[P, S]
	about   [][]*Incompatibility[P, S] // by package
	changed []int32                    // packages to conclude from
	queued  []bool
	room    room[P, S]
	stats   Stats
}

// Stats counts what a search did.
type Stats struct{ Decisions, Conflicts, Facts int }

// Solve runs until the Source is done (nil), there is no solution (a *Failure), the Source fails or ctx ends.
func Solve[P Package, S Set[S]](ctx context.Context, src Source[P, S]) (Stats, error) {
	s := &Search[P, S]{}
	for {
		if err := ctx.Err(); err != nil {
			return s.stats, err
		}
		if proof := s.propagate(); proof != nil {
			return s.stats, &Failure[P, S]{proof}
		}
		step, err := src.Next(ctx, s)
		switch {
		case err != nil:
			return s.stats, err
		case len(step.Facts) > 0:
			for _, f := range step.Facts {
				s.learn(f)
			}
		case step.Done:
			return s.stats, nil
		default:
			s.stats.Decisions++
			id := s.id(step.Package)
			s.trail.decide(term[S]{id, true, step.Version})
			s.touch(id)
		}
	}
}

// Allowed is the set that the selected version of p must be in; false where p need not be selected, as far as is known.
func (s *Search[P, S]) Allowed(p P) (S, bool) {
	if int(p) < len(s.names.ids) && s.names.ids[p] >= 0 {
		if a := s.trail.last(s.names.ids[p]); a != nil && a.all.positive {
			return a.all.set, true
		}
	}
	var none S
	return none, false
}

// Level is the number of decisions that stand: after a conflict it is smaller than before.
func (s *Search[P, S]) Level() int { return len(s.trail.decisions) }

func (s *Search[P, S]) id(p P) int32 {
	id := s.names.id(p)
	s.trail.grow(id)
	for len(s.about) <= int(id) {
		s.about = append(s.about, nil)
		s.queued = append(s.queued, false)
	}
	return id
}

func (s *Search[P, S]) touch(id int32) {
	if !s.queued[id] {
		s.queued[id] = true
		s.changed = append(s.changed, id)
	}
}

// learn takes a fact in; it may conflict with what stands, which the next propagation will find.
func (s *Search[P, S]) learn(f Fact[P, S]) {
	terms := s.room.termList(len(f.Terms))
	for _, t := range f.Terms {
		terms = insert(terms, term[S]{s.id(t.Package), t.Positive, t.Set}, term[S].and)
	}
	terms, ok := trim(terms)
	if !ok {
		return
	}
	s.stats.Facts++
	c := s.room.incompatibility()
	*c = Incompatibility[P, S]{Cause: f.Cause, terms: terms, names: &s.names, deadAt: -1}
	if len(terms) == 0 {
		// A fact without terms is a failure by itself; it is found under the first package.
		s.about[s.id(f.Terms[0].Package)] = append(s.about[s.id(f.Terms[0].Package)], c)
		s.touch(s.id(f.Terms[0].Package))
		return
	}
	s.index(c)
}

func (s *Search[P, S]) index(c *Incompatibility[P, S]) {
	for _, t := range c.terms {
		if s.about[t.id] == nil {
			s.about[t.id] = s.room.few()
		}
		s.about[t.id] = append(s.about[t.id], c)
	}
	s.touch(c.terms[0].id)
}
