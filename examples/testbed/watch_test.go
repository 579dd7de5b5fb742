//go:build testbed

package testbed

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// watch looks at something again and again, from outside.
type watch struct {
	name  string
	every time.Duration
	look  func(ctx context.Context) error

	stop func()
	done sync.WaitGroup

	mu      sync.Mutex
	looks   int
	failed  int
	first   error // of the failures
	outages []outage
}

// outage is from the last good look before it to the first good one after.
type outage struct{ from, to time.Time }

func (o outage) length() time.Duration { return o.to.Sub(o.from) }

// begin starts looking; end it with end.
func (w *watch) begin() *watch {
	ctx, stop := context.WithCancel(context.Background())
	w.stop = stop
	w.done.Go(func() { w.run(ctx) })
	return w
}

func (w *watch) run(ctx context.Context) {
	ticker := time.NewTicker(w.every)
	defer ticker.Stop()
	good, down := time.Now(), false
	for {
		began := time.Now()
		err := w.look(ctx)
		if ctx.Err() != nil {
			w.note(down, good, began)
			return
		}
		w.mu.Lock()
		w.looks++
		switch {
		case err != nil:
			if w.failed++; w.first == nil {
				w.first = err
			}
			down = true
		case down:
			w.outages = append(w.outages, outage{good, began})
			good, down = began, false
		default:
			good = began
		}
		w.mu.Unlock()
		select {
		case <-ctx.Done():
			w.note(down, good, time.Now())
			return
		case <-ticker.C:
		}
	}
}

// note keeps an outage that did not end before the watch.
func (w *watch) note(down bool, good, now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if down {
		w.outages = append(w.outages, outage{good, now})
	}
}

// end stops looking and gives the longest outage.
func (w *watch) end() time.Duration {
	w.stop()
	w.done.Wait()
	if len(w.outages) == 0 {
		return 0
	}
	return slices.MaxFunc(w.outages, func(a, b outage) int { return int(a.length() - b.length()) }).length()
}

func (w *watch) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var text []string
	for _, o := range w.outages {
		text = append(text, fmt.Sprintf("%s to %s: %.1f s", o.from.Format("15:04:05.0"), o.to.Format("15:04:05.0"), o.length().Seconds()))
	}
	s := fmt.Sprintf("%s: looked %d times, failed %d; outages: %s", w.name, w.looks, w.failed, strings.Join(text, ", "))
	if w.first != nil {
		s += "; first: " + w.first.Error()
	}
	return s
}

// outside has no connection that outlives an answer, as a new client has none.
var outside = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}

func get(ctx context.Context, url string, header ...string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := outside.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, resp.Status)
	}
	return body, err
}

// watchAPI asks the API for its health ten times a second.
func (b *bed) watchAPI() *watch {
	url := b.doc.API + "/healthcheck"
	return (&watch{name: "API", every: 100 * time.Millisecond, look: func(ctx context.Context) error {
		_, err := get(ctx, url)
		return err
	}}).begin()
}

// watchImage reads an image once a second; every read must give these bytes.
func (b *bed) watchImage(url string, content []byte) *watch {
	want := sha256.Sum256(content)
	return (&watch{name: "image", every: time.Second, look: func(ctx context.Context) error {
		got, err := get(ctx, url, "X-Auth-Token", b.doc.Token)
		if err == nil && sha256.Sum256(got) != want {
			err = fmt.Errorf("%d other bytes", len(got))
		}
		return err
	}}).begin()
}
