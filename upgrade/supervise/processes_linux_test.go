package supervise

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/upgradetest"
)

// processes lets no process of a test outlive it.
func processes(t *testing.T) *Processes {
	p := &Processes{Dir: t.TempDir()}
	t.Cleanup(func() {
		files, err := filepath.Glob(filepath.Join(p.Dir, "*.pid"))
		require.NoError(t, err)
		for _, f := range files {
			if h, ok := (Place{PIDFile: f}).read(); ok {
				assert.NoError(t, endSession(context.Background(), h))
			}
		}
	})
	return p
}

func TestProcesses_conformance(t *testing.T) {
	p := processes(t)
	upgradetest.Runner(t, upgradetest.Running{Open: func(*testing.T) upgrade.Runner { again := *p; return &again }})
	left, err := filepath.Glob(filepath.Join(p.Dir, "*.pid*"))
	require.NoError(t, err)
	for _, f := range left {
		assert.True(t, strings.HasSuffix(f, lockSuffix), "%s is left after every Stop", f)
	}
}

// someone is whom services of tests run as: another user where this one may switch.
func someone(t *testing.T) *user.User {
	t.Helper()
	if os.Geteuid() == 0 {
		u, err := user.Lookup("nobody")
		require.NoError(t, err)
		return u
	}
	u, err := user.Current()
	require.NoError(t, err)
	return u
}

func TestProcesses_Start(t *testing.T) {
	p := processes(t)
	who := someone(t)
	inherited, err := os.Open(t.TempDir())
	require.NoError(t, err)
	defer inherited.Close()
	fd, err := syscall.Dup(int(inherited.Fd())) // a copy that is not closed on exec, as a descriptor from a shell
	require.NoError(t, err)
	defer syscall.Close(fd)

	argv := asAnyone(t, "witness", "a b", "")
	for _, umask := range []os.FileMode{0, 0o027, 0o077} {
		t.Run(fmt.Sprintf("umask %o", umask), func(t *testing.T) {
			p.Places = map[string]Place{"witness": {Dir: "/usr", Umask: umask}}
			svc := upgrade.Service{Name: "witness", Argv: argv, User: who.Username, Env: map[string]string{"A": "1", "PATH": "/bin"}}
			before := syscall.Umask(0o022)
			syscall.Umask(before)
			proc, err := p.Start(t.Context(), upgrade.Subject{}, svc)
			require.NoError(t, err)
			require.NoError(t, proc.Wait(t.Context()))
			log, err := proc.Log(t.Context())
			require.NoError(t, err)
			defer log.Close()
			var got seen
			require.NoError(t, json.NewDecoder(log).Decode(&got))
			assert.Equal(t, svc.Argv, got.Argv)
			assert.Equal(t, []string{"A=1", "PATH=/bin"}, got.Env)
			assert.Empty(t, got.Descriptors)
			assert.Equal(t, "/usr", got.Dir)
			assert.Equal(t, "/dev/null", got.Stdin)
			assert.Equal(t, int(cmp.Or(umask, 0o022)), got.Umask)
			assert.Equal(t, []string{who.Uid, who.Gid}, []string{strconv.Itoa(got.Uid), strconv.Itoa(got.Gid)})
			assert.True(t, got.Leads, "it leads a session of its own")
			assertGroups(t, who, got.Groups)
			now := syscall.Umask(before)
			assert.Equal(t, before, now, "the caller's own umask stays")
			require.NoError(t, proc.Stop(t.Context()))
		})
	}
}

// asAnyone is the argv of a copy of this program that every user may run: go test builds it where nobody else may look.
func asAnyone(t *testing.T, role string, args ...string) []string {
	t.Helper()
	argv := as(t, role, args...)
	dir, err := os.MkdirTemp("", "anyone")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	b, err := os.ReadFile(argv[0])
	require.NoError(t, err)
	argv[0] = filepath.Join(dir, "program")
	require.NoError(t, os.WriteFile(argv[0], b, 0o755))
	require.NoError(t, os.Chmod(argv[0], 0o755))
	return argv
}

