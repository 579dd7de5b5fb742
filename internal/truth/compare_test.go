//go:build live

package truth

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// kind is how an answer of ours stands to a rival's.
type kind string

const (
	same        kind = "the same versions"
	bothNone    kind = "no solution, both say"
	rivalGaveUp kind = "it gave up"
	rivalNone   kind = "it finds no solution; ours is one"
	rivalWrong  kind = "its answer is wrong for the platform"
	rivalOlder  kind = "its answer is right, but something in it could be newer"
	preference  kind = "both are right and as new as can be: another preference"

	oursFailed    kind = "OURS failed"
	oursWrong     kind = "OURS has a fault"
	oursOlder     kind = "OURS could be newer"
	oursMissed    kind = "OURS found no solution, its answer is one"
	oursDominated kind = "OURS is nowhere newer than its right answer, and older somewhere"
)

// kinds is the order in which they are told.
var kinds = []kind{same, bothNone, rivalGaveUp, rivalNone, rivalWrong, rivalOlder, preference, oursFailed, oursWrong, oursOlder, oursMissed, oursDominated}

// against reports whether a kind is a failure of ours.
func (k kind) against() bool { return strings.HasPrefix(string(k), "OURS") }

// finding is a kind, and its cause in words.
type finding struct {
	kind  kind
	cause string
}

// own judges an answer of ours alone; the zero kind is no objection.
func own(o judged) finding {
	switch {
	case o.Outcome == gaveUp:
		return finding{oursFailed, o.Problem}
	case o.Verdict != nil && len(o.Verdict.Faults) > 0:
		return finding{oursWrong, faultsOf(o.Verdict)}
	case o.Verdict != nil && len(o.Verdict.Newer) > 0:
		return finding{oursOlder, newerOf(o.Verdict)}
	}
	return finding{}
}

// compare says how ours stands to a rival's answer.
func compare(requirements []string, ours, theirs judged) finding {
	switch {
	case theirs.Outcome == gaveUp && strings.HasSuffix(theirs.Problem, "(signal: killed)"):
		return finding{rivalGaveUp, "its time was up (-patience)"}
	case theirs.Outcome == gaveUp:
		return finding{rivalGaveUp, theirs.Problem}
	case ours.Outcome == none && theirs.Outcome == none:
		return finding{kind: bothNone}
	case theirs.Outcome == none:
		return finding{rivalNone, theirs.Problem}
	case ours.Outcome == solved && sameVersions(ours.Pins, theirs.Pins):
		return finding{kind: same}
	case len(theirs.Verdict.Faults) > 0:
		return finding{rivalWrong, faultsOf(theirs.Verdict)}
	case ours.Outcome == none:
		return finding{oursMissed, ours.Problem}
	case len(theirs.Verdict.Newer) > 0:
		return finding{rivalOlder, newerOf(theirs.Verdict)}
	}
	d := differ(requirements, ours.Pins, theirs.Pins)
	if len(d.oursNewer) == 0 {
		return finding{oursDominated, d.String()}
	}
	return finding{preference, d.String()}
}

// faultsOf names the kinds of faults and the projects that have them, the first also in words. What nothing asks for is left out where it follows from another.
func faultsOf(v *verdict) string {
	byKind := map[string][]string{}
	for _, f := range v.Faults {
		byKind[f[0]] = append(byKind[f[0]], f[1])
	}
	if len(byKind) > 1 {
		delete(byKind, "superfluous")
	}
	var list []string
	for _, k := range slices.Sorted(maps.Keys(byKind)) {
		slices.Sort(byKind[k])
		list = append(list, k+" "+strings.Join(slices.Compact(byKind[k]), ", "))
	}
	return strings.Join(list, "; ") + ": " + v.Faults[0][2]
}

