package venv

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"sync/atomic"

	"github.com/chandlery-go/chandlery/internal/durable"
)

// linker brings files from the store into a staging tree, and learns what the file systems can do.
type linker struct {
	store *durable.Dir // where wheels lie
	tree  *durable.Dir // the staging tree
	mode  atomic.Int32 // LinkMode
	hard  atomic.Bool  // reflinks were refused
	copy  atomic.Bool  // hard links too
}

// link makes to, in the staging tree, the file from, of a wheel, each in its folder of the route. One that shall be executable and is not cannot be linked, as both names share the mode.
func (l *linker) link(r route, from, to string, isExecutable, executable bool) error {
	perm := fs.FileMode(0o644)
	if executable {
		perm = 0o755
	}
	mode := LinkMode(l.mode.Load())
	from, to = path.Join(r.from, from), path.Join(r.to, to)
	if mode == linkMove {
		return move(r.store.Path(from), r.tree.Path(to), perm, isExecutable != executable)
	}
	if mode == LinkAuto && !l.hard.Load() {
		err := durable.Clone(r.store.Path(from), r.tree.Path(to), perm)
		if !errors.Is(err, errors.ErrUnsupported) {
			return present(err)
		}
		l.hard.Store(true)
	}
	if mode != LinkCopy && !l.copy.Load() && isExecutable == executable {
		err := r.store.Link(from, r.tree, to)
		if err == nil || errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) {
			return present(err)
		}
		l.copy.Store(true) // another volume, or a file system without
	}
	return present(copyFile(r.store.Path(from), r.tree.Path(to), perm))
}

// present passes over that another distribution brought the same file: that they are the same was checked.
func present(err error) error {
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