func assertGroups(t *testing.T, who *user.User, got []int) {
	t.Helper()
	if os.Geteuid() != 0 { // nobody else may change groups
		mine, err := os.Getgroups()
		require.NoError(t, err)
		assert.ElementsMatch(t, mine, got)
		return
	}
	want, err := who.GroupIds()
	require.NoError(t, err)
	for _, g := range got {
		assert.Contains(t, want, strconv.Itoa(g), "a group of the caller's")
	}
	for _, id := range want {
		n, err := strconv.Atoi(id)
		require.NoError(t, err)
		assert.Contains(t, got, n)
	}
}

func TestProcesses_Start_refused(t *testing.T) {
	p := processes(t)
	link := filepath.Join(p.Dir, "linked.log")
	require.NoError(t, os.Symlink(filepath.Join(p.Dir, "elsewhere"), link))
	fifo := filepath.Join(p.Dir, "fifo.log")
	require.NoError(t, syscall.Mkfifo(fifo, 0o600))
	tests := []struct {
		name string
		svc  upgrade.Service
	}{
		{"no program", upgrade.Service{Name: "a", Argv: []string{"/nonesuch"}}},
		{"no user", upgrade.Service{Name: "a", Argv: []string{"/bin/true"}, User: "no-such-user"}},
		{"log is a link", upgrade.Service{Name: "linked", Argv: []string{"/bin/true"}}},
		{"log is a pipe", upgrade.Service{Name: "fifo", Argv: []string{"/bin/true"}}},
	}
	for _, tt := range tests {
		_, err := p.Start(t.Context(), upgrade.Subject{}, tt.svc)
		assert.Error(t, err, tt.name)
		_, err = p.Attach(t.Context(), upgrade.Subject{}, tt.svc)
		assert.ErrorIs(t, err, upgrade.ErrNotRunning, tt.name)
	}
	assert.NoFileExists(t, filepath.Join(p.Dir, "elsewhere"))
	notes, err := filepath.Glob(filepath.Join(p.Dir, "*"+noteSuffix))
	require.NoError(t, err)
	assert.Empty(t, notes, "a start that did not happen leaves no note")
	_, err = (&Processes{Dir: "relative"}).Start(t.Context(), upgrade.Subject{}, tests[0].svc)
	assert.ErrorContains(t, err, "absolute")
}

// TestProcesses_Start_once: of many starters of one service, in this process and in others, one starts it.
func TestProcesses_Start_once(t *testing.T) {
	p := processes(t)
	svc := upgrade.Service{Name: "served", Argv: as(t, "server", "ready")}
	results := make(chan error, 8)
	var group sync.WaitGroup
	for range cap(results) {
		group.Go(func() {
			_, err := p.Start(t.Context(), upgrade.Subject{}, svc)
			results <- err
		})
	}
	group.Wait()
	close(results)
	started := 0
	for err := range results {
		if err == nil {
			started++
			continue
		}
		assert.ErrorIs(t, err, ErrRunning)
	}
	assert.Equal(t, 1, started)
	proc, err := p.Attach(t.Context(), upgrade.Subject{}, svc)
	require.NoError(t, err)
	require.NoError(t, proc.Stop(t.Context()))
}

// TestProcesses_trial: a trial runs beside production, found by itself.
func TestProcesses_trial(t *testing.T) {
	p := processes(t)
	svc := upgrade.Service{Name: "served", Argv: as(t, "server", "ready")}
	p.Places = map[string]Place{"served": {PIDFile: filepath.Join(p.Dir, "own.pid"), Output: filepath.Join(p.Dir, "own.log")}}
	production, err := p.Start(t.Context(), upgrade.Subject{}, svc)
	require.NoError(t, err)
	_, err = p.Attach(t.Context(), upgrade.Subject{Trial: true}, svc)
	require.ErrorIs(t, err, upgrade.ErrNotRunning)
	trial, err := p.Start(t.Context(), upgrade.Subject{Trial: true}, svc)
	require.NoError(t, err)
	require.NoError(t, trial.Stop(t.Context()))
	_, err = p.Attach(t.Context(), upgrade.Subject{}, svc)
	require.NoError(t, err, "production runs on")
	require.NoError(t, production.Stop(t.Context()))
}

