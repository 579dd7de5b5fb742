package bundle_test

import (
	stdzip "archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/bundletest"
	"github.com/chandlery-go/chandlery/internal/archive"
	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

func TestZipConformance(t *testing.T) {
	bundletest.Packager(t, bundle.Zip{})
}

// TestZipGolden pins the bytes themselves: they may not change with a host, an architecture or a release of Go.
func TestZipGolden(t *testing.T) {
	tree := fstest.MapFS{
		"demo/__init__.py": {Data: []byte("answer = 42\n"), Mode: 0o600},
		"bin/demo":         {Data: []byte("#!python\n"), Mode: 0o700},
		"demo/é.txt":       {Data: nil, Mode: 0o644},
	}
	var b bytes.Buffer
	require.NoError(t, bundle.Zip{}.Pack(context.Background(), &b, tree))
	sum := sha256.Sum256(b.Bytes())
	assert.Equal(t, "c9e67680179dad65fe3b1f0bea57442c674c2fbae7196cd457cc6f754e2c4001", hex.EncodeToString(sum[:]))

	r, err := stdzip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	require.NoError(t, err)
	var names []string
	for _, f := range r.File {
		names = append(names, f.Name)
		assert.Empty(t, f.Extra)
		assert.Equal(t, 1980, f.Modified.Year())
	}
	assert.Equal(t, []string{"bin/demo", "demo/__init__.py", "demo/é.txt"}, names)
	assert.Equal(t, fs.FileMode(0o755), r.File[0].Mode())
	assert.Equal(t, fs.FileMode(0o644), r.File[1].Mode())
}

// layout is the tree of a small wheel.
func layout(t testing.TB, s wheelmake.Spec) *wheel.Tree {
	t.Helper()
	b := wheelmake.Make(s)
	w, err := wheel.Open(bytes.NewReader(b), int64(len(b)), s.Filename())
	require.NoError(t, err)
	require.NoError(t, w.Verify(context.Background()))
	tree, err := w.Layout(wheel.FlatScheme(), bundle.Installer)
	require.NoError(t, err)
	return tree
}

func TestZipRawCopy(t *testing.T) {
	body := string(bytes.Repeat([]byte("compressible "), 1000))
	tree := layout(t, wheelmake.Spec{Name: "demo", Version: "1.0", Deflate: true, Files: map[string]string{"demo.py": body}})
	var b bytes.Buffer
	require.NoError(t, bundle.Zip{}.Pack(context.Background(), &b, tree))
	assert.Less(t, b.Len(), len(body), "the member is still compressed")
	z, err := archive.Open(bytes.NewReader(b.Bytes()), int64(b.Len()), archive.Limits{})
	require.NoError(t, err)
	require.Len(t, z.Entries(), len(tree.Files()))
	for _, e := range z.Entries() {
		got, err := z.ReadFile(e.Name)
		require.NoError(t, err)
		want, err := fs.ReadFile(tree, e.Name)
		require.NoError(t, err)
		assert.Equal(t, want, got, e.Name)
	}
	e, ok := z.Lookup("demo.py")
	require.True(t, ok)
	assert.Equal(t, stdzip.Deflate, e.Method)
	e, ok = z.Lookup("demo-1.0.dist-info/RECORD")
	require.True(t, ok)
	assert.Equal(t, stdzip.Store, e.Method)
}

// rawFS lies about what it holds.
type rawFS struct {
	fstest.MapFS
	header stdzip.FileHeader
}

func (f rawFS) OpenRaw(name string) (*stdzip.FileHeader, io.Reader, error) {
	return &f.header, bytes.NewReader(f.MapFS[name].Data), nil
}

func TestZipPackProblems(t *testing.T) {
	file := fstest.MapFS{"a.py": {Data: []byte("1234")}}
	for want, h := range map[string]stdzip.FileHeader{
		"compression method 93": {Method: 93, CompressedSize64: 4, UncompressedSize64: 4},
		"4 of 5 bytes":          {Method: stdzip.Deflate, CompressedSize64: 5, UncompressedSize64: 9},
		"more bytes follow":     {Method: stdzip.Deflate, CompressedSize64: 3, UncompressedSize64: 9},
		"with 3 of 4 bytes":     {Method: stdzip.Store, CompressedSize64: 3, UncompressedSize64: 4},
	} {
		err := bundle.Zip{}.Pack(context.Background(), io.Discard, rawFS{file, h})
		assert.ErrorContains(t, err, want)
		assert.ErrorContains(t, err, "pack a.py: ")
	}
	full := errors.New("full")
	long := fstest.MapFS{"a.py": file["a.py"], "b.bin": {Data: bytes.Repeat([]byte("12345678"), 1<<16)}, "c.py": file["a.py"]}
	for n := range 5 {
		err := bundle.Zip{}.Pack(context.Background(), &failing{n, full}, long)
		assert.ErrorIs(t, err, full, "write %d", n)
	}
	assert.NoError(t, bundle.Zip{}.Pack(context.Background(), &failing{5, full}, long), "five writes are all")
}

// failing fails after n writes.
type failing struct {
	n   int
	err error
}

func (w *failing) Write(p []byte) (int, error) {
	if w.n--; w.n < 0 {
		return 0, w.err
	}
	return len(p), nil
}

func TestZipUnpackLimits(t *testing.T) {
	var b bytes.Buffer
	require.NoError(t, bundle.Zip{}.Pack(context.Background(), &b, fstest.MapFS{"a.py": {Data: []byte("1234")}, "b.py": {Data: []byte("5678")}}))
	for _, z := range []bundle.Zip{{MaxFiles: 1}, {MaxUnpacked: 7}} {
		dir := t.TempDir()
		root, err := os.OpenRoot(dir)
		require.NoError(t, err)
		defer root.Close()
		err = z.Unpack(context.Background(), root, bytes.NewReader(b.Bytes()), int64(b.Len()))
		assert.Equal(t, bundle.KindHostile, bundle.KindOf(err))
		left, err := os.ReadDir(dir)
		require.NoError(t, err)
		assert.Empty(t, left, "refused before anything is written")
	}
}

// zeros is an endless file of zeros that costs no memory.
type zeros struct{ left int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(p)), z.left)
	clear(p[:n])
	z.left -= n
	return int(n), nil
}

