package offline

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"path"
	"slices"
	"time"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// tree is what goes into an archive, as bundle.Zip packs it: name by name, each opened twice in a row.
type tree struct {
	ctx     context.Context
	fetcher dist.Fetcher
	files   map[string][]byte
	bundles map[string]dist.Artifact // by name

	last string // the bundle that is open
	blob dist.Blob
}

// Files lists all, sorted.
func (t *tree) Files() []string {
	var names []string
	for name := range t.files {
		names = append(names, name)
	}
	for name := range t.bundles {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Open opens a file, and fetches it where it is a bundle.
func (t *tree) Open(name string) (fs.File, error) {
	if b, ok := t.files[name]; ok {
		return file{name: path.Base(name), Reader: bytes.NewReader(b), size: int64(len(b))}, nil
	}
	a, ok := t.bundles[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	if t.last != name {
		if err := t.close(); err != nil {
			return nil, err
		}
		blob, err := t.fetcher.Fetch(t.ctx, a)
		if err != nil {
			return nil, err
		}
		t.last, t.blob = name, blob
	}
	return file{name: path.Base(name), Reader: durable.Within(t.ctx, io.NewSectionReader(t.blob, 0, t.blob.Size())), size: t.blob.Size()}, nil
}

// close closes the bundle that is open.
func (t *tree) close() error {
	if t.blob == nil {
		return nil
	}
	blob := t.blob
	t.last, t.blob = "", nil
	return blob.Close()
}

// file is an open one, and what is known of it.
type file struct {
	io.Reader
	name string
	size int64
}

func (f file) Stat() (fs.FileInfo, error) { return f, nil }
func (f file) Close() error               { return nil }
func (f file) Name() string               { return f.name }
func (f file) Size() int64                { return f.size }
func (f file) Mode() fs.FileMode          { return 0o644 }
func (f file) ModTime() time.Time         { return time.Time{} }
func (f file) IsDir() bool                { return false }
func (f file) Sys() any                   { return nil }
