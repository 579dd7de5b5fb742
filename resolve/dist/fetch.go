package dist

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Fetcher brings files. Fetch returns only after size and every known hash were verified in full; a difference is a *HashError.
// It is safe for concurrent use, returns promptly when ctx ends, and leaves no goroutine behind.
type Fetcher interface {
	Fetch(ctx context.Context, a Artifact) (Blob, error)
}

// Passer is what a Fetcher can be besides. Pass is Fetch for a caller who reads a file once and keeps all of it in another form: what is downloaded for that is
// verified as ever, and gone when the Blob is closed. Who asks for it again has it downloaded again. A wrapper that embeds a Fetcher loses this: Fetch is asked then.
type Passer interface {
	Pass(ctx context.Context, a Artifact) (Blob, error)
}

// Pass is f's own Pass where it is a Passer, else its Fetch.
func Pass(ctx context.Context, f Fetcher, a Artifact) (Blob, error) {
	if p, ok := f.(Passer); ok {
		return p.Pass(ctx, a)
	}
	return f.Fetch(ctx, a)
}

// FetcherFunc is a function as a Fetcher.
type FetcherFunc func(ctx context.Context, a Artifact) (Blob, error)

// Fetch calls f.
func (f FetcherFunc) Fetch(ctx context.Context, a Artifact) (Blob, error) { return f(ctx, a) }

// Blob is a file's verified bytes. A Blob that lies in a local file also has Path() string, for links.
type Blob interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

// FileBlob is a Blob over a local file.
type FileBlob struct {
	f    *os.File
	path string
	size int64
}

// OpenFile opens a local regular file as a Blob. It verifies nothing.
func OpenFile(path string) (*FileBlob, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	f, err := os.Open(abs)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", abs)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &FileBlob{f: f, path: abs, size: st.Size()}, nil
}

// ReadAt implements io.ReaderAt.
func (b *FileBlob) ReadAt(p []byte, off int64) (int, error) { return b.f.ReadAt(p, off) }

// Close closes the file.
func (b *FileBlob) Close() error { return b.f.Close() }

// Size is the file's length in bytes when it was opened.
func (b *FileBlob) Size() int64 { return b.size }

// Path is the file's absolute path. Who links it must not write through the link.
func (b *FileBlob) Path() string { return b.path }
