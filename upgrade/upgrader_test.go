package upgrade

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv"
)

func failing(class Class, symbol string) []Check {
	return []Check{{Level: "L0", Verdict: Pass}, {Level: "L3", Name: "image", Verdict: Fail, Evidence: []Evidence{{Class: class, Symbol: symbol}}}}
}

func TestUpgrader_Upgrade(t *testing.T) {
	tests := []struct {
		name    string
		set     func(w *world, u *Upgrader)
		targets []string
		want    State
		runs    string
		schema  string
		rounds  int
		envs    []string
		err     any // sentinel, or pointer to a typed error
		outage  bool
	}{
		{name: "passes", targets: []string{"26.3.0"}, want: Upgraded, runs: "26.3.0", schema: "26.3.0", rounds: 1, envs: []string{"cinder-26.3.0"}, outage: true},
		{name: "with findings", set: func(w *world, _ *Upgrader) { w.verdicts["26.3.0"] = []Check{{Verdict: PassWithFindings}} },
			targets: []string{"26.3.0"}, want: Upgraded, runs: "26.3.0", schema: "26.3.0", rounds: 1, envs: []string{"cinder-26.3.0"}, outage: true},
		{name: "no target", want: Stopped, runs: "21.3.1", schema: "21.3.1", rounds: 1, err: ErrNoTarget},
		{name: "a target that is not above", targets: []string{"21.3.0"}, want: Stopped, runs: "21.3.1", schema: "21.3.1", rounds: 1, err: ErrNoTarget},
		{name: "a missing API takes the next target, after a lossless way back", set: func(w *world, _ *Upgrader) { w.verdicts["23.5.0"] = failing(MissingAPI, "upload_volume(volume_fd=)") },
			targets: []string{"23.5.0", "24.5.0"}, want: Upgraded, runs: "24.5.0", schema: "24.5.0", rounds: 2, envs: []string{"cinder-23.5.0", "cinder-24.5.0"}, outage: true},
		{name: "no further target", set: func(w *world, _ *Upgrader) { w.verdicts["23.5.0"] = failing(MissingAPI, "x") },
			targets: []string{"23.5.0"}, want: RolledBack, runs: "21.3.1", schema: "21.3.1", rounds: 2, envs: []string{"cinder-23.5.0"}, err: ErrNoTarget, outage: true},
		{name: "a missing option found by the trial stops before the switch", set: func(w *world, _ *Upgrader) { w.verdicts["trial 23.5.0"] = failing(MissingOption, "spdk") },
			targets: []string{"23.5.0"}, want: Stopped, runs: "21.3.1", schema: "21.3.1", rounds: 2, envs: []string{"cinder-23.5.0"}, err: ErrNoTarget},
		{name: "a missing dependency is added", set: func(w *world, u *Upgrader) {
			w.faults["trial db sync"] = errors.New("No module named hpe3parclient.http")
			u.Modules = map[string]pep508.Name{"hpe3parclient": "python-3parclient"}
		}, targets: []string{"26.3.0"}, want: Stopped, runs: "21.3.1", schema: "21.3.1", rounds: 2, envs: []string{"cinder-26.3.0", "cinder-26.3.0 +python-3parclient"}, err: new(*VerifyError)},
		{name: "a broken environment is made anew, once", set: func(w *world, _ *Upgrader) { w.verdicts["trial 26.3.0"] = failing(BrokenEnvironment, "") },
			targets: []string{"26.3.0"}, want: Stopped, runs: "21.3.1", schema: "21.3.1", rounds: 2, envs: []string{"cinder-26.3.0", "cinder-26.3.0 fresh"}, err: new(*VerifyError)},
		{name: "an unreachable backend is no question of versions", set: func(w *world, _ *Upgrader) { w.verdicts["26.3.0"] = failing(Unreachable, "") },
			targets: []string{"26.3.0", "28.0.0"}, want: RolledBack, runs: "21.3.1", schema: "21.3.1", rounds: 1, envs: []string{"cinder-26.3.0"}, err: new(*VerifyError), outage: true},
		{name: "what an old helper said is not of the target", set: func(w *world, _ *Upgrader) {
			w.verdicts["26.3.0"] = append(failing(OldHelper, ""), failing(MissingAPI, "x")...)
		}, targets: []string{"26.3.0", "28.0.0"}, want: RolledBack, runs: "21.3.1", schema: "21.3.1", rounds: 1, envs: []string{"cinder-26.3.0"}, err: new(*VerifyError), outage: true},
		{name: "nothing judged is not a pass", set: func(w *world, _ *Upgrader) { w.faults["verify 26.3.0"] = errors.New("the API does not answer") },
			targets: []string{"26.3.0"}, want: RolledBack, runs: "21.3.1", schema: "21.3.1", rounds: 1, envs: []string{"cinder-26.3.0"}, err: new(*Error), outage: true},
		{name: "nothing applicable is not a pass", set: func(w *world, _ *Upgrader) { w.verdicts["26.3.0"] = []Check{{Verdict: NotApplicable}} },
			targets: []string{"26.3.0"}, want: RolledBack, runs: "21.3.1", schema: "21.3.1", rounds: 1, envs: []string{"cinder-26.3.0"}, err: ErrNoVerifier, outage: true},
		{name: "no set of distributions", set: func(w *world, _ *Upgrader) { w.faults["resolve 26.3.0"] = errors.New("no solution") },
			targets: []string{"26.3.0"}, want: Stopped, runs: "21.3.1", schema: "21.3.1", rounds: 1, err: new(*Error)},
		{name: "disk full", set: func(w *world, _ *Upgrader) { w.faults["provision"] = errors.New("no space") },
			targets: []string{"26.3.0"}, want: Stopped, runs: "21.3.1", schema: "21.3.1", rounds: 1, err: new(*Error)},
		{name: "a service that does not stop", set: func(w *world, _ *Upgrader) { w.faults["stop volume"] = errors.New("it hangs") },
			targets: []string{"26.3.0"}, want: RolledBack, runs: "21.3.1", schema: "21.3.1", rounds: 1, envs: []string{"cinder-26.3.0"}, err: new(*Error), outage: true},
		{name: "a migration that fails", set: func(w *world, _ *Upgrader) { w.faults["db sync"] = errors.New("duplicate column") },
			targets: []string{"26.3.0"}, want: RolledBack, runs: "21.3.1", schema: "21.3.1", rounds: 1, envs: []string{"cinder-26.3.0"}, err: new(*VerifyError), outage: true},
		{name: "what would be lost is not restored", set: func(w *world, _ *Upgrader) {
			w.verdicts["26.3.0"] = failing(Unreachable, "")
			w.faults["losses"] = errors.New("some")
		}, targets: []string{"26.3.0"}, want: RolledBack, runs: "21.3.1", schema: "26.3.0", rounds: 1, envs: []string{"cinder-26.3.0"}, err: new(*VerifyError), outage: true},
		{name: "the database is migrated elsewhere", set: func(_ *world, u *Upgrader) { u.Database = nil },
			targets: []string{"26.3.0"}, want: Upgraded, runs: "26.3.0", schema: "21.3.1", rounds: 1, envs: []string{"cinder-26.3.0"}, outage: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			u := w.upgrader(t, t.TempDir(), tt.targets...)
			if tt.set != nil {
				tt.set(w, u)
			}
			rec, err := u.Upgrade(t.Context())
			switch want := tt.err.(type) {
			case nil:
				require.NoError(t, err)
			case error:
				require.ErrorIs(t, err, want)
			default:
				require.ErrorAs(t, err, want)
			}
			w.settled(t, tt.runs)
			assert.Equal(t, tt.want, rec.State)
			assert.Equal(t, tt.schema, w.schema)
			assert.Equal(t, tt.rounds, rec.Round)
			assert.Equal(t, tt.envs, w.envs)
			assert.Equal(t, tt.outage, w.outage, "whether a service of production was stopped")
			assert.Equal(t, tt.want == Upgraded, w.written, "what was written for verification stays while a way back may need it")
			known, err := u.Status(t.Context())
			require.NoError(t, err)
			assert.Equal(t, tt.want, known.State)
		})
	}
}

