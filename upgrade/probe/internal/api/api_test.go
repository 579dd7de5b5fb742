package api

import (
	"context"
	"encoding/json"
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

func volumes(t *testing.T, h http.HandlerFunc) *Volumes {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return &Volumes{Client{Service: "block storage", Base: srv.URL + "/v3/p", Microversion: VolumeMicroversion,
		Auth: func(_ context.Context, host string) (string, error) { return "t for " + host, nil }}}
}

func TestClient_request(t *testing.T) {
	c := volumes(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/v3/p/volumes/a%2F..%2Fb/action", r.URL.EscapedPath(), "an id cannot lead elsewhere")
		assert.Equal(t, "t for "+r.Host, r.Header.Get("X-Auth-Token"))
		assert.Equal(t, "volume 3.49", r.Header.Get("OpenStack-API-Version"))
		assert.Equal(t, "application/json", r.Header.Get("Content-Type"))
		b, _ := io.ReadAll(r.Body)
		assert.JSONEq(t, `{"os-extend": {"new_size": 2}}`, string(b))
		w.WriteHeader(http.StatusAccepted)
	})
	require.NoError(t, c.Extend(t.Context(), "a/../b", 2))
}

func TestClient_errors(t *testing.T) {
	tests := []struct {
		name string
		h    http.HandlerFunc
		text string
		is   func(error) bool
	}{
		{"a fault", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(400)
			io.WriteString(w, `{"badRequest": {"message": "Invalid: http://u:s3cr3t@h", "code": 400}}`)
		}, "GET /v3/p/os-services: 400 Bad Request: Invalid: http://***@h", func(err error) bool { var s *StatusError; return errors.As(err, &s) && s.Code == 400 }},
		{"not found", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, "404", func(err error) bool { return errors.Is(err, ErrNotFound) }},
		{"a page of a proxy", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(502)
			io.WriteString(w, "<html>\n"+strings.Repeat("x", 1<<20))
		}, "502 Bad Gateway: <html> xx", func(err error) bool { return len(err.Error()) < 500 }},
		{"too large", func(w http.ResponseWriter, _ *http.Request) { io.CopyN(w, endless{}, MaxAnswer+2) }, "larger than", func(error) bool { return true }},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			io.WriteString(w, "{")
		}, "does not answer", func(err error) bool { var u *UnreachableError; return errors.As(err, &u) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := volumes(t, tt.h).Services(t.Context())
			require.ErrorContains(t, err, tt.text)
			assert.True(t, tt.is(err), err)
			assert.NotContains(t, err.Error(), "s3cr3t")
		})
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestClient_refusesAddresses(t *testing.T) {
	for _, base := range []string{"", "ftp://h", "http://", "http://u:s3cr3t@h", "://"} {
		_, err := (&Volumes{Client{Service: "x", Base: base}}).Services(t.Context())
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "s3cr3t")
	}
}

func TestClient_canceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c := volumes(t, func(http.ResponseWriter, *http.Request) { cancel(); time.Sleep(20 * time.Millisecond) })
	_, err := c.Pools(ctx)
	assert.ErrorIs(t, err, context.Canceled)
	var u *UnreachableError
	assert.False(t, errors.As(err, &u), "the caller's end says nothing of the API")
}

func TestTime(t *testing.T) {
	want := time.Date(2026, 11, 22, 20, 3, 44, 882798000, time.UTC)
	for in, want := range map[string]time.Time{
		`"2026-11-22T20:03:44.882798"`: want, `"2026-11-22T20:03:44.882798Z"`: want, `"2026-11-22T21:03:44.882798+01:00"`: want, `"2026-11-22 20:03:44"`: want.Truncate(time.Second),
		`null`: {}, `""`: {}, `7`: {}, `"soon"`: {},
	} {
		var got Time
		require.NoError(t, json.Unmarshal([]byte(in), &got), in)
		assert.True(t, want.Equal(got.Time), in)
	}
}

// FuzzPools: an answer of any shape is an error or a value.
func FuzzPools(f *testing.F) {
	f.Add(`{"pools": [{"name": "a@b#c", "capabilities": {"free_capacity_gb": 1.5, "timestamp": "2026-11-22T20:03:44"}}]}`)
	f.Add(`{"pools": [{"capabilities": {"free_capacity_gb": "unknown", "timestamp": 3}}]}`)
	f.Fuzz(func(t *testing.T, s string) {
		var out struct{ Pools []Pool }
		if json.Unmarshal([]byte(s), &out) != nil && len(out.Pools) > len(s) {
			t.Fatal(out)
		}
	})
}
