//go:build slow && linux

package supervise

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/upgradetest"
)

// supervisord is a real one in a folder, with the package's program from the path of Debian's package.
type supervisord struct {
	dir string
	cmd *exec.Cmd
}

const supervisordPath = "/usr/bin/supervisord"

func (d *supervisord) socket() string   { return filepath.Join(d.dir, "socket") }
func (d *supervisord) programs() string { return filepath.Join(d.dir, "conf.d") }

// startSupervisord starts one with program sections; what it and they leave is ended with the test.
func startSupervisord(t *testing.T, sections map[string]string) *supervisord {
	t.Helper()
	dir, err := os.MkdirTemp("", "s") // a socket's path is short
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	d := &supervisord{dir: dir}
	require.NoError(t, os.Mkdir(d.programs(), 0o755))
	conf := fmt.Sprintf("[unix_http_server]\nfile = %[1]s/socket\n[supervisord]\nnodaemon = true\nlogfile = %[1]s/supervisord.log\npidfile = %[1]s/supervisord.pid\nchildlogdir = %[1]s\n%[2]s"+
		"[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n[include]\nfiles = conf.d/*.conf\n", dir, userOption())
	require.NoError(t, os.WriteFile(filepath.Join(dir, "supervisord.conf"), []byte(conf), 0o600))
	for name, text := range sections {
		require.NoError(t, os.WriteFile(filepath.Join(d.programs(), name+".conf"), []byte(text), 0o600))
	}
	d.start(t)
	t.Cleanup(func() {
		if b, err := os.ReadFile(filepath.Join(dir, "supervisord.log")); t.Failed() && err == nil {
			t.Logf("supervisord's log:\n%s", b)
		}
		d.stop(t)
		assert.NoError(t, sweep(context.Background(), map[string]string{"SUPERVISOR_SERVER_URL": "unix://" + d.socket()}))
	})
	return d
}

func userOption() string {
	if os.Geteuid() == 0 {
		return "user = root\n"
	}
	return ""
}

func (d *supervisord) start(t *testing.T) {
	t.Helper()
	d.cmd = exec.Command(supervisordPath, "-c", filepath.Join(d.dir, "supervisord.conf"))
	d.cmd.Env = []string{"PATH=" + DefaultPath, "INHERITED=from supervisord"}
	require.NoError(t, d.cmd.Start())
	eventually(t, func() bool {
		_, err := (&Supervisor{Socket: d.socket()}).call(t.Context(), "supervisor.getPID")
		return err == nil
	}, "supervisord answers")
}

func (d *supervisord) stop(t *testing.T) {
	t.Helper()
	if d.cmd != nil {
		assert.NoError(t, d.cmd.Process.Signal(syscall.SIGTERM))
		d.cmd.Wait()
		d.cmd = nil
	}
}

// section is a program of an operator's.
func section(name, command, more string) string {
	return fmt.Sprintf("[program:%s]\ncommand = %s\nautostart = false\nstartsecs = 1\nstartretries = 1\nredirect_stderr = true\n%s", name, command, more)
}

func (d *supervisord) supervisor(real upgrade.Subject) *Supervisor {
	return &Supervisor{Socket: d.socket(), Overrides: filepath.Join(d.programs(), "zz-component.conf"), State: filepath.Join(d.dir, "state"), Real: real, Open: openAny}
}

func TestSupervisord_conformance(t *testing.T) {
	for _, operator := range []string{"with sections", "autostarted", "without sections"} {
		t.Run(operator, func(t *testing.T) {
			d := startSupervisord(t, nil)
			real := generationIn("/usr", "0.1")
			real.Component.Name = "suite"
			s := d.supervisor(real)
			upgradetest.Runner(t, upgradetest.Running{Open: func(*testing.T) upgrade.Runner { again := *s; return &again }, Prepare: func(t *testing.T, sub upgrade.Subject) {
				for _, svc := range sub.Component.Services {
					text := section(svc.Name, "/bin/false", fmt.Sprintf("stdout_logfile = %s/%s.log\n", d.dir, svc.Name))
					if operator == "autostarted" {
						text = strings.Replace(text, "autostart = false", "autostart = true", 1)
					}
					if operator != "without sections" {
						require.NoError(t, os.WriteFile(filepath.Join(d.programs(), svc.Name+".conf"), []byte(text), 0o600))
					}
				}
				require.NoError(t, s.Switch(t.Context(), sub))
			}})
		})
	}
}

