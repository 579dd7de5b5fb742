package build

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// static is an sdist that states its metadata for good, with a description that nobody reads.
func static(t testing.TB) project {
	p := newProject(t, "demo")
	p.metadata = "Requires-Dist: other\n"
	p.files = map[string]string{"PKG-INFO": "Metadata-Version: 2.2\nName: demo\nVersion: 1.0\nRequires-Dist: other\n\n" + strings.Repeat("A description. ", 1000)}
	return p
}

// fetches asks a new Builder over a shop for metadata, and tells how often it fetched the sdist.
func fetches(t *testing.T, s *shop, cache string, f dist.File) int {
	t.Helper()
	before := s.fetched[f.File]
	b := s.builder(t)
	b.Python, b.Cache = nil, cache
	m, err := b.Metadata(context.Background(), f)
	require.NoError(t, err)
	require.Len(t, m.RequiresDist, 1)
	assert.Equal(t, "other", m.RequiresDist[0].String())
	return s.fetched[f.File] - before
}

// What one Builder learned of an sdist the next knows, and needs the archive only to build it; a wheel that was built not even for that.
func TestRecall(t *testing.T) {
	var s shop
	p, cache := static(t), filepath.Join(t.TempDir(), "cache")
	f := s.sdist(t, p.source())
	assert.Equal(t, 1, fetches(t, &s, cache, f))
	assert.Equal(t, 0, fetches(t, &s, cache, f))
	assert.Equal(t, 1, fetches(t, &s, "", f), "without a Cache nothing is kept")
	st, err := os.Stat(kept(t, cache, f))
	require.NoError(t, err)
	assert.Less(t, st.Size(), int64(1500), "without the description")

	for _, want := range []int{1, 0} {
		before := s.fetched[f.File]
		b := s.builder(t)
		b.Cache = cache
		built, err := b.Wheel(context.Background(), f)
		require.NoError(t, err)
		assertWheel(t, b, built.Artifact, "demo/__init__.py")
		assert.Equal(t, want, s.fetched[f.File]-before)
	}
	assert.Equal(t, []string{"build_wheel"}, p.calls(t))
}

// kept is the one record of a cache.
func kept(t *testing.T, cache string, f dist.File) string {
	t.Helper()
	path := filepath.Join(cache, "sdists-1", f.Hashes["sha256"]+".json")
	require.FileExists(t, path)
	list, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, list, 1, "no temporary file is left")
	return path
}

// A record that is not what was written, or not of this file, is as none, and is written anew.
func TestRecallDamaged(t *testing.T) {
	for name, damage := range map[string]func(t *testing.T, path string){
		"empty": func(t *testing.T, path string) { require.NoError(t, os.Truncate(path, 0)) },
		"cut":   func(t *testing.T, path string) { require.NoError(t, os.Truncate(path, 100)) },
		"a folder": func(t *testing.T, path string) {
			require.NoError(t, os.Remove(path))
			require.NoError(t, os.Mkdir(path, 0o700))
		},
		"a link": func(t *testing.T, path string) {
			require.NoError(t, os.Rename(path, path+"-"))
			require.NoError(t, os.Symlink(path+"-", path))
		},
		"too large": func(t *testing.T, path string) { require.NoError(t, os.Truncate(path, maxLearned+1)) },
		"a changed byte": func(t *testing.T, path string) {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path, bytes.Replace(text, []byte(`"setup":false`), []byte(`"setup":true `), 1), 0o600))
		},
		"newer": func(t *testing.T, path string) { rewrite(t, path, learnedSchema+1, func(*learned) {}) },
	} {
		t.Run(name, func(t *testing.T) {
			var s shop
			cache := filepath.Join(t.TempDir(), "cache")
			f := s.sdist(t, static(t).source())
			require.Equal(t, 1, fetches(t, &s, cache, f))
			damage(t, filepath.Join(cache, "sdists-1", f.Hashes["sha256"]+".json"))
			assert.Equal(t, 1, fetches(t, &s, cache, f))
			want := 0
			if name == "a folder" { // which nothing removes
				want = 1
			}
			assert.Equal(t, want, fetches(t, &s, cache, f))
		})
	}
}

