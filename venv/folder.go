package venv

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/internal/txn"
)

// StateFolder is the folder below an environment in which installations keep what is theirs:
//
//	lock        held by the process that changes the environment, until Commit or Rollback
//	applied     there from a switch to its Commit or Rollback: what a step back takes
//	journal     there while renames are under way
//	stage/      what comes in
//	trash/      what went out
//
// When no change is open, only the lock's file is there.
const StateFolder = ".chandlery"

// LockTimeout is how long another process is waited for.
const LockTimeout = 30 * time.Second

const (
	lockName    = StateFolder + "/lock"
	appliedName = StateFolder + "/applied"

	appliedSchema = 1
	maxApplied    = txn.MaxJournal
)

// folder is an environment's folder, opened to be changed.
type folder struct {
	*txn.Folder
	lock *durable.Lock
}

func openFolder(dir string, step func(string) error) (*folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &folder{Folder: &txn.Folder{Root: root, State: StateFolder, Step: step}}, nil
}

// begin makes the state folder, takes the lock and ends what a kill left.
func (f *folder) begin(ctx context.Context) error {
	if err := durable.Writable(f.Root.Name()); err != nil {
		return err
	}
	if err := f.Root.Mkdir(StateFolder, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if fi, err := f.Root.Lstat(StateFolder); err != nil || !fi.IsDir() {
		return errors.Join(err, fmt.Errorf("%s is no folder: remove it", filepath.Join(f.Root.Name(), StateFolder)))
	}
	if err := f.acquire(ctx, LockTimeout); err != nil {
		return err
	}
	return f.recover(ctx)
}

func (f *folder) acquire(ctx context.Context, wait time.Duration) error {
	lock, err := durable.AcquireLock(ctx, f.Root, lockName, wait, fmt.Sprintf("process %d since %s", os.Getpid(), time.Now().UTC().Format(time.RFC3339)))
	var held *durable.LockedError
	if errors.As(err, &held) && ctx.Err() == nil {
		return fmt.Errorf("%w: %w", ErrLocked, err)
	}
	f.lock = lock
	return err
}

// applied is what a step back needs of a switch.
type applied struct {
	ID      string      `json:"id"`
	Renames txn.Renames `json:"renames"`
	Folders []pruned    `json:"folders,omitempty"` // that Renames prunes
}

type pruned struct {
	Path string      `json:"path"`
	Mode fs.FileMode `json:"mode"`
}

// readApplied gives the switch that was neither committed nor rolled back; ok is false where there is none.
func (f *folder) readApplied() (a applied, ok bool, err error) {
	file, err := f.Root.Open(appliedName)
	if errors.Is(err, fs.ErrNotExist) {
		return a, false, nil
	}
	if err != nil {
		return a, false, err
	}
	defer file.Close()
	b, err := durable.ReadAtMost(file, maxApplied)
	if err == nil {
		err = durable.UnmarshalRecord(b, appliedSchema, &a)
	}
	if err == nil && (a.ID == "" || path.Base(a.ID) != a.ID) {
		err = durable.ErrDamaged
	}
	if err != nil {
		return a, false, fmt.Errorf("%s: %w", filepath.Join(f.Root.Name(), appliedName), err)
	}
	return a, true, nil
}

// recover ends, under the lock, what a kill left: renames that began are completed, a switch that was not committed is taken back, litter is removed.
func (f *folder) recover(ctx context.Context) error {
	outcome, err := f.Folder.Recover()
	if err != nil && outcome != txn.Undone {
		return err
	}
	a, ok, err := f.readApplied()
	if err != nil {
		return err
	}
	if ok {
		if err := f.takeBack(ctx, a); err != nil {
			return err
		}
	}
	f.tidy(ctx)
	return ctx.Err()
}

// tidy removes all that no open change needs. What cannot be removed now is removed by the next change.
func (f *folder) tidy(ctx context.Context) {
	if f.Clean(ctx) == nil {
		f.Root.Remove(StateFolder + "/stage")
		f.Root.Remove(StateFolder + "/trash")
	}
}

// takeBack does a switch backwards, by a transaction of its own: what came in goes to its trash, and what went out is put where it was.
func (f *folder) takeBack(ctx context.Context, a applied) error {
	for _, dir := range a.Folders {
		if err := f.remake(dir); err != nil {
			return err
		}
	}
	t, err := f.Begin()
	if err != nil {
		return err
	}
	var back txn.Renames
	trash := path.Join(t.Trash(), "came")
	for _, o := range a.Renames.Ops {
		b := txn.Op{Path: o.Path, New: o.Old}
		if o.New != "" {
			b.Old = path.Join(trash, o.Path)
		}
		back.Ops = append(back.Ops, b)
	}
	if err := t.Commit(ctx, back); err != nil {
		return f.giveUp(t, err)
	}
	return nil
}

// remake makes a folder that was removed as it was empty.
func (f *folder) remake(dir pruned) error {
	if err := f.Root.Mkdir(dir.Path, dir.Mode.Perm()); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return nil
		}
		return err
	}
	return f.Root.Chmod(dir.Path, dir.Mode.Perm())
}

// giveUp removes what a transaction that was not committed has staged, unless recovery needs it.
func (f *folder) giveUp(t *txn.Txn, err error) error {
	var unfinished *txn.UnfinishedError
	if !errors.As(err, &unfinished) {
		t.Discard() // what stays is litter, which the next change removes
	}
	return err
}

func (f *folder) close() error {
	var err error
	if f.lock != nil {
		err = f.lock.Release()
		f.lock = nil
	}
	return errors.Join(err, f.Root.Close())
}

func (f *folder) closeAfter(err error) error {
	if cerr := f.close(); cerr != nil {
		return errors.Join(err, cerr)
	}
	return err
}
