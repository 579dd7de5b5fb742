package transport

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chandlery-go/chandlery/internal/leaktest"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGet(t *testing.T) {
	leaktest.Check(t)
	s, h, content := serve(t, 5000)
	r := &recorder{}
	c := client(t)
	c.Observe = r.observe
	b, header, err := c.Get(t.Context(), h.URL+"/files/blob?token=secret", "text/plain", 5000)
	require.NoError(t, err)
	assert.Equal(t, content, b)
	assert.Equal(t, "5000", header.Get("Content-Length"))
	asked := s.Requests()[0]
	assert.Equal(t, "GET", asked.Method)
	assert.Equal(t, "text/plain", asked.Header.Get("Accept"))
	assert.Equal(t, "gzip", asked.Header.Get("Accept-Encoding"))
	seen := r.exchanges()
	require.Len(t, seen, 1)
	assert.Equal(t, Exchange{Method: "GET", URL: h.URL + "/files/blob", Status: 200, Bytes: 5000, Elapsed: seen[0].Elapsed}, seen[0])
}

func TestGetLimit(t *testing.T) {
	s, h, _ := serve(t, 5000)
	_, _, err := client(t).Get(t.Context(), h.URL+"/files/blob", "", 4999)
	assert.ErrorIs(t, err, ErrTooLarge)
	assert.Equal(t, 1, len(s.Requests()), "a body that is too large is not asked for again")

	chunked := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for range 100 {
			w.Write(make([]byte, 100))
			w.(http.Flusher).Flush()
		}
	}))
	defer chunked.Close()
	_, _, err = client(t).Get(t.Context(), chunked.URL, "", 9999)
	assert.ErrorIs(t, err, ErrTooLarge)
}

func TestGetGzip(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write(make([]byte, 1<<20))
	z.Close()
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", r.URL.Query().Get("as"))
		w.Write(packed.Bytes())
	}))
	defer h.Close()
	b, _, err := client(t).Get(t.Context(), h.URL+"?as=gzip", "", 1<<20)
	require.NoError(t, err)
	assert.Equal(t, make([]byte, 1<<20), b)
	_, _, err = client(t).Get(t.Context(), h.URL+"?as=gzip", "", 1<<20-1)
	assert.ErrorIs(t, err, ErrTooLarge, "the limit is of the decoded bytes")
	_, _, err = client(t).Get(t.Context(), h.URL+"?as=br", "", 1<<20)
	assert.ErrorContains(t, err, "was not asked for")
}

func TestGetStatus(t *testing.T) {
	for _, status := range []int{400, 401, 403, 404, 410, 501, 505} {
		s, h, _ := serve(t, 10)
		s.Fail(resolvetest.Fault{Path: "blob", Status: status})
		_, _, err := client(t).Get(t.Context(), h.URL+"/files/blob?key=secret", "", 10)
		var se *StatusError
		require.ErrorAs(t, err, &se)
		assert.Equal(t, StatusError{URL: h.URL + "/files/blob", Code: status}, *se)
		assert.Equal(t, status == 404 || status == 410, errors.Is(err, dist.ErrNotFound), status)
		assert.NotContains(t, err.Error(), "secret")
		assert.Equal(t, 1, len(s.Requests()), "%d is tried again", status)
	}
}

func TestGetRetries(t *testing.T) {
	for _, status := range []int{408, 425, 429, 500, 502, 503, 504} {
		s, h, content := serve(t, 10)
		s.Fail(resolvetest.Fault{Path: "blob", Status: status, Times: 2})
		b, _, err := client(t).Get(t.Context(), h.URL+"/files/blob", "", 10)
		require.NoError(t, err, status)
		assert.Equal(t, content, b)
		assert.Equal(t, 3, len(s.Requests()))
	}
	s, h, _ := serve(t, 10)
	s.Fail(resolvetest.Fault{Path: "blob", Status: 503})
	_, _, err := client(t).Get(t.Context(), h.URL+"/files/blob", "", 10)
	var se *StatusError
	require.ErrorAs(t, err, &se)
	assert.Equal(t, 503, se.Code)
	assert.Equal(t, 1+DefaultRetries, len(s.Requests()))

	none := client(t)
	none.Retries = -1
	s.ClearRequests()
	_, _, err = none.Get(t.Context(), h.URL+"/files/blob", "", 10)
	require.ErrorAs(t, err, &se)
	assert.Equal(t, 1, len(s.Requests()))
}