func TestPlain_Wait(t *testing.T) {
	p := processes(t)
	tests := []struct {
		name, script, state string
	}{
		{"success", "echo fine", ""},
		{"a code", "echo failed; exit 3", "exit status 3"},
		{"a signal", "echo failed; kill -9 $$", "signal: killed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			proc, err := p.Start(t.Context(), upgrade.Subject{}, upgrade.Service{Name: "ends", Argv: []string{"/bin/sh", "-c", tt.script}})
			require.NoError(t, err)
			err = proc.Wait(t.Context())
			if tt.state == "" {
				assert.NoError(t, err)
				return
			}
			var state *StateError
			require.ErrorAs(t, err, &state)
			assert.Equal(t, "ends: "+tt.state, state.Error())
			assert.Equal(t, "failed\n", string(state.Output), "the output since this start alone")
		})
	}
}

// TestProcesses_afterCrash: what a starter that was killed left is found, read and stopped by another.
func TestProcesses_afterCrash(t *testing.T) {
	p := processes(t)
	require.NoError(t, os.WriteFile(filepath.Join(p.Dir, "served.log"), []byte("of an earlier run\n"), 0o640))
	kill := startAs(t, as(t, "starter", p.Dir, "finished"), "started")
	kill()
	svc := upgrade.Service{Name: "served", Argv: as(t, "server", "ready"), StopTimeout: 5 * time.Second}
	proc, err := p.Attach(t.Context(), upgrade.Subject{}, svc)
	require.NoError(t, err)
	eventually(t, func() bool { return strings.HasPrefix(read(t, proc), "serves as ") }, "the log since the start")
	_, err = p.Start(t.Context(), upgrade.Subject{}, svc)
	require.ErrorIs(t, err, ErrRunning)
	require.NoError(t, proc.Stop(t.Context()))
	require.NoError(t, proc.Wait(t.Context()))
	_, err = p.Attach(t.Context(), upgrade.Subject{}, svc)
	require.ErrorIs(t, err, upgrade.ErrNotRunning)
}

// TestProcesses_ended: one that ended by itself is found with its log, also by another and after another's start; Stop forgets it.
func TestProcesses_ended(t *testing.T) {
	p := processes(t)
	svc := upgrade.Service{Name: "ends", Argv: []string{"/bin/sh", "-c", "echo why; exit 3"}}
	for range 2 {
		started, err := p.Start(t.Context(), upgrade.Subject{}, svc)
		require.NoError(t, err)
		require.Error(t, started.Wait(t.Context()))
		ended, err := (&Processes{Dir: p.Dir}).Attach(t.Context(), upgrade.Subject{}, svc)
		require.ErrorIs(t, err, upgrade.ErrNotRunning)
		assert.Equal(t, "why\n", read(t, ended), "since the last start")
		require.NoError(t, ended.Wait(t.Context()))
	}
	ended, err := p.Attach(t.Context(), upgrade.Subject{}, svc)
	require.ErrorIs(t, err, upgrade.ErrNotRunning)
	require.NoError(t, ended.Stop(t.Context()))
	ended, err = p.Attach(t.Context(), upgrade.Subject{}, svc)
	require.ErrorIs(t, err, upgrade.ErrNotRunning)
	assert.Nil(t, ended)
}

// TestPlain_Started: a start time is never too early, and not much too late.
func TestPlain_Started(t *testing.T) {
	p := processes(t)
	before := time.Now()
	proc, err := p.Start(t.Context(), upgrade.Subject{}, upgrade.Service{Name: "served", Argv: as(t, "server", "ready")})
	require.NoError(t, err)
	after := time.Now()
	for range 20 {
		assert.WithinRange(t, proc.(*plain).Started(), before, after.Add(time.Second))
		time.Sleep(tick / 3)
	}
	require.NoError(t, proc.Stop(t.Context()))
	assert.Zero(t, startTime(0))
	assert.Zero(t, startTime(1<<62), "after now")
}

