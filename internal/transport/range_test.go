package transport

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/chandlery-go/chandlery/internal/leaktest"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTail(t *testing.T) {
	for name, c := range map[string]struct {
		ranges resolvetest.Ranges
		n      int64
		want   bool
	}{
		"honoured":             {resolvetest.RangesHonoured, 1000, true},
		"longer than the file": {resolvetest.RangesHonoured, 9000, true},
		"ignored, all fits":    {resolvetest.RangesIgnored, 5000, true},
		"ignored":              {resolvetest.RangesIgnored, 1000, false},
		"refused":              {resolvetest.RangesRefused, 1000, false},
		"wrong":                {resolvetest.RangesWrong, 1000, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, h, content := serve(t, 5000)
			s.Ranges = c.ranges
			b, offset, size, err := client(t).Tail(t.Context(), h.URL+"/files/blob", c.n)
			assert.Equal(t, 1, len(s.Requests()), "one request")
			assert.Equal(t, "identity", s.Requests()[0].Header.Get("Accept-Encoding"))
			if !c.want {
				assert.ErrorIs(t, err, ErrNoRange)
				return
			}
			require.NoError(t, err)
			assert.EqualValues(t, 5000, size)
			assert.Equal(t, max(0, 5000-c.n), offset)
			assert.Equal(t, content[offset:], b)
		})
	}
	s, h, content := serve(t, 5000)
	s.Fail(resolvetest.Fault{Path: "blob", TruncateAfter: 100, Times: 2})
	b, _, _, err := client(t).Tail(t.Context(), h.URL+"/files/blob", 1000)
	require.NoError(t, err)
	assert.Equal(t, content[4000:], b)
	_, _, _, err = client(t).Tail(t.Context(), h.URL+"/files/none", 1000)
	assert.ErrorIs(t, err, dist.ErrNotFound)
}

func TestRange(t *testing.T) {
	s, h, content := serve(t, 5000)
	b, err := client(t).Range(t.Context(), h.URL+"/files/blob", 100, 50)
	require.NoError(t, err)
	assert.Equal(t, content[100:150], b)
	_, err = client(t).Range(t.Context(), h.URL+"/files/blob", 4990, 50)
	assert.ErrorIs(t, err, ErrNoRange, "less than asked for")
	for _, r := range []resolvetest.Ranges{resolvetest.RangesIgnored, resolvetest.RangesRefused, resolvetest.RangesWrong} {
		s.Ranges = r
		_, err = client(t).Range(t.Context(), h.URL+"/files/blob", 100, 50)
		assert.ErrorIs(t, err, ErrNoRange)
	}
}

func TestContentRange(t *testing.T) {
	for s, want := range map[string]byteRange{
		"bytes 0-99/1000": {0, 99, 1000}, "bytes 5-5/*": {5, 5, -1},
		"bytes 5-4/10": {}, "bytes 0-10/10": {}, "bytes */10": {}, "0-1/2": {}, "bytes 0-1": {}, "bytes -1-2/3": {}, "bytes +0-1/2": {}, "bytes 0-9223372036854775807/*": {},
	} {
		r, ok := contentRange(&http.Response{StatusCode: 206, Header: http.Header{"Content-Range": {s}}})
		assert.Equal(t, want != byteRange{}, ok, s)
		if ok {
			assert.Equal(t, want, r, s)
		}
	}
}

