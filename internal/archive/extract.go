package archive

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path"
	"sync"
)

// Extracted is a file as it was written.
type Extracted struct {
	Entry
	SHA256 [sha256.Size]byte
}

// Extract writes all files below root, several at a time, and returns them in the order of Entries with the hash of what was written, so
// that the caller can hold them against a RECORD without reading again. Size and CRC-32 are checked on the way.
//
// Files are 0o644 or 0o755 and folders 0o755, whatever the umask. Every file and folder is created, none is followed, opened or
// replaced: one that exists is an error, so root is best empty. Nothing is synced to disk. On error, what was written stays.
// observe, where not nil, is told the bytes written as they come, by several goroutines.
func (r *Reader) Extract(ctx context.Context, root *os.Root, observe func(written int64)) ([]Extracted, error) {
	jobs, err := r.folders(ctx, root)
	if err != nil {
		return nil, err
	}
	out := make([]Extracted, len(r.entries))
	err = inParallel(ctx, len(jobs), func(ctx context.Context, k int) error {
		in, err := root.OpenRoot(jobs[k].folder)
		if err != nil {
			return err
		}
		defer in.Close()
		for _, i := range jobs[k].entries {
			sum, err := r.write(ctx, in, i, observe)
			if err != nil {
				return err
			}
			out[i] = Extracted{r.entries[i], sum}
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
func (r *Reader) folders(ctx context.Context, root *os.Root) ([]job, error) {
	var jobs []job
	last := map[string]int{} // place of a folder's newest job
	for i := range r.entries {
		folder := path.Dir(r.entries[i].Name)
		k, known := last[folder]
		if !known {
			if err := makeFolder(ctx, root, folder, last); err != nil {
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
func makeFolder(ctx context.Context, root *os.Root, folder string, made map[string]int) error {
	if _, ok := made[folder]; ok || folder == "." {
		return nil
	}
	if err := makeFolder(ctx, root, path.Dir(folder), made); err != nil {
		return err
	}
	made[folder] = -1
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := root.Mkdir(folder, 0o755); err != nil {
		return err
	}
	return root.Chmod(folder, 0o755)
}

// buffers are what files are copied through.
var buffers = sync.Pool{New: func() any { return new([64 << 10]byte) }}

func (r *Reader) write(ctx context.Context, in *os.Root, i int, observe func(int64)) (sum [sha256.Size]byte, err error) {
	e := &r.entries[i]
	f, err := in.OpenFile(path.Base(e.Name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, e.Mode)
	if err != nil {
		return sum, fmt.Errorf("write %s: %w", e.Name, err)
	}
	defer func() {
		if e2 := f.Close(); err == nil && e2 != nil {
			err = fmt.Errorf("write %s: %w", e.Name, e2)
		}
	}()
	if err := f.Chmod(e.Mode); err != nil { // the umask narrowed it
		return sum, fmt.Errorf("write %s: %w", e.Name, err)
	}
	c := r.content(ctx, i)
	defer c.release()
	buf := buffers.Get().(*[64 << 10]byte)
	defer buffers.Put(buf)
	hash := sha256.New()
	for {
		n, err := c.Read(buf[:])
		hash.Write(buf[:n])
		if _, err := f.Write(buf[:n]); err != nil {
			return sum, fmt.Errorf("write %s: %w", e.Name, err)
		}
		if observe != nil && n > 0 {
			observe(int64(n))
		}
		if err == io.EOF {
			hash.Sum(sum[:0])
			return sum, nil
		}
		if err != nil {
			return sum, err
		}
	}
}