// TestUpgrader_confidence: what was only inferred is proved once it was verified; a choice by policy alone stays one.
func TestUpgrader_confidence(t *testing.T) {
	for before, after := range map[Confidence]Confidence{Inferred: Proved, Tied: Proved, "": ""} {
		u := newWorld(t).upgrader(t, t.TempDir())
		u.Picker = TargetPickerFunc(func(context.Context, Query) (Target, error) {
			return Target{Version: pep440.MustParse("26.3.0"), Confidence: before}, nil
		})
		rec, err := u.Upgrade(t.Context())
		require.NoError(t, err)
		assert.Equal(t, after, rec.Target.Confidence)
	}
}

// TestUpgrader_killed kills an upgrade before and after changes that it makes and writes of its record, and then resumes it or rolls it back:
// all that are odd or all that are even.
func TestUpgrader_killed(t *testing.T) {
	scenarios := map[string]func(w *world){
		"passes": func(*world) {},
		"second target passes": func(w *world) {
			w.verdicts["26.3.0"] = failing(MissingAPI, "x")
		},
		"fails for good": func(w *world) {
			w.verdicts["26.3.0"] = failing(Unreachable, "x")
		},
	}
	for name, set := range scenarios {
		for first, then := range []string{"resume", "rollback"} {
			t.Run(name+" "+then, func(t *testing.T) {
				t.Parallel()
				kills := 0
				for at := 1 + first; ; at += 2 {
					w := newWorld(t)
					set(w)
					if !kill(t, w, at, then) {
						break
					}
					kills++
				}
				t.Logf("%d kills", kills)
				assert.Greater(t, kills, 60)
			})
		}
	}
}

