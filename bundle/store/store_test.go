package store_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
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
	"github.com/chandlery-go/chandlery/internal/durable"
)

func TestDirConformance(t *testing.T) {
	dir := t.TempDir()
	bundletest.Store(t, store.Dir{Path: dir}, func(key string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, filepath.FromSlash(key))) })
	assertNoTemps(t, dir)
}

func TestChannelConformance(t *testing.T) {
	dir := t.TempDir()
	c := store.Channel{Path: dir, Name: "stable", InsecureUnsigned: true}
	bundletest.Release(t, "stable", c, c)
	assertNoTemps(t, dir)
}

func TestHTTPSourceConformance(t *testing.T) {
	dir := t.TempDir()
	server := httptest.NewServer(&store.Handler{Path: dir})
	defer server.Close()
	source := &store.HTTPSource{URL: server.URL + "/", Channel: "beta", InsecureUnsigned: true}
	bundletest.Release(t, "beta", store.Channel{Path: dir, Name: "beta", InsecureUnsigned: true}, source)
}

func assertNoTemps(t *testing.T, dir string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		assert.False(t, strings.HasPrefix(d.Name(), durable.TempPrefix), "%s was left", p)
		return err
	}))
}

func put(t *testing.T, d store.Dir, body string) (string, error) {
	t.Helper()
	sum := sha256.Sum256([]byte(body))
	h := hex.EncodeToString(sum[:])
	key := "sha256/" + h[:2] + "/" + h + ".zip"
	_, err := d.Put(context.Background(), key, bundle.Object{
		Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(body)), nil }, Size: int64(len(body)), SHA256: h,
	})
	return key, err
}

func TestDirURL(t *testing.T) {
	obj := bundle.Object{Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("")), nil },
		SHA256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}
	for base, want := range map[string]string{"": "a/b.zip", "https://cdn.example/x": "https://cdn.example/x/a/b.zip", "https://cdn.example/x/": "https://cdn.example/x/a/b.zip"} {
		placed, err := store.Dir{Path: t.TempDir(), BaseURL: base}.Put(context.Background(), "a/b.zip", obj)
		require.NoError(t, err)
		assert.Equal(t, want, placed.URL)
	}
	_, err := store.Dir{}.Put(context.Background(), "a", obj)
	var missing *bundle.MissingFieldError
	assert.ErrorAs(t, err, &missing)
}

func TestDirSweepsLeftovers(t *testing.T) {
	d := store.Dir{Path: t.TempDir()}
	key, err := put(t, d, "one")
	require.NoError(t, err)
	folder := filepath.Join(d.Path, filepath.FromSlash(filepath.ToSlash(filepath.Dir(key))))
	old, young := filepath.Join(folder, durable.TempPrefix+"OLD"), filepath.Join(folder, durable.TempPrefix+"YOUNG")
	for _, name := range []string{old, young} {
		require.NoError(t, os.WriteFile(name, nil, 0o644))
	}
	require.NoError(t, os.Chtimes(old, time.Time{}, time.Now().Add(-25*time.Hour)))
	require.NoError(t, os.Remove(filepath.Join(d.Path, filepath.FromSlash(key))))
	_, err = put(t, d, "one")
	require.NoError(t, err)
	assert.NoFileExists(t, old)
	assert.FileExists(t, young, "it may be of a Put that runs")
}

func TestDirDamagedObject(t *testing.T) {
	d := store.Dir{Path: t.TempDir()}
	key, err := put(t, d, "one")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(d.Path, filepath.FromSlash(key)), []byte("eno"), 0o644))
	_, err = put(t, d, "one")
	assert.ErrorIs(t, err, bundle.ErrConflict)
	assert.ErrorContains(t, err, "remove the file and publish again")
}

func TestDirNoEscape(t *testing.T) {
	outside := t.TempDir()
	d := store.Dir{Path: t.TempDir()}
	require.NoError(t, os.Symlink(outside, filepath.Join(d.Path, "sha256")))
	_, err := put(t, d, "one")
	assert.Error(t, err, "a symbolic link leads out of the store")
	left, err := os.ReadDir(outside)
	require.NoError(t, err)
	assert.Empty(t, left)
}

