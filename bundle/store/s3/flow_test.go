package s3_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/bundletest"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/bundle/store/s3"
)

// bodies are the bundles of a release; those of different releases differ but for one. The second release has one that goes in parts.
func bodies(sequence uint64) []string {
	large := fmt.Sprint("second of ", sequence)
	if sequence == 2 {
		large += pattern(s3.MinPartSize)
	}
	return []string{fmt.Sprint("first of ", sequence), "in all of them", large}
}

// publish does what Publisher does with a Store and a Sink: bundles first, and last the release that names them.
func publish(s *s3.Store, sequence uint64) error {
	m := bundletest.Configuration("stable", sequence, fmt.Sprint(sequence))
	demo := m.Libraries["demo"]["linux"]
	for i, body := range bodies(sequence) {
		obj := object(body)
		placed, err := s.Put(ctx, "sha256/"+obj.SHA256[:2]+"/"+obj.SHA256+".zip", obj)
		if err != nil {
			return err
		}
		demo.URL, demo.SHA256, demo.Size = "../"+placed.URL, obj.SHA256, obj.Size
		platform := fmt.Sprint("linux", i)
		m.Meta.Platforms[platform] = m.Meta.Platforms["linux"]
		m.Libraries["demo"][platform] = demo
	}
	delete(m.Meta.Platforms, "linux")
	delete(m.Libraries["demo"], "linux")
	return store.FileChannel{Files: s, Name: "stable", InsecureUnsigned: true}.Release(ctx, m)
}

// public serves a bucket's folder to anyone, as its public address does.
func public(t *testing.T, s *s3.Store) bundle.Source {
	t.Helper()
	return &store.HTTPSource{URL: publicURL(t, s), Channel: "stable", InsecureUnsigned: true}
}

func publicURL(t *testing.T, s *s3.Store) string {
	t.Helper()
	server := httptest.NewServer(&publicAddress{s: s})
	t.Cleanup(server.Close)
	return server.URL
}

// publicAddress reads the bucket for whoever asks.
type publicAddress struct {
	s         *s3.Store
	transport http.RoundTripper // nil: http.DefaultTransport
}

