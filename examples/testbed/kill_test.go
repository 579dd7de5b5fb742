//go:build testbed

package testbed

import (
	"bufio"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/deploy"
)

// moment is when an upgrade is killed, and what it is recovered by.
type moment struct {
	at     string        // a write of the journal: see victimAt; "": none
	after  time.Duration // since the victim's start, where at is ""
	resume bool          // or rollback
}

func (m moment) String() string {
	if m.at != "" {
		return "write " + m.at
	}
	return fmt.Sprintf("%.2f s", m.after.Seconds())
}

func (m moment) recovery() []string {
	if m.resume {
		return []string{"resume"}
	}
	return []string{"rollback", "--restore-database", "always"}
}

// kills is a testbed whose upgrades are killed.
type kills struct {
	*bed
	before map[string]string
}

func startKills(t *testing.T, options ...string) *kills {
	t.Helper()
	k := &kills{bed: startBed(t, options...)}
	k.writeData()
	k.before = k.hashes()
	k.deploy(k.cinder().set("target", "policy", "newest-slurp").set("verify", "content", 1<<20))
	return k
}

// kill begins an upgrade, kills it and recovers; then cinder passes L0 to L4, with the data written before. It gives a row of the report.
func (k *kills) kill(m moment) string {
	k.t.Helper()
	last, killed, _ := k.victim("apply", m)
	if m.at != "" {
		require.True(k.t, killed, "not killed at %s: %s", m, last)
	}
	verified := false
	r := k.chandlery(func(_ *run, l line) {
		verified = verified || l.Event == string(upgrade.StepDone) && l.Step == upgrade.StepVerify
	}, m.recovery()...)
	if strings.Contains(r.messages(), upgrade.ErrNoUpgrade.Error()) { // killed before the first write
		require.Equal(k.t, "", last)
	} else {
		rec := one[upgrade.Record](r)
		assert.True(k.t, rec.State.Done(), rec.State)
		if !m.resume {
			assert.NotEqual(k.t, upgrade.Upgraded, rec.State)
		}
		if verified {
			k.passes(rec.Report, "L0", "L1", "L2", "L3", "L4")
		}
	}
	state := k.judged(!verified)
	row := fmt.Sprintf("| %s | %s | %s | %.1f | %s |", m, cmp.Or(last, "before the first write"), m.recovery()[0], r.took.Seconds(), state)
	k.t.Log(row)
	if state == upgrade.Upgraded {
		k.goBack()
	}
	k.clean()
	require.False(k.t, k.t.Failed(), "after the kill at %s, %s", m, last)
	return row
}

func (k *kills) goBack() {
	k.t.Helper()
	rec := one[upgrade.Record](k.chandlery(nil, "rollback", "--restore-database", "always"))
	assert.Equal(k.t, upgrade.RolledBack, rec.State)
	k.passes(rec.Report, "L0", "L1", "L2", "L3", "L4")
}

// clean demands that the real environment runs, as it was, and that nothing else is left.
func (k *kills) clean() {
	k.t.Helper()
	k.runsFrom("cinder", "")
	assert.Empty(k.t, k.granted(), "grants of sudo")
	assert.Equal(k.t, []string{"/"}, k.virtualHosts())
	k.sameFiles(k.before, k.hashes())
}

// victim runs a verb in a process of its own; last is what it said last, killed whether it was killed.
func (k *kills) victim(verb string, m moment) (last string, killed bool, took time.Duration) {
	k.t.Helper()
	self, err := os.Executable()
	require.NoError(k.t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), victimOf+"="+k.config(), victimVerb+"="+verb, victimAt+"="+m.at, victimCache+"="+suite.cache)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	require.NoError(k.t, err)
	began := time.Now()
	require.NoError(k.t, cmd.Start())
	if m.after > 0 {
		timer := time.AfterFunc(m.after, func() { _ = cmd.Process.Kill() }) // one that has ended already is what is wanted too
		defer timer.Stop()
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		last = strings.ReplaceAll(lines.Text(), "\t", " ")
	}
	err = cmd.Wait()
	killed = cmd.ProcessState.ExitCode() == -1
	if !killed {
		require.NoError(k.t, err, "%s", stderr.String())
	}
	return last, killed, time.Since(began)
}

// judged says what runs now, whose data must be there. Where the recovery touched nothing, and so verified nothing, the deployment's own verifier does it here, but for L4, whose data
// went with the upgrade.
func (k *kills) judged(verify bool) upgrade.State {
	k.t.Helper()
	cfg, err := deploy.Read(k.config())
	require.NoError(k.t, err)
	d, err := cfg.Open(k.t.Context(), deploy.Options{})
	require.NoError(k.t, err)
	defer d.Close()
	u := d.Upgraders[0]
	now, err := u.Switcher.Current(k.t.Context(), u.Component)
	require.NoError(k.t, err)
	if verify {
		now.Component.Services = slices.DeleteFunc(slices.Clone(now.Component.Services), func(svc upgrade.Service) bool { return !slices.Contains(u.Services, svc.Name) })
		require.NoError(k.t, u.Verifier.(upgrade.Preparer).Prepare(k.t.Context(), now)) // what was prepared and still stands is kept
		report, err := u.Verifier.Verify(k.t.Context(), now)
		require.NoError(k.t, err)
		k.passes(&report, "L0", "L1", "L2", "L3")
		if now.Version.String() == current { // else the way back reads what the upgrade prepared
			require.NoError(k.t, u.Verifier.(upgrade.Remover).Remove(k.t.Context()))
		}
	}
	k.dataEqual() // L4 by the testbed's own means
	if now.Version.String() == current {
		k.runsFrom("cinder", "")
		return upgrade.RolledBack
	}
	k.runsFrom("cinder", now.Env.Root)
	return upgrade.Upgraded
}
