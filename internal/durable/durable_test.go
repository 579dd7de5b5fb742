package durable

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func openRoot(t *testing.T) *os.Root {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { root.Close() })
	return root
}

func names(t *testing.T, root *os.Root) []string {
	t.Helper()
	all, err := os.ReadDir(root.Name())
	require.NoError(t, err)
	var got []string
	for _, e := range all {
		got = append(got, e.Name())
	}
	return got
}

func TestWriteFile(t *testing.T) {
	root := openRoot(t)
	for _, body := range []string{"one", "", strings.Repeat("two", 1<<16)} {
		require.NoError(t, WriteFile(root, "f", []byte(body), 0o644))
		got, err := root.ReadFile("f")
		require.NoError(t, err)
		assert.Equal(t, body, string(got))
		assert.Equal(t, []string{"f"}, names(t, root))
	}
}

func TestWriteFileFails(t *testing.T) {
	root := openRoot(t)
	require.NoError(t, root.MkdirAll("f/sub", 0o755))
	require.Error(t, WriteFile(root, "f", []byte("x"), 0o644), "a folder has the name")
	assert.Equal(t, []string{"f"}, names(t, root), "no temporary file is left")
	require.ErrorIs(t, WriteFile(root, "absent/f", nil, 0o644), os.ErrNotExist)
	require.Error(t, WriteFile(root, "../f", nil, 0o644), "outside of the root")
}

func TestReadAtMost(t *testing.T) {
	for n, ok := range map[int]bool{0: true, 4: true, 5: false, 100: false} {
		b, err := ReadAtMost(strings.NewReader(strings.Repeat("x", n)), 4)
		if !ok {
			assert.ErrorIs(t, err, ErrDamaged, n)
			continue
		}
		require.NoError(t, err)
		assert.Len(t, b, n)
	}
	_, err := ReadAtMost(iotest.ErrReader(fs.ErrClosed), 4)
	assert.ErrorIs(t, err, fs.ErrClosed)
}

func TestRemovePath(t *testing.T) {
	p := filepath.Join(t.TempDir(), "f")
	require.NoError(t, os.WriteFile(p, nil, 0o600))
	for range 2 {
		require.NoError(t, RemovePath(p))
		assert.NoFileExists(t, p)
	}
	assert.NoError(t, RemovePath(filepath.Join(p, "absent", "f")), "its folder is not there")
	full := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(full, "d"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(full, "d", "f"), nil, 0o600))
	assert.Error(t, RemovePath(filepath.Join(full, "d")), "a folder that holds something")
}

func TestWritePath(t *testing.T) {
	p := filepath.Join(t.TempDir(), "f")
	require.NoError(t, WritePath(p, []byte("x"), 0o600))
	got, err := os.ReadFile(p)
	require.NoError(t, err)
	assert.Equal(t, "x", string(got))
}

func TestTempDiscard(t *testing.T) {
	root := openRoot(t)
	f, err := Create(root, "f", 0o644)
	require.NoError(t, err)
	assert.Len(t, names(t, root), 1)
	assert.True(t, strings.HasPrefix(names(t, root)[0], TempPrefix))
	require.NoError(t, f.Discard())
	assert.Empty(t, names(t, root))
}

func TestSyncTree(t *testing.T) {
	root := openRoot(t)
	require.NoError(t, root.MkdirAll("a/b", 0o755))
	require.NoError(t, root.WriteFile("a/b/read-only", []byte("x"), 0o444))
	require.NoError(t, root.WriteFile("a/f", []byte("x"), 0o644))
	require.NoError(t, SyncTree(t.Context(), root, "a"))
	require.NoError(t, syncEach(t.Context(), root, "a", []string{"b", "absent"}))
	require.ErrorIs(t, SyncTree(t.Context(), root, "absent"), os.ErrNotExist)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, SyncTree(ended, root, "a"), context.Canceled)
	require.NoError(t, FlushTree(t.Context(), root, "a"))
	if runtime.GOOS == "linux" {
		require.ErrorIs(t, FlushTree(ended, root, "a"), context.Canceled)
	}
	require.ErrorIs(t, syncEach(ended, root, "a", nil), context.Canceled)
}

