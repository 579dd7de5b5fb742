package index

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/internal/transport"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

const (
	// MaxPage bounds an index page, in bytes, decoded.
	MaxPage = 64 << 20
	// MaxFiles bounds the files of one project.
	MaxFiles = 200_000

	sniffed = 64 // bytes that tell the type of a page whose server does not

	typeJSON = "application/vnd.pypi.simple.v1+json"
	typeHTML = "application/vnd.pypi.simple.v1+html"
	accept   = typeJSON + ", " + typeHTML + ";q=0.2, text/html;q=0.01" // PEP 691, "Version + Format Selection"
)

// page is what an index said of a project, with what the cache needs to know of it.
type page struct {
	etag     string
	modified string
	stored   time.Time
	maxAge   int64 // seconds; -1: the server does not say
	absent   bool  // the index does not know the project
	kept     keptForm
	stamp    stamp // of its file in the cache; zero where it is not kept
}

// keptForm is the files of a page in their kept form.
type keptForm struct {
	sheet   string // what stands before the records
	records records
}

// page gives what an index has of a project, from the cache where its page is fresh, else from the server.
func (c *Client) page(ctx context.Context, ix origin, name pep508.Name) (*holding, error) {
	address := ix.page(name)
	old, kept := c.keptPage(address, name, ix)
	if old != nil && (c.Offline || !old.absent && old.fresh(time.Now(), c.PageTTL)) {
		c.wire.cached(ForPage, string(name), address)
		if old.absent {
			return nil, dist.ErrNotFound
		}
		return kept, nil
	}
	if c.Offline {
		return nil, &OfflineError{For: ForPage, Of: string(name), URL: transport.Redact(address)}
	}
	p, same, err := c.fetchPage(ctx, address, name, old)
	switch {
	case err != nil:
		return nil, err
	case same:
		kept.sight = p.sight(c.PageTTL)
		return kept, nil
	}
	fresh := p.offer(name, ix.name, &c.words, nil)
	if fresh == nil {
		return nil, &PageError{transport.Redact(address), -1, "its files cannot be kept"}
	}
	fresh.sight = p.sight(c.PageTTL)
	return fresh, nil
}

// page is the address of a project's page.
func (ix origin) page(name pep508.Name) string {
	return ix.url + url.PathEscape(string(name)) + "/"
}

// keptPage gives what the cache has of a page, if that can be of use.
func (c *Client) keptPage(address string, name pep508.Name, ix origin) (*page, *holding) {
	p := c.Cache.page(address)
	if p == nil || p.absent {
		return p, nil
	}
	if !c.Offline && p.etag == "" && p.modified == "" && !p.fresh(time.Now(), c.PageTTL) {
		return nil, nil
	}
	kept := p.offer(name, ix.name, &c.words, func() *keptRecords { return c.again(address, name, ix) })
	if kept == nil {
		return nil, nil
	}
	kept.sight = p.sight(c.PageTTL)
	return p, kept
}

// again brings the page of a project anew, in memory, for the records that its file had when its releases were read: another process may have renewed it since, somebody deleted
// it, or a crash left zeros of them.
func (c *Client) again(address string, name pep508.Name, ix origin) *keptRecords {
	if p := c.Cache.page(address); p != nil && !p.absent {
		if r := p.records(name, ix.name, &c.words, nil); r != nil && r.isWhole() {
			return r
		}
	}
	if c.Offline {
		return nil
	}
	p, _, _ := c.fetchPage(context.Background(), address, name, nil) // who asks for a File has no context
	if p == nil {
		return nil
	}
	return p.records(name, ix.name, &c.words, nil)
}

// fetchPage asks the server, and keeps its answer. same: what old has stands.
func (c *Client) fetchPage(ctx context.Context, address string, name pep508.Name, old *page) (p *page, same bool, err error) {
	var v transport.Validators
	if old != nil {
		v = transport.Validators{ETag: old.etag, LastModified: old.modified}
	}
	got, kept, err := c.readPage(ctx, address, name, v)
	if errors.Is(err, dist.ErrNotFound) {
		c.Cache.putPage(address, &page{stored: time.Now(), absent: true})
	}
	if err != nil {
		return nil, false, err
	}
	p, store := newPage(got, old, time.Now())
	if p.kept = kept; got.NotModified {
		p.kept = old.kept
	}
	if store {
		c.Cache.putPage(address, p)
	}
	return p, got.NotModified, nil
}