// kill runs one upgrade that dies at its at-th change or write, and what comes then. It reports whether it died.
func kill(t *testing.T, w *world, at int, then string) bool {
	state := t.TempDir()
	u := w.upgrader(t, state, "26.3.0", "28.0.0")
	w.killAt = at
	u.Journal = func(*Record) error { return w.change("write", func() {}) }
	_, err := u.Upgrade(t.Context())
	if !errors.Is(err, errKilled) {
		return false
	}
	w.killAt = 0
	u = w.upgrader(t, state, "26.3.0", "28.0.0")
	rec, err := u.Status(t.Context())
	if errors.Is(err, ErrNoUpgrade) {
		return true
	}
	require.NoError(t, err)
	if rec.State.Done() {
		w.settled(t, w.pointer.Version.String())
		return true
	}
	_, err = u.Upgrade(t.Context())
	require.ErrorIs(t, err, ErrUnfinished)
	if then == "rollback" {
		rec, err = u.Rollback(t.Context(), RestoreLossless)
		require.NoError(t, err, "killed at %d", at)
		require.Contains(t, []State{RolledBack, Stopped}, rec.State)
		w.settled(t, "21.3.1")
		require.Equal(t, "21.3.1", w.schema, "killed at %d", at)
		require.False(t, w.written)
		return true
	}
	rec, err = u.Resume(t.Context())
	require.True(t, rec.State.Done(), "killed at %d: %v", at, err)
	require.Equal(t, rec.State == Upgraded, err == nil, "killed at %d: %v", at, err)
	version := w.pointer.Version.String()
	w.settled(t, version)
	require.Equal(t, rec.State == Upgraded, version != "21.3.1")
	require.Equal(t, version, w.schema, "killed at %d", at)
	return true
}

func TestUpgrader_Rollback(t *testing.T) {
	for _, restore := range []Restore{"", RestoreAlways, RestoreNever} {
		t.Run(string(restore), func(t *testing.T) {
			w := newWorld(t)
			u := w.upgrader(t, t.TempDir(), "26.3.0")
			_, err := u.Rollback(t.Context(), restore)
			require.ErrorIs(t, err, ErrNoUpgrade)
			_, err = u.Upgrade(t.Context())
			require.NoError(t, err)
			w.faults["losses"] = errors.New("some")
			rec, err := u.Rollback(t.Context(), restore)
			require.NoError(t, err)
			w.settled(t, "21.3.1")
			assert.Equal(t, RolledBack, rec.State)
			assert.Equal(t, restore == RestoreAlways, w.schema == "21.3.1")
			assert.Equal(t, restore != RestoreNever, len(rec.Losses) == 1)
			assert.False(t, w.written)

			_, err = u.Rollback(t.Context(), RestoreAlways) // the database may follow later
			require.NoError(t, err)
			w.settled(t, "21.3.1")
			assert.Equal(t, "21.3.1", w.schema)
		})
	}
}

