package python

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
	"unicode"
)

const (
	// ProbeTime is how long an interpreter may take to answer.
	ProbeTime = 30 * time.Second
	// MaxAnswer bounds what an interpreter may print, in bytes.
	MaxAnswer = 1 << 20

	maxStderr = 2 << 10 // bytes of its words that an error shows
)

//go:embed probe.py
var program string

// errOption says that the interpreter does not know -I, which came with 3.4.
var errOption = errors.New("unknown option")

// Probe runs the interpreter once, isolated, with a time limit, and reads its answer as hostile input. Python 2.7 and PyPy answer too, so that
// an old environment can be described (2.7 is run twice, as it does not know -I). The error is a *ProbeError with the interpreter's own words.
func Probe(ctx context.Context, path string) (*Interpreter, error) {
	return new(Prober).Probe(ctx, path)
}

// ask gives the answer's line of JSON.
func ask(ctx context.Context, path string, options ...string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, ProbeTime)
	defer cancel()
	word := rand.Text() // so that nothing else that is printed, by a .pth file say, is taken for the answer
	cmd := exec.CommandContext(ctx, path, append(options, "-c", program, word)...)
	stdout, stderr := &bounded{limit: MaxAnswer, stop: cancel}, &tail{limit: maxStderr}
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = stdout, stderr, time.Second
	err := cmd.Run()
	fail := func(err error) error { return &ProbeError{Path: path, Stderr: stderr.text(), Err: err} }
	var exit *exec.ExitError
	switch {
	case stdout.over:
		return nil, fail(fmt.Errorf("it prints more than %d bytes", MaxAnswer))
	case ctx.Err() != nil:
		return nil, fail(fmt.Errorf("no answer: %w", ctx.Err()))
	case errors.As(err, &exit) && exit.ExitCode() == 2 && strings.Contains(stderr.text(), "-I"):
		return nil, fail(errOption)
	case err != nil:
		return nil, fail(err)
	}
	line, err := answerLine(stdout.kept.Bytes(), word)
	if err != nil {
		return nil, fail(err)
	}
	return line, nil
}

// heard makes an Interpreter of an answer.
func heard(ctx context.Context, path string, line []byte) (*Interpreter, *answer, error) {
	a, err := readAnswer(line)
	if err != nil {
		return nil, nil, &ProbeError{Path: path, Err: err}
	}
	i, err := a.interpreter()
	if err == nil {
		i.Path = path
		err = i.complete(ctx)
	}
	if err != nil {
		return nil, nil, &ProbeError{Path: path, Err: err}
	}
	return i, a, nil
}

// bounded keeps what is written, and stops the writer when that is too much.
type bounded struct {
	kept  bytes.Buffer // not embedded: its ReadFrom would go past the limit
	limit int
	over  bool
	stop  func()
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.kept.Len()+len(p) > b.limit {
		b.over = true
		b.stop()
		return len(p), nil
	}
	return b.kept.Write(p)
}

// tail keeps the end of what is written.
type tail struct {
	kept  []byte
	limit int
}

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p[max(0, len(p)-t.limit):]...)
	t.kept = t.kept[max(0, len(t.kept)-t.limit):]
	return len(p), nil
}

func (t *tail) text() string {
	printable := func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return -1
		}
		return r
	}
	return strings.TrimSpace(strings.Map(printable, strings.ToValidUTF8(string(t.kept), "")))
}
