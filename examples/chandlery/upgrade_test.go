package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/deploy"
	"github.com/chandlery-go/chandlery/upgrade/driver"
	"github.com/chandlery-go/chandlery/upgrade/environment"
	"github.com/chandlery-go/chandlery/upgrade/openstack"
)

func TestUpgradeCodes(t *testing.T) {
	seen := map[int]bool{}
	for _, c := range exitCodes {
		seen[c.code] = true
	}
	for _, c := range upgradeCodes {
		assert.False(t, seen[c.code], "%s: another kind has the exit code %d", c.kind, c.code)
		seen[c.code] = true
	}
}

func TestClassify(t *testing.T) {
	flow := func(state upgrade.State, err error) error {
		return &upgrade.Error{Component: "cinder", Step: upgrade.StepVerify, State: state, Err: err}
	}
	tests := []struct {
		err  error
		want string
		code int
	}{
		{flow(upgrade.RolledBack, &upgrade.VerifyError{}), "verify", 73},
		{flow(upgrade.Broken, &upgrade.VerifyError{}), "broken", 75},
		{flow(upgrade.Stopped, errors.New("exit code 1")), "upgrade", 74},
		{flow(upgrade.Stopped, fmt.Errorf("x: %w", upgrade.ErrNoTarget)), "no-target", 7},
		{flow(upgrade.Preparing, upgrade.ErrUnfinished), "unfinished", 70},
		{flow("", upgrade.ErrNoUpgrade), "no-upgrade", 71},
		{flow(upgrade.Upgraded, upgrade.ErrChanged), "changed", 72},
		{flow("", upgrade.ErrLocked), "locked", 21},
		{flow(upgrade.RolledBack, errors.Join(context.Canceled, errors.New("x"))), "canceled", 130},
		{flow(upgrade.Stopped, &openstack.UnreachableError{Where: "db.example", Err: errors.New("refused")}), "unreachable", 42},
		{flow(upgrade.Stopped, &environment.NoInterpreterError{}), "no-interpreter", 8},
		{flow(upgrade.Stopped, errors.Join(&openstack.ServerError{Embeds: []string{"3.11"}})), "no-interpreter", 8},
		{flow(upgrade.Stopped, &openstack.ConflictError{}), "config", 65},
		{flow(upgrade.Stopped, os.ErrPermission), "permission", 51},
		{fmt.Errorf("f: %w", &deploy.ConfigError{Err: errors.New("x")}), "config", 65},
		{deploy.ErrNoComponent, "usage", 64},
		{flow(upgrade.Stopped, &driver.UnsatisfiableError{}), "unsatisfiable", 9},
		{&driver.BelowError{Inference: &driver.Inference{}}, "unsatisfiable", 9},
		{fmt.Errorf("%w by the driver: %w", upgrade.ErrNoTarget, &driver.NotDriverError{}), "no-driver", 10},
		{&driver.Python2Error{}, "python2", 11},
		{&driver.MissingSDKError{}, "no-sdk", 12},
		{fmt.Errorf("%w the driver", upgrade.ErrNoneFits), "no-target", 7},
		{&driver.OpenError{Path: "x", Err: os.ErrNotExist}, "usage", 64},
		{&driver.OpenError{Path: "x", Err: driver.ErrWholeComponent}, "usage", 64},
		{&driver.OpenError{Path: "x", Err: os.ErrPermission}, "permission", 51},
		{&bundle.Error{Kind: bundle.KindTrust, Err: errors.New("x")}, "trust", 32},
		{errors.New("x"), "internal", 1},
	}
	for _, tt := range tests {
		k, code := classify(tt.err)
		assert.Equal(t, tt.want, string(k), "%v", tt.err)
		assert.Equal(t, tt.code, code, "%v", tt.err)
	}
}