// TestSupervisord_Switch: a switch changes what the next start runs, and nothing that runs; other programs keep their processes throughout.
func TestSupervisord_Switch(t *testing.T) {
	beat := func(text string) string { return "/bin/sh -c 'echo " + text + "; while :; do sleep 0.1; done'" }
	d := startSupervisord(t, map[string]string{
		"moved": section("moved", beat("of the operator"), "environment = OWN=\"of the operator\"\n"),
		"other": section("other", beat("other"), ""),
	})
	service := func(text string) upgrade.Service {
		return upgrade.Service{Name: "moved", Argv: []string{"/bin/sh", "-c", "echo " + text + "; while :; do sleep 0.1; done"}}
	}
	real := generationIn("/usr", "1.0", service("of the operator"))
	a, b := generationIn("/opt/a", "2.0", service("of a")), generationIn("/opt/b", "3.0", service("of b"))
	s := d.supervisor(real)
	moved := service("")
	other, err := s.Start(t.Context(), real, upgrade.Service{Name: "other"})
	require.NoError(t, err)
	was := other.(*supervised).pid

	p, err := s.Start(t.Context(), real, moved)
	require.NoError(t, err)
	eventually(t, func() bool { return read(t, p) == "of the operator\n" }, "the operator's program")
	for _, to := range []upgrade.Subject{a, b, real} {
		require.NoError(t, s.Switch(t.Context(), to))
		now, err := s.program(t.Context(), "moved")
		require.NoError(t, err)
		require.Equal(t, p.(*supervised).pid, now.pid, "a switch leaves what runs")
		_, err = s.Start(t.Context(), to, moved)
		require.ErrorIs(t, err, ErrRunning)
		require.NoError(t, p.Stop(t.Context()))
		p, err = s.Start(t.Context(), to, moved)
		require.NoError(t, err)
		want := map[string]string{"1.0": "of the operator\n", "2.0": "of a\n", "3.0": "of b\n"}[to.Version.String()]
		eventually(t, func() bool { return read(t, p) == want }, "the program of "+to.Version.String())
		for _, wrong := range []upgrade.Subject{real, a, b} {
			if wrong.Version.String() != to.Version.String() {
				_, err = s.Start(t.Context(), wrong, moved)
				require.ErrorContains(t, err, "switch to it first")
			}
		}
	}
	now, err := s.program(t.Context(), "other")
	require.NoError(t, err)
	require.Equal(t, was, now.pid)

	require.NoError(t, s.Switch(t.Context(), a))
	require.NoError(t, p.Stop(t.Context()))
	d.stop(t)
	_, err = s.Attach(t.Context(), a, moved)
	require.ErrorContains(t, err, "does not answer")
	require.NotErrorIs(t, err, upgrade.ErrNotRunning, "nobody knows what runs")
	require.NoError(t, s.Switch(t.Context(), b), "it will be read at the next start of supervisord")
	d.start(t)
	p, err = s.Start(t.Context(), b, moved)
	require.NoError(t, err)
	eventually(t, func() bool { return read(t, p) == "of b\n" }, "the program of b")
}

