package index

import (
	"context"
	"crypto/sha512"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chandlery-go/chandlery/internal/leaktest"
	"github.com/chandlery-go/chandlery/internal/transport"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// wheelServer has one wheel of some 300 kB, and says how to fetch it.
func wheelServer(t testing.TB) (*resolvetest.Server, dist.Artifact, []byte) {
	s := &resolvetest.Server{}
	w := s.AddWheel(resolvetest.Wheel{Name: "foo", Version: "1.0", Padding: 300_000})
	h := start(t, s)
	return s, dist.Artifact{File: w.Name, URL: h.URL + "/files/" + w.Name, Size: int64(len(w.Content)), Hashes: map[string]string{"sha256": sum(w.Content)}}, w.Content
}

func content(t testing.TB, b dist.Blob) []byte {
	p, err := io.ReadAll(io.NewSectionReader(b, 0, b.Size()))
	require.NoError(t, err)
	require.NoError(t, b.Close())
	return p
}

// leftovers lists what lies in the cache but pages and METADATA.
func leftovers(t testing.TB, c *Cache) []string {
	var list []string
	for _, folder := range []string{aside, filesFolder} {
		found, err := filepath.Glob(filepath.Join(c.Dir(), folder, "*", "*"))
		require.NoError(t, err)
		list = append(list, found...)
	}
	found, err := filepath.Glob(filepath.Join(c.Dir(), aside, "*"))
	require.NoError(t, err)
	return append(list, found...)
}

func TestFetch(t *testing.T) {
	leaktest.Check(t)
	s, a, want := wheelServer(t)
	kept := cache(t)
	f, seen := fetcher(t, kept)
	var done []int64
	f.Progress = func(p dist.Artifact, n, total int64) {
		assert.Equal(t, a.File, p.File)
		assert.EqualValues(t, len(want), total)
		done = append(done, n)
	}
	for range 3 {
		b, err := f.Fetch(t.Context(), a)
		require.NoError(t, err)
		path := b.(interface{ Path() string }).Path()
		assert.Equal(t, filepath.Join(kept.Dir(), filesFolder, a.Hashes["sha256"][:2], a.Hashes["sha256"]), path)
		assert.Equal(t, want, content(t, b))
	}
	assert.Equal(t, 1, len(s.Requests()))
	assert.Equal(t, "identity", s.Requests()[0].Header.Get("Accept-Encoding"))
	assert.IsIncreasing(t, done)
	assert.EqualValues(t, len(want), done[len(done)-1])
	files := seen.of(ForFile, false)
	require.Len(t, files, 1)
	assert.EqualValues(t, len(want), files[0].Total)

	other, seen := fetcher(t, kept)
	b, err := other.Fetch(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, want, content(t, b))
	assert.Equal(t, 1, len(s.Requests()), "another Fetcher finds it in the cache")
	assert.Len(t, seen.of(ForFile, true), 1)
	assert.Len(t, leftovers(t, kept), 1)
}

func TestFetchModeIgnoresUmask(t *testing.T) {
	_, a, _ := wheelServer(t)
	f, _ := fetcher(t, cache(t))
	b, err := f.Fetch(t.Context(), a)
	require.NoError(t, err)
	defer b.Close()
	st, err := os.Stat(b.(*dist.FileBlob).Path())
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o644), st.Mode())
}

func TestFetchShared(t *testing.T) {
	leaktest.Check(t)
	s, a, want := wheelServer(t)
	f, _ := fetcher(t, nil)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			b, err := f.Fetch(context.Background(), a)
			if assert.NoError(t, err) {
				assert.Equal(t, want, content(t, b))
			}
		})
	}
	wg.Wait()
	assert.Equal(t, 1, len(s.Requests()))
	dir := f.temp.Dir()
	require.NoError(t, f.Close())
	assert.NoDirExists(t, dir, "the temporary folder goes")
}

