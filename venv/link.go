package venv

import (
	"errors"
	"io/fs"
	"os"
	"sync/atomic"

	"github.com/chandlery-go/chandlery/internal/durable"
)

// linker brings files from the store into a staging tree, and learns what the file systems can do.
type linker struct {
	mode atomic.Int32 // LinkMode
	hard atomic.Bool  // reflinks were refused
	copy atomic.Bool  // hard links too
}

// link makes to the file from. One that shall be executable and is not cannot be linked, as both names share the mode.
func (l *linker) link(from, to string, isExecutable, executable bool) error {
	perm := fs.FileMode(0o644)
	if executable {
		perm = 0o755
	}
	mode := LinkMode(l.mode.Load())
	if mode == linkMove {
		return move(from, to, perm, isExecutable != executable)
	}
	if mode == LinkAuto && !l.hard.Load() {
		err := durable.Clone(from, to, perm)
		if !errors.Is(err, errors.ErrUnsupported) {
			return present(from, to, err)
		}
		l.hard.Store(true)
	}
	if mode != LinkCopy && !l.copy.Load() && isExecutable == executable {
		err := os.Link(from, to)
		if err == nil || errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
			return present(from, to, err)
		}
		l.copy.Store(true) // another volume, or a file system without
	}
	return present(from, to, copyFile(from, to, perm))
}

// present passes over that another distribution brought the same file: that they are the same was checked.
func present(_, _ string, err error) error {
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

func move(from, to string, perm fs.FileMode, chmod bool) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	if chmod {
		return os.Chmod(to, perm)
	}
	return nil
}