func channel(t *testing.T) store.Channel {
	return store.Channel{Path: t.TempDir(), Name: "stable", InsecureUnsigned: true}
}

func (f files) read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(f.Path, f.Name, name))
	require.NoError(t, err)
	return string(b)
}

type files struct{ store.Channel }

func TestChannelUnsigned(t *testing.T) {
	c := channel(t)
	c.InsecureUnsigned = false
	assert.ErrorIs(t, c.Release(context.Background(), bundletest.Configuration("stable", 1, "1.0")), bundle.ErrUnsigned)
	_, err := c.Latest(context.Background())
	assert.ErrorIs(t, err, bundle.ErrUnsigned)
	_, err = (&store.HTTPSource{URL: "http://store.example", Channel: "stable"}).Latest(context.Background())
	assert.ErrorIs(t, err, bundle.ErrUnsigned)
	assert.NoDirExists(t, filepath.Join(c.Path, "stable"))
}

func TestChannelStagedAndPromote(t *testing.T) {
	ctx := context.Background()
	c := files{channel(t)}
	_, err := c.Promote(ctx)
	assert.ErrorIs(t, err, bundle.ErrNoRelease)
	require.NoError(t, c.Release(ctx, bundletest.Configuration("stable", 1, "1.0")))

	staged := c.Channel
	staged.Staged = true
	require.NoError(t, staged.Release(ctx, bundletest.Configuration("stable", 2, "2.0")))
	before := c.read(t, store.StagedFile)
	later := bundletest.Configuration("stable", 2, "2.0")
	later.Meta.Issued = later.Meta.Issued.Add(time.Hour)
	require.NoError(t, staged.Release(ctx, later))
	assert.Equal(t, before, c.read(t, store.StagedFile), "the same content again changes no byte")
	live, err := c.Latest(ctx)
	require.NoError(t, err)
	assert.EqualValues(t, 1, live.Meta.Sequence, "what is staged is not live")

	promoted, err := c.Promote(ctx)
	require.NoError(t, err)
	assert.EqualValues(t, 2, promoted.Meta.Sequence)
	assert.Equal(t, before, c.read(t, store.LiveFile))
	assert.NoFileExists(t, filepath.Join(c.Path, c.Name, store.StagedFile))

	require.NoError(t, staged.Release(ctx, bundletest.Configuration("stable", 3, "3.0")))
	require.NoError(t, c.Release(ctx, bundletest.Configuration("stable", 3, "3.1")))
	_, err = c.Promote(ctx)
	assert.ErrorIs(t, err, bundle.ErrConflict, "live moved on")
	require.NoError(t, c.Discard(ctx))
	require.NoError(t, c.Discard(ctx))
	_, err = c.Promote(ctx)
	assert.ErrorIs(t, err, bundle.ErrNoRelease)
}

func TestChannelPlain(t *testing.T) {
	ctx := context.Background()
	c := files{channel(t)}
	require.NoError(t, c.Release(ctx, bundletest.Configuration("stable", 1, "1.0")))
	assert.NoFileExists(t, filepath.Join(c.Path, c.Name, store.PlainFile))
	require.NoError(t, c.WritePlain(ctx))
	plain, err := manifest.Parse([]byte(c.read(t, store.PlainFile)))
	require.NoError(t, err)
	assert.Zero(t, plain.Meta)
	assert.Equal(t, "1.0", plain.Libraries["demo"]["linux"].Version)
	require.NoError(t, c.Release(ctx, bundletest.Configuration("stable", 2, "2.0")))
	assert.Contains(t, c.read(t, store.PlainFile), `"2.0"`, "a plain form that is there is kept up to date")
}

