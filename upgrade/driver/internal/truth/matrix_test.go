//go:build live

package truth

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// The least that must be right in the full run, in percent. A sample of one environment has few questions, and so some that nobody can tell weigh more.
const (
	satisfiedRight = 98
	missingRight   = 95
	sampleRight    = 85
	enough         = 50 // questions of a sample for that
)

var said = []string{"satisfied", "missing", "unknown"}

// cell is how often a truth met a prediction.
type cell struct{ kind, truth, said string }

// kinds are the rows that a cell counts in. What the host gives a driver's methods is read out of its text, which is no getattr: it does not count in all.
func (c cell) kinds() []string {
	if c.kind == string(api.NeedOverride) {
		return []string{c.kind}
	}
	return []string{c.kind, "~all"}
}

// matrix is the outcome of all environments.
type matrix struct {
	cells  map[cell]int
	wrong  map[string][]string // by question: in which environments, and how
	places []string
}

// asked is a question with what is predicted for it. Drivers that ask the same may have different modules of their own, so there may be several predictions.
type asked struct {
	question
	example   string // where a driver asks so
	predicted map[string]bool
}

// TestTruth: what api.View.Judge says of every symbol that any in-tree driver asks for is what getattr and inspect.signature say in real environments.
func TestTruth(t *testing.T) {
	ix := known(t)
	sample := places
	from := last(t, ix)
	if !*full {
		r := drawn(t)
		sample = []place{places[slices.IndexFunc(places, func(p place) bool { return p.version == "26.3.0" })]}
		from = []pep440.Version{from[r.IntN(len(from))], from[r.IntN(len(from))]}
	}
	drivers := read(t, from)
	m := &matrix{cells: map[cell]int{}, wrong: map[string][]string{}}
	for _, p := range sample {
		python, err := p.build(t.Context(), t)
		require.NoError(t, err)
		m.hold(t, ix, p, python, drivers)
	}
	text := m.String()
	t.Logf("%d drivers of %v in %d environments\n%s", len(drivers), from, len(sample), text)
	write(t, "matrix.md", fmt.Sprintf("# Prediction against real environments\n\n%d different drivers of %v; environments: %s.\n\n%s", len(drivers), from, strings.Join(m.places, ", "), text))
	there, missing := float64(satisfiedRight), float64(missingRight)
	if !*full {
		there, missing = sampleRight, sampleRight
	}
	m.atLeast(t, "yes", "satisfied", there)
	m.atLeast(t, "no", "missing", missing)
	assert.Zero(t, m.cells[cell{"call", "no", "satisfied"}]+m.cells[cell{"name", "no", "satisfied"}]+m.cells[cell{"module", "no", "satisfied"}], "called satisfied, and is not there")
}

// hold judges all needs in one environment, by what the index has of its release and of the libraries that are installed there.
func (m *matrix) hold(t *testing.T, ix *api.Index, p place, python string, drivers []*inTree) {
	t.Helper()
	release := ix.Find(pep440.MustParse(p.version))
	require.NotNil(t, release, "the index has no %s", p.version)
	first := ask(t, python, []question{})
	libraries := installed(ix, first.Distributions)
	all, known := map[string]*asked{}, tops(release, libraries)
	for _, d := range drivers {
		view := ix.View(release, d.read)
		view.Libraries = libraries
		for i := range d.read.Needs {
			n := &d.read.Needs[i]
			q, ok := ask1(n, d.read)
			if !ok || !covered(n, d.read, known) {
				continue
			}
			a := all[q.key()]
			if a == nil {
				a = &asked{q, fmt.Sprintf("%s:%d of %s", n.File, n.Line, d.from[0]), map[string]bool{}}
				all[q.key()] = a
			}
			a.predicted[answer(view.Judge(n))] = true
		}
	}
	order := slices.Sorted(maps.Keys(all))
	questions := make([]question, len(order))
	for i, key := range order {
		questions[i] = all[key].question
	}
	told := ask(t, python, questions)
	m.places = append(m.places, fmt.Sprintf("%s (CPython %s, %d libraries of the index)", p.version, told.Python, len(libraries)))
	for i, key := range order {
		m.count(p, all[key], told.Answers[i])
	}
}

