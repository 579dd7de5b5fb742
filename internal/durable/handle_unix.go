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
	for {
		fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return nil, &os.PathError{Op: "open", Path: path, Err: err}
		}
		return &Dir{path, fd}, nil
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
	kind := fs.ModeIrregular
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		kind = 0
	case unix.S_IFDIR:
		kind = fs.ModeDir
	case unix.S_IFLNK:
		kind = fs.ModeSymlink
	}
	return FileStat{kind, st.Size, st.Mtim.Nano()}, nil
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
