package transport

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// Validators are what an earlier answer gave to ask "is it still this?".
type Validators struct{ ETag, LastModified string }

// Page is an answer, as its reader is told of it.
type Page struct {
	Header      http.Header
	URL         string // after redirects, redacted: what relative links in the page are relative to
	NotModified bool   // 304: there is no body
}

// Get reads at most limit bytes of url's body (more is ErrTooLarge). 404 and 410 wrap dist.ErrNotFound.
func (c *Client) Get(ctx context.Context, url, accept string, limit int64) ([]byte, http.Header, error) {
	var body []byte
	p, err := c.GetPage(ctx, url, accept, Validators{}, limit, func(p *Page, r io.Reader) (err error) {
		var buf bytes.Buffer
		if n, err := strconv.ParseInt(p.Header.Get("Content-Length"), 10, 64); err == nil && 0 < n && n <= limit {
			buf.Grow(int(n) + bytes.MinRead)
		}
		_, err = buf.ReadFrom(r)
		body = buf.Bytes()
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	return body, p.Header, nil
}

// GetPage is Get for a body that is read as it comes: decoded, at most limit bytes. What read returns is returned, but where the body broke off or is too large: then
// read's own view of it does not count, and it is called anew for the next try. With validators the answer may be NotModified, and nothing is read.
func (c *Client) GetPage(ctx context.Context, url, accept string, v Validators, limit int64, read func(*Page, io.Reader) error) (*Page, error) {
	h := http.Header{"Accept-Encoding": {"gzip"}}
	for name, value := range map[string]string{"Accept": accept, "If-None-Match": v.ETag, "If-Modified-Since": v.LastModified} {
		if value != "" {
			h.Set(name, value)
		}
	}
	var page *Page
	err := c.again(ctx, url, func() (err error) {
		page, err = c.page(ctx, url, h, limit, read)
		return err
	})
	if err != nil {
		return nil, wrap(url, err)
	}
	return page, nil
}

func (c *Client) page(ctx context.Context, url string, h http.Header, limit int64, read func(*Page, io.Reader) error) (*Page, error) {
	var also []int
	if h.Get("If-None-Match") != "" || h.Get("If-Modified-Since") != "" {
		also = append(also, http.StatusNotModified)
	}
	resp, err := c.do(ctx, url, h, also...)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	p := &Page{Header: resp.Header, URL: redactURL(resp.Request.URL)}
	switch resp.StatusCode {
	case http.StatusNotModified:
		p.NotModified = true
		return p, nil
	case http.StatusOK, http.StatusNonAuthoritativeInfo:
	default:
		return nil, &StatusError{URL: p.URL, Code: resp.StatusCode}
	}
	body, err := decode(resp, limit)
	if err != nil {
		return nil, err
	}
	if err = read(p, body); body.err != nil {
		err = body.err
	}
	return p, err
}

// decode gives an answer's body as it was before the server compressed it.
func decode(resp *http.Response, limit int64) (*limited, error) {
	if resp.ContentLength > limit {
		return nil, ErrTooLarge
	}
	switch encoding := strings.ToLower(resp.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
		return &limited{r: resp.Body, left: limit}, nil
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(resp.Body)
		if err != nil {
			return nil, &bodyError{ofNetwork(err)}
		}
		return &limited{r: z, left: limit}, nil
	default:
		return nil, ofNetwork(fmt.Errorf("content encoding %q was not asked for", encoding))
	}
}

// limited is a body that remembers why it ended early.
type limited struct {
	r    io.Reader
	left int64
	err  error
}

func (l *limited) Read(p []byte) (int, error) {
	if l.err != nil {
		return 0, l.err
	}
	if int64(len(p)) > l.left+1 {
		p = p[:l.left+1] // one more than allowed tells that there is more
	}
	n, err := l.r.Read(p)
	if l.left -= int64(n); l.left < 0 {
		l.err = ErrTooLarge
		return 0, l.err
	}
	if err != nil && err != io.EOF {
		l.err = &bodyError{ofNetwork(err)}
		err = l.err
	}
	return n, err
}
