//go:build unix

package durable

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Dir is an open folder. What lies below it is reached from there, by slash paths, without walking to the folder each time. Safe for concurrent use until it is closed.
type Dir struct {
	path string
	fd   int
}

// OpenDir opens a folder.
func OpenDir(path string) (*Dir, error) {
	fd, err := (&Dir{"", unix.AT_FDCWD}).open(path, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	return &Dir{path, fd}, nil
}

// DirOf opens the folder of a Root a second time.
func DirOf(root *os.Root) (*Dir, error) {
	f, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: root.Name(), Err: err}
	}
	return &Dir{root.Name(), fd}, nil
}

// OpenDir opens a folder below. Of links on the way to it those are followed that were there: in a folder that only this process writes to there are none.
func (d *Dir) OpenDir(name string) (*Dir, error) {
	fd, err := d.open(name, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	return &Dir{d.Path(name), fd}, nil
}

func (d *Dir) open(name string, flags int, perm uint32) (int, error) {
	for {
		fd, err := unix.Openat(d.fd, name, flags|unix.O_CLOEXEC, perm)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return -1, &os.PathError{Op: "open", Path: d.Path(name), Err: err}
		}
		return fd, nil
	}
}

// Path is where a slash path leads to.
func (d *Dir) Path(name string) string { return filepath.Join(d.path, name) }

// Close gives the folder back.
func (d *Dir) Close() error { return unix.Close(d.fd) }

// Lstat looks at a file and follows no link in its place.
func (d *Dir) Lstat(name string) (FileStat, error) {
	var st unix.Stat_t
	if err := unix.Fstatat(d.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return FileStat{}, &os.PathError{Op: "lstat", Path: d.path + "/" + name, Err: err}
	}
	return statOf(&st), nil
}

func statOf(st *unix.Stat_t) FileStat {
	kind := fs.ModeIrregular
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		kind = 0
	case unix.S_IFDIR:
		kind = fs.ModeDir
	case unix.S_IFLNK:
		kind = fs.ModeSymlink
	}
	return FileStat{kind | fs.FileMode(st.Mode)&fs.ModePerm, st.Size, st.Mtim.Nano()}
}

// Link gives a file another name, below a folder, as a hard link.
func (d *Dir) Link(from string, folder *Dir, to string) error {
	if err := unix.Linkat(d.fd, from, folder.fd, to, 0); err != nil {
		return &os.LinkError{Op: "link", Old: d.path + "/" + from, New: folder.path + "/" + to, Err: err}
	}
	return nil
}

// Mkdir makes a folder. perm is before umask.
func (d *Dir) Mkdir(name string, perm fs.FileMode) error {
	if err := unix.Mkdirat(d.fd, name, uint32(perm.Perm())); err != nil {
		return &os.PathError{Op: "mkdir", Path: d.path + "/" + name, Err: err}
	}
	return nil
}

// MkdirAs makes a folder with just these permissions, whatever the umask.
func (d *Dir) MkdirAs(name string, perm fs.FileMode) error {
	if err := d.Mkdir(name, perm); err != nil {
		return err
	}
	st, err := d.Lstat(name) // asking costs less than changing, which is seldom needed
	if err != nil || st.Mode.Perm() == perm {
		return err
	}
	return d.Chmod(name, perm)
}

// Chmod gives a folder or file below its mode.
func (d *Dir) Chmod(name string, perm fs.FileMode) error {
	if err := unix.Fchmodat(d.fd, name, uint32(perm.Perm()), 0); err != nil {
		return &os.PathError{Op: "chmod", Path: d.path + "/" + name, Err: err}
	}
	return nil
}
