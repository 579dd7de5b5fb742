package transport

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Validators are what an earlier answer gave to ask "is it still this?".
type Validators struct{ ETag, LastModified string }

// Page is an answer held in memory.
type Page struct {
	Body        []byte // decoded
	Header      http.Header
	URL         string // after redirects, redacted: what relative links in the page are relative to
	NotModified bool   // 304: Body is nil
}

// Get reads at most limit bytes of url's body (more is ErrTooLarge). 404 and 410 wrap dist.ErrNotFound.
func (c *Client) Get(ctx context.Context, url, accept string, limit int64) ([]byte, http.Header, error) {
	p, err := c.GetPage(ctx, url, accept, Validators{}, limit)
	if err != nil {
		return nil, nil, err
	}
	return p.Body, p.Header, nil
}

// GetPage is Get with an answer that tells more; with validators it may be NotModified.
func (c *Client) GetPage(ctx context.Context, url, accept string, v Validators, limit int64) (*Page, error) {
	h := http.Header{"Accept-Encoding": {"gzip"}}
	for name, value := range map[string]string{"Accept": accept, "If-None-Match": v.ETag, "If-Modified-Since": v.LastModified} {
		if value != "" {
			h.Set(name, value)
		}
	}
	var page *Page
	err := c.again(ctx, url, func() (err error) {
		page, err = c.page(ctx, url, h, limit)
		return err
	})
	if err != nil {
		return nil, wrap(url, err)
	}
	return page, nil
}

func (c *Client) page(ctx context.Context, url string, h http.Header, limit int64) (*Page, error) {
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
	if p.Body, err = readPage(resp, limit); err != nil {
		return nil, err
	}
	return p, nil
}

// readPage decodes at most limit bytes.
func readPage(resp *http.Response, limit int64) ([]byte, error) {
	if resp.ContentLength > limit {
		return nil, ErrTooLarge
	}
	var r io.Reader = resp.Body
	switch encoding := strings.ToLower(resp.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(resp.Body)
		if err != nil {
			return nil, &bodyError{ofNetwork(err)}
		}
		r = z
	default:
		return nil, ofNetwork(fmt.Errorf("content encoding %q was not asked for", encoding))
	}
	var buf bytes.Buffer
	if resp.ContentLength > 0 {
		buf.Grow(int(resp.ContentLength) + bytes.MinRead)
	}
	n, err := buf.ReadFrom(io.LimitReader(r, limit+1))
	switch {
	case err != nil:
		return nil, &bodyError{ofNetwork(err)}
	case n > limit:
		return nil, ErrTooLarge
	}
	return buf.Bytes(), nil
}