func TestGetTruncated(t *testing.T) {
	leaktest.Check(t)
	s, h, content := serve(t, 5000)
	s.Fail(resolvetest.Fault{Path: "blob", TruncateAfter: 1000, Times: 2})
	b, _, err := client(t).Get(t.Context(), h.URL+"/files/blob", "", 5000)
	require.NoError(t, err)
	assert.Equal(t, content, b)
	assert.Equal(t, 3, len(s.Requests()))

	s.Fail(resolvetest.Fault{Path: "blob", TruncateAfter: 1000})
	_, _, err = client(t).Get(t.Context(), h.URL+"/files/blob?key=secret", "", 5000)
	assert.ErrorContains(t, err, "broke off")
	assert.NotContains(t, err.Error(), "secret")
	assert.Equal(t, 3+1+DefaultRetries, len(s.Requests()))
}

func TestGetPageNotModified(t *testing.T) {
	s, h, _ := serve(t, 10)
	s.ETags = true
	c := client(t)
	read := 0
	count := func(_ *Page, r io.Reader) error {
		b, err := io.ReadAll(r)
		read += len(b)
		return err
	}
	p, err := c.GetPage(t.Context(), h.URL+"/files/blob", "", Validators{}, 10, count)
	require.NoError(t, err)
	require.NotEmpty(t, p.Header.Get("ETag"))
	p, err = c.GetPage(t.Context(), h.URL+"/files/blob", "", Validators{ETag: p.Header.Get("ETag")}, 10, count)
	require.NoError(t, err)
	assert.True(t, p.NotModified)
	assert.Equal(t, 10, read, "only the first answer has a body")
}

func TestGetConnectionErrors(t *testing.T) {
	tries := 0
	c := client(t)
	c.RoundTripper = roundTripper(func(r *http.Request) (*http.Response, error) {
		tries++
		return nil, errors.New("dial of " + r.URL.String() + " refused")
	})
	_, _, err := c.Get(t.Context(), "https://index.example/a?token=secret", "", 10)
	assert.ErrorContains(t, err, "get https://index.example/a: dial of https://index.example/a refused")
	assert.Equal(t, 1+DefaultRetries, tries)
}

func TestGetBadCertificate(t *testing.T) {
	h := httptest.NewTLSServer(http.NotFoundHandler())
	h.Config.ErrorLog = nil
	defer h.Close()
	r := &recorder{}
	c := client(t)
	c.Observe = r.observe
	_, _, err := c.Get(t.Context(), h.URL, "", 10)
	assert.ErrorContains(t, err, "certificate")
	assert.Len(t, r.exchanges(), 1, "a bad certificate stays bad")
}

func TestGetBadAddress(t *testing.T) {
	for _, u := range []string{"", "ftp://index.example/", "/relative", "http://", "https://user:secret@index.example:port/x?y=secret", "http://[::1/%zz?secret"} {
		_, _, err := client(t).Get(t.Context(), u, "", 10)
		require.Error(t, err, u)
		assert.NotContains(t, err.Error(), "secret")
	}
}

func TestGetContextEnds(t *testing.T) {
	leaktest.Check(t)
	release := make(chan struct{})
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/body":
			w.Write([]byte("x"))
			w.(http.Flusher).Flush()
			<-release
		case "/header":
			<-release
		case "/busy":
			w.Header().Set("Retry-After", "3600")
			w.WriteHeader(503)
		}
	}))
	defer h.Close()
	defer close(release)
	for _, path := range []string{"/body", "/header", "/busy"} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(50*time.Millisecond, cancel)
		start := time.Now()
		_, _, err := client(t).Get(ctx, h.URL+path, "", 10)
		assert.ErrorIs(t, err, context.Canceled, path)
		assert.Less(t, time.Since(start), 2*time.Second, path)
	}
}

func TestTooSlow(t *testing.T) {
	leaktest.Check(t)
	stop := make(chan struct{})
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/header" {
			<-stop
			return
		}
		for { // 20 bytes in 100 ms, where 102 are the least
			w.Write([]byte("x"))
			w.(http.Flusher).Flush()
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
			}
		}
	}))
	defer h.Close()
	defer close(stop)
	for _, path := range []string{"/drip", "/header"} {
		r := &recorder{}
		c := client(t)
		c.Retries, c.Observe = 1, r.observe
		ctx := WithPatience(t.Context(), Patience{Answer: 100 * time.Millisecond, Window: 100 * time.Millisecond})
		_, _, err := c.Get(ctx, h.URL+path, "", 1<<20)
		assert.ErrorIs(t, err, ErrTooSlow, path)
		require.Len(t, r.exchanges(), 2, path)
		assert.ErrorIs(t, r.exchanges()[0].Err, ErrTooSlow)
	}
}

