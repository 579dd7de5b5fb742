package upgrade

import (
	"context"
	"errors"
	"fmt"
)

// turn makes a rollback of whatever state there is.
func (f *flow) turn(ctx context.Context, restore Restore) error {
	if restore == "" {
		restore = RestoreLossless
	}
	f.rec.Restore, f.rec.Again, f.rec.Problem = restore, false, ""
	again := f.rec.State == RolledBack && restore == RestoreAlways && len(f.rec.Snapshots) > 0
	switch {
	case f.rec.State == Preparing:
		own, cancel := afterwards(ctx)
		defer cancel()
		if err := errors.Join(f.endTrial(own), f.step(own, action{StepClean, f.clean})); err != nil {
			return err
		}
		f.rec.To = nil
		return f.enter(Stopped)
	case f.rec.State == Stopped, f.rec.State == RolledBack && !again:
		return nil
	}
	return f.enter(GoingBack)
}

// stopNew stops the new version, and the old one where the database is to be put back under it. Before the switch the old one is left alone.
func (f *flow) stopNew(ctx context.Context) error {
	if !f.rec.Switched && f.rec.Migrated == NotBegun && f.rec.Restore != RestoreAlways {
		return nil
	}
	var problems []error
	if f.rec.To != nil {
		to, err := f.to(ctx)
		if err != nil {
			f.note("the new environment cannot be opened: %v", err)
		} else {
			problems = append(problems, f.stopAll(ctx, to))
		}
	}
	return errors.Join(append(problems, f.stopAll(ctx, f.from))...)
}

// restore puts the database back where it must be, or where that loses nothing.
func (f *flow) restore(ctx context.Context) error {
	n := len(f.rec.Snapshots) - 1
	if f.u.Database == nil || n < 0 {
		return nil
	}
	switch {
	case f.rec.Migrated == Begun:
		f.note("the migration was cut off in the middle")
	case f.rec.Restore == RestoreNever:
		f.note("the old code runs on the new schema")
		return nil
	case f.rec.Restore == RestoreAlways:
		n = 0
		f.rec.Losses = f.losses(ctx, f.rec.Snapshots[n])
	case f.rec.Migrated == NotBegun:
		return nil
	default:
		if f.rec.Losses = f.losses(ctx, f.rec.Snapshots[n]); len(f.rec.Losses) > 0 {
			f.note("not restored, as what was written since would be lost; the old code runs on the new schema")
			return nil
		}
	}
	if err := f.u.Database.Restore(ctx, f.from, f.rec.Snapshots[n]); err != nil {
		return err
	}
	f.note("restored as of %s", f.rec.Snapshots[n].Taken.Format("2006-01-02 15:04:05 MST"))
	f.rec.Migrated, f.rec.Snapshots = NotBegun, f.rec.Snapshots[:n]
	return f.write()
}

// losses is what a restore loses. Where that cannot be told, something is.
func (f *flow) losses(ctx context.Context, snap Snapshot) []Loss {
	d, ok := f.u.Database.(Forecaster)
	if !ok {
		return []Loss{{Table: "all: what was written since the snapshot cannot be told"}}
	}
	losses, err := d.Losses(ctx, f.from, snap)
	if err != nil {
		return []Loss{{Table: fmt.Sprintf("all: what was written since the snapshot cannot be told: %v", err)}}
	}
	return losses
}

func (f *flow) pointBack(ctx context.Context) error { return f.u.Switcher.Switch(ctx, f.from) }

func (f *flow) startOld(ctx context.Context) error { return f.startAll(ctx, f.from) }

// verifyOld judges what runs again. That it does not pass is told but is no failure of the way back: perhaps it never did.
func (f *flow) verifyOld(ctx context.Context) error {
	if f.rec.Again {
		f.note("left to the next round")
		return nil
	}
	report := f.rec.Report
	err := f.judge(ctx, f.u.Verifier, f.from)
	if f.cause != nil {
		f.rec.Report = report // what the upgrade failed with
	}
	if err != nil {
		f.note("the old version runs, and: %v", err)
		f.cause = errors.Join(f.cause, fmt.Errorf("the old version runs again and was judged: %w", err))
	}
	return nil
}

// clean takes back what the target had of its own on the host, also where its environment, which stays, cannot be opened any more.
func (f *flow) clean(ctx context.Context) error {
	if f.rec.To != nil {
		to, err := f.to(ctx)
		if err != nil {
			f.note("the new environment cannot be opened: %v", err)
		}
		if err := f.revoke(ctx, to); err != nil {
			return err
		}
	}
	if f.rec.Again {
		return nil
	}
	return f.unprepare(ctx)
}

// unprepare removes what was written for verification.
func (f *flow) unprepare(ctx context.Context) error {
	if r, ok := f.u.Verifier.(Remover); ok && f.rec.Prepared != NotBegun {
		if err := r.Remove(ctx); isCut(err) {
			return err
		} else if err != nil {
			f.note("what was written for verification is still there: %v", err)
			return nil
		}
	}
	f.rec.Prepared = NotBegun
	return nil
}

// forget removes what a way back with the data would need, of earlier upgrades too.
func (f *flow) forget(ctx context.Context) error {
	if d, ok := f.u.Database.(Forgetter); ok {
		for _, list := range []*[]Snapshot{&f.rec.Earlier, &f.rec.Snapshots} {
			for len(*list) > 0 {
				if err := d.Forget(ctx, (*list)[0]); err != nil {
					return err
				}
				*list = (*list)[1:]
				if err := f.write(); err != nil {
					return err
				}
			}
		}
	}
	return f.unprepare(ctx)
}