func TestUpgrader_Rollback_oldDoesNotPass(t *testing.T) {
	w := newWorld(t)
	u := w.upgrader(t, t.TempDir(), "26.3.0")
	_, err := u.Upgrade(t.Context())
	require.NoError(t, err)
	w.verdicts["21.3.1"] = failing(MissingAPI, "never there")
	rec, err := u.Rollback(t.Context(), "")
	var failed *VerifyError
	require.ErrorAs(t, err, &failed)
	assert.Equal(t, RolledBack, rec.State)
	w.settled(t, "21.3.1")
}

func TestUpgrader_Rollback_broken(t *testing.T) {
	w := newWorld(t)
	u := w.upgrader(t, t.TempDir(), "26.3.0")
	_, err := u.Upgrade(t.Context())
	require.NoError(t, err)
	w.faults["start volume"] = errors.New("exec format error")
	rec, err := u.Rollback(t.Context(), "")
	require.ErrorContains(t, err, "neither version is known to work")
	assert.Equal(t, Broken, rec.State)
	delete(w.faults, "start volume")
	_, err = u.Rollback(t.Context(), "")
	require.NoError(t, err)
	w.settled(t, "21.3.1")
}

// TestUpgrader_Rollback_environmentGone: what the target was granted on the host goes all the same.
func TestUpgrader_Rollback_environmentGone(t *testing.T) {
	for _, at := range []Step{StepRehearse, StepConfigure, StepVerify} { // with what a trial left, before the switch, and after it
		t.Run(string(at), func(t *testing.T) {
			w := newWorld(t)
			u := w.upgrader(t, t.TempDir(), "26.3.0")
			u.Journal = func(r *Record) error {
				if r.Step == at && r.Accounts[len(r.Accounts)-1].Took > 0 {
					return errKilled
				}
				return nil
			}
			_, err := u.Upgrade(t.Context())
			require.ErrorIs(t, err, errKilled)
			require.NotEmpty(t, w.grants)
			u.Journal = nil
			u.Open = func(context.Context, string) (*venv.Env, error) { return nil, errors.New("it is gone") }
			rec, err := u.Rollback(t.Context(), "")
			require.NoError(t, err)
			assert.True(t, rec.State.Done(), rec.State)
			assert.Nil(t, rec.To)
			w.settled(t, "21.3.1")
		})
	}
}

func TestUpgrader_changed(t *testing.T) {
	w := newWorld(t)
	state := t.TempDir()
	u := w.upgrader(t, state, "26.3.0")
	u.Journal = func(r *Record) error {
		if r.Step == StepMigrate {
			return errKilled
		}
		return nil
	}
	_, err := u.Upgrade(t.Context())
	require.ErrorIs(t, err, errKilled)
	w.pointer.Config.Overrides = "by hand"
	u.Journal = nil
	_, err = u.Resume(t.Context())
	require.ErrorIs(t, err, ErrChanged)
	_, err = u.Rollback(t.Context(), "")
	require.ErrorIs(t, err, ErrChanged)
}

func TestUpgrader_canceled(t *testing.T) {
	for _, at := range []Step{StepProvision, StepTrial, StepMigrate, StepVerify} {
		t.Run(string(at), func(t *testing.T) {
			w := newWorld(t)
			u := w.upgrader(t, t.TempDir(), "26.3.0")
			ctx, cancel := context.WithCancel(t.Context())
			u.Observer = func(e Event) {
				if e.Step == at && e.Type == StepDone {
					cancel()
				}
			}
			_, err := u.Upgrade(ctx)
			if at == StepVerify { // nothing was left to do
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, context.Canceled)
			w.settled(t, "21.3.1")
			assert.Equal(t, "21.3.1", w.schema)
		})
	}
}

func TestUpgrader_locked(t *testing.T) {
	w := newWorld(t)
	u := w.upgrader(t, t.TempDir(), "26.3.0")
	var second error
	u.Observer = func(e Event) {
		if e.Step == StepTrial && e.Type == StepBegun {
			_, second = u.Upgrade(t.Context())
			_, err := u.Status(t.Context())
			assert.NoError(t, err, "the status can be read meanwhile")
		}
	}
	_, err := u.Upgrade(t.Context())
	require.NoError(t, err)
	assert.ErrorIs(t, second, ErrLocked)
}

