package venv

import (
	"context"
	"errors"
	"path"
	"strings"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/internal/txn"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// switchTo does the change whose files are staged. Where a folder cannot be renamed, as it is in use or lies in a lower layer of an overlay, it is done file by file.
func (a *application) switchTo(ctx context.Context, wheels []*incoming) error {
	err := a.commit(ctx, wheels, false)
	var refused *txn.RefusedError
	var unfinished *txn.UnfinishedError
	if errors.As(err, &refused) && refused.Folder && !errors.As(err, &unfinished) {
		if again := a.commit(ctx, wheels, true); again == nil || errors.As(again, &unfinished) {
			return again
		}
	}
	return err
}

func (a *application) commit(ctx context.Context, wheels []*incoming, files bool) error {
	folds, err := a.f.Folds()
	if err != nil {
		return err
	}
	drop := a.env.drops(a.now)
	drop = append(drop, a.strayBytecode(wheels)...)
	r, conflicts, err := a.f.Plan(txn.Change{Drop: drop, New: a.tree(), Trash: path.Join(a.t.Trash(), "old"), Folds: folds, Files: files})
	if err != nil {
		return err
	}
	if err := a.refuse(conflicts, wheels); err != nil {
		return err
	}
	if err := a.mark(&r); err != nil {
		return err
	}
	if err := a.flushes.Wait(); err != nil {
		return err
	}
	return a.t.Commit(ctx, r)
}

// strayBytecode is compiled from modules that are gone and that come in again: nobody's RECORD lists it, and it would be in the way.
func (a *application) strayBytecode(wheels []*incoming) (stray []string) {
	for _, in := range wheels {
		for _, line := range in.lines {
			if line.Size < 0 && strings.HasSuffix(line.Path, ".pyc") {
				stray = append(stray, path.Join(in.library, line.Path))
			}
		}
	}
	a.env.each(a.now.stay, func(name string, _ pep508.Name) {
		if strings.HasSuffix(name, ".pyc") {
			for i, s := range stray {
				if s == name {
					stray[i] = stray[len(stray)-1]
					stray = stray[:len(stray)-1]
					break
				}
			}
		}
	})
	return stray
}

// refuse names both owners of every path that is taken.
func (a *application) refuse(conflicts []txn.Conflict, wheels []*incoming) error {
	var problems []error
	for _, taken := range conflicts {
		e := &ConflictError{Path: taken.Path, Name: ownerBelow(wheels, taken.Path), Why: why[taken.Why]}
		a.env.each(a.now.stay, func(name string, owner pep508.Name) {
			if name == taken.Path || strings.HasPrefix(name, taken.Path+"/") || strings.HasPrefix(taken.Path, name+"/") {
				e.Owner = owner
			}
		})
		problems = append(problems, e)
	}
	return errors.Join(problems...)
}

var why = map[txn.Why]string{
	txn.Occupied:       "a file of other content is there",
	txn.OccupiedFolder: "one is a folder, the other a file",
	txn.Symlink:        "a symbolic link is there",
	txn.SameName:       "the file system takes both names for one",
}

// ownerBelow is who brings a file at a path, or in a folder at it.
func ownerBelow(wheels []*incoming, name string) pep508.Name {
	for _, in := range wheels {
		for _, p := range in.files {
			if p.To == name || strings.HasPrefix(p.To, name+"/") {
				return in.Name
			}
		}
		for _, m := range in.made {
			if m.to == name || strings.HasPrefix(m.to, name+"/") {
				return in.Name
			}
		}
	}
	return ""
}

// mark adds to the renames the one that says, with them, that a change is open, and how to take it back.
func (a *application) mark(r *txn.Renames) error {
	op := txn.Op{Path: appliedName, New: path.Join(a.t.Stage(), "applied")}
	r.Ops = append(r.Ops, op)
	record := applied{ID: a.t.ID, Renames: *r}
	for _, dir := range r.Prune {
		fi, err := a.f.Root.Lstat(dir)
		if err != nil {
			return err
		}
		record.Folders = append([]pruned{{dir, fi.Mode()}}, record.Folders...) // outer ones first
	}
	b, err := durable.MarshalRecord(appliedSchema, record)
	if err != nil {
		return err
	}
	return a.f.Root.WriteFile(op.New, b, 0o644)
}
