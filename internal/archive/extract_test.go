package archive

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// many is a zip of n files of size bytes in folders of ten.
func many(n, size int) []byte {
	pieces := make([]piece, n)
	for i := range pieces {
		text := strings.Repeat(fmt.Sprintf("x%d = %d\n", i, i*i), size/6+1)[:size]
		pieces[i] = piece{name: fmt.Sprintf("pkg/sub%d/mod%d.py", i/10, i), body: text, deflate: true}
	}
	return build(pieces...)
}

func root(t *testing.T) (*os.Root, string) {
	t.Helper()
	dir := t.TempDir()
	r, err := os.OpenRoot(dir)
	require.NoError(t, err)
	t.Cleanup(func() { r.Close() })
	return r, dir
}

func TestExtract(t *testing.T) {
	r := open(t, build(piece{name: "run", body: "text", attributes: 0o100755 << 16}, piece{name: "pkg/a/b.py", body: "b = 1\n", deflate: true, attributes: 0o100600 << 16},
		piece{name: "pkg/c.py"}, piece{name: "none/"}))
	in, dir := root(t)
	var observed atomic.Int64
	got, err := r.Extract(context.Background(), in, func(n int64) { observed.Add(n) })
	require.NoError(t, err)
	assert.Equal(t, int64(10), observed.Load())
	require.Len(t, got, 3)
	for i, want := range []string{"b = 1\n", "", "text"} {
		assert.Equal(t, r.Entries()[i], got[i].Entry)
		assert.Equal(t, sha256.Sum256([]byte(want)), got[i].SHA256)
		body, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(got[i].Name)))
		require.NoError(t, err)
		assert.Equal(t, want, string(body))
	}
	assert.NoDirExists(t, filepath.Join(dir, "none"))
	for name, want := range map[string]fs.FileMode{"run": 0o755, "pkg/a/b.py": 0o644, "pkg": fs.ModeDir | 0o755, "pkg/a": fs.ModeDir | 0o755} {
		stat, err := in.Stat(name)
		require.NoError(t, err)
		if runtime.GOOS != "windows" { // which has no such modes
			assert.Equal(t, want, stat.Mode(), name)
		}
	}
}

func TestExtractMany(t *testing.T) {
	r := open(t, many(500, 3000))
	in, dir := root(t)
	got, err := r.Extract(context.Background(), in, nil)
	require.NoError(t, err)
	require.Len(t, got, 500)
	for _, e := range got {
		body, err := os.ReadFile(filepath.Join(dir, e.Name))
		require.NoError(t, err)
		assert.Equal(t, sha256.Sum256(body), e.SHA256, e.Name)
	}
}

// Nothing that is there already is followed, opened or replaced.
func TestExtractExisting(t *testing.T) {
	outside := t.TempDir()
	tests := []struct {
		name  string
		plant func(dir string) error
	}{
		{"file", func(dir string) error { return os.WriteFile(filepath.Join(dir, "top.py"), []byte("mine"), 0o644) }},
		{"folder", func(dir string) error { return os.Mkdir(filepath.Join(dir, "pkg"), 0o755) }},
		{"link to a folder", func(dir string) error { return os.Symlink(outside, filepath.Join(dir, "pkg")) }},
		{"link to a folder inside", func(dir string) error {
			return errors.Join(os.Mkdir(filepath.Join(dir, "other"), 0o755), os.Symlink("other", filepath.Join(dir, "pkg")))
		}},
		{"dangling link", func(dir string) error { return os.Symlink(filepath.Join(outside, "new"), filepath.Join(dir, "top.py")) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in, dir := root(t)
			require.NoError(t, tt.plant(dir))
			_, err := open(t, build(piece{name: "top.py", body: "x"}, piece{name: "pkg/a.py", body: "x"})).Extract(context.Background(), in, nil)
			assert.ErrorIs(t, err, fs.ErrExist)
			left, err := os.ReadDir(outside)
			require.NoError(t, err)
			assert.Empty(t, left)
			if mine, err := os.ReadFile(filepath.Join(dir, "top.py")); err == nil {
				assert.Contains(t, []string{"mine", "x"}, string(mine))
			}
		})
	}
}

func TestExtractBroken(t *testing.T) {
	in, _ := root(t)
	_, err := open(t, build(piece{name: "a", body: "text", local: set32(14, 9), central: set32(16, 9)})).Extract(context.Background(), in, nil)
	var format *FormatError
	assert.ErrorAs(t, err, &format)
}

func TestExtractCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	in, _ := root(t)
	_, err := open(t, many(200, 100)).Extract(ctx, in, func(int64) { cancel() })
	assert.ErrorIs(t, err, context.Canceled)
	in, dir := root(t)
	_, err = open(t, many(200, 100)).Extract(ctx, in, nil)
	assert.ErrorIs(t, err, context.Canceled)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.LessOrEqual(t, len(left), 1, "nothing but perhaps one folder")
}

func TestEach(t *testing.T) {
	r := open(t, many(100, 50))
	bodies := make([]string, len(r.Entries()))
	err := r.Each(context.Background(), func(i int, body io.Reader) error {
		b, err := io.ReadAll(body)
		bodies[i] = string(b)
		return err
	})
	require.NoError(t, err)
	for i, e := range r.Entries() {
		want, err := r.ReadFile(e.Name)
		require.NoError(t, err)
		assert.Equal(t, string(want), bodies[i], e.Name)
	}
	assert.ErrorIs(t, r.Each(context.Background(), func(i int, _ io.Reader) error {
		if i == 50 {
			return fs.ErrInvalid
		}
		return nil
	}), fs.ErrInvalid)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	assert.ErrorIs(t, r.Each(ctx, func(_ int, body io.Reader) error { _, err := io.ReadAll(body); return err }), context.Canceled)
}

func TestAssemble(t *testing.T) {
	r := open(t, build(piece{name: "a.py", body: "text", deflate: true, attributes: 0o100755 << 16}))
	z, err := Assemble([]Part{{Name: "z/é", Body: []byte("body")}, {Name: "bin/a", From: r, Entry: "a.py", Executable: true}, {Name: "b", From: r, Entry: "a.py"}})
	require.NoError(t, err)
	assert.Equal(t, []string{"b", "bin/a", "z/é"}, names(z))
	for name, want := range map[string]string{"b": "text", "bin/a": "text", "z/é": "body"} {
		body, err := z.ReadFile(name)
		require.NoError(t, err)
		assert.Equal(t, want, string(body))
		h, raw, err := z.OpenRaw(name)
		require.NoError(t, err)
		packed, err := io.ReadAll(raw)
		require.NoError(t, err)
		assert.Equal(t, int(h.CompressedSize64), len(packed))
		assert.Equal(t, map[string]fs.FileMode{"b": 0o644, "bin/a": 0o755, "z/é": 0o644}[name], h.Mode(), name)
	}
	_, err = Assemble([]Part{{Name: "../a"}, {Name: "b"}, {Name: "B"}})
	assert.ErrorContains(t, err, "Z1")
	assert.ErrorContains(t, err, "Z2")
	_, err = Assemble([]Part{{Name: "a", From: r, Entry: "none"}})
	assert.ErrorIs(t, err, fs.ErrNotExist)
}
