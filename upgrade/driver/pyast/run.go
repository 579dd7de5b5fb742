package pyast

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Limits of what is read. A source over its limit is a *SourceError, a call over its own an error of the call.
const (
	MaxSource = 4 << 20   // bytes of one source
	MaxFiles  = 50_000    // sources of one call
	MaxAnswer = 16 << 20  // bytes of what is told of one source, or of one driver
	MaxOutput = 512 << 20 // bytes of what is told in one call
	MaxMemory = 2 << 30   // bytes of address space of an interpreter, where the system can bound it

	// DefaultTimeout is how long one source may take.
	DefaultTimeout = time.Minute

	startTime = 30 * time.Second
	share     = 40 // sources that are worth a process
)

// Reader reads Python sources by a given interpreter. It is safe for concurrent use.
type Reader struct {
	Python  string        // required: the path of a CPython, 3.6 or later; the newer it is, the newer the sources that it reads
	Timeout time.Duration // of one source; 0: DefaultTimeout
	Logger  *slog.Logger  // nil discards
}

// Source is the text of one module.
type Source struct {
	Name    string // the dotted name as installed: cinder.volume.drivers.rbd
	Package bool   // an __init__.py
	Text    []byte // as in the file: the encoding is found as PEP 263 says
	File    string // what errors call it; "": Name
}

func (s Source) file() string { return cmp.Or(s.File, s.Name) }

// check holds one source against its limits.
func (s Source) check() error {
	if len(s.Text) > MaxSource {
		return &SourceError{File: s.file(), Err: fmt.Errorf("%w: %d bytes, and %d are allowed", ErrTooLarge, len(s.Text), MaxSource)}
	}
	return nil
}

// wireSource is a Source as names.py reads it.
type wireSource struct {
	Name    string
	Package bool
	Text    []byte // base64
	File    string
}

// wire is the Source as JSON has it: no text is an empty one, where null would be none.
func (s Source) wire() wireSource {
	return wireSource{s.Name, s.Package, append([]byte{}, s.Text...), s.file()}
}

// task is n requests to one program.
type task struct {
	program []part
	n       int
	request func(i int) (file string, request any)
	// take gets the answer to request i: a value, or a *SyntaxError or *SourceError. It is called by several goroutines at once, once for each i.
	take    func(i int, value json.RawMessage, err error) error
	timeout time.Duration // of one request
}

// run gives a task's requests to as many interpreters as are worth while. Its error is that of the whole task: ctx, a *ProcessError, or what take gives.
func (r *Reader) run(ctx context.Context, t task) error {
	if t.n > MaxFiles {
		return fmt.Errorf("%d sources are more than the %d of one call: give them in several", t.n, MaxFiles)
	}
	if r.Python == "" {
		return errors.New("pyast.Reader: Python is missing: give the path of a CPython 3.6 or later")
	}
	if r.Logger != nil {
		r.Logger.DebugContext(ctx, "read sources", "python", r.Python, "requests", t.n)
	}
	var next, told atomic.Int64
	group, gctx := errgroup.WithContext(ctx)
	for range min(t.n, runtime.GOMAXPROCS(0), 1+t.n/share) {
		group.Go(func() error {
			w := worker{r: r, t: &t, next: &next, told: &told}
			defer w.stop()
			return w.work(gctx)
		})
	}
	err := group.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// worker asks one interpreter at a time, and begins another when it dies.
type worker struct {
	r          *Reader
	t          *task
	next, told *atomic.Int64
	p          *process
}

func (w *worker) stop() {
	if w.p != nil {
		w.p.stop()
		w.p = nil
	}
}

func (w *worker) work(ctx context.Context) error {
	for {
		i := int(w.next.Add(1)) - 1
		if i >= w.t.n {
			return nil
		}
		value, err := w.ask(ctx, i)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var process *ProcessError
		if errors.As(err, &process) {
			return err
		}
		if w.told.Add(int64(len(value))) > MaxOutput {
			return fmt.Errorf("the sources give more than %d bytes: read fewer at once", MaxOutput)
		}
		if err := w.t.take(i, value, err); err != nil {
			return err
		}
	}
}

func (w *worker) ask(ctx context.Context, i int) (json.RawMessage, error) {
	if w.p == nil {
		p, err := w.r.start(ctx, w.t.program)
		if err != nil {
			return nil, err
		}
		w.p = p
	}
	file, request := w.t.request(i)
	answer, err := w.p.ask(i, request, w.t.timeout)
	if err != nil {
		p := w.p
		w.stop()
		return nil, p.failure(file, err, w.t.timeout)
	}
	return answer.Value, answer.Refused.err(file)
}

// failure says whether a source or the interpreter is to blame that no answer came.
func (p *process) failure(file string, err error, timeout time.Duration) error {
	switch {
	case errors.Is(err, ErrTooSlow):
		return &SourceError{File: file, Err: fmt.Errorf("%w: more than %v", ErrTooSlow, timeout)}
	case errors.Is(err, errTooBig):
		return &SourceError{File: file, Err: fmt.Errorf("%w: %d bytes", ErrTooLarge, MaxAnswer)}
	case errors.Is(err, errDied):
		return &SourceError{File: file, Err: fmt.Errorf("%w: the interpreter dies on it (%v) %s", ErrUnreadable, p.cmd.ProcessState, p.stderr.text())}
	}
	return &ProcessError{Python: p.python, Stderr: p.stderr.text(), Err: err}
}

func (r *refusal) err(file string) error {
	if r == nil {
		return nil
	}
	file = cmp.Or(r.File, file)
	if r.Reason != "" {
		return &SourceError{File: file, Err: fmt.Errorf("%w: it %s", ErrUnreadable, r.Reason)}
	}
	return &SyntaxError{File: file, Line: r.Line, Text: r.Text, Python2: r.Python2}
}

func (r *Reader) timeout() time.Duration { return cmp.Or(r.Timeout, DefaultTimeout) }
