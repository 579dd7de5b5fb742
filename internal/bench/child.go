package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"
)

// usage is what a contender took.
type usage struct {
	Wall float64 `json:"wall"` // seconds
	CPU  float64 `json:"cpu"`  // seconds, user and system, of all processes; 0: not known
	Peak int64   `json:"peak"` // bytes of resident memory, of the largest process; 0: not known
}

// plus is one after the other.
func (u usage) plus(v usage) usage {
	return usage{u.Wall + v.Wall, u.CPU + v.CPU, max(u.Peak, v.Peak)}
}

// measure runs processes one after the other. The error of one that fails ends with what it said.
func (s *site) measure(cmds ...*exec.Cmd) (usage, error) {
	var total usage
	for _, cmd := range cmds {
		u, err := s.measureOne(cmd)
		if err != nil {
			return total, err
		}
		total = total.plus(u)
	}
	return total, nil
}

// measureOne lets a small process of this program start the other one and watch it: to a process that begins, Linux counts the memory of the one that
// started it, and this one has the mirror's.
func (s *site) measureOne(cmd *exec.Cmd) (usage, error) {
	told := s.path("usage.json")
	watcher := command(s.ctx, nil, s.tools.self, append([]string{"watch", told, cmd.Path}, cmd.Args[1:]...)...)
	watcher.Env, watcher.Dir = cmd.Env, cmd.Dir
	if err := s.quietly(watcher); err != nil {
		return usage{}, err
	}
	b, err := os.ReadFile(told)
	if err != nil {
		return usage{}, err
	}
	var w watched
	err = json.Unmarshal(b, &w)
	s.began = w.Began
	return w.usage(), err
}

// watched is what runWatch tells.
type watched struct {
	Began     time.Time
	Wall, CPU float64
	Peak      int64
}

func (w watched) usage() usage { return usage{w.Wall, w.CPU, w.Peak} }

// runWatch is the process: watch FILE PROGRAM ARGUMENT...
func runWatch(ctx context.Context, args []string) error {
	if len(args) < 2 {
		return errors.New("usage: watch FILE PROGRAM ARGUMENT")
	}
	cmd := command(ctx, nil, args[1], args[2:]...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	w := watched{Began: time.Now()}
	err := cmd.Run()
	w.Wall = time.Since(w.Began).Seconds()
	if err != nil {
		return err
	}
	w.CPU = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	w.Peak = peak(cmd.ProcessState)
	b, err := json.Marshal(w)
	if err != nil {
		return err
	}
	return os.WriteFile(args[0], b, 0o644)
}

// tail keeps the last of what is written.
type tail struct{ b []byte }

func (t *tail) Write(p []byte) (int, error) {
	const limit = 4 << 10
	t.b = append(t.b, p...)
	if over := len(t.b) - limit; over > 0 {
		t.b = t.b[over:]
	}
	return len(p), nil
}

func (t *tail) String() string { return string(t.b) }

// quietly runs processes one after the other. The error of one that fails ends with what it said.
func (s *site) quietly(cmds ...*exec.Cmd) error {
	for _, cmd := range cmds {
		said := &tail{}
		cmd.Stdout = io.MultiWriter(s.log, said)
		cmd.Stderr = cmd.Stdout
		fmt.Fprintln(s.log, "$", cmd.Args)
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w\n%s", cmd.Args, err, said)
		}
	}
	return nil
}

// output runs a process and gives its standard output.
func (s *site) output(cmd *exec.Cmd) (string, error) {
	b, err := cmd.Output()
	if err != nil {
		if exit, ok := err.(*exec.ExitError); ok {
			err = fmt.Errorf("%w\n%s", err, exit.Stderr)
		}
		return string(b), fmt.Errorf("%s: %w", cmd.Args, err)
	}
	return string(b), nil
}

// command is a process with further variables in its environment.
func command(ctx context.Context, variables []string, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	cmd.Env = append(cmd.Environ(), variables...)
	return cmd
}