// readPage reads a page as it comes; kept is the kept form of its files.
func (c *Client) readPage(ctx context.Context, address string, name pep508.Name, v transport.Validators) (got *transport.Page, kept keptForm, err error) {
	if err := c.wire.enter(ctx); err != nil {
		return nil, keptForm{}, err
	}
	defer c.wire.leave()
	reader, ok := c.readers.Get().(*pageReader)
	if !ok {
		reader = &pageReader{}
	}
	defer c.readers.Put(reader)
	var wrong error
	got, err = c.wire.http.GetPage(on(ctx, &errand{purpose: ForPage, of: string(name)}), address, accept, v, MaxPage, func(p *transport.Page, r io.Reader) error {
		kept, wrong = reader.read(r, p.Header.Get("Content-Type"), p.URL, name)
		return nil
	})
	if err == nil {
		err = wrong
	}
	return got, kept, err
}

// newPage makes an answer a page, and says whether it may be kept (RFC 9111).
func newPage(got *transport.Page, old *page, now time.Time) (p *page, store bool) {
	maxAge, noStore := cacheControl(got.Header)
	p = &page{etag: got.Header.Get("ETag"), modified: got.Header.Get("Last-Modified"), stored: now, maxAge: maxAge}
	if got.NotModified && p.etag == "" && p.modified == "" {
		p.etag, p.modified = old.etag, old.modified
	}
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
	age := now.Sub(p.stored)
	return age >= 0 && age < p.life(ttl) // a clock that was set back makes no page eternal
}

// life is how long a page is fresh.
func (p *page) life(ttl time.Duration) time.Duration {
	switch {
	case ttl < 0:
		return 0
	case p.maxAge >= 0:
		return time.Duration(p.maxAge) * time.Second
	case ttl == 0:
		return DefaultPageTTL
	}
	return ttl
}

// pageReader reads pages of either form, one after the other in the same memory.
type pageReader struct {
	scanner
	builder
}

// read gives the files of a page in their kept form.
func (p *pageReader) read(r io.Reader, contentType, at string, project pep508.Name) (keptForm, error) {
	base, err := url.Parse(at)
	if err != nil {
		return keptForm{}, &PageError{at, -1, "its address is none"}
	}
	s, b := &p.scanner, &p.builder
	s.reset(r)
	b.reset(project, base)
	for len(s.buf) < sniffed && s.more() {
	}
	isJSON, ok := isJSON(contentType, s.buf[:min(len(s.buf), sniffed)])
	switch {
	case !ok:
		return keptForm{}, &PageError{at, -1, "its type " + contentType + " is neither JSON nor HTML of an index: is this the address of one?"}
	case isJSON:
		err = parseJSON(s, b)
	default:
		err = parseHTML(strings.ToValidUTF8(s.all(), "\ufffd"), b)
	}
	if err == nil {
		err = s.err
	}
	var pe *PageError
	if errors.As(err, &pe) {
		pe.URL = at
	}
	return b.finish(), err
}

// isJSON decides by the content type; a server that gives none is judged by the first character.
func isJSON(contentType string, begin []byte) (json, ok bool) {
	media, _, err := mime.ParseMediaType(contentType)
	switch {
	case media == typeJSON || media == "application/json":
		return true, true
	case media == typeHTML || media == "text/html" || media == "application/xhtml+xml":
		return false, true
	case err == nil && media != "application/octet-stream" && media != "text/plain":
		return false, false
	}
	text := bytes.TrimLeft(begin, " \t\r\n\ufeff")
	return bytes.HasPrefix(text, []byte("{")), bytes.HasPrefix(text, []byte("{")) || bytes.HasPrefix(text, []byte("<"))
}