// TestSupervisord_words: hostile arguments and values arrive as they are, or are refused before anything is written.
func TestSupervisord_words(t *testing.T) {
	d := startSupervisord(t, nil)
	words := []string{"", "a b", `"`, "'", `\`, `\\n`, "$HOME", "`x`", "%(here)s", "100%", "%%", "é", "#x", ";x", "a;b", "a#b", "*", "~", "[x]", "a=b", " leading", "trailing ", "\u00a0", "x ;y", "x #y", "\t", "tab\tin", "line\nend", "\x7f", "{A}"}
	accepted := 0
	for i, word := range words {
		for where, svc := range map[string]upgrade.Service{
			"argument": {Name: "witness", Argv: append(as(t, "resident"), word, "last"), Env: map[string]string{"PATH": "/bin"}},
			"value":    {Name: "witness", Argv: as(t, "resident"), Env: map[string]string{"PATH": "/bin", "WORD": word}},
		} {
			sub := generationIn("/opt/a", fmt.Sprintf("1.%d", i), svc)
			s := d.supervisor(generationIn("/usr", "0.1"))
			if err := s.Switch(t.Context(), sub); err != nil {
				require.Regexp(t, `^witness: (supervisord|command:|environment:).* supervisord|^witness: supervisord cannot take`, err.Error())
				t.Logf("refused as %s: %q", where, word)
				continue
			}
			accepted++
			p, err := s.Start(t.Context(), sub, svc)
			require.NoError(t, err)
			var got seen
			eventually(t, func() bool { return json.Unmarshal([]byte(read(t, p)), &got) == nil }, "what the program saw")
			assert.Equal(t, svc.Argv, got.Argv, "%q", word)
			if where == "value" {
				assert.Contains(t, got.Env, "WORD="+word)
			}
			assert.Contains(t, got.Env, "PATH=/opt/a/bin:/bin")
			assert.Contains(t, got.Env, "INHERITED=from supervisord", "as the package's text says")
			require.NoError(t, p.Stop(t.Context()))
		}
	}
	t.Logf("%d of %d words were taken", accepted, 2*len(words))
	require.GreaterOrEqual(t, accepted, 40)
}

func TestSupervisord_faults(t *testing.T) {
	d := startSupervisord(t, map[string]string{
		"fails":   section("fails", "/bin/sh -c 'echo why; exit 3'", ""),
		"absent":  section("absent", "/nonesuch", ""),
		"ends":    section("ends", "/bin/sh -c 'echo why; sleep 2; exit 4'", "autorestart = false\n"),
		"never":   section("never", "/bin/sleep 60", ""),
		"again":   section("again", "/bin/sh -c 'sleep 60'", "autorestart = true\n"),
		"two":     section("two", "/bin/sleep 60", "numprocs = 2\nprocess_name = %(program_name)s%(process_num)d\n"),
		"grouped": section("grouped", "/bin/sleep 60", "") + "[group:several]\nprograms = grouped\n",
	})
	real := generationIn("/usr", "1.0")
	s := d.supervisor(real)
	var state *StateError

	p, err := s.Start(t.Context(), real, upgrade.Service{Name: "fails"})
	if err == nil { // it was seen before it ended
		err = p.Wait(t.Context())
		require.NoError(t, p.Stop(t.Context()))
	}
	require.ErrorAs(t, err, &state)
	assert.Equal(t, "why\n", string(state.Output))
	_, err = s.Attach(t.Context(), real, upgrade.Service{Name: "fails"})
	require.ErrorIs(t, err, upgrade.ErrNotRunning, "a start that gave an error leaves nothing that supervisord tries again")
	if _, err = s.call(t.Context(), "supervisor.startProcess", "fails:fails", false); err != nil { // it had ended before supervisord looked
		require.ErrorContains(t, err, "SPAWN_ERROR")
	}
	p, err = s.Attach(t.Context(), real, upgrade.Service{Name: "fails"})
	if err == nil {
		require.ErrorAs(t, p.Wait(t.Context()), &state)
		assert.Contains(t, []string{"fails: BACKOFF", "fails: FATAL"}, state.Error())
	}
	eventually(t, func() bool { p, err = s.Attach(t.Context(), real, upgrade.Service{Name: "fails"}); return err != nil }, "given up")
	require.ErrorIs(t, err, upgrade.ErrNotRunning)
	assert.Contains(t, read(t, p), "why\n", "the log of what has ended")
	require.NoError(t, p.Stop(t.Context()))
	if state := (*StateError)(nil); assert.ErrorAs(t, err, &state) {
		assert.Equal(t, "fails: FATAL", state.Error())
		assert.Contains(t, string(state.Output), "why\n")
	}

	_, err = s.Start(t.Context(), real, upgrade.Service{Name: "absent"})
	require.ErrorAs(t, err, &state)
	require.ErrorContains(t, err, "NO_FILE")

	before := time.Now()
	p, err = s.Start(t.Context(), real, upgrade.Service{Name: "ends"})
	require.NoError(t, err)
	assert.WithinRange(t, p.(*supervised).Started(), before, time.Now().Add(time.Second))
	ended, err := s.Attach(t.Context(), real, upgrade.Service{Name: "never"})
	require.ErrorIs(t, err, upgrade.ErrNotRunning)
	assert.Nil(t, ended, "what never ran has no log")
	require.ErrorAs(t, p.Wait(t.Context()), &state)
	assert.Equal(t, "ends: EXITED with status 4", state.Error())
	assert.Equal(t, "why\n", string(state.Output))
	ended, err = s.Attach(t.Context(), real, upgrade.Service{Name: "ends"})
	require.ErrorIs(t, err, upgrade.ErrNotRunning)
	assert.Equal(t, "why\n", read(t, ended))
	require.ErrorAs(t, ended.Wait(t.Context()), &state)
	assert.Equal(t, "ends: EXITED with status 4", state.Error())

	p, err = s.Start(t.Context(), real, upgrade.Service{Name: "again"})
	require.NoError(t, err)
	eventually(t, func() bool { now, err := s.program(t.Context(), "again"); return err == nil && now.state == running }, "it runs")
	require.NoError(t, syscall.Kill(p.(*supervised).pid, syscall.SIGKILL))
	require.ErrorAs(t, p.Wait(t.Context()), &state)
	assert.Contains(t, state.State, "started anew by supervisord")
	require.NoError(t, p.Stop(t.Context()))

	for _, name := range []string{"two", "grouped"} {
		_, err = s.Start(t.Context(), real, upgrade.Service{Name: name})
		require.ErrorContains(t, err, "of its own", name)
	}
	_, err = s.Start(t.Context(), real, upgrade.Service{Name: "unknown"})
	require.ErrorIs(t, err, upgrade.ErrNotRunning)
}

// TestSupervisord_notTaken: overrides that supervisord does not read, or that another file overrides in turn, are taken back.
func TestSupervisord_notTaken(t *testing.T) {
	svc := upgrade.Service{Name: "moved", Argv: []string{"/bin/sleep", "60"}}
	sub := generationIn("/opt/a", "2.0", svc)
	for name, change := range map[string]func(t *testing.T, d *supervisord, s *Supervisor){
		"not included": func(t *testing.T, d *supervisord, s *Supervisor) {
			s.Overrides = filepath.Join(d.programs(), "zz-component.ini")
		},
		"sorted before": func(t *testing.T, d *supervisord, s *Supervisor) {
			s.Overrides = filepath.Join(d.programs(), "aa.conf")
		},
		"cannot be read": func(t *testing.T, d *supervisord, s *Supervisor) {
			require.NoError(t, os.WriteFile(filepath.Join(d.programs(), "broken.conf"), []byte("[program:x]\nno command\n"), 0o600))
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := startSupervisord(t, map[string]string{"moved": section("moved", "/bin/sleep 30", "")})
			s := d.supervisor(generationIn("/usr", "1.0", svc))
			change(t, d, s)
			require.Error(t, s.Switch(t.Context(), sub))
			require.NoFileExists(t, s.Overrides)
			got, err := s.Current(t.Context(), sub.Component)
			require.NoError(t, err)
			require.Equal(t, "1.0", got.Version.String())
		})
	}
}

// TestSupervisord_killed: what a supervisord that was killed left is ended before a second one of the service is started, and by Stop.
func TestSupervisord_killed(t *testing.T) {
	beat := filepath.Join(t.TempDir(), "beat")
	d := startSupervisord(t, map[string]string{"moved": section("moved", "/bin/sh -c 'echo $$ >>"+beat+"; while :; do sleep 0.1; done'", "")})
	real := generationIn("/usr", "1.0")
	s := d.supervisor(real)
	svc := upgrade.Service{Name: "moved"}
	p, err := s.Start(t.Context(), real, svc)
	require.NoError(t, err)
	st, ok := readStat(p.(*supervised).pid)
	require.True(t, ok)
	orphan := handle{p.(*supervised).pid, st.start}
	require.NoError(t, d.cmd.Process.Kill())
	d.cmd.Wait()
	require.True(t, orphan.alive())
	require.Error(t, p.Wait(t.Context()), "nobody knows")
	d.start(t)
	_, err = s.Attach(t.Context(), real, svc)
	require.ErrorIs(t, err, upgrade.ErrNotRunning)
	p, err = s.Start(t.Context(), real, svc)
	require.NoError(t, err)
	require.False(t, orphan.alive())
	require.NoError(t, p.Stop(t.Context()))
	eventually(t, func() bool { return len(session(handle{p.(*supervised).pid, 1})) == 0 }, "nothing is left")
}

// TestSupervisord_rotation: supervisord rotates a log itself, and Log still begins at the start.
func TestSupervisord_rotation(t *testing.T) {
	d := startSupervisord(t, nil)
	log := filepath.Join(d.dir, "moved.log")
	text := section("moved", "/bin/sh -c 'for i in 1 2 3 4 5 6 7 8 9; do echo line $i; sleep 0.1; done; sleep 60'", "stdout_logfile = "+log+"\nstdout_logfile_maxbytes = 100\nstdout_logfile_backups = 3\n")
	require.NoError(t, os.WriteFile(filepath.Join(d.programs(), "moved.conf"), []byte(text), 0o600))
	require.NoError(t, os.WriteFile(log, []byte(strings.Repeat("old ", 15)+"\n"), 0o600))
	real := generationIn("/usr", "1.0")
	s := d.supervisor(real)
	p, err := s.Start(t.Context(), real, upgrade.Service{Name: "moved"})
	require.NoError(t, err)
	var all string
	eventually(t, func() bool { all = read(t, p); return strings.Contains(all, "line 9") }, "all lines")
	require.FileExists(t, log+".1")
	var want strings.Builder
	for i := range 9 {
		fmt.Fprintf(io.Writer(&want), "line %d\n", i+1)
	}
	assert.Equal(t, want.String(), all)
	require.NoError(t, p.Stop(t.Context()))
	time.Sleep(10 * time.Millisecond)
}
