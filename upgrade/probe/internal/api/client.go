package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/chandlery-go/chandlery/upgrade/probe/internal/redact"
)

const (
	RequestTimeout = 60 * time.Second // of a request whose answer is JSON
	IdleTimeout    = 60 * time.Second // the longest wait for an answer's headers where content is transferred
	MaxAnswer      = 16 << 20         // bytes of JSON
	maxMessage     = 300              // bytes of an error's text
)

// ErrNotFound is what a *StatusError of 404 wraps.
var ErrNotFound = errors.New("not found")

// StatusError is an answer that is no success.
type StatusError struct {
	Service string
	Method  string
	Path    string
	Code    int
	Message string // of the answer, redacted
}

func (e *StatusError) Error() string {
	s := fmt.Sprintf("%s: %s %s: %d %s", e.Service, e.Method, e.Path, e.Code, http.StatusText(e.Code))
	if e.Message != "" {
		s += ": " + e.Message
	}
	if e.Code == http.StatusUnauthorized {
		s += ": check the credentials"
	}
	return s
}

// Unwrap makes 404 match ErrNotFound.
func (e *StatusError) Unwrap() error {
	if e.Code == http.StatusNotFound {
		return ErrNotFound
	}
	return nil
}

// UnreachableError says that no answer came, or none that could be read.
type UnreachableError struct {
	Service string
	Host    string
	Err     error
}

func (e *UnreachableError) Error() string {
	return fmt.Sprintf("%s at %s does not answer: %v", e.Service, e.Host, e.Err)
}
func (e *UnreachableError) Unwrap() error { return e.Err }

// Client asks one API. It is safe for concurrent use and must not be copied after first use.
type Client struct {
	Service      string // for errors
	Base         string // without a slash at its end
	Microversion string // value of OpenStack-API-Version; "": not sent
	Auth         func(ctx context.Context, host string) (string, error)
	RoundTripper http.RoundTripper // nil: one of its own

	once sync.Once
	http *http.Client
}

func (c *Client) init() {
	c.once.Do(func() {
		rt := c.RoundTripper
		if rt == nil {
			rt = &http.Transport{
				DialContext:           (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
				TLSHandshakeTimeout:   10 * time.Second,
				ResponseHeaderTimeout: IdleTimeout,
				IdleConnTimeout:       5 * time.Second,
			}
		}
		c.http = &http.Client{Transport: rt, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	})
}

// call sends in as JSON, where it is not nil, and decodes the answer into out, where that is not nil.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, RequestTimeout)
	defer cancel()
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(b)
	}
	resp, err := c.send(ctx, method, path, "application/json", body, -1)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, MaxAnswer+1))
	switch {
	case err != nil:
		return c.unreachable(ctx, err)
	case len(b) > MaxAnswer:
		return c.unreachable(ctx, fmt.Errorf("%s %s: the answer is larger than %d bytes", method, path, MaxAnswer))
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return c.unreachable(ctx, fmt.Errorf("%s %s: the answer is not as the API has it: %w", method, path, err))
	}
	return nil
}

// send gives an answer of 2xx, whose body the caller closes. size is of body where it is known, else -1.
func (c *Client) send(ctx context.Context, method, path, kind string, body io.Reader, size int64) (*http.Response, error) {
	c.init()
	u, err := url.Parse(c.Base + path)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return nil, fmt.Errorf("%s: its address is no http or https address without user info", c.Service)
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Service, withoutURL(err))
	}
	if size >= 0 {
		req.ContentLength = size
	}
	req.Header.Set("User-Agent", "chandlery")
	if body != nil {
		req.Header.Set("Content-Type", kind)
	}
	if c.Microversion != "" {
		req.Header.Set("OpenStack-API-Version", c.Microversion)
	}
	if c.Auth != nil {
		token, err := c.Auth(ctx, u.Host)
		if err != nil {
			return nil, fmt.Errorf("a token for %s: %w", u.Host, err)
		}
		if token != "" {
			req.Header.Set("X-Auth-Token", token)
		}
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.unreachable(ctx, err)
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	return nil, &StatusError{Service: c.Service, Method: method, Path: u.Path, Code: resp.StatusCode, Message: redact.Line(message(b), maxMessage)}
}

// unreachable is the caller's ctx where that ended, else an *UnreachableError.
func (c *Client) unreachable(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	host := ""
	if u, e := url.Parse(c.Base); e == nil {
		host = u.Host
	}
	return &UnreachableError{Service: c.Service, Host: host, Err: withoutURL(err)}
}

func withoutURL(err error) error {
	var ue *url.Error
	for errors.As(err, &ue) {
		err = ue.Err
	}
	return err
}

// message finds the text of a fault: {"badRequest": {"message": "…", "code": 400}}, or what else there is.
func message(b []byte) string {
	var faults map[string]struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(b, &faults) == nil {
		for _, f := range faults {
			if f.Message != "" {
				return f.Message
			}
		}
	}
	return strings.TrimSpace(string(b))
}

func escape(id string) string { return url.PathEscape(id) }
