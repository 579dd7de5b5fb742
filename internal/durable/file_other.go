//go:build !unix

package durable

import (
	"errors"
	"io/fs"
	"os"
)

// File is a new file of a Dir that is written once, from its start to its end, by one goroutine.
type File struct {
	*os.File
	in   *Dir
	name string
}

// Create opens a new file to be written.
func (d *Dir) Create(name string, perm fs.FileMode) (*File, error) {
	f, err := os.OpenFile(d.Path(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return nil, err
	}
	return &File{f, d, name}, nil
}

// Finish closes the file and tells what it has become, as a file may get its time when it is closed.
func (f *File) Finish() (FileStat, error) {
	closed := f.Close()
	st, err := f.in.Lstat(f.name)
	return st, errors.Join(closed, err)
}

// Discard closes the file as it is. It is for a file that Finish did not end.
func (f *File) Discard() error { return f.Close() }