// TestProcesses_unfinished: a starter that was killed between the start and the pid file leaves a process that is found by its note.
func TestProcesses_unfinished(t *testing.T) {
	for _, by := range []string{"attach", "start"} {
		t.Run(by, func(t *testing.T) {
			p := processes(t)
			out, err := exec.Command(as(t, "starter")[0], as(t, "starter", p.Dir, "unfinished")[1:]...).CombinedOutput()
			require.NoError(t, err, string(out))
			require.NoFileExists(t, filepath.Join(p.Dir, "served.pid"))
			svc := upgrade.Service{Name: "served", Argv: as(t, "server", "ready")}
			if by == "start" {
				_, err = p.Start(t.Context(), upgrade.Subject{}, svc)
				require.ErrorIs(t, err, ErrRunning)
			}
			proc, err := p.Attach(t.Context(), upgrade.Subject{}, svc)
			require.NoError(t, err)
			require.FileExists(t, filepath.Join(p.Dir, "served.pid"))
			eventually(t, func() bool { return strings.HasPrefix(read(t, proc), "serves as ") }, "the log since the start")
			require.NoError(t, proc.Stop(t.Context()))
		})
	}
	t.Run("nothing was started", func(t *testing.T) {
		p := processes(t)
		svc := upgrade.Service{Name: "served", Argv: as(t, "server", "ready")}
		place, err := p.place(upgrade.Subject{}, svc)
		require.NoError(t, err)
		after, err := ticks()
		require.NoError(t, err)
		require.NoError(t, place.writeNote(note{Argv: svc.Argv, After: after}))
		_, err = p.Attach(t.Context(), upgrade.Subject{}, svc)
		require.ErrorIs(t, err, upgrade.ErrNotRunning)
		require.NoFileExists(t, place.PIDFile+noteSuffix)
	})
}

// TestProcesses_orphans: where the main process was killed, its children still are what runs.
func TestProcesses_orphans(t *testing.T) {
	for _, then := range []string{"stop", "start"} {
		t.Run(then, func(t *testing.T) {
			p := processes(t)
			file := filepath.Join(t.TempDir(), "child")
			svc := upgrade.Service{Name: "served", Argv: as(t, "server", "deaf", file), StopTimeout: 200 * time.Millisecond}
			first, err := p.Start(t.Context(), upgrade.Subject{}, svc)
			require.NoError(t, err)
			var child int
			eventually(t, func() bool {
				b, _ := os.ReadFile(file)
				child, _ = strconv.Atoi(string(b))
				return child > 0
			}, "a child")
			require.NoError(t, first.(*plain).signal(syscall.SIGKILL))
			var state *StateError
			require.ErrorAs(t, first.Wait(t.Context()), &state)
			st, ok := readStat(child)
			require.True(t, ok && st.alive(), "the child lives on")

			left, err := p.Attach(t.Context(), upgrade.Subject{}, svc)
			require.NoError(t, err)
			require.NoError(t, left.Wait(t.Context()), "the main process is gone")
			if then == "stop" {
				require.NoError(t, left.Stop(t.Context()))
			} else {
				second, err := p.Start(t.Context(), upgrade.Subject{}, svc)
				require.NoError(t, err)
				defer second.Stop(context.Background())
			}
			st, ok = readStat(child)
			require.False(t, ok && st.alive(), "the child is gone")
		})
	}
}

