package supervise

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/upgrade"
)

// watch is how often a process is looked at: reading one /proc file costs some microseconds.
const watch = 20 * time.Millisecond

// start starts a service under its lock.
func (p Place) start(ctx context.Context, l launch) (upgrade.Process, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	lock, err := p.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer lock.Release()
	if err := p.clear(ctx, l.Name); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(p.Output), 0o755); err != nil {
		return nil, err
	}
	after, err := ticks()
	if err != nil {
		return nil, err
	}
	n := note{Argv: l.Argv, After: after, Marks: marksOf(append([]string{p.Output}, p.Logs...))}
	if err := p.writeNote(n); err != nil {
		return nil, err
	}
	cmd, h, err := p.spawn(l)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", l.Name, err), durable.RemovePath(p.PIDFile+noteSuffix))
	}
	proc := &plain{service: l.Name, handle: h, place: p, timeout: stopTimeout(l.StopTimeout), ended: make(chan struct{})}
	go proc.reap(cmd)
	if err := p.record(n, h); err != nil { // a process that nobody finds must not run
		return nil, errors.Join(err, endSession(ctx, h), p.forget(h), durable.RemovePath(p.PIDFile+noteSuffix))
	}
	return proc, nil
}

// clear makes room for a start: what runs is an error, what a dead process left in its session ends.
func (p Place) clear(ctx context.Context, service string) error {
	h, ok, err := p.finish()
	if err != nil {
		return err
	}
	if !ok {
		h, ok = p.read()
	}
	if ok && h.alive() {
		return fmt.Errorf("%s: %w, as process %d", service, ErrRunning, h.pid)
	}
	if ok {
		return endSession(ctx, h)
	}
	return nil
}

func (p Place) attach(ctx context.Context, svc upgrade.Service) (upgrade.Process, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	h, ok := p.read()
	if !ok && p.unfinished() {
		lock, err := p.lock(ctx)
		if err != nil {
			return nil, err
		}
		defer lock.Release()
		if h, ok, err = p.finish(); err != nil {
			return nil, err
		}
		if !ok {
			h, ok = p.read()
		}
	}
	proc := &plain{service: svc.Name, handle: h, place: p, timeout: stopTimeout(svc.StopTimeout)}
	switch {
	case ok:
		return proc, nil
	case h.named():
		return proc, notRunning(svc.Name)
	}
	return nil, notRunning(svc.Name)
}

// plain is one plain process.
type plain struct {
	handle
	service  string
	place    Place
	timeout  time.Duration
	ended    chan struct{} // closed when it is reaped; nil where it is no child of this process
	state    *os.ProcessState
	stopping atomic.Bool
}

var _ upgrade.Process = (*plain)(nil)

// reap waits for the child, so that it does not stay as a zombie.
func (p *plain) reap(cmd *exec.Cmd) {
	cmd.Wait() // its error tells the exit code, which state has
	p.state = cmd.ProcessState
	close(p.ended)
}

// Started is when the process began, never earlier: zero where /proc does not tell.
func (p *plain) Started() time.Time { return startTime(p.start) }

// Log reads what the service wrote since its start.
func (p *plain) Log(ctx context.Context) (io.ReadCloser, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	n, ok := p.place.readNote()
	if ok && n.PID == p.pid && n.Start == p.start {
		return since(n.Marks)
	}
	var whole []mark
	for _, path := range append([]string{p.place.Output}, p.place.Logs...) {
		whole = append(whole, mark{Path: path})
	}
	return since(whole)
}

// Wait waits for the process itself; what it left in its session may live on.
func (p *plain) Wait(ctx context.Context) error {
	if p.ended == nil {
		return poll(ctx, watch, func() (bool, error) { return !p.alive(), nil })
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-p.ended:
	}
	if p.stopping.Load() || p.state == nil || p.state.Success() {
		return nil
	}
	return &StateError{Service: p.service, State: p.state.String(), Output: lastOf(p.Log(context.WithoutCancel(ctx)))}
}

// Stop asks the process to end, waits StopTimeout, and kills what is left of its session.
func (p *plain) Stop(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.stopping.Store(true)
	if err := p.signal(p.place.StopSignal); err != nil {
		return fmt.Errorf("%s: %w", p.service, err)
	}
	patience, cancel := context.WithTimeout(ctx, p.timeout)
	defer cancel()
	if poll(patience, watch, func() (bool, error) { return !p.alive(), nil }) != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if err := endSession(ctx, p.handle); err != nil {
		return fmt.Errorf("%s: %w", p.service, err)
	}
	lock, err := p.place.lock(ctx)
	if err != nil {
		return err
	}
	defer lock.Release()
	return p.place.forget(p.handle)
}
