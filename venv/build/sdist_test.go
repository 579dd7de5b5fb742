package build

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/dist"
)

func sdistFile(t testing.TB, name string) dist.File {
	t.Helper()
	parsed, err := dist.ParseFilename(name)
	require.NoError(t, err)
	return dist.File{Filename: parsed, Artifact: dist.Artifact{File: name}}
}

func TestHostileTar(t *testing.T) {
	f := sdistFile(t, "demo-1.0.tar.gz")
	link := func(name, target string) tar.Header {
		return tar.Header{Name: name, Typeflag: tar.TypeSymlink, Linkname: target}
	}
	hard := func(name, target string) tar.Header {
		return tar.Header{Name: name, Typeflag: tar.TypeLink, Linkname: target}
	}
	plain := func(name string) tar.Header { return tar.Header{Name: name, Mode: 0o644} }
	for _, c := range []struct {
		rule, why string
		members   []tar.Header
	}{
		{"S1", "absolute", []tar.Header{plain("/demo-1.0/x")}},
		{"S1", "parent", []tar.Header{plain("demo-1.0/../../x")}},
		{"S1", "parent that stays inside", []tar.Header{plain("demo-1.0/a/../x")}},
		{"S1", "backslash", []tar.Header{plain(`demo-1.0/..\x`)}},
		{"S2", "no folder", []tar.Header{plain("setup.py")}},
		{"S2", "two folders", []tar.Header{plain("demo-1.0/x"), plain("demo-2.0/x")}},
		{"S2", "another project", []tar.Header{plain("other-1.0/x")}},
		{"S2", "a longer name", []tar.Header{plain("demolition-1.0/x")}},
		{"S2", "a link for a folder", []tar.Header{link("demo-1.0", "elsewhere")}},
		{"S3", "character device", []tar.Header{{Name: "demo-1.0/x", Typeflag: tar.TypeChar}}},
		{"S3", "block device", []tar.Header{{Name: "demo-1.0/x", Typeflag: tar.TypeBlock}}},
		{"S3", "pipe", []tar.Header{{Name: "demo-1.0/x", Typeflag: tar.TypeFifo}}},
		{"S4", "absolute link", []tar.Header{link("demo-1.0/x", "/etc/passwd")}},
		{"S4", "link to the parent", []tar.Header{link("demo-1.0/x", "../y")}},
		{"S4", "link to the parent of a folder", []tar.Header{plain("demo-1.0/a/b"), link("demo-1.0/a/x", "../../y")}},
		{"S4", "link by another link", []tar.Header{plain("demo-1.0/a/b"), link("demo-1.0/a/up", ".."), link("demo-1.0/x", "a/up/../y")}},
		{"S4", "links in a circle", []tar.Header{link("demo-1.0/x", "y"), link("demo-1.0/y", "x")}},
		{"S4", "hard link to nothing", []tar.Header{hard("demo-1.0/x", "demo-1.0/y")}},
		{"S1", "hard link outside", []tar.Header{hard("demo-1.0/x", "../y")}},
		{"S4", "hard link to a link", []tar.Header{link("demo-1.0/y", "z"), hard("demo-1.0/x", "demo-1.0/y")}},
		{"S5", "twice", []tar.Header{plain("demo-1.0/x"), plain("demo-1.0/./x")}},
		{"S5", "file, then folder", []tar.Header{plain("demo-1.0/x"), plain("demo-1.0/x/y")}},
		{"S5", "folder, then file", []tar.Header{plain("demo-1.0/x/y"), plain("demo-1.0/x")}},
		{"S5", "link, then a file through it", []tar.Header{link("demo-1.0/x", "."), plain("demo-1.0/x/y")}},
		{"S6", "name too long", []tar.Header{plain("demo-1.0/" + strings.Repeat("x", MaxName))}},
		{"S6", "too deep", []tar.Header{plain("demo-1.0/" + strings.Repeat("x/", MaxDepth) + "x")}},
	} {
		t.Run(c.rule+" "+c.why, func(t *testing.T) {
			body := makeTar(t, c.members, nil)
			err := unpack(context.Background(), blob{bytes.NewReader(body)}, f, t.TempDir())
			var wrong *SdistError
			require.ErrorAs(t, err, &wrong)
			require.Equal(t, c.rule, wrong.Rule, err)
			if c.rule != "S4" { // links are followed when they stand
				_, err = inspect(context.Background(), blob{bytes.NewReader(body)}, f)
				require.ErrorAs(t, err, &wrong)
			}
		})
	}
}

