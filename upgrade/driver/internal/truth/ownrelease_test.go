//go:build live

package truth

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// upstream lists what drivers ask for and their own releases do not have: faults of theirs.
//
//go:embed upstream.json
var upstream []byte

// fault is one of them.
type fault struct {
	Driver string   `json:"driver"` // cinder.volume.drivers.fungible
	Lacks  string   `json:"lacks"`  // as a Verdict says it
	In     []string `json:"in"`     // the releases
	Why    string   `json:"why"`
}

// lack is one thing that a driver's own release has not.
type lack struct {
	driver  *inTree
	need    *api.Need
	lacks   string
	release pep440.Version
}

// TestOwnRelease: every in-tree driver of the last release of each series is satisfied by the release that it comes from, but for faults of upstream's, each of which getattr shows in a real environment of that release, where one can be made.
func TestOwnRelease(t *testing.T) {
	ix := known(t)
	releases := last(t, ix)
	if !*full {
		r := drawn(t)
		releases = []pep440.Version{releases[r.IntN(len(releases)/2)], releases[len(releases)/2+r.IntN(len(releases)-len(releases)/2)]}
	}
	var lacks []lack
	drivers, judged, unknown := 0, 0, 0
	for _, d := range read(t, releases) {
		for _, v := range d.from {
			drivers++
			view := ix.View(ix.Find(v), d.read)
			for i := range d.read.Needs {
				n := &d.read.Needs[i]
				if n.Guarded || n.Kind == api.NeedDistribution {
					continue
				}
				judged++
				switch verdict := view.Judge(n); verdict.Answer {
				case api.Unknown:
					unknown++
				case api.Missing:
					lacks = append(lacks, lack{d, n, verdict.Lacks, v})
				}
			}
		}
	}
	t.Logf("%d drivers of %d releases: %d needs judged, %d unknown, %d lack", drivers, len(releases), judged, unknown, len(lacks))
	var faults []fault
	require.NoError(t, json.Unmarshal(upstream, &faults))
	text := prove(t, lacks, faults)
	write(t, "own-release.md", fmt.Sprintf("# Every in-tree driver against its own release\n\n%d drivers of the last release of each series, %v: %d needs judged, of %d it could not be told.\n\n%s", drivers, releases, judged, unknown, text))
}

// prove holds what is lacking against the list and the real environments.
func prove(t *testing.T, lacks []lack, faults []fault) string {
	t.Helper()
	by := map[string][]lack{}
	for _, l := range lacks {
		by[l.release.String()] = append(by[l.release.String()], l)
	}
	var text strings.Builder
	text.WriteString("| driver | release | lacks | where | in a real environment | why |\n|---|---|---|---|---|---|\n")
	said := map[string]bool{}
	for _, v := range slices.SortedFunc(versionsOf(by), func(a, b string) int { return pep440.MustParse(a).Compare(pep440.MustParse(b)) }) {
		truths := proofs(t, v, by[v])
		for i, l := range by[v] {
			at := slices.IndexFunc(faults, func(f fault) bool {
				return f.Driver == l.driver.name && f.Lacks == l.lacks && slices.Contains(f.In, v)
			})
			assert.GreaterOrEqual(t, at, 0, "%s of %s lacks %s (%s:%d): the real one says %s", l.driver.name, v, l.lacks, l.need.File, l.need.Line, truths[i])
			assert.NotContains(t, []string{"yes", "instance"}, truths[i], "%s of %s lacks %s (%s:%d), but it is there", l.driver.name, v, l.lacks, l.need.File, l.need.Line)
			why := "?"
			if at >= 0 {
				why = faults[at].Why
			}
			line := fmt.Sprintf("| %s | %s | `%s` | %s:%d | %s | %s |\n", l.driver.name, v, l.lacks, l.need.File, l.need.Line, truths[i], why)
			if !said[line] {
				said[line] = true
				text.WriteString(line)
			}
		}
	}
	return text.String()
}

// proofs asks the real environment of a release, where one can be made. The sample makes none for it.
func proofs(t *testing.T, version string, lacks []lack) []string {
	t.Helper()
	said := make([]string, len(lacks))
	at := slices.IndexFunc(places, func(p place) bool { return p.version == version })
	if at < 0 || !*full {
		for i := range said {
			said[i] = map[bool]string{true: "none can be made", false: "not asked"}[at < 0]
		}
		return said
	}
	python, err := places[at].build(t.Context(), t)
	require.NoError(t, err)
	questions := make([]question, len(lacks))
	for i, l := range lacks {
		questions[i], _ = ask1(l.need, l.driver.read)
	}
	for i, a := range ask(t, python, questions).Answers {
		said[i] = a.Answer
	}
	return said
}
