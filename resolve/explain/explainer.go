package explain

import (
	"context"
	"errors"
	"fmt"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// DefaultMaxSolves is the limit where an Explainer does not set one.
const DefaultMaxSolves = 200

// Explainer answers questions about requests. Safe for concurrent use if New and Index are.
type Explainer struct {
	Index resolve.Index // required

	// New makes the Resolver that is explained, over an Index that remembers what Index answered; nil: a resolve.Solver. A Resolver over an Index of
	// its own is explained too, but for what only the pages of projects that the request does not name could tell.
	New func(resolve.Index) resolve.Resolver

	// MaxSolves bounds how often one question about one platform is resolved anew; 0: DefaultMaxSolves.
	MaxSolves int
}

// ErrSolvable says that a request has a solution, so that nothing has to change.
var ErrSolvable = errors.New("the request has a solution: there is nothing to change")

var errNoIndex = errors.New("explainer: Index is missing")

// NotChosenError says that a question is about a project that is not in the resolution.
type NotChosenError struct {
	Name     pep508.Name
	Platform string      // or several, with commas between
	Nearest  pep508.Name // in the resolution, of a similar name; "" where there is none
}

// and joins the errors of several platforms.
func (e *NotChosenError) and(o *NotChosenError) {
	if e.Name = o.Name; e.Platform != "" {
		e.Platform += ", "
	}
	e.Platform += o.Platform
	if e.Nearest == "" {
		e.Nearest = o.Nearest
	}
}

func (e *NotChosenError) Error() string {
	text := fmt.Sprintf("%s is not in the resolution for %s", e.Name, e.Platform)
	if e.Nearest != "" {
		text += fmt.Sprintf(": is %s meant?", e.Nearest)
	}
	return text
}

// errBudget ends a search that used up its solves.
var errBudget = errors.New("no solves left")

// session is one question about one platform.
type session struct {
	resolver resolve.Resolver
	pages    *pages
	left     int
	untried  []string
}

func (e *Explainer) session(m *memory) *session {
	p := &pages{memory: m}
	s := &session{pages: p, left: e.MaxSolves}
	if s.left == 0 {
		s.left = DefaultMaxSolves
	}
	if e.New == nil {
		s.resolver = &resolve.Solver{Index: p}
	} else {
		s.resolver = e.New(p)
	}
	return s
}

// solve resolves a changed request. why is nil where there is a solution. What failed for other reasons is no solution either; it is noted under the
// text of the attempt.
func (s *session) solve(ctx context.Context, req *resolve.Request, attempt string) (r *resolve.Resolution, why *resolve.NoSolutionError, err error) {
	if s.left == 0 {
		return nil, nil, errBudget
	}
	s.left--
	r, err = s.resolver.Resolve(ctx, req)
	switch {
	case err == nil:
		return r, nil, nil
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	case errors.As(err, &why):
		return nil, why, nil
	}
	s.untried = append(s.untried, attempt+": "+err.Error())
	return nil, &resolve.NoSolutionError{Platform: req.Platform.Name}, nil
}