// A consumer that takes its time is not held against the server.
func TestSlowConsumer(t *testing.T) {
	_, h, content := serve(t, 300_000)
	c := client(t)
	w := &slowWriter{}
	_, err := c.Copy(WithPatience(t.Context(), Patience{Window: 50 * time.Millisecond}), w, h.URL+"/files/blob", int64(len(content)))
	require.NoError(t, err)
	assert.Equal(t, content, w.Bytes())
}

type slowWriter struct{ bytes.Buffer }

func (w *slowWriter) Write(p []byte) (int, error) {
	time.Sleep(30 * time.Millisecond)
	return w.Buffer.Write(p)
}

func TestBackoff(t *testing.T) {
	answer := func(after string) *http.Response {
		return &http.Response{Header: http.Header{"Retry-After": {after}}}
	}
	c := &Client{}
	hurried := WithPatience(t.Context(), Patience{RetryAfter: time.Second, MaxWait: time.Millisecond})
	assert.Equal(t, time.Second, c.backoff(hurried, 0, answer("3600")))
	assert.LessOrEqual(t, c.backoff(hurried, 0, nil), time.Millisecond)
	assert.Equal(t, 3*time.Second, c.backoff(t.Context(), 0, answer("3")))
	assert.Equal(t, MaxRetryAfter, c.backoff(t.Context(), 0, answer("3600")))
	assert.Equal(t, MaxRetryAfter, c.backoff(t.Context(), 0, answer("99999999999999999999")))
	assert.Equal(t, time.Duration(0), c.backoff(t.Context(), 0, answer("Fri, 31 Dec 1999 23:59:59 GMT")))
	assert.InDelta(t, 20*time.Second, c.backoff(t.Context(), 0, answer(time.Now().Add(20*time.Second).UTC().Format(http.TimeFormat))), float64(2*time.Second))
	assert.Equal(t, MaxRetryAfter, c.backoff(t.Context(), 0, answer(time.Now().Add(48*time.Hour).UTC().Format(http.TimeFormat))))
	for _, after := range []string{"", "-5", "soon"} {
		assert.LessOrEqual(t, c.backoff(t.Context(), 0, answer(after)), DefaultWait, after)
	}
	seen := map[time.Duration]bool{}
	for range 100 {
		d := c.backoff(t.Context(), 2, nil)
		assert.LessOrEqual(t, d, 4*DefaultWait)
		assert.LessOrEqual(t, c.backoff(t.Context(), 1000, nil), MaxWait)
		seen[d] = true
	}
	assert.Greater(t, len(seen), 50, "no jitter")
}

func TestRetryAfterIsObeyed(t *testing.T) {
	s, h, _ := serve(t, 10)
	s.Fail(resolvetest.Fault{Path: "blob", Status: 429, RetryAfter: "1", Times: 1})
	start := time.Now()
	_, _, err := client(t).Get(t.Context(), h.URL+"/files/blob", "", 10)
	require.NoError(t, err)
	assert.GreaterOrEqual(t, time.Since(start), time.Second)
}

func TestRedact(t *testing.T) {
	for in, want := range map[string]string{
		"https://user:pass@index.example/a%2Fb/?q=1#f": "https://index.example/a%2Fb/",
		"https://index.example:8443/":                  "https://index.example:8443/",
		"https://user:pa ss@index.example:x/a?b=c":     "https://index.example:x/a",
		"://":        ":///",
		"%zz?secret": "an invalid address",
	} {
		assert.Equal(t, want, Redact(in), in)
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("https://user:pass@index.example/a?q=1")
	f.Add("http://[::1]:x/%zz?secret")
	f.Fuzz(func(t *testing.T, s string) {
		out := Redact(s)
		if _, query, ok := strings.Cut(s, "?"); ok && len(query) > 8 && !strings.Contains(strings.SplitN(s, "?", 2)[0], query) {
			require.NotContains(t, out, "?"+query)
		}
	})
}
