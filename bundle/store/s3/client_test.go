package s3_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/internal/leaktest"
	"github.com/chandlery-go/chandlery/internal/transport"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// The hosts of the client's world. None of them exists: every connection goes where the test says.
const (
	storageHost = "storage.example" // the S3 service, which believes signed queries
	cdnHost     = "cdn.example"     // the bucket's public address, which wants clientToken
	otherHost   = "other.example"   // whoever it is
	clientToken = "Bearer the-token-that-clients-have"
)

// attempts is how often a client updates through the proxy before it does without.
const attempts = 3

// patience is a small part of what clients have: the proxy is no farther than this machine.
var patience = transport.Patience{Answer: 150 * time.Millisecond, Window: 150 * time.Millisecond, MaxWait: 20 * time.Millisecond, RetryAfter: 50 * time.Millisecond}

// client is a process that updates a folder through a proxy, one order after the other.
type client struct {
	Proxy, Front, Other string // addresses to connect to: through chaos, without, and the other host
	Seal                seal
	Targets             []target
	Dir                 string // to work in
}

// target is a channel that the client brings its folder to, and for which machine.
type target struct{ Channel, Platform, Tag string }

// order asks for one update. The folder is at the target before that one then, so that a seed is the same update again.
type order struct {
	Seed   uint64
	Target int
}

// outcome is what became of an order.
type outcome struct {
	Seed      uint64
	Kinds     []string // of the attempts through the proxy that failed
	Errors    []string
	Converged bool          // through the proxy
	Took      time.Duration // all of it
	Wrong     []string      // what must not be
	Go        uint64        // most bytes that Go's runtime held of the system in this process so far
	Heap      uint64        // most bytes of objects on its heap
	RSS       uint64        // most bytes that the system counted as this process's own memory; 0: it does not say
}

func beClient(text string, in io.Reader, out io.Writer) error {
	var c client
	if err := json.Unmarshal([]byte(text), &c); err != nil {
		return err
	}
	debug.SetMemoryLimit(math.MaxInt64) // GOMEMLIMIT, if it is set, is no help
	m := watch()
	results := json.NewEncoder(out)
	orders := bufio.NewScanner(in)
	for orders.Scan() {
		var o order
		if err := json.Unmarshal(orders.Bytes(), &o); err != nil {
			return err
		}
		result := c.do(o)
		result.Go, result.Heap, result.RSS = m.most()
		if err := results.Encode(result); err != nil {
			return err
		}
	}
	return orders.Err()
}

// do updates the folder to the target, and looks at all that must be true on the way.
func (c *client) do(o order) (result outcome) {
	result.Seed = o.Seed
	began := time.Now()
	leaks := &report{}
	leaktest.Check(leaks)
	if err := c.update(o, &result); err != nil {
		result.Wrong = append(result.Wrong, err.Error())
	}
	leaks.end()
	result.Wrong = append(result.Wrong, leaks.errors...)
	result.Took = time.Since(began)
	return result
}

func (c *client) update(o order, result *outcome) error {
	t := c.Targets[o.Target]
	work := filepath.Join(c.Dir, "seed")
	defer os.RemoveAll(work)
	chaos, calm := c.dial(c.Proxy), c.dial(c.Front)
	defer chaos.CloseIdleConnections()
	defer calm.CloseIdleConnections()
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	fetcher := &index.Fetcher{RoundTripper: chaos, Auth: auth, Logger: logger}
	defer fetcher.Close()
	own := &index.Fetcher{RoundTripper: calm, Auth: auth}
	defer own.Close()
	before, err := c.prepare((o.Target+len(c.Targets)-1)%len(c.Targets), own, calm)
	if err != nil {
		return fmt.Errorf("before the update: %w", err)
	}
	u := &bundle.Updater{Source: c.source(t, filepath.Join(work, "trust"), chaos), Fetcher: fetcher, Platform: t.Platform, Tag: t.Tag, PythonDir: c.python(), AllowPth: c.allowed(), Logger: logger}
	for range attempts {
		if err = c.attempt(transport.WithPatience(context.Background(), patience), u); err == nil {
			result.Converged = true
			break
		}
		c.judge(err, result)
		if err := c.whole(before); err != nil {
			return fmt.Errorf("after a failed update: %w", err)
		}
	}
	u.Source, u.Fetcher = c.source(t, filepath.Join(work, "trust"), calm), own
	if err != nil {
		if err := c.attempt(context.Background(), u); err != nil {
			return fmt.Errorf("without the proxy: %w", err)
		}
	}
	m, err := u.Source.Latest(context.Background())
	if err != nil {
		return err
	}
	c.tell(log.String(), "the log", result)
	return errors.Join(c.keep(m, t), c.whole(&held{m, t}))
}

// prepare has the folder at a target, and gives what it holds then.
func (c *client) prepare(n int, fetcher dist.Fetcher, calm *http.Transport) (*held, error) {
	t := c.Targets[n]
	if h, err := c.held(); err != nil || h != nil && h.t == t {
		return h, err
	}
	dir := filepath.Join(c.Dir, "prepare")
	defer os.RemoveAll(dir)
	u := &bundle.Updater{Source: c.source(t, dir, calm), Fetcher: fetcher, Platform: t.Platform, Tag: t.Tag, PythonDir: c.python(), AllowPth: c.allowed()}
	if err := c.attempt(context.Background(), u); err != nil {
		return nil, err
	}
	m, err := u.Source.Latest(context.Background())
	if err != nil {
		return nil, err
	}
	return &held{m, t}, errors.Join(c.keep(m, t), c.whole(&held{m, t}))
}

