package bundle

import (
	"context"
	"errors"
	"io/fs"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/internal/txn"
)

// Recover brings a python folder that an update was killed in to its new state, or to its old one. A host calls it before every start of its Python: it is
// offline and, where nothing was interrupted, reads three folders and changes nothing. It renames and removes only, so a full disk does not stop it. A folder that is
// absent or was never updated is fine, none at all ("") is an error. It waits for an update that is under way in another process (DefaultLockTimeout, then ErrLocked) only where that
// is renaming.
func Recover(ctx context.Context, dir string) error {
	if dir == "" {
		return &Error{Step: StepRecover, Kind: KindUsage, Err: errors.New("no folder is named")}
	}
	return recoverFolder(ctx, dir, seams{})
}

func recoverFolder(ctx context.Context, dir string, seams seams) (err error) {
	f, err := openFolder(dir, seams)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return stepError(StepRecover, err)
	}
	defer f.end(&err)
	return f.recoverIdle(ctx)
}

// recoverIdle is Recover for a folder whose lock is not held here.
func (f *folder) recoverIdle(ctx context.Context) error {
	pending, err := f.Pending()
	if err != nil {
		return stepError(StepRecover, err)
	}
	wait := DefaultLockTimeout
	if !pending {
		s, err := f.readState()
		if err != nil && !errors.Is(err, durable.ErrDamaged) {
			return stepError(StepRecover, err)
		}
		if litter, err := f.Litter(s.kept()...); err != nil || !litter {
			return stepError(StepRecover, err)
		}
		wait = -1
	}
	if err := f.acquire(ctx, wait); err != nil {
		if !pending && ctx.Err() == nil { // litter can wait
			return nil
		}
		return stepError(StepLock, err)
	}
	_, err = f.recover(ctx, func(error) {})
	return err
}

// recover does it under the lock and gives the folder's state. What stops nothing is told to warn.
func (f *folder) recover(ctx context.Context, warn func(error)) (folderState, error) {
	outcome, err := f.Folder.Recover()
	if err != nil && outcome != txn.Undone {
		return folderState{}, stepError(StepRecover, err)
	}
	if err != nil {
		warn(err)
	}
	s, err := f.usableState(warn)
	if err != nil {
		return s, stepError(StepRecover, err)
	}
	if err := f.Clean(ctx, s.kept()...); err != nil && ctx.Err() == nil {
		warn(err) // what a running program holds is removed another time
	}
	return s, ctx.Err()
}

// lockAndRecover is how every change of a folder begins.
func (r *updating) lockAndRecover(ctx context.Context, f *folder) (folderState, error) {
	r.steps.start(StepLock, 0, 0)
	if err := r.steps.finish(StepLock, stepError(StepLock, f.acquire(ctx, r.LockTimeout))); err != nil {
		return folderState{}, err
	}
	r.steps.start(StepRecover, 0, 0)
	s, err := f.recover(ctx, r.warner(StepRecover))
	return s, r.steps.finish(StepRecover, stepError(StepRecover, err))
}