// large is a tree whose stored file is longer than 4 GiB.
type large struct {
	fstest.MapFS
	size int64
	crc  uint32
}

func (f large) OpenRaw(name string) (*stdzip.FileHeader, io.Reader, error) {
	if name == "a" {
		return &stdzip.FileHeader{Method: stdzip.Store, CRC32: f.crc, CompressedSize64: uint64(f.size), UncompressedSize64: uint64(f.size)}, &zeros{f.size}, nil
	}
	body := f.MapFS[name].Data
	return &stdzip.FileHeader{Method: stdzip.Store, CRC32: crc32.ChecksumIEEE(body), CompressedSize64: uint64(len(body)), UncompressedSize64: uint64(len(body))}, bytes.NewReader(body), nil
}

// TestZip64: sizes and offsets above 4 GiB, in a sparse file.
func TestZip64(t *testing.T) {
	const size int64 = 1<<32 + 5
	f, err := os.CreateTemp(t.TempDir(), "")
	require.NoError(t, err)
	defer f.Close()
	tree := large{fstest.MapFS{"a": {}, "b": {Data: []byte("after")}}, size, 0}
	require.NoError(t, bundle.Zip{}.Pack(context.Background(), &sparse{f: f}, tree))
	st, err := f.Stat()
	require.NoError(t, err)
	z, err := archive.Open(f, st.Size(), archive.Limits{})
	require.NoError(t, err)
	require.Len(t, z.Entries(), 2)
	assert.EqualValues(t, size, z.Entries()[0].Size)
	b, err := z.ReadFile("b")
	require.NoError(t, err)
	assert.Equal(t, "after", string(b))
	std, err := stdzip.NewReader(f, st.Size())
	require.NoError(t, err)
	assert.EqualValues(t, size, std.File[0].UncompressedSize64)
	rc, err := std.File[1].Open()
	require.NoError(t, err)
	b, err = io.ReadAll(rc)
	require.NoError(t, err)
	assert.Equal(t, "after", string(b))
}

// sparse writes a file and passes over blocks of zeros.
type sparse struct {
	f  *os.File
	at int64
}

var block [32 << 10]byte

func (s *sparse) Write(p []byte) (int, error) {
	if !bytes.Equal(p, block[:min(len(p), len(block))]) {
		if _, err := s.f.WriteAt(p, s.at); err != nil {
			return 0, err
		}
	}
	s.at += int64(len(p))
	return len(p), nil
}

// TestZipManyFiles: more files than the plain end record can count.
func TestZipManyFiles(t *testing.T) {
	tree := fstest.MapFS{}
	for i := range 1<<16 + 1 {
		tree[string([]byte{'a' + byte(i>>12&15), 'a' + byte(i>>8&15)})+"/"+hex.EncodeToString([]byte{byte(i >> 16), byte(i >> 8), byte(i)})] = &fstest.MapFile{Mode: 0o644}
	}
	var b bytes.Buffer
	require.NoError(t, bundle.Zip{}.Pack(context.Background(), &b, tree))
	z, err := archive.Open(bytes.NewReader(b.Bytes()), int64(b.Len()), archive.Limits{})
	require.NoError(t, err)
	assert.Len(t, z.Entries(), 1<<16+1)
}

func BenchmarkZipPack(b *testing.B) {
	files := map[string]string{}
	for i := range 500 {
		files["demo/"+hex.EncodeToString([]byte{byte(i >> 8), byte(i)})+".py"] = string(bytes.Repeat([]byte("compressible "), 1000))
	}
	s := wheelmake.Spec{Name: "demo", Version: "1.0", Deflate: true, Files: files}
	tree := layout(b, s)
	b.ReportAllocs()
	b.SetBytes(tree.Size())
	for b.Loop() {
		if err := (bundle.Zip{}).Pack(context.Background(), io.Discard, tree); err != nil {
			b.Fatal(err)
		}
	}
}
