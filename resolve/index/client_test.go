package index

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chandlery-go/chandlery/internal/leaktest"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestClientProject(t *testing.T) {
	for _, html := range []bool{false, true} {
		leaktest.Check(t)
		uploaded := time.Date(2022, 1, 2, 3, 4, 5, 0, time.UTC)
		s := &resolvetest.Server{HTML: html, Metadata: true, Gzip: true}
		w := resolvetest.Wheel{Name: "Foo.Bar", Version: "1.0+local.1", RequiresPython: ">=3.7,<4"}.File()
		w.Yanked, w.Uploaded = ptr(`"broken" & bad`), uploaded
		s.AddFile("foo-bar", w)
		h := start(t, s)
		c, seen := client(t, h)
		f := offered(t, c, "foo-bar")
		assert.Equal(t, dist.Wheel, f.Kind)
		assert.Equal(t, "1.0+local.1", f.Version.String())
		assert.Equal(t, h.URL+"/files/foo_bar-1.0+local.1-py3-none-any.whl", f.URL)
		assert.Equal(t, sum(w.Content), f.Hashes["sha256"])
		assert.Equal(t, sum(w.Metadata), f.MetadataHash)
		assert.Equal(t, `"broken" & bad`, f.YankedReason)
		assert.True(t, f.Yanked)
		assert.Equal(t, "<4,>=3.7", f.RequiresPython.String())
		assert.Equal(t, h.URL+"/simple/", f.Index)
		if !html {
			assert.Equal(t, uploaded, f.Uploaded)
			assert.EqualValues(t, len(w.Content), f.Size)
		}
		q := s.Requests()[0]
		assert.Equal(t, "/simple/foo-bar/", q.Path)
		assert.True(t, strings.HasPrefix(q.Header.Get("Accept"), typeJSON+", "))
		assert.Equal(t, "gzip", q.Header.Get("Accept-Encoding"))
		pages := seen.of(ForPage, false)
		require.Len(t, pages, 1)
		assert.Equal(t, Request{For: ForPage, Of: "foo-bar", Method: "GET", URL: h.URL + "/simple/foo-bar/", Status: 200, Bytes: q.Bytes, Total: q.Bytes, Elapsed: pages[0].Elapsed}, pages[0])
	}
}

func TestClientWithoutURL(t *testing.T) {
	_, err := (&Client{}).Project(t.Context(), "foo")
	assert.ErrorContains(t, err, "name an index")
	for _, u := range []string{"ftp://index.example/", "index.example/simple", "https://user:secret@index.example:x/"} {
		_, err = (&Client{URLs: []string{u}}).Project(t.Context(), "foo")
		assert.ErrorContains(t, err, "not an http or https address")
		assert.NotContains(t, err.Error(), "secret")
	}
}

// The first index that knows a project wins, whatever later ones have.
func TestClientFirstIndexWins(t *testing.T) {
	private, public := &resolvetest.Server{}, &resolvetest.Server{}
	private.AddWheel(resolvetest.Wheel{Name: "ours", Version: "1.0"})
	public.AddWheel(resolvetest.Wheel{Name: "ours", Version: "99"})
	public.AddWheel(resolvetest.Wheel{Name: "theirs", Version: "2.0"})
	c, _ := client(t, start(t, private), start(t, public))
	assert.Equal(t, "1.0", offered(t, c, "ours").Version.String())
	assert.Equal(t, "2.0", offered(t, c, "theirs").Version.String())
	assert.Equal(t, 0, public.Count("ours"))
	_, err := c.Project(t.Context(), "nobodys")
	assert.ErrorIs(t, err, dist.ErrNotFound)
	assert.ErrorContains(t, err, "project nobodys is not on http://")

	private.Fail(resolvetest.Fault{Path: "secret", Status: 403})
	public.AddWheel(resolvetest.Wheel{Name: "secret", Version: "1.0"})
	_, err = c.Project(t.Context(), "secret")
	require.Error(t, err)
	assert.NotErrorIs(t, err, dist.ErrNotFound, "an index that refuses is not one that does not know")
	assert.Equal(t, 0, public.Count("secret"))
}