// TestProcesses_foreign: pid files as other programs write them.
func TestProcesses_foreign(t *testing.T) {
	p := processes(t)
	svc := upgrade.Service{Name: "served"}
	pidfile := filepath.Join(p.Dir, "served.pid")
	require.NoError(t, os.WriteFile(filepath.Join(p.Dir, "served.log"), []byte("all of it\n"), 0o640))
	me, ok := readStat(os.Getpid())
	require.True(t, ok)
	tests := []struct {
		name, pid, start string
		running          bool
	}{
		{"as it should be", fmt.Sprintf("%d\n", os.Getpid()), strconv.FormatUint(me.start, 10), true},
		{"a recycled pid", fmt.Sprintf("%d\n", os.Getpid()), strconv.FormatUint(me.start-1, 10), false},
		{"no start time", fmt.Sprintf("%d\n", os.Getpid()), "", false},
		{"process 1", "1\n", "0", false},
		{"empty", "", "", false},
		{"no number", "x\n", "y", false},
		{"negative", "-1\n", "1", false},
		{"huge", strings.Repeat("9", 100), "1", false},
	}
	for _, tt := range tests {
		require.NoError(t, os.WriteFile(pidfile, []byte(tt.pid), 0o644))
		require.NoError(t, os.WriteFile(pidfile+startSuffix, []byte(tt.start), 0o644))
		proc, err := p.Attach(t.Context(), upgrade.Subject{}, svc)
		if !tt.running {
			assert.ErrorIs(t, err, upgrade.ErrNotRunning, tt.name)
			continue
		}
		require.NoError(t, err, tt.name)
		assert.Equal(t, "all of it\n", read(t, proc))
	}
	require.NoError(t, os.WriteFile(pidfile, nil, 0o644)) // this process is not the test's to end
}

// TestHandle: a zombie is dead, and a signal never reaches another process that has the pid now.
func TestHandle(t *testing.T) {
	cmd := exec.Command("/bin/sleep", "60")
	require.NoError(t, cmd.Start())
	st, ok := readStat(cmd.Process.Pid)
	require.True(t, ok)
	h := handle{cmd.Process.Pid, st.start}
	assert.True(t, h.alive())
	other := handle{h.pid, h.start + 1}
	assert.False(t, other.alive())
	require.NoError(t, other.signal(syscall.SIGKILL))
	time.Sleep(50 * time.Millisecond)
	require.True(t, h.alive(), "the process of another start time was not signalled")
	require.NoError(t, h.signal(syscall.SIGKILL))
	eventually(t, func() bool { st, ok := readStat(h.pid); return ok && st.state == 'Z' }, "a zombie")
	assert.False(t, h.alive())
	require.NoError(t, h.signal(syscall.SIGKILL), "what has ended is no error")
	assert.Error(t, cmd.Wait())
}

// TestPlain_Stop_context: a Stop whose context ends returns at once and kills nothing.
func TestPlain_Stop_context(t *testing.T) {
	p := processes(t)
	svc := upgrade.Service{Name: "served", Argv: as(t, "server", "deaf"), StopTimeout: time.Minute}
	proc, err := p.Start(t.Context(), upgrade.Subject{}, svc)
	require.NoError(t, err)
	eventually(t, func() bool { return read(t, proc) != "" }, "a service that ignores SIGTERM by now")
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, proc.Stop(ctx), context.DeadlineExceeded)
	again, err := p.Attach(t.Context(), upgrade.Subject{}, upgrade.Service{Name: "served", StopTimeout: 100 * time.Millisecond})
	require.NoError(t, err)
	require.NoError(t, again.Stop(t.Context()))
	require.NoError(t, proc.Wait(t.Context()), "it was stopped")
}

func TestProcesses_Run(t *testing.T) {
	p := processes(t)
	who := someone(t)
	config := upgrade.Config{Env: map[string]string{"A": "1"}}
	r, err := p.Run(t.Context(), upgrade.Subject{Config: config}, upgrade.Command{Name: "w", Argv: asAnyone(t, "witness"), User: who.Username})
	require.NoError(t, err)
	var got seen
	require.NoError(t, json.Unmarshal(r.Output, &got))
	assert.Equal(t, []string{"A=1", "PATH=" + DefaultPath}, got.Env)
	assert.Equal(t, []any{who.Uid, "/", "/dev/null", 0o022, true}, []any{strconv.Itoa(got.Uid), got.Dir, got.Stdin, got.Umask, got.Leads})
	assert.Empty(t, got.Descriptors)
	assertGroups(t, who, got.Groups)

	r, err = p.Run(t.Context(), upgrade.Subject{}, upgrade.Command{Name: "db sync", Argv: []string{"sh", "-c", "echo secret; kill -9 $$"}})
	assert.Equal(t, -1, r.Code)
	assert.EqualError(t, err, "db sync: signal: killed")
	r, err = p.Run(t.Context(), upgrade.Subject{}, upgrade.Command{Name: "db sync", Argv: []string{"sh", "-c", "echo secret; exit 7"}})
	assert.Equal(t, 7, r.Code)
	assert.EqualError(t, err, "db sync: exit code 7", "output is in the Result alone")
	_, err = p.Run(t.Context(), upgrade.Subject{}, upgrade.Command{Name: "db sync", Argv: []string{"sleep", "60"}, Timeout: 50 * time.Millisecond})
	assert.EqualError(t, err, "db sync: not done after 50ms: context deadline exceeded")
	assert.ErrorIs(t, err, context.DeadlineExceeded)
}

