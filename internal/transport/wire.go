package transport

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

// locationHeader carries a redirect's Location from wire to do.
const locationHeader = "Chandlery-Location"

// wire is the innermost RoundTripper: it bounds how long an exchange may stall, and tells the observer of each.
type wire struct {
	next   http.RoundTripper
	client *Client
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(req.Context())
	wait := patience(req.Context())
	x := &exchange{ctx: ctx, cancel: cancel, observe: w.client.Observe, start: time.Now(),
		told: Exchange{Method: req.Method, URL: redactURL(req.URL)}}
	timer := time.AfterFunc(wait.Answer, func() { cancel(ErrTooSlow) })
	resp, err := w.next.RoundTrip(req.WithContext(ctx))
	timer.Stop()
	if err != nil {
		err = ofNetwork(withoutURL(req.URL.String(), x.cause(err)))
		x.end(err)
		return nil, err
	}
	x.told.Status = resp.StatusCode
	resp.Header.Del(locationHeader)
	if isRedirect(resp.StatusCode) { // http.Client would follow it, or put it into an error
		resp.Header[locationHeader] = resp.Header["Location"]
		resp.Header.Del("Location")
	}
	resp.Body = &body{ReadCloser: resp.Body, exchange: x, window: wait.Window}
	return resp, nil
}

// exchange lives from the request to the end of the answer's body.
type exchange struct {
	ctx     context.Context
	cancel  context.CancelCauseFunc
	observe func(context.Context, Exchange)
	start   time.Time
	told    Exchange
	once    sync.Once
}

// cause is ErrTooSlow where that is why the request was cancelled.
func (x *exchange) cause(err error) error {
	if errors.Is(context.Cause(x.ctx), ErrTooSlow) {
		return ErrTooSlow
	}
	return err
}

func (x *exchange) end(err error) {
	x.once.Do(func() {
		x.cancel(nil)
		x.told.Err, x.told.Elapsed = err, time.Since(x.start)
		if x.observe != nil {
			x.observe(x.ctx, x.told)
		}
	})
}

// body counts what it gives, and breaks off where too little comes. Only time spent in Read counts: a slow consumer is no slow server.
type body struct {
	io.ReadCloser
	*exchange
	window time.Duration
	failed error

	mu      sync.Mutex
	timer   *time.Timer
	waited  time.Duration // within this window, in Reads that have returned
	entered time.Time     // the present Read's start
	got     int64         // bytes within this window
}

func (b *body) Read(p []byte) (int, error) {
	b.enter()
	n, err := b.ReadCloser.Read(p)
	b.leave(n)
	b.told.Bytes += int64(n)
	if err != nil && err != io.EOF {
		err = ofNetwork(b.cause(err))
		b.failed = err
	}
	return n, err
}

func (b *body) Close() error {
	b.mu.Lock()
	if b.timer != nil {
		b.timer.Stop()
	}
	b.mu.Unlock()
	err := b.ReadCloser.Close()
	b.end(b.failed)
	return err
}

func (b *body) enter() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.entered = time.Now()
	if b.timer == nil {
		b.timer = time.AfterFunc(b.window-b.waited, b.judge)
		return
	}
	b.timer.Reset(b.window - b.waited)
}

func (b *body) leave(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.timer.Stop()
	b.waited += time.Since(b.entered)
	b.got += int64(n)
	if b.waited >= b.window {
		b.close()
	}
}

// judge runs when a Read has used the window up.
func (b *body) judge() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waited += time.Since(b.entered)
	if b.waited < b.window { // the Read that it was set for has returned meanwhile
		return
	}
	b.entered = time.Now()
	b.close()
	b.timer.Reset(b.window)
}

// close ends a window: too little in it cancels the exchange.
func (b *body) close() {
	if float64(b.got) < MinRate*b.window.Seconds() {
		b.cancel(ErrTooSlow)
	}
	b.waited, b.got = 0, 0
}
