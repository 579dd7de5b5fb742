package index

import (
	"bytes"
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/internal/transport"
)

const (
	// MaxPage bounds an index page, in bytes, decoded.
	MaxPage = 64 << 20
	// MaxFiles bounds the files of one project.
	MaxFiles = 200_000

	typeJSON = "application/vnd.pypi.simple.v1+json"
	typeHTML = "application/vnd.pypi.simple.v1+html"
	accept   = typeJSON + ", " + typeHTML + ";q=0.2, text/html;q=0.01" // PEP 691, "Version + Format Selection"
)

// page is an index page as it was served, with what the cache needs to know of it.
type page struct {
	URL      string    `json:"url"` // after redirects, redacted
	Type     string    `json:"type"`
	ETag     string    `json:"etag,omitempty"`
	Modified string    `json:"modified,omitempty"`
	Stored   time.Time `json:"stored"`
	MaxAge   int64     `json:"max_age"` // seconds; -1: the server does not say
	Body     []byte    `json:"-"`
}

// page gives the page at url from the cache where it is fresh, else from the server.
func (c *Client) page(ctx context.Context, url, project string) (*page, error) {
	old := c.Cache.page(url)
	if old != nil && old.fresh(time.Now(), c.PageTTL) {
		c.wire.cached(ForPage, project, url)
		return old, nil
	}
	var v transport.Validators
	if old != nil {
		v = transport.Validators{ETag: old.ETag, LastModified: old.Modified}
	}
	if err := c.wire.enter(ctx); err != nil {
		return nil, err
	}
	defer c.wire.leave()
	got, err := c.wire.http.GetPage(on(ctx, &errand{purpose: ForPage, of: project}), url, accept, v, MaxPage)
	if err != nil {
		return nil, err
	}
	p, store := newPage(got, old, time.Now())
	if store {
		c.Cache.putPage(url, p)
	}
	return p, nil
}

// newPage makes an answer a page, and says whether it may be kept (RFC 9111).
func newPage(got *transport.Page, old *page, now time.Time) (p *page, store bool) {
	maxAge, noStore := cacheControl(got.Header)
	p = &page{URL: got.URL, Type: got.Header.Get("Content-Type"), Body: got.Body}
	if got.NotModified {
		p.URL, p.Type, p.Body = old.URL, old.Type, old.Body
	}
	p.ETag, p.Modified = got.Header.Get("ETag"), got.Header.Get("Last-Modified")
	if got.NotModified && p.ETag == "" && p.Modified == "" {
		p.ETag, p.Modified = old.ETag, old.Modified
	}
	p.Stored, p.MaxAge = now.UTC(), maxAge
	return p, !noStore
}

// cacheControl reads how long an answer is fresh, in seconds (-1: not said), and whether it must not be kept.
func cacheControl(h http.Header) (maxAge int64, noStore bool) {
	maxAge = -1
	for _, directive := range strings.Split(strings.Join(h.Values("Cache-Control"), ","), ",") {
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(directive)), "=")
		switch name {
		case "no-store":
			noStore = true
		case "no-cache":
			return 0, noStore
		case "max-age":
			if n, err := strconv.ParseUint(strings.Trim(value, `"`), 10, 31); err == nil {
				maxAge = int64(n)
			}
		}
	}
	if age, err := strconv.ParseUint(h.Get("Age"), 10, 31); err == nil && maxAge > 0 {
		maxAge = max(0, maxAge-int64(age))
	}
	return maxAge, noStore
}

func (p *page) fresh(now time.Time, ttl time.Duration) bool {
	switch {
	case ttl < 0:
		return false
	case p.MaxAge >= 0:
		ttl = time.Duration(p.MaxAge) * time.Second
	case ttl == 0:
		ttl = DefaultPageTTL
	}
	age := now.Sub(p.Stored)
	return age >= 0 && age < ttl // a clock that was set back makes no page eternal
}

// isJSON decides by the content type; a server that gives none is judged by the first character.
func (p *page) isJSON() (json, ok bool) {
	media, _, err := mime.ParseMediaType(p.Type)
	switch {
	case media == typeJSON || media == "application/json":
		return true, true
	case media == typeHTML || media == "text/html" || media == "application/xhtml+xml":
		return false, true
	case err == nil && media != "application/octet-stream" && media != "text/plain":
		return false, false
	}
	text := strings.TrimLeft(string(p.Body[:min(len(p.Body), 64)]), " \t\r\n\ufeff")
	return strings.HasPrefix(text, "{"), strings.HasPrefix(text, "{") || strings.HasPrefix(text, "<")
}

// marshal and unmarshalPage are the form in the cache: one line of JSON, then the body.
func (p *page) marshal() []byte {
	head, err := json.Marshal(p)
	if err != nil {
		panic(err) // strings and numbers only
	}
	b := make([]byte, 0, len(head)+1+len(p.Body))
	return append(append(append(b, head...), '\n'), p.Body...)
}

func unmarshalPage(b []byte) *page {
	var p page
	head, body, ok := bytes.Cut(b, []byte("\n"))
	if !ok || json.Unmarshal(head, &p) != nil {
		return nil
	}
	p.Body = body
	return &p
}
