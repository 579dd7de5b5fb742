package build

import (
	"context"
	"slices"
	"strings"
	"sync"
)

// flights computes each key's value once; those who ask meanwhile wait for it. Errors are not kept. A flight goes on while anybody waits for it: it has
// the values of the first caller's context, and ends when the contexts of all who wait have. A flight that waits for itself, through whatever
// chain of others, is a *CycleError instead of a deadlock. The zero flights is ready.
type flights struct {
	mu sync.Mutex
	m  map[string]*flight
}

type flight struct {
	key     string
	title   string // what errors call it; "" is left out
	done    chan struct{}
	value   any
	err     error
	cancel  context.CancelFunc
	waiting int
	needs   []*flight // for which this one waits now; several at once, maybe one several times
}

// fly gives the value of key. ctx tells whose flight the question comes from.
func fly[T any](ctx context.Context, g *flights, key, title string, fn func(context.Context) (T, error)) (T, error) {
	v, err := g.do(ctx, key, title, func(ctx context.Context) (any, error) { return fn(ctx) })
	if err != nil {
		var zero T
		return zero, err
	}
	return v.(T), nil
}

func (g *flights) do(ctx context.Context, key, title string, fn func(context.Context) (any, error)) (any, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	parent, _ := ctx.Value(g).(*flight)
	f, err := g.join(ctx, parent, key, title, fn)
	if err != nil {
		return nil, err
	}
	select {
	case <-f.done:
		g.leave(parent, f)
		return f.value, f.err
	case <-ctx.Done():
	}
	if g.leave(parent, f) == 0 {
		f.cancel()
		<-f.done // promptly: what it runs is killed
	}
	return nil, ctx.Err()
}

// join finds or starts the flight of key, and counts parent (nil: a caller outside) among those who wait.
func (g *flights) join(ctx context.Context, parent *flight, key, title string, fn func(context.Context) (any, error)) (*flight, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	f := g.m[key]
	if f == nil {
		f = g.start(ctx, key, title, fn)
	} else if parent != nil && !f.ended() {
		if way := f.wayTo(parent, map[*flight]bool{}); way != nil {
			return nil, newCycleError(append([]*flight{parent}, way...))
		}
	}
	f.waiting++
	if parent != nil {
		parent.needs = append(parent.needs, f)
	}
	return f, nil
}

func (g *flights) start(ctx context.Context, key, title string, fn func(context.Context) (any, error)) *flight {
	f := &flight{key: key, title: title, done: make(chan struct{})}
	if g.m == nil {
		g.m = map[string]*flight{}
	}
	g.m[key] = f
	ctx, f.cancel = context.WithCancel(context.WithValue(context.WithoutCancel(ctx), g, f))
	go func() {
		defer f.cancel()
		f.value, f.err = fn(ctx)
		g.land(f)
	}()
	return f
}

// land ends a flight. One that went wrong is forgotten.
func (g *flights) land(f *flight) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if f.err != nil {
		g.forget(f)
	}
	close(f.done)
}

// leave counts one who waited less, and tells how many are left. A flight for which nobody waits before its end is forgotten: who comes now starts another.
func (g *flights) leave(parent, f *flight) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	f.waiting--
	if parent != nil {
		i := slices.Index(parent.needs, f)
		parent.needs = slices.Delete(parent.needs, i, i+1)
	}
	if f.waiting == 0 && !f.ended() {
		g.forget(f)
	}
	return f.waiting
}

func (g *flights) forget(f *flight) {
	if g.m[f.key] == f {
		delete(g.m, f.key)
	}
}

func (f *flight) ended() bool {
	select {
	case <-f.done:
		return true
	default:
		return false
	}
}

// wayTo is the chain of flights from f to target, each waiting for the next; nil where there is none.
func (f *flight) wayTo(target *flight, seen map[*flight]bool) []*flight {
	if f == target {
		return []*flight{f}
	}
	if seen[f] {
		return nil
	}
	seen[f] = true
	for _, next := range f.needs {
		if way := next.wayTo(target, seen); way != nil {
			return append([]*flight{f}, way...)
		}
	}
	return nil
}

// CycleError says that an sdist is needed to build itself. A wheel of any of them on the index, or a constraint that admits one, ends it.
type CycleError struct{ Files []string } // sdists' file names, each needing the next; the last is the first again

func newCycleError(way []*flight) *CycleError {
	var files []string
	for _, f := range way {
		if f.title != "" && (len(files) == 0 || files[len(files)-1] != f.title) {
			files = append(files, f.title)
		}
	}
	if len(files) == 1 || len(files) > 1 && files[0] != files[len(files)-1] {
		files = append(files, files[0])
	}
	return &CycleError{Files: files}
}

func (e *CycleError) Error() string {
	return "the build requirements go in a circle, so one of them must come as a wheel: " + strings.Join(e.Files, " needs ")
}