func TestChannelNamesWhatIsThere(t *testing.T) {
	ctx := context.Background()
	c := channel(t)
	m := bundletest.Configuration("stable", 1, "1.0")
	key, err := put(t, store.Dir{Path: c.Path}, "one")
	require.NoError(t, err)
	leaf := m.Libraries["demo"]["linux"]
	leaf.URL, leaf.Size = "../"+key, 3
	m.Libraries["demo"]["linux"] = leaf
	require.NoError(t, c.Release(ctx, m))
	live, err := c.Latest(ctx)
	require.NoError(t, err)
	url := live.Libraries["demo"]["linux"].URL
	assert.True(t, strings.HasPrefix(url, "file:///") && strings.HasSuffix(url, "/"+key), url)

	m.Meta.Sequence = 2
	leaf.Size = 4
	m.Libraries["demo"]["linux"] = leaf
	err = c.Release(ctx, m)
	assert.ErrorContains(t, err, "demo on linux: release: ../"+key+" has 3 bytes in the store, not 4; publish again")
	leaf.URL = "../sha256/00/gone.zip"
	m.Libraries["demo"]["linux"] = leaf
	assert.ErrorIs(t, c.Release(ctx, m), os.ErrNotExist)
	live, err = c.Latest(ctx)
	require.NoError(t, err)
	assert.EqualValues(t, 1, live.Meta.Sequence)
}

func TestChannelProblems(t *testing.T) {
	ctx := context.Background()
	c := channel(t)
	assert.ErrorContains(t, c.Release(ctx, bundletest.Configuration("beta", 1, "1.0")), `of the channel "beta" cannot go to the channel "stable"`)
	require.NoError(t, c.Release(ctx, bundletest.Configuration("stable", 1, "1.0")))

	other := c
	other.Name = "beta"
	require.NoError(t, os.Rename(filepath.Join(c.Path, "stable"), filepath.Join(c.Path, "beta")))
	_, err := other.Latest(ctx)
	assert.ErrorContains(t, err, `is of the channel "stable", not "beta"`)
	assert.Equal(t, bundle.KindTrust, bundle.KindOf(err))

	live := filepath.Join(c.Path, "beta", store.LiveFile)
	require.NoError(t, os.WriteFile(live, []byte("{"), 0o644))
	_, err = other.Latest(ctx)
	assert.ErrorContains(t, err, "line 1, column 2: ")
	assert.Equal(t, bundle.KindConfig, bundle.KindOf(err))
	require.NoError(t, os.WriteFile(live, []byte(strings.Repeat(" ", manifest.MaxManifest+1)), 0o644))
	_, err = other.Latest(ctx)
	assert.ErrorContains(t, err, "longer than")

	for _, name := range []string{"", "..", "a/b", "con", "sha256", ".x"} {
		_, err = store.Channel{Path: c.Path, Name: name, InsecureUnsigned: true}.Latest(ctx)
		assert.Error(t, err, name)
		assert.NotErrorIs(t, err, bundle.ErrNoRelease, name)
	}
}

func TestChannelUnwritable(t *testing.T) {
	c := channel(t)
	require.NoError(t, os.WriteFile(filepath.Join(c.Path, "stable"), nil, 0o644))
	assert.Error(t, c.Release(context.Background(), bundletest.Configuration("stable", 1, "1.0")), "a file stands where the channel's folder should")
}

