package index

import (
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/stretchr/testify/require"
)

func start(t testing.TB, s *resolvetest.Server) *httptest.Server {
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return h
}

// client asks these servers, in order.
func client(t testing.TB, servers ...*httptest.Server) (*Client, *record) {
	r := &record{}
	c := (&Client{Observer: r.observe}).Quick()
	for _, h := range servers {
		c.URLs = append(c.URLs, h.URL+"/simple")
	}
	t.Cleanup(func() { c.Close() })
	return c, r
}

func fetcher(t testing.TB, cache *Cache) (*Fetcher, *record) {
	r := &record{}
	f := (&Fetcher{Cache: cache, Observer: r.observe}).Quick()
	t.Cleanup(func() { f.Close() })
	return f, r
}

func cache(t testing.TB) *Cache {
	c, err := OpenCache(t.TempDir())
	require.NoError(t, err)
	return c
}

// offered is the only file of a project.
func offered(t testing.TB, c *Client, project pep508.Name) dist.File {
	p, err := c.Project(t.Context(), project)
	require.NoError(t, err)
	require.Len(t, p.Files, 1)
	return p.Files[0]
}

type record struct {
	mu   sync.Mutex
	seen []Request
}

func (r *record) observe(q Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, q)
}

// of lists the requests for one purpose, cached or not.
func (r *record) of(p Purpose, cached bool) []Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	var list []Request
	for _, q := range r.seen {
		if q.For == p && q.Cached == cached {
			list = append(list, q)
		}
	}
	return list
}

func ptr[T any](v T) *T { return &v }
