package supervise

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"

	"github.com/chandlery-go/chandlery/upgrade"
)

// outputWait is how long output is still read after a command has ended, where something that it started holds the pipe.
const outputWait = time.Second

// commandUmask is that of commands.
const commandUmask = 0o022

// run runs a command as a process of its own session that dies with its caller, and leaves nothing of that session running.
func run(ctx context.Context, s upgrade.Subject, c upgrade.Command) (upgrade.Result, error) {
	limited, cancel := ctx, context.CancelFunc(func() {})
	if c.Timeout > 0 {
		limited, cancel = context.WithTimeout(ctx, c.Timeout)
	}
	defer cancel()
	var out tail
	cmd, err := command(limited, s, c)
	if err != nil {
		return upgrade.Result{Code: -1}, &CommandError{Command: c.Name, Code: -1, Err: err}
	}
	cmd.Stdout, cmd.Stderr = &out, &out
	began := time.Now()
	left, err := toItsEnd(ctx, cmd)
	r := upgrade.Result{Code: -1, Output: out.bytes(), Duration: time.Since(began)}
	switch {
	case cmd.ProcessState == nil: // err says why it did not start
	case cmd.ProcessState.Exited():
		r.Code = cmd.ProcessState.ExitCode()
		return r, errors.Join(judge(c, r.Code), left)
	case ctx.Err() != nil:
		err = ctx.Err()
	case limited.Err() != nil:
		err = fmt.Errorf("not done after %v: %w", c.Timeout, limited.Err())
	default:
		err = errors.New(cmd.ProcessState.String())
	}
	return r, errors.Join(&CommandError{Command: c.Name, Code: r.Code, Err: err}, left)
}

// command is a command with its subject put in; its environment is that of a service that has none of its own.
func command(ctx context.Context, s upgrade.Subject, c upgrade.Command) (*exec.Cmd, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	argv, err := Expand(s, c.Argv)
	if err != nil {
		return nil, err
	}
	env := Environ(s, upgrade.Service{})
	if err := checkEnv(env); err != nil {
		return nil, err
	}
	if argv[0], err = lookPath(argv[0], env["PATH"]); err != nil {
		return nil, err
	}
	attr, err := attributes(c.User)
	if err != nil {
		return nil, err
	}
	attr.Pdeathsig = syscall.SIGKILL
	cmd := exec.CommandContext(ctx, argv[0])
	cmd.Args, cmd.Env, cmd.Dir, cmd.SysProcAttr, cmd.WaitDelay = argv, environList(env), "/", attr, outputWait
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd, nil
}

// toItsEnd starts a command and waits for it on one thread, as the kernel kills it when the thread that started it ends (prctl(2), PR_SET_PDEATHSIG).
// left says what of its session could not be ended, err why it did not start.
func toItsEnd(ctx context.Context, cmd *exec.Cmd) (left, err error) {
	if err := closeInherited(); err != nil {
		return nil, err
	}
	err = onThread(commandUmask, func() error {
		if err := cmd.Start(); err != nil {
			return err
		}
		st, _ := readStat(cmd.Process.Pid)
		err := cmd.Wait()
		left = endSession(ctx, handle{cmd.Process.Pid, st.start})
		return err
	})
	return left, err
}
