package txn

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"

	"github.com/chandlery-go/chandlery/internal/durable"
)

// forward does what is left of an op.
func (f *Folder) forward(o Op, from stand) error {
	switch o.kind() {
	case put:
		if from == before {
			return f.renameNew(o.New, o.Path)
		}
		return nil
	case remove:
		if from == before {
			return f.rename(o.Path, o.Old)
		}
		return nil
	}
	if from == before {
		if o.exchanges() {
			if err := f.exchange(o.Path, o.New); err != nil {
				return err
			}
			from = swapped
		} else {
			if err := f.rename(o.Path, o.Old); err != nil {
				return err
			}
			from = aside
		}
	}
	switch from {
	case aside:
		return f.renameNew(o.New, o.Path)
	case swapped:
		return f.rename(o.New, o.Old)
	}
	return nil
}

// back undoes what was done of an op.
func (f *Folder) back(o Op, from stand) error {
	switch o.kind() {
	case put:
		if from == after {
			return f.rename(o.Path, o.New)
		}
		return nil
	case remove:
		if from == after {
			return f.renameNew(o.Old, o.Path)
		}
		return nil
	}
	if from == after {
		if o.exchanges() {
			if err := f.rename(o.Old, o.New); err != nil {
				return err
			}
			from = swapped
		} else {
			if err := f.rename(o.Path, o.New); err != nil {
				return err
			}
			from = aside
		}
	}
	switch from {
	case aside:
		return f.renameNew(o.Old, o.Path)
	case swapped:
		return f.exchange(o.Path, o.New)
	}
	return nil
}

// exchanges reports whether the op swaps two names in one step.
func (o Op) exchanges() bool { return !o.OldID.IsZero() && !o.NewID.IsZero() }

func (f *Folder) exchange(a, b string) error {
	if err := f.step("exchange " + a + " and " + b); err != nil {
		return err
	}
	return durable.Exchange(f.Root, a, b)
}

// renameNew is rename to a name that must be free: what came there meanwhile belongs to somebody.
func (f *Folder) renameNew(from, to string) error {
	if taken, err := exists(f.Root, to); taken || err != nil {
		return errors.Join(err, errTaken(taken, to))
	}
	return f.rename(from, to)
}

func errTaken(taken bool, name string) error {
	if !taken {
		return nil
	}
	return fmt.Errorf("%s: %w: it appeared while the folder was being changed", name, fs.ErrExist)
}

// forwardAll does every op and, where one is refused, takes back those that were done. undone tells which end was reached; an error beside undone is the
// refusal, an *UnfinishedError means that neither end was.
func (f *Folder) forwardAll(ops []Op, stands []stand) (undone bool, err error) {
	for i, o := range ops {
		if err := f.forward(o, stands[i]); err != nil {
			err = f.refused(o.Path, err)
			if berr := f.backAll(ops); berr != nil {
				return false, &UnfinishedError{Err: errors.Join(err, berr)}
			}
			return true, err
		}
	}
	return false, nil
}

// RefusedError says that the system refused to rename a file or folder.
type RefusedError struct {
	Path   string
	Folder bool
	Err    error
}

func (e *RefusedError) Error() string { return fmt.Sprintf("cannot replace %s: %v", e.Path, e.Err) }

func (e *RefusedError) Unwrap() error { return e.Err }

func (f *Folder) refused(name string, err error) error {
	fi, serr := f.Root.Lstat(name)
	return &RefusedError{Path: name, Folder: serr == nil && fi.IsDir(), Err: err}
}

func (f *Folder) backAll(ops []Op) error {
	for _, o := range slices.Backward(ops) {
		from, err := f.stand(o)
		if err == nil {
			err = f.back(o, from)
		}
		if err != nil {
			return fmt.Errorf("taking back %s: %w", o.Path, err)
		}
	}
	return nil
}

// UnfinishedError says that a transaction could be neither completed nor taken back. Its journal stands: Recover tries again.
type UnfinishedError struct{ Err error }

func (e *UnfinishedError) Error() string {
	return "the change is unfinished and waits for recovery: " + e.Err.Error()
}

func (e *UnfinishedError) Unwrap() error { return e.Err }

// stands looks at every op.
func (f *Folder) stands(ops []Op) ([]stand, error) {
	all := make([]stand, len(ops))
	for i, o := range ops {
		s, err := f.stand(o)
		if err != nil {
			return nil, err
		}
		all[i] = s
	}
	return all, nil
}

// syncOps makes the renames durable.
func (f *Folder) syncOps(ops []Op) error {
	if err := f.step("sync"); err != nil {
		return err
	}
	var dirs []string
	for _, o := range ops {
		for _, name := range []string{o.Path, o.New, o.Old} {
			if name != "" {
				dirs = append(dirs, path.Dir(name))
			}
		}
	}
	return f.syncDirs(dirs...)
}
