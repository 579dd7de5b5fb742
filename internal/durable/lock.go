package durable

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// maxOwner bounds what is read of a lock file, in bytes.
const maxOwner = 512

// Waits between two tries for a lock.
const (
	firstWait = 5 * time.Millisecond
	lastWait  = 100 * time.Millisecond
)

// errHeld says that another process, or another Lock of this one, has the lock.
var errHeld = errors.New("held")

// LockedError says that another holds a lock, and who by its own words.
type LockedError struct {
	Path  string
	Owner string // what the holder wrote about itself; "" where it wrote nothing yet
}

func (e *LockedError) Error() string {
	if e.Owner == "" {
		return fmt.Sprintf("%s is locked by another process", e.Path)
	}
	return fmt.Sprintf("%s is locked by %s", e.Path, e.Owner)
}

// Lock is a held lock.
type Lock struct{ f *os.File }

// AcquireLock locks the file name below root, which is made where absent and never removed, and waits for it until ctx ends or wait is over (0: one try).
// Then the error is a *LockedError, joined with ctx's where that ended. owner is what others are told.
func AcquireLock(ctx context.Context, root *os.Root, name string, wait time.Duration, owner string) (*Lock, error) {
	f, err := root.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := waitLock(ctx, f, wait); err != nil {
		if errors.Is(err, errHeld) {
			err = errors.Join(&LockedError{Path: filepath.Join(root.Name(), name), Owner: readOwner(f)}, ctx.Err())
		}
		f.Close()
		return nil, err
	}
	l := &Lock{f: f}
	l.sign(owner)
	return l, nil
}

func waitLock(ctx context.Context, f *os.File, wait time.Duration) error {
	deadline := time.Now().Add(wait)
	for pause := firstWait; ; pause = min(pause*2, lastWait) {
		err := tryLock(f)
		left := time.Until(deadline)
		if !errors.Is(err, errHeld) || left <= 0 {
			return err
		}
		timer := time.NewTimer(min(pause, left))
		select {
		case <-ctx.Done():
			timer.Stop()
			return err
		case <-timer.C:
		}
	}
}

// sign tells others who holds the lock. A full disk must not keep a folder from being recovered, so a failure is no error.
func (l *Lock) sign(owner string) {
	if l.f.Truncate(0) == nil && owner != "" {
		l.f.WriteAt([]byte(owner), 0)
	}
}

// Release gives the lock up.
func (l *Lock) Release() error {
	l.sign("")
	return errors.Join(unlock(l.f), l.f.Close())
}

func readOwner(f *os.File) string {
	b, err := io.ReadAll(io.NewSectionReader(f, 0, maxOwner))
	if err != nil {
		return ""
	}
	printable := func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}
	return strings.Map(printable, strings.ToValidUTF8(string(b), ""))
}