func newerOf(v *verdict) string {
	var list []string
	for _, n := range v.Newer {
		what := n[0]
		if w, err := pep440.Parse(n[1]); err == nil && w.IsPrerelease() {
			what += " (a pre-release, as a requirement names one)"
		}
		list = append(list, what)
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func byProject(pins []pin) map[string]pep440.Version {
	m := map[string]pep440.Version{}
	for _, p := range pins {
		m[p.Name], _ = pep440.Parse(p.Version) // the checker has read it
	}
	return m
}

func sameVersions(a, b []pin) bool {
	return maps.EqualFunc(byProject(a), byProject(b), func(v, w pep440.Version) bool { return v.Equal(w) })
}

// difference says where two answers differ.
type difference struct {
	oursNewer, theirsNewer, onlyOurs, onlyTheirs []string
}

// differ lists projects; those that were asked for bear a star.
func differ(requirements []string, ours, theirs []pin) (d difference) {
	asked := map[string]bool{}
	for _, text := range requirements {
		if r, err := pep508.Parse(text); err == nil {
			asked[string(r.Name)] = true
		}
	}
	a, b := byProject(ours), byProject(theirs)
	names := maps.Clone(a)
	maps.Copy(names, b)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		list := &d.onlyOurs
		v, inOurs := a[name]
		w, inTheirs := b[name]
		switch {
		case inOurs && inTheirs && v.Equal(w):
			continue
		case inOurs && inTheirs && w.Compare(v) < 0:
			list = &d.oursNewer
		case inOurs && inTheirs:
			list = &d.theirsNewer
		case inTheirs:
			list = &d.onlyTheirs
		}
		if asked[name] {
			name += "*"
		}
		*list = append(*list, name)
	}
	return d
}

func (d difference) String() string {
	var list []string
	for _, part := range []struct {
		what     string
		projects []string
	}{{"newer in ours", d.oursNewer}, {"newer in its", d.theirsNewer}, {"only in ours", d.onlyOurs}, {"only in its", d.onlyTheirs}} {
		if len(part.projects) > 0 {
			list = append(list, fmt.Sprintf("%s: %s", part.what, strings.Join(part.projects, ", ")))
		}
	}
	return strings.Join(list, "; ")
}

func TestCompare(t *testing.T) {
	right := func(versions ...string) judged {
		j := judged{answer: answer{Outcome: solved}, Verdict: &verdict{}}
		for i, v := range versions {
			if v != "" {
				j.Pins = append(j.Pins, pin{Name: string(rune('a' + i)), Version: v})
			}
		}
		return j
	}
	noSolution, tooLong := judged{answer: answer{Outcome: none}}, judged{answer: answer{Outcome: gaveUp}}
	wrong, older := right("2"), right("2")
	wrong.Verdict = &verdict{Faults: []fault{{"missing", "b", "a requires b"}}}
	older.Verdict = &verdict{Newer: [][2]string{{"a", "3"}}}
	for _, c := range []struct {
		ours, theirs judged
		want         kind
		cause        string
	}{
		{right("1", "2"), right("1.0", "2"), same, ""},
		{noSolution, noSolution, bothNone, ""},
		{right("1"), tooLong, rivalGaveUp, ""},
		{right("1"), noSolution, rivalNone, ""},
		{right("1"), wrong, rivalWrong, "missing b: a requires b"},
		{noSolution, wrong, rivalWrong, "missing b: a requires b"},
		{noSolution, right("1"), oursMissed, ""},
		{right("3"), older, rivalOlder, "a"},
		{right("2", "1"), right("1", "2"), preference, "newer in ours: a*; newer in its: b"},
		{right("2", "1", "", "1"), right("1", "", "1", "1"), preference, "newer in ours: a*; only in ours: b; only in its: c"},
		{right("1", "1"), right("1", "2"), oursDominated, "newer in its: b"},
	} {
		assert.Equal(t, finding{c.want, c.cause}, compare([]string{"a"}, c.ours, c.theirs))
	}
	assert.Equal(t, oursFailed, own(tooLong).kind)
	assert.Equal(t, oursWrong, own(wrong).kind)
	assert.Equal(t, oursOlder, own(older).kind)
	assert.Equal(t, finding{}, own(right("1")))
	for _, k := range kinds {
		assert.Equal(t, k == oursFailed || k == oursWrong || k == oursOlder || k == oursMissed || k == oursDominated, k.against())
	}
}
