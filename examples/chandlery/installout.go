package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv"
)

// counted is a Fetcher that shows how many wheels have come.
type counted struct {
	dist.Fetcher
	out *output

	mu          sync.Mutex
	done, total int
	bytes       int64
}

// Pass implements dist.Passer.
func (c *counted) Pass(ctx context.Context, a dist.Artifact) (dist.Blob, error) {
	return dist.Pass(ctx, c.Fetcher, a)
}

// over counts what comes through another Fetcher.
func (c *counted) over(f dist.Fetcher) dist.Fetcher { return counting{c, f} }

type counting struct {
	as   *counted
	from dist.Fetcher
}

// Fetch implements dist.Fetcher.
func (c counting) Fetch(ctx context.Context, a dist.Artifact) (dist.Blob, error) {
	b, err := c.from.Fetch(ctx, a)
	return c.count(a, b, err)
}

// Pass implements dist.Passer.
func (c counting) Pass(ctx context.Context, a dist.Artifact) (dist.Blob, error) {
	b, err := dist.Pass(ctx, c.from, a)
	return c.count(a, b, err)
}

func (c counting) count(a dist.Artifact, b dist.Blob, err error) (dist.Blob, error) {
	if err == nil {
		c.as.came(a.File, b.Size())
	}
	return b, err
}

func (c *counted) expect(n int) {
	c.total = n
	c.out.observe(bundle.Event{Type: bundle.StepStarted, Step: bundle.StepFetch, TotalItems: n})
}

func (c *counted) came(file string, size int64) {
	c.mu.Lock()
	c.done, c.bytes = c.done+1, c.bytes+size
	e := bundle.Event{Type: bundle.Progress, Step: bundle.StepFetch, File: file, Items: c.done, TotalItems: c.total, Bytes: c.bytes}
	c.mu.Unlock()
	c.out.observe(e)
}

func (c *counted) end(err error) {
	c.out.observe(bundle.Event{Type: bundle.StepFinished, Step: bundle.StepFetch, Items: c.done, TotalItems: c.total, Bytes: c.bytes, Err: err})
}

// installJSON is the result of install; its field names are part of the command's promise.
type installJSON struct {
	Environment string        `json:"environment"`
	Python      string        `json:"python"`
	Changed     bool          `json:"changed"` // or would be, with --dry-run
	DryRun      bool          `json:"dry_run"`
	Actions     []installStep `json:"actions"`
	Kept        int           `json:"kept"`
	Lock        string        `json:"lock,omitempty"`
}

type installStep struct {
	Do   string `json:"do"` // install, replace or remove
	Name string `json:"name"`
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	File string `json:"file,omitempty"`
}

// steps are the plan's changes by name.
func steps(p *venv.Plan) []installStep {
	from := map[pep508.Name]string{}
	for _, r := range p.Remove {
		from[r.Name] = strings.TrimPrefix(from[r.Name]+", "+r.Version.String(), ", ")
	}
	all := []installStep{}
	for _, in := range p.Install {
		s := installStep{Do: "install", Name: string(in.Name), To: in.Version, File: in.File.File}
		if old, ok := from[in.Name]; ok {
			s.Do, s.From = "replace", old
			delete(from, in.Name)
		}
		all = append(all, s)
	}
	for name, version := range from {
		all = append(all, installStep{Do: "remove", Name: string(name), From: version})
	}
	slices.SortFunc(all, func(a, b installStep) int { return strings.Compare(a.Name, b.Name) })
	return all
}

func (i *installing) report(plan *venv.Plan, set *resolve.Resolution) {
	for _, p := range set.Pins {
		for _, x := range p.UnknownExtras {
			i.out.warn(fmt.Sprintf("%s %s has no extra %s", p.Name, p.Version, x))
		}
	}
	j := installJSON{
		Environment: i.env.Root, Python: i.env.Python.Version.String(), Changed: !plan.Empty(), DryRun: i.DryRun, Actions: steps(plan), Kept: len(plan.Keep), Lock: i.Lock,
	}
	i.out.result(j, func(w io.Writer) { i.write(w, j) })
}

func (i *installing) write(to io.Writer, j installJSON) {
	w := bufio.NewWriter(to) // a table is written cell by cell
	defer w.Flush()
	if !j.Changed {
		fmt.Fprintf(w, "nothing to do: %s has it all (%d kept)\n", j.Environment, j.Kept)
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "LIBRARY\tFROM\tTO")
	count := map[string]int{}
	for _, s := range j.Actions {
		count[s.Do]++
		fmt.Fprintf(t, "%s\t%s\t%s\n", s.Name, orDash(s.From), orDash(s.To))
	}
	t.Flush()
	fmt.Fprintf(w, "%s: %d new, %d replaced, %d removed, %d kept", j.Environment, count["install"], count["replace"], count["remove"], j.Kept)
	if j.DryRun {
		fmt.Fprint(w, " would be the outcome; nothing was done")
	}
	fmt.Fprintln(w)
}

// broken says which installed distributions, that the request is not about, no longer have what they require: what pip check would find, of what the plan changes.
func (i *installing) broken(plan *venv.Plan, set *resolve.Resolution) []string {
	after := map[pep508.Name]pep440.Version{}
	for _, k := range plan.Keep {
		after[k.Name] = k.Version
	}
	for _, p := range set.Pins {
		after[p.Name] = p.Version
	}
	changed := map[pep508.Name]bool{}
	for _, s := range steps(plan) {
		changed[pep508.Name(s.Name)] = true
	}
	var out []string
	for _, k := range plan.Keep {
		h, ok := i.held[k.Name]
		if !ok || set.Pin(k.Name) != nil {
			continue
		}
		for _, r := range h.metadata.RequiresDist {
			if !changed[r.Name] || !i.inForce(r) {
				continue
			}
			switch v, there := after[r.Name]; {
			case !there:
				out = append(out, fmt.Sprintf("%s %s requires %s, which is removed", k.Name, k.Version, r))
			case !r.Specifiers.Contains(v):
				out = append(out, fmt.Sprintf("%s %s requires %s, but %s %s is there now: name %s too, so that both are looked at", k.Name, k.Version, r, r.Name, v, k.Name))
			}
		}
	}
	return out
}

// inForce reports whether a requirement asks for something here, no extra being asked for.
func (i *installing) inForce(r pep508.Requirement) bool {
	return i.platform.Variants[0].Truth(r.Marker) != pep508.False
}
