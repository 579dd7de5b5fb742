package resolve

import (
	"context"
	"errors"
	"slices"

	"github.com/chandlery-go/chandlery/resolve/internal/pubgrub"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// search is the solver's Source: what is decided next, and how, follows from the decisions alone.
//
// Of the projects that the request and the decided releases require, the one of the smallest rank is decided next (then those that the survey did
// not reach, by name), at the first release of its preference that nothing excludes.
type search struct {
	*teller
	list     []reach // the request
	steps    int
	limit    int
	frames   []frame      // one for the request and one for each decision
	required []*choosing  // projects, in the order in which they came to be required
	open     agenda       // those of them that are undecided
	hard     []*choosing  // projects that are hard to fit in
	inForce  map[key]bool // needs of extras
}

// choosing is a project of the search.
type choosing struct {
	*project
	order    preference
	needs    []key      // in force
	plainly  versionSet // the variants that need it, whichever extras
	at       int        // the chosen release; -1: undecided
	asked    bool       // required
	tried    int        // releases that were told of when its turn came
	foreseen int        // the release that was told of last before its turn; -1: none
	onto     []reach    // what is in force on it, in the end
	bears    int        // how much that is
}

// frame is what one decision brought about, so that it can be undone.
type frame struct {
	of       *choosing // nil: the request
	needs    []key     // put in force
	required int       // how many projects were required before
	open     []key     // needs of decided projects whose requirements are not yet in force
}

// Next is called by the solver.
func (s *search) Next(ctx context.Context, at *pubgrub.Search[node, versionSet]) (pubgrub.Step[node, versionSet], error) {
	var step pubgrub.Step[node, versionSet]
	err := s.next(ctx, at, &step)
	return step, err
}

func (s *search) next(ctx context.Context, at *pubgrub.Search[node, versionSet], step *pubgrub.Step[node, versionSet]) error {
	if len(s.frames) == 0 {
		return s.begin(ctx, step)
	}
	for len(s.frames) > at.Level()+1 {
		s.undo()
	}
	if told, err := s.settle(ctx, step); told || err != nil {
		return err
	}
	c := s.open.first()
	if c == nil {
		step.Done = true
		return nil
	}
	if s.steps++; s.steps > s.limit {
		return ErrTooManySteps
	}
	if told, err := s.foresee(ctx, at, step); told || err != nil {
		return err
	}
	return s.decide(ctx, at, c, step)
}

// begin tells the request.
func (s *search) begin(ctx context.Context, step *pubgrub.Step[node, versionSet]) error {
	if err := s.request(ctx, s.list); err != nil {
		return err
	}
	s.frames = append(s.frames, frame{})
	for i := range s.list {
		s.require(&s.list[i])
	}
	step.Facts, step.Done = s.take(), len(s.list) == 0
	return nil
}

// settle puts in force what decided projects require since a new need of them was. It reports whether there are new facts to conclude from first.
func (s *search) settle(ctx context.Context, step *pubgrub.Step[node, versionSet]) (bool, error) {
	top := &s.frames[len(s.frames)-1]
	for len(top.open) > 0 {
		k := top.open[0]
		c := s.project(k.name).choosing
		if err := s.tell(ctx, c, c.at, []key{k}, nil); err != nil {
			return false, err
		}
		if step.Facts = s.take(); len(step.Facts) > 0 {
			return true, nil
		}
		top.open = top.open[1:]
		s.follow(c, k)
	}
	return false, nil
}

// decide tells what the best release of c that is allowed asks for, and where that is known, decides it.
func (s *search) decide(ctx context.Context, at *pubgrub.Search[node, versionSet], c *choosing, step *pubgrub.Step[node, versionSet]) error {
	allowed, _ := at.Allowed(s.choice(c.project))
	release := c.order.first(allowed)
	if release < 0 {
		return errors.New("internal error: nothing is allowed of " + string(c.name))
	}
	if err := s.tell(ctx, c, release, c.needs, s.ahead(at, c, allowed)); err != nil {
		return err
	}
	if step.Facts = s.take(); len(step.Facts) > 0 {
		if c.tried++; c.tried == often {
			s.hard = append(s.hard, c)
		}
		return nil
	}
	step.Package, step.Version = s.choice(c.project), oneOf(release)
	s.frames = append(s.frames, frame{of: c, required: len(s.required)})
	c.at = release
	s.open.remove(c)
	for i := range len(c.needs) { // what is put in force meanwhile is open
		s.follow(c, c.needs[i])
	}
	return nil
}

// tell loads and tells what a release asks for where each of needs is.
func (s *search) tell(ctx context.Context, c *choosing, release int, needs []key, ahead func() []want) error {
	if err := s.ask(ctx, c, release, needs, ahead); err != nil {
		return err
	}
	return s.state(c, release, needs)
}

// ask loads what a release asks for. Where it has to wait for the index, it asks for what lies ahead too.
func (s *search) ask(ctx context.Context, c *choosing, release int, needs []key, ahead func() []want) error {
	r := c.release(release)
	if wants := r.wants(nil, needs); len(wants) > 0 {
		if ahead != nil {
			wants = append(wants, ahead()...)
		}
		if err := s.loadMetadata(ctx, wants); err != nil {
			return err
		}
	}
	return s.load(ctx, s.named(r, needs))
}

// state tells what a release asks for, which is loaded.
func (s *search) state(c *choosing, release int, needs []key) error {
	r := c.release(release)
	for _, k := range needs {
		if !r.usable(k.variant) {
			continue // known to the solver already
		}
		if err := s.release(k, release); err != nil {
			return err
		}
	}
	return nil
}

// named lists the projects that a release names in what it asks for.
func (s *search) named(r release, needs []key) (names []pep508.Name) {
	for _, k := range needs {
		if m := r.entry(k.variant); m == nil || m.Metadata == nil {
			continue
		}
		list := s.rules.needs(r, k.extra, k.variant)
		for i := range list {
			if d := &list[i]; d.URL == "" && s.target(d) == nil {
				names = append(names, d.Name)
			}
		}
	}
	return names
}

// follow puts in force what the chosen release of c asks for where k is needed.
func (s *search) follow(c *choosing, k key) {
	for _, d := range s.rules.needs(c.release(c.at), k.extra, k.variant) {
		s.require(&reach{k.name, d, k.variant})
	}
}

// require puts the needs of a requirement in force.
func (s *search) require(r *reach) {
	p := s.target(&r.dependency)
	if p == nil || r.URL != "" {
		return // refused already
	}
	c := p.choosing
	if c == nil {
		c = &choosing{project: p, at: -1, foreseen: -1, order: p.preference()}
		p.choosing = c
	}
	top := &s.frames[len(s.frames)-1]
	for i := range r.keys() {
		k := r.key(i)
		if s.isInForce(c, k) {
			continue
		}
		s.setInForce(c, k, true)
		c.needs = append(c.needs, k)
		top.needs = append(top.needs, k)
		if !c.asked {
			c.asked = true
			s.required = append(s.required, c)
			s.open.add(c)
		}
		if c.at >= 0 {
			top.open = append(top.open, k)
		}
	}
}

func (s *search) isInForce(c *choosing, k key) bool {
	if k.extra == "" {
		return c.plainly.has(k.variant)
	}
	return s.inForce[k]
}

func (s *search) setInForce(c *choosing, k key, in bool) {
	switch {
	case k.extra != "" && in:
		s.inForce[k] = true
	case k.extra != "":
		delete(s.inForce, k)
	case in:
		c.plainly = c.plainly.with(k.variant)
	default:
		c.plainly = c.plainly.without(k.variant)
	}
}

// undo takes the last decision back.
func (s *search) undo() {
	top := s.frames[len(s.frames)-1]
	s.frames = s.frames[:len(s.frames)-1]
	for _, k := range slices.Backward(top.needs) {
		c := s.project(k.name).choosing
		s.setInForce(c, k, false)
		c.needs = c.needs[:len(c.needs)-1]
	}
	for _, c := range s.required[top.required:] {
		c.asked = false
		s.open.remove(c)
	}
	s.required = s.required[:top.required]
	top.of.at = -1
	s.open.add(top.of)
}
