//go:build live

package truth

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/internal/mirror"
	"github.com/chandlery-go/chandlery/resolve/index"
)

// Before is the moment from which on nothing that was uploaded exists.
const Before = "2026-11-01T00:00:00Z"

var (
	folder  = flag.String("dir", "", "the folder of the run: what the mirror recorded, and the results (default: a temporary one)")
	workers = flag.Int("workers", 2, "how many sets are worked on at once")
)

// stand is where the resolvers compete: a mirror of the index, and the folder of the run.
type stand struct {
	dir      string
	tools    string // the virtual environment
	index    string // the mirror's address, .../simple/
	before   time.Time
	cache    *index.Cache
	checkers chan *checker
}

func newStand(t *testing.T) *stand {
	t.Helper()
	s := &stand{dir: *folder, tools: os.Getenv("CHANDLERY_TOOLS")}
	require.NotEmpty(t, s.tools, "set CHANDLERY_TOOLS to a virtual environment with uv, pip and packaging")
	if s.dir == "" {
		s.dir = t.TempDir()
	}
	var err error
	s.before, err = time.Parse(time.RFC3339, Before)
	require.NoError(t, err)
	address := s.mirror(t)
	s.index = address + "/simple/"
	s.cache, err = index.OpenCache(filepath.Join(s.dir, "ours"))
	require.NoError(t, err)
	s.checkers = make(chan *checker, *workers)
	for range *workers {
		s.checkers <- newChecker(t, s, address)
	}
	return s
}

// mirror serves until the test ends.
func (s *stand) mirror(t *testing.T) string {
	t.Helper()
	behind := os.Getenv("CHANDLERY_INDEX")
	require.NotEmpty(t, behind, "set CHANDLERY_INDEX to the address of an index, .../simple/")
	pages := filepath.Join(s.dir, "raw")
	require.NoError(t, os.MkdirAll(pages, 0o755))
	m := &mirror.Server{Dir: filepath.Join(s.dir, "mirror"), URLs: []string{behind}, RoundTripper: &recorder{dir: pages, next: &http.Transport{
		Proxy: http.ProxyFromEnvironment, MaxConnsPerHost: mirror.MaxConcurrent, MaxIdleConnsPerHost: mirror.MaxConcurrent, ForceAttemptHTTP2: true,
	}}}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	server := &http.Server{Handler: m}
	done := make(chan error, 1)
	go func() { done <- server.Serve(listener) }()
	t.Cleanup(func() {
		require.NoError(t, server.Shutdown(context.Background()))
		require.ErrorIs(t, <-done, http.ErrServerClosed)
		require.NoError(t, m.Close())
	})
	return "http://" + listener.Addr().String()
}

// recorder keeps index pages as they came, for the checker, which trusts no reading of ours: dir/{project}.json.
type recorder struct {
	dir  string
	next http.RoundTripper
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := r.next.RoundTrip(request)
	if err != nil || response.StatusCode != http.StatusOK || !strings.HasPrefix(response.Header.Get("Content-Type"), "application/vnd.pypi.simple.v1+json") {
		return response, err
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, index.MaxPage))
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	if response.Header.Get("Content-Encoding") == "gzip" {
		if body, err = unzipped(body); err != nil {
			return nil, err
		}
	}
	return response, durable.WritePath(filepath.Join(r.dir, path.Base(strings.TrimSuffix(request.URL.Path, "/"))+".json"), body, 0o644)
}

func unzipped(b []byte) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, index.MaxPage))
}
