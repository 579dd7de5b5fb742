package chaos

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var content = bytes.Repeat([]byte("0123456789"), 1000)

// front is a Proxy before a server that serves content.
func front(t *testing.T, p *Proxy) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
	}))
	t.Cleanup(server.Close)
	p.Next = http.DefaultTransport
	p.Hold = 50 * time.Millisecond
	// The proxy asks whatever host the client named.
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Host = strings.TrimPrefix(server.URL, "http://")
		p.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	return proxy
}

func get(t *testing.T, address string, header ...string) (*http.Response, []byte, error) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	require.NoError(t, err)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, nil, err
	}
	defer w.Body.Close()
	b, err := io.ReadAll(w.Body)
	return w, b, err
}

func TestProxy(t *testing.T) {
	for _, fault := range append([]Fault{None}, Faults()...) {
		p := &Proxy{Seed: 1, Only: fault, Other: "http://other.example"}
		at := front(t, p).URL + "/a?secret"
		w, b, err := get(t, at)
		switch fault {
		case Drop, Stall:
			assert.ErrorIs(t, err, io.EOF, fault)
			continue
		case StallBody, Truncate:
			assert.ErrorIs(t, err, io.ErrUnexpectedEOF, fault)
			assert.True(t, len(b) < len(content) && bytes.HasPrefix(content, b), fault)
			continue
		}
		require.NoError(t, err, fault)
		switch fault {
		case None, NoRange, OtherRange, Drip:
			assert.Equal(t, content, b, fault)
		case Shorten:
			assert.True(t, len(b) < len(content) && bytes.HasPrefix(content, b), fault)
			assert.EqualValues(t, len(b), w.ContentLength)
		case Lengthen:
			assert.True(t, len(b) > len(content) && bytes.HasPrefix(b, content), fault)
		case Corrupt:
			differ := 0
			for i := range content {
				if b[i] != content[i] {
					differ++
				}
			}
			assert.Equal(t, 1, differ)
		case Swap:
			assert.Contains(t, string(b), "<html>")
		case Busy:
			assert.Contains(t, []int{429, 503}, w.StatusCode)
			assert.NotEmpty(t, w.Header.Get("Retry-After"))
		case Fail:
			assert.GreaterOrEqual(t, w.StatusCode, 400)
		case Redirect:
			assert.Equal(t, 3, w.StatusCode/100)
			assert.Equal(t, "http://other.example/a", w.Header.Get("Location"))
		case Loop:
			assert.Equal(t, "/a?secret", w.Header.Get("Location"))
		}
		assert.Equal(t, map[Fault]int{fault: 1}, p.Told())
	}
}

func TestProxyRanges(t *testing.T) {
	for fault, want := range map[Fault]struct {
		status int
		body   []byte
	}{None: {206, content[5:]}, NoRange: {200, content}, OtherRange: {206, content[:5000]}} {
		w, b, err := get(t, front(t, &Proxy{Only: fault}).URL, "Range", "bytes=5-")
		require.NoError(t, err)
		assert.Equal(t, want.status, w.StatusCode, fault)
		assert.Equal(t, want.body, b, fault)
	}
}

// TestProxySeeds: a seed is the same day again, seeds are different days, and in many of them everything happens.
func TestProxySeeds(t *testing.T) {
	day := func(seed uint64) (told []Fault) {
		p := &Proxy{Seed: seed}
		for n := range 20 {
			fault, _ := p.choose("s3.example/a", n)
			told = append(told, fault)
		}
		return told
	}
	seen := map[Fault]bool{}
	assert.NotEqual(t, day(1), day(2))
	for seed := range uint64(100) {
		assert.Equal(t, day(seed), day(seed))
		for _, fault := range day(seed) {
			seen[fault] = true
		}
	}
	assert.Len(t, seen, int(faults-None))
}

func TestProxyMends(t *testing.T) {
	at := front(t, &Proxy{Only: Drop, Mend: 2}).URL
	for range 2 {
		_, _, err := get(t, at)
		assert.True(t, errors.Is(err, io.EOF), err)
	}
	_, b, err := get(t, at)
	require.NoError(t, err)
	assert.Equal(t, content, b)
}
