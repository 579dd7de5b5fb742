package index

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// offline fails a test that goes to the network.
type offline struct{ testing.TB }

func (o offline) RoundTrip(r *http.Request) (*http.Response, error) {
	o.Errorf("offline, and yet a request: %s", r.URL)
	return nil, errors.New("offline")
}

func TestClientOffline(t *testing.T) {
	s := &resolvetest.Server{Metadata: true, CacheControl: "max-age=0"}
	s.AddWheel(resolvetest.Wheel{Name: "foo", Version: "1.0", RequiresDist: []string{"bar"}})
	s.AddWheel(resolvetest.Wheel{Name: "seen", Version: "1.0"})
	s.AddFile("old", resolvetest.ServerFile{Name: "old-1.0.tar.gz", Content: []byte("x"), Metadata: []byte("Metadata-Version: 2.2\nName: old\nVersion: 1.0\nRequires-Dist: bar\n")})
	h, kept := start(t, s), cache(t)
	online, _ := client(t, h)
	online.Cache = kept
	for _, f := range []dist.File{offered(t, online, "foo"), offered(t, online, "old")} {
		_, err := online.Metadata(t.Context(), f)
		require.NoError(t, err)
	}
	offered(t, online, "seen")
	_, err := online.Project(t.Context(), "gone")
	require.ErrorIs(t, err, dist.ErrNotFound)
	fetch, _ := fetcher(t, kept)
	b, err := fetch.Fetch(t.Context(), offered(t, online, "foo").Artifact)
	require.NoError(t, err)
	b.Close()

	c, seen := client(t, h)
	c.Cache, c.Offline, c.RoundTripper, c.PageTTL = kept, true, offline{t}, -time.Second
	for _, f := range []dist.File{offered(t, c, "foo"), offered(t, c, "old")} {
		m, err := c.Metadata(t.Context(), f)
		require.NoError(t, err)
		assert.Len(t, m.RequiresDist, 1)
	}
	assert.Len(t, seen.of(ForPage, true), 2)
	_, err = c.Project(t.Context(), "gone")
	assert.ErrorIs(t, err, dist.ErrNotFound, "the index did not know it when it was asked")
	assert.NotErrorIs(t, err, ErrOffline)

	_, err = c.Project(t.Context(), "never-asked")
	assertOffline(t, err, OfflineError{For: ForPage, Of: "never-asked", URL: h.URL + "/simple/never-asked/"})
	_, err = c.Metadata(t.Context(), offered(t, c, "seen"))
	assertOffline(t, err, OfflineError{For: ForMetadata, Of: "seen-1.0-py3-none-any.whl", URL: h.URL + "/files/seen-1.0-py3-none-any.whl"})

	fetch, _ = fetcher(t, kept)
	fetch.Offline, fetch.RoundTripper = true, offline{t}
	b, err = fetch.Fetch(t.Context(), offered(t, c, "foo").Artifact)
	require.NoError(t, err)
	b.Close()
	_, err = fetch.Fetch(t.Context(), offered(t, c, "seen").Artifact)
	assertOffline(t, err, OfflineError{For: ForFile, Of: "seen-1.0-py3-none-any.whl", URL: h.URL + "/files/seen-1.0-py3-none-any.whl"})
}

func assertOffline(t *testing.T, err error, want OfflineError) {
	t.Helper()
	var got *OfflineError
	require.ErrorAs(t, err, &got)
	assert.Equal(t, want, *got)
	assert.ErrorIs(t, err, ErrOffline)
	assert.NotErrorIs(t, err, dist.ErrNotFound, "nobody knows whether it is there")
	assert.ErrorContains(t, err, "run the same once with the network")
}

// Without an answer of the first index the second one's does not count: what is not in the cache may well be on the first.
func TestOfflineAsksNoOtherIndex(t *testing.T) {
	private, public := &resolvetest.Server{}, &resolvetest.Server{}
	public.AddWheel(resolvetest.Wheel{Name: "ours", Version: "99"})
	public.AddWheel(resolvetest.Wheel{Name: "theirs", Version: "1.0"})
	p, q, kept := start(t, private), start(t, public), cache(t)
	alone, _ := client(t, q)
	alone.Cache = kept
	offered(t, alone, "ours")
	both, _ := client(t, p, q)
	both.Cache = kept
	offered(t, both, "theirs")

	c, _ := client(t, p, q)
	c.Cache, c.Offline, c.RoundTripper = kept, true, offline{t}
	_, err := c.Project(t.Context(), "ours")
	assert.ErrorIs(t, err, ErrOffline)
	assert.Equal(t, "1.0", offered(t, c, "theirs").Version.String(), "the first index is known not to have it")
}

// A project that was not there is asked for again online, and its new page counts from then on.
func TestAbsenceIsNotCachedOnline(t *testing.T) {
	s := &resolvetest.Server{}
	h, kept := start(t, s), cache(t)
	for range 2 {
		c, seen := client(t, h)
		c.Cache = kept
		_, err := c.Project(t.Context(), "foo")
		require.ErrorIs(t, err, dist.ErrNotFound)
		assert.Len(t, seen.of(ForPage, false), 1)
	}
	s.AddWheel(resolvetest.Wheel{Name: "foo", Version: "1.0"})
	for _, off := range []bool{false, true} {
		c, _ := client(t, h)
		c.Cache, c.Offline = kept, off
		offered(t, c, "foo")
	}
}

func TestOfflineWithoutCache(t *testing.T) {
	c := &Client{URLs: []string{"https://me:secret@index.example/simple/"}, Offline: true, RoundTripper: offline{t}}
	_, err := c.Project(t.Context(), "foo")
	assert.ErrorIs(t, err, ErrOffline)
	assert.NotContains(t, err.Error(), "secret")
	f := &Fetcher{Offline: true, RoundTripper: offline{t}}
	defer f.Close()
	_, err = f.Fetch(t.Context(), dist.Artifact{File: "foo-1.0.zip", URL: "https://index.example/foo-1.0.zip?token=secret", Hashes: map[string]string{"sha256": aSHA256}})
	assert.ErrorIs(t, err, ErrOffline)
	assert.NotContains(t, err.Error(), "secret")
}

// A file of this machine needs no network.
func TestFetcherOfflineLocal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "foo-1.0.zip")
	require.NoError(t, os.WriteFile(path, []byte("x"), 0o600))
	address, err := FileURL(path)
	require.NoError(t, err)
	f := &Fetcher{Offline: true, RoundTripper: offline{t}}
	defer f.Close()
	b, err := f.Fetch(t.Context(), dist.Artifact{File: "foo-1.0.zip", URL: address, Size: 1})
	require.NoError(t, err)
	assert.EqualValues(t, 1, b.Size())
	b.Close()
}
