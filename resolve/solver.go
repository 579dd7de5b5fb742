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
	ctx, cancel := context.WithCancel(ctx)
	defer r.end()
	defer cancel()
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
	list     []reach // the request, for every variant
	steps    int
	searches int32
}

func newRun(s *Solver, req *Request) *run {
	c := &catalog{
		inquiry: newInquiry(), files: map[fileOf]*metadata{},
		index: s.Index, policy: req.Policy, rules: newRules(req), projects: make(map[pep508.Name]*project, len(req.Requirements)),
		direct: map[pep508.Name]bool{}, wishes: map[pep508.Name][]pep440.Specifiers{},
	}
	r := &run{catalog: c, steps: s.MaxSteps, list: make([]reach, 0, len(req.Requirements))}
	if r.steps == 0 {
		r.steps = DefaultMaxSteps
	}
	for i := range req.Platform.Variants {
		for _, d := range c.rules.inForce(req.Requirements, i, "") {
			r.list = append(r.list, reach{"", d, i})
			c.direct[d.Name] = true
			c.wish(d)
		}
		for _, q := range req.Constraints {
			for _, d := range c.rules.limits(q.Name, i) {
				c.wish(d)
			}
		}
	}
	return r
}

func (r *run) survey(ctx context.Context) error {
	n := len(r.list)
	s := survey{catalog: r.catalog, seen: make(map[key]bool, n), visits: make(map[pep508.Name]*visit, n), limit: r.steps}
	return s.rank(ctx, r.list)
}

// search runs the solver once.
func (r *run) search(ctx context.Context) (*answer, error) {
	r.searches++
	for _, p := range r.projects {
		if p != nil {
			p.choosing = nil
		}
	}
	s := &search{
		teller:  &teller{catalog: r.catalog, number: r.searches, defects: map[at]bool{}},
		list:    r.list,
		limit:   r.steps,
		inForce: map[key]bool{},
		frames:  make([]frame, 0, 1+len(r.projects)),
	}
	_, err := pubgrub.Solve(ctx, s)
	var failure *pubgrub.Failure[node, versionSet]
	if errors.As(err, &failure) {
		return nil, r.noSolution(failure.Proof)
	}
	if err != nil {
		return nil, err
	}
	return newAnswer(s), nil
}
