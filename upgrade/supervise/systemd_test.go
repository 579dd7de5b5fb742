package supervise

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/upgradetest"
)

// fakeSystemctl answers as systemctl does where systemd runs, which is nowhere that tests are: args are its folder, then what Systemd gave. The folder has a file <unit> with the
// properties of each unit, and "calls", to which every call is appended. A unit's file "<unit>.start" is what a start makes of it.
func fakeSystemctl(args []string) int {
	dir, verb, args := args[0], args[1], args[2:]
	calls, err := os.OpenFile(filepath.Join(dir, "calls"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 9
	}
	fmt.Fprintln(calls, strings.Join(append([]string{verb}, args...), " "))
	calls.Close()
	if verb == "daemon-reload" {
		return 0
	}
	file := filepath.Join(dir, args[len(args)-1])
	state, err := os.ReadFile(file)
	if err != nil {
		state = []byte("LoadState=not-found\nActiveState=inactive\nSubState=dead\nResult=success\nInvocationID=\nDropInPaths=\n")
	}
	switch verb {
	case "show":
		os.Stdout.Write(state)
	case "start":
		next, err := os.ReadFile(file + ".start")
		if err != nil || os.WriteFile(file, next, 0o600) != nil {
			return 9
		}
		if strings.Contains(string(next), "ActiveState=failed") {
			fmt.Fprintln(os.Stderr, "Job for "+args[0]+" failed because the control process exited with error code.")
			return 1
		}
	case "stop":
		text := strings.NewReplacer("ActiveState=active", "ActiveState=inactive", "SubState=running", "SubState=dead", "ActiveState=activating", "ActiveState=inactive").Replace(string(state))
		if os.WriteFile(file, []byte(text), 0o600) != nil {
			return 9
		}
	default:
		return 9
	}
	return 0
}

func fakeJournalctl(args []string) int {
	fmt.Println("journalctl", strings.Join(args, " "))
	return 0
}

// systemd is a Systemd with a fake systemctl; set writes what it says of a unit.
type systemd struct {
	*Systemd
	dir string
}

func fakeSystemd(t *testing.T) systemd {
	t.Helper()
	real, _, _ := generations()
	dir := t.TempDir()
	return systemd{&Systemd{State: filepath.Join(dir, "state"), Units: filepath.Join(dir, "units"), Systemctl: as(t, "systemctl", dir), Journalctl: as(t, "journalctl"), Real: real, Open: openAny}, dir}
}

func (s systemd) set(t *testing.T, file, active, sub, result, invocation string) {
	t.Helper()
	link := filepath.Join(s.Units, "cinder-volume.service.d", dropIn)
	text := fmt.Sprintf("LoadState=loaded\nActiveState=%s\nSubState=%s\nResult=%s\nInvocationID=%s\nDropInPaths=%s\nExecMainStartTimestamp=Sun 2026-11-22 22:25:21 UTC\n", active, sub, result, invocation, link)
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, file), []byte(text), 0o600))
}

const volumeUnit = "cinder-volume.service"

func TestSystemd_conformance(t *testing.T) {
	real, a, b := generations()
	dir := t.TempDir()
	open := func(*testing.T) upgrade.Switcher {
		return &Systemd{State: filepath.Join(dir, "state"), Units: filepath.Join(dir, "units"), Systemctl: []string{"/nonesuch"}, Real: real, Open: openAny}
	}
	upgradetest.Switcher(t, upgradetest.Switching{Open: open, Real: real, A: a, B: b})
	left, err := os.ReadDir(filepath.Join(dir, "units"))
	require.NoError(t, err)
	assert.Empty(t, left, "back in the real environment no unit has a drop-in")
}

func TestSystemd_Switch(t *testing.T) {
	s := fakeSystemd(t)
	_, a, b := generations()
	require.NoError(t, s.Switch(t.Context(), a))
	got, err := os.ReadFile(filepath.Join(s.Units, "cinder-volume.service.d", dropIn))
	require.NoError(t, err)
	assert.Equal(t, `[Service]
ExecStart=
ExecStart="/opt/venvs/cinder-24.5.0/bin/cinder-volume" "--config-file=/etc/cinder/cinder.conf"
Environment="PATH=/opt/venvs/cinder-24.5.0/bin:/usr/bin:/bin"
Environment="QUOTED=a \"b\" c"
User=cinder
TimeoutStopSec=1500ms
`, string(got))
	require.NoError(t, s.Switch(t.Context(), b))
	got, err = os.ReadFile(filepath.Join(s.Units, "cinder-volume.service.d", dropIn))
	require.NoError(t, err)
	assert.Contains(t, string(got), `Environment="HOST=100%%"`)
	for range 3 {
		require.NoError(t, s.Switch(t.Context(), a))
	}
	folders, err := filepath.Glob(filepath.Join(s.State, "cinder", "generation-*"))
	require.NoError(t, err)
	assert.Len(t, folders, 2, "old generations go")

	own := filepath.Join(s.Units, "cinder-scheduler.service.d", dropIn)
	require.NoError(t, os.Remove(own))
	require.NoError(t, os.WriteFile(own, []byte("[Service]\n"), 0o644))
	assert.ErrorContains(t, s.Switch(t.Context(), b), "move it away")
	kept, err := os.ReadFile(own)
	require.NoError(t, err)
	assert.Equal(t, "[Service]\n", string(kept))
}

