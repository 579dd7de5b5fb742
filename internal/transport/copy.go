package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// A resumption that brought this much is progress, and the count of tries starts anew.
const progress = 64 << 10

// Copy writes the whole body of url to w and resumes a truncated one by Range from where it broke; a server that answers 200 to the resumption
// is read from the start and the part that w has is passed over. size -1: unknown. It returns the bytes written; whether they are right is for
// the caller's hash to say. A body that ends in good order before size is no error here. A file that is known to have changed meanwhile is ErrChanged.
func (c *Client) Copy(ctx context.Context, w io.Writer, url string, size int64) (int64, error) {
	d := &download{client: c, w: w, url: url, size: size}
	for failures := 0; ; {
		n, err := d.part(ctx)
		d.have += n
		var broken *bodyError
		if err == nil || !errors.As(err, &broken) {
			return d.have, wrap(url, err)
		}
		if n >= progress {
			failures = 0
		}
		if failures >= c.retries() {
			return d.have, wrap(url, err)
		}
		if err := c.pause(ctx, url, failures, err); err != nil {
			return d.have, wrap(url, err)
		}
		failures++
	}
}

type download struct {
	client *Client
	w      io.Writer
	url    string
	size   int64
	have   int64  // bytes that w got
	etag   string // strong, of the first answer
	whole  bool   // the server's ranges are not to be trusted
}

// part makes one request for what is missing and writes what comes. A *bodyError asks for another part.
func (d *download) part(ctx context.Context) (int64, error) {
	resp, err := d.request(ctx)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	skip, done, err := d.place(resp)
	if err != nil || done {
		return 0, err
	}
	if _, err := io.CopyN(io.Discard, resp.Body, skip); err != nil {
		return 0, &bodyError{err}
	}
	n, err := d.write(resp.Body)
	if err == nil && resp.ContentLength < 0 && resp.ProtoMajor < 2 && len(resp.TransferEncoding) == 0 && d.have+n < d.size {
		err = &bodyError{io.ErrUnexpectedEOF} // the end of the connection is all the end it had (RFC 9112, 6.3)
	}
	return n, err
}

func (d *download) request(ctx context.Context) (*http.Response, error) {
	h := http.Header{"Accept-Encoding": {"identity"}}
	if d.have == 0 || d.whole {
		return d.client.do(ctx, d.url, h)
	}
	h.Set("Range", fmt.Sprintf("bytes=%d-", d.have))
	if d.etag != "" {
		h.Set("If-Range", d.etag)
	}
	return d.client.do(ctx, d.url, h, http.StatusRequestedRangeNotSatisfiable)
}

// place says how many bytes of the answer w has already.
func (d *download) place(resp *http.Response) (skip int64, done bool, err error) {
	switch resp.StatusCode {
	case http.StatusOK:
		tag := strongETag(resp)
		if d.have > 0 && tag != d.etag {
			return 0, false, ErrChanged
		}
		d.etag = tag
		return d.have, false, nil
	case http.StatusRequestedRangeNotSatisfiable:
		if resp.Header.Get("Content-Range") == fmt.Sprintf("bytes */%d", d.have) {
			return 0, true, nil // it broke off behind the last byte
		}
	case http.StatusPartialContent:
		if tag := strongETag(resp); tag != "" && d.etag != "" && tag != d.etag {
			return 0, false, ErrChanged
		}
		r, ok := contentRange(resp)
		if ok && d.have > 0 && r.first == d.have && (d.size < 0 || r.size < 0 || r.size == d.size) {
			return 0, false, nil
		}
	default:
		return 0, false, &StatusError{URL: redactURL(resp.Request.URL), Code: resp.StatusCode}
	}
	if d.whole || d.have == 0 {
		return 0, false, fmt.Errorf("%w: range %q was not asked for", ErrNoRange, resp.Header.Get("Content-Range"))
	}
	d.whole = true
	return 0, false, &bodyError{fmt.Errorf("%w: asked for bytes from %d, got status %d, range %q", ErrNoRange, d.have, resp.StatusCode, resp.Header.Get("Content-Range"))}
}

func strongETag(resp *http.Response) string {
	if tag := resp.Header.Get("ETag"); !strings.HasPrefix(tag, "W/") {
		return tag
	}
	return ""
}

// buffers are used again, as fresh memory costs more than what is copied through it.
var buffers = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// write copies r to w; an error of r is a *bodyError, one of w is final.
func (d *download) write(r io.Reader) (int64, error) {
	buf := buffers.Get().(*[64 << 10]byte)
	defer buffers.Put(buf)
	var total int64
	for {
		n, err := r.Read(buf[:])
		if n > 0 {
			m, werr := d.w.Write(buf[:n])
			total += int64(m)
			if werr != nil {
				return total, werr
			}
		}
		if err == io.EOF {
			return total, nil
		}
		if err != nil {
			return total, &bodyError{err}
		}
	}
}
