package durable

import (
	"context"
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

// Within is r for as long as ctx lasts: from its end on, every read is its error.
func Within(ctx context.Context, r io.Reader) io.Reader { return &within{ctx, r} }

type within struct {
	ctx context.Context
	r   io.Reader
}

func (w *within) Read(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.r.Read(p)
}