// TestSystemd_Switch_killed: after each prefix of the steps that a Switch takes on the disk, Current gives the old generation or the new one.
func TestSystemd_Switch_killed(t *testing.T) {
	real, a, b := generations()
	for _, from := range []upgrade.Subject{real, a} {
		for step := range 4 {
			s := fakeSystemd(t)
			require.NoError(t, s.Switch(t.Context(), from))
			g, err := generationOf(b)
			require.NoError(t, err)
			root, err := makeRoot(filepath.Join(s.State, "cinder"))
			require.NoError(t, err)
			if step > 0 {
				require.NoError(t, g.writeDropIns(t.Context(), root, "generation-x"))
			}
			for i, l := range g.Services {
				if step > 1+i {
					require.NoError(t, s.lead(root.Name(), unit(l.Name)))
				}
			}
			require.NoError(t, root.Close())
			got, err := s.Current(t.Context(), b.Component)
			require.NoError(t, err)
			assert.Equal(t, from.Version.String(), got.Version.String(), "killed after step %d", step)
			require.NoError(t, s.Switch(t.Context(), b), "a Switch after that completes")
			got, err = s.Current(t.Context(), b.Component)
			require.NoError(t, err)
			assert.Equal(t, b.Version.String(), got.Version.String())
		}
	}
}

func TestSystemd_Current_edited(t *testing.T) {
	_, a, _ := generations()
	edits := map[string]func(s systemd) error{
		"a drop-in": func(s systemd) error {
			return os.WriteFile(filepath.Join(s.State, "cinder", currentLink, "cinder-volume.service.conf"), []byte("[Service]\n"), 0o600)
		},
		"no drop-in": func(s systemd) error {
			return os.Remove(filepath.Join(s.State, "cinder", currentLink, "cinder-volume.service.conf"))
		},
		"the record": func(s systemd) error {
			return os.WriteFile(filepath.Join(s.State, "cinder", currentLink, generationFile), []byte("{}"), 0o600)
		},
		"no link": func(s systemd) error { return os.Remove(filepath.Join(s.Units, "cinder-volume.service.d", dropIn)) },
	}
	for name, edit := range edits {
		s := fakeSystemd(t)
		require.NoError(t, s.Switch(t.Context(), a))
		require.NoError(t, edit(s))
		_, err := s.Current(t.Context(), a.Component)
		assert.ErrorIs(t, err, ErrEdited, name)
	}
}

func TestSystemd_Start(t *testing.T) {
	s := fakeSystemd(t)
	_, a, b := generations()
	svc := cinderServices[1]
	s.set(t, volumeUnit, "inactive", "dead", "success", "")
	s.set(t, volumeUnit+".start", "active", "running", "success", "abc")
	_, err := s.Start(t.Context(), a, svc)
	require.ErrorContains(t, err, "switch to it first")
	require.NoError(t, s.Switch(t.Context(), a))
	_, err = s.Start(t.Context(), b, svc)
	require.ErrorContains(t, err, "switch to it first")
	never, err := s.Attach(t.Context(), a, svc)
	require.ErrorIs(t, err, upgrade.ErrNotRunning)
	assert.Nil(t, never)
	assert.Zero(t, unitState{}.begun())

	own := filepath.Join(t.TempDir(), "cinder-volume.log")
	require.NoError(t, os.WriteFile(own, []byte("of an earlier run\n"), 0o600))
	s.Logs = map[string][]string{svc.Name: {own}}
	p, err := s.Start(t.Context(), a, svc)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(own, []byte("of an earlier run\nits own log\n"), 0o600))
	calls, err := os.ReadFile(filepath.Join(s.dir, "calls"))
	require.NoError(t, err)
	const show = "show --property=LoadState,ActiveState,SubState,Result,InvocationID,DropInPaths,ExecMainStartTimestamp cinder-volume.service\n"
	assert.Equal(t, show+"daemon-reload\n"+show+"start cinder-volume.service\n"+show, string(calls))
	assert.Equal(t, "journalctl --quiet --no-pager --output=cat _SYSTEMD_INVOCATION_ID=abc\nits own log\n", read(t, p))
	assert.Equal(t, time.Date(2026, 11, 22, 22, 25, 22, 0, time.UTC), p.(*unitProcess).Started().UTC(), "rounded up")
	_, err = s.Start(t.Context(), a, svc)
	require.ErrorIs(t, err, ErrRunning)
	again, err := s.Attach(t.Context(), a, svc)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, again.Wait(ctx), context.DeadlineExceeded)
	require.NoError(t, again.Stop(t.Context()))
	require.NoError(t, p.Stop(t.Context()))
	require.NoError(t, p.Wait(t.Context()))
	ended, err := s.Attach(t.Context(), a, svc)
	require.ErrorIs(t, err, upgrade.ErrNotRunning)
	assert.Equal(t, read(t, p), read(t, ended), "the journal of the last run")
}

