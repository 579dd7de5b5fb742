package bundletest

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
)

// tree is a small library. What a packager must not record differs between two calls: times, and the write bits of modes.
func tree(mode fs.FileMode, at time.Time) fstest.MapFS {
	file := func(body string, mode fs.FileMode) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(body), Mode: mode, ModTime: at}
	}
	return fstest.MapFS{
		"demo/__init__.py":          file("answer = 42\n", mode),
		"demo/empty.py":             file("", mode),
		"demo/deep/er/données.txt":  file("é\n", mode),
		"bin/demo":                  file("#!python\n", mode|0o111),
		"demo-1.0.dist-info/RECORD": file("demo/__init__.py,,\n", mode),
		"a.py":                      file(string(bytes.Repeat([]byte("x"), 200_000)), mode),
	}
}

// Packager checks a Packager.
func Packager(t *testing.T, p bundle.Packager) {
	t.Helper()
	t.Run("format", func(t *testing.T) {
		if first := p.Format(); first == "" || first != p.Format() {
			t.Error("Format must be a constant name")
		}
	})
	t.Run("same bytes", func(t *testing.T) { packSame(t, p) })
	t.Run("round trip", func(t *testing.T) { packRoundTrip(t, p) })
	t.Run("refused trees", func(t *testing.T) { packRefused(t, p) })
	t.Run("damaged archives", func(t *testing.T) { unpackDamaged(t, p) })
	t.Run("taken root", func(t *testing.T) { unpackTaken(t, p) })
	t.Run("canceled", func(t *testing.T) { packCanceled(t, p) })
}

func pack(t *testing.T, p bundle.Packager, tree fs.FS) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := p.Pack(context.Background(), &b, tree); err != nil {
		t.Fatalf("Pack: %v", err)
	}
	return b.Bytes()
}

// unpack gives the content of each file and whether it may be executed.
func unpack(t *testing.T, p bundle.Packager, b []byte) (map[string]string, error) {
	t.Helper()
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := p.Unpack(context.Background(), root, bytes.NewReader(b), int64(len(b))); err != nil {
		return nil, err
	}
	return contents(t, root.FS()), nil
}

// executable follows the name of such a file in what contents gives.
const executable = " (executable)"

func contents(t *testing.T, tree fs.FS) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		st, err := d.Info()
		if err == nil && st.Mode()&0o111 != 0 && runtime.GOOS != "windows" {
			name += executable
		}
		files[name] = string(body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func packSame(t *testing.T, p bundle.Packager) {
	first := pack(t, p, tree(0o644, time.Time{}))
	for _, again := range []fs.FS{tree(0o644, time.Time{}), tree(0o600, time.Unix(1e9, 0)), tree(0o664, time.Unix(2e9, 1).In(time.FixedZone("x", 3600)))} {
		if !bytes.Equal(first, pack(t, p, again)) {
			t.Error("the bytes depend on more than names, contents and what may be executed")
		}
	}
}

func packRoundTrip(t *testing.T, p bundle.Packager) {
	want := tree(0o644, time.Time{})
	got, err := unpack(t, p, pack(t, p, want))
	if err != nil {
		t.Fatalf("Unpack: %v", err)
	}
	if w := contents(t, want); !reflect.DeepEqual(w, got) {
		t.Errorf("unpacked %d files that differ from the %d packed", len(got), len(w))
	}
}

func packRefused(t *testing.T, p bundle.Packager) {
	for name, bad := range map[string]fstest.MapFS{
		"symbolic link":   {"a.py": {Data: []byte("b.py"), Mode: fs.ModeSymlink | 0o777}},
		"device name":     {"con.py": {Mode: 0o644}},
		"colon":           {"a:b.py": {Mode: 0o644}},
		"same but case":   {"a.py": {Mode: 0o644}, "A.py": {Mode: 0o644}},
		"dot at the end":  {"a./b.py": {Mode: 0o644}},
		"control":         {"a\x01.py": {Mode: 0o644}},
		"not UTF-8":       {"a\xff.py": {Mode: 0o644}},
		"same but accent": {"\u00e9.py": {Mode: 0o644}, "e\u0301.py": {Mode: 0o644}},
	} {
		if err := p.Pack(context.Background(), &bytes.Buffer{}, bad); err == nil {
			t.Errorf("%s: Pack accepts a tree that not every system can hold", name)
		}
	}
}

// withoutModes: no checksum of a zip covers modes, so damage may show in them.
func withoutModes(files map[string]string) map[string]string {
	plain := map[string]string{}
	for name, body := range files {
		plain[strings.TrimSuffix(name, executable)] = body
	}
	return plain
}

// unpackDamaged: an archive with any byte cut off, added or changed is refused, or unpacks to the names and contents that were packed.
func unpackDamaged(t *testing.T, p bundle.Packager) {
	small := fstest.MapFS{"a.py": {Data: []byte("x = 1\n"), Mode: 0o644}, "b/c.py": {Data: []byte("y = 2\n"), Mode: 0o644}}
	whole := pack(t, p, small)
	want := contents(t, small)
	check := func(what string, b []byte) {
		if got, err := unpack(t, p, b); err == nil && !reflect.DeepEqual(withoutModes(got), want) {
			t.Errorf("%s: unpacked to something else without an error", what)
		}
	}
	for i := range whole {
		if _, err := unpack(t, p, whole[:i]); err == nil {
			t.Errorf("the first %d of %d bytes are accepted", i, len(whole))
		}
		changed := bytes.Clone(whole)
		changed[i] ^= 0x41
		check("a changed byte", changed)
	}
	check("a byte before", append([]byte{0}, whole...))
	check("a byte after", append(bytes.Clone(whole), 0))
	check("twice", append(bytes.Clone(whole), whole...))
}

func unpackTaken(t *testing.T, p bundle.Packager) {
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := root.WriteFile("a.py", []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	b := pack(t, p, tree(0o644, time.Time{}))
	if err := p.Unpack(context.Background(), root, bytes.NewReader(b), int64(len(b))); err == nil {
		t.Error("Unpack writes into a root that is not empty")
	}
	if got, err := root.ReadFile("a.py"); err != nil || string(got) != "mine" {
		t.Error("Unpack replaced a file")
	}
}

func packCanceled(t *testing.T, p bundle.Packager) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.Pack(ctx, &bytes.Buffer{}, tree(0o644, time.Time{})); !errors.Is(err, context.Canceled) {
		t.Errorf("Pack under an ended context: %v", err)
	}
	root, err := os.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	b := pack(t, p, tree(0o644, time.Time{}))
	if err := p.Unpack(ctx, root, bytes.NewReader(b), int64(len(b))); !errors.Is(err, context.Canceled) {
		t.Errorf("Unpack under an ended context: %v", err)
	}
}
