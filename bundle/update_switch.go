package bundle

import (
	"context"
	"errors"
	"path"
	"slices"

	"github.com/chandlery-go/chandlery/internal/txn"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// change is what one transaction does to a folder.
type change struct {
	arrivals
	out, stay []wheel.Installed
	libraries []pep508.Name // that it changes
	before    *heldRelease  // what the folder holds until then
	state     folderState   // afterwards, but for what the transaction adds
}

// switchTo does a change whose files are staged. From INTENT on, the end of ctx stops nothing.
func (r *updating) switchTo(ctx context.Context, f *folder, t *txn.Txn, c change) error {
	r.steps.start(StepSwitch, len(c.libraries), 0)
	err := r.commit(ctx, f, t, c, false)
	var refused *txn.RefusedError
	if errors.As(err, &refused) && refused.Folder && !unfinished(err) { // it is in use, or lies in a lower layer of an overlay
		r.warner(StepSwitch)(err)
		if r.commit(ctx, f, t, c, true) == nil {
			err = nil
		}
	}
	if err == nil {
		for _, name := range c.libraries {
			r.steps.done(Event{Step: StepSwitch, Library: string(name), Platform: r.Platform}, 0)
		}
	}
	return r.steps.finish(StepSwitch, stepError(StepSwitch, err))
}

func (r *updating) commit(ctx context.Context, f *folder, t *txn.Txn, c change, files bool) error {
	folds, err := f.Folds()
	if err != nil {
		return err
	}
	renames, conflicts, err := f.Folder.Plan(txn.Change{Drop: f.owned(c.out, c.stay), New: c.tree, Trash: f.previousTree(t.ID), Folds: folds, Files: files})
	if err != nil {
		return err
	}
	if err := c.refuse(conflicts, r.Platform); err != nil {
		return err
	}
	previous := previousState{Txn: t.ID, Libraries: c.libraries, Release: c.before}
	for _, in := range c.out {
		previous.DistInfos = append(previous.DistInfos, in.DistInfo)
	}
	op, err := f.stageState(t, c.state.next(previous))
	if err != nil {
		return err
	}
	renames.Ops = append(renames.Ops, op)
	return t.Commit(ctx, renames)
}

// owned are the files that go out with distributions: all that are theirs, but for those that one that stays has too.
func (f *folder) owned(out, stay []wheel.Installed) []string {
	others := map[string]bool{}
	for _, in := range stay {
		for _, e := range in.Record {
			others[path.Clean(e.Path)] = true
		}
	}
	var all []string
	for i := range out {
		all = append(all, slices.DeleteFunc(out[i].Owned(f.fs()), func(name string) bool { return others[name] })...)
	}
	return all
}

// refuse names both owners of every path that is taken.
func (c change) refuse(conflicts []txn.Conflict, platform string) error {
	var problems []error
	for _, taken := range conflicts {
		e := &FileConflictError{Path: taken.Path, Library: c.ownerBelow(taken.Path), Symlink: taken.Why == txn.Symlink}
		for _, in := range c.stay {
			if slices.ContainsFunc(in.Record, func(e wheel.RecordEntry) bool { return path.Clean(e.Path) == taken.Path }) {
				e.Owner = in.Name
			}
		}
		problems = append(problems, libraryError(StepSwitch, e.Library, platform, e))
	}
	return join(problems...)
}

// ownerBelow is whose the incoming file or folder is.
func (c change) ownerBelow(name string) pep508.Name {
	if owner, ok := c.owners[name]; ok {
		return owner
	}
	var least string
	for file := range c.owners {
		if len(file) > len(name) && file[:len(name)+1] == name+"/" && (least == "" || file < least) {
			least = file
		}
	}
	return c.owners[least]
}

func unfinished(err error) bool {
	var u *txn.UnfinishedError
	return errors.As(err, &u)
}

// giveUp removes what was staged, unless recovery needs it.
func (r *updating) giveUp(t *txn.Txn, err error) error {
	if unfinished(err) {
		return err
	}
	if derr := t.Discard(); derr != nil {
		r.warner(StepClean)(derr) // it is removed another time
	}
	return err
}

// clean removes all but what a step back from the transaction id needs. The change is done, so nothing here is an error.
func (r *updating) clean(ctx context.Context, f *folder, id string) {
	r.steps.start(StepClean, 0, 0)
	if err := f.Clean(context.WithoutCancel(ctx), id); err != nil {
		r.warner(StepClean)(err)
	}
	r.steps.finish(StepClean, nil)
}