// TestProcesses_Run_daemon: what a command leaves in its session is ended, though it holds the output open.
func TestProcesses_Run_daemon(t *testing.T) {
	p := processes(t)
	began := time.Now()
	r, err := p.Run(t.Context(), upgrade.Subject{}, upgrade.Command{Name: "leaves", Argv: []string{"sh", "-c", "sleep 60 & echo $!"}})
	require.NoError(t, err)
	assert.Less(t, time.Since(began), 30*time.Second)
	pid, err := strconv.Atoi(strings.TrimSpace(string(r.Output)))
	require.NoError(t, err)
	st, ok := readStat(pid)
	assert.False(t, ok && st.alive())
}

// TestProcesses_Run_dies: a command does not outlive its caller.
func TestProcesses_Run_dies(t *testing.T) {
	file := filepath.Join(t.TempDir(), "child")
	cmd := exec.Command(as(t, "commander")[0], as(t, "commander", file)[1:]...)
	require.NoError(t, cmd.Start())
	var child int
	eventually(t, func() bool {
		b, _ := os.ReadFile(file)
		child, _ = strconv.Atoi(string(b))
		return child > 0
	}, "a command that runs")
	st, ok := readStat(child)
	require.True(t, ok)
	main, ok := readStat(st.ppid)
	require.True(t, ok)
	command := handle{st.ppid, main.start}
	require.True(t, command.alive())
	require.NoError(t, cmd.Process.Kill())
	assert.Error(t, cmd.Wait())
	eventually(t, func() bool { return !command.alive() }, "the command lives on")
	require.NoError(t, endSession(context.Background(), command)) // its own children are no longer the kernel's business
}

// startAs starts a role, waits until it prints a line, and gives what kills it.
func startAs(t *testing.T, argv []string, line string) func() {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	said, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err, said)
	require.Equal(t, line, strings.TrimSpace(said))
	return func() {
		require.NoError(t, cmd.Process.Kill())
		var exit *exec.ExitError
		require.True(t, errors.As(cmd.Wait(), &exit))
	}
}

func TestParseStat(t *testing.T) {
	const rest = " S 10 20 30 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4242 1 2 3"
	tests := []struct {
		line string
		want procStat
		ok   bool
	}{
		{"7 (cinder-volume)" + rest, procStat{'S', 10, 30, 4242}, true},
		{"7 (a) Z 1 1 1) b)" + rest, procStat{'S', 10, 30, 4242}, true},
		{"7 (line\nend)" + rest, procStat{'S', 10, 30, 4242}, true},
		{"", procStat{}, false},
		{"7 (cut) S 10 20", procStat{}, false},
		{"7 (x) S a b c 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 d", procStat{'S', 0, 0, 0}, false},
	}
	for _, tt := range tests {
		got, ok := parseStat([]byte(tt.line))
		assert.Equal(t, tt.ok, ok, tt.line)
		assert.Equal(t, tt.want, got, tt.line)
	}
}

func FuzzParseStat(f *testing.F) {
	f.Add([]byte("7 (a b) S 10 20 30 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4242 1 2 3"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if st, ok := parseStat(b); ok && st.state == 0 {
			t.Error("a process without a state")
		}
	})
}
