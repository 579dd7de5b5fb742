package crawl

import (
	"context"
	"errors"
	"net/http"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
)

// Passing is a dist.Fetcher that keeps nothing: a file lies in a temporary folder of its own, which goes when its Blob is closed. Files on this machine are opened where they are, and stay.
type Passing struct {
	RoundTripper http.RoundTripper                                      // nil: one for each file
	Auth         func(ctx context.Context, host string) (string, error) // as index.Fetcher's
	MaxSize      int64                                                  // bytes of one file; 0: MaxFile
}

// MaxFile is the largest file that a Passing brings where MaxSize says nothing else, in bytes.
const MaxFile = 256 << 20

// Fetch brings a file.
func (p *Passing) Fetch(ctx context.Context, a dist.Artifact) (dist.Blob, error) {
	f := &index.Fetcher{Auth: p.Auth, MaxSize: p.MaxSize, MaxConcurrent: 1}
	if f.MaxSize == 0 {
		f.MaxSize = MaxFile
	}
	if p.RoundTripper != nil {
		f.RoundTripper = lasting{p.RoundTripper}
	}
	b, err := f.Fetch(ctx, a)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &passed{b, f}, nil
}

// lasting keeps connections when a Fetcher that used them is closed: the next one needs them.
type lasting struct{ http.RoundTripper }

// passed is a Blob whose file goes with it.
type passed struct {
	dist.Blob
	from *index.Fetcher
}

// Close removes the file, unless it is one of this machine.
func (b *passed) Close() error { return errors.Join(b.Blob.Close(), b.from.Close()) }