func TestDir(t *testing.T) {
	base := t.TempDir()
	from, err := OpenDir(base)
	require.NoError(t, err)
	require.NoError(t, from.Mkdir("a", 0o755))
	require.NoError(t, from.Mkdir("a/dir", 0o755))
	require.ErrorIs(t, from.Mkdir("a/dir", 0o755), os.ErrExist)
	file := filepath.Join(base, "a", "f")
	require.NoError(t, os.WriteFile(file, []byte("body"), 0o644))
	to, err := OpenDir(filepath.Join(base, "a", "dir"))
	require.NoError(t, err)
	st, err := os.Lstat(file)
	require.NoError(t, err)
	got, err := from.Lstat("a/f")
	require.NoError(t, err)
	assert.Equal(t, FileStat{st.Mode().Perm(), 4, st.ModTime().UnixNano()}, got)
	got, err = from.Lstat("a")
	require.NoError(t, err)
	assert.True(t, got.Mode.IsDir())
	_, err = from.Lstat("a/absent")
	require.ErrorIs(t, err, os.ErrNotExist)

	require.NoError(t, from.Link("a/f", to, "g"))
	there, err := os.Lstat(filepath.Join(base, "a", "dir", "g"))
	require.NoError(t, err)
	assert.True(t, os.SameFile(st, there))
	require.ErrorIs(t, from.Link("a/f", to, "g"), os.ErrExist)
	require.ErrorIs(t, from.Link("a/absent", to, "h"), os.ErrNotExist)
	require.NoError(t, errors.Join(from.Close(), to.Close()))
}

func TestDirOf(t *testing.T) {
	root := openRoot(t)
	d, err := DirOf(root)
	require.NoError(t, err)
	require.NoError(t, d.Mkdir("a", 0o700))
	require.NoError(t, d.Chmod("a", 0o755))
	require.ErrorIs(t, d.Chmod("absent", 0o755), os.ErrNotExist)
	below, err := d.OpenDir("a")
	require.NoError(t, err)
	f, err := below.Create("f", 0o600)
	require.NoError(t, err)
	_, err = f.Write([]byte("body"))
	require.NoError(t, err)
	st, err := f.Finish()
	require.NoError(t, err)
	there, err := d.Lstat("a/f")
	require.NoError(t, err)
	assert.Equal(t, there, st, "what Finish told stays so")
	b, err := root.ReadFile("a/f")
	require.NoError(t, err)
	assert.Equal(t, "body", string(b))
	f, err = below.Create("g", 0o600)
	require.NoError(t, err)
	require.NoError(t, f.Discard())
	_, err = f.Write([]byte("body"))
	require.Error(t, err, "it is closed")
	_, err = f.Finish()
	require.Error(t, err)
	_, err = d.Create("a/f", 0o600)
	require.ErrorIs(t, err, os.ErrExist)
	_, err = d.Create("absent/f", 0o600)
	require.ErrorIs(t, err, os.ErrNotExist)
	if runtime.GOOS != "windows" { // which has no such modes, and opens no folder
		st, err := root.Stat("a")
		require.NoError(t, err)
		assert.Equal(t, fs.FileMode(0o755), st.Mode().Perm())
		_, err = d.OpenDir("absent")
		require.ErrorIs(t, err, os.ErrNotExist)
		require.NoError(t, root.Symlink("a", "link"))
		_, err = d.OpenDir("link")
		require.Error(t, err, "a link is no folder")
	}
	require.NoError(t, errors.Join(below.Close(), d.Close()))
}

func TestExchange(t *testing.T) {
	root := openRoot(t)
	require.NoError(t, root.MkdirAll("d/dir", 0o755))
	require.NoError(t, root.WriteFile("d/dir/f", []byte("in dir"), 0o644))
	require.NoError(t, root.WriteFile("file", []byte("file"), 0o644))
	err := Exchange(root, "d/dir", "file")
	if errors.Is(err, errors.ErrUnsupported) {
		got, err := root.ReadFile("file")
		require.NoError(t, err)
		assert.Equal(t, "file", string(got), "nothing happened")
		return
	}
	require.NoError(t, err)
	got, err := root.ReadFile("file/f")
	require.NoError(t, err)
	assert.Equal(t, "in dir", string(got))
	got, err = root.ReadFile("d/dir")
	require.NoError(t, err)
	assert.Equal(t, "file", string(got))
	require.ErrorIs(t, Exchange(root, "file", "absent"), os.ErrNotExist)
}

