package bundle

import (
	"context"
	"io"

	"github.com/chandlery-go/chandlery/bundle/manifest"
)

// Store keeps objects by key. Safe for concurrent use; a Put that ends with an error or is killed leaves no object under the key.
type Store interface {
	// Put stores obj under key, once: where the key holds the same bytes already, Existed is true; where it holds others, the error wraps ErrConflict.
	// Bytes that have not obj's size and sha256 are a *dist.HashError. A key is slash-separated: lower-case letters, digits, dots, dashes and
	// underscores, no component beginning with a dot.
	Put(ctx context.Context, key string, obj Object) (Placed, error)
}

// Object is what to store. Open can be called again for retries.
type Object struct {
	Open        func() (io.ReadCloser, error)
	Size        int64
	SHA256      string // hex
	ContentType string
}

// Placed says where an object is now.
type Placed struct {
	URL     string // relative to the store's root, or absolute
	Existed bool
}

// Sink releases update configurations. The manifest's sequence must be the last released + 1, else the error wraps ErrConflict. Release is
// atomic: readers see the old one or the new one.
type Sink interface {
	Release(ctx context.Context, m *manifest.Manifest) error
}

// Source gives the newest update configuration, verified. Relative urls in it were resolved against its own address (manifest.Manifest.Resolve). No
// release yet is ErrNoRelease.
type Source interface {
	Latest(ctx context.Context) (*manifest.Manifest, error)
}
