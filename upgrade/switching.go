package upgrade

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// stop stops whatever of the component runs, all at once: the slowest is the down time.
func (f *flow) stop(ctx context.Context) error {
	now, err := f.u.Switcher.Current(ctx, f.component)
	if err != nil {
		return err
	}
	if !f.rec.From.is(now) && !f.rec.To.is(now) {
		return fmt.Errorf("%w: %s %s in %s", ErrChanged, f.component.Name, now.Version, now.Env.Root)
	}
	return f.stopAll(ctx, f.own(now))
}

func (f *flow) stopAll(ctx context.Context, s Subject) error {
	var g errgroup.Group
	for _, svc := range f.component.Services {
		g.Go(func() error {
			p, err := f.u.Runner.Attach(ctx, s, svc)
			if errors.Is(err, ErrNotRunning) {
				return nil
			}
			if err == nil {
				err = p.Stop(ctx)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", svc.Name, err)
			}
			return nil
		})
	}
	return g.Wait()
}

// snapshot saves the database as the old version left it. One that a migration was begun after stays the one to go back to.
func (f *flow) snapshot(ctx context.Context) error {
	if f.u.Database == nil || f.rec.Migrated != NotBegun {
		return nil
	}
	snap, err := f.u.Database.Snapshot(ctx, f.from)
	if err != nil {
		return err
	}
	if f.rec.Saved == f.rec.Round { // by a process that came no further
		f.rec.Snapshots = f.rec.Snapshots[:len(f.rec.Snapshots)-1]
	}
	f.rec.Snapshots, f.rec.Saved = append(f.rec.Snapshots, snap), f.rec.Round
	f.note("%s", snap.Path)
	return nil
}

// migrate brings the database to the target's schema. A migration that was cut off begins again with the snapshot, as not every database can take one back.
func (f *flow) migrate(ctx context.Context) error {
	if f.u.Database == nil || f.rec.Migrated == Complete {
		return nil
	}
	to, err := f.to(ctx)
	if err != nil {
		return err
	}
	if f.rec.Migrated == Begun {
		f.note("it was cut off: the snapshot is put back first")
		if err := f.u.Database.Restore(ctx, f.from, f.rec.Snapshots[len(f.rec.Snapshots)-1]); err != nil {
			return err
		}
	}
	f.rec.Migrated = Begun
	if err := f.write(); err != nil {
		return err
	}
	if err := f.commands(ctx, to, f.component.Database.Sync); err != nil {
		return err
	}
	f.rec.Migrated = Complete
	return nil
}

// point makes the target what the next start runs.
func (f *flow) point(ctx context.Context) error {
	to, err := f.to(ctx)
	if err != nil {
		return err
	}
	f.rec.Switched = true
	if err := f.write(); err != nil {
		return err
	}
	return f.u.Switcher.Switch(ctx, to)
}

func (f *flow) start(ctx context.Context) error {
	to, err := f.to(ctx)
	if err != nil {
		return err
	}
	return f.startAll(ctx, to)
}

// startAll starts the services in their order; one that has to come after others waits until those are ready.
func (f *flow) startAll(ctx context.Context, s Subject) error {
	running := map[string]Process{}
	for _, svc := range f.component.Services {
		for _, name := range svc.After {
			if p := running[name]; p != nil {
				f.awaitReady(ctx, p, f.service(name))
			}
		}
		p, err := f.u.Runner.Attach(ctx, s, svc)
		if errors.Is(err, ErrNotRunning) {
			p, err = f.u.Runner.Start(ctx, s, svc)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", svc.Name, err)
		}
		running[svc.Name] = p
	}
	return ctx.Err()
}

func (f *flow) service(name string) Service {
	for _, svc := range f.component.Services {
		if svc.Name == name {
			return svc
		}
	}
	return Service{}
}

const (
	readyTime  = 20 * time.Second       // for a service to say that it is ready; what follows starts then anyway
	readyPause = 100 * time.Millisecond // between looks
)

// awaitReady waits for the word of one service. It only avoids a wait later on, as verification alone tells whether all is ready; so it gives no error.
func (f *flow) awaitReady(ctx context.Context, p Process, svc Service) {
	if svc.Ready == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, readyTime)
	defer cancel()
	for !says(ctx, p, svc.Ready) {
		select {
		case <-ctx.Done():
			f.note("%s did not say that it is ready within %s", svc.Name, readyTime)
			return
		case <-time.After(readyPause):
		}
	}
}

// maxReadyLog is how much of a log is searched, in bytes.
const maxReadyLog = 8 << 20

func says(ctx context.Context, p Process, text string) bool {
	log, err := p.Log(ctx)
	if err != nil {
		return false
	}
	defer log.Close()
	b, _ := io.ReadAll(io.LimitReader(log, maxReadyLog))
	return strings.Contains(string(b), text)
}

// online runs the migrations that services may run beside.
func (f *flow) online(ctx context.Context) error {
	if f.u.Database == nil {
		return nil
	}
	to, err := f.to(ctx)
	if err != nil {
		return err
	}
	return f.commands(ctx, to, f.component.Database.Online)
}

func (f *flow) verify(ctx context.Context) error {
	to, err := f.to(ctx)
	if err != nil {
		return err
	}
	if err := f.judge(ctx, f.u.Verifier, to); err != nil {
		return err
	}
	if f.rec.Target.Confidence != "" {
		f.rec.Target.Confidence = Proved
	}
	return nil
}