func TestAcquireLock(t *testing.T) {
	root := openRoot(t)
	l, err := AcquireLock(t.Context(), root, "lock", 0, "process 1\x1b[2J")
	require.NoError(t, err)
	_, err = AcquireLock(t.Context(), root, "lock", 20*time.Millisecond, "process 2")
	var locked *LockedError
	require.ErrorAs(t, err, &locked)
	assert.Equal(t, "process 1[2J", locked.Owner)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = AcquireLock(ended, root, "lock", time.Hour, "")
	require.ErrorAs(t, err, &locked)
	require.ErrorIs(t, err, context.Canceled)

	require.NoError(t, l.Release())
	got, err := root.ReadFile("lock")
	require.NoError(t, err)
	assert.Empty(t, got)
}

func TestAcquireLockWaits(t *testing.T) {
	root := openRoot(t)
	l, err := AcquireLock(t.Context(), root, "lock", 0, "")
	require.NoError(t, err)
	got := make(chan error)
	go func() {
		second, err := AcquireLock(t.Context(), root, "lock", time.Minute, "")
		if err == nil {
			err = second.Release()
		}
		got <- err
	}()
	require.NoError(t, l.Release())
	require.NoError(t, <-got)
}

func TestFreeSpace(t *testing.T) {
	free, err := FreeSpace(t.TempDir())
	require.NoError(t, err)
	assert.Positive(t, free)
	_, err = FreeSpace(filepath.Join(t.TempDir(), "absent"))
	require.Error(t, err)
}

func TestWritable(t *testing.T) {
	require.NoError(t, Writable(t.TempDir()))
	require.Error(t, Writable(filepath.Join(t.TempDir(), "absent")))
}

func TestUnmarshalRecord(t *testing.T) {
	type body struct{ A []string }
	want := body{[]string{"x", "<y>"}}
	b, err := MarshalRecord(2, want)
	require.NoError(t, err)
	var got body
	require.NoError(t, UnmarshalRecord(b, 2, &got))
	assert.Equal(t, want, got)
	require.NoError(t, UnmarshalRecord(b, 3, &got))
	require.ErrorIs(t, UnmarshalRecord(b, 1, &got), ErrNewer)
	for i := range b {
		assert.ErrorIs(t, UnmarshalRecord(b[:i], 2, &got), ErrDamaged, "cut at %d", i)
		for bit := range 8 {
			flipped := append([]byte{}, b...)
			flipped[i] ^= 1 << bit
			assert.ErrorIs(t, UnmarshalRecord(flipped, 2, &got), ErrDamaged, "bit %d of byte %d", bit, i)
		}
	}
	require.ErrorIs(t, UnmarshalRecord(append(b, ' '), 2, &got), ErrDamaged)
}

func FuzzUnmarshalRecord(f *testing.F) {
	good, err := MarshalRecord(1, map[string]int{"a": 1})
	require.NoError(f, err)
	f.Add(good)
	f.Add([]byte(`{"schema":1,"crc32c":"","body":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var v json.RawMessage
		if err := UnmarshalRecord(b, 1, &v); err == nil {
			again, err := MarshalRecord(1, v)
			require.NoError(t, err)
			require.Equal(t, string(b), string(again))
		} else if !errors.Is(err, ErrDamaged) {
			require.ErrorIs(t, err, ErrNewer)
		}
	})
}

func TestOutdated(t *testing.T) {
	for name, want := range map[string]bool{"pages-1": true, "pages-2": false, "pages-3": false, "pages": false, "pages-": false, "pages-x": false, "pages--1": false, "files-1": false, "": false} {
		assert.Equal(t, want, Outdated(name, "pages-2"), name)
	}
	assert.False(t, Outdated("pages-1", "pages"), "a name without a number is of no form")
}
