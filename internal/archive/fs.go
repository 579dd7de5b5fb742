package archive

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"math"
	"path"
	"slices"
	"strings"
	"time"
)

// Open implements fs.FS. Reading a file to its end checks its size and CRC-32: what is wrong comes as a *FormatError instead of io.EOF.
func (r *Reader) Open(name string) (fs.File, error) {
	if !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	}
	if i, ok := r.find(name); ok {
		return &file{content: r.content(context.Background(), i), entry: r.entries[i]}, nil
	}
	list, err := r.ReadDir(name)
	if err != nil {
		return nil, err
	}
	return &folder{stat: stat{name: path.Base(name), mode: fs.ModeDir | 0o755}, list: list}, nil
}

// ReadFile implements fs.ReadFileFS.
func (r *Reader) ReadFile(name string) ([]byte, error) {
	i, ok := r.find(name)
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if r.entries[i].Size > math.MaxInt {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("larger than the memory of a 32-bit program")}
	}
	c := r.content(context.Background(), i)
	defer c.release()
	body := make([]byte, r.entries[i].Size)
	if _, err := io.ReadFull(c, body); err != nil {
		return nil, err
	}
	if _, err := c.Read(nil); err != io.EOF { // what the check after the last byte said
		return nil, err
	}
	return body, nil
}

// Stat implements fs.StatFS.
func (r *Reader) Stat(name string) (fs.FileInfo, error) {
	if i, ok := r.find(name); ok {
		return statOf(&r.entries[i]), nil
	}
	f, err := r.Open(name)
	if err != nil {
		return nil, err
	}
	return f.Stat()
}

// ReadDir implements fs.ReadDirFS: the files and folders right below a folder, sorted by name.
func (r *Reader) ReadDir(name string) ([]fs.DirEntry, error) {
	prefix := name + "/"
	if name == "." {
		prefix = ""
	}
	from := r.first(prefix)
	if !fs.ValidPath(name) || prefix != "" && (from == len(r.entries) || !strings.HasPrefix(r.entries[from].Name, prefix)) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	var list []fs.DirEntry
	for i := from; i < len(r.entries) && strings.HasPrefix(r.entries[i].Name, prefix); {
		base, _, deeper := strings.Cut(r.entries[i].Name[len(prefix):], "/")
		if deeper {
			list = append(list, fs.FileInfoToDirEntry(stat{name: base, mode: fs.ModeDir | 0o755}))
			i = r.first(prefix + base + "0") // "0" follows "/", so this is past all that the folder holds
			continue
		}
		list = append(list, fs.FileInfoToDirEntry(statOf(&r.entries[i])))
		i++
	}
	slices.SortFunc(list, func(d, e fs.DirEntry) int { return strings.Compare(d.Name(), e.Name()) })
	return list, nil
}

// first is the place of the first entry whose name is not before prefix.
func (r *Reader) first(prefix string) int {
	i, _ := r.find(prefix)
	return i
}

// file is an open file.
type file struct {
	*content
	entry Entry
}

func (f *file) Stat() (fs.FileInfo, error) { return statOf(&f.entry), nil }

func (f *file) Close() error {
	if f.end == fs.ErrClosed {
		return &fs.PathError{Op: "close", Path: f.entry.Name, Err: fs.ErrClosed}
	}
	f.release()
	return nil
}

// folder is an open folder.
type folder struct {
	stat
	list []fs.DirEntry
}

func (d *folder) Stat() (fs.FileInfo, error) { return d.stat, nil }
func (d *folder) Close() error               { return nil }

func (d *folder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: fs.ErrInvalid}
}

func (d *folder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		n = len(d.list)
	} else if len(d.list) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(d.list))
	head := d.list[:n:n]
	d.list = d.list[n:]
	return head, nil
}

// stat describes a file or folder; there is no time, as what is read here does not depend on any.
type stat struct {
	name string
	size int64
	mode fs.FileMode
}

func statOf(e *Entry) stat { return stat{path.Base(e.Name), e.Size, e.Mode} }

func (s stat) Name() string       { return s.name }
func (s stat) Size() int64        { return s.size }
func (s stat) Mode() fs.FileMode  { return s.mode }
func (s stat) ModTime() time.Time { return time.Time{} }
func (s stat) IsDir() bool        { return s.mode.IsDir() }
func (s stat) Sys() any           { return nil }
