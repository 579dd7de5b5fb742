package bundle

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// Rollback takes the last change of the folder back, offline: what went out comes in again and what came in goes out, by a transaction like any other. Only
// PythonDir is needed. Files of no RECORD stay as they are now. A second Rollback takes the first one back. ErrNoPrevious says that nothing was
// changed yet.
//
// A host calls it too when it finds that its Python doesn't work with what came in. So the release that goes out stays seen and is held off from then on: Update takes it again
// only after a second Rollback, or by Updater.Retry; else it waits for a later one that brings something else.
func (u *Updater) Rollback(ctx context.Context) (err error) {
	if u.PythonDir == "" {
		return &MissingFieldError{Type: "bundle.Updater", Field: "PythonDir"}
	}
	f, err := openFolder(u.PythonDir, u.seams)
	if errors.Is(err, fs.ErrNotExist) {
		return stepError(StepPlan, fmt.Errorf("%s: %w", u.PythonDir, ErrNoPrevious))
	}
	if err != nil {
		return stepError(StepLock, err)
	}
	defer f.end(&err)
	if err := f.prepare(); err != nil {
		return stepError(StepLock, err)
	}
	return u.run().rollback(ctx, f)
}

func (r *updating) rollback(ctx context.Context, f *folder) error {
	state, err := r.lockAndRecover(ctx, f)
	if err != nil {
		return err
	}
	if state.Previous == nil {
		return stepError(StepPlan, fmt.Errorf("%s: %w", f.dir, ErrNoPrevious))
	}
	c, err := r.planBack(f, state)
	if err != nil {
		return stepError(StepPlan, err)
	}
	t, err := f.Begin()
	if err != nil {
		return stepError(StepStage, err)
	}
	if err := r.switchTo(ctx, f, t, c); err != nil {
		return r.giveUp(t, err)
	}
	r.clean(ctx, f, t.ID)
	return nil
}

// planBack is the change that takes the last one back.
func (r *updating) planBack(f *folder, state folderState) (change, error) {
	c := change{libraries: state.Previous.Libraries, before: state.Release, state: state.tookBack()}
	for name, held := range r.inspect(f) {
		if slices.Contains(c.libraries, name) {
			c.out = append(c.out, held...)
		} else {
			c.stay = append(c.stay, held...)
		}
	}
	c.tree = f.previousTree(state.Previous.Txn)
	c.owners = map[string]pep508.Name{}
	old, err := f.previous(c.tree)
	if err != nil {
		return c, err
	}
	for _, in := range old {
		for _, e := range in.Record {
			c.owners[path.Clean(e.Path)] = in.Name
		}
	}
	for _, name := range state.Previous.DistInfos {
		if !slices.ContainsFunc(old, func(in wheel.Installed) bool { return in.DistInfo == name }) {
			return c, &StateError{Path: path.Join(f.dir, c.tree), Err: fmt.Errorf("%w: %s is gone from it", ErrNoPrevious, name)}
		}
	}
	return c, nil
}

// previous lists the distributions that the last change took out.
func (f *folder) previous(tree string) ([]wheel.Installed, error) {
	if _, err := f.Root.Lstat(tree); errors.Is(err, fs.ErrNotExist) {
		return nil, nil // it only installed
	}
	sub, err := fs.Sub(f.fs(), tree)
	if err != nil {
		return nil, err
	}
	old, faults := wheel.Scan(sub)
	return old, errors.Join(faults...)
}
