package wheel

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
)

// folder makes a python folder of paths and contents.
func folder(contents map[string]string) fstest.MapFS {
	root := fstest.MapFS{}
	for name, body := range contents {
		root[name] = &fstest.MapFile{Data: []byte(body), Mode: 0o644}
	}
	return root
}

func metadata(name, version string) string {
	return "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n"
}

func TestScan(t *testing.T) {
	record := "b.py,,\n"
	root := folder(map[string]string{
		"Foo.Bar-1.0.dist-info/METADATA":      metadata("Foo.Bar", "1.0"),
		"Foo.Bar-1.0.dist-info/INSTALLER":     "pip\r\n",
		"b-2.dist-info/METADATA":              metadata("b", "2.0"),
		"b-2.dist-info/RECORD":                record,
		"b-1.9.dist-info/METADATA":            metadata("B", "1.9"),
		"zope_interface-5.4.0.dist-info/x":    "no METADATA",
		"broken_meta-3.dist-info/METADATA":    "Metadata-Version: 2.1\nName: broken-meta\nVersion: 3\nRequires-Dist: ???\n",
		"unknown.dist-info/METADATA":          "",
		"~umpy-1.0.dist-info/METADATA":        metadata("numpy", "1.0"),
		"badrecord-1.dist-info/RECORD":        "one field\n",
		"old-1.0-py3.9.egg-info/PKG-INFO":     metadata("old", "1.0"),
		"single-1.0-py3.9.egg-info":           metadata("single", "1.0"),
		"linked.egg-link":                     "/src",
		"demo/inner-1.0.dist-info/METADATA":   metadata("inner", "1.0"),
		"a.py":                                "",
		"large-1.dist-info/INSTALLER":         strings.Repeat("x", maxInstaller+1),
		"empty_record-1.dist-info/RECORD":     "",
		"renamed-1.dist-info/METADATA":        metadata("other-name", "7"),
		"capital-1.DIST-INFO/METADATA":        metadata("capital", "1"),
		"normal_name-1.0.dist-info/METADATA":  metadata("Normal-Name", "1.0.0"),
		"normal_name-1.0.dist-info/INSTALLER": " chandlery ",
	})
	found, errs := Scan(root)
	sum := sha256.Sum256([]byte(record))
	none := sha256.Sum256(nil)
	type line struct{ name, version, folder, installer, record string }
	var got []line
	for _, in := range found {
		got = append(got, line{string(in.Name), in.Version.String(), in.DistInfo, in.Installer, in.RecordSHA256})
	}
	assert.Equal(t, []line{
		{"b", "1.9", "b-1.9.dist-info", "", ""},
		{"b", "2.0", "b-2.dist-info", "", hex.EncodeToString(sum[:])},
		{"broken-meta", "3", "broken_meta-3.dist-info", "", ""},
		{"capital", "1", "capital-1.DIST-INFO", "", ""},
		{"empty-record", "1", "empty_record-1.dist-info", "", hex.EncodeToString(none[:])},
		{"foo-bar", "1.0", "Foo.Bar-1.0.dist-info", "pip", ""},
		{"normal-name", "1.0.0", "normal_name-1.0.dist-info", "chandlery", ""},
		{"other-name", "7", "renamed-1.dist-info", "", ""},
		{"zope-interface", "5.4.0", "zope_interface-5.4.0.dist-info", "", ""},
	}, got)
	assert.Equal(t, []RecordEntry{{"b.py", "", -1}}, found[1].Record)
	assert.NotNil(t, found[4].Record, "an empty RECORD is one")
	assert.Nil(t, found[0].Record)
	assert.Equal(t, "1.9", found[0].Metadata.ProjectVersion.String())
	assert.Nil(t, found[2].Metadata, "it is not to be read")
	var wrong []string
	eggs := 0
	for _, err := range errs {
		var scan *ScanError
		require.ErrorAs(t, err, &scan)
		wrong = append(wrong, scan.Path)
		if assert.ObjectsAreEqual(ErrEgg, scan.Err) {
			eggs++
		}
	}
	assert.Equal(t, []string{"badrecord-1.dist-info", "large-1.dist-info", "linked.egg-link", "old-1.0-py3.9.egg-info", "single-1.0-py3.9.egg-info",
		"unknown.dist-info", "~umpy-1.0.dist-info"}, wrong)
	assert.Equal(t, 3, eggs)
}

func TestScanNothing(t *testing.T) {
	found, errs := Scan(fstest.MapFS{})
	assert.Empty(t, found)
	assert.Empty(t, errs)
	root, err := fs.Sub(fstest.MapFS{}, "none")
	require.NoError(t, err)
	_, errs = Scan(root)
	require.Len(t, errs, 1)
	assert.ErrorIs(t, errs[0], fs.ErrNotExist)
}

