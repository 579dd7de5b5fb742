//go:build !unix

package durable

import (
	"io/fs"
	"os"
	"path/filepath"
)

// Dir is a folder. What lies below it is reached by slash paths.
type Dir struct{ path string }

// OpenDir names a folder; that it is absent shows when something below it is asked for.
func OpenDir(path string) (*Dir, error) { return &Dir{path}, nil }

// DirOf names the folder of a Root.
func DirOf(root *os.Root) (*Dir, error) { return &Dir{root.Name()}, nil }

// OpenDir names a folder below.
func (d *Dir) OpenDir(name string) (*Dir, error) { return &Dir{d.Path(name)}, nil }

// Close does nothing.
func (d *Dir) Close() error { return nil }

// Path is where a slash path leads to.
func (d *Dir) Path(name string) string { return filepath.Join(d.path, filepath.FromSlash(name)) }

// Lstat looks at a file and follows no link in its place.
func (d *Dir) Lstat(name string) (FileStat, error) {
	st, err := os.Lstat(d.Path(name))
	if err != nil {
		return FileStat{}, err
	}
	return FileStat{st.Mode().Type() | st.Mode().Perm(), st.Size(), st.ModTime().UnixNano()}, nil
}

// Link gives a file another name, below a folder, as a hard link.
func (d *Dir) Link(from string, folder *Dir, to string) error {
	return os.Link(d.Path(from), folder.Path(to))
}

// Mkdir makes a folder. perm is before umask.
func (d *Dir) Mkdir(name string, perm fs.FileMode) error { return os.Mkdir(d.Path(name), perm) }

// MkdirAs makes a folder; what permissions it has is the system's affair.
func (d *Dir) MkdirAs(name string, perm fs.FileMode) error { return d.Mkdir(name, perm) }

// Chmod gives a folder or file below its mode.
func (d *Dir) Chmod(name string, perm fs.FileMode) error { return os.Chmod(d.Path(name), perm) }