func TestClientFetchesOnce(t *testing.T) {
	leaktest.Check(t)
	s := &resolvetest.Server{}
	s.AddWheel(resolvetest.Wheel{Name: "foo", Version: "1.0"})
	c, _ := client(t, start(t, s))
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			p, err := c.Project(context.Background(), "foo")
			if assert.NoError(t, err) {
				_, err = c.Metadata(context.Background(), p.Files[0])
				assert.NoError(t, err)
			}
		})
	}
	wg.Wait()
	assert.Equal(t, 1, s.Count("/simple/"))
	assert.Equal(t, 1, s.Count("/files/"))
}

func TestClientForgetsErrors(t *testing.T) {
	s := &resolvetest.Server{}
	s.AddWheel(resolvetest.Wheel{Name: "foo", Version: "1.0"})
	s.Fail(resolvetest.Fault{Path: "/simple/foo", Status: 400, Times: 1})
	c, _ := client(t, start(t, s))
	_, err := c.Project(t.Context(), "foo")
	require.ErrorContains(t, err, "400")
	offered(t, c, "foo")
}

// Those who wait for an answer are not hit when the one who asked gives up.
func TestClientWaitersSurviveTheFirst(t *testing.T) {
	leaktest.Check(t)
	s := &resolvetest.Server{}
	s.AddWheel(resolvetest.Wheel{Name: "foo", Version: "1.0"})
	entered, release := make(chan struct{}), make(chan struct{})
	s.Fail(resolvetest.Fault{Path: "/simple/foo", Times: 1, Serve: func(http.ResponseWriter, *http.Request) {
		close(entered)
		<-release
	}})
	c, _ := client(t, start(t, s))
	ctx, cancel := context.WithCancel(t.Context())
	first, second := make(chan error, 1), make(chan error, 1)
	go func() { _, err := c.Project(ctx, "foo"); first <- err }()
	<-entered
	go func() { _, err := c.Project(context.Background(), "foo"); second <- err }()
	time.Sleep(20 * time.Millisecond)
	cancel()
	assert.ErrorIs(t, <-first, context.Canceled)
	assert.NoError(t, <-second)
	close(release)
}

func TestClientPrefetch(t *testing.T) {
	leaktest.Check(t)
	s := &resolvetest.Server{}
	names := []pep508.Name{"a", "b", "c", "absent"}
	for _, n := range names[:3] {
		s.AddWheel(resolvetest.Wheel{Name: string(n), Version: "1.0"})
	}
	c, _ := client(t, start(t, s))
	c.Prefetch(t.Context(), names...)
	assert.Equal(t, 4, s.Count("/simple/"))
	for _, n := range names[:3] {
		offered(t, c, n)
	}
	assert.Equal(t, 4, s.Count("/simple/"))
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	c.Prefetch(ended, "d", "e")
	assert.Equal(t, 4, s.Count("/simple/"))
}

func TestClientConcurrencyIsBounded(t *testing.T) {
	var mu sync.Mutex
	now, most := 0, 0
	s := &resolvetest.Server{}
	s.Fail(resolvetest.Fault{Path: "/simple/", Serve: func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		time.Sleep(5 * time.Millisecond)
		mu.Lock()
		now--
		mu.Unlock()
		w.WriteHeader(404)
	}})
	c, _ := client(t, start(t, s))
	c.MaxConcurrent = 3
	var names []pep508.Name
	for r := 'a'; r <= 'z'; r++ {
		names = append(names, pep508.Name(r))
	}
	c.Prefetch(t.Context(), names...)
	mu.Lock()
	defer mu.Unlock()
	assert.Equal(t, 3, most)
}

