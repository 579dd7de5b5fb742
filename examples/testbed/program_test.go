//go:build testbed

package testbed

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
)

// seconds is a number of them.
func seconds(n int) time.Duration { return time.Duration(n) * time.Second }

// line is one JSON line of chandlery.
type line struct {
	Event     string          `json:"event"`
	Component string          `json:"component"`
	Round     int             `json:"round"`
	Step      upgrade.Step    `json:"step"`
	Message   string          `json:"message"`
	OK        bool            `json:"ok"`
	ExitCode  int             `json:"exit_code"`
	Kind      string          `json:"kind"`
	Result    json.RawMessage `json:"result"`
}

// run is one run of chandlery.
type run struct {
	*bed
	cmd    *exec.Cmd
	took   time.Duration
	paused map[upgrade.Step]time.Duration // by the test, for a look at production
	lines  []line
	last   line // the result
	stderr bytes.Buffer
	exit   error
}

// pausing is a process that the test has stopped for a moment, at an event of its.
func (r *run) pausing(step upgrade.Step, look func()) {
	began := time.Now()
	require.NoError(r.t, r.cmd.Process.Signal(syscall.SIGSTOP))
	defer func() {
		require.NoError(r.t, r.cmd.Process.Signal(syscall.SIGCONT))
		r.paused[step] += time.Since(began)
	}()
	look()
}

// chandlery runs `chandlery upgrade` with --json, to its end; observe sees each line as it comes.
func (b *bed) chandlery(observe func(*run, line), args ...string) *run {
	b.t.Helper()
	r := &run{bed: b, paused: map[upgrade.Step]time.Duration{}}
	r.cmd = b.upgradeCommand(append(args, "--json")...)
	r.cmd.Stderr = &r.stderr
	stdout, err := r.cmd.StdoutPipe()
	require.NoError(b.t, err)
	began := time.Now()
	require.NoError(b.t, r.cmd.Start())
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var l line
		if !assert.NoError(b.t, json.Unmarshal(lines.Bytes(), &l), "%s", lines.Bytes()) {
			continue
		}
		r.lines = append(r.lines, l)
		if observe != nil {
			observe(r, l)
		}
	}
	r.exit = r.cmd.Wait()
	r.took = time.Since(began)
	if n := len(r.lines); n > 0 && r.lines[n-1].Event == "result" {
		r.last = r.lines[n-1]
		assert.Equal(b.t, r.cmd.ProcessState.ExitCode(), r.last.ExitCode, "exit code")
	}
	b.t.Logf("%6.1f s  chandlery upgrade %s: %s", r.took.Seconds(), strings.Join(args, " "), r.cmd.ProcessState)
	return r
}

// upgradeCommand is chandlery upgrade VERB, as a user types it.
func (b *bed) upgradeCommand(args ...string) *exec.Cmd {
	flags := []string{"--config", b.config()}
	if args[0] != "status" {
		flags = append(flags, "--index", suite.index, "--cache", suite.cache)
	}
	return exec.Command(suite.program, append(append([]string{"upgrade", args[0]}, flags...), args[1:]...)...)
}

// text runs a verb as text, which must hold each of the words; it must end well.
func (b *bed) text(args []string, words ...string) {
	b.t.Helper()
	out, err := b.upgradeCommand(args...).CombinedOutput()
	require.NoError(b.t, err, "chandlery upgrade %q: %s", args, out)
	b.t.Logf("chandlery upgrade %q: %d lines of text", args, bytes.Count(out, []byte("\n")))
	for _, w := range words {
		assert.Contains(b.t, string(out), w)
	}
}

// messages are what a run said of problems.
func (r *run) messages() string {
	var all []string
	for _, l := range r.lines {
		if l.Event == "problem" || l.Event == string(upgrade.StepFailed) {
			all = append(all, fmt.Sprintf("%s: %s", l.Step, l.Message))
		}
	}
	return strings.Join(append(all, r.stderr.String()), "\n")
}

// good demands that a run ended well, and reads its result.
func good[T any](r *run) (result T) {
	r.t.Helper()
	require.NoError(r.t, r.exit, "%s", r.messages())
	require.True(r.t, r.last.OK, "%s", r.messages())
	require.NoError(r.t, json.Unmarshal(r.last.Result, &result), "%s", r.last.Result)
	return result
}

// one is the only one of a list.
func one[T any](r *run) T {
	r.t.Helper()
	all := good[[]T](r)
	require.Len(r.t, all, 1)
	return all[0]
}