func TestFetchWrong(t *testing.T) {
	for name, c := range map[string]struct {
		change    func(a *dist.Artifact)
		algorithm string
		is        error
	}{
		"sha256":     {func(a *dist.Artifact) { a.Hashes = map[string]string{"sha256": aSHA256} }, "sha256", nil},
		"sha512":     {func(a *dist.Artifact) { a.Hashes["sha512"] = strings.Repeat("00", 64) }, "sha512", nil},
		"md5":        {func(a *dist.Artifact) { a.Hashes["md5"] = strings.Repeat("00", 16) }, "md5", nil},
		"too long":   {func(a *dist.Artifact) { a.Size-- }, "size", nil},
		"too short":  {func(a *dist.Artifact) { a.Size++ }, "size", nil},
		"no hash":    {func(a *dist.Artifact) { a.Hashes = nil }, "", ErrNoHash},
		"md5 only":   {func(a *dist.Artifact) { a.Hashes = map[string]string{"md5": "0"} }, "", ErrNoHash},
		"gone":       {func(a *dist.Artifact) { a.URL += "x" }, "", dist.ErrNotFound},
		"over limit": {func(a *dist.Artifact) { a.Size = 1 << 40 }, "", transport.ErrTooLarge},
		"no size":    {func(a *dist.Artifact) { a.Size = -1 }, "", transport.ErrTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			s, a, _ := wheelServer(t)
			c.change(&a)
			kept := cache(t)
			f, _ := fetcher(t, kept)
			if name == "no size" || name == "over limit" {
				f.MaxSize = 1000
			}
			_, err := f.Fetch(t.Context(), a)
			require.Error(t, err)
			assert.ErrorContains(t, err, "fetch foo-1.0-py3-none-any.whl")
			if c.is != nil {
				assert.ErrorIs(t, err, c.is)
			} else {
				var he *dist.HashError
				require.ErrorAs(t, err, &he)
				assert.Equal(t, c.algorithm, he.Algorithm)
			}
			assert.Empty(t, leftovers(t, kept), "nothing wrong stays")
			assert.LessOrEqual(t, len(s.Requests()), 1, "what is wrong is not asked for again")
		})
	}
}

func TestFetchOtherHashes(t *testing.T) {
	s, a, want := wheelServer(t)
	sum512 := sha512.Sum512(want)
	a.Hashes = map[string]string{"sha512": hex.EncodeToString(sum512[:])}
	f, _ := fetcher(t, cache(t))
	for range 2 {
		b, err := f.Fetch(t.Context(), a)
		require.NoError(t, err)
		assert.Equal(t, want, content(t, b))
	}
	assert.Equal(t, 1, len(s.Requests()))
	a.Hashes = map[string]string{"sha256": sum(want), "md5": strings.Repeat("00", 16)}
	_, err := f.Fetch(t.Context(), a)
	var he *dist.HashError
	require.ErrorAs(t, err, &he, "what is held must keep every promise too")
}

func TestFetchSpoiltStore(t *testing.T) {
	s, a, want := wheelServer(t)
	kept := cache(t)
	first, _ := fetcher(t, kept)
	b, err := first.Fetch(t.Context(), a)
	require.NoError(t, err)
	path := b.(*dist.FileBlob).Path()
	b.Close()
	require.NoError(t, os.WriteFile(path, append([]byte("x"), want[1:]...), 0o644))
	second, _ := fetcher(t, kept)
	b, err = second.Fetch(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, want, content(t, b))
	assert.Equal(t, 2, len(s.Requests()))

	require.NoError(t, os.Remove(path))
	b, err = second.Fetch(t.Context(), a)
	require.NoError(t, err, "a cache may be cleared at any time")
	assert.Equal(t, want, content(t, b))
}

func TestFetchTruncated(t *testing.T) {
	s, a, want := wheelServer(t)
	s.Fail(resolvetest.Fault{Path: "/files/", TruncateAfter: 100_000, Times: 2})
	f, _ := fetcher(t, cache(t))
	b, err := f.Fetch(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, want, content(t, b))
	assert.Equal(t, "bytes=100000-", s.Requests()[1].Header.Get("Range"))
	assert.Equal(t, "bytes=200000-", s.Requests()[2].Header.Get("Range"))
}

// Without an ETag the parts of two different files may meet; the hash finds out, and the file is fetched once more as a whole.
func TestFetchPartsOfTwoFiles(t *testing.T) {
	s, a, want := wheelServer(t)
	s.Fail(resolvetest.Fault{Path: "/files/", Times: 1, Serve: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "300000")
		w.Write(make([]byte, 1000))
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}})
	f, _ := fetcher(t, cache(t))
	b, err := f.Fetch(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, want, content(t, b))
	require.Len(t, s.Requests(), 3)
	assert.Equal(t, "bytes=1000-", s.Requests()[1].Header.Get("Range"))
	assert.Empty(t, s.Requests()[2].Header.Get("Range"))
}

