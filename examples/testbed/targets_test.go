//go:build testbed

package testbed

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
)

// TestTargets upgrades to each of -testbed.targets and back, and writes the figures to -testbed.report.
func TestTargets(t *testing.T) {
	require.NotEmpty(t, *targets, "name series or versions with -testbed.targets")
	b := startBed(t)
	b.writeData()
	before := b.hashes()
	var report []string
	for _, want := range strings.Split(*targets, ",") {
		b.deploy(b.cinder().set("target", "want", want))
		plan := b.chandlery(nil, "plan")
		p := one[upgrade.Plan](plan)
		b.planned(p)
		w := b.upgraded(before, p.Target.Version.String())
		report = append(report, chapter(plan, p, w))
		b.wentBack(before)
		b.smoke("")
	}
	if *reportFile != "" {
		head := "# Upgrades from " + current + " to several releases\n\nSQLite, plain processes, the fake glance, two processors; the first plan begins with an empty cache, and apply uses the environment that plan made. Written by TestTargets: see ../doc.go.\n\n"
		require.NoError(t, os.WriteFile(*reportFile, []byte(head+strings.Join(report, "\n")), 0o644))
	}
}

// chapter is the figures of one target, as Markdown.
func chapter(plan *run, p upgrade.Plan, w *went) string {
	var size int64
	built := 0
	for _, pkg := range p.Packages {
		size += pkg.Size
		if pkg.Built {
			built++
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "## %s (series %s)\n\n", p.Target.Version, p.Target.Series)
	fmt.Fprintf(&b, "%d packages, %d of them built from sdists; %d bytes of files, the environment takes %d MiB. Database: %s.\n", len(p.Packages), built, size, p.Disk.Environment>>20, migration(p))
	fmt.Fprintf(&b, "Down: the API %.1f s, the volume service %.1f s. All of `plan` took %.1f s, all of `apply` %.1f s. Verdict: %s.\n\n", w.api.Seconds(), w.volume.Seconds(), plan.took.Seconds(),
		w.run.took.Seconds(), w.record.Report.Verdict)
	b.WriteString("| step | seconds |\n|---|---|\n")
	for _, a := range w.record.Accounts {
		fmt.Fprintf(&b, "| %s | %.2f |\n", a.Step, (a.Took - w.run.paused[a.Step]).Seconds())
	}
	return b.String()
}

func migration(p upgrade.Plan) string {
	if p.Forecast == nil {
		return "not looked at"
	}
	d := p.Forecast.Database
	return fmt.Sprintf("%s, %v to %v, code-only rollback: %v", d.Kind, d.Now, d.Then, d.CodeOnlyRollback)
}
