package resolve

import (
	"context"
	"errors"

	"github.com/chandlery-go/chandlery/resolve/internal/pubgrub"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// DefaultMaxSteps is the limit where a Solver does not set one.
const DefaultMaxSteps = 1_000_000

// ErrTooManySteps says that a resolution took more steps than Solver.MaxSteps.
var ErrTooManySteps = errors.New("too many steps: name narrower versions in the request, or raise MaxSteps")

// Solver is the default Resolver: PubGrub over an Index. The package documentation says which solution it prefers.
type Solver struct {
	Index    Index // required
	MaxSteps int   // decisions, or projects looked at, before it gives up; 0: DefaultMaxSteps
}

// Resolve finds the preferred solution. Besides what Resolver promises: a *DirectURLError where the request asks by address, ErrTooManySteps, and what the
// Index answered where it is neither a page nor "not found".
func (s *Solver) Resolve(ctx context.Context, req *Request) (*Resolution, error) {
	if s.Index == nil {
		return nil, errors.New("solver: Index is missing")
	}
	if err := req.check(); err != nil {
		return nil, err
	}
	r := newRun(s, req)
	if err := r.survey(ctx); err != nil {
		return nil, err
	}
	for {
		a, err := r.search(ctx)
		if err != nil {
			return nil, err
		}
		if again, err := a.review(ctx); err != nil {
			return nil, err
		} else if !again {
			return a.resolution(), nil
		}
	}
}

// run is one resolution.
type run struct {
	*catalog
	list  []reach // the request, for every variant
	steps int
}

func newRun(s *Solver, req *Request) *run {
	c := &catalog{index: s.Index, policy: req.Policy, rules: newRules(req), wishes: map[pep508.Name][]pep440.Specifiers{}, projects: map[pep508.Name]*project{}}
	r := &run{catalog: c, steps: s.MaxSteps}
	if r.steps == 0 {
		r.steps = DefaultMaxSteps
	}
	for i := range req.Platform.Variants {
		for _, d := range c.rules.inForce(req.Requirements, i, "") {
			r.list = append(r.list, reach{"", d, i})
			c.wishes[d.Name] = append(c.wishes[d.Name], d.Specifiers)
		}
		for _, q := range req.Constraints {
			for _, d := range c.rules.limits(q.Name, i) {
				c.wishes[d.Name] = append(c.wishes[d.Name], d.Specifiers)
			}
		}
	}
	return r
}

func (r *run) survey(ctx context.Context) error {
	s := survey{catalog: r.catalog, seen: map[key]bool{}, visits: map[pep508.Name]*visit{}, limit: r.steps}
	return s.rank(ctx, r.list)
}

// search runs the solver once.
func (r *run) search(ctx context.Context) (*answer, error) {
	s := &search{
		teller:  &teller{catalog: r.catalog, told: map[told]versionSet{}},
		list:    r.list,
		limit:   r.steps,
		chosen:  map[pep508.Name]*choosing{},
		inForce: map[key]bool{},
	}
	_, err := pubgrub.Solve(ctx, s)
	var failure *pubgrub.Failure[key, versionSet]
	if errors.As(err, &failure) {
		return nil, r.noSolution(failure.Proof)
	}
	if err != nil {
		return nil, err
	}
	return newAnswer(s), nil
}
