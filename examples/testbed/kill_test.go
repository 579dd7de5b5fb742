//go:build testbed

package testbed

import (
	"bufio"
	"fmt"
	"math/rand/v2"
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

const (
	sampledKills = 2
	randomKills  = 30
)

// switchRegion is where a kill finds production in between.
var switchRegion = []upgrade.Step{upgrade.StepStop, upgrade.StepSnapshot, upgrade.StepMigrate, upgrade.StepSwitch, upgrade.StepStart, upgrade.StepVerify}

// TestKills kills an upgrade; then resume or rollback, in turn, ends in a cinder that passes L0 to L4, with the data written before.
func TestKills(t *testing.T) {
	k := &kills{bed: startBed(t), random: rand.New(rand.NewPCG(*seed, *seed))}
	k.writeData()
	k.before = k.hashes()
	k.deploy(k.cinder().set("target", "policy", "newest-slurp").set("verify", "content", 1<<20))
	t.Logf("seed %d", *seed)
	if !*allKills {
		for i, step := range k.random.Perm(len(switchRegion))[:sampledKills] {
			k.kill(fmt.Sprintf("%s:%d", switchRegion[step], 1+k.random.IntN(2)), 0, i%2 == 0)
		}
		return
	}
	killed := true
	for n := 1; killed; n++ {
		killed = k.kill(fmt.Sprint(n), 0, n%2 == 0)
	}
	for n := range randomKills {
		k.kill("", time.Duration(k.random.Int64N(int64(k.whole))), n%2 == 0)
	}
	k.report()
}

// kills is what has been done so far.
type kills struct {
	*bed
	before map[string]string
	random *rand.Rand
	whole  time.Duration // of an upgrade that is not killed
	table  []string
}

// kill begins an upgrade, kills it at a write of the journal or after a time, and recovers. It reports whether the upgrade was killed at all.
func (k *kills) kill(at string, after time.Duration, resume bool) bool {
	k.t.Helper()
	last, killed, took := k.victim("apply", at, after)
	if !killed && at != "" && k.whole == 0 {
		k.whole = took
	}
	verb := []string{"rollback", "--restore-database", "always"}
	if resume || !killed {
		verb = []string{"resume"}
	}
	verified := false
	r := k.chandlery(func(_ *run, l line) {
		verified = verified || l.Event == string(upgrade.StepDone) && l.Step == upgrade.StepVerify
	}, verb...)
	if strings.Contains(r.messages(), upgrade.ErrNoUpgrade.Error()) { // killed before the first write
		require.Equal(k.t, "", last)
	} else {
		rec := one[upgrade.Record](r)
		assert.True(k.t, rec.State.Done(), rec.State)
		if verb[0] == "rollback" {
			assert.NotEqual(k.t, upgrade.Upgraded, rec.State)
		}
		if verified {
			k.passes(rec.Report, "L0", "L1", "L2", "L3", "L4")
		}
	}
	state := k.judged(!verified)
	k.note("killed at %q, %.1f s (%s): %s in %.1f s: %s", at, after.Seconds(), orNone(last), verb[0], r.took.Seconds(), state)
	if state == upgrade.Upgraded {
		rec := one[upgrade.Record](k.chandlery(nil, "rollback", "--restore-database", "always"))
		assert.Equal(k.t, upgrade.RolledBack, rec.State)
		k.passes(rec.Report, "L0", "L1", "L2", "L3", "L4")
	}
	k.runsFrom("cinder", "")
	assert.Empty(k.t, k.granted(), "grants of sudo")
	assert.Equal(k.t, []string{"/"}, k.virtualHosts())
	k.sameFiles(k.before, k.hashes())
	require.False(k.t, k.t.Failed(), "after the kill at %q, %s", at, last)
	return killed
}

// victim runs a verb in a process of its own; last is what it said last, killed whether it was killed.
func (k *kills) victim(verb, at string, after time.Duration) (last string, killed bool, took time.Duration) {
	k.t.Helper()
	self, err := os.Executable()
	require.NoError(k.t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), victimOf+"="+k.config(), victimVerb+"="+verb, victimAt+"="+at, victimCache+"="+suite.cache)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	require.NoError(k.t, err)
	began := time.Now()
	require.NoError(k.t, cmd.Start())
	if after > 0 {
		timer := time.AfterFunc(after, func() { _ = cmd.Process.Kill() }) // one that has ended already is what is wanted too
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

// judged says what runs now, whose data must be there. Where the recovery touched nothing, and so verified nothing, the deployment's own verifier does it here.
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
		k.passes(&report, "L0", "L1", "L2", "L3", "L4")
		require.NoError(k.t, u.Verifier.(upgrade.Remover).Remove(k.t.Context()))
	}
	k.dataEqual()
	if now.Version.String() == current {
		k.runsFrom("cinder", "")
		return upgrade.RolledBack
	}
	k.runsFrom("cinder", now.Env.Root)
	return upgrade.Upgraded
}

func orNone(s string) string {
	if s == "" {
		return "before the first write"
	}
	return s
}

func (k *kills) note(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	k.t.Log(line)
	k.table = append(k.table, line)
}

func (k *kills) report() {
	k.t.Helper()
	if *reportFile == "" {
		return
	}
	text := fmt.Sprintf("# Kills of an upgrade\n\nSeed %d; an upgrade that is not killed takes %.1f s. Every one ended in a cinder that passes L0 to L4.\n\n- %s\n", *seed, k.whole.Seconds(), strings.Join(k.table, "\n- "))
	require.NoError(k.t, os.WriteFile(*reportFile, []byte(text), 0o644))
}
