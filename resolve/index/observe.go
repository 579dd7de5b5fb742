package index

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/chandlery-go/chandlery/internal/transport"
)

// Purpose is what a request is for.
type Purpose string

const (
	ForPage     Purpose = "page"
	ForMetadata Purpose = "metadata"
	ForFile     Purpose = "file"
)

// Request tells an Observer of one exchange with a server, or of an answer out of the cache that made one needless. Redirects and retries are
// requests of their own.
type Request struct {
	For     Purpose
	Of      string // the project, or the file
	Method  string // "GET"
	URL     string // without user info and query
	Cached  bool   // answered by the cache: nothing went over the wire
	Status  int    // 0: no answer, or cached
	Bytes   int64  // of the body, as it came
	Total   int64  // Bytes of all requests of this Client or Fetcher so far, this one included; cached ones count nothing
	Elapsed time.Duration
	Err     error
}

// wire is what Client and Fetcher share: one HTTP client, a bound on requests at once, and the observer.
type wire struct {
	http     *transport.Client
	places   chan struct{}
	observer func(Request)
	total    atomic.Int64
}

// DefaultConcurrent is how many requests a Fetcher has under way at once.
const DefaultConcurrent = 16

func newWire(c *transport.Client, concurrent int, observer func(Request)) *wire {
	if concurrent <= 0 {
		concurrent = DefaultConcurrent
	}
	w := &wire{http: c, places: make(chan struct{}, concurrent), observer: observer}
	c.Observe = w.exchanged
	return w
}

// enter waits for a place; leave gives it back.
func (w *wire) enter(ctx context.Context) error {
	select {
	case w.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *wire) leave() { <-w.places }

// errand rides in a request's context, so that the observer learns what the request was for.
type errand struct {
	purpose Purpose
	of      string
	answers atomic.Int32 // 2xx so far: more than one to a file means that it was put together
}

type errandKey struct{}

func on(ctx context.Context, e *errand) context.Context {
	return context.WithValue(ctx, errandKey{}, e)
}

func (w *wire) exchanged(ctx context.Context, x transport.Exchange) {
	total := w.total.Add(x.Bytes)
	e, _ := ctx.Value(errandKey{}).(*errand)
	if e == nil {
		e = &errand{}
	}
	if x.Status/100 == 2 {
		e.answers.Add(1)
	}
	w.tell(Request{For: e.purpose, Of: e.of, Method: x.Method, URL: x.URL, Status: x.Status, Bytes: x.Bytes, Total: total, Elapsed: x.Elapsed, Err: x.Err})
}

func (w *wire) cached(p Purpose, of, url string) {
	if w.observer == nil {
		return
	}
	w.tell(Request{For: p, Of: of, Method: http.MethodGet, URL: transport.Redact(url), Cached: true, Total: w.total.Load()})
}

func (w *wire) tell(r Request) {
	if w.observer != nil {
		w.observer(r)
	}
}
