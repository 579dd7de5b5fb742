package resolve

import (
	"context"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// survey walks what the request reaches if every project is taken at its best release, conflicts ignored, and ranks the projects so that each comes
// before what it depends on. It goes in rounds, each asking the index for all that the round before has reached, so that a request costs as many waits
// as its dependencies are deep.
//
// Where several projects need one, what all of them need is known before it is decided, and the newest release of what was asked for wins over the newest of what
// that depends on (boto3 over urllib3).
type survey struct {
	*catalog
	seen    map[key]bool
	visits  map[pep508.Name]*visit
	reached int     // projects
	pins    []reach // requirements that pin a yanked release
	limit   int     // of projects: an index may make up ever more of them
}

// visit is the survey's view of a project.
type visit struct {
	*project
	hint    versionSet // what the requirements met so far admit
	best    int        // the release that stands for it; -1: none
	settled bool
	met     []reach  // by the scout, and not heeded yet
	number  int      // in the order of meeting, from 1 on; 0: the request
	on      []*visit // depends on, in the order of the lists
}

// reach is one requirement that the survey has met.
type reach struct {
	by pep508.Name // "" is the request
	dependency
	variant int
}

// rank sets the rank of all projects that the survey reaches.
func (s *survey) rank(ctx context.Context, request []reach) error {
	root := &visit{}
	s.visits[""] = root
	s.tardy = func() { s.scout = sendScout(ctx, s.catalog, request, s.limit) }
	defer func() { s.tardy, s.scout = nil, nil }()
	for round := request; len(round) > 0; {
		var names []pep508.Name
		for _, r := range round {
			names = append(names, r.Name)
		}
		if err := s.load(ctx, names); err != nil {
			return err
		}
		needs := s.meet(round)
		var wants []want
		for _, k := range needs {
			if v := s.visits[k.name]; v.best >= 0 {
				wants = append(wants, want{v.release(v.best), k.variant})
				if s.scout != nil {
					s.scout.correct(ctx, v, k)
				}
			}
		}
		if err := s.loadMetadata(ctx, wants); err != nil {
			return err
		}
		if s.reached > s.limit {
			return ErrTooManySteps
		}
		round = s.next(needs)
	}
	s.order(root)
	for _, r := range s.pins {
		s.visits[r.Name].pin(r.Specifiers)
	}
	return nil
}

// meet takes a round's requirements in and returns the needs that are new.
func (s *survey) meet(round []reach) (needs []key) {
	for _, r := range round {
		v, ok := s.visits[r.Name]
		if !ok {
			s.reached++
			v = &visit{project: s.project(r.Name), hint: anything(), number: s.reached}
			s.visits[r.Name] = v
		}
		by := s.visits[r.by]
		by.on = append(by.on, v)
		s.narrow(v, &r)
		if v.pinsYanked(r.Specifiers) {
			s.pins = append(s.pins, r)
		}
		for i := range r.keys() {
			k := r.key(i)
			if !s.seen[k] {
				s.seen[k] = true
				needs = append(needs, k)
			}
		}
	}
	for _, k := range needs {
		if v := s.visits[k.name]; !v.settled {
			v.settle()
		}
	}
	return needs
}

// narrow takes in what a requirement, and the constraints where it holds, leave of a project.
func (c *catalog) narrow(v *visit, r *reach) {
	v.hint = v.hint.Intersect(v.set(&r.dependency, r.variant)).Intersect(v.usable[r.variant])
	for _, l := range c.rules.limits(r.Name, r.variant) {
		v.hint = v.hint.Intersect(v.set(&l, r.variant))
	}
}

// settle chooses the release that stands for the project: the best that its requirements admit, else the best there is.
func (v *visit) settle() {
	v.settled = true
	order := v.preference()
	if v.best = order.first(v.hint); v.best < 0 {
		v.best = order.first(anything())
	}
}

// next is what the releases that stand for new needs require.
func (s *survey) next(needs []key) (round []reach) {
	for _, k := range needs {
		v := s.visits[k.name]
		if v.best < 0 || !v.release(v.best).usable(k.variant) {
			continue
		}
		round = s.named(round, v.release(v.best).entry(k.variant), k)
	}
	return round
}

// named adds to a list what metadata asks for where k is needed.
func (c *catalog) named(list []reach, m *metadata, k key) []reach {
	if why, err := c.judge(m); why != "" || err != nil {
		return list
	}
	for _, d := range c.rules.of(m, k.extra, k.variant) {
		if d.URL == "" {
			list = append(list, reach{k.name, d, k.variant})
		}
	}
	return list
}

// order ranks the projects in reverse postorder of a depth-first walk: each before what it depends on, cycles apart, and
// else in the order of the lists. The walk has its own stack, as an index may chain its projects as deep as it likes.
func (s *survey) order(root *visit) {
	type step struct {
		*visit
		left int // of its dependencies, visited last to first
	}
	done := make([]bool, s.reached+1)
	done[root.number] = true
	named := make([]*visit, s.reached+1)     // by number: who named the project last
	first := func(by *visit) (on []*visit) { // what it depends on, each where it is named first
		for _, v := range by.on {
			if named[v.number] != by {
				named[v.number] = by
				on = append(on, v)
			}
		}
		return on
	}
	rank := s.reached
	root.on = first(root)
	for stack := []step{{root, len(root.on)}}; len(stack) > 0; {
		top := &stack[len(stack)-1]
		if top.left == 0 {
			if top.visit != root {
				top.visit.rank = rank
				rank--
			}
			stack = stack[:len(stack)-1]
			continue
		}
		top.left--
		if v := top.on[top.left]; !done[v.number] {
			done[v.number] = true
			v.on = first(v)
			stack = append(stack, step{v, len(v.on)})
		}
	}
}
