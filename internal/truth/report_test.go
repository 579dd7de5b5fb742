//go:build live

package truth

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
)

// summary is what a run found.
type summary struct {
	sets, targets   int
	answers, solved int // of ours
	pins            int
	seconds         map[string][]float64            // by resolver
	counts          map[string]map[kind]int         // by rival
	causes          map[string]map[finding][]string // by rival: the sets, once for each target
	failures        []failure
}

// failure is what ours did wrong. rival is "the checker" where no other resolver was needed to see it.
type failure struct {
	finding
	set, target, rival string
}

func newSummary(r *records, sets []set, targets []target) *summary {
	m := &summary{sets: len(sets), targets: len(targets), seconds: map[string][]float64{}, counts: map[string]map[kind]int{}, causes: map[string]map[finding][]string{}}
	for _, s := range sets {
		for _, x := range targets {
			if one := r.get(key{s.name, x.Key}); one.Set != "" {
				m.add(one)
			}
		}
	}
	return m
}

func (m *summary) add(one record) {
	m.answers++
	m.pins += len(one.Ours.Pins)
	m.seconds["ours"] = append(m.seconds["ours"], one.Ours.Seconds)
	if one.Ours.Outcome == solved {
		m.solved++
	}
	if f := own(one.Ours); f.kind != "" {
		m.failures = append(m.failures, failure{f, one.Set, one.Target, "the checker"})
	}
	for _, rival := range slices.Sorted(maps.Keys(one.Rivals)) {
		theirs := one.Rivals[rival]
		f := compare(one.Requirements, one.Ours, theirs)
		if m.counts[rival] == nil {
			m.counts[rival], m.causes[rival] = map[kind]int{}, map[finding][]string{}
		}
		m.seconds[rival] = append(m.seconds[rival], theirs.Seconds)
		m.counts[rival][f.kind]++
		told := versionless(f)
		m.causes[rival][told] = append(m.causes[rival][told], one.Set)
		if f.kind.against() {
			m.failures = append(m.failures, failure{f, one.Set, one.Target, rival})
		}
	}
}

// lines is the summary in short.
func (m *summary) lines() []string {
	list := []string{fmt.Sprintf("ours: %d answers, of which %d solutions with %d pins; %d failures", m.answers, m.solved, m.pins, len(m.failures))}
	for _, who := range slices.Sorted(maps.Keys(m.seconds)) {
		s := slices.Sorted(slices.Values(m.seconds[who]))
		list = append(list, fmt.Sprintf("%s: %d answers, %.2f s median, %.2f s longest", who, len(s), s[len(s)/2], s[len(s)-1]))
	}
	for _, rival := range slices.Sorted(maps.Keys(m.counts)) {
		for _, k := range kinds {
			if n := m.counts[rival][k]; n > 0 {
				list = append(list, fmt.Sprintf("%s: %d: %s", rival, n, k))
			}
		}
	}
	return list
}

// write writes the report: counts, then every difference with its cause.
func (m *summary) write(path string, seed uint64, tools string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Truth: ours beside uv and pip\n\nWritten by the full run (the package's doc.go has the command) on %s, seed %d, with %s.\n", time.Now().UTC().Format("2006-01-02"), seed, tools)
	fmt.Fprintf(&b, "%d requirement sets, %d platforms; files uploaded before %s. All three resolvers asked one mirror.\n", m.sets, m.targets, Before)
	fmt.Fprintf(&b, "\nThe checker judged all %d answers of ours: %d solutions with %d pins, %d without a solution. Failures of ours: %d.\n", m.answers, m.solved, m.pins, m.answers-m.solved, len(m.failures))
	for _, rival := range slices.Sorted(maps.Keys(m.counts)) {
		fmt.Fprintf(&b, "%s answered %d times.\n", rival, len(m.seconds[rival]))
	}
	m.writeCounts(&b)
	b.WriteString(legend)
	for _, f := range m.failures {
		fmt.Fprintf(&b, "\n- **%s**: %s on %s, %s: %s", f.kind, f.set, f.target, f.rival, escaped(versionless(f.finding).cause))
	}
	for _, k := range kinds[2:] {
		m.writeCauses(&b, k)
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}

// legend tells how to read the causes.
const legend = `
pip is slow, so it is asked for fewer sets where there is little time; it is told the target's marker values (pip.py), which no option of its own can.
Causes begin with the kind of fault and the projects: "missing" is a requirement whose marker holds on a machine of the platform (a 32-bit Python on 64-bit Windows says
AMD64); "python", a version whose Requires-Python, read as a whole, excludes the target's; "prerelease", a pre-release where a final release meets all that is required of
the project (PEP 440); "metadata", METADATA that breaks the standards, so that nobody can say what it requires. N stands for versions: the run's results have them. A star
marks what was asked for.
`

func (m *summary) writeCounts(b *strings.Builder) {
	rivals := slices.Sorted(maps.Keys(m.counts))
	fmt.Fprintf(b, "\n| ours beside | %s |\n|---|%s\n", strings.Join(rivals, " | "), strings.Repeat("---|", len(rivals)))
	for _, k := range kinds {
		fmt.Fprintf(b, "| %s |", k)
		for _, rival := range rivals {
			fmt.Fprintf(b, " %d |", m.counts[rival][k])
		}
		b.WriteString("\n")
	}
}

func (m *summary) writeCauses(b *strings.Builder, k kind) {
	type row struct {
		rival, cause string
		sets         []string
	}
	var rows []row
	for _, rival := range slices.Sorted(maps.Keys(m.causes)) {
		for f, sets := range m.causes[rival] {
			if f.kind == k {
				rows = append(rows, row{rival, f.cause, sets})
			}
		}
	}
	if len(rows) == 0 {
		return
	}
	slices.SortFunc(rows, func(a, b row) int {
		return cmp.Or(strings.Compare(a.rival, b.rival), len(b.sets)-len(a.sets), strings.Compare(a.cause, b.cause))
	})
	fmt.Fprintf(b, "\n\n## %s\n\n| rival | answers | cause | sets |\n|---|---|---|---|\n", k)
	for _, r := range rows {
		names := slices.Compact(slices.Sorted(slices.Values(r.sets)))
		fmt.Fprintf(b, "| %s | %d | %s | %s |\n", r.rival, len(r.sets), escaped(r.cause), strings.Join(names, ", "))
	}
}

var versions = regexp.MustCompile(`(^|[^0-9A-Za-z_.])\d+(?:\.[0-9A-Za-z*+]+)+`)

// versionless is a finding as the report has it: no version is named, so that no run leaves one in the repository. The results have them.
func versionless(f finding) finding {
	const most = 300
	cause := versions.ReplaceAllString(f.cause, "${1}N")
	if len(cause) > most {
		cause = strings.ToValidUTF8(cause[:most], "") + " …"
	}
	return finding{f.kind, cause}
}

// escaped is a text in a table's cell.
func escaped(s string) string {
	return strings.NewReplacer("|", `\|`, "<", "&lt;", "\n", " ").Replace(s)
}
