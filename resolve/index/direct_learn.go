package index

import (
	"context"
	"fmt"
	"maps"
	"os"

	"github.com/chandlery-go/chandlery/internal/transport"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// Learner brings a file whose hash nobody knows, and gives its artifact with its size and sha256, by which Fetch then gives it. What the given artifact promises is checked.
type Learner interface {
	dist.Fetcher
	Learn(ctx context.Context, a dist.Artifact) (dist.Artifact, error)
}

var _ Learner = (*Fetcher)(nil)

// Learn brings a file from the net into the cache, whatever it hashes to: for what the user names by address, not for what an index offers. Offline it is an *OfflineError, as
// the cache knows files by their hashes alone.
func (f *Fetcher) Learn(ctx context.Context, a dist.Artifact) (dist.Artifact, error) {
	out, err := f.learn(ctx, a)
	if err != nil {
		return dist.Artifact{}, fmt.Errorf("fetch %s: %w", a.File, err)
	}
	return out, nil
}

func (f *Fetcher) learn(ctx context.Context, a dist.Artifact) (dist.Artifact, error) {
	cache, err := f.open()
	if err != nil {
		return a, err
	}
	if f.Offline {
		offline := &OfflineError{For: ForFile, Of: a.File, URL: transport.Redact(a.URL)}
		return a, fmt.Errorf("the cache knows files by their hashes alone, so end the address with #sha256=…: %w", offline)
	}
	if err := f.wire.enter(ctx); err != nil {
		return a, err
	}
	defer f.wire.leave()
	temp, sum, err := f.download(ctx, cache, a)
	if err != nil {
		return a, err
	}
	info, err := os.Stat(temp)
	if err != nil {
		return a, err
	}
	path := cache.path(filesFolder, sum)
	if err := cache.adopt(temp, path); err != nil {
		return a, err
	}
	a.Size, a.Hashes = info.Size(), maps.Clone(a.Hashes)
	if a.Hashes == nil {
		a.Hashes = map[string]string{}
	}
	a.Hashes["sha256"] = sum
	return a, confirm(cache, a.File, sum, path)
}
