package durable

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// TempPrefix begins the name of every temporary file; what bears it and belongs to no running process is left from a kill.
const TempPrefix = ".chandlery-tmp-"

// WriteFile replaces the file name below root by b, durably and at once. The folder must exist. perm is before umask.
func WriteFile(root *os.Root, name string, b []byte, perm fs.FileMode) error {
	t, err := Create(root, name, perm)
	if err != nil {
		return err
	}
	if _, err := t.Write(b); err != nil {
		return errors.Join(err, t.Discard())
	}
	return t.Commit()
}

// WritePath is WriteFile for a path of the file system.
func WritePath(name string, b []byte, perm fs.FileMode) error {
	root, err := os.OpenRoot(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer root.Close()
	return WriteFile(root, filepath.Base(name), b, perm)
}

// RemovePath removes a file of the file system durably. One that is not there, or whose folder is not, is removed already.
func RemovePath(name string) error {
	root, err := os.OpenRoot(filepath.Dir(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.Remove(filepath.Base(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return SyncDir(root, ".")
}

// Temp is a file being written that has not its name yet. End it with Commit or Discard.
type Temp struct {
	*os.File
	root       *os.Root
	temp, name string
}

// Create opens a Temp that Commit will make the file name below root. Its folder must exist.
func Create(root *os.Root, name string, perm fs.FileMode) (*Temp, error) {
	temp := path.Join(path.Dir(name), TempPrefix+rand.Text())
	f, err := root.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return nil, err
	}
	return &Temp{File: f, root: root, temp: temp, name: name}, nil
}

// Commit syncs the file, gives it its name, in place of a file that had it, and syncs the folder. On error the temporary file is gone and the
// old file stands.
func (t *Temp) Commit() error {
	if err := t.Finish(); err != nil {
		return errors.Join(err, t.root.Remove(t.temp))
	}
	if err := t.Rename(); err != nil {
		return errors.Join(err, t.root.Remove(t.temp))
	}
	return SyncDir(t.root, path.Dir(t.name))
}

// Finish is the first half of Commit, for who looks once more before the name is given: it syncs and closes the file. Rename or Discard follows.
func (t *Temp) Finish() error { return errors.Join(t.Sync(), t.Close()) }

// Rename gives a finished file its name; the folder is not synced.
func (t *Temp) Rename() error { return t.root.Rename(t.temp, t.name) }

// Discard closes the temporary file and removes it, where either is not done.
func (t *Temp) Discard() error {
	closed, removed := t.Close(), t.root.Remove(t.temp)
	if errors.Is(closed, fs.ErrClosed) {
		closed = nil
	}
	if errors.Is(removed, fs.ErrNotExist) {
		removed = nil
	}
	return errors.Join(closed, removed)
}
