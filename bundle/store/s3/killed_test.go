//go:build slow

package s3_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"path"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
)

// holder stands before the S3 server. It holds the N-th request, which the server has not seen yet or has done already, until the publisher is dead.
type holder struct {
	forward *httputil.ReverseProxy
	n       int
	done    bool // the N-th request is done, and only its answer is lost
	kill    func()

	mu  sync.Mutex
	log []string
}

func (h *holder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	h.log = append(h.log, r.Method+" "+r.URL.RequestURI())
	now := len(h.log) == h.n
	late := len(h.log) > h.n // asked at once with the N-th
	h.mu.Unlock()
	switch {
	case late:
	case now && h.done:
		h.forward.ServeHTTP(httptest.NewRecorder(), r)
		h.kill()
	case now:
		h.kill()
	default:
		h.forward.ServeHTTP(w, r)
		return
	}
	panic(http.ErrAbortHandler)
}

// hold starts one before the gateway.
func hold(t *testing.T, n int, done bool) (*holder, string) {
	t.Helper()
	to, err := url.Parse(gateway.url)
	require.NoError(t, err)
	h := &holder{n: n, done: done, forward: &httputil.ReverseProxy{ErrorLog: quiet(), Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host // it is signed
	}}}
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = quiet()
	server.Start()
	t.Cleanup(server.Close)
	return h, server.URL
}

// murder runs a publisher until the holder kills it, and reports whether it did.
func murder(t *testing.T, cmd *exec.Cmd, h *holder) bool {
	t.Helper()
	var once sync.Once
	ended := make(chan error, 1)
	var killed atomic.Bool
	h.kill = func() {
		once.Do(func() {
			killed.Store(true)
			assert.NoError(t, cmd.Process.Kill())
			<-ended
		})
	}
	require.NoError(t, cmd.Start())
	err := cmd.Wait()
	ended <- err
	if killed.Load() {
		assert.ErrorContains(t, err, "signal: killed")
		return true
	}
	require.NoError(t, err)
	return false
}

// TestPublisherKilled: a publisher is a process that dies by SIGKILL at each of its requests, before the server has it and after it was done. The clients of the old
// release see it whole or the new one whole, and after the next run the new one.
func TestPublisherKilled(t *testing.T) {
	for _, signed := range seals {
		t.Run(fmt.Sprint("signed=", signed), func(t *testing.T) { publisherKilled(t, signed) })
	}
}

func publisherKilled(t *testing.T, signed bool) {
	var log []string
	old, fresh := 0, 0
	for _, done := range []bool{false, true} {
		for n := 1; ; n++ {
			s := bucket(t)
			p := publication{Endpoint: s.Endpoint, Bucket: s.Bucket, Prefix: s.Prefix, Threshold: 1, Channel: "stable", Version: "1.0", Work: t.TempDir()}
			if signed {
				p.Seal = newSeal(t, s, "stable")
			}
			require.NoError(t, p.publish(ctx))
			source := p.Seal.source(reading{URL: publicURL(t, s), Channel: "stable", Dir: t.TempDir()})
			require.EqualValues(t, 1, assertRelease(t, source, "1.0"))

			h, address := hold(t, n, done)
			victim := p
			victim.Endpoint, victim.Version = address, "2.0"
			if !murder(t, child(t, "publish", victim), h) {
				require.EqualValues(t, 2, assertRelease(t, source, "2.0"))
				log = h.log
				break
			}
			at := h.log[n-1]
			switch assertRelease(t, source, "") {
			case 1:
				old++
			case 2:
				fresh++
			default:
				t.Errorf("killed at %s: another release", at)
			}
			p.Version = "2.0"
			require.NoError(t, p.publish(ctx), "killed at %s, done: %v", at, done)
			require.EqualValues(t, 2, assertRelease(t, source, "2.0"), "killed at %s, done: %v", at, done)
			p.Version = "1.0"
			require.NoError(t, p.publish(ctx))
			require.EqualValues(t, 3, assertRelease(t, source, "1.0"))
		}
	}
	t.Logf("%d requests, SIGKILL before and after each: clients saw the old release whole %d times, the new one %d times, and after the next run the new one always", len(log), old, fresh)
	kinds := map[string]int{}
	for _, line := range log {
		u, err := url.Parse(strings.Fields(line)[1])
		require.NoError(t, err)
		kinds[strings.Fields(line)[0]+" "+path.Ext(u.Path)]++
	}
	t.Logf("of them: %v", kinds)
	require.Equal(t, 2*len(log), old+fresh)
	require.Greater(t, len(log), 20)
	require.Positive(t, old)
	require.Positive(t, fresh)
}

// assertRelease: a client gets a release, each bundle that it names is there and is what was promised, and all are of the version ("": of one).
func assertRelease(t *testing.T, source bundle.Source, version string) uint64 {
	t.Helper()
	m, err := source.Latest(ctx)
	require.NoError(t, err)
	require.Len(t, m.Libraries, 3)
	for name, platforms := range m.Libraries {
		leaf := platforms["linux"]
		if version == "" {
			version = leaf.Version
		}
		assert.Equal(t, version, leaf.Version, name)
		status, body, _ := get(t, leaf.URL)
		assert.Equal(t, 200, status, name)
		assert.EqualValues(t, leaf.Size, len(body), name)
		assert.Equal(t, leaf.SHA256, object(body).SHA256, name)
	}
	return m.Meta.Sequence
}