func TestCopy(t *testing.T) {
	const size = 300_000
	for name, c := range map[string]struct {
		ranges   resolvetest.Ranges
		etags    bool
		size     int64
		cuts     []int64
		requests int
	}{
		"whole":                         {size: size, requests: 1},
		"size unknown":                  {size: -1, requests: 1},
		"cut once":                      {size: size, cuts: []int64{1000}, requests: 2},
		"cut often":                     {size: size, cuts: []int64{1000, 1000, 100_000, 1000, 1000, 1000}, requests: 7},
		"cut, strong ETag":              {size: size, etags: true, cuts: []int64{1000}, requests: 2},
		"cut, size unknown":             {size: -1, cuts: []int64{1000}, requests: 2},
		"cut, ranges ignored":           {ranges: resolvetest.RangesIgnored, size: size, cuts: []int64{1000}, requests: 2},
		"cut, ranges ignored, ETag":     {ranges: resolvetest.RangesIgnored, etags: true, size: size, cuts: []int64{1000}, requests: 2},
		"cut, ranges wrong, then whole": {ranges: resolvetest.RangesWrong, size: size, cuts: []int64{1000}, requests: 3},
		"cut, ranges refused":           {ranges: resolvetest.RangesRefused, size: size, cuts: []int64{1000}, requests: 3},
	} {
		t.Run(name, func(t *testing.T) {
			leaktest.Check(t)
			s, h, content := serve(t, size)
			s.Ranges, s.ETags = c.ranges, c.etags
			for _, cut := range c.cuts {
				s.Fail(resolvetest.Fault{Path: "blob", TruncateAfter: cut, Times: 1})
			}
			var got bytes.Buffer
			n, err := client(t).Copy(t.Context(), &got, h.URL+"/files/blob", c.size)
			require.NoError(t, err)
			assert.EqualValues(t, size, n)
			assert.True(t, bytes.Equal(content, got.Bytes()))
			assert.Equal(t, c.requests, len(s.Requests()))
			for _, r := range s.Requests() {
				assert.Equal(t, "GET", r.Method)
				assert.Equal(t, "identity", r.Header.Get("Accept-Encoding"))
			}
		})
	}
}

func TestCopyGivesUp(t *testing.T) {
	s, h, _ := serve(t, 300_000)
	s.Fail(resolvetest.Fault{Path: "blob", TruncateAfter: 1000})
	var got bytes.Buffer
	n, err := client(t).Copy(t.Context(), &got, h.URL+"/files/blob?key=secret", 300_000)
	assert.ErrorContains(t, err, "broke off")
	assert.NotContains(t, err.Error(), "secret")
	assert.EqualValues(t, got.Len(), n)
	assert.Equal(t, 1+DefaultRetries, len(s.Requests()))
}

func TestCopyChanged(t *testing.T) {
	var tries atomic.Int32
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", fmt.Sprintf(`"%d"`, tries.Add(1)))
		w.Header().Set("Content-Length", "1000")
		w.Write(make([]byte, 500))
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}))
	defer h.Close()
	_, err := client(t).Copy(t.Context(), &bytes.Buffer{}, h.URL, 1000)
	assert.ErrorIs(t, err, ErrChanged)
	assert.EqualValues(t, 2, tries.Load())
}

// Without a length the end of an HTTP/1.0 connection may be anything.
func TestCopyConnectionEnds(t *testing.T) {
	s, h, content := serve(t, 1000)
	s.Fail(resolvetest.Fault{Path: "blob", Times: 1, Serve: func(w http.ResponseWriter, _ *http.Request) {
		conn, buf, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		buf.WriteString("HTTP/1.0 200 OK\r\n\r\n")
		buf.Write(content[:300])
		buf.Flush()
		conn.Close()
	}})
	var got bytes.Buffer
	_, err := client(t).Copy(t.Context(), &got, h.URL+"/files/blob", 1000)
	require.NoError(t, err)
	assert.Equal(t, content, got.Bytes())
}

func TestCopyWriterFails(t *testing.T) {
	s, h, _ := serve(t, 300_000)
	full := errors.New("disk full")
	_, err := client(t).Copy(t.Context(), writerFunc(func(p []byte) (int, error) { return 0, full }), h.URL+"/files/blob", 300_000)
	assert.ErrorIs(t, err, full)
	assert.Equal(t, 1, len(s.Requests()))
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// A file that is stored compressed, such as .tar.gz, is passed on as it is.
func TestCopyContentEncoding(t *testing.T) {
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write([]byte("not gzip at all"))
	}))
	defer h.Close()
	var got bytes.Buffer
	_, err := client(t).Copy(t.Context(), &got, h.URL, -1)
	require.NoError(t, err)
	assert.Equal(t, "not gzip at all", got.String())
	_, _, _, err = client(t).Tail(t.Context(), h.URL, 100)
	assert.ErrorIs(t, err, ErrNoRange)
}

func BenchmarkCopy(b *testing.B) {
	_, h, content := serve(b, 8<<20)
	c := client(b)
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Copy(b.Context(), writerFunc(func(p []byte) (int, error) { return len(p), nil }), h.URL+"/files/blob", int64(len(content))); err != nil {
			b.Fatal(err)
		}
	}
}
