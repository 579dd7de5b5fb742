package transport

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

const (
	DefaultRetries = 4                      // after the first try
	DefaultWait    = 500 * time.Millisecond // bound of the first wait between tries
	MaxWait        = 10 * time.Second       // bound of the later ones
	MaxRetryAfter  = 60 * time.Second       // the longest Retry-After that is obeyed
	MaxRedirects   = 5                      // in a row

	DialTimeout   = 5 * time.Second                          // to a TCP connection
	TLSTimeout    = 10 * time.Second                         // handshake
	HeaderTimeout = 15 * time.Second                         // from the request to the answer's headers
	AnswerTimeout = DialTimeout + TLSTimeout + HeaderTimeout // all three, for any RoundTripper
	RateWindow    = 30 * time.Second                         // spent waiting for a body; then at least
	MinRate       = 1 << 10                                  // bytes a second must have come

	Connections = 48 // that are kept to one host for later requests, and so how many requests pay off at once

	userAgent = "chandlery"
)

// Client gets. The zero Client works. Safe for concurrent use; connections are reused, HTTP/2 where the server speaks it. It must not be
// copied, nor its fields changed, after first use.
type Client struct {
	RoundTripper http.RoundTripper // nil: a transport of its own
	Auth         AuthFunc          // nil: none
	Logger       *slog.Logger      // nil: discarded
	Retries      int               // after the first try; 0: DefaultRetries; negative: none
	Wait         time.Duration     // bound of the first wait between tries; 0: DefaultWait

	// Observe, if set, is told of every exchange on the wire when it has ended: each hop of a redirect and each try on its own. It may be called from several
	// goroutines at once and must not block.
	Observe func(context.Context, Exchange)

	once sync.Once
	own  *http.Transport
	http *http.Client
}

// AuthFunc gives the Authorization header for a host ("" for none). It is asked for the host of the request and again for a redirect's host.
// The host is as the URL has it, with the port where that is not the scheme's own.
type AuthFunc func(ctx context.Context, host string) (string, error)

// Exchange is one request and its answer.
type Exchange struct {
	Method  string
	URL     string // redacted
	Status  int    // 0: no answer
	Bytes   int64  // of the body, as it came
	Elapsed time.Duration
	Err     error // why it ended early; nil where the body was read to its end or closed by choice
}

// CloseIdleConnections closes what the Client's own transport keeps open for later requests. It has no effect on a RoundTripper of the caller's.
func (c *Client) CloseIdleConnections() {
	c.init()
	if c.own != nil {
		c.own.CloseIdleConnections()
	}
}

func (c *Client) init() {
	c.once.Do(func() {
		next := c.RoundTripper
		if next == nil {
			c.own = New()
			next = c.own
		}
		c.http = &http.Client{Transport: &wire{next: next, client: c}}
	})
}

// retrying is what makes one request, and makes it again.
func (c *Client) retrying(ctx context.Context) *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient:   c.http,
		RetryMax:     c.retries(),
		CheckRetry:   c.checkRetry,
		Backoff:      func(_, _ time.Duration, try int, resp *http.Response) time.Duration { return c.backoff(ctx, try, resp) },
		ErrorHandler: lastAnswer,
	}
}

// New is the transport of a Client without one. It asks no proxy; who wants one, or other times, sets them.
func New() *http.Transport {
	dialer := &net.Dialer{Timeout: DialTimeout, KeepAlive: 30 * time.Second}
	return &http.Transport{
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		TLSHandshakeTimeout:   TLSTimeout,
		ResponseHeaderTimeout: HeaderTimeout,
		ExpectContinueTimeout: time.Second,
		MaxIdleConns:          64,
		MaxIdleConnsPerHost:   Connections,
		IdleConnTimeout:       30 * time.Second,
		DisableCompression:    true, // asked for and decoded here, with a limit
	}
}

func (c *Client) retries() int {
	switch {
	case c.Retries < 0:
		return 0
	case c.Retries == 0:
		return DefaultRetries
	}
	return c.Retries
}

func (c *Client) log() *slog.Logger {
	if c.Logger == nil {
		return slog.New(slog.DiscardHandler)
	}
	return c.Logger
}
