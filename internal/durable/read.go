package durable

import (
	"fmt"
	"io"
)

// ReadAtMost reads r to its end. More than limit bytes are ErrDamaged, as nobody who writes what is read so writes that many.
func ReadAtMost(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(b)) > limit {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrDamaged, limit)
	}
	return b, err
}
