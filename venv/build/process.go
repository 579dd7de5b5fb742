package build

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
	"unicode"
)

// MaxOutput bounds what a BuildError keeps of a build's output, in bytes: its end.
const MaxOutput = 32 << 10

// grace is how long the output of a command that has ended may take to arrive.
const grace = time.Second

// run runs a command with its output to out, in a process group of its own, and kills the group when ctx ends, and when the command has ended: nothing that a
// build starts outlives it, unless it hides from its group.
func run(ctx context.Context, cmd *exec.Cmd, out *tail) error {
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = out, out, grace
	ownGroup(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { killGroup(cmd.Process) })
	err := cmd.Wait()
	stop()
	killGroup(cmd.Process)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, exec.ErrWaitDelay): // something that it started held the output open; it is killed, and the command itself has ended well
		return nil
	case err != nil:
		return fmt.Errorf("it ended: %w", err)
	}
	return nil
}

// tail keeps the end of what is written. exec gives it one writer at a time, as stdout and stderr are the same.
type tail struct{ kept []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p[max(0, len(p)-MaxOutput):]...)
	if len(t.kept) > 2*MaxOutput {
		t.kept = append(t.kept[:0], t.kept[len(t.kept)-MaxOutput:]...)
	}
	return len(p), nil
}

func (t *tail) text() string {
	printable := func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}
	end := t.kept[max(0, len(t.kept)-MaxOutput):]
	return strings.TrimSpace(strings.Map(printable, strings.ToValidUTF8(string(end), "")))
}
