package build

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// offspring is a build that starts a process, which starts another, and notes the ids of all three.
const offspring = `
def build(folder):
    child = "import os, subprocess, sys, time; p = subprocess.Popen(['sleep', '300']); print(os.getpid(), p.pid, flush=True); time.sleep(300)"
    p = subprocess.Popen([sys.executable, "-c", child], stdout=subprocess.PIPE)
    ids = p.stdout.readline().decode()
    with open(LOG + ".new", "w") as f:
        f.write("%d %s" % (os.getpid(), ids))
    os.rename(LOG + ".new", LOG)
`

// processes waits for the ids of an offspring.
func processes(t *testing.T, log string) []int {
	t.Helper()
	var ids []int
	require.Eventually(t, func() bool {
		b, err := os.ReadFile(log)
		if err != nil || len(strings.Fields(string(b))) != 3 {
			return false
		}
		for _, f := range strings.Fields(string(b)) {
			id, err := strconv.Atoi(f)
			require.NoError(t, err)
			ids = append(ids, id)
		}
		return true
	}, 30*time.Second, 10*time.Millisecond)
	return ids
}

// running reports whether a process runs. One that has ended and that nobody has waited for does not.
func running(t *testing.T, id int) bool {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(id), "stat"))
	if os.IsNotExist(err) || err != nil && strings.Contains(err.Error(), syscall.ESRCH.Error()) {
		return false
	}
	require.NoError(t, err)
	_, state, ok := strings.Cut(string(b), ") ")
	require.True(t, ok)
	return state[0] != 'Z' && state[0] != 'X'
}

func assertGone(t *testing.T, ids []int) {
	t.Helper()
	for _, id := range ids {
		assert.Eventually(t, func() bool { return !running(t, id) }, 5*time.Second, 10*time.Millisecond, "process %d runs on", id)
	}
}

func TestCancel(t *testing.T) {
	var s shop
	p := newProject(t, "demo")
	p.code = offspring + "    time.sleep(300)\n"
	p.log += ".ids"
	f := s.sdist(t, quiet(p).source())
	b := s.builder(t)
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() {
		_, err := b.Wheel(ctx, f)
		result <- err
	}()
	ids := processes(t, p.log)
	for _, id := range ids {
		require.True(t, running(t, id))
	}
	cancel()
	select {
	case err := <-result:
		require.ErrorIs(t, err, context.Canceled)
	case <-time.After(10 * time.Second):
		t.Fatal("it does not end with its context")
	}
	assertGone(t, ids)
}

func TestTimeout(t *testing.T) {
	var s shop
	p := newProject(t, "demo")
	p.code = offspring + "    print('still busy', flush=True)\n    time.sleep(300)\n"
	f := s.sdist(t, quiet(p).source())
	b := s.builder(t)
	b.Timeout = 3 * time.Second
	_, err := b.Wheel(context.Background(), f)
	require.ErrorIs(t, err, ErrTimeout)
	var wrong *BuildError
	require.ErrorAs(t, err, &wrong)
	assert.Equal(t, "still busy", wrong.Output)
	assertGone(t, processes(t, p.log))
}

// What a build leaves running is ended with it.
func TestLeftBehind(t *testing.T) {
	var s shop
	p := newProject(t, "demo")
	p.code = offspring + "    return write_wheel(folder)\n"
	f := s.sdist(t, quiet(p).source())
	b := s.builder(t)
	_, err := b.Wheel(context.Background(), f)
	require.NoError(t, err)
	assertGone(t, processes(t, p.log))
}

// quiet is a project whose log is the offspring's alone.
func quiet(p project) project {
	p.code = "def note(hook):\n    pass\n" + p.code
	return p
}
