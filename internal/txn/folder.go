package txn

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/durable"
)

// Names within the state folder.
const (
	journalName = "journal"
	stageName   = "stage"
	trashName   = "trash"
)

// Folder is a folder that transactions change. Its fields are not changed once it is in use.
type Folder struct {
	Root  *os.Root
	State string // slash path of the state folder below Root; it exists

	// Step, where set, is called with a step's name before each change of the disk. An error from it is taken for the failure of that change.
	Step func(step string) error
	// NoExchange renames aside and in even where two names could be exchanged.
	NoExchange bool
	// NoSync leaves the syncs out, but for the journal's: for tests of kills, which lose no write.
	NoSync bool
}

// Txn is one transaction from Begin to Commit or Discard.
type Txn struct {
	f  *Folder
	ID string
}

// Begin starts a transaction and makes its stage.
func (f *Folder) Begin() (*Txn, error) {
	if pending, err := f.Pending(); pending || err != nil {
		return nil, errors.Join(err, errPending(pending))
	}
	t := &Txn{f: f, ID: strings.ToLower(rand.Text())}
	if err := f.step("begin"); err != nil {
		return nil, err
	}
	return t, f.Root.MkdirAll(t.Stage(), 0o755)
}

func errPending(pending bool) error {
	if pending {
		return errors.New("a transaction is pending: recover first")
	}
	return nil
}

// Stage is the slash path, below the root, of the folder in which the transaction's new files are laid out.
func (t *Txn) Stage() string { return path.Join(t.f.State, stageName, t.ID) }

// Trash is the slash path of the folder that takes what goes out.
func (t *Txn) Trash() string { return t.f.Trash(t.ID) }

// Trash is the slash path of the folder that took what the transaction id put out.
func (f *Folder) Trash(id string) string { return path.Join(f.State, trashName, id) }

// Discard removes what was staged. It is for a transaction that was not committed.
func (t *Txn) Discard() error {
	if err := t.f.step("discard"); err != nil {
		return err
	}
	return errors.Join(t.f.Root.RemoveAll(t.Stage()), t.f.Root.RemoveAll(t.Trash()))
}

// Pending reports whether a transaction stands between INTENT and COMMIT.
func (f *Folder) Pending() (bool, error) { return exists(f.Root, f.journal()) }

func (f *Folder) journal() string { return path.Join(f.State, journalName) }

// Litter reports whether Clean would remove something.
func (f *Folder) Litter(keep ...string) (bool, error) {
	found, err := f.litter(keep)
	return len(found) > 0, err
}

// Clean removes every stage, every trash but those of the transactions in keep, and temporary files. No transaction may be pending.
func (f *Folder) Clean(ctx context.Context, keep ...string) error {
	found, err := f.litter(keep)
	for _, name := range found {
		err = errors.Join(err, ctx.Err(), f.step("clean "+path.Base(path.Dir(name))))
		if err != nil {
			return err
		}
		err = f.Root.RemoveAll(name)
	}
	return err
}

func (f *Folder) litter(keep []string) ([]string, error) {
	var found []string
	for _, kind := range []string{stageName, trashName, ""} {
		dir := path.Join(f.State, kind)
		entries, err := readDir(f.Root, dir)
		if err != nil {
			return found, err
		}
		for _, e := range entries {
			kept := kind == trashName && slices.Contains(keep, e.Name())
			if (kind != "" && !kept) || strings.HasPrefix(e.Name(), durable.TempPrefix) {
				found = append(found, path.Join(dir, e.Name()))
			}
		}
	}
	return found, nil
}

func (f *Folder) step(name string) error {
	if f.Step == nil {
		return nil
	}
	return f.Step(name)
}

func (f *Folder) syncDirs(dirs ...string) error {
	if f.NoSync {
		return nil
	}
	return durable.SyncDirs(f.Root, dirs...)
}

func (f *Folder) syncTree(ctx context.Context, dir string, besides ...string) error {
	if f.NoSync {
		return ctx.Err()
	}
	return durable.SyncTree(ctx, f.Root, dir, besides...)
}

// rename is a step.
func (f *Folder) rename(from, to string) error {
	if err := f.step("rename " + from + " to " + to); err != nil {
		return err
	}
	return f.Root.Rename(from, to)
}

// readDir lists a folder in the order of names; one that is absent is empty.
func readDir(root *os.Root, name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(root.FS(), name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return entries, err
}

func exists(root *os.Root, name string) (bool, error) {
	_, err := root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
