package index

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOnceMap(t *testing.T) {
	var o onceMap[string, int]
	var calls atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			v, err := o.do(context.Background(), "a", func(context.Context) (int, error) { return int(calls.Add(1)), nil })
			assert.NoError(t, err)
			assert.Equal(t, 1, v)
		})
	}
	wg.Wait()
	_, err := o.do(t.Context(), "b", func(context.Context) (int, error) { return 0, errors.New("once") })
	assert.ErrorContains(t, err, "once")
	v, err := o.do(t.Context(), "b", func(context.Context) (int, error) { return 7, nil })
	assert.NoError(t, err)
	assert.Equal(t, 7, v)
	assert.Panics(t, func() { o.do(t.Context(), "c", func(context.Context) (int, error) { panic("x") }) })
	v, err = o.do(t.Context(), "c", func(context.Context) (int, error) { return 8, nil })
	assert.NoError(t, err)
	assert.Equal(t, 8, v, "a panic leaves the key free")
}
