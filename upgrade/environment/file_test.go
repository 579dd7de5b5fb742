package environment

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve/pylock"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// TestProvision_files: the vendor's files stand in the place of the wheel's, RECORD says so, and neither the store nor an environment beside is touched.
func TestProvision_files(t *testing.T) {
	shop := newWorkshop(t)
	stock := shop.wanted()
	stock.Root += "-stock"
	beside := provisioned(t, shop.provisioner(t), stock)
	store := tree(t, shop.path("store"))

	const text = "VERSION = 'vendor'\n"
	from := write(t, shop.path("rbd.py"), text)
	other := write(t, shop.path("sdk.py"), "def sdk(:\n") // does not compile: the service will say so
	table := write(t, shop.path("table.json"), "{}")
	files := []File{{from, driver}, {other, "cinder/volume/drivers/vendor/sdk.py"}, {table, "oslo_config/table.json"}}
	p := shop.provisioner(t, func(p *Provisioner) { p.Files, p.NoBytecode = files, false })
	w := shop.wanted()
	env := provisioned(t, p, w)
	got, err := os.ReadFile(site(env, driver))
	require.NoError(t, err)
	assert.Equal(t, text, string(got))
	compiled, err := filepath.Glob(site(env, "cinder/volume/drivers/__pycache__/rbd.*.pyc"))
	require.NoError(t, err)
	require.Len(t, compiled, 1)
	bytecode, err := os.ReadFile(compiled[0])
	require.NoError(t, err)
	assert.Contains(t, string(bytecode), "vendor")
	broken, err := filepath.Glob(site(env, "cinder/volume/drivers/vendor/__pycache__/*.pyc"))
	require.NoError(t, err)
	assert.Empty(t, broken)

	for name, body := range tree(t, shop.path("store")) {
		assert.Equal(t, store[name], body, name)
	}
	untouched, err := os.ReadFile(site(beside, driver))
	require.NoError(t, err)
	assert.Equal(t, cinder.Files[driver], string(untouched))

	installed, err := env.Installed(t.Context())
	require.NoError(t, err)
	lib, err := env.Site()
	require.NoError(t, err)
	listed := map[string]bool{}
	for _, in := range installed {
		assert.Empty(t, in.Check(t.Context(), lib), in.Name)
		for _, e := range in.Record {
			listed[string(in.Name)+" "+e.Path] = true
		}
	}
	for _, want := range []string{"cinder " + driver, "cinder cinder/volume/drivers/vendor/sdk.py", "cinder oslo_config/table.json"} {
		assert.True(t, listed[want], want)
	}
	assertLocked(t, w.Root, 3)

	shop.notes = nil
	provisioned(t, p, w)
	assert.Empty(t, shop.notes, "kept")
	write(t, from, "VERSION = 'next'\n")
	env = provisioned(t, p, w)
	require.Len(t, shop.notes, 1)
	assert.Equal(t, Remade, shop.notes[0].Kind)
	got, err = os.ReadFile(site(env, driver))
	require.NoError(t, err)
	assert.Equal(t, "VERSION = 'next'\n", string(got))
}

func assertLocked(t testing.TB, root string, files int) {
	t.Helper()
	text, err := os.ReadFile(LockPath(root))
	require.NoError(t, err)
	lock, err := pylock.Parse(text)
	require.NoError(t, err)
	assert.Len(t, lock.Tool[lockTool].(map[string]any)["files"], files)
}

func TestReadFiles_errors(t *testing.T) {
	dir := t.TempDir()
	from := write(t, filepath.Join(dir, "x.py"), "")
	tests := []struct {
		name string
		file []File
		says string
	}{
		{"leads out", []File{{from, "../x.py"}}, "slash path"},
		{"absolute", []File{{from, "/x.py"}}, "slash path"},
		{"none", []File{{from, ""}}, "slash path"},
		{"a drive", []File{{from, "c:/x.py"}}, "slash path"},
		{"records", []File{{from, "cinder-26.3.0.dist-info/RECORD"}}, "installation"},
		{"bytecode", []File{{from, "a/x.pyc"}}, "bytecode"},
		{"twice", []File{{from, "x.py"}, {from, "x.py"}}, "another file"},
		{"absent", []File{{filepath.Join(dir, "none"), "x.py"}}, "no such file"},
		{"a folder", []File{{dir, "x.py"}}, "regular file"},
	}
	for _, tt := range tests {
		_, err := readFiles(tt.file)
		var wrong *FileError
		require.ErrorAs(t, err, &wrong, tt.name)
		assert.ErrorContains(t, err, tt.says, tt.name)
	}
}

// A file cannot be put through a link of a binding into the real environment, nor onto a folder.
func TestProvision_filesStay(t *testing.T) {
	shop := newWorkshop(t)
	from := write(t, shop.path("x.py"), "")
	for _, to := range []string{"cinder/volume", "cinder/cmd.py/x.py"} {
		p := shop.provisioner(t, func(p *Provisioner) { p.Files = []File{{from, to}} })
		w := shop.wanted()
		r := resolved(t, p, w)
		_, err := p.Provision(t.Context(), w, r)
		var wrong *FileError
		require.ErrorAs(t, err, &wrong, to)
		assert.NoDirExists(t, w.Root)
	}
}

func TestAmend(t *testing.T) {
	in := &wheel.Installed{Record: []wheel.RecordEntry{{Path: "a.py", Hash: "sha256=x", Size: 1}, {Path: "b.dist-info/RECORD", Size: -1}}}
	c := content{File: File{To: "a.py"}, body: []byte("new\n")}
	assert.Equal(t, "a.py,"+wheelmake.Hash("new\n")+",4\nb.dist-info/RECORD,,\n", string(amend(in, c)))
	c.To = "c.py"
	assert.Contains(t, string(amend(in, c)), "\nc.py,"+wheelmake.Hash("new\n")+",4\n")
}