// What Layout makes, Scan finds, Owned lists and Check confirms.
func TestScanOfTree(t *testing.T) {
	tree, err := open(t, layoutSpec()).Layout(FlatScheme(), "chandlery")
	require.NoError(t, err)
	found, errs := Scan(tree)
	require.Empty(t, errs)
	require.Len(t, found, 1)
	in := found[0]
	assert.Equal(t, "demo-lib 1.2 chandlery", string(in.Name)+" "+in.Version.String()+" "+in.Installer)
	sum := tree.RecordSHA256()
	assert.Equal(t, hex.EncodeToString(sum[:]), in.RecordSHA256)
	assert.Equal(t, tree.Files(), in.Owned(tree))
	assert.Empty(t, in.Outside())
	assert.Empty(t, in.Check(context.Background(), tree))
}

// Trap 37.
func TestOwned(t *testing.T) {
	in := Installed{Record: []RecordEntry{
		{"pkg/__init__.py", "", -1}, {"pkg/mod.py", "", -1}, {"./pkg/dot.py", "", -1}, {"pkg/sub/../x.py", "", -1}, {"pkg/gone.py", "", -1}, {"top.py", "", -1},
		{"bin/script.sh.py", "", -1}, {"pkg/mod.py", "", -1}, {"pkg/__pycache__/mod.cpython-39.pyc", "", -1}, {"é/ü.py", "", -1},
		{"../../bin/pip", "", -1}, {"/etc/passwd", "", -1}, {`..\evil`, "", -1}, {"C:evil", "", -1}, {"pkg/../..", "", -1}, {".", "", -1}, {"a.py:ads", "", -1},
	}}
	root := folder(map[string]string{
		"pkg/__init__.py": "", "pkg/mod.py": "", "pkg/mod.pyc": "", "pkg/other.pyc": "", "pkg/other.py": "", "top.pyc": "", "top.py": "",
		"pkg/__pycache__/mod.cpython-39.pyc": "", "pkg/__pycache__/mod.cpython-311.opt-2.pyc": "", "pkg/__pycache__/mod.cpython-39-pytest-8.3.4.pyc": "",
		"pkg/__pycache__/gone.cpython-39.pyc": "", "pkg/__pycache__/mod2.cpython-39.pyc": "", "pkg/__pycache__/mod.cpython-39.txt": "", "pkg/__pycache__/mod.pyc/x": "",
		"__pycache__/top.cpython-39.pyc": "", "__pycache__/stranger.cpython-39.pyc": "", "bin/__pycache__/script.sh.cpython-39.pyc": "",
	})
	assert.Equal(t, []string{
		"__pycache__/top.cpython-39.pyc", "bin/__pycache__/script.sh.cpython-39.pyc", "bin/script.sh.py", "pkg/__init__.py",
		"pkg/__pycache__/gone.cpython-39.pyc", "pkg/__pycache__/mod.cpython-311.opt-2.pyc", "pkg/__pycache__/mod.cpython-39-pytest-8.3.4.pyc", "pkg/__pycache__/mod.cpython-39.pyc",
		"pkg/dot.py", "pkg/gone.py", "pkg/mod.py", "pkg/mod.pyc", "pkg/x.py", "top.py", "top.pyc", "é/ü.py",
	}, in.Owned(root))
	assert.Equal(t, []string{".", "../../bin/pip", `..\evil`, "/etc/passwd", "C:evil", "a.py:ads", "pkg/../.."}, in.Outside())
	assert.Empty(t, (&Installed{}).Owned(root))
}

func TestCheck(t *testing.T) {
	line := func(name, body string) RecordEntry { return RecordEntry{name, wheelmake.Hash(body), int64(len(body))} }
	in := Installed{DistInfo: "d-1.dist-info", Record: []RecordEntry{
		line("ok.py", "ok"), line("gone.py", "x"), line("larger.py", "xx"), line("other.py", "xx"), line("dir", "x"), {"weak.py", "md5=x", -1},
		{"d-1.dist-info/RECORD", "", -1}, {"__pycache__/ok.cpython-39.pyc", "", -1}, {"nohash.py", "", -1}, {"../../bin/x", "sha256=x", 1}, {"nosize.py", wheelmake.Hash("x"), -1},
	}}
	root := folder(map[string]string{"ok.py": "ok", "larger.py": "xxx", "other.py": "xy", "dir/x": "", "weak.py": "", "d-1.dist-info/RECORD": "", "nosize.py": "x"})
	got := map[string]error{}
	var order []string
	for _, err := range in.Check(context.Background(), root) {
		var file *FileError
		require.ErrorAs(t, err, &file)
		got[file.Path], order = file.Err, append(order, file.Path)
	}
	assert.Equal(t, []string{"dir", "gone.py", "larger.py", "nohash.py", "other.py", "weak.py"}, order)
	assert.ErrorIs(t, got["gone.py"], ErrMissing)
	assert.ErrorIs(t, got["nohash.py"], ErrMissing)
	for _, name := range []string{"dir", "larger.py", "other.py"} {
		assert.ErrorIs(t, got[name], ErrChanged, name)
	}
	assert.ErrorContains(t, got["weak.py"], "md5")

	errs := (&Installed{DistInfo: "d-1.dist-info"}).Check(context.Background(), root)
	require.Len(t, errs, 1)
	assert.ErrorIs(t, errs[0], ErrNoRecord)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	errs = in.Check(ctx, root)
	require.Len(t, errs, 1)
	assert.ErrorIs(t, errs[0], context.Canceled)
}