func TestSystemd_faults(t *testing.T) {
	_, a, _ := generations()
	svc := cinderServices[1]
	s := fakeSystemd(t)
	require.NoError(t, s.Switch(t.Context(), a))

	_, err := s.Start(t.Context(), a, svc)
	require.ErrorContains(t, err, "unit cinder-volume.service is not-found: install it first")

	s.set(t, volumeUnit, "inactive", "dead", "success", "")
	s.set(t, volumeUnit+".start", "failed", "failed", "exit-code", "abc")
	_, err = s.Start(t.Context(), a, svc)
	var state *StateError
	require.ErrorAs(t, err, &state)
	assert.Equal(t, "cinder-volume: failed (exit-code)", state.Error())
	assert.Contains(t, string(state.Output), "_SYSTEMD_INVOCATION_ID=abc")
	ended, err := s.Attach(t.Context(), a, svc)
	require.ErrorIs(t, err, upgrade.ErrNotRunning)
	require.ErrorAs(t, err, &state)
	assert.Contains(t, read(t, ended), "_SYSTEMD_INVOCATION_ID=abc")

	s.set(t, volumeUnit, "active", "running", "success", "def")
	p, err := s.Attach(t.Context(), a, svc)
	require.NoError(t, err)
	s.set(t, volumeUnit, "activating", "auto-restart", "signal", "def")
	require.ErrorAs(t, p.Wait(t.Context()), &state)
	assert.Equal(t, "auto-restart (signal)", state.State)
	_, err = s.Attach(t.Context(), a, svc)
	require.NoError(t, err, "what systemd is about to start again must be stopped")
	s.set(t, volumeUnit, "active", "running", "success", "ghi")
	require.ErrorAs(t, p.Wait(t.Context()), &state)
	assert.Equal(t, "started anew by systemd", state.State)

	other := strings.NewReplacer("50-chandlery", "51-other")
	b, err := os.ReadFile(filepath.Join(s.dir, volumeUnit))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, volumeUnit), []byte(strings.Replace(other.Replace(string(b)), "=active", "=inactive", 1)), 0o600))
	_, err = s.Start(t.Context(), a, svc)
	require.ErrorContains(t, err, "systemd does not read")

	none := *s.Systemd
	none.Systemctl = []string{"/bin/false"}
	_, err = none.Attach(t.Context(), a, svc)
	require.ErrorContains(t, err, "systemctl show")
	trial := a
	trial.Trial = true
	_, err = s.Start(t.Context(), trial, svc)
	require.ErrorIs(t, err, ErrNoTrial)
}

func TestLaunch_dropIn(t *testing.T) {
	tests := []struct {
		name string
		l    launch
		want string
		err  string
	}{
		{"quoting", launch{Argv: []string{"/p", "a b", `"\`, "$X", "%h", ";", "\n", "é", ""}}, `ExecStart="/p" "a b" "\"\\" "$$X" "%%h" ";" "\x0a" "é" ""`, ""},
		{"a path with $", launch{Argv: []string{"/p$x"}}, "", "cannot take this path"},
		{"no UTF-8", launch{Argv: []string{"/p", "\xff"}}, "", "no UTF-8"},
		{"a variable", launch{Argv: []string{"/p"}, Env: map[string]string{"A.B": "1"}}, "", `cannot take the variable "A.B"`},
	}
	for _, tt := range tests {
		got, err := tt.l.dropIn()
		if tt.err != "" {
			assert.ErrorContains(t, err, tt.err, tt.name)
			continue
		}
		require.NoError(t, err, tt.name)
		assert.Contains(t, string(got), tt.want+"\n", tt.name)
	}
}
