package store_test

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/bundletest"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/store"
)

func list(t *testing.T, l store.Lister, prefix string) []string {
	t.Helper()
	keys := []string{}
	for e, err := range l.List(context.Background(), prefix) {
		require.NoError(t, err)
		keys = append(keys, e.Key)
	}
	slices.Sort(keys)
	return keys
}

func TestDirFiles(t *testing.T) {
	ctx := context.Background()
	d := store.Dir{Path: filepath.Join(t.TempDir(), "new")}
	_, _, err := d.Read(ctx, "a/x.json", 10)
	assert.ErrorIs(t, err, fs.ErrNotExist)
	assert.Empty(t, list(t, d, ""))
	require.NoError(t, d.Remove(ctx, "a/x.json"))
	assert.ErrorIs(t, d.Write(ctx, "a/x.json", []byte("one"), "some version"), bundle.ErrConflict)
	assert.NoDirExists(t, filepath.Join(d.Path, "a", "x.json"))

	require.NoError(t, d.Write(ctx, "a/x.json", []byte("one"), ""))
	b, first, err := d.Read(ctx, "a/x.json", 3)
	require.NoError(t, err)
	assert.Equal(t, "one", string(b))
	_, _, err = d.Read(ctx, "a/x.json", 2)
	assert.ErrorContains(t, err, "longer than 2 bytes")

	assert.ErrorIs(t, d.Write(ctx, "a/x.json", []byte("two"), ""), bundle.ErrConflict)
	assert.NoError(t, d.Write(ctx, "a/x.json", []byte("one"), ""), "the same bytes: an answer may have been lost")
	require.NoError(t, d.Write(ctx, "a/x.json", []byte("two"), first))
	assert.ErrorIs(t, d.Write(ctx, "a/x.json", []byte("three"), first), bundle.ErrConflict)
	assertNoTemps(t, d.Path)

	e, err := d.Stat(ctx, "a/x.json")
	require.NoError(t, err)
	assert.EqualValues(t, 3, e.Size)
	_, err = d.Stat(ctx, "a")
	assert.ErrorIs(t, err, fs.ErrNotExist, "a folder is no file")
	for _, name := range []string{"", "../x", "/x", "a/.x", "a//b", `a\b`, strings.Repeat("x", store.MaxKey+1)} {
		assert.Error(t, d.Write(ctx, name, nil, ""), name)
		assert.Error(t, d.Remove(ctx, name), name)
		_, _, err = d.Read(ctx, name, 1)
		assert.Error(t, err, name)
	}
	require.NoError(t, d.Remove(ctx, "a/x.json"))
	assert.Empty(t, list(t, d, ""))
}

func TestDirList(t *testing.T) {
	d := store.Dir{Path: t.TempDir()}
	for _, name := range []string{"sha256/ab/ab.zip", "sha256/cd/cd.zip", "Beta/update.json", "stable/update.json", "stable/releases/1.json", "stable-2/update.json"} {
		require.NoError(t, d.Write(context.Background(), name, []byte(name), ""))
	}
	require.NoError(t, os.WriteFile(filepath.Join(d.Path, "stable", "no name"), nil, 0o644))
	require.NoError(t, os.Symlink("/etc", filepath.Join(d.Path, "etc")))
	for prefix, want := range map[string]string{
		"":         "Beta/update.json sha256/ab/ab.zip sha256/cd/cd.zip stable-2/update.json stable/releases/1.json stable/update.json",
		"stable":   "stable-2/update.json stable/releases/1.json stable/update.json",
		"stable/":  "stable/releases/1.json stable/update.json",
		"sha256/a": "sha256/ab/ab.zip", "stable/releases/": "stable/releases/1.json", "x": "",
	} {
		assert.Equal(t, want, strings.Join(list(t, d, prefix), " "), prefix)
	}
	for range d.List(context.Background(), "") {
		break
	}
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for _, err := range d.List(ended, "") {
		assert.ErrorIs(t, err, context.Canceled)
	}
}

func TestFileChannelConformance(t *testing.T) {
	c := fileChannel(store.Dir{Path: t.TempDir()})
	bundletest.Release(t, "stable", c, c)
}

func fileChannel(d store.Dir) store.FileChannel {
	return store.FileChannel{Files: d, Name: "stable", InsecureUnsigned: true}
}

