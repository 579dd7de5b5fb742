package index

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/chandlery-go/chandlery/internal/digest"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

var _ dist.Passer = (*Fetcher)(nil)

// Pass implements dist.Passer. What the Cache has comes from there; what is downloaded stays in memory where there is room, else in a file that Close of the Blob
// removes. Those who want the same file at once download it each.
func (f *Fetcher) Pass(ctx context.Context, a dist.Artifact) (dist.Blob, error) {
	_, local, err := localPath(a.URL)
	if local || err != nil || f.Offline || !a.Trusted() {
		return f.Fetch(ctx, a)
	}
	cache, err := f.open()
	if err != nil {
		return nil, err
	}
	if sha256 := a.Hashes["sha256"]; digest.IsSHA256(sha256) {
		if _, err := os.Stat(cache.path(filesFolder, sha256)); err == nil {
			return f.Fetch(ctx, a)
		}
	}
	b, err := f.pass(ctx, cache, a)
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", a.File, err)
	}
	return b, nil
}

// passing is a Blob to be.
type passing interface {
	landing
	dist.Blob
}

func (f *Fetcher) pass(ctx context.Context, cache *Cache, a dist.Artifact) (dist.Blob, error) {
	if err := f.wire.enter(ctx); err != nil {
		return nil, err
	}
	defer f.wire.leave()
	to, err := f.room(cache, a)
	if err != nil {
		return nil, err
	}
	sha256, err := f.land(ctx, to, a)
	if err == nil {
		err = confirmBlob(cache, a.File, sha256, to)
	}
	if err != nil {
		return nil, errors.Join(err, to.Close())
	}
	return to, nil
}

// room is where a file goes that only passes.
func (f *Fetcher) room(cache *Cache, a dist.Artifact) (passing, error) {
	if held := f.memory.reserve(a.Size); held != nil {
		return held, nil
	}
	out, err := cache.create()
	if err != nil {
		return nil, err
	}
	return &passingFile{asideFile: asideFile{out}}, nil
}

// passingFile is a file without a place in the cache.
type passingFile struct {
	asideFile
	size int64
}

func (f *passingFile) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	f.size += int64(n)
	return n, err
}

func (f *passingFile) rewind() error {
	f.size = 0
	return f.asideFile.rewind()
}

// Size implements dist.Blob.
func (f *passingFile) Size() int64 { return f.size }

// Close implements dist.Blob.
func (f *passingFile) Close() error { return errors.Join(f.File.Close(), os.Remove(f.Name())) }
