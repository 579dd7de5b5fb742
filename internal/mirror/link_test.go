package mirror

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLink(t *testing.T) {
	body := make([]byte, 100_000)
	l := &Link{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write(body) }), Latency: 30 * time.Millisecond, Bandwidth: 1 << 20}
	h := httptest.NewServer(l)
	defer h.Close()
	begin := time.Now()
	_, got := get(t, h.URL)
	assert.Len(t, got, len(body))
	least := l.Latency + time.Duration(len(body))*time.Second/time.Duration(l.Bandwidth)
	assert.GreaterOrEqual(t, time.Since(begin), least)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l.Latency = time.Hour
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://mirror.example/", nil)
	require.NoError(t, err)
	w := httptest.NewRecorder()
	l.ServeHTTP(w, r)
	assert.Zero(t, w.Body.Len(), "who has gone is not waited for")
}
