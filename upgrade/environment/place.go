package environment

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv/python"
)

// LockTimeout is how long another process that makes the same environment is waited for; then the error is upgrade.ErrLocked.
const LockTimeout = 30 * time.Second

// LockPath is where the lock of the environment at root lies: beside it. Without it, nothing at root counts as an environment.
func LockPath(root string) string { return filepath.Clean(root) + lockSuffix }

const (
	lockSuffix  = ".lock.toml"
	guardSuffix = ".guard"                     // locked while somebody makes the environment; stays
	asidePrefix = durable.TempPrefix + "old-"  // what is being removed
	draftPrefix = durable.TempPrefix + "lock-" // a lock that is being written
)

// place is the folder in which an environment stands, opened to change what bears its name. It is guarded against others.
type place struct {
	parent *os.Root
	root   string // absolute
	base   string
	guard  *durable.Lock
	hook   func(string) error
}

// openPlace makes the folders above root, readable for all, and waits for its turn.
func openPlace(ctx context.Context, root string, hook func(string) error) (*place, error) {
	if root == "" {
		return nil, &MissingFieldError{"Wanted.Root"}
	}
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	above := filepath.Dir(root)
	if above == root {
		return nil, &OccupiedError{root, "it is the top of the file system"}
	}
	if err := makeFolders(above); err != nil {
		return nil, err
	}
	parent, err := os.OpenRoot(above)
	if err != nil {
		return nil, err
	}
	s := &place{parent: parent, root: root, base: filepath.Base(root), hook: hook}
	s.guard, err = durable.AcquireLock(ctx, parent, "."+s.base+guardSuffix, LockTimeout, fmt.Sprintf("process %d since %s", os.Getpid(), time.Now().UTC().Format(time.RFC3339)))
	var held *durable.LockedError
	if errors.As(err, &held) && ctx.Err() == nil {
		err = fmt.Errorf("%w: %w", upgrade.ErrLocked, err)
	}
	if err != nil {
		return nil, errors.Join(err, parent.Close())
	}
	return s, nil
}

// makeFolders is MkdirAll whose new folders all may enter, whatever umask.
func makeFolders(dir string) error {
	if st, err := os.Stat(dir); err == nil && st.IsDir() {
		return nil
	}
	if above := filepath.Dir(dir); above != dir {
		if err := makeFolders(above); err != nil {
			return err
		}
	}
	if err := os.Mkdir(dir, folderMode); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return os.Chmod(dir, folderMode)
}

func (s *place) close() error { return errors.Join(s.guard.Release(), s.parent.Close()) }

func (s *place) step(name string) error {
	if s.hook == nil {
		return nil
	}
	return s.hook(name)
}

func (s *place) exists(name string) (bool, error) {
	_, err := s.parent.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// removable refuses to remove what is no environment, or is the one that runs now.
func (s *place) removable(now upgrade.Subject) error {
	there, err := os.Lstat(s.root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if now.Env != nil {
		if running, err := os.Stat(now.Env.Root); err == nil && os.SameFile(there, running) {
			return &OccupiedError{s.root, "what runs now lies there"}
		}
	}
	if !there.IsDir() {
		return &OccupiedError{s.root, "it is no folder: remove it, or name another"}
	}
	if _, err := os.Lstat(filepath.Join(s.root, python.ConfigName)); err == nil {
		return nil
	}
	if entries, err := os.ReadDir(s.root); err != nil || len(entries) == 0 {
		return err
	}
	return &OccupiedError{s.root, "it holds something, and has no " + python.ConfigName + ": remove it, or name another"}
}

// clear removes the environment: its lock first, so that from then on nothing there counts; then it is renamed aside, and what lies aside, also of a kill before, is deleted.
func (s *place) clear() error {
	if err := s.remove("forget", s.base+lockSuffix); err != nil {
		return err
	}
	if err := s.sweep(); err != nil {
		return err
	}
	aside := asidePrefix + s.base
	if there, err := s.exists(s.base); err != nil || !there {
		return err
	}
	if err := s.step("put aside"); err != nil {
		return err
	}
	if err := s.parent.Rename(s.base, aside); err != nil {
		return err
	}
	if err := durable.SyncDir(s.parent, "."); err != nil {
		return err
	}
	return s.removeAll(aside)
}

// writeLock puts the lock beside the environment, durably. What a kill leaves of it has a name that whoever holds the guard next knows.
func (s *place) writeLock(text []byte) error {
	draft := draftPrefix + s.base
	f, err := s.parent.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, fileMode)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Chmod(fileMode), f.Sync(), f.Close()); err != nil {
		return errors.Join(err, s.parent.Remove(draft))
	}
	if err := s.parent.Rename(draft, s.base+lockSuffix); err != nil {
		return err
	}
	return durable.SyncDir(s.parent, ".")
}

// remove removes a file, durably.
func (s *place) remove(step, name string) error {
	if there, err := s.exists(name); err != nil || !there {
		return err
	}
	if err := s.step(step); err != nil {
		return err
	}
	if err := s.parent.Remove(name); err != nil {
		return err
	}
	return durable.SyncDir(s.parent, ".")
}

func (s *place) removeAll(name string) error {
	if there, err := s.exists(name); err != nil || !there {
		return err
	}
	if err := s.step("delete"); err != nil {
		return err
	}
	return s.parent.RemoveAll(name)
}

// sweep deletes what a kill left aside.
func (s *place) sweep() error {
	return errors.Join(s.removeAll(draftPrefix+s.base), s.removeAll(asidePrefix+s.base))
}
