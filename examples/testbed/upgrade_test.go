//go:build testbed

package testbed

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
)

// current is cinder as Debian has it.
const current = "21.3.1"

// TestUpgrade is the whole of it: SQLite, plain processes, the fake glance.
func TestUpgrade(t *testing.T) {
	b := startBed(t)
	b.seen()
	b.writeData()
	before := b.hashes()

	releases := filepath.Join(b.home, "releases")
	require.NoError(t, os.CopyFS(releases, os.DirFS(filepath.Join(repository, "upgrade", "release", "data"))))
	c := b.cinder().set("target", "policy", "newest-slurp").set("target", "releases", releases)
	b.deploy(c)
	p := one[upgrade.Plan](b.chandlery(nil, "plan"))
	assert.Equal(t, current, p.Current.Version.String())
	b.planned(p)
	b.text([]string{"plan"}, current, p.Target.Version.String())
	b.edited(releases, p)

	b.upgraded(before, p.Target.Version.String())
	b.wentBack(before)
	b.smoke("")
}

// edited plans with releases data that somebody changed: each time the target is another one.
func (b *bed) edited(releases string, p upgrade.Plan) {
	b.t.Helper()
	status := filepath.Join(releases, "data", "series_status.yaml")
	deliverable := filepath.Join(releases, "deliverables", b.codename(status, p.Target.Series), "cinder.yaml")
	for name, change := range map[string]func(){
		"the series is not maintained any more": func() {
			b.edit(status, "release-id: "+p.Target.Series+"\n", "status: maintained", "status: unmaintained")
		},
		"the deliverable has only a candidate": func() {
			b.edit(deliverable, "releases:\n", "version: "+p.Target.Version.String()+"\n", "version: "+p.Target.Version.String()+".0rc9\n")
		},
	} {
		texts := [2][]byte{b.read(status), b.read(deliverable)}
		change()
		now := one[upgrade.Plan](b.chandlery(nil, "plan"))
		b.t.Logf("%s: %s (%s) in place of %s", name, now.Target.Version, now.Target.Series, p.Target.Version)
		assert.Negative(b.t, now.Target.Version.Compare(p.Target.Version), name)
		assert.NotEqual(b.t, p.Target.Series, now.Target.Series, name)
		for i, file := range []string{status, deliverable} {
			require.NoError(b.t, os.WriteFile(file, texts[i], 0o600))
		}
	}
}

func (b *bed) read(file string) []byte {
	b.t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(b.t, err)
	return text
}

// edit replaces the first old after a place.
func (b *bed) edit(file, after, old, by string) {
	b.t.Helper()
	head, rest, found := strings.Cut(string(b.read(file)), after)
	require.True(b.t, found, "%q in %s", after, file)
	require.Contains(b.t, rest, old)
	require.NoError(b.t, os.WriteFile(file, []byte(head+after+strings.Replace(rest, old, by, 1)), 0o600))
}

// went is how an upgrade went.
type went struct {
	run         *run
	record      upgrade.Record
	api, volume time.Duration // down
}

// upgraded runs apply and demands all that an upgrade promises.
func (b *bed) upgraded(before map[string]string, target string) *went {
	b.t.Helper()
	var then, now production
	api, volume := b.watchAPI(), b.watchVolume()
	r := b.chandlery(func(r *run, l line) {
		if l.Event == string(upgrade.StepBegun) && l.Step == upgrade.StepRehearse {
			r.pausing(l.Step, func() { then = b.production() })
		}
		if l.Event == string(upgrade.StepBegun) && l.Step == upgrade.StepConfigure {
			r.pausing(l.Step, func() { now = b.production() })
		}
	}, "apply", "--yes")
	downAPI, downVolume := api.end(), volume.end()
	rec := one[upgrade.Record](r)
	r.figures(&rec)
	b.t.Log(api)
	b.t.Log(volume)
	b.t.Logf("down: API %.1f s, volume service %.1f s", downAPI.Seconds(), downVolume.Seconds())

	require.Equal(b.t, upgrade.Upgraded, rec.State)
	assert.Equal(b.t, target, rec.Target.Version.String())
	b.passes(rec.Report, "L0", "L1", "L2", "L3", "L4", "L5")
	b.untouched(then, now)
	assert.Equal(b.t, []string{"/"}, b.virtualHosts(), "virtual hosts of the message queue")
	b.runsFrom("cinder", rec.To.Root)
	assert.Equal(b.t, filepath.Join(b.root(), "cinder-"+target), rec.To.Root)
	b.sameFiles(before, b.hashes())
	b.dataEqual()
	b.smoke("")
	b.text([]string{"status"}, target)
	assert.Positive(b.t, downAPI)
	assert.Positive(b.t, downVolume)
	return &went{r, rec, downAPI, downVolume}
}

// wentBack runs rollback and demands that all is as it was.
func (b *bed) wentBack(before map[string]string) {
	b.t.Helper()
	api, volume := b.watchAPI(), b.watchVolume()
	r := b.chandlery(nil, "rollback")
	downAPI, downVolume := api.end(), volume.end()
	rec := one[upgrade.Record](r)
	r.figures(&rec)
	b.t.Logf("down: API %.1f s, volume service %.1f s", downAPI.Seconds(), downVolume.Seconds())
	require.Equal(b.t, upgrade.RolledBack, rec.State)
	b.passes(rec.Report, "L0", "L1", "L2", "L3", "L4")
	b.runsFrom("cinder", "")
	b.sameFiles(before, b.hashes())
	assert.Empty(b.t, b.granted(), "grants of sudo")
	b.dataEqual()
}

// granted are the files that an upgrade put among the grants of sudo.
func (b *bed) granted() (ours []string) {
	files, err := filepath.Glob(grants + "/*")
	require.NoError(b.t, err)
	for _, file := range files {
		if strings.Contains(string(b.read(file)), b.home) {
			ours = append(ours, file)
		}
	}
	return ours
}
