package explain

import (
	"context"
	"errors"

	"github.com/chandlery-go/chandlery/resolve"
)

// MaxRemedies bounds how many remedies one answer tells.
const MaxRemedies = 5

// Remedies are the nearest changes with which a request has a solution: those of one change; where there are none, or all of them drop a requirement, then those of two.
type Remedies struct {
	Remedies []Remedy `json:"remedies,omitempty"` // the least intrusive first, at most MaxRemedies
	Complete bool     `json:"complete"`           // the search came to its end, or to MaxRemedies, before the solves did, and nothing failed for another reason
	Untried  []string `json:"untried,omitempty"`  // what went wrong, other than that there is no solution, with changes that therefore count as vain
	Solves   int      `json:"-"`                  // how often the request was resolved
}

// Remedy is a set of changes with which the request has a solution, and no part of which will do.
type Remedy struct {
	Changes    []Change            `json:"changes"`
	Text       string              `json:"text"`
	Resolution *resolve.Resolution `json:"-"` // what it then resolves to
}

// Apply gives the request with all changes made.
func (r Remedy) Apply(req *resolve.Request) (*resolve.Request, error) {
	return applied(req, r.Changes)
}

func applied(req *resolve.Request, changes []Change) (_ *resolve.Request, err error) {
	for _, c := range changes {
		if req, err = c.Apply(req); err != nil {
			return nil, err
		}
	}
	return req, nil
}

// Lines is the advice as text.
func (r *Remedies) Lines() []string {
	var lines []string
	switch {
	case len(r.Remedies) > 0:
		lines = append(lines, "There would be one with any of these changes, the nearest first:")
		for _, m := range r.Remedies {
			lines = append(lines, "  "+m.Text)
		}
	case r.Complete:
		lines = append(lines, "No one or two changes would help.")
	default:
		lines = append(lines, "No change that would help was found; not all were tried.")
	}
	for _, u := range r.Untried {
		lines = append(lines, "Could not be tried: "+u)
	}
	return lines
}

// Nearest finds the smallest sets of changes of a request with which it has a solution, each verified by resolving; the package's text says which are tried, and in which order. For
// a request that has a solution the error is ErrSolvable.
func (e *Explainer) Nearest(ctx context.Context, req *resolve.Request) (*Remedies, error) {
	if e.Index == nil {
		return nil, errNoIndex
	}
	s := e.session(newMemory(e.Index))
	_, err := s.resolver.Resolve(ctx, req)
	var why *resolve.NoSolutionError
	switch {
	case err == nil:
		return nil, ErrSolvable
	case !errors.As(err, &why):
		return nil, err
	}
	return s.nearest(ctx, req, why)
}

// nearest searches after the session's first solve failed for a reason.
func (s *session) nearest(ctx context.Context, req *resolve.Request, why *resolve.NoSolutionError) (*Remedies, error) {
	report, budget := wordsOf(why), s.left
	h := &hunt{session: s, req: req, report: report, tried: map[attempt]outcome{}, options: s.options(req, report)}
	err := h.singles(ctx)
	if err == nil && h.onlyDrops() {
		err = h.pairs(ctx)
	}
	if err != nil && !errors.Is(err, errBudget) {
		return nil, err
	}
	return &Remedies{Remedies: h.found, Complete: err == nil && len(s.untried) == 0, Untried: s.untried, Solves: budget - s.left}, nil
}
