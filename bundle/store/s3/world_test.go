package s3_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/store/s3"
	"github.com/chandlery-go/chandlery/internal/chaos"
)

// world is the hosts that clients know, before a bucket of the S3 server: the storage itself, which believes signed queries; the bucket's public address, which
// wants a token; and another host, which remembers everything that it is sent.
type world struct {
	t      *testing.T
	bucket *s3.Store // reached as clients reach it: what it signs is signed for storageHost
	public *publicAddress
	front  *httptest.Server
	other  *httptest.Server
	seal   seal

	mu  sync.Mutex
	log []string // of the other host
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, bucket: bucket(t)}
	w.bucket.Endpoint = "http://" + storageHost
	direct := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16, DialContext: to(strings.TrimPrefix(gateway.url, "http://"))}
	t.Cleanup(direct.CloseIdleConnections)
	w.bucket.RoundTripper = direct
	w.public = &publicAddress{s: w.bucket, transport: direct}
	forward := &httputil.ReverseProxy{Transport: direct, ErrorLog: quiet(), Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host = "http", storageHost
		r.Out.Host = storageHost // it is signed
	}}
	w.front = serveQuietly(t, func(rw http.ResponseWriter, r *http.Request) {
		switch {
		case r.Host == storageHost:
			forward.ServeHTTP(rw, r)
		case r.Host == cdnHost && r.Header.Get("Authorization") == clientToken:
			w.public.ServeHTTP(rw, r)
		case r.Host == cdnHost:
			http.Error(rw, "who are you?", http.StatusUnauthorized)
		default:
			http.Error(rw, "no such host", http.StatusMisdirectedRequest)
		}
	})
	w.other = serveQuietly(t, w.elsewhere)
	return w
}

func to(address string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}
}

func serveQuietly(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = quiet()
	server.Start()
	t.Cleanup(server.Close)
	return server
}

// elsewhere is the other host: it has the right file, another one, or none.
func (w *world) elsewhere(rw http.ResponseWriter, r *http.Request) {
	raw, err := httputil.DumpRequest(r, true)
	if err != nil {
		w.t.Error(err)
	}
	w.mu.Lock()
	w.log = append(w.log, string(raw))
	n := len(w.log)
	w.mu.Unlock()
	switch n % 3 {
	case 0:
		http.NotFound(rw, r)
	case 1:
		io.WriteString(rw, "something else")
	case 2:
		_, name, found := strings.Cut(r.URL.Path, "/"+w.bucket.Prefix+"/")
		if !found {
			name = strings.TrimPrefix(r.URL.Path, "/")
		}
		r.URL.Path = "/" + name
		w.public.ServeHTTP(rw, r)
	}
}

// presigning is the bucket, with addresses that are signed for an hour.
func (w *world) presigning() *s3.Store {
	s := w.bucket
	return &s3.Store{Endpoint: s.Endpoint, Bucket: s.Bucket, Prefix: s.Prefix, Credentials: s.Credentials, RoundTripper: s.RoundTripper, Presign: time.Hour}
}

// summary is what became of many seeds.
type summary struct {
	Seeds, Converged, Failed int            // converged in an attempt through the proxy; else in the one without
	Attempts                 map[string]int // those that failed, by kind
	Faults                   map[chaos.Fault]int
	Requests, Elsewhere      int // through the proxies; at the other host
	Go, Heap, RSS            uint64
	Took                     time.Duration
	Slowest                  outcome
}

// row is how many seeds in a row go to one client.
const row = 5

// run updates clients through proxies, each seed once, with several clients at once.
func (w *world) run(workers int, targets []target, first, last uint64) summary {
	w.t.Helper()
	seeds := make(chan uint64) // the first of a row
	var mu sync.Mutex
	began := time.Now()
	total := summary{Attempts: map[string]int{}, Faults: map[chaos.Fault]int{}}
	var wg sync.WaitGroup
	for range workers {
		c := w.start(targets)
		wg.Go(func() {
			for from := range seeds {
				for seed := from; seed <= min(from+row-1, last); seed++ {
					told, o, err := c.order(seed)
					mu.Lock()
					if assert.NoError(w.t, err, "seed %d", seed) {
						assert.Empty(w.t, o.Wrong, "seed %d", seed)
						total.add(o, told)
					}
					mu.Unlock()
				}
			}
			assert.NoError(w.t, c.end())
		})
	}
	for seed := first; seed <= last; seed += row {
		seeds <- seed
	}
	close(seeds)
	wg.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	total.Elsewhere, total.Took = len(w.log), time.Since(began)
	for _, raw := range w.log {
		for _, s := range append(secrets(), "Authorization", "Referer", "Cookie") {
			assert.NotContains(w.t, raw, s, "the other host was told")
		}
	}
	w.log = nil
	return total
}