func TestClientCache(t *testing.T) {
	for name, c := range map[string]struct {
		etags   bool
		control string
		ttl     time.Duration
		status  []int // of the second Client's requests; nil: none
	}{
		"own time-to-live":      {status: nil},
		"asked for anew":        {ttl: -1, status: []int{200}},
		"not modified":          {etags: true, ttl: -1, status: []int{304}},
		"server's time-to-live": {etags: true, control: "max-age=600", ttl: time.Nanosecond, status: nil},
		"server's is over":      {etags: true, control: "max-age=0", status: []int{304}},
		"no-cache":              {control: "no-cache", status: []int{200}},
		"no-store":              {control: "no-store", status: []int{200}},
		"own time-to-live over": {ttl: time.Nanosecond, status: []int{200}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &resolvetest.Server{ETags: c.etags, CacheControl: c.control}
			w := s.AddWheel(resolvetest.Wheel{Name: "foo", Version: "1.0"})
			h, kept := start(t, s), cache(t)
			for i := range 3 {
				ix, seen := client(t, h)
				ix.Cache, ix.PageTTL = kept, c.ttl
				f := offered(t, ix, "foo")
				assert.Equal(t, sum(w.Content), f.Hashes["sha256"])
				_, err := ix.Metadata(t.Context(), f)
				require.NoError(t, err)
				if i == 0 {
					assert.Len(t, seen.of(ForPage, false), 1, "an empty cache hides no page")
					continue
				}
				var status []int
				for _, q := range seen.of(ForPage, false) {
					status = append(status, q.Status)
				}
				assert.Equal(t, c.status, status)
				assert.Len(t, seen.of(ForPage, true), 1-len(c.status))
				assert.Empty(t, seen.of(ForMetadata, false), "kept by the wheel's sha256")
				assert.Len(t, seen.of(ForMetadata, true), 1)
			}
		})
	}
}

func TestClientCacheChangedPage(t *testing.T) {
	s := &resolvetest.Server{ETags: true}
	s.AddWheel(resolvetest.Wheel{Name: "foo", Version: "1.0"})
	h, kept := start(t, s), cache(t)
	first, _ := client(t, h)
	first.Cache = kept
	offered(t, first, "foo")
	s.AddWheel(resolvetest.Wheel{Name: "foo", Version: "1.1"})
	second, _ := client(t, h)
	second.Cache, second.PageTTL = kept, -1
	p, err := second.Project(t.Context(), "foo")
	require.NoError(t, err)
	assert.Len(t, p.Files, 2)
}

// What cannot be read is not kept either.
func TestClientCacheWrongPage(t *testing.T) {
	s := &resolvetest.Server{}
	s.AddWheel(resolvetest.Wheel{Name: "foo", Version: "1.0"})
	s.Fail(resolvetest.Fault{Path: "/simple/", Times: 1, Serve: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", typeJSON)
		w.Write([]byte(`{"error": "log in first"}`))
	}})
	h, kept := start(t, s), cache(t)
	c, _ := client(t, h)
	c.Cache = kept
	_, err := c.Project(t.Context(), "foo")
	var pe *PageError
	require.ErrorAs(t, err, &pe)
	c, _ = client(t, h)
	c.Cache = kept
	offered(t, c, "foo")
}

// A page whose body broke off is read anew from its start.
func TestClientTruncatedPage(t *testing.T) {
	for _, gzip := range []bool{false, true} {
		s := &resolvetest.Server{Gzip: gzip}
		for i := range 500 {
			s.AddWheel(resolvetest.Wheel{Name: "foo", Version: fmt.Sprintf("1.%d", i)})
		}
		s.Fail(resolvetest.Fault{Path: "/simple/", Times: 2, TruncateAfter: 4000})
		c, _ := client(t, start(t, s))
		p, err := c.Project(t.Context(), "foo")
		require.NoError(t, err)
		assert.Len(t, p.Files, 500)
		assert.Equal(t, 3, s.Count("/simple/"))
	}
}

// Whatever happens to a cache's files, the answers stay right.
func TestClientBadCache(t *testing.T) {
	for name, spoil := range map[string]func([]byte) []byte{
		"empty":     func([]byte) []byte { return nil },
		"cut":       func(b []byte) []byte { return b[:len(b)-1] },
		"flipped":   func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"zeros":     func(b []byte) []byte { return make([]byte, len(b)) },
		"no header": func(b []byte) []byte { return b[entryHead:] },
		"a hole":    func(b []byte) []byte { clear(b[entryHead:]); return b },
		"other":     func(b []byte) []byte { return []byte(headOf(crc32.Checksum([]byte("{}"), castagnoli)) + "{}") },
	} {
		t.Run(name, func(t *testing.T) {
			s := &resolvetest.Server{}
			s.AddWheel(resolvetest.Wheel{Name: "foo", Version: "1.0", RequiresDist: []string{"bar"}})
			h, kept := start(t, s), cache(t)
			for i := range 2 {
				c, seen := client(t, h)
				c.Cache = kept
				f := offered(t, c, "foo")
				if i == 1 {
					assert.Len(t, seen.of(ForPage, false), 1)
				}
				if name == "other" && i == 1 {
					continue // an entry that is whole, though of nonsense, is refused where it is read
				}
				m, err := c.Metadata(t.Context(), f)
				require.NoError(t, err)
				assert.Len(t, m.RequiresDist, 1)
				if i == 1 {
					assert.Len(t, seen.of(ForMetadata, false), 1)
				}
				require.NoError(t, filepath.WalkDir(kept.Dir(), func(path string, d fs.DirEntry, err error) error {
					if err != nil || d.IsDir() {
						return err
					}
					b, err := os.ReadFile(path)
					return errors.Join(err, os.WriteFile(path, spoil(b), 0o600))
				}))
			}
		})
	}
}

