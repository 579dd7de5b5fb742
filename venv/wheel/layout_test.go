package wheel

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"io/fs"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
)

// checkTree holds a tree against its own RECORD: everything listed, and true.
func checkTree(t *testing.T, tree *Tree) {
	t.Helper()
	entries, err := ParseRecord(tree.Record())
	require.NoError(t, err)
	assert.Equal(t, tree.Record(), FormatRecord(entries), "sorted")
	stands, err := tree.ReadFile(tree.DistInfo() + "/RECORD")
	require.NoError(t, err)
	assert.Equal(t, tree.Record(), stands)
	var listed []string
	for _, e := range entries {
		listed = append(listed, e.Path)
		body, err := tree.ReadFile(e.Path)
		require.NoError(t, err, e.Path)
		if e.Path == tree.DistInfo()+"/RECORD" {
			assert.Equal(t, RecordEntry{e.Path, "", -1}, e)
			continue
		}
		assert.Equal(t, RecordEntry{e.Path, wheelmake.Hash(string(body)), int64(len(body))}, e)
	}
	assert.Equal(t, tree.Files(), listed)
}

func layoutSpec() wheelmake.Spec {
	s := spec()
	s.Files = map[string]string{
		"demo/__init__.py": "",
		"demo/tool":        "#!/bin/sh\n",
		"demo/__pycache__/__init__.cpython-39.pyc":   "old",
		"demo/__pycache__/cache.nbi":                 "kept: no bytecode",
		"demo/only.pyc":                              "kept: a module without source",
		"demo_lib-1.2.data/scripts/run":              "#!python\n",
		"demo_lib-1.2.data/scripts/sub/run.bat":      "rem\n",
		"demo_lib-1.2.data/headers/demo/demo.h":      "int x;\n",
		"demo_lib-1.2.data/data/share/demo/a.txt":    "a",
		"demo_lib-1.2.data/data/etc/demo.conf":       "b",
		"demo_lib-1.2.data/purelib/demo/pure.py":     "pure = 1\n",
		"demo_lib-1.2.data/platlib/demo/plat.so":     "ELF",
		"demo_lib-1.2.data/platlib/demo.pth":         "import demo\n",
		"demo_lib-1.2.dist-info/licenses/LICENSE":    "free",
		"demo_lib-1.2.dist-info/INSTALLER":           "somebody",
		"demo_lib-1.2.dist-info/REQUESTED":           "",
		"demo_lib-1.2.dist-info/direct_url.json":     "{}",
		"demo_lib-1.2.dist-info/sub/direct_url.json": "kept",
	}
	s.Executable = []string{"demo/tool"}
	s.Edit = wheelmake.Add(wheelmake.Member{Name: "demo_lib-1.2.dist-info/RECORD.jws", Body: "x"}, wheelmake.Member{Name: "empty/"})
	return s
}

func TestLayout(t *testing.T) {
	w := open(t, layoutSpec())
	require.NoError(t, w.Verify(context.Background()))
	tree, err := w.Layout(FlatScheme(), "chandlery")
	require.NoError(t, err)
	assert.Equal(t, []string{
		"bin/run", "bin/sub/run.bat", "demo.pth", "demo/__init__.py", "demo/__pycache__/cache.nbi", "demo/only.pyc", "demo/plat.so", "demo/pure.py", "demo/tool",
		"demo_lib-1.2.dist-info/INSTALLER", "demo_lib-1.2.dist-info/METADATA", "demo_lib-1.2.dist-info/RECORD", "demo_lib-1.2.dist-info/WHEEL",
		"demo_lib-1.2.dist-info/entry_points.txt", "demo_lib-1.2.dist-info/licenses/LICENSE", "demo_lib-1.2.dist-info/sub/direct_url.json",
		"etc/demo.conf", "include/demo-lib/demo/demo.h", "share/demo/a.txt",
	}, tree.Files())
	checkTree(t, tree)
	require.NoError(t, fstest.TestFS(tree, tree.Files()...))
	for name, want := range map[string]string{"bin/run": "#!python\n", "demo_lib-1.2.dist-info/INSTALLER": "chandlery\n", "share/demo/a.txt": "a"} {
		body, err := tree.ReadFile(name)
		require.NoError(t, err)
		assert.Equal(t, want, string(body))
	}
	for name, want := range map[string]fs.FileMode{"bin/run": 0o755, "bin/sub/run.bat": 0o755, "demo/tool": 0o755, "demo/pure.py": 0o644} {
		st, err := tree.Stat(name)
		require.NoError(t, err)
		assert.Equal(t, want, st.Mode(), name)
	}
	assert.Equal(t, []string{"demo.pth"}, tree.Autoload())
	assert.Equal(t, sha256.Sum256(tree.Record()), tree.RecordSHA256())
	var total int64
	for _, name := range tree.Files() {
		st, err := tree.Stat(name)
		require.NoError(t, err)
		total += st.Size()
	}
	assert.Equal(t, total, tree.Size())
}

