//go:build testbed

package testbed

import (
	"fmt"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
)

// passes demands that a report judged every one of the levels and none failed; what is known of the target (a regression) may be a finding.
func (b *bed) passes(r *upgrade.Report, levels ...string) {
	b.t.Helper()
	require.NotNil(b.t, r, "nothing was verified")
	passed := map[string]bool{}
	for _, c := range r.Checks {
		b.t.Logf("%10.2f s  %s %s: %s %s%s", c.Took.Seconds(), c.Level, c.Name, c.Verdict, c.Detail, evidence(c))
		assert.Contains(b.t, []upgrade.Verdict{upgrade.Pass, upgrade.PassWithFindings, upgrade.NotApplicable}, c.Verdict, "%s %s", c.Level, c.Name)
		if c.Verdict == upgrade.Pass || c.Verdict == upgrade.PassWithFindings {
			passed[c.Level] = true
		}
	}
	assert.Contains(b.t, []upgrade.Verdict{upgrade.Pass, upgrade.PassWithFindings}, r.Verdict)
	for _, level := range levels {
		assert.True(b.t, passed[level], "%s was not judged", level)
	}
}

func evidence(c upgrade.Check) (text string) {
	for _, e := range c.Evidence {
		text += fmt.Sprintf(" [%s %s: %s]", e.Class, e.Symbol, e.Text)
	}
	return text
}

// figures tells how long each step took; what the test paused for is said.
func (r *run) figures(rec *upgrade.Record) {
	r.t.Helper()
	var text []string
	for _, a := range rec.Accounts {
		line := fmt.Sprintf("%8.2f s  %d %s", (a.Took - r.paused[a.Step]).Seconds(), a.Round, a.Step)
		if p := r.paused[a.Step]; p > 0 {
			line += fmt.Sprintf(" (and %.1f s that the test looked at production)", p.Seconds())
		}
		if a.Problem != "" {
			line += ": " + a.Problem
		}
		text = append(text, line)
	}
	r.t.Logf("%s: %s\n%s", rec.Component, rec.State, strings.Join(text, "\n"))
}

// planned tells a plan's figures.
func (b *bed) planned(p upgrade.Plan) {
	b.t.Helper()
	var bytes int64
	built := 0
	for _, pkg := range p.Packages {
		bytes += pkg.Size
		if pkg.Built {
			built++
		}
	}
	b.t.Logf("%s %s to %s (%s): %d packages, %d of them built here, %d bytes of files; the environment takes %d MiB", p.Component, p.Current.Version, p.Target.Version, p.Target.Series,
		len(p.Packages), built, bytes, p.Disk.Environment>>20)
	assert.Greater(b.t, len(p.Packages), 60)
	assert.Positive(b.t, bytes)
	assert.Positive(b.t, p.Disk.Environment)
}