// rewrite gives a record a true checksum after a change.
func rewrite(t *testing.T, path string, schema int, change func(*learned)) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var l learned
	require.NoError(t, durable.UnmarshalRecord(text, learnedSchema, &l))
	change(&l)
	text, err = durable.MarshalRecord(schema, l)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, text, 0o600))
}

// A record counts only for a file of which the archive would be read likewise, and names no folder but one.
func TestRecallSuits(t *testing.T) {
	sum := strings.Repeat("0123456789abcdef", 4)
	record := learned{File: "demo-1.0.tar.gz", Size: 7, Top: "Demo-1.0", PkgInfo: []byte("x"), Setup: true}
	for name, c := range map[string]struct {
		want   bool
		change func(f *dist.File, l *learned)
	}{
		"itself":          {true, func(*dist.File, *learned) {}},
		"size not known":  {true, func(f *dist.File, _ *learned) { f.Size = -1 }},
		"another size":    {false, func(f *dist.File, _ *learned) { f.Size = 8 }},
		"another format":  {false, func(f *dist.File, _ *learned) { f.File = "demo-1.0.zip" }},
		"another project": {false, func(f *dist.File, _ *learned) { f.Name = "dem" }},
		"another hash":    {false, func(f *dist.File, _ *learned) { f.Hashes["sha512"] = "00" }},
		"no hash":         {false, func(f *dist.File, _ *learned) { f.Hashes = nil }},
		"no sha256":       {false, func(f *dist.File, _ *learned) { f.Hashes = map[string]string{"sha256": "../" + sum[3:]} }},
		"no folder":       {false, func(_ *dist.File, l *learned) { l.Top = "" }},
		"two folders":     {false, func(_ *dist.File, l *learned) { l.Top = "demo-1.0/src" }},
		"a folder above":  {false, func(_ *dist.File, l *learned) { l.Top = "../demo-1.0" }},
		"a way out":       {false, func(_ *dist.File, l *learned) { l.Top = "demo-1.0/../../x" }},
		"a dot":           {false, func(_ *dist.File, l *learned) { l.Top = "./demo-1.0" }},
		"a slash":         {false, func(_ *dist.File, l *learned) { l.Top = "/demo-1.0" }},
		"pyproject":       {false, func(_ *dist.File, l *learned) { l.Pyproject = make([]byte, MaxPyproject+1) }},
	} {
		t.Run(name, func(t *testing.T) {
			b, l, f := &Builder{Cache: t.TempDir()}, record, sdistFile(t, "demo-1.0.tar.gz")
			f.Size, f.Hashes = 7, map[string]string{"sha256": sum}
			c.change(&f, &l)
			text, err := durable.MarshalRecord(learnedSchema, l)
			require.NoError(t, err)
			require.NoError(t, b.keepLearned(sum, text))
			got := b.recall(f)
			require.Equal(t, c.want, got != nil)
			if c.want {
				assert.Equal(t, &sdist{sha256: sum, top: "Demo-1.0", pkgInfo: []byte("x"), setup: true}, got)
			}
		})
	}
}

// What an archive of other bytes says is not kept under the hash that it should have, whatever a Fetcher lets pass.
func TestRememberUnverified(t *testing.T) {
	var s shop
	cache := filepath.Join(t.TempDir(), "cache")
	f := s.sdist(t, static(t).source())
	right := s.files[f.Hashes["sha256"]]
	other := static(t)
	other.files["PKG-INFO"] = "Metadata-Version: 2.2\nName: demo\nVersion: 1.0\nRequires-Dist: evil\n"
	s.files[f.Hashes["sha256"]] = other.source().tar(t)
	b := s.builder(t)
	b.Cache = cache
	_, err := b.Metadata(context.Background(), f)
	require.NoError(t, err)
	require.NoDirExists(t, filepath.Join(cache, "sdists-1"))
	s.files[f.Hashes["sha256"]] = right
	assert.Equal(t, 1, fetches(t, &s, cache, f))
	assert.Equal(t, 0, fetches(t, &s, cache, f))

	bad := s.add(t, "bad-1.0.tar.gz", source{"other", "1.0", map[string]string{"PKG-INFO": ""}}.tar(t), nil)
	for range 2 {
		_, err = b.Metadata(context.Background(), bad)
		var wrong *SdistError
		require.ErrorAs(t, err, &wrong, "an archive that breaks the rules teaches nothing")
	}
	assert.NotNil(t, kept(t, cache, f))
}

