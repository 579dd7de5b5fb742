package durable

import (
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"strings"
)

// scratchTries bounds how often a scratch folder is begun anew because a sweep took the lock file of one that was not locked yet.
const scratchTries = 10

// scratchLock ends the name of the file beside a scratch folder that its process holds locked.
const scratchLock = ".lock"

// Scratch is a folder of one process, to build in. The lock lies beside it, is there before the folder and goes after it: so whatever a kill leaves bears a lock that nobody holds, and the next sweep removes it.
type Scratch struct {
	Name string // below the root
	root *os.Root
	lock *Lock
}

// OpenScratch sweeps what dead processes left below root under prefix (which begins with TempPrefix), and makes a folder that all may read.
func OpenScratch(ctx context.Context, root *os.Root, prefix string) (*Scratch, error) {
	sweepScratch(ctx, root, prefix)
	for range scratchTries {
		s, err := beginScratch(ctx, root, prefix+rand.Text())
		if s != nil || err != nil {
			return s, err
		}
	}
	return nil, errors.New("the locks of new folders are taken away: does something remove files named " + prefix + "*?")
}

// beginScratch gives nil where a sweep was quicker to lock.
func beginScratch(ctx context.Context, root *os.Root, name string) (*Scratch, error) {
	lock, err := AcquireLock(ctx, root, name+scratchLock, 0, "")
	var held *LockedError
	if errors.As(err, &held) && ctx.Err() == nil {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	s := &Scratch{name, root, lock}
	if !lock.stands(root, name+scratchLock) {
		return nil, lock.Release()
	}
	if err := errors.Join(root.Mkdir(name, 0o755), root.Chmod(name, 0o755)); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close removes the folder with all that is left in it.
func (s *Scratch) Close() error {
	err := s.root.RemoveAll(s.Name)
	if err == nil {
		err = s.root.Remove(s.Name + scratchLock)
	}
	return errors.Join(err, s.lock.Release())
}

// sweepScratch removes what dead processes left. What cannot be removed now is removed another time.
func sweepScratch(ctx context.Context, root *os.Root, prefix string) {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return
	}
	for _, e := range entries {
		name, isLock := strings.CutSuffix(e.Name(), scratchLock)
		if !isLock || !strings.HasPrefix(name, prefix) || !e.Type().IsRegular() {
			continue
		}
		lock, err := AcquireLock(ctx, root, e.Name(), 0, "")
		if err != nil {
			continue
		}
		if lock.stands(root, e.Name()) {
			(&Scratch{name, root, lock}).Close()
			continue
		}
		lock.Release()
	}
}

// stands says whether name is still the file that is locked, and not removed, or made anew, by who had it before.
func (l *Lock) stands(root *os.Root, name string) bool {
	mine, err := l.f.Stat()
	if err != nil {
		return false
	}
	there, err := root.Lstat(name)
	return err == nil && os.SameFile(mine, there)
}