func TestFileChannelStagedAndPromote(t *testing.T) {
	ctx := context.Background()
	d := store.Dir{Path: t.TempDir()}
	c := fileChannel(d)
	_, err := c.Promote(ctx)
	assert.ErrorIs(t, err, bundle.ErrNoRelease)
	require.NoError(t, c.Release(ctx, bundletest.Configuration("stable", 1, "1.0")))
	staged := c
	staged.Staged = true
	require.NoError(t, staged.Release(ctx, bundletest.Configuration("stable", 2, "2.0")))
	before, _, err := d.Read(ctx, "stable/"+store.StagedFile, manifest.MaxManifest)
	require.NoError(t, err)
	later := bundletest.Configuration("stable", 2, "2.0")
	later.Meta.Issued = later.Meta.Issued.Add(time.Hour)
	require.NoError(t, staged.Release(ctx, later))
	after, _, err := d.Read(ctx, "stable/"+store.StagedFile, manifest.MaxManifest)
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after), "the same content again changes no byte")
	live, err := c.Latest(ctx)
	require.NoError(t, err)
	assert.EqualValues(t, 1, live.Meta.Sequence, "what is staged is not live")

	promoted, err := c.Promote(ctx)
	require.NoError(t, err)
	assert.EqualValues(t, 2, promoted.Meta.Sequence)
	require.NoError(t, d.Write(ctx, "stable/"+store.StagedFile, before, ""))
	_, err = c.Promote(ctx)
	require.NoError(t, err, "as a kill before the staged file is removed leaves it")
	assert.NoFileExists(t, filepath.Join(d.Path, "stable", store.StagedFile))

	require.NoError(t, staged.Release(ctx, bundletest.Configuration("stable", 3, "3.0")))
	require.NoError(t, c.Release(ctx, bundletest.Configuration("stable", 3, "3.1")))
	_, err = c.Promote(ctx)
	assert.ErrorIs(t, err, bundle.ErrConflict, "live moved on")
	require.NoError(t, c.Discard(ctx))
	_, err = c.Promote(ctx)
	assert.ErrorIs(t, err, bundle.ErrNoRelease)
}

func TestFileChannelPlain(t *testing.T) {
	ctx := context.Background()
	d := store.Dir{Path: t.TempDir()}
	c := fileChannel(d)
	assert.ErrorIs(t, c.WritePlain(ctx), bundle.ErrNoRelease)
	require.NoError(t, c.Release(ctx, bundletest.Configuration("stable", 1, "1.0")))
	assert.NoFileExists(t, filepath.Join(d.Path, "stable", store.PlainFile))
	require.NoError(t, c.WritePlain(ctx))
	require.NoError(t, c.Release(ctx, bundletest.Configuration("stable", 2, "2.0")))
	b, _, err := d.Read(ctx, "stable/"+store.PlainFile, manifest.MaxManifest)
	require.NoError(t, err)
	assert.Contains(t, string(b), `"2.0"`, "a plain form that is there is kept up to date")
}

func TestFileChannelProblems(t *testing.T) {
	ctx := context.Background()
	d := store.Dir{Path: t.TempDir()}
	c := fileChannel(d)
	assert.ErrorContains(t, c.Release(ctx, bundletest.Configuration("beta", 1, "1.0")), `of the channel "beta" cannot go to the channel "stable"`)
	unsigned := c
	unsigned.InsecureUnsigned = false
	assert.ErrorIs(t, unsigned.Release(ctx, bundletest.Configuration("stable", 1, "1.0")), bundle.ErrUnsigned)
	_, err := unsigned.Latest(ctx)
	assert.ErrorIs(t, err, bundle.ErrUnsigned)
	_, err = store.FileChannel{Name: "stable", InsecureUnsigned: true}.Latest(ctx)
	var field *bundle.MissingFieldError
	assert.ErrorAs(t, err, &field)

	m := bundletest.Configuration("stable", 1, "1.0")
	leaf := m.Libraries["demo"]["linux"]
	leaf.URL = "../sha256/00/gone.zip"
	m.Libraries["demo"]["linux"] = leaf
	assert.ErrorIs(t, c.Release(ctx, m), fs.ErrNotExist)
	assert.ErrorContains(t, c.Release(ctx, m), "demo on linux: release: ")
	assert.Empty(t, list(t, d, ""), "nothing was claimed")

	require.NoError(t, c.Release(ctx, bundletest.Configuration("stable", 1, "1.0")))
	other, err := bundletest.Configuration("stable", 7, "7.0").Encode()
	require.NoError(t, err)
	require.NoError(t, d.Write(ctx, "stable/releases/2.json", other, ""))
	err = c.Release(ctx, bundletest.Configuration("stable", 2, "2.0"))
	assert.Equal(t, bundle.KindTrust, bundle.KindOf(err), "%v", err)
}

// dying is Files of which a process is killed: the operation of that number is not done, or done without an answer; no later one is.
type dying struct {
	store.Dir
	left *int
	done bool
}

var errKilled = errors.New("killed")

func (f dying) step(do func() error) error {
	*f.left--
	if *f.left > 0 || *f.left == 0 && f.done {
		if err := do(); *f.left > 0 {
			return err
		}
	}
	return errKilled
}