func (s *summary) add(o outcome, told map[chaos.Fault]int) {
	s.Seeds++
	if o.Converged {
		s.Converged++
	} else {
		s.Failed++
	}
	for _, kind := range o.Kinds {
		s.Attempts[kind]++
	}
	for fault, n := range told {
		s.Faults[fault] += n
		s.Requests += n
	}
	s.Go, s.Heap, s.RSS = max(s.Go, o.Go), max(s.Heap, o.Heap), max(s.RSS, o.RSS)
	if o.Took > s.Slowest.Took {
		s.Slowest = o
	}
}

// String is the summary in lines, for logs and the report.
func (s *summary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d seeds: %d converged through the proxy within %d attempts, %d failed %d times with typed errors and converged without it\n", s.Seeds, s.Converged, attempts, s.Failed, attempts)
	fmt.Fprintf(&b, "attempts that failed, by kind:")
	for _, kind := range slices.Sorted(maps.Keys(s.Attempts)) {
		fmt.Fprintf(&b, " %s %d", kind, s.Attempts[kind])
	}
	fmt.Fprintf(&b, "\n%d requests:", s.Requests)
	for _, fault := range slices.Sorted(maps.Keys(s.Faults)) {
		fmt.Fprintf(&b, " %v %d", fault, s.Faults[fault])
	}
	fmt.Fprintf(&b, "\n%d requests at the other host, none with a secret\n", s.Elsewhere)
	const MiB = 1 << 20
	fmt.Fprintf(&b, "memory at most: Go's runtime %.1f MiB, objects %.1f MiB, resident and anonymous %.1f MiB\n", float64(s.Go)/MiB, float64(s.Heap)/MiB, float64(s.RSS)/MiB)
	fmt.Fprintf(&b, "all in %v; slowest: seed %d, %v\n", s.Took.Round(time.Second), s.Slowest.Seed, s.Slowest.Took.Round(time.Millisecond))
	return b.String()
}

// running is a client process and the proxy before it.
type running struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	orders  *json.Encoder
	out     *bufio.Scanner
	proxy   atomic.Pointer[chaos.Proxy]
	next    http.RoundTripper
	targets int
}

func (w *world) start(targets []target) *running {
	w.t.Helper()
	address := w.front.Listener.Addr().String()
	next := &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 16, DialContext: to(address)}
	w.t.Cleanup(next.CloseIdleConnections)
	c := &running{next: next, targets: len(targets)}
	proxy := serveQuietly(w.t, func(rw http.ResponseWriter, r *http.Request) { c.proxy.Load().ServeHTTP(rw, r) })
	c.cmd = child(w.t, "client", client{Proxy: proxy.Listener.Addr().String(), Front: address, Other: w.other.Listener.Addr().String(), Seal: w.seal, Targets: targets,
		Dir: w.t.TempDir()})
	var err error
	c.in, err = c.cmd.StdinPipe()
	require.NoError(w.t, err)
	out, err := c.cmd.StdoutPipe()
	require.NoError(w.t, err)
	c.out = bufio.NewScanner(out)
	c.out.Buffer(nil, 16<<20)
	c.orders = json.NewEncoder(c.in)
	require.NoError(w.t, c.cmd.Start())
	return c
}

// order has the client update its folder to the next target on that seed's bad day.
func (c *running) order(seed uint64) (map[chaos.Fault]int, outcome, error) {
	p := &chaos.Proxy{Seed: seed, Next: c.next, Other: "http://" + otherHost, Hold: 5 * time.Second}
	c.proxy.Store(p)
	if err := c.orders.Encode(order{Seed: seed, Target: int(seed % uint64(c.targets))}); err != nil {
		return nil, outcome{}, err
	}
	if !c.out.Scan() {
		return nil, outcome{}, fmt.Errorf("the client has ended: %w", c.out.Err())
	}
	var o outcome
	err := json.Unmarshal(c.out.Bytes(), &o)
	return p.Told(), o, err
}

func (c *running) end() error {
	c.in.Close()
	return c.cmd.Wait()
}
