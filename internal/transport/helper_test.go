package transport

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

// serve starts an index with one file "blob" of n bytes.
func serve(t testing.TB, n int) (*resolvetest.Server, *httptest.Server, []byte) {
	s := &resolvetest.Server{}
	content := []byte(strings.Repeat("0123456789abcdef", n/16+1))[:n]
	for i := range content {
		content[i] ^= byte(i / 251)
	}
	s.AddFile("p", resolvetest.ServerFile{Name: "blob", Content: content})
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return s, h, content
}

func client(t testing.TB) *Client {
	c := &Client{Wait: time.Millisecond}
	t.Cleanup(c.CloseIdleConnections)
	return c
}

type recorder struct {
	mu   sync.Mutex
	seen []Exchange
}

func (r *recorder) observe(_ context.Context, x Exchange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, x)
}

func (r *recorder) exchanges() []Exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Exchange(nil), r.seen...)
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