func (p *publicAddress) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	address, err := p.s.Sign(ctx, strings.TrimPrefix(r.URL.Path, "/"), time.Minute)
	if err != nil {
		http.Error(w, "no name", http.StatusNotFound)
		return
	}
	signed, err := http.NewRequestWithContext(r.Context(), http.MethodGet, address, nil)
	if err != nil {
		http.Error(w, "no request", http.StatusInternalServerError)
		return
	}
	for _, name := range []string{"Range", "If-Range"} {
		if value := r.Header.Get(name); value != "" {
			signed.Header.Set(name, value)
		}
	}
	transport := p.transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	answer, err := transport.RoundTrip(signed)
	if err != nil {
		http.Error(w, "no answer", http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	for _, name := range []string{"Content-Length", "Content-Range", "Content-Type", "ETag", "Accept-Ranges"} {
		if value := answer.Header.Get(name); value != "" {
			w.Header().Set(name, value)
		}
	}
	w.WriteHeader(answer.StatusCode)
	if _, err := io.Copy(w, answer.Body); err != nil {
		panic(http.ErrAbortHandler)
	}
}

// assertWhole: a client gets the release, and each bundle that it names.
func assertWhole(t *testing.T, source bundle.Source, what string) uint64 {
	t.Helper()
	m, err := source.Latest(ctx)
	require.NoError(t, err, what)
	require.Len(t, m.Libraries["demo"], 3)
	for platform, leaf := range m.Libraries["demo"] {
		status, body, _ := get(t, leaf.URL)
		assert.Equal(t, 200, status, "%s: %s", what, platform)
		assert.Equal(t, object(body).SHA256, leaf.SHA256, "%s: %s", what, platform)
	}
	return m.Meta.Sequence
}

var errKilled = errors.New("killed")

// TestKilled: the publisher's last request is each of those that it sends, with and without effect. Clients see a whole release, and a new run finishes.
func TestKilled(t *testing.T) {
	var requests int
	for _, arrives := range []bool{false, true} {
		for n := 1; ; n++ {
			s := bucket(t)
			s.Threshold, s.PartSize, s.Parallel = 1<<20, s3.MinPartSize, 1
			require.NoError(t, publish(s, 1))
			source := public(t, s)
			left := n
			var mu sync.Mutex
			killed := &s3.Store{Endpoint: s.Endpoint, Bucket: s.Bucket, Prefix: s.Prefix, Credentials: s.Credentials, Threshold: s.Threshold, PartSize: s.PartSize, Parallel: 1, Attempts: 1}
			killed.RoundTripper = between(func(r *http.Request) (*http.Response, error) {
				mu.Lock()
				left--
				dead, last := left <= 0, left == 0
				mu.Unlock()
				if !dead {
					return http.DefaultTransport.RoundTrip(r)
				}
				if last && arrives {
					w, err := http.DefaultTransport.RoundTrip(r)
					if err == nil {
						w.Body.Close()
					}
				}
				return nil, errKilled
			})
			err := publish(killed, 2)
			if left > 0 {
				require.NoError(t, err)
				requests = n - 1
				break
			}
			what := fmt.Sprintf("killed at request %d, which arrives: %v", n, arrives)
			require.Error(t, err, what)
			seen := assertWhole(t, source, what)
			if seen == 1 {
				require.NoError(t, publish(s, 2), what)
			}
			require.EqualValues(t, 2, assertWhole(t, source, what))
			require.NoError(t, publish(s, 3), what)
			require.EqualValues(t, 3, assertWhole(t, source, what))
		}
	}
	t.Logf("killed at each of %d requests, twice", requests)
	require.Greater(t, requests, 15)
}

// TestTwoPublishers: of those that publish other contents at once, one wins, and the others are told so; nothing of the winner is lost.
func TestTwoPublishers(t *testing.T) {
	s := bucket(t)
	require.NoError(t, publish(s, 1))
	var wg sync.WaitGroup
	errs := make([]error, 2)
	for i := range errs {
		other := &s3.Store{Endpoint: s.Endpoint, Bucket: s.Bucket, Prefix: s.Prefix, Credentials: s.Credentials}
		wg.Go(func() {
			m := bundletest.Configuration("stable", 2, fmt.Sprint("2.", i))
			errs[i] = store.FileChannel{Files: other, Name: "stable", InsecureUnsigned: true}.Release(ctx, m)
		})
	}
	wg.Wait()
	winner := 0
	if errs[0] != nil {
		winner = 1
	}
	assert.NoError(t, errs[winner])
	assert.ErrorIs(t, errs[1-winner], bundle.ErrConflict)
	live, err := public(t, s).Latest(ctx)
	require.NoError(t, err)
	assert.Equal(t, fmt.Sprint("2.", winner), live.Libraries["demo"]["linux"].Version)
}

func TestHistoryAndCollector(t *testing.T) {
	s := bucket(t)
	source := public(t, s)
	for sequence := range uint64(4) {
		require.NoError(t, publish(s, sequence+1))
	}
	past, err := store.History(ctx, s, "stable")
	require.NoError(t, err)
	require.Len(t, past, 4)
	assert.True(t, past[0].Live)
	assert.EqualValues(t, 4, past[0].Sequence)

	c := store.Collector{Store: s, Keep: 2, Now: func() time.Time { return time.Now().Add(2 * store.DefaultMinAge) }}
	found, err := c.Find(ctx)
	require.NoError(t, err)
	assert.Len(t, found.Objects, 2*2+2, "two bundles and the history file of each of two releases")
	assert.Equal(t, 2*2+1, found.Kept)
	removed, err := c.Remove(ctx, found)
	require.NoError(t, err)
	assert.ElementsMatch(t, found.Objects, removed.Objects)
	assert.Equal(t, found.Bytes, removed.Bytes)
	assert.EqualValues(t, 4, assertWhole(t, source, "after the collection"))
	again, err := c.Find(ctx)
	require.NoError(t, err)
	assert.Empty(t, again.Objects)

	old, err := store.ReadPast(ctx, s, "stable", 3)
	require.NoError(t, err)
	old.Meta.Sequence = 5
	require.NoError(t, store.FileChannel{Files: s, Name: "stable", InsecureUnsigned: true}.Release(ctx, old))
	assert.EqualValues(t, 5, assertWhole(t, source, "the third again"))
	_, err = store.ReadPast(ctx, s, "stable", 1)
	assert.Error(t, err)
}

// TestPresignedRelease: what an update configuration with signed addresses names can be fetched without credentials, and holds none.
func TestPresignedRelease(t *testing.T) {
	s := bucket(t)
	s.Presign = time.Hour
	placed, err := s.Put(ctx, "sha256/aa/a.zip", object("a"))
	require.NoError(t, err)
	m := bundletest.Configuration("stable", 1, "1.0")
	leaf := m.Libraries["demo"]["linux"]
	leaf.URL, leaf.SHA256, leaf.Size = placed.URL, object("a").SHA256, 1
	m.Libraries["demo"]["linux"] = leaf
	c := store.FileChannel{Files: s, Name: "stable", InsecureUnsigned: true}
	require.NoError(t, c.Release(ctx, m))
	live, err := c.Latest(ctx)
	require.NoError(t, err)
	status, body, _ := get(t, live.Libraries["demo"]["linux"].URL)
	assert.Equal(t, 200, status)
	assert.Equal(t, "a", body)
	b, _, err := s.Read(ctx, "stable/update.json", manifest.MaxManifest)
	require.NoError(t, err)
	assert.NotContains(t, string(b), secretKey)
}