// A tar may say that it has a file of 8 GiB, all of it a hole (GNU's sparse format 1.0), in a few bytes.
func TestSparseTar(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	records := ""
	for _, kv := range []string{"GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=demo-1.0/x", "GNU.sparse.realsize=8589934592"} {
		records += fmt.Sprintf("%d %s\n", len(kv)+4, kv) // two digits, a space, a line end
	}
	writeRaw(t, z, "PaxHeader/x", tar.TypeXHeader, records)
	sparse := "1\n8589934592\n0\n"
	writeRaw(t, z, "GNUSparseFile.0/x", tar.TypeReg, sparse+strings.Repeat("\x00", 512-len(sparse)))
	_, err := z.Write(make([]byte, 1024))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	err = unpack(context.Background(), blob{bytes.NewReader(b.Bytes())}, sdistFile(t, "demo-1.0.tar.gz"), t.TempDir())
	var wrong *SdistError
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, "S3", wrong.Rule, err)
}

// writeRaw writes one USTAR member.
func writeRaw(t *testing.T, w io.Writer, name string, kind byte, body string) {
	t.Helper()
	var h [512]byte
	copy(h[0:], name)
	copy(h[100:], "0000644\x00")
	copy(h[124:], fmt.Sprintf("%011o\x00", len(body)))
	copy(h[136:], "00000000000\x00")
	h[156] = kind
	copy(h[257:], "ustar\x0000")
	copy(h[148:], "        ")
	sum := 0
	for _, c := range h {
		sum += int(c)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	body += strings.Repeat("\x00", (512-len(body)%512)%512)
	_, err := w.Write(append(h[:], body...))
	require.NoError(t, err)
}

func TestNoTar(t *testing.T) {
	f := sdistFile(t, "demo-1.0.tar.gz")
	whole := makeTar(t, []tar.Header{{Name: "demo-1.0/x", Mode: 0o644}}, map[string]string{"demo-1.0/x": strings.Repeat("text", 10_000)})
	for name, body := range map[string][]byte{
		"empty": nil, "text": []byte("<html>not found</html>"), "cut": whole[:len(whole)/2], "no entries": makeTar(t, nil, nil),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := inspect(context.Background(), blob{bytes.NewReader(body)}, f)
			var wrong *SdistError
			require.ErrorAs(t, err, &wrong)
		})
	}
}

func TestUnpack(t *testing.T) {
	dir := t.TempDir()
	members := []tar.Header{
		{Name: "pax_global_header", Typeflag: tar.TypeXGlobalHeader, PAXRecords: map[string]string{"comment": "abc"}},
		{Name: "./", Typeflag: tar.TypeDir, Mode: 0o777},
		{Name: "./Demo_Name-1.0/", Typeflag: tar.TypeDir, Mode: 0},
		{Name: "./Demo_Name-1.0/run", Mode: 0o6750},
		{Name: "./Demo_Name-1.0/a/b/deep", Mode: 0},
		{Name: "./Demo_Name-1.0/copy", Typeflag: tar.TypeLink, Linkname: "./Demo_Name-1.0/run"},
		{Name: "./Demo_Name-1.0/a/link", Typeflag: tar.TypeSymlink, Linkname: "../run"},
		{Name: "./Demo_Name-1.0/later", Typeflag: tar.TypeSymlink, Linkname: "a/nothing"},
	}
	body := makeTar(t, members, map[string]string{"./Demo_Name-1.0/run": "run", "./Demo_Name-1.0/a/b/deep": "deep"})
	f := sdistFile(t, "demo-name-1.0.tar.gz")
	s, err := inspect(context.Background(), blob{bytes.NewReader(body)}, f)
	require.NoError(t, err)
	assert.Equal(t, "Demo_Name-1.0", s.top)
	require.NoError(t, unpack(context.Background(), blob{bytes.NewReader(body)}, f, dir))
	for name, want := range map[string]struct {
		text string
		mode os.FileMode
	}{"run": {"run", 0o755}, "a/b/deep": {"deep", 0o644}, "copy": {"run", 0o755}, "a/link": {"run", 0o755}} {
		path := filepath.Join(dir, s.top, filepath.FromSlash(name))
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, want.text, string(text), name)
		st, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, want.mode, st.Mode(), name)
		if name != "copy" {
			assert.True(t, st.ModTime().Equal(time.Unix(1_000_000_000, 0)), name)
		}
	}
	target, err := os.Readlink(filepath.Join(dir, s.top, "later"))
	require.NoError(t, err)
	assert.Equal(t, "a/nothing", target)
}

