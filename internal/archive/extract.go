package archive

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path"
	"sync"

	"github.com/chandlery-go/chandlery/internal/durable"
)

// Extracted is a file as it was written.
type Extracted struct {
	Entry
	SHA256 [sha256.Size]byte
	Time   int64 // of its last change, in nanoseconds since 1970
}

// Extract writes all files below root, several at a time, and returns them in the order of Entries with the hash of what was written, so
// that the caller can hold them against a RECORD without reading again. Size and CRC-32 are checked on the way.
//
// Files are 0o644 or 0o755 and folders 0o755, whatever the umask. Every file and folder is created, none is followed, opened or
// replaced: one that exists is an error, so root is best empty, and nobody else writes there meanwhile. Nothing is synced to disk. On error, what was written stays.
// observe, where not nil, is told the bytes written as they come, by several goroutines.
func (r *Reader) Extract(ctx context.Context, root *os.Root, observe func(written int64)) ([]Extracted, error) {
	to, err := durable.DirOf(root)
	if err != nil {
		return nil, err
	}
	defer to.Close()
	jobs, err := r.folders(ctx, to)
	if err != nil {
		return nil, err
	}
	out := make([]Extracted, len(r.entries))
	err = inParallel(ctx, len(jobs), func(ctx context.Context, k int) error {
		in, err := to.OpenDir(jobs[k].folder)
		if err != nil {
			return err
		}
		defer in.Close()
		for _, i := range jobs[k].entries {
			if out[i], err = r.write(ctx, in, i, observe); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// job is some files of one folder, which are written through one handle of it.
type job struct {
	folder  string
	entries []int
}

// jobFiles bounds the files of a job, so that a large folder is shared between goroutines.
const jobFiles = 64

// folders makes all folders and shares out the files in them.
func (r *Reader) folders(ctx context.Context, to *durable.Dir) ([]job, error) {
	var jobs []job
	last := map[string]int{} // place of a folder's newest job
	for i := range r.entries {
		folder := path.Dir(r.entries[i].Name)
		k, known := last[folder]
		if !known {
			if err := makeFolder(ctx, to, folder, last); err != nil {
				return nil, err
			}
		}
		if !known || k < 0 || len(jobs[k].entries) == jobFiles {
			k = len(jobs)
			last[folder], jobs = k, append(jobs, job{folder: folder})
		}
		jobs[k].entries = append(jobs[k].entries, i)
	}
	return jobs, nil
}

// makeFolder makes a folder and those above it that are not made yet, and notes them without a job.
func makeFolder(ctx context.Context, to *durable.Dir, folder string, made map[string]int) error {
	if _, ok := made[folder]; ok || folder == "." {
		return nil
	}
	if err := makeFolder(ctx, to, path.Dir(folder), made); err != nil {
		return err
	}
	made[folder] = -1
	if err := ctx.Err(); err != nil {
		return err
	}
	return to.MkdirAs(folder, 0o755)
}

// copier is what a file is hashed and copied through.
type copier struct {
	buf  [64 << 10]byte
	hash hash.Hash
}

var copiers = sync.Pool{New: func() any { return &copier{hash: sha256.New()} }}

// write writes a file. Its errors name it, but for those of the zip and of ctx.
func (r *Reader) write(ctx context.Context, in *durable.Dir, i int, observe func(int64)) (Extracted, error) {
	e := &r.entries[i]
	f, err := in.Create(path.Base(e.Name), e.Mode)
	if err != nil {
		return Extracted{}, fmt.Errorf("write %s: %w", e.Name, err)
	}
	sum, err := r.copy(ctx, f, i, observe)
	if err != nil {
		return Extracted{}, errors.Join(err, f.Discard())
	}
	st, err := f.Finish()
	if err != nil {
		return Extracted{}, fmt.Errorf("write %s: %w", e.Name, err)
	}
	return Extracted{*e, sum, st.Time}, nil
}

func (r *Reader) copy(ctx context.Context, f *durable.File, i int, observe func(int64)) (sum [sha256.Size]byte, err error) {
	c := r.content(ctx, i)
	defer c.release()
	by := copiers.Get().(*copier)
	defer copiers.Put(by)
	by.hash.Reset()
	for {
		n, err := io.ReadFull(c, by.buf[:]) // few large writes, as each costs the file system more than its bytes
		by.hash.Write(by.buf[:n])
		if n > 0 {
			if _, err := f.Write(by.buf[:n]); err != nil {
				return sum, fmt.Errorf("write %s: %w", r.entries[i].Name, err)
			}
			if observe != nil {
				observe(int64(n))
			}
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF { // a content that ends too early is a *FormatError, so both are its end
			by.hash.Sum(sum[:0])
			return sum, nil
		}
		if err != nil {
			return sum, err
		}
	}
}