func TestClientReadOnlyCache(t *testing.T) {
	s := &resolvetest.Server{}
	s.AddWheel(resolvetest.Wheel{Name: "foo", Version: "1.0"})
	kept := cache(t)
	require.NoError(t, os.RemoveAll(kept.Dir())) // nothing can be written
	c, _ := client(t, start(t, s))
	c.Cache = kept
	_, err := c.Metadata(t.Context(), offered(t, c, "foo"))
	assert.NoError(t, err)
}

// A redirected page's links are relative to where it came from, and credentials do not travel.
func TestClientRedirect(t *testing.T) {
	s, mirror := &resolvetest.Server{}, &resolvetest.Server{}
	mirror.AddWheel(resolvetest.Wheel{Name: "foo", Version: "1.0"})
	h, m := start(t, s), start(t, mirror)
	s.Fail(resolvetest.Fault{Path: "/simple/", Location: m.URL + "{path}"})
	c, seen := client(t)
	c.URLs = []string{strings.Replace(h.URL, "http://", "http://me:secret@", 1) + "/simple/"}
	f := offered(t, c, "foo")
	assert.Equal(t, m.URL+"/files/foo-1.0-py3-none-any.whl", f.URL)
	assert.Equal(t, h.URL+"/simple/", f.Index)
	assert.Equal(t, "Basic bWU6c2VjcmV0", s.Requests()[0].Header.Get("Authorization"))
	assert.Empty(t, mirror.Requests()[0].Header.Get("Authorization"))
	assert.Len(t, seen.of(ForPage, false), 2)
	for _, q := range seen.of(ForPage, false) {
		assert.NotContains(t, q.URL, "secret")
	}
	_, err := c.Metadata(t.Context(), f)
	require.NoError(t, err)
	_, err = c.Project(t.Context(), "absent")
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "secret")
}

// The files of an index that is opened by user info in its address need the same.
func TestClientUserInfoForFiles(t *testing.T) {
	s := &resolvetest.Server{}
	s.AddWheel(resolvetest.Wheel{Name: "foo", Version: "1.0"})
	h := start(t, s)
	c, _ := client(t)
	c.URLs = []string{strings.Replace(h.URL, "http://", "http://me:secret@", 1) + "/simple"}
	f := offered(t, c, "foo")
	assert.NotContains(t, f.URL, "secret")
	_, err := c.Metadata(t.Context(), f)
	require.NoError(t, err)
	ft, _ := fetcher(t, nil)
	ft.Auth = AuthOf(nil, c.URLs...)
	b, err := ft.Fetch(t.Context(), f.Artifact)
	require.NoError(t, err)
	defer b.Close()
	for _, q := range s.Requests() {
		assert.Equal(t, "Basic bWU6c2VjcmV0", q.Header.Get("Authorization"), q.Path)
	}
}

func TestAuthOf(t *testing.T) {
	hook := func(_ context.Context, host string) (string, error) {
		if host == "broken.example" {
			return "", errors.New("no key")
		}
		return map[string]string{"a.example": "Bearer x"}[host], nil
	}
	auth := AuthOf(hook, "https://u:p@a.example/", "https://u:p@b.example:8443/", "%zz")
	for host, want := range map[string]string{"a.example": "Bearer x", "b.example:8443": "Basic dTpw", "b.example": "", "c.example": ""} {
		got, err := auth(t.Context(), host)
		require.NoError(t, err)
		assert.Equal(t, want, got, host)
	}
	_, err := auth(t.Context(), "broken.example")
	assert.ErrorContains(t, err, "no key")
}
