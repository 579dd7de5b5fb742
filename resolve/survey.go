package resolve

import (
	"context"
	"slices"

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
	reached []pep508.Name // in order
	pins    []reach       // requirements that pin a yanked release
	limit   int           // of projects: an index may make up ever more of them
}

// visit is the survey's view of a project.
type visit struct {
	*project
	hint    versionSet // what the requirements met so far admit
	best    int        // the release that stands for it; -1: none
	settled bool
	on      []pep508.Name // depends on, in order
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
				wants = append(wants, want{&v.releases[v.best], k.variant})
			}
		}
		if err := s.loadMetadata(ctx, wants); err != nil {
			return err
		}
		if len(s.reached) > s.limit {
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
			v = &visit{project: s.project(r.Name), hint: anything()}
			s.visits[r.Name] = v
			s.reached = append(s.reached, r.Name)
		}
		by := s.visits[r.by]
		if !slices.Contains(by.on, r.Name) {
			by.on = append(by.on, r.Name)
		}
		v.hint = v.hint.Intersect(v.set(r.Specifiers, r.variant)).Intersect(v.usable[r.variant])
		for _, l := range s.rules.limits(r.Name, r.variant) {
			v.hint = v.hint.Intersect(v.set(l.Specifiers, r.variant))
		}
		if v.pinsYanked(r.Specifiers) {
			s.pins = append(s.pins, r)
		}
		for _, k := range r.keys() {
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

// settle chooses the release that stands for the project: the best that its requirements admit, else the best there is.
func (v *visit) settle() {
	v.settled, v.best = true, -1
	order := v.preference()
	i := slices.IndexFunc(order, v.hint.has)
	if i < 0 && len(order) > 0 {
		i = 0
	}
	if i >= 0 {
		v.best = order[i]
	}
}

// next is what the releases that stand for new needs require.
func (s *survey) next(needs []key) (round []reach) {
	for _, k := range needs {
		v := s.visits[k.name]
		if v.best < 0 || !v.releases[v.best].usable(k.variant) {
			continue
		}
		r := &v.releases[v.best]
		if why, err := s.defect(r, k.variant); why != "" || err != nil {
			continue
		}
		for _, d := range s.rules.needs(r, k.extra, k.variant) {
			if d.URL == "" {
				round = append(round, reach{k.name, d, k.variant})
			}
		}
	}
	return round
}

// order ranks the projects in reverse postorder of a depth-first walk: each before what it depends on, cycles apart, and
// else in the order of the lists. The walk has its own stack, as an index may chain its projects as deep as it likes.
func (s *survey) order(root *visit) {
	type step struct {
		*visit
		left int // of its dependencies, visited last to first
	}
	done := map[*visit]bool{root: true}
	rank := len(s.reached)
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
		if v := s.visits[top.on[top.left]]; !done[v] {
			done[v] = true
			stack = append(stack, step{v, len(v.on)})
		}
	}
}
