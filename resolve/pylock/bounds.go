package pylock

import (
	"errors"

	"github.com/chandlery-go/chandlery/resolve/internal/toml"
)

const (
	// MaxLock bounds a lock file, in bytes.
	MaxLock = 16 << 20
	// MaxKeys bounds the keys of one table, and the differently named tables of a file: reading takes time that grows with the square of either.
	MaxKeys = 1000
	// MaxDepth bounds how deep keys, arrays and inline tables nest.
	MaxDepth = 32
)

// readTOML reads a file within the bounds.
func readTOML(b []byte) (map[string]any, error) {
	doc, err := toml.Parse(b, toml.Limits{Bytes: MaxLock, Keys: MaxKeys, Depth: MaxDepth})
	var e *toml.Error
	if errors.As(err, &e) {
		return nil, &LockError{Line: e.Line, Reason: e.Reason, Err: e.Err}
	}
	return doc, err
}
