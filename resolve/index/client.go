package index

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/chandlery-go/chandlery/internal/transport"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"golang.org/x/sync/errgroup"
)

// DefaultPageTTL is how long a cached page counts where the server says nothing.
const DefaultPageTTL = 10 * time.Minute

// defaultQuestions is how many requests a Client has under way at once.
const defaultQuestions = transport.Connections

// Client is a resolve.Index over one or more indexes on HTTP. Each project is fetched once in a Client's life and each wheel's metadata too, so that all
// questions of one run have answers of one moment: make a new one for a new look. Errors are not kept. Safe for concurrent use; not to be copied,
// nor its fields changed, after first use.
type Client struct {
	URLs         []string          // required: the indexes (.../simple/), in order of precedence. User info in them goes to that origin only
	RoundTripper http.RoundTripper // nil: one of its own
	// Auth gives the Authorization header for a host ("" for none). It is asked again for every host that a request or redirect goes to.
	Auth          func(ctx context.Context, host string) (string, error)
	Cache         *Cache        // nil: nothing is kept on disk
	PageTTL       time.Duration // 0: DefaultPageTTL; negative: every page is asked for anew (and may be answered by "not modified")
	MaxConcurrent int           // requests at once; 0: 48, as most of them are small and wait for the server more than for the line
	// Offline has the Cache alone answer, whatever a page's age, and nothing go over the network: what the Cache does not have is an *OfflineError. A project that an
	// index did not know when it was last asked is one that it does not know.
	Offline  bool
	Logger   *slog.Logger  // nil: discarded
	Observer func(Request) // nil: none. Called from several goroutines at once; must not block

	once     sync.Once
	bad      error // of URLs
	indexes  []origin
	wire     *wire
	readers  sync.Pool // of *pageReader
	words    vocabulary
	offers   onceMap[pep508.Name, *holding]
	metadata onceMap[string, *dist.Metadata]
	stamps   onceMap[pep508.Name, stamp]
	stated   onceMap[string, *dist.Metadata] // of kept answers, by their text: several targets choose the same
	wait     time.Duration                   // for tests: transport.Client.Wait
}

var (
	_ resolve.Index      = (*Client)(nil)
	_ resolve.Prefetcher = (*Client)(nil)
	_ resolve.Lister     = (*Client)(nil)
)

// origin is one index: where to ask, and how it is called.
type origin struct {
	url  string // ends in a slash; may hold user info
	name string // redacted
}

func (c *Client) init() error {
	c.once.Do(func() {
		c.indexes, c.bad = parseIndexes(c.URLs)
		c.wire = newWire(&transport.Client{RoundTripper: c.RoundTripper, Auth: AuthOf(c.Auth, c.URLs...), Logger: c.Logger, Wait: c.wait}, c.concurrent(), c.Observer)
	})
	return c.bad
}

func (c *Client) concurrent() int {
	if c.MaxConcurrent > 0 {
		return c.MaxConcurrent
	}
	return defaultQuestions
}

func parseIndexes(urls []string) ([]origin, error) {
	if len(urls) == 0 {
		return nil, errors.New("index.Client: URLs is empty: name an index")
	}
	var list []origin
	for _, s := range urls {
		u, err := url.Parse(s)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return nil, fmt.Errorf("index %s: not an http or https address", transport.Redact(s))
		}
		u.RawQuery, u.Fragment, u.RawFragment = "", "", ""
		s = u.String()
		if !strings.HasSuffix(s, "/") {
			s += "/"
		}
		list = append(list, origin{url: s, name: transport.Redact(s)})
	}
	return list, nil
}

// Project gives the files of a project from the first index that knows it. Where none does, the error wraps dist.ErrNotFound.
func (c *Client) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	o, err := c.offer(ctx, name)
	if err != nil {
		return nil, err
	}
	return o.project(), nil
}

// Listing gives the same files in brief (resolve.Lister).
func (c *Client) Listing(ctx context.Context, name pep508.Name) (*dist.Listing, error) {
	o, err := c.offer(ctx, name)
	if err != nil {
		return nil, err
	}
	return o.listing, nil
}

func (c *Client) offer(ctx context.Context, name pep508.Name) (*holding, error) {
	if err := c.init(); err != nil {
		return nil, err
	}
	return c.offers.do(ctx, name, func(ctx context.Context) (*holding, error) {
		for _, ix := range c.indexes {
			o, err := c.page(ctx, ix, name)
			if err == nil {
				return o, nil
			}
			if !errors.Is(err, dist.ErrNotFound) {
				return nil, err // the caller names the project
			}
		}
		return nil, fmt.Errorf("project %s is not on %s: check its name: %w", name, c.names(), dist.ErrNotFound)
	})
}

func (c *Client) names() string {
	var list []string
	for _, ix := range c.indexes {
		list = append(list, ix.name)
	}
	return strings.Join(list, ", ")
}

// Prefetch brings projects into memory, ahead of the questions. It blocks until done or ctx ends; errors are reported by the question that needs the
// answer.
func (c *Client) Prefetch(ctx context.Context, names ...pep508.Name) {
	prefetch(ctx, c, names, c.concurrent())
}

func prefetch(ctx context.Context, ix resolve.Index, names []pep508.Name, limit int) {
	var g errgroup.Group
	g.SetLimit(limit)
	for _, name := range names {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error {
			_, _ = resolve.ListingOf(ctx, ix, name) // whoever needs it asks again, and gets the error
			return nil
		})
	}
	_ = g.Wait()
}

// Close closes idle connections. The Client can still be used.
func (c *Client) Close() error {
	if c.init() == nil {
		c.wire.http.CloseIdleConnections()
	}
	return nil
}

// AuthOf is an Auth hook that asks first, then gives the user info of these addresses to their hosts. Give it to a Fetcher whose files lie on the index's
// own host.
func AuthOf(first func(ctx context.Context, host string) (string, error), urls ...string) func(ctx context.Context, host string) (string, error) {
	basic := map[string]string{}
	for _, s := range urls {
		if u, err := url.Parse(s); err == nil && u.User != nil {
			if _, ok := basic[u.Host]; !ok {
				r := http.Request{Header: http.Header{}}
				password, _ := u.User.Password()
				r.SetBasicAuth(u.User.Username(), password)
				basic[u.Host] = r.Header.Get("Authorization")
			}
		}
	}
	return func(ctx context.Context, host string) (string, error) {
		if first != nil {
			if s, err := first(ctx, host); s != "" || err != nil {
				return s, err
			}
		}
		return basic[host], nil
	}
}