// files is a host that is made of files: a real environment with cinder 21.3.1, and a deploy.yaml for it.
func files(t *testing.T) (config string, state string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"site/cinder-21.3.1.egg-info": "Metadata-Version: 1.1\nName: cinder\nVersion: 21.3.1\n",
		"cinder.conf":                 "[DEFAULT]\nhost = h\n",
		"deploy.yaml": `root: opt
state: state
components:
  - {name: cinder, real: {sites: [site], scripts: bin}, config: [cinder.conf], manager: {kind: process}, verify: {off: [L1, L2, L3, L4]}}
`,
	} {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return filepath.Join(dir, "deploy.yaml"), filepath.Join(dir, "state", "cinder")
}

// TestUpgradeStatus tells of an upgrade that was cut off, and refuses another.
func TestUpgradeStatus(t *testing.T) {
	config, state := files(t)
	began := time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)
	b, err := durable.MarshalRecord(1, upgrade.Record{
		Component: "cinder", Began: began, State: upgrade.Switching, Step: upgrade.StepStart, Round: 2,
		From:    upgrade.Generation{Root: "/usr", Version: pep440.MustParse("21.3.1")},
		Target:  &upgrade.Target{Version: pep440.MustParse("26.3.0")},
		Refused: []upgrade.Refusal{{Version: pep440.MustParse("23.5.0"), Reason: "tried: it lacks upload_volume(volume_fd=)"}},
		Learned: []string{"pymysql"},
		Report: &upgrade.Report{Verdict: upgrade.PassWithFindings, Checks: []upgrade.Check{{
			Level: "L3", Name: "delete volumes", Verdict: upgrade.PassWithFindings, Took: time.Second, Detail: "left something",
			Evidence: []upgrade.Evidence{{Class: upgrade.Regression, Text: "2 images", Source: "volume.log"}},
		}}},
		Losses:   []upgrade.Loss{{Table: "volumes", Orphaned: []string{"v1"}, Ghosts: []string{"v2"}, Reverted: []string{"v3"}}},
		Problem:  "the host went down",
		Accounts: []upgrade.Account{{Round: 2, Step: upgrade.StepStop, Began: began, Took: time.Second}, {Round: 2, Step: upgrade.StepStart, Began: began}},
	})
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(state, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(state, "record.json"), b, 0o600))

	var out, problems bytes.Buffer
	require.Zero(t, run(t.Context(), []string{"upgrade", "status", "--config", config}, &out, &problems), problems.String())
	for _, words := range []string{
		"cinder: switching: 21.3.1, and 26.3.0 was to come", "round 2", "at the step: start", "chandlery upgrade resume", "did not end", "needs pymysql", "23.5.0: tried: it lacks upload_volume",
		"delete volumes  pass with findings  1.0 s  left something", "regression: 2 images (volume.log)", "in all: pass with findings", "made since, without a row then: v1", "deleted since, with a row again: v2",
		"changed since: v3", "problem: the host went down",
	} {
		assert.Contains(t, out.String(), words)
	}
	out.Reset()
	require.Zero(t, run(t.Context(), []string{"upgrade", "status", "--config", config, "--json"}, &out, &problems))
	assert.Contains(t, out.String(), `"event":"result","ok":true,"exit_code":0,"result":[{"component":"cinder"`)

	out.Reset()
	code := run(t.Context(), []string{"upgrade", "apply", "--yes", "--config", config, "--index", t.TempDir(), "--cache", t.TempDir(), "--json"}, &out, &problems)
	assert.Equal(t, 70, code, out.String())
	assert.Contains(t, out.String(), `"kind":"unfinished"`)
}