// attempt is one update, which ends in good time.
func (c *client) attempt(ctx context.Context, u *bundle.Updater) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	_, err := u.Update(ctx)
	if ctx.Err() != nil {
		return fmt.Errorf("it did not end in time: %w", err)
	}
	return err
}

// judge looks at a failed update's error: it is typed, of a kind that a bad network can bring about, and has no secret.
func (c *client) judge(err error, result *outcome) {
	kind := bundle.KindOf(err)
	result.Kinds = append(result.Kinds, kind.String())
	result.Errors = append(result.Errors, err.Error())
	var typed *bundle.Error
	if !errors.As(err, &typed) {
		result.Wrong = append(result.Wrong, fmt.Sprintf("%T: %v", err, err))
	}
	expected := []bundle.Kind{bundle.KindNetwork, bundle.KindHash, bundle.KindTrust, bundle.KindNotFound, bundle.KindNoRelease}
	if c.Seal.Root == nil {
		expected = append(expected, bundle.KindConfig) // nobody can tell a damaged update configuration from a wrong one
	}
	if !slices.Contains(expected, kind) {
		result.Wrong = append(result.Wrong, fmt.Sprintf("kind %v: %v", kind, err))
	}
	c.tell(fmt.Sprintf("%v %+v", err, err), "the error", result)
}

func (c *client) tell(text, where string, result *outcome) {
	for _, s := range secrets() {
		if strings.Contains(text, s) {
			result.Wrong = append(result.Wrong, fmt.Sprintf("%s tells %q", where, s))
		}
	}
}

// secrets are what nobody but the storage and the CDN may see.
func secrets() []string {
	return []string{clientToken, strings.TrimPrefix(clientToken, "Bearer "), accessKey, secretKey, "X-Amz-"}
}

func auth(_ context.Context, host string) (string, error) {
	if host == cdnHost {
		return clientToken, nil
	}
	return "", nil
}

// dial connects to one address, whatever the host, but for the other host.
func (c *client) dial(address string) *http.Transport {
	return &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 8, DialContext: func(ctx context.Context, network, host string) (net.Conn, error) {
		if strings.HasPrefix(host, otherHost+":") {
			return (&net.Dialer{}).DialContext(ctx, network, c.Other)
		}
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}
}

func (c *client) source(t target, dir string, transport http.RoundTripper) bundle.Source {
	return c.Seal.source(reading{URL: "http://" + cdnHost, Channel: t.Channel, Dir: dir, Transport: transport, Auth: auth})
}

func (c *client) python() string { return filepath.Join(c.Dir, "python") }

// allowed lets every library bring start-up files.
func (c *client) allowed() (all []pep508.Name) { return []pep508.Name{"matplotlib"} }

// held is a release that the folder is at.
type held struct {
	m *manifest.Manifest
	t target
}

func (h *held) Latest(context.Context) (*manifest.Manifest, error) { return h.m, nil }

// held reads back what the last order has kept; nil before the first.
func (c *client) held() (*held, error) {
	b, err := os.ReadFile(filepath.Join(c.Dir, "held.json"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var t target
	targetText, text, _ := bytes.Cut(b, []byte("\n"))
	if err := json.Unmarshal(targetText, &t); err != nil {
		return nil, err
	}
	m, err := manifest.Parse(text)
	return &held{m, t}, err
}

func (c *client) keep(m *manifest.Manifest, t target) error {
	text, err := m.Encode()
	if err != nil {
		return err
	}
	b, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.Dir, "held.json"), append(append(b, '\n'), text...), 0o600)
}

// whole checks that the folder is at a release, by the hash of every file.
func (c *client) whole(h *held) error {
	u := &bundle.Updater{Source: h, Fetcher: &index.Fetcher{}, Platform: h.t.Platform, Tag: h.t.Tag, PythonDir: c.python(), AllowPth: c.allowed(), Verify: true}
	plan, err := u.Plan(context.Background())
	if err != nil {
		return err
	}
	if plan.Hold != "" || len(plan.Actions) == 0 || plan.Changes() {
		return fmt.Errorf("the folder is not at release %d of %s: %v %+v", h.m.Meta.Sequence, h.t.Channel, plan.Hold, plan.Actions)
	}
	return nil
}

// report is a testing.TB for leaktest in a process that runs no test.
type report struct {
	testing.TB
	ends   []func()
	errors []string
}

func (r *report) Cleanup(f func()) { r.ends = append(r.ends, f) }

func (r *report) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func (r *report) end() {
	for _, f := range r.ends {
		f()
	}
}

// meter measures this process's memory, every two milliseconds.
type meter struct {
	mu             sync.Mutex
	held, heap, us uint64
}

func watch() *meter {
	m := &meter{}
	go func() {
		samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
		for ; ; time.Sleep(2 * time.Millisecond) {
			metrics.Read(samples)
			us := anonymous()
			m.mu.Lock()
			m.held = max(m.held, samples[0].Value.Uint64()-samples[1].Value.Uint64())
			m.heap = max(m.heap, samples[2].Value.Uint64())
			m.us = max(m.us, us)
			m.mu.Unlock()
		}
	}()
	return m
}

func (m *meter) most() (held, heap, us uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.held, m.heap, m.us
}

// anonymous is the resident memory that is no file's, as Linux tells it.
func anonymous() uint64 {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if text, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			kB, err := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(text), " kB"), 10, 64)
			if err == nil {
				return kB << 10
			}
		}
	}
	return 0
}
