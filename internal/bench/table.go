package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// table is all that was measured.
type table struct {
	On      string    `json:"on"`    // the mirror, or the index
	Tools   string    `json:"tools"` // versions
	Runs    int       `json:"runs"`  // of each line, at the least
	Load    string    `json:"load"`  // of the machine before and after: what else ran shows in it
	Results []*result `json:"results"`
}

// result is a benchmark at one latency.
type result struct {
	Name    string   `json:"name"`
	Latency string   `json:"latency,omitempty"` // added to each request; "" where none is sent, or on the index
	Rows    []*row   `json:"rows"`
	Limits  []*bound `json:"limits,omitempty"`

	spent time.Duration // in the runs that count, by all
}

// row is what one contender took.
type row struct {
	Name string  `json:"name"`
	Runs []usage `json:"runs"`
	Err  string  `json:"error,omitempty"` // of the last run that failed
}

// bound is a limit and what came of it.
type bound struct {
	Text string  `json:"text"`
	Is   float64 `json:"is"` // times the other, or seconds
	Kept bool    `json:"kept"`
}

// sorted gives one figure of all runs in order.
func (r *row) sorted(of func(usage) float64) []float64 {
	var all []float64
	for _, u := range r.Runs {
		all = append(all, of(u))
	}
	slices.Sort(all)
	return all
}

func median(sorted []float64) float64 {
	n := len(sorted)
	if n == 0 {
		return 0
	}
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

func wall(u usage) float64   { return u.Wall }
func cpu(u usage) float64    { return u.CPU }
func peakOf(u usage) float64 { return float64(u.Peak) }

// judge holds the first contender against the limits of a benchmark on the mirror or the index. What failed keeps none.
func (r *result) judge(on string, limits []limit) {
	for _, l := range limits {
		if l.On != "" && l.On != on {
			continue
		}
		figure, what := wall, "wall"
		if l.Peak {
			figure, what = peakOf, "peak"
		}
		b := &bound{Text: fmt.Sprintf("%s at most %s", what, seconds(l.AtMost)), Is: median(r.Rows[0].sorted(figure))}
		if l.Of != "" {
			b.Text = fmt.Sprintf("%s at most %.2g × %s", what, l.AtMost, l.Of)
			i := slices.IndexFunc(r.Rows, func(o *row) bool { return o.Name == l.Of })
			b.Is = ratio(b.Is, median(r.Rows[i].sorted(figure)))
		}
		b.Kept = b.Is > 0 && b.Is <= l.AtMost
		r.Limits = append(r.Limits, b)
	}
}

// ratio is 0 where there is nothing to compare with.
func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

func (b *bound) String() string {
	is, verdict := fmt.Sprintf("%.2f", b.Is), "kept"
	if !strings.Contains(b.Text, "×") {
		is = seconds(b.Is)
	}
	if !b.Kept {
		verdict = "MISSED"
	}
	if b.Is == 0 {
		is = "no figure"
	}
	return fmt.Sprintf("%s: %s, %s", b.Text, is, verdict)
}

// seconds is a time in the unit that suits it.
func seconds(s float64) string {
	for _, u := range []struct {
		name string
		size float64
	}{{"s", 1}, {"ms", 1e-3}, {"µs", 1e-6}} {
		if s >= u.size {
			return fmt.Sprintf("%.3g %s", s/u.size, u.name)
		}
	}
	return fmt.Sprintf("%.3g ns", s*1e9)
}

// memoryText is an amount of memory in the unit that suits it.
func memoryText(n float64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.3g MiB", n/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.3g KiB", n/(1<<10))
	}
	return fmt.Sprintf("%.0f B", n)
}

// columns are what cells gives.
var columns = []string{"who", "runs", "wall", "least", "most", "cpu", "peak", "wall ×", "least ×", "cpu ×"}

// cells are a row as text. The last three are multiples of ours.
func (r *row) cells(ours *row) []string {
	if len(r.Runs) == 0 {
		return append([]string{r.Name, "failed"}, make([]string, len(columns)-2)...)
	}
	walls, cpus := r.sorted(wall), r.sorted(cpu)
	cells := []string{r.Name, strconv.Itoa(len(r.Runs)), seconds(median(walls)), seconds(walls[0]), seconds(walls[len(walls)-1]), known(seconds, median(cpus)), known(memoryText, median(r.sorted(peakOf)))}
	if r == ours || len(ours.Runs) == 0 {
		return append(cells, "", "", "")
	}
	own := ours.sorted(wall)
	return append(cells, known(times, ratio(median(walls), median(own))), known(times, ratio(walls[0], own[0])), known(times, ratio(median(cpus), median(ours.sorted(cpu)))))
}

// known is a figure as text; 0 is one that nobody took.
func known(text func(float64) string, figure float64) string {
	if figure == 0 {
		return ""
	}
	return text(figure)
}

func times(ratio float64) string { return fmt.Sprintf("%.2f ×", ratio) }

func (t *table) title() string {
	return fmt.Sprintf("On %s, medians of at least %d runs. %s. Load of the machine: %s.", t.On, t.Runs, t.Tools, t.Load)
}

func (r *result) title() string {
	if r.Latency == "" {
		return r.Name
	}
	return fmt.Sprintf("%s (latency %s)", r.Name, r.Latency)
}

// writeText is the table for a terminal.
func (t *table) writeText(w io.Writer) {
	fmt.Fprintf(w, "%s\n", t.title())
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range t.Results {
		fmt.Fprintf(tab, "\n%s\n  %s\n", r.title(), strings.Join(columns, "\t"))
		for _, o := range r.Rows {
			fmt.Fprintf(tab, "  %s\n", strings.Join(o.cells(r.Rows[0]), "\t"))
		}
		tab.Flush()
		for _, b := range r.Limits {
			fmt.Fprintf(w, "  %s\n", b)
		}
	}
}

// writeMarkdown is the table for the repository.
func (t *table) writeMarkdown(w io.Writer) {
	fmt.Fprintf(w, "# Speed\n\n%s Written by `go run ./internal/bench`; see its doc.go for how it is measured.\n", t.title())
	for _, r := range t.Results {
		fmt.Fprintf(w, "\n## %s\n\n| %s |\n|%s\n", r.title(), strings.Join(columns, " | "), strings.Repeat("---|", len(columns)))
		for _, o := range r.Rows {
			fmt.Fprintf(w, "| %s |\n", strings.Join(o.cells(r.Rows[0]), " | "))
		}
		for i, b := range r.Limits {
			fmt.Fprintf(w, "%s- %s\n", cmp.Or(strings.Repeat("\n", 1-min(i, 1))), b)
		}
	}
}

func (t *table) writeJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(t)
}