// installed are the libraries of the index in the versions of an environment.
func installed(ix *api.Index, distributions map[string]string) (all []*api.Release) {
	for name, version := range distributions {
		v, err := pep440.Parse(version)
		if err != nil {
			continue
		}
		if r := ix.Library(pep508.NormalizeName(name), v); r != nil {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b *api.Release) int { return strings.Compare(string(a.Distribution), string(b.Distribution)) })
	return all
}

func answer(v api.Verdict) string {
	switch v.Answer {
	case api.Satisfied:
		return "satisfied"
	case api.Missing:
		return "missing"
	}
	return "unknown"
}

func (m *matrix) count(p place, a *asked, truth told) {
	for s := range a.predicted {
		m.cells[cell{a.Kind, truth.Answer, s}]++
		right := map[string]string{"yes": "satisfied", "instance": "satisfied", "no": "missing"}[truth.Answer]
		if right == "" || s == right || truth.Answer == "instance" && s == "unknown" {
			continue
		}
		key := fmt.Sprintf("%s %s, said %s, is %s %s (%s)", a.Kind, a.title(), s, truth.Answer, truth.Why, a.example)
		m.wrong[key] = append(m.wrong[key], p.version)
	}
}

func (q question) title() string {
	text := q.Symbol
	if q.Name != "" {
		text = fmt.Sprintf("%v.%s", q.Bases, q.Name)
	}
	if q.Call != nil {
		text += fmt.Sprintf("(%d by position, %v)", q.Call.Positional, q.Call.Keywords)
	}
	return text
}

// atLeast demands a share. Of a few, as a sample may have of what is absent, each that could not be told weighs too much: of them no more than half may be told wrong.
func (m *matrix) atLeast(t *testing.T, truth, predicted string, percent float64) {
	t.Helper()
	share, of := m.share(truth, predicted)
	if !*full && of == 0 {
		t.Logf("none is %s in this sample", truth)
		return
	}
	if !*full && of < enough {
		opposite := map[string]string{"missing": "satisfied", "satisfied": "missing"}[predicted]
		wrong, _ := m.share(truth, opposite)
		assert.LessOrEqual(t, wrong, 50.0, "%s of %d that are %s", opposite, of, truth)
		return
	}
	assert.GreaterOrEqual(t, share, percent, "%s of %d that are %s", predicted, of, truth)
}

// share is how many percent of what is true one way were predicted so, and of how many.
func (m *matrix) share(truth, predicted string) (percent float64, all int) {
	right := 0
	for c, n := range m.cells {
		if c.truth != truth || len(c.kinds()) == 1 {
			continue
		}
		if all += n; c.said == predicted {
			right += n
		}
	}
	if all == 0 {
		return 0, 0
	}
	return 100 * float64(right) / float64(all), all
}

// String is the confusion matrix, by kind and in all, and what is wrong.
func (m *matrix) String() string {
	var b strings.Builder
	b.WriteString("| kind | truth | satisfied | missing | unknown |\n|---|---|---|---|---|\n")
	rows := map[[2]string][3]int{}
	for c, n := range m.cells {
		for _, kind := range c.kinds() {
			row := rows[[2]string{kind, c.truth}]
			row[slices.Index(said, c.said)] += n
			rows[[2]string{kind, c.truth}] = row
		}
	}
	for _, k := range slices.SortedFunc(maps.Keys(rows), func(a, b [2]string) int { return slices.Compare(a[:], b[:]) }) {
		fmt.Fprintf(&b, "| %s | %s | %d | %d | %d |\n", strings.TrimPrefix(k[0], "~"), k[1], rows[k][0], rows[k][1], rows[k][2])
	}
	there, _ := m.share("yes", "satisfied")
	absent, _ := m.share("no", "missing")
	fmt.Fprintf(&b, "\nOf what is there %.2f %% was called satisfied, of what is not %.2f %% missing; unknown counts as wrong.\n", there, absent)
	b.WriteString("\n## Not right\n\n")
	for _, key := range slices.Sorted(maps.Keys(m.wrong)) {
		fmt.Fprintf(&b, "- %s: %s\n", key, strings.Join(m.wrong[key], ", "))
	}
	return b.String()
}