// In an environment, RECORD's paths are relative to where .dist-info lies.
func TestLayoutScheme(t *testing.T) {
	const lib, lib64 = "lib/python3.9/site-packages", "lib64/python3.9/site-packages"
	s := Scheme{Purelib: lib, Platlib: lib64, Scripts: "bin", Headers: "include/site/python3.9", Data: ""}
	for _, platlib := range []bool{false, true} {
		made := layoutSpec()
		made.Platlib = platlib
		tree, err := open(t, made).Layout(s, "chandlery")
		require.NoError(t, err)
		home, other, otherFile := lib, "../../../lib64/python3.9/site-packages/", "demo/plat.so"
		if platlib {
			home, other, otherFile = lib64, "../../../lib/python3.9/site-packages/", "demo/pure.py"
		}
		assert.Equal(t, home+"/demo_lib-1.2.dist-info", tree.DistInfo())
		entries, err := ParseRecord(tree.Record())
		require.NoError(t, err)
		var paths []string
		for _, e := range entries {
			paths = append(paths, e.Path)
		}
		assert.Contains(t, paths, "../../../bin/run")
		assert.Contains(t, paths, "../../../include/site/python3.9/demo-lib/demo/demo.h")
		assert.Contains(t, paths, "../../../share/demo/a.txt")
		assert.Contains(t, paths, other+otherFile)
		assert.Contains(t, paths, "demo/__init__.py")
		assert.Equal(t, []string{lib64 + "/demo.pth"}, tree.Autoload())
	}
}

// Trap 38, within one wheel.
func TestLayoutCollisions(t *testing.T) {
	tests := []struct {
		files []string
		want  []string
	}{
		{[]string{"demo/a.py", "demo_lib-1.2.data/purelib/demo/a.py"}, []string{"Z3 demo/a.py"}},
		{[]string{"demo/a.py", "demo_lib-1.2.data/data/Demo/A.py"}, []string{"Z2 demo", "Z2 demo/a.py"}},
		{[]string{"bin", "demo_lib-1.2.data/scripts/run"}, []string{"Z4 bin"}},
		{[]string{"demo_lib-1.2.data/data/demo_lib-1.2.dist-info/RECORD"}, []string{"Z3 demo_lib-1.2.dist-info/RECORD"}},
		{[]string{"demo_lib-1.2.data/purelib/demo_lib-1.2.dist-info/METADATA"}, []string{"Z3 demo_lib-1.2.dist-info/METADATA"}},
	}
	for _, tt := range tests {
		_, err := open(t, files(tt.files...)).Layout(FlatScheme(), "chandlery")
		assert.Equal(t, tt.want, rules(t, err), "%q", tt.files)
	}
}

func TestLayoutInstaller(t *testing.T) {
	for _, name := range []string{"", "a\nb", "\x00"} {
		_, err := open(t, spec()).Layout(FlatScheme(), name)
		assert.Error(t, err, "%q", name)
	}
}

// Where RECORD has another hash than sha256, Layout takes the true one.
func TestLayoutOtherHash(t *testing.T) {
	for _, tt := range recordTests {
		if tt.want == nil {
			tree, err := open(t, edited(tt.edit)).Layout(FlatScheme(), "x")
			require.NoError(t, err)
			checkTree(t, tree)
		}
	}
}

// The wheel's compressed bytes are the tree's, and headers say no more than they must.
func TestTreeOpenRaw(t *testing.T) {
	made := layoutSpec()
	blob := wheelmake.Make(made)
	w, err := Open(bytes.NewReader(blob), int64(len(blob)), made.Filename())
	require.NoError(t, err)
	tree, err := w.Layout(FlatScheme(), "chandlery")
	require.NoError(t, err)
	z, err := zip.NewReader(bytes.NewReader(blob), int64(len(blob)))
	require.NoError(t, err)
	for _, f := range z.File {
		to := map[string]string{"demo_lib-1.2.data/data/share/demo/a.txt": "share/demo/a.txt", "demo/tool": "demo/tool"}[f.Name]
		if to == "" {
			continue
		}
		raw, err := f.OpenRaw()
		require.NoError(t, err)
		want, err := io.ReadAll(raw)
		require.NoError(t, err)
		h, r, err := tree.OpenRaw(to)
		require.NoError(t, err)
		got, err := io.ReadAll(r)
		require.NoError(t, err)
		assert.Equal(t, want, got)
		assert.Equal(t, []any{to, f.Method, f.CRC32, f.UncompressedSize64}, []any{h.Name, h.Method, h.CRC32, h.UncompressedSize64})
		assert.Empty(t, h.Extra)
	}
	h, r, err := tree.OpenRaw("demo_lib-1.2.dist-info/RECORD")
	require.NoError(t, err)
	assert.Equal(t, zip.Store, h.Method)
	body, err := io.ReadAll(r)
	require.NoError(t, err)
	assert.Equal(t, tree.Record(), body)
}

func TestAutoload(t *testing.T) {
	for name, want := range map[string]bool{
		"a.pth": true, "A.PTH": true, "a.start": true, "x.egg-link": true, "sitecustomize.py": true, "usercustomize/__init__.py": true, "sitecustomize.cpython-39-darwin.so": true,
		"demo/a.pth": false, "a.pth.txt": false, "demo/sitecustomize.py": false, "sitecustomizer.py": false,
	} {
		assert.Equal(t, want, startsAlone(name), name)
	}
}

func TestRelative(t *testing.T) {
	for _, tt := range [][3]string{
		{"", "a/b", "a/b"}, {"lib/site", "lib/site/a", "a"}, {"lib/site", "lib/other", "../other"}, {"lib/site", "bin/x", "../../bin/x"}, {"lib", "library/x", "../library/x"},
	} {
		assert.Equal(t, tt[2], relative(tt[0], tt[1]))
	}
}
