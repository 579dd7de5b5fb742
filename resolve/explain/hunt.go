package explain

import (
	"context"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve"
)

// hunt is a search for remedies.
type hunt struct {
	*session
	req     *resolve.Request
	report  words // of the refusal of the request
	options []option
	tried   map[attempt]outcome
	found   []Remedy
}

// attempt is one option or two, by place, the smaller first.
type attempt struct{ a, b int }

// none stands for no second option.
const none = -1

func pairOf(i, j int) attempt { return attempt{min(i, j), max(i, j)} }

// outcome is what came of an attempt.
type outcome struct {
	resolution *resolve.Resolution // nil: there is no solution
	report     words               // of the refusal
}

// singles tries every change alone.
func (h *hunt) singles(ctx context.Context) error {
	works := map[int]int{} // the least level that works, by subject
	for i, o := range h.options {
		level, ok := works[o.subject]
		if ok && o.level > level || !h.touches(o, h.report) {
			continue
		}
		found, err := h.try(ctx, attempt{i, none})
		if err != nil || len(h.found) == MaxRemedies {
			return err
		}
		if found && !ok {
			works[o.subject] = o.level
		}
	}
	return nil
}

// onlyDrops reports whether nothing was found that leaves every requirement in.
func (h *hunt) onlyDrops() bool {
	return !slices.ContainsFunc(h.found, func(r Remedy) bool { return !r.Changes[0].abandons() })
}

// pairs tries changes two by two, as intrusive as the later one is. To drop a requirement is no part of a pair where it helps alone.
func (h *hunt) pairs(ctx context.Context) error {
	var works []attempt
	alone := len(h.found) > 0
	for j := range h.options {
		if alone && h.options[j].abandons() {
			continue
		}
		for i := range j {
			if alone && h.options[i].abandons() || h.options[i].subject == h.options[j].subject || h.needless(works, i, j) || !h.follows(i, j) && !h.follows(j, i) {
				continue
			}
			found, err := h.try(ctx, attempt{i, j})
			if err != nil || len(h.found) == MaxRemedies {
				return err
			}
			if found {
				works = append(works, attempt{i, j})
			}
		}
	}
	return nil
}

// follows reports whether one option touches the refusal of the request, and another the refusal that remains with it.
func (h *hunt) follows(first, second int) bool {
	if !h.touches(h.options[first], h.report) {
		return false
	}
	rest, ok := h.tried[attempt{h.options[first].most, none}]
	return !ok || h.touches(h.options[second], rest.report)
}

// touches reports whether a refusal that names these words may fall with a change. One that names no entry's project says nothing.
func (h *hunt) touches(o option, report words) bool {
	if o.name == "" || report[o.name] {
		return true
	}
	for _, other := range h.options {
		if other.name != "" && report[other.name] {
			return false
		}
	}
	return true
}

// needless reports whether changes of the same two subjects that do no more, and one of which does less, work already.
func (h *hunt) needless(works []attempt, i, j int) bool {
	for _, w := range works {
		a, b := h.options[w.a], h.options[w.b]
		if a.subject != h.options[i].subject {
			a, b = b, a
		}
		less, same := h.compare(a, i)
		less2, same2 := h.compare(b, j)
		if less && (less2 || same2) || same && less2 {
			return true
		}
	}
	return false
}

// compare reports whether an option does less than another of the same subject, or is that.
func (h *hunt) compare(o option, i int) (less, same bool) {
	p := h.options[i]
	return o.subject == p.subject && o.level < p.level, o.Change == p.Change && o.subject == p.subject
}

// try makes an attempt, and before it the one that takes the most of the same entries away: if that is in vain, so is this.
func (h *hunt) try(ctx context.Context, at attempt) (found bool, err error) {
	most := attempt{h.options[at.a].most, none}
	if at.b != none {
		most = pairOf(most.a, h.options[at.b].most)
	}
	var out outcome
	for _, t := range []attempt{most, at} {
		if out, err = h.attempt(ctx, t); err != nil || out.resolution == nil {
			return false, err
		}
	}
	if len(out.resolution.Pins) == 0 {
		return false, nil // nothing is left
	}
	r, err := h.refine(ctx, Remedy{Changes: h.changes(at), Resolution: out.resolution})
	if err != nil {
		return false, err
	}
	h.found = append(h.found, r)
	return true, nil
}

func (h *hunt) changes(at attempt) []Change {
	changes := []Change{h.options[at.a].Change}
	if at.b != none {
		changes = append(changes, h.options[at.b].Change)
	}
	return changes
}

// attempt resolves once with the changes.
func (h *hunt) attempt(ctx context.Context, at attempt) (outcome, error) {
	if out, ok := h.tried[at]; ok {
		return out, nil
	}
	r, why, err := h.with(ctx, h.changes(at))
	if err != nil {
		return outcome{}, err
	}
	out := outcome{resolution: r}
	if why != nil {
		out.report = wordsOf(why)
	}
	h.tried[at] = out
	return out, nil
}

func (h *hunt) with(ctx context.Context, changes []Change) (*resolve.Resolution, *resolve.NoSolutionError, error) {
	req, err := applied(h.req, changes)
	if err != nil {
		return nil, nil, err
	}
	return h.solve(ctx, req, sentence(changes))
}

func sentence(changes []Change) string {
	texts := make([]string, len(changes))
	for i, c := range changes {
		texts[i] = c.String()
	}
	return strings.Join(texts, ", and ")
}
