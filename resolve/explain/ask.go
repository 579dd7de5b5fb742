package explain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Question is what is asked of every platform. Where both names are "", the answer is the tree of what is chosen.
type Question struct {
	Why    pep508.Name       // why is it there
	WhyNot pep508.Name       // why is no other version of it there
	Wanted pep440.Specifiers // with WhyNot: which versions; empty is any newer one
}

// Answer is a platform's: one field is set. Where the request has no solution that is Conflict, whatever the question.
type Answer struct {
	Tree     []*Node   `json:"tree,omitempty"`
	Why      *Presence `json:"why,omitempty"`
	WhyNot   *Absence  `json:"why_not,omitempty"`
	Absent   string    `json:"absent,omitempty"` // the project of the question, which is not in this platform's resolution, but in another's
	Conflict *Conflict `json:"conflict,omitempty"`
	Nothing  bool      `json:"nothing,omitempty"` // the request asks for nothing on this platform
}

// Row is an answer, and the platforms that share it.
type Row struct {
	Platforms []string `json:"platforms"`
	Answer
}

// Ask puts a question to platforms, all at once: the request is resolved for each of them, and its own Platform does not count. Equal answers make one row; rows come in the order of
// their first platform. A project that is in none of the resolutions is a *NotChosenError.
func (e *Explainer) Ask(ctx context.Context, req *resolve.Request, platforms []resolve.Platform, q Question) ([]Row, error) {
	switch {
	case e.Index == nil:
		return nil, errNoIndex
	case len(platforms) == 0:
		return nil, errors.New("no platform was named")
	}
	m := newMemory(e.Index)
	answers, failed := make([]Answer, len(platforms)), make([]error, len(platforms))
	var running sync.WaitGroup
	for i, p := range platforms {
		asked := *req
		asked.Platform = p
		running.Go(func() { answers[i], failed[i] = e.answer(ctx, m, &asked, q) })
	}
	running.Wait()
	absent := &NotChosenError{}
	present := false
	for i, err := range failed {
		var not *NotChosenError
		switch {
		case errors.As(err, &not):
			answers[i] = Answer{Absent: string(not.Name)}
			absent.and(not)
		case err != nil:
			return nil, fmt.Errorf("%s: %w", platforms[i].Name, err)
		default:
			present = true
		}
	}
	if !present {
		return nil, absent
	}
	return sideBySide(platforms, answers)
}

// sideBySide joins the platforms whose answers are equal.
func sideBySide(platforms []resolve.Platform, answers []Answer) (rows []Row, err error) {
	row := map[string]int{}
	for i, a := range answers {
		text, err := json.Marshal(a)
		if err != nil {
			return nil, err
		}
		at, ok := row[string(text)]
		if !ok {
			at = len(rows)
			row[string(text)] = at
			rows = append(rows, Row{Answer: a})
		}
		rows[at].Platforms = append(rows[at].Platforms, platforms[i].Name)
	}
	return rows, nil
}

func (e *Explainer) answer(ctx context.Context, m *memory, req *resolve.Request, q Question) (a Answer, err error) {
	s := e.session(m)
	r, err := s.resolver.Resolve(ctx, req)
	var why *resolve.NoSolutionError
	if errors.As(err, &why) {
		a.Conflict = newConflict(why)
		a.Conflict.Nearest, err = s.nearest(ctx, req, why)
		return a, err
	}
	if err != nil {
		return a, err
	}
	switch {
	case q.Why != "":
		a.Why, err = Why(r, q.Why)
	case q.WhyNot != "":
		a.WhyNot, err = e.whyNot(ctx, m, req, r, q.WhyNot, q.Wanted)
	default:
		a.Tree, a.Nothing = Tree(r), len(r.Pins) == 0
	}
	return a, err
}

// Lines is the answer as text.
func (a Answer) Lines() []string {
	switch {
	case a.Conflict != nil:
		return a.Conflict.Lines()
	case a.Why != nil:
		return a.Why.Lines()
	case a.WhyNot != nil:
		return a.WhyNot.Lines()
	case a.Absent != "":
		return []string{a.Absent + " is not needed"}
	case a.Nothing:
		return []string{"nothing is asked for"}
	}
	return treeLines(a.Tree, "")
}

// Lines is the row as text, under its platforms.
func (r Row) Lines() []string {
	return append([]string{strings.Join(r.Platforms, ", ") + ":"}, indent(r.Answer.Lines())...)
}
