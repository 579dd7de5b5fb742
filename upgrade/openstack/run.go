package openstack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// CommandError says that a program of the host did not do its work. It holds the program's name and the end of its standard error, and no argument.
type CommandError struct {
	Program string
	Code    int // -1: it did not run, or was killed
	Text    string
	Err     error
}

func (e *CommandError) Error() string {
	if e.Text == "" {
		return fmt.Sprintf("%s: %v", e.Program, e.Err)
	}
	return fmt.Sprintf("%s: %s", e.Program, e.Text)
}

func (e *CommandError) Unwrap() error { return e.Err }

const maxStderr = 4 << 10 // bytes

// run runs a program of the host in a plain environment. It ends with ctx.
func run(ctx context.Context, argv []string, stdin io.Reader, stdout io.Writer) error {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"}
	cmd.WaitDelay = 5 * time.Second
	errs := &tail{}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, errs
	err := cmd.Run()
	if err == nil {
		return nil
	}
	failed := &CommandError{Program: filepath.Base(argv[0]), Code: -1, Text: strings.TrimSpace(errs.b.String()), Err: err}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		failed.Code = exit.ExitCode()
	}
	if ctx.Err() != nil {
		failed.Err = errors.Join(ctx.Err(), err)
	}
	return failed
}

// tail keeps the end of what is written.
type tail struct{ b bytes.Buffer }

func (t *tail) Write(b []byte) (int, error) {
	t.b.Write(b)
	if over := t.b.Len() - maxStderr; over > 0 {
		t.b.Next(over)
	}
	return len(b), nil
}
