package driver

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
)

// chooser makes one choice.
type chooser struct {
	*known
	p        *Picker
	q        upgrade.Query    // as the policy is asked: what it refuses grows
	feasible []pep440.Version // above the current one, with all that is asked, ascending
	lessons  []string
	remarks  []string
}

// pick asks the policy until it takes a release that the driver does with.
func (c *chooser) pick(ctx context.Context) (upgrade.Target, error) {
	for {
		if err := c.narrow(); err != nil {
			return upgrade.Target{}, err
		}
		t, err := c.p.Policy.PickTarget(ctx, c.q)
		switch {
		case errors.Is(err, upgrade.ErrNoTarget):
			return upgrade.Target{}, fmt.Errorf("%w the driver: the policy takes none of those that have all that it asks for (%s): %w", upgrade.ErrNoneFits, c.feasibleWords(), err)
		case err != nil:
			return upgrade.Target{}, err
		case c.refused(t.Version):
			return upgrade.Target{}, fmt.Errorf("%w the driver: the policy takes %s, which was refused", upgrade.ErrNoneFits, t.Version)
		case !slices.ContainsFunc(c.feasible, t.Version.Equal):
			c.refuse(t.Version, "what it offers is not known: the index of releases is older")
			continue
		}
		again, err := c.settle(ctx, &t)
		if err != nil {
			return upgrade.Target{}, err
		}
		if !again {
			return t, nil
		}
	}
}

// narrow refuses what lacks something, by the driver's text or by what trials have shown. Nothing left is an error.
func (c *chooser) narrow() error {
	learned := c.learn()
	c.feasible = nil
	for i := range c.Judged {
		j := &c.Judged[i]
		if j.Version.Compare(c.q.Current) <= 0 {
			continue
		}
		reason := j.reason()
		if at := slices.IndexFunc(learned, func(l Lesson) bool { return !l.Admits(j.Version) }); reason == "" && at >= 0 {
			reason = "lacks " + strings.Join(learned[at].Symbols, " or ") + ", as a log showed"
		}
		if reason != "" {
			c.refuse(j.Version, reason)
		} else if !c.refused(j.Version) {
			c.feasible = append(c.feasible, j.Version)
		}
	}
	if len(c.feasible) == 0 {
		return c.none()
	}
	return nil
}

// learn takes what trials have shown. A lesson without direction says nothing of a version.
func (c *chooser) learn() (all []Lesson) {
	c.lessons = nil
	for _, r := range c.q.Refused {
		for _, l := range Learn(c.question, r.Version, r.Evidence) {
			all = append(all, l)
			c.lessons = append(c.lessons, fmt.Sprintf("a log of %s: %s", r.Version, l.Text))
		}
	}
	return all
}

// refuse adds a reason, unless there is one. It has no Evidence: a policy may conclude from a version's what others lack, and here each was judged for itself.
func (c *chooser) refuse(v pep440.Version, reason string) {
	if !c.refused(v) {
		c.q.Refused = append(c.q.Refused, upgrade.Refusal{Version: v, Reason: reason})
	}
}

func (c *chooser) refused(v pep440.Version) bool {
	return slices.ContainsFunc(c.q.Refused, func(r upgrade.Refusal) bool { return r.Version.Equal(v) })
}

// maxNamed is how many symbols or bounds a choice names.
const maxNamed = 8

// reason is why a release will not do; "" where it lacks nothing.
func (j *Judgement) reason() string {
	if j.Feasible() {
		return ""
	}
	words := make([]string, 0, maxPlaces)
	for _, w := range j.Missing[:min(maxPlaces, len(j.Missing))] {
		words = append(words, w.String())
	}
	if more := len(j.Missing) - len(words); more > 0 {
		words = append(words, fmt.Sprintf("and %d more", more))
	}
	return "lacks " + strings.Join(words, "; ")
}

// none says why no release is left above the current one.
func (c *chooser) none() error {
	now, known := c.Find(c.q.Current)
	switch {
	case slices.ContainsFunc(c.Judged, func(j Judgement) bool { return j.Version.Compare(c.q.Current) > 0 && j.Feasible() }):
		return fmt.Errorf("%w the driver: each release above %s with all that it asks for was refused: %s", upgrade.ErrNoneFits, c.q.Current, c.refusals())
	case known && now.Feasible():
		return fmt.Errorf("%w the driver: %s, which runs, has all that it asks for, and no release above has", upgrade.ErrNoneFits, c.q.Current)
	}
	return &BelowError{c.Component, c.q.Current, c.Inference}
}

// refusals are those of releases that have all that the driver's text asks for.
func (c *chooser) refusals() string {
	var words []string
	for _, r := range c.q.Refused {
		if j, ok := c.Find(r.Version); ok && j.Feasible() {
			words = append(words, fmt.Sprintf("%s: %s", r.Version, r.Reason))
		}
	}
	return strings.Join(words, "; ")
}