func (f dying) Read(ctx context.Context, name string, limit int64) (b []byte, version string, err error) {
	err = f.step(func() (err error) {
		b, version, err = f.Dir.Read(ctx, name, limit)
		return err
	})
	return b, version, err
}

func (f dying) Write(ctx context.Context, name string, b []byte, version string) error {
	return f.step(func() error { return f.Dir.Write(ctx, name, b, version) })
}

// TestFileChannelKilled: at every operation of a release, clients see the old one or the new one; whoever publishes next, with the same or with other content,
// finds a channel that goes on.
func TestFileChannelKilled(t *testing.T) {
	ctx := context.Background()
	kills := 0
	for _, done := range []bool{false, true} {
		for n := 1; ; n++ {
			d := store.Dir{Path: t.TempDir()}
			c := fileChannel(d)
			c.Plain = true
			require.NoError(t, c.Release(ctx, bundletest.Configuration("stable", 1, "1.0")))
			left := n
			killed := c
			killed.Files = dying{d, &left, done}
			err := killed.Release(ctx, bundletest.Configuration("stable", 2, "2.0"))
			if left > 0 {
				require.NoError(t, err)
				break
			}
			kills++
			require.ErrorIs(t, err, errKilled)
			seen, err := c.Latest(ctx)
			require.NoError(t, err)
			assert.Contains(t, []string{"1.0", "2.0"}, seen.Libraries["demo"]["linux"].Version)

			if seen.Meta.Sequence == 1 { // the same publisher again
				require.NoError(t, c.Release(ctx, bundletest.Configuration("stable", 2, "2.0")), "killed at %d, done %v", n, done)
			}
			require.NoError(t, c.WritePlain(ctx))
			require.NoError(t, c.Release(ctx, bundletest.Configuration("stable", 3, "3.0")), "killed at %d, done %v", n, done)
			plain, _, err := d.Read(ctx, "stable/"+store.PlainFile, manifest.MaxManifest)
			require.NoError(t, err)
			assert.Contains(t, string(plain), `"3.0"`)
		}
	}
	require.Greater(t, kills, 10)
}

// TestFileChannelOther: another publisher than the one that was killed finishes its release, and is told to publish again.
func TestFileChannelOther(t *testing.T) {
	ctx := context.Background()
	d := store.Dir{Path: t.TempDir()}
	c := fileChannel(d)
	b, err := bundletest.Configuration("stable", 1, "1.0").Encode()
	require.NoError(t, err)
	require.NoError(t, d.Write(ctx, "stable/releases/1.json", b, ""), "a claim whose publisher is gone")
	_, err = c.Latest(ctx)
	assert.ErrorIs(t, err, bundle.ErrNoRelease)
	assert.ErrorIs(t, c.Release(ctx, bundletest.Configuration("stable", 1, "9.0")), bundle.ErrConflict)
	live, err := c.Latest(ctx)
	require.NoError(t, err)
	assert.Equal(t, "1.0", live.Libraries["demo"]["linux"].Version)
	require.NoError(t, c.Release(ctx, bundletest.Configuration("stable", 2, "9.0")))
}

