//go:build unix

package durable

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// File is a new file of a Dir that is written once, from its start to its end, by one goroutine. It has less to it than an os.File, as there are thousands of them.
type File struct {
	in   *Dir
	name string
	fd   int
	perm fs.FileMode
}

// Create opens a new file to be written. It has just these permissions after Finish, whatever the umask.
func (d *Dir) Create(name string, perm fs.FileMode) (*File, error) {
	fd, err := d.open(name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, uint32(perm.Perm()))
	if err != nil {
		return nil, err
	}
	return &File{d, name, fd, perm.Perm()}, nil
}

// Write implements io.Writer.
func (f *File) Write(p []byte) (int, error) {
	written := 0
	for written < len(p) {
		n, err := unix.Write(f.fd, p[written:min(len(p), written+1<<30)]) // Darwin and FreeBSD take no more than 2 GiB at once
		if n > 0 {
			written += n
		}
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil:
			return written, f.fault("write", err)
		case n == 0:
			return written, f.fault("write", io.ErrUnexpectedEOF)
		}
	}
	return written, nil
}

// Finish closes the file and tells what it has become.
func (f *File) Finish() (FileStat, error) {
	var st unix.Stat_t
	err := unix.Fstat(f.fd, &st)
	if err == nil && fs.FileMode(st.Mode).Perm() != f.perm {
		err = unix.Fchmod(f.fd, uint32(f.perm))
	}
	if err != nil {
		return FileStat{}, errors.Join(f.fault("stat", err), f.Discard())
	}
	told := statOf(&st)
	told.Mode = f.perm
	return told, f.Discard()
}

// Discard closes the file as it is. It is for a file that Finish did not end.
func (f *File) Discard() error {
	if err := unix.Close(f.fd); err != nil {
		return f.fault("close", err)
	}
	return nil
}

func (f *File) fault(op string, err error) error {
	return &os.PathError{Op: op, Path: f.in.Path(f.name), Err: err}
}
