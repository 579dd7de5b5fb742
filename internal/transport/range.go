package transport

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
)

// Tail asks for the last n bytes of url in one request. offset is where they begin in the whole of size bytes. A whole that is no longer than n has offset 0,
// also from a server that ignores ranges; a longer one from such a server is ErrNoRange, and its body is not read.
func (c *Client) Tail(ctx context.Context, url string, n int64) (b []byte, offset, size int64, err error) {
	err = c.again(ctx, url, func() (err error) {
		b, offset, size, err = c.tail(ctx, url, n)
		return err
	})
	if err != nil {
		return nil, 0, 0, wrap(url, err)
	}
	return b, offset, size, nil
}

func (c *Client) tail(ctx context.Context, url string, n int64) ([]byte, int64, int64, error) {
	resp, err := c.ranged(ctx, url, fmt.Sprintf("bytes=-%d", n))
	if err != nil {
		return nil, 0, 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		b, err := readWhole(resp, n)
		return b, 0, int64(len(b)), err
	}
	r, ok := contentRange(resp)
	if !ok || r.size < 0 || r.last != r.size-1 || r.length() != min(n, r.size) {
		return nil, 0, 0, fmt.Errorf("%w: asked for the last %d bytes, got %q", ErrNoRange, n, resp.Header.Get("Content-Range"))
	}
	b, err := readExactly(resp.Body, r.length())
	return b, r.first, r.size, err
}

// Range asks for n bytes at off. A server that answers otherwise is ErrNoRange.
func (c *Client) Range(ctx context.Context, url string, off, n int64) ([]byte, error) {
	var b []byte
	err := c.again(ctx, url, func() error {
		resp, err := c.ranged(ctx, url, fmt.Sprintf("bytes=%d-%d", off, off+n-1))
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		r, ok := contentRange(resp)
		if !ok || r.first != off || r.length() != n {
			return fmt.Errorf("%w: asked for bytes %d-%d, got status %d, range %q", ErrNoRange, off, off+n-1, resp.StatusCode, resp.Header.Get("Content-Range"))
		}
		b, err = readExactly(resp.Body, n)
		return err
	})
	return b, wrap(url, err)
}

// ranged asks for a byte range of a file as it is. 416 and 501, with which some servers refuse ranges at all, are ErrNoRange.
func (c *Client) ranged(ctx context.Context, url, byteRange string) (*http.Response, error) {
	resp, err := c.do(ctx, url, http.Header{"Accept-Encoding": {"identity"}, "Range": {byteRange}},
		http.StatusRequestedRangeNotSatisfiable, http.StatusNotImplemented)
	if err != nil {
		return nil, err
	}
	switch {
	case resp.StatusCode != http.StatusOK && resp.StatusCode != http.StatusPartialContent, encoded(resp):
		resp.Body.Close()
		return nil, ErrNoRange
	}
	return resp, nil
}

// encoded reports whether the answer is not the file as it is; ranges of such an answer mean nothing.
func encoded(resp *http.Response) bool {
	e := resp.Header.Get("Content-Encoding")
	return e != "" && !strings.EqualFold(e, "identity")
}

type byteRange struct{ first, last, size int64 } // size -1: unknown

func (r byteRange) length() int64 { return r.last - r.first + 1 }

// contentRange reads the Content-Range of a 206 (RFC 9110, 14.4): bytes 0-99/1000.
func contentRange(resp *http.Response) (byteRange, bool) {
	s, ok := strings.CutPrefix(resp.Header.Get("Content-Range"), "bytes ")
	if resp.StatusCode != http.StatusPartialContent || !ok {
		return byteRange{}, false
	}
	span, whole, ok1 := strings.Cut(s, "/")
	first, last, ok2 := strings.Cut(span, "-")
	r := byteRange{size: -1}
	var ok3, ok4 bool
	r.first, ok3 = decimal(first)
	r.last, ok4 = decimal(last)
	ok = ok1 && ok2 && ok3 && ok4 && r.first <= r.last
	if whole != "*" && ok {
		r.size, ok = decimal(whole)
		ok = ok && r.last < r.size
	}
	return r, ok
}

func decimal(s string) (int64, bool) {
	n, err := strconv.ParseUint(s, 10, 63)
	return int64(n), err == nil && n < math.MaxInt64 && s[0] != '+'
}

func readExactly(r io.Reader, n int64) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		return nil, &bodyError{err}
	}
	return b, nil
}

// readWhole reads a body of at most n bytes; a longer one is ErrNoRange.
func readWhole(resp *http.Response, n int64) ([]byte, error) {
	if resp.ContentLength > n {
		return nil, ErrNoRange
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, n+1))
	switch {
	case err != nil:
		return nil, &bodyError{err}
	case int64(len(b)) > n:
		return nil, ErrNoRange
	}
	return b, nil
}