func TestTold(t *testing.T) {
	events := []upgrade.Event{
		{Component: "cinder", Round: 1, Step: upgrade.StepPick, Type: upgrade.StepBegun},
		{Component: "cinder", Round: 1, Step: upgrade.StepPick, Type: upgrade.Noted, Text: "26.3.0"},
		{Component: "cinder", Round: 1, Step: upgrade.StepPick, Type: upgrade.StepDone, Took: 1500 * time.Millisecond},
		{Component: "cinder", Round: 2, Step: upgrade.StepResolve, Type: upgrade.StepBegun, Target: pep440.MustParse("26.3.0")},
		{Component: "cinder", Round: 2, Step: upgrade.StepResolve, Type: upgrade.StepFailed, Text: "no set", Took: time.Second, Target: pep440.MustParse("26.3.0")},
	}
	show := func(o *output) {
		told := &told{out: o}
		for _, e := range events {
			told.event(e)
		}
		told.end()
	}
	var out, text bytes.Buffer
	show(&output{stdout: &out, stderr: &text})
	assert.Empty(t, out.String())
	assert.Equal(t, "cinder, round 1\n     1.5 s  pick the target\n             26.3.0\ncinder, round 2\n     1.0 s  resolve: failed\n             no set\n", text.String())

	text.Reset()
	show(&output{stdout: &out, stderr: &text, json: true})
	assert.Empty(t, text.String())
	assert.Equal(t, 5, strings.Count(out.String(), "\n"))
	assert.Contains(t, out.String(), `{"event":"failed","component":"cinder","round":2,"step":"resolve","target":"26.3.0","message":"no set","seconds":1}`)

	show(&output{stdout: &out, stderr: &text, quiet: true})
	assert.Empty(t, text.String())
}

func TestWritePlans(t *testing.T) {
	var out bytes.Buffer
	writePlans(&out, []*upgrade.Plan{
		{Component: "glance", Current: upgrade.Generation{Root: "/usr", Version: pep440.MustParse("25.1.0")}},
		{
			Component: "cinder", Current: upgrade.Generation{Root: "/usr", Version: pep440.MustParse("21.3.1")}, Root: "/opt/cinder-26.3.0",
			Target:   upgrade.Target{Version: pep440.MustParse("26.3.0"), Series: "2025.1", Why: []string{"it is the newest"}, Refused: []upgrade.Refusal{{Version: pep440.MustParse("28.0.0"), Reason: "no SLURP"}}},
			Packages: []upgrade.Package{{Name: "cinder", Version: pep440.MustParse("26.3.0"), File: "https://files.example/a/cinder-26.3.0-py3-none-any.whl", Size: 2048, Built: true}},
			Disk:     upgrade.Disk{Environment: 1 << 20, Free: 1 << 30},
			Forecast: &upgrade.Forecast{
				Database: upgrade.Migration{Kind: "forward", Now: []string{"a"}, Then: []string{"b"}, New: []string{"b"}},
				Options:  []upgrade.Option{{Kind: "removed", Section: "DEFAULT", Name: "old", Text: "would be ignored"}},
				Files:    []upgrade.File{{Name: "api-paste.ini", Choice: "take", Text: "unchanged"}},
				Host:     []upgrade.HostNeed{{Kind: "binding", Name: "rbd", Found: "/x/rbd.so"}, {Kind: "executable", Name: "rbd", Text: "install it"}},
				Findings: []upgrade.Finding{{Name: "stale services", Rows: []string{"host gone"}, Advice: "remove them"}},
				Notes:    []string{"not asked"},
			},
			Stop: []string{"a", "b"}, Start: []string{"b", "a"}, Commands: []string{"db sync"},
		},
	})
	for _, words := range []string{
		"glance 25.1.0 in /usr\n\ncinder 21.3.1 -> 26.3.0 (2025.1)\n", "then in /opt/cinder-26.3.0", "it is the newest", "28.0.0  no SLURP", "Packages (1)", "cinder-26.3.0-py3-none-any.whl  2.0 KiB  built here",
		"now a, then b (forward)", "1 migrations are applied: b", "point of no return: a snapshot", "stale services:", "    host gone", "    remove them", "removed: [DEFAULT] old would be ignored",
		"api-paste.ini  take  unchanged", "binding     rbd  /x/rbd.so", "MISSING: install it", "not asked", "stop, all at once: a, b", "start, in this order: b, a", "commands: db sync", "1.0 MiB in /opt/cinder-26.3.0; 1.0 GiB are free",
	} {
		assert.Contains(t, out.String(), words)
	}
	assert.NotContains(t, out.String(), "files.example")
}
