package archive

import (
	"cmp"
	"context"
	"crypto/sha256"
	"io"
	"io/fs"
	"runtime"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
)

// Each calls fn for every file with its content, several files at a time and large ones first. fn gets the place of the entry in Entries;
// it must not keep body. What fn leaves unread is not checked. The first error ends it, as does ctx; no goroutine is left behind.
func (r *Reader) Each(ctx context.Context, fn func(i int, body io.Reader) error) error {
	order := make([]int, len(r.entries))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(r.entries[j].CompressedSize, r.entries[i].CompressedSize) })
	return inParallel(ctx, len(order), func(ctx context.Context, k int) error {
		c := r.content(ctx, order[k])
		defer c.release()
		return fn(order[k], c)
	})
}

// inParallel calls do(0) … do(n-1), in this order on as many goroutines as there are processors.
func inParallel(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	group, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range min(n, runtime.GOMAXPROCS(0)) {
		group.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return nil
				}
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := do(ctx, i); err != nil {
					return err
				}
			}
		})
	}
	return group.Wait()
}

// SHA256 hashes the content of one file.
func (r *Reader) SHA256(ctx context.Context, name string) (sum [sha256.Size]byte, err error) {
	i, ok := r.find(name)
	if !ok {
		return sum, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	c := r.content(ctx, i)
	defer c.release()
	hash := sha256.New()
	if _, err := io.Copy(hash, c); err != nil {
		return sum, err
	}
	hash.Sum(sum[:0])
	return sum, nil
}
