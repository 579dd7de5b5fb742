package index

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/chandlery-go/chandlery/internal/transport"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// MaxWholeWheel bounds the wheels that are fetched whole for their METADATA, from servers without ranges.
const MaxWholeWheel = 1 << 30

// Metadata gives a wheel's metadata without fetching the wheel, where that can be done (see the package's text). An sdist is ErrNoMetadata, unless the index
// offers its metadata and that is final (PEP 643). Metadata that is another distribution's than the file name says is a *dist.MetadataError.
func (c *Client) Metadata(ctx context.Context, f dist.File) (*dist.Metadata, error) {
	if err := c.init(); err != nil {
		return nil, err
	}
	key := f.Hashes["sha256"] + " " + f.URL
	return c.metadata.do(ctx, key, func(ctx context.Context) (*dist.Metadata, error) {
		if f.Kind != dist.Wheel && f.MetadataHash == "" {
			return nil, fmt.Errorf("%s: %w", f.File, ErrNoMetadata)
		}
		m, err := c.learn(ctx, f)
		if err == nil && f.Kind != dist.Wheel && !isFinal(m) {
			return nil, fmt.Errorf("%s: %w", f.File, ErrNoMetadata)
		}
		return m, err
	})
}

// isFinal reports whether a build cannot change what resolving needs of an sdist's metadata (PEP 643).
func isFinal(m *dist.Metadata) bool {
	return !m.IsDynamic("Requires-Dist") && !m.IsDynamic("Provides-Extra") && !m.IsDynamic("Requires-Python")
}

// learn takes metadata from the cache, else over the network.
func (c *Client) learn(ctx context.Context, f dist.File) (*dist.Metadata, error) {
	sha256 := f.Hashes["sha256"]
	if b := c.Cache.metadata(sha256, f.Index); b != nil {
		c.wire.cached(ForMetadata, f.File, f.URL)
		return parseMetadata(f, b)
	}
	if c.Offline {
		return nil, &OfflineError{For: ForMetadata, Of: f.File, URL: transport.Redact(f.URL)}
	}
	b, err := c.fetchMetadata(ctx, f)
	if err != nil {
		return nil, err
	}
	m, err := parseMetadata(f, b)
	if err == nil {
		c.Cache.putProvisional(sha256, f.Index, b)
	}
	return m, err
}

func (c *Client) fetchMetadata(ctx context.Context, f dist.File) ([]byte, error) {
	ctx = on(ctx, &errand{purpose: ForMetadata, of: f.File})
	if f.MetadataHash != "" {
		b, err := c.offered(ctx, f)
		if f.Kind != dist.Wheel || !errors.Is(err, dist.ErrNotFound) { // offered, yet not there: the wheel itself has it
			return b, err
		}
	}
	b, err := c.ranged(ctx, f)
	if errors.Is(err, transport.ErrNoRange) {
		return c.whole(ctx, f)
	}
	return b, err
}

// offered fetches the file that PEP 658 puts beside a distribution.
func (c *Client) offered(ctx context.Context, f dist.File) ([]byte, error) {
	if err := c.wire.enter(ctx); err != nil {
		return nil, err
	}
	defer c.wire.leave()
	b, _, err := c.wire.http.Get(ctx, f.URL+".metadata", "", dist.MaxMetadata)
	if err != nil {
		return nil, err
	}
	if f.MetadataHash != "true" {
		v := dist.NewVerifier(dist.Artifact{File: f.File + ".metadata", Size: -1, Hashes: map[string]string{"sha256": f.MetadataHash}})
		v.Write(b)
		if err := v.Check(); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// ranged reads METADATA out of the wheel by its tail, and by one more range or two where it lies before that.
func (c *Client) ranged(ctx context.Context, f dist.File) ([]byte, error) {
	if err := c.wire.enter(ctx); err != nil {
		return nil, err
	}
	defer c.wire.leave()
	tail, offset, size, err := c.wire.http.Tail(ctx, f.URL, TailSize)
	if err != nil {
		return nil, err
	}
	if f.Size >= 0 && f.Size != size {
		return nil, &dist.HashError{File: f.File, Algorithm: "size", Want: fmt.Sprint(f.Size), Got: fmt.Sprint(size)}
	}
	return readMetadata(f.File, size, func(off, n int64) ([]byte, error) {
		if off >= offset {
			return tail[off-offset:][:n], nil
		}
		have := max(0, off+n-offset) // in the tail already
		b, err := c.wire.http.Range(ctx, f.URL, off, n-have)
		return append(b, tail[:have]...), err
	})
}

// whole fetches the wheel into the cache, or into a folder that is gone afterwards.
func (c *Client) whole(ctx context.Context, f dist.File) ([]byte, error) {
	if f.Size > MaxWholeWheel {
		return nil, fmt.Errorf("%w, and it is too large to fetch for its metadata", transport.ErrNoRange)
	}
	cache := c.Cache
	if cache == nil {
		dir, err := os.MkdirTemp("", "chandlery-")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		if cache, err = OpenCache(dir); err != nil {
			return nil, err
		}
	}
	fetcher := &Fetcher{Cache: cache, MaxSize: MaxWholeWheel, wire: c.wire}
	blob, err := fetcher.Fetch(ctx, f.Artifact)
	if err != nil {
		return nil, err
	}
	defer blob.Close()
	return readMetadata(f.File, blob.Size(), fromReader(blob))
}
