//go:build live

package truth

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade/driver"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// generated is a driver that scan.py wrote.
type generated struct {
	File    string   `json:"file"`
	Expect  []string `json:"expect"` // releases that have all its symbols
	Symbols []string `json:"symbols"`
}

// TestGenerated: drivers of one to three symbols that scan.py draws out of the wheels are feasible for exactly the releases that have all of them.
func TestGenerated(t *testing.T) {
	ix := known(t)
	releases, count := withWheel(t, ix), 200
	if !*full {
		r := drawn(t)
		r.Shuffle(len(releases), func(i, j int) { releases[i], releases[j] = releases[j], releases[i] })
		releases, count = releases[:8], 60
		slices.SortFunc(releases, pep440.Version.Compare)
	}
	args := []string{"scan.py", strconv.FormatUint(*seed, 10), strconv.Itoa(count), t.TempDir()}
	for _, v := range releases {
		args = append(args, wheel(t, v))
	}
	out, err := exec.CommandContext(t.Context(), suite.pythons[0].Path, args...).Output()
	require.NoError(t, err)
	among := func(v pep440.Version) bool { return slices.ContainsFunc(releases, v.Equal) }
	rows, equal, telling, none := 0, 0, 0, 0
	var text strings.Builder
	text.WriteString("| driver | asks for | has it, by the wheels | same |\n|---|---|---|---|\n")
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		var g generated
		require.NoError(t, json.Unmarshal(s.Bytes(), &g))
		got, untold := feasible(t, ix, g.File, among)
		same := assert.Equal(t, g.Expect, got, "%v: untold %v", g.Symbols, untold)
		if same {
			equal++
		}
		if len(g.Expect) < len(releases) {
			telling++
		}
		if len(g.Expect) == 0 {
			none++
		}
		rows++
		fmt.Fprintf(&text, "| %d | `%s` | %s | %v |\n", rows, strings.Join(g.Symbols, "`, `"), spans(g.Expect, releases), same)
	}
	t.Logf("%d of %d generated drivers have the set of the wheels of %d releases; %d of them are not feasible everywhere, %d nowhere", equal, count, len(releases), telling, none)
	write(t, "generated.md", fmt.Sprintf("# Generated drivers\n\nSeed %d; %d of %d drivers have the same set of releases as the independent scan of %d wheels says; %d are not feasible everywhere, %d nowhere.\n\n%s",
		*seed, equal, count, len(releases), telling, none, text.String()))
	require.Equal(t, count, rows)
	require.Equal(t, count, equal)
	require.Greater(t, telling, count/2, "too few of the drivers tell releases apart")
}

// withWheel are the releases of the index that have a wheel.
func withWheel(t *testing.T, ix *api.Index) (versions []pep440.Version) {
	t.Helper()
	for _, r := range ix.Releases {
		if _, err := wheelOf(t.Context(), r.Version); err == nil {
			versions = append(versions, r.Version)
		} else {
			t.Logf("without a wheel: %s: %v", r.Version, err)
		}
	}
	return versions
}

// feasible infers for a driver's file, and gives the releases that it is feasible for; untold are those of which something was not known.
func feasible(t *testing.T, ix *api.Index, file string, among func(pep440.Version) bool) (versions, untold []string) {
	t.Helper()
	in, err := infer(t, driver.Source{Path: file, Index: ix})
	require.NoError(t, err)
	versions = []string{}
	for _, j := range in.Judged {
		if !among(j.Version) {
			continue
		}
		if j.Feasible() {
			versions = append(versions, j.Version.String())
		}
		if j.Unknown > 0 {
			untold = append(untold, j.Version.String())
		}
	}
	return versions, untold
}

// infer opens, reads and judges a driver.
func infer(t *testing.T, src driver.Source) (*driver.Inference, error) {
	t.Helper()
	tree, err := driver.Open(t.Context(), src)
	if err != nil {
		return nil, err
	}
	d, err := driver.Read(t.Context(), tree, suite.reader, src.Index)
	if err != nil {
		return nil, err
	}
	return driver.Infer(t.Context(), driver.Question{Driver: d, Index: src.Index})
}

// spans writes versions as runs of neighbours among all.
func spans(some []string, all []pep440.Version) string {
	var runs []string
	for i := 0; i < len(all); i++ {
		from := i
		for i < len(all) && slices.Contains(some, all[i].String()) {
			i++
		}
		switch {
		case i == from+1:
			runs = append(runs, all[from].String())
		case i > from:
			runs = append(runs, fmt.Sprintf("%s to %s", all[from], all[i-1]))
		}
	}
	if len(runs) == 0 {
		return "none"
	}
	return strings.Join(runs, ", ")
}