func TestUpgrader_Services(t *testing.T) {
	w := newWorld(t)
	u := w.upgrader(t, t.TempDir(), "26.3.0")
	u.Services, u.Database = []string{"volume"}, nil
	_, err := u.Upgrade(t.Context())
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"scheduler": w.real.Env.Root, "api": w.real.Env.Root, "volume": "/opt/envs/cinder-26.3.0"}, w.running)
	u.Services = []string{"backup"}
	_, err = u.Upgrade(t.Context())
	require.ErrorContains(t, err, `no service "backup"`)
}

func TestUpgrader_Plan(t *testing.T) {
	w := newWorld(t)
	root := t.TempDir()
	u := w.upgrader(t, t.TempDir(), "26.3.0")
	u.Root = root
	require.NoError(t, os.MkdirAll(filepath.Join(root, "cinder-26.3.0"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(root, "cinder-26.3.0", "file"), make([]byte, 100), 0o644))
	p, err := u.Plan(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "21.3.1", p.Current.Version.String())
	assert.Equal(t, "26.3.0", p.Target.Version.String())
	assert.EqualValues(t, 100, p.Disk.Environment)
	assert.Equal(t, []string{"db sync", "online"}, p.Commands)
	w.settled(t, "21.3.1")
	assert.False(t, w.outage)
	_, err = u.Status(t.Context())
	assert.ErrorIs(t, err, ErrNoUpgrade, "a plan is no upgrade")

	u.Picker = TargetPickerFunc(func(context.Context, Query) (Target, error) { return Target{}, ErrNoTarget })
	p, err = u.Plan(t.Context())
	require.ErrorIs(t, err, ErrNoTarget)
	assert.Equal(t, "21.3.1", p.Current.Version.String(), "what was found until then")
}

func TestFlow_distribution(t *testing.T) {
	f := &flow{rec: &Record{Target: &Target{Constraints: []pep508.Requirement{{Name: "python-cinderclient"}, {Name: "distro"}, {Name: "python-distro"}}}}}
	for module, want := range map[pep508.Name]pep508.Name{"cinderclient": "python-cinderclient", "distro": "distro", "hpe3parclient": "hpe3parclient"} {
		assert.Equal(t, want, f.distribution(module))
	}
}

func TestUpgrader_findings(t *testing.T) {
	w := newWorld(t)
	u := w.upgrader(t, t.TempDir(), "26.3.0")
	u.Inspector = w
	w.faults["trial upgrade check"] = errors.New("exit status 2")
	_, err := u.Upgrade(t.Context())
	require.ErrorContains(t, err, "volume 4711, in error")
	require.ErrorContains(t, err, "delete them")
	w.settled(t, "21.3.1")
	assert.False(t, w.outage)
}

func TestUpgrader_check(t *testing.T) {
	_, err := (&Upgrader{}).Upgrade(t.Context())
	var missing *MissingFieldError
	require.ErrorAs(t, err, &missing)
	assert.Equal(t, "Component", missing.Field)
	for field, u := range map[string]*Upgrader{"Component": {State: t.TempDir()}, "State": {Component: component()}} {
		_, err := u.Status(t.Context())
		require.ErrorAs(t, err, &missing)
		assert.Equal(t, field, missing.Field)
	}
}

func TestUpgrader_Finish(t *testing.T) {
	w := newWorld(t)
	state := t.TempDir()
	u := w.upgrader(t, state, "26.3.0")
	_, err := u.Upgrade(t.Context())
	require.NoError(t, err)
	u = w.upgrader(t, state, "28.0.0")
	_, err = u.Upgrade(t.Context())
	require.NoError(t, err)
	require.True(t, w.written)
	require.Len(t, w.saved, 2)
	rec, err := u.Finish(t.Context())
	require.NoError(t, err)
	assert.False(t, w.written)
	assert.Empty(t, w.saved, "of both upgrades")
	assert.Equal(t, Upgraded, rec.State)
	fmt.Fprintln(t.Output(), len(rec.Accounts), "accounts")
}
