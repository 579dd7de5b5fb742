package explain

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// refine makes the changes of a remedy as small as can be verified with the solves that are left.
func (h *hunt) refine(ctx context.Context, r Remedy) (Remedy, error) {
	for i, c := range r.Changes {
		err := h.nearer(ctx, &r, i, c)
		if err != nil && !errors.Is(err, errBudget) {
			return r, err
		}
	}
	r.Text = sentence(r.Changes) + r.gives()
	return r, nil
}

// gives tells the versions of what was set free.
func (r Remedy) gives() string {
	var versions []string
	for _, c := range r.Changes {
		from, err := pep508.Parse(c.From)
		if err != nil || c.Kind != Loosen && (c.Kind != Drop || c.List != Constraints) {
			continue
		}
		if pin := r.Resolution.Pin(from.Name); pin != nil {
			versions = append(versions, string(pin.Name)+" "+pin.Version.String())
		}
	}
	if len(versions) == 0 {
		return ""
	}
	return " (which gives " + strings.Join(versions, " and ") + ")"
}

func (h *hunt) nearer(ctx context.Context, r *Remedy, i int, c Change) error {
	switch {
	case c.Kind == ExcludeNewer:
		return h.earliest(ctx, r, i)
	case c.repins():
		return h.repin(ctx, r, i)
	}
	return nil
}

// repins reports whether a change sets free what one == or === clause pinned.
func (c Change) repins() bool {
	from, err := pep508.Parse(c.From)
	if err != nil {
		return false
	}
	clauses := clausesOf(from.Specifiers)
	pinned := len(clauses) == 1 && strings.HasPrefix(clauses[0], "==") && !strings.HasSuffix(clauses[0], ".*")
	return pinned && (c.Kind == Drop && c.List == Constraints || c.Kind == Loosen && c.To == with(from, nil))
}

// repin pins what was set free to the version that was found; not to a pre-release, as to name one is a change of its own (PEP 440, "Handling of pre-releases").
func (h *hunt) repin(ctx context.Context, r *Remedy, i int) error {
	from, err := pep508.Parse(r.Changes[i].From)
	if err != nil {
		return err
	}
	pin := r.Resolution.Pin(from.Name)
	if pin == nil || pin.Version.IsPrerelease() {
		return nil
	}
	return h.replace(ctx, r, i, Change{Kind: Repin, List: r.Changes[i].List, From: r.Changes[i].From, To: with(from, []string{"==" + pin.Version.String()})})
}

// replace takes another change in the place of one, if it works too.
func (h *hunt) replace(ctx context.Context, r *Remedy, i int, c Change) error {
	changes := slices.Clone(r.Changes)
	changes[i] = c
	resolution, _, err := h.with(ctx, changes)
	if resolution != nil {
		r.Changes, r.Resolution = changes, resolution
	}
	return err
}

// earliest finds the earliest time that will do for exclude-newer, where lifting it does: among those at which a file came that it leaves out.
func (h *hunt) earliest(ctx context.Context, r *Remedy, i int) error {
	c := r.Changes[i]
	times := h.pages.uploads(c.Name, h.req.Policy.For(c.Name).ExcludeNewer)
	for low, high := 0, len(times); low < high; {
		mid := (low + high) / 2
		found := *r
		c.To = times[mid]
		if err := h.replace(ctx, &found, i, c); err != nil {
			return err
		}
		if found.Changes[i] == c {
			*r, high = found, mid
		} else {
			low = mid + 1
		}
	}
	return nil
}

// uploads lists the times from which on files of a project's page exist, which do not at the limit: the seconds after they came. "" is all projects whose pages were
// read.
func (p *pages) uploads(of pep508.Name, limit time.Time) (out []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, list := range p.read {
		if of != "" && of != name {
			continue
		}
		for i := range list.Len() {
			if came := list.Uploaded(i); !came.IsZero() && !came.Before(limit) {
				out = append(out, came.Truncate(time.Second).Add(time.Second).Format(time.RFC3339))
			}
		}
	}
	slices.Sort(out) // RFC 3339 in UTC sorts by time
	return slices.Compact(out)
}