// A cache that cannot be written is missed by nobody.
func TestRememberNowhere(t *testing.T) {
	var s shop
	f := s.sdist(t, static(t).source())
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	assert.Equal(t, 1, fetches(t, &s, file, f))
	assert.Equal(t, 1, fetches(t, &s, filepath.Join(file, "below"), f))
}

// Folders of older forms go when that of the present one is made; all else stays.
func TestRememberOutdates(t *testing.T) {
	var s shop
	cache := t.TempDir()
	f := s.sdist(t, static(t).source())
	for _, folder := range []string{"sdists-0", "sdists-2", "sdists", "sdists-x", "wheels-0", f.Hashes["sha256"]} {
		require.NoError(t, os.MkdirAll(filepath.Join(cache, folder, "below"), 0o755))
	}
	require.NoError(t, os.WriteFile(filepath.Join(cache, "sdists-00"), nil, 0o600))
	assert.Equal(t, 1, fetches(t, &s, cache, f))
	list, err := os.ReadDir(cache)
	require.NoError(t, err)
	var left []string
	for _, e := range list {
		left = append(left, e.Name())
	}
	assert.ElementsMatch(t, []string{"sdists", "sdists-00", "sdists-1", "sdists-2", "sdists-x", "wheels-0", f.Hashes["sha256"]}, left)
	require.NoError(t, os.Mkdir(filepath.Join(cache, "sdists-0"), 0o755))
	assert.Equal(t, 0, fetches(t, &s, cache, f))
	assert.DirExists(t, filepath.Join(cache, "sdists-0"), "an older program may run beside")
}

// Any number of Builders keep and take in one folder at once.
func TestRememberConcurrent(t *testing.T) {
	var s shop
	cache := filepath.Join(t.TempDir(), "cache")
	f := s.sdist(t, static(t).source())
	path := filepath.Join(cache, "sdists-1", f.Hashes["sha256"]+".json")
	var running sync.WaitGroup
	for range 8 {
		running.Go(func() {
			for range 20 {
				b := &Builder{Index: &s, Fetcher: &s, Cache: cache}
				m, err := b.Metadata(context.Background(), f)
				if assert.NoError(t, err) {
					assert.Len(t, m.RequiresDist, 1)
				}
				assert.NoError(t, b.Close())
				os.Remove(path)
			}
		})
	}
	running.Wait()
	assert.Equal(t, 1, fetches(t, &s, cache, f))
	kept(t, cache, f)
}

// FuzzRecall: whatever a record says with a true checksum, the folder that it names is one, and of the project.
func FuzzRecall(f *testing.F) {
	f.Add([]byte(`{"file":"demo-1.0.tar.gz","size":7,"top":"demo-1.0","pkg_info":"eA==","pyproject":null,"setup":true}`))
	f.Add([]byte(`{"top":"demo-1.0/../.."}`))
	f.Add([]byte(`[]`))
	sum := strings.Repeat("0123456789abcdef", 4)
	b := &Builder{Cache: f.TempDir()}
	of := sdistFile(f, "demo-1.0.tar.gz")
	of.Size, of.Hashes = 7, map[string]string{"sha256": sum}
	f.Fuzz(func(t *testing.T, body []byte) {
		text, err := durable.MarshalRecord(learnedSchema, json.RawMessage(body))
		if err != nil || len(text) > maxLearned {
			return
		}
		require.NoError(t, b.keepLearned(sum, text))
		s := b.recall(of)
		if s == nil {
			return
		}
		require.True(t, filepath.IsLocal(s.top))
		require.NotContains(t, s.top, "/")
		require.True(t, strings.EqualFold(s.top[:4], "demo"), s.top)
		stated(s, of)
		s.buildSystem()
	})
}