func TestHandler(t *testing.T) {
	dir := t.TempDir()
	key, err := put(t, store.Dir{Path: dir}, "0123456789")
	require.NoError(t, err)
	c := store.Channel{Path: dir, Name: "stable", InsecureUnsigned: true}
	require.NoError(t, c.Release(context.Background(), bundletest.Configuration("stable", 1, "1.0")))
	require.NoError(t, os.Symlink("/etc", filepath.Join(dir, "etc")))

	var mu sync.Mutex
	var log []store.Access
	h := &store.Handler{Path: dir, Log: func(a store.Access) {
		mu.Lock()
		defer mu.Unlock()
		log = append(log, a)
	}}
	do := func(method, path string, header ...string) *http.Response {
		r := httptest.NewRequest(method, "http://x", nil)
		r.URL.Path = path
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Result()
	}
	text := func(r *http.Response) string {
		b, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		return string(b)
	}
	r := do("GET", "/"+key)
	assert.Equal(t, 200, r.StatusCode)
	assert.Equal(t, "0123456789", text(r))
	assert.Equal(t, "public, max-age=31536000, immutable", r.Header.Get("Cache-Control"))
	assert.Equal(t, "application/zip", r.Header.Get("Content-Type"))
	assert.NotEmpty(t, r.Header.Get("ETag"))

	r = do("GET", "/"+key, "Range", "bytes=2-4", "If-Range", r.Header.Get("ETag"))
	assert.Equal(t, 206, r.StatusCode)
	assert.Equal(t, "234", text(r))
	r = do("GET", "/"+key, "Range", "bytes=-3")
	assert.Equal(t, "789", text(r))
	assert.Equal(t, 416, do("GET", "/"+key, "Range", "bytes=99-").StatusCode)

	r = do("GET", "/stable/update.json")
	assert.Equal(t, "no-cache", r.Header.Get("Cache-Control"))
	tag := r.Header.Get("ETag")
	assert.Equal(t, 304, do("GET", "/stable/update.json", "If-None-Match", tag).StatusCode)
	require.NoError(t, c.Release(context.Background(), bundletest.Configuration("stable", 2, "2.0")))
	r = do("GET", "/stable/update.json", "If-None-Match", tag)
	assert.Equal(t, 200, r.StatusCode)
	assert.Contains(t, text(r), `"sequence": 2`)

	assert.Equal(t, "", text(do("HEAD", "/"+key)))
	assert.Equal(t, 405, do("PUT", "/"+key).StatusCode)
	for _, path := range []string{"/", "", "/stable", "/stable/", "/sha256", "/../x", "/stable/../" + key, "/etc/passwd", "/stable/.chandlery-lock", "//" + key, "/stable\\update.json", "/gone", "/stable/update.json/x", "/a\x00b"} {
		assert.Equal(t, 404, do("GET", path).StatusCode, path)
	}
	assert.Equal(t, store.Access{Method: "GET", Path: "/" + key, Status: 200, Bytes: 10}, log[0])
	assert.Equal(t, store.Access{Method: "GET", Path: "/" + key, Range: "bytes=2-4", Status: 206, Bytes: 3}, log[1])
}

func TestHTTPSource(t *testing.T) {
	dir := t.TempDir()
	c := store.Channel{Path: dir, Name: "stable", InsecureUnsigned: true}
	key, err := put(t, store.Dir{Path: dir}, "one")
	require.NoError(t, err)
	m := bundletest.Configuration("stable", 1, "1.0")
	leaf := m.Libraries["demo"]["linux"]
	leaf.URL, leaf.Size = "../"+key, 3
	m.Libraries["demo"]["linux"] = leaf
	require.NoError(t, c.Release(context.Background(), m))

	mux := http.NewServeMux()
	mux.Handle("/site/", http.StripPrefix("/site", &store.Handler{Path: dir}))
	server := httptest.NewServer(mux)
	defer server.Close()
	got, err := (&store.HTTPSource{URL: server.URL + "/site", Channel: "stable", InsecureUnsigned: true}).Latest(context.Background())
	require.NoError(t, err)
	assert.Equal(t, server.URL+"/site/"+key, got.Libraries["demo"]["linux"].URL)

	for url, want := range map[string]string{
		"":                    "field URL is required",
		"ftp://store.example": "is no http: or https: address",
		"store.example":       "is no http: or https: address",
	} {
		_, err = (&store.HTTPSource{URL: url, Channel: "stable", InsecureUnsigned: true}).Latest(context.Background())
		assert.ErrorContains(t, err, want)
	}
	_, err = (&store.HTTPSource{URL: "http://user:secret@" + strings.TrimPrefix(server.URL, "http://"), Channel: "beta", InsecureUnsigned: true}).Latest(context.Background())
	assert.ErrorIs(t, err, bundle.ErrNoRelease)
	assert.NotContains(t, err.Error(), "secret")
}

func TestReleaseNothing(t *testing.T) {
	for _, sink := range []bundle.Sink{store.Channel{}, store.FileChannel{}} {
		require.ErrorContains(t, sink.Release(t.Context(), nil), "there is no release")
	}
}
