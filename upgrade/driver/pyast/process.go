package pyast

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
)

//go:embed serve.py
var serveProgram string

//go:embed names.py
var namesProgram string

// bootstrap reads the program's parts, one JSON line, and runs them in one namespace. It is short, as Windows bounds a command line.
const bootstrap = `import json, sys
space = {"__name__": "pyast"}
for name, text in json.loads(sys.stdin.buffer.readline().decode()):
    exec(compile(text, name, "exec"), space)`

// part is one file of a program.
type part [2]string // name, text

// program is what an interpreter runs around a reader, whose last part defines answer(request).
func program(reader ...part) []part {
	limits := fmt.Sprintf("MAX_MEMORY = %d\n", int64(MaxMemory))
	return slices.Concat([]part{{"limits.py", limits}, {"names.py", namesProgram}}, reader, []part{{"serve.py", serveProgram}})
}

// process is one running interpreter.
type process struct {
	python string
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    *bufio.Reader
	stderr *tail
	slow   atomic.Bool
	ended  bool
}

// reply is one line of serve.py.
type reply struct {
	ID             int
	Value          json.RawMessage
	Refused        *refusal
	Version        [2]int // of the first line, with Implementation
	Implementation string
}

// refusal says why a source was not read.
type refusal struct {
	File    string
	Reason  string // of what is no matter of syntax
	Line    int
	Text    string
	Python2 bool
}

var (
	errDied   = errors.New("it died")
	errTooBig = fmt.Errorf("it answers with more than %d bytes", MaxAnswer)
)

// start runs an interpreter with a program until it says hello. It lives until stop, or until ctx ends.
func (r *Reader) start(ctx context.Context, parts []part) (*process, error) {
	p := &process{python: r.Python, cmd: exec.CommandContext(ctx, r.Python, "-I", "-S", "-B", "-W", "ignore", "-c", bootstrap), stderr: &tail{}}
	ownGroup(p.cmd)
	p.cmd.Cancel = func() error { killGroup(p.cmd.Process); return nil }
	p.cmd.Stderr, p.cmd.WaitDelay = p.stderr, time.Second
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReaderSize(out, 64<<10)
	if err := p.cmd.Start(); err != nil {
		return nil, &ProcessError{Python: r.Python, Err: err}
	}
	if err := p.hello(parts); err != nil {
		p.stop()
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, &ProcessError{Python: r.Python, Stderr: p.stderr.text(), Err: err}
	}
	return p, nil
}

func (p *process) hello(parts []part) error {
	defer p.limit(startTime)()
	line, err := json.Marshal(parts)
	if err != nil {
		return err
	}
	answer, err := p.exchange(line)
	switch {
	case err != nil:
		return err
	case answer.Implementation != "cpython" || answer.Version[0] != 3 || answer.Version[1] < 6:
		return fmt.Errorf("it is %.20q %d.%d", answer.Implementation, answer.Version[0], answer.Version[1])
	}
	return nil
}

// ask gives the interpreter one request and waits for its answer. After an error that wraps errDied, errTooBig or ErrTooSlow the process is of no use.
func (p *process) ask(id int, request any, limit time.Duration) (*reply, error) {
	defer p.limit(limit)()
	line, err := json.Marshal(struct {
		ID      int
		Request any
	}{id, request})
	if err != nil {
		return nil, err
	}
	answer, err := p.exchange(line)
	if err == nil && (answer.ID != id || (answer.Value == nil) == (answer.Refused == nil)) {
		err = errors.New("it answers what was not asked")
	}
	return answer, err
}

// limit kills the process unless the function that it gives is called in time.
func (p *process) limit(d time.Duration) (done func()) {
	timer := time.AfterFunc(d, func() {
		p.slow.Store(true)
		killGroup(p.cmd.Process)
	})
	return func() { timer.Stop() }
}

func (p *process) exchange(line []byte) (*reply, error) {
	_, err := p.in.Write(append(line, '\n'))
	var text []byte
	if err == nil {
		text, err = p.line()
	}
	switch {
	case p.slow.Load():
		return nil, ErrTooSlow
	case errors.Is(err, errTooBig):
		return nil, err
	case err != nil:
		return nil, errDied
	}
	answer := &reply{ID: -1}
	if err := json.Unmarshal(text, answer); err != nil {
		return nil, fmt.Errorf("its answer is unreadable: %w", err)
	}
	return answer, nil
}

// line reads one line of at most MaxAnswer bytes.
func (p *process) line() ([]byte, error) {
	var text []byte
	for {
		piece, err := p.out.ReadSlice('\n')
		if len(text)+len(piece) > MaxAnswer {
			return nil, errTooBig
		}
		text = append(text, piece...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			return text, err
		}
	}
}

// stop kills the process: it keeps nothing.
func (p *process) stop() {
	if p.ended {
		return
	}
	p.ended = true
	killGroup(p.cmd.Process)
	_ = p.in.Close()
	_ = p.cmd.Wait()
}

// tail keeps the end of what is written.
type tail struct{ kept []byte }

const maxStderr = 2 << 10 // bytes

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p[max(0, len(p)-maxStderr):]...)
	t.kept = t.kept[max(0, len(t.kept)-maxStderr):]
	return len(p), nil
}

// text is what may be shown. The process has ended.
func (t *tail) text() string {
	printable := func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' {
			return -1
		}
		return r
	}
	return strings.TrimSpace(strings.Map(printable, strings.ToValidUTF8(string(t.kept), "")))
}