// settle adds what the driver needs besides to a target, tries it where that can be done, and says what the choice rests on; again where the trial refuted it.
func (c *chooser) settle(ctx context.Context, t *upgrade.Target) (again bool, err error) {
	c.remarks = nil
	if err := c.supply(t); err != nil {
		return false, err
	}
	if c.q.Try != nil {
		if again, err = c.try(ctx, t); again || err != nil {
			return again, err
		}
	}
	c.explain(t)
	return false, nil
}

func (c *chooser) try(ctx context.Context, t *upgrade.Target) (again bool, err error) {
	report, err := c.q.Try(ctx, *t)
	switch {
	case errors.Is(err, upgrade.ErrNoTrial):
		c.remarks = append(c.remarks, fmt.Sprintf("%s was not tried: %v", t.Version, err))
		return false, nil
	case err != nil:
		return false, fmt.Errorf("the trial of %s: %w", t.Version, err)
	}
	switch report.Verdict {
	case upgrade.Pass, upgrade.PassWithFindings:
		t.Confidence = upgrade.Proved
	case upgrade.Fail:
		c.q.Refused = append(c.q.Refused, failed(t.Version, report))
		return true, nil
	default:
		c.remarks = append(c.remarks, fmt.Sprintf("%s was tried, and the trial could not be judged", t.Version))
	}
	return false, nil
}

// failed is what a trial teaches.
func failed(v pep440.Version, report upgrade.Report) upgrade.Refusal {
	r := upgrade.Refusal{Version: v, Reason: "tried: " + (&upgrade.VerifyError{Trial: true, Report: report}).Error()}
	for _, check := range report.Checks {
		if check.Verdict == upgrade.Fail {
			r.Evidence = append(r.Evidence, check.Evidence...)
		}
	}
	return r
}

// explain says what the choice rests on, before what the policy says of it.
func (c *chooser) explain(t *upgrade.Target) {
	above := ""
	if !c.q.Current.IsZero() {
		above = fmt.Sprintf(" above %s", c.q.Current)
	}
	why := []string{fmt.Sprintf("the driver %s asks %d things of %s;%s all of them are in %s", c.tree, c.Needs, c.Component, above, c.feasibleWords())}
	named := 0
	for _, b := range c.Bounds {
		if b.Version.Compare(c.q.Current) <= 0 {
			continue
		}
		if named++; named <= maxNamed {
			why = append(why, b.String())
		}
	}
	if named > maxNamed {
		why = append(why, fmt.Sprintf("and %d more bounds", named-maxNamed))
	}
	for _, w := range c.Flaws[:min(maxNamed, len(c.Flaws))] {
		why = append(why, fmt.Sprintf("no release has %s: the driver fails when it comes to that", w))
	}
	why = append(why, c.now()...)
	why = append(why, c.lessons...)
	if t.Confidence == "" {
		t.Confidence = upgrade.Inferred
		if len(c.feasible) > 1 {
			t.Confidence = upgrade.Tied
		}
	}
	t.Why = slices.Concat(why, []string{c.confidence(t)}, t.Why, c.remarks)
}

// now says how the current release stands.
func (c *chooser) now() []string {
	j, known := c.Find(c.q.Current)
	switch {
	case !known:
		return nil
	case j.Feasible():
		return []string{fmt.Sprintf("%s, which runs, has them all too", j.Version)}
	case j.Late():
		return []string{fmt.Sprintf("%s, which runs, would start cleanly with it, and fail when it comes to what it lacks", j.Version)}
	}
	return []string{fmt.Sprintf("%s, which runs, would not start with it", j.Version)}
}

func (c *chooser) confidence(t *upgrade.Target) string {
	switch t.Confidence {
	case upgrade.Proved:
		return fmt.Sprintf("%s: %s works with the driver", upgrade.Proved, t.Version)
	case upgrade.Tied:
		return fmt.Sprintf("%s, and %s: one of %d releases that have all that is asked", upgrade.Inferred, upgrade.Tied, len(c.feasible))
	}
	return fmt.Sprintf("%s: it is the only release with all that is asked", upgrade.Inferred)
}

// feasibleWords names the feasible releases as runs of neighbours.
func (c *chooser) feasibleWords() string {
	var runs []Interval
	open := false
	for i, j := range c.Judged {
		if open = open && slices.ContainsFunc(c.feasible, j.Version.Equal); open {
			last := &runs[len(runs)-1]
			last.To, last.Count, last.Newest = j.Version, last.Count+1, i == len(c.Judged)-1
		} else if open = slices.ContainsFunc(c.feasible, j.Version.Equal); open {
			runs = append(runs, Interval{j.Version, j.Version, 1, i == len(c.Judged)-1})
		}
	}
	return spans(runs)
}