func TestUnpackZip(t *testing.T) {
	makeZip := func(names ...string) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, name := range names {
			out, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate})
			require.NoError(t, err)
			_, err = out.Write([]byte("print()"))
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
		return b.Bytes()
	}
	f := sdistFile(t, "demo-1.0.zip")
	body := makeZip("demo-1.0/setup.py", "demo-1.0/a/b.py")
	s, err := inspect(context.Background(), blob{bytes.NewReader(body)}, f)
	require.NoError(t, err)
	assert.True(t, s.setup)
	dir := t.TempDir()
	require.NoError(t, unpack(context.Background(), blob{bytes.NewReader(body)}, f, dir))
	assert.FileExists(t, filepath.Join(dir, "demo-1.0", "a", "b.py"))
	for _, names := range [][]string{{"demo-1.0/../../evil.py"}, {"/demo-1.0/x"}, {"other-1.0/x"}, {"demo-1.0/x", "x"}} {
		err := unpack(context.Background(), blob{bytes.NewReader(makeZip(names...))}, f, t.TempDir())
		var wrong *SdistError
		require.ErrorAs(t, err, &wrong, "%v", names)
	}
}

func TestReadEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	body := source{"demo", "1.0", map[string]string{"setup.py": ""}}.tar(t)
	_, err := inspect(ctx, blob{bytes.NewReader(body)}, sdistFile(t, "demo-1.0.tar.gz"))
	require.ErrorIs(t, err, context.Canceled)
}

func TestLimits(t *testing.T) {
	check := func(entries int, size, next int64) error {
		c := newChecker("demo", func(entry, io.Reader) error { return nil })
		c.entries, c.size = entries, size
		return c.entry(entry{name: "demo-1.0/x"}, next, nil)
	}
	require.NoError(t, check(MaxFiles-1, MaxUnpacked-1, 1))
	var wrong *SdistError
	require.ErrorAs(t, check(MaxFiles, 0, 1), &wrong)
	assert.Equal(t, "S6", wrong.Rule)
	require.ErrorAs(t, check(0, MaxUnpacked, 1), &wrong)
	assert.Equal(t, "S6", wrong.Rule)
	require.ErrorAs(t, check(0, 0, -1), &wrong)
}

func TestBounded(t *testing.T) {
	n, err := io.Copy(io.Discard, &bounded{strings.NewReader(strings.Repeat("x", 100)), 99})
	var wrong *SdistError
	require.ErrorAs(t, err, &wrong)
	require.EqualValues(t, 99, n)
}

func BenchmarkUnpack(b *testing.B) {
	files := map[string]string{"setup.py": ""}
	for i := range 1000 {
		files[fmt.Sprintf("demo/part%d/module%d.py", i%50, i)] = strings.Repeat("answer = 42\n", 300)
	}
	of := source{"demo", "1.0", files}
	body, f := of.tar(b), sdistFile(b, of.file())
	b.Run("inspect", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := inspect(context.Background(), blob{bytes.NewReader(body)}, f)
			require.NoError(b, err)
		}
	})
	b.Run("unpack", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			require.NoError(b, unpack(context.Background(), blob{bytes.NewReader(body)}, f, b.TempDir()))
		}
	})
}

// FuzzTar holds what walks past the checks to their promises, then unpacks it.
func FuzzTar(f *testing.F) {
	tarred := func(members []tar.Header, bodies map[string]string) []byte {
		z, err := gzip.NewReader(bytes.NewReader(makeTar(f, members, bodies)))
		require.NoError(f, err)
		b, err := io.ReadAll(z)
		require.NoError(f, err)
		return b[:len(b)-1024]
	}
	f.Add(tarred([]tar.Header{{Name: "demo-1.0/PKG-INFO", Mode: 0o644}}, map[string]string{"demo-1.0/PKG-INFO": "Name: demo\n"}))
	f.Add(tarred([]tar.Header{{Name: "demo-1.0/x", Typeflag: tar.TypeSymlink, Linkname: "../../y"}}, nil))
	f.Add(tarred([]tar.Header{{Name: "demo-1.0/x", Mode: 0o644}, {Name: "demo-1.0/h", Typeflag: tar.TypeLink, Linkname: "demo-1.0/x"}}, nil))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var size int64
		err := walkMembers(context.Background(), bytes.NewReader(raw), newChecker("demo", func(e entry, body io.Reader) error {
			require.True(t, filepath.IsLocal(e.name), e.name)
			require.True(t, strings.EqualFold(e.name[:4], "demo"), e.name)
			n, err := io.Copy(io.Discard, io.LimitReader(body, 1<<20))
			size += n
			return err
		}))
		if err != nil || size >= 1<<20 {
			return
		}
		dir := t.TempDir()
		inside := filepath.Join(dir, "inside")
		require.NoError(t, os.Mkdir(inside, 0o700))
		root, err := os.OpenRoot(inside)
		require.NoError(t, err)
		defer root.Close()
		u := &unpacker{root: root, made: map[string]bool{}}
		if walkMembers(context.Background(), bytes.NewReader(raw), newChecker("demo", u.visit)) == nil {
			u.link()
		}
		all, err := os.ReadDir(dir)
		require.NoError(t, err)
		require.Len(t, all, 1, "something was written outside")
	})
}
