package index

import (
	"context"
	"errors"
	"sync"
)

// onceMap computes each key's value once; those who ask meanwhile wait for it. Errors are not kept. The zero onceMap is ready.
type onceMap[K comparable, V any] struct {
	mu sync.Mutex
	m  map[K]*flight[V]
}

type flight[V any] struct {
	done chan struct{}
	v    V
	err  error
}

var errAbandoned = errors.New("abandoned")

// do gives the value of key. The first caller runs fn in its own goroutine and context; when that context ends, one of those who wait takes over.
func (o *onceMap[K, V]) do(ctx context.Context, key K, fn func(context.Context) (V, error)) (V, error) {
	for {
		f, first := o.join(key)
		if first {
			return o.fly(ctx, key, f, fn)
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			var zero V
			return zero, ctx.Err()
		}
		if f.err == nil || !errors.Is(f.err, errAbandoned) {
			return f.v, f.err
		}
	}
}

func (o *onceMap[K, V]) join(key K) (f *flight[V], first bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if f, ok := o.m[key]; ok {
		return f, false
	}
	if o.m == nil {
		o.m = map[K]*flight[V]{}
	}
	f = &flight[V]{done: make(chan struct{}), err: errAbandoned}
	o.m[key] = f
	return f, true
}

func (o *onceMap[K, V]) fly(ctx context.Context, key K, f *flight[V], fn func(context.Context) (V, error)) (v V, err error) {
	defer func() { // also when fn panics
		if f.err != nil {
			o.forget(key, f)
		}
		close(f.done)
	}()
	v, err = fn(ctx)
	if err == nil || ctx.Err() == nil {
		f.v, f.err = v, err
	}
	return v, err
}

// forget removes a value, if it is still this one.
func (o *onceMap[K, V]) forget(key K, f *flight[V]) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if f == nil || o.m[key] == f {
		delete(o.m, key)
	}
}

// get gives a value that is there.
func (o *onceMap[K, V]) get(key K) (v V, ok bool) {
	o.mu.Lock()
	f := o.m[key]
	o.mu.Unlock()
	if f == nil {
		return v, false
	}
	select {
	case <-f.done:
		return f.v, f.err == nil
	default:
		return v, false
	}
}