func TestHistory(t *testing.T) {
	ctx := context.Background()
	type sink interface {
		bundle.Sink
		bundle.Source
	}
	for name, of := range map[string]func(store.Dir) sink{
		"Channel":     func(d store.Dir) sink { return store.Channel{Path: d.Path, Name: "stable", InsecureUnsigned: true} },
		"FileChannel": func(d store.Dir) sink { return fileChannel(d) },
	} {
		d := store.Dir{Path: t.TempDir()}
		none, err := store.History(ctx, d, "stable")
		require.NoError(t, err, name)
		assert.Empty(t, none)
		for i := range uint64(11) {
			require.NoError(t, of(d).Release(ctx, bundletest.Configuration("stable", i+1, strings.Repeat("1", int(i)+1))))
		}
		claimed, err := bundletest.Configuration("stable", 12, "12").Encode()
		require.NoError(t, err)
		require.NoError(t, d.Write(ctx, "stable/releases/12.json", claimed, ""))
		require.NoError(t, d.Write(ctx, "stable/releases/012.json", claimed, ""))
		past, err := store.History(ctx, d, "stable")
		require.NoError(t, err)
		var got []uint64
		for _, p := range past {
			got = append(got, p.Sequence)
			assert.Equal(t, p.Sequence == 11, p.Live)
			assert.Positive(t, p.Entry.Size)
		}
		assert.Equal(t, []uint64{11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, got, name)
		old, err := store.ReadPast(ctx, d, "stable", 3)
		require.NoError(t, err)
		assert.Equal(t, "111", old.Libraries["demo"]["linux"].Version)
		_, err = store.ReadPast(ctx, d, "stable", 99)
		assert.ErrorIs(t, err, fs.ErrNotExist)
		_, err = store.History(ctx, d, "../x")
		assert.ErrorContains(t, err, "is no name of a channel")
	}
}

// release puts a bundle and releases a configuration that names it.
func release(t *testing.T, d store.Dir, channel string, sequence uint64, body string) (key string) {
	t.Helper()
	key, err := put(t, d, body)
	require.NoError(t, err)
	m := bundletest.Configuration(channel, sequence, "1.0")
	leaf := m.Libraries["demo"]["linux"]
	leaf.URL, leaf.Size, leaf.SHA256 = "../"+key, int64(len(body)), strings.TrimSuffix(filepath.Base(key), ".zip")
	m.Libraries["demo"]["linux"] = leaf
	require.NoError(t, store.FileChannel{Files: d, Name: channel, InsecureUnsigned: true}.Release(context.Background(), m))
	return key
}

func TestCollector(t *testing.T) {
	ctx := context.Background()
	d := store.Dir{Path: t.TempDir()}
	later := func() time.Time { return time.Now().Add(store.DefaultMinAge + time.Minute) }
	c := store.Collector{Store: d, Keep: 2, Now: later}
	_, err := put(t, d, "a bundle without any release")
	require.NoError(t, err)
	_, err = c.Find(ctx)
	assert.ErrorIs(t, err, bundle.ErrNoRelease, "an empty store is mostly the wrong one")

	keys := map[string]string{}
	for i, body := range []string{"one", "two", "three", "one"} { // the last release goes back to what the first had
		keys[body] = release(t, d, "stable", uint64(i+1), body)
	}
	keys["beta"] = release(t, d, "Beta", 1, "beta")
	staged, err := put(t, d, "staged")
	require.NoError(t, err)
	m := bundletest.Configuration("stable", 5, "1.0")
	leaf := m.Libraries["demo"]["linux"]
	leaf.URL, leaf.Size, leaf.SHA256 = "https://cdn.example/"+staged, 6, strings.TrimSuffix(filepath.Base(staged), ".zip")
	m.Libraries["demo"]["linux"] = leaf
	require.NoError(t, store.FileChannel{Files: d, Name: "stable", InsecureUnsigned: true, Staged: true}.Release(ctx, m))
	for _, foreign := range []string{"stable/notes.txt", "stable/root.json", "sha256/ab/readme.txt", "sha256/00/" + strings.Repeat("ab", 32) + ".zip"} {
		require.NoError(t, d.Write(ctx, foreign, []byte("{]"), ""))
	}
	before := list(t, d, "")

	young, err := store.Collector{Store: d, Keep: 2}.Find(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"stable/releases/1.json", "stable/releases/2.json"}, keysOf(young), "no bundle is old enough")

	found, err := c.Find(ctx)
	require.NoError(t, err)
	assert.Equal(t, before, list(t, d, ""), "a dry run changes nothing")
	orphan := found.Objects[slices.IndexFunc(found.Objects, func(e store.Entry) bool { return e.Size == int64(len("a bundle without any release")) })]
	want := []string{orphan.Key, keys["two"], "stable/releases/1.json", "stable/releases/2.json"}
	slices.Sort(want)
	assert.Equal(t, want, keysOf(found))
	assert.Equal(t, 4, found.Kept)

	back := release(t, d, "Beta", 2, "two") // meanwhile somebody names it again
	removed, err := c.Remove(ctx, found)
	require.NoError(t, err)
	assert.Equal(t, keys["two"], back)
	assert.NotContains(t, keysOf(removed), back)
	assert.Len(t, removed.Objects, 3)
	gone := map[string]bool{}
	for _, key := range before {
		gone[key] = true
	}
	for _, key := range list(t, d, "") {
		delete(gone, key)
	}
	assert.ElementsMatch(t, keysOf(removed), slices.Collect(maps.Keys(gone)))
	for channel, keep := range map[string]int{"stable": 2, "Beta": 2} {
		past, err := store.History(ctx, d, channel)
		require.NoError(t, err)
		assert.Len(t, past, keep, channel)
	}

	require.NoError(t, os.WriteFile(filepath.Join(d.Path, "Beta", store.LiveFile), []byte("{"), 0o644))
	_, err = c.Find(ctx)
	assert.ErrorContains(t, err, "nothing can be removed: Beta/update.json: ")
	_, err = store.Collector{}.Find(ctx)
	var field *bundle.MissingFieldError
	assert.ErrorAs(t, err, &field)
}

func keysOf(g *store.Garbage) []string {
	keys := []string{}
	for _, e := range g.Objects {
		keys = append(keys, e.Key)
	}
	slices.Sort(keys)
	return keys
}
