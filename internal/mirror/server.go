package mirror

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/chandlery-go/chandlery/internal/transport"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"golang.org/x/sync/singleflight"
)

// MaxConcurrent is how many pages and METADATA files a Server asks for at once, and how many files.
const MaxConcurrent = 16

// Server is a mirror as an http.Handler. Set its fields before the first request; it must not be copied after that. Safe for concurrent use.
type Server struct {
	Dir          string            // required: the folder of what is recorded; it is made where absent
	URLs         []string          // the indexes behind it (.../simple/), in order of precedence. User info in them goes to that origin only
	RoundTripper http.RoundTripper // nil: one of its own, with at most MaxConcurrent connections a host
	Offline      bool              // ask for nothing: serve what is recorded
	Before       time.Time         // hide files uploaded at this time or later, and those of unknown time; zero: none
	Logger       *slog.Logger      // nil: discarded

	NoMetadata     bool // offer no METADATA beside the files
	NoRanges       bool // serve whole files only
	NoETags        bool // no ETag, and nothing is "not modified"
	NoCacheControl bool // no Cache-Control
	NoGzip         bool // pages as they are, whatever the client accepts

	once    sync.Once
	bad     error // of Dir
	wire    http.RoundTripper
	auth    transport.AuthFunc
	http    *transport.Client // of METADATA
	fetcher *index.Fetcher
	places  chan struct{} // one for each request to the indexes
	flights singleflight.Group
	held    shelf
	tally   tally
}

func (s *Server) init() error {
	s.once.Do(func() {
		if s.Dir == "" {
			s.bad = errors.New("mirror.Server: Dir is empty: name a folder")
			return
		}
		s.places = make(chan struct{}, MaxConcurrent)
		s.wire = s.outward()
		s.auth = index.AuthOf(nil, s.URLs...)
		s.http = &transport.Client{RoundTripper: s.wire, Auth: s.auth, Logger: s.Logger}
		cache, err := index.OpenCache(filepath.Join(s.Dir, "files"))
		s.bad = err
		s.fetcher = &index.Fetcher{Cache: cache, RoundTripper: s.wire, Auth: s.auth, MaxConcurrent: MaxConcurrent, Logger: s.Logger}
	})
	return s.bad
}

// outward is the way to the indexes.
func (s *Server) outward() http.RoundTripper {
	switch {
	case s.Offline:
		return nothing{}
	case s.RoundTripper != nil:
		return counter{s.RoundTripper, &s.tally}
	}
	own := &http.Transport{MaxConnsPerHost: MaxConcurrent, MaxIdleConnsPerHost: MaxConcurrent, ForceAttemptHTTP2: true, IdleConnTimeout: time.Minute}
	return counter{own, &s.tally}
}

// nothing is the net of a server that is offline: no file is there.
type nothing struct{}

func (nothing) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusNotFound, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
}

// enter waits for a place among the requests to the indexes; leave gives it back.
func (s *Server) enter(ctx context.Context) error {
	select {
	case s.places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Server) leave() { <-s.places }

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a := &answer{ResponseWriter: w, status: http.StatusOK}
	defer func() { s.tally.add(a) }()
	if err := s.init(); err != nil {
		http.Error(a, err.Error(), http.StatusInternalServerError)
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(a, "a mirror is read", http.StatusMethodNotAllowed)
		return
	}
	err := s.route(a, r)
	switch {
	case errors.Is(err, dist.ErrNotFound):
		http.Error(a, err.Error(), http.StatusNotFound)
	case err != nil:
		http.Error(a, err.Error(), http.StatusBadGateway)
	}
}

// route serves what an address names. An error is returned only where nothing was answered yet.
func (s *Server) route(a *answer, r *http.Request) error {
	kind, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	project, file, below := strings.Cut(rest, "/")
	name, err := pep508.ParseName(project)
	if err != nil {
		return dist.ErrNotFound
	}
	switch {
	case kind == "simple" && file == "" && (!below || project != string(name)):
		http.Redirect(a, r, "/simple/"+string(name)+"/", http.StatusMovedPermanently)
		return nil
	case kind == "simple" && file == "":
		return s.servePage(a, r, name)
	case kind == "files":
		return s.serveFile(a, r, name, file)
	}
	return dist.ErrNotFound
}

// Close closes idle connections to the indexes.
func (s *Server) Close() error {
	if err := s.init(); err != nil {
		return nil // there is nothing to close
	}
	if c, ok := s.wire.(counter); ok {
		c.CloseIdleConnections()
	}
	return s.fetcher.Close()
}