func TestFetchContextEnds(t *testing.T) {
	leaktest.Check(t)
	s, a, _ := wheelServer(t)
	release := make(chan struct{})
	defer close(release)
	s.Fail(resolvetest.Fault{Path: "/files/", Serve: func(w http.ResponseWriter, _ *http.Request) {
		w.Write([]byte("x"))
		w.(http.Flusher).Flush()
		<-release
	}})
	kept := cache(t)
	f, _ := fetcher(t, kept)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	_, err := f.Fetch(ctx, a)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Less(t, time.Since(begin), 2*time.Second)
	assert.Empty(t, leftovers(t, kept))
}

func TestFetchLocal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b%41-1.0.zip")
	require.NoError(t, os.WriteFile(path, []byte("hello"), 0o600))
	address, err := FileURL(path)
	require.NoError(t, err)
	assert.True(t, strings.HasPrefix(address, "file:///"))
	f, _ := fetcher(t, nil)
	a := dist.Artifact{File: "x", URL: address, Size: -1}
	b, err := f.Fetch(t.Context(), a)
	require.NoError(t, err)
	assert.Equal(t, path, b.(*dist.FileBlob).Path())
	assert.Equal(t, "hello", string(content(t, b)))
	a.Hashes = map[string]string{"sha256": aSHA256}
	_, err = f.Fetch(t.Context(), a)
	var he *dist.HashError
	assert.ErrorAs(t, err, &he)
	for _, bad := range []string{"file://other.example/x", "file:relative", "file:///absent"} {
		_, err = f.Fetch(t.Context(), dist.Artifact{URL: bad, Size: -1})
		assert.Error(t, err, bad)
	}
	_, err = f.Fetch(t.Context(), dist.Artifact{URL: "ftp://files.example/x", Size: -1, Hashes: map[string]string{"sha256": aSHA256}})
	assert.ErrorContains(t, err, "not an http or https address")
}

// Two processes, here two Caches and Fetchers, on one folder.
func TestCacheShared(t *testing.T) {
	s, a, want := wheelServer(t)
	dir := t.TempDir()
	host := strings.TrimSuffix(a.URL, "/files/"+a.File)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			kept, err := OpenCache(dir)
			if !assert.NoError(t, err) {
				return
			}
			f := (&Fetcher{Cache: kept}).Quick()
			defer f.Close()
			c := (&Client{URLs: []string{host + "/simple/"}, Cache: kept, PageTTL: -1}).Quick()
			defer c.Close()
			for range 5 {
				p, err := c.Project(context.Background(), "foo")
				if !assert.NoError(t, err) {
					return
				}
				_, err = c.Metadata(context.Background(), p.Files[0])
				assert.NoError(t, err)
				b, err := f.Fetch(context.Background(), a)
				if assert.NoError(t, err) {
					assert.Equal(t, want, content(t, b))
				}
			}
		})
	}
	wg.Wait()
	assert.LessOrEqual(t, s.Count("/simple/"), 8)
	kept, err := OpenCache(dir)
	require.NoError(t, err)
	assert.Len(t, leftovers(t, kept), 1)
}

func TestOpenCacheSweeps(t *testing.T) {
	kept := cache(t)
	old, young := filepath.Join(kept.Dir(), aside, "new-1"), filepath.Join(kept.Dir(), aside, "new-2")
	require.NoError(t, os.WriteFile(old, nil, 0o600))
	require.NoError(t, os.WriteFile(young, nil, 0o600))
	require.NoError(t, os.Chtimes(old, time.Now().Add(-25*time.Hour), time.Now().Add(-25*time.Hour)))
	_, err := OpenCache(kept.Dir())
	require.NoError(t, err)
	assert.NoFileExists(t, old)
	assert.FileExists(t, young)
	_, err = OpenCache(filepath.Join(young, "below a file"))
	assert.ErrorContains(t, err, "cache folder")
}

func BenchmarkFetchHeld(b *testing.B) {
	_, a, want := wheelServer(b)
	kept := cache(b)
	b.SetBytes(int64(len(want)))
	b.ReportAllocs()
	for b.Loop() {
		f := &Fetcher{Cache: kept}
		blob, err := f.Fetch(b.Context(), a)
		if err != nil {
			b.Fatal(err)
		}
		blob.Close()
	}
}
