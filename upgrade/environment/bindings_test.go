package environment

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/python"
)

const foreign = ".cpython-399-x86_64-linux-gnu.so"

func TestFindBinding(t *testing.T) {
	i := interpreter(t)
	own := i.ExtSuffix
	tests := []struct {
		name  string
		files []string // below two library folders, a and b
		links []string
		other string
	}{
		{"an extension of this ABI, and its metadata", []string{"a/rbd" + own, "a/rbd" + foreign, "a/rbd-2.0.0.egg-info/PKG-INFO", "a/rbd_tools-1.egg-info", "a/rbdx.py"}, []string{"a/rbd" + own, "a/rbd-2.0.0.egg-info"}, ""},
		{"the limited API", []string{"a/rbd.abi3.so"}, []string{"a/rbd.abi3.so"}, ""},
		{"without a tag", []string{"a/rbd.so"}, []string{"a/rbd.so"}, ""},
		{"a module", []string{"a/rbd.py"}, []string{"a/rbd.py"}, ""},
		{"an extension goes before a module", []string{"a/rbd.py", "a/rbd" + own}, []string{"a/rbd" + own}, ""},
		{"a package", []string{"a/rbd/__init__.py", "a/rbd/core" + own, "a/rbd/core" + foreign, "a/rbd-1.dist-info/METADATA"}, []string{"a/rbd", "a/rbd-1.dist-info"}, ""},
		{"a package of another Python", []string{"a/rbd/__init__.py", "a/rbd/core" + foreign}, nil, "a/rbd"},
		{"a folder without __init__", []string{"a/rbd/core.py"}, nil, ""},
		{"another Python's", []string{"a/rbd" + foreign}, nil, "a/rbd" + foreign},
		{"another Python's, and then ours", []string{"a/rbd" + foreign, "b/rbd" + own}, []string{"b/rbd" + own}, ""},
		{"the first folder's", []string{"a/rbd" + own, "b/rbd" + own}, []string{"a/rbd" + own}, ""},
		{"metadata of another name that says so", []string{"a/rbd" + own, "a/python_rbd-1.egg-info/top_level.txt"}, []string{"a/rbd" + own, "a/python_rbd-1.egg-info"}, ""},
		{"none", []string{"a/rados" + own}, nil, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, f := range tt.files {
				write(t, filepath.Join(dir, f), "rbd\n")
			}
			b, err := findBinding("rbd", []string{filepath.Join(dir, "a"), filepath.Join(dir, "b")}, i)
			require.NoError(t, err)
			var want []link
			for _, l := range tt.links {
				want = append(want, link{filepath.Base(l), filepath.Join(dir, l)})
			}
			assert.Equal(t, want, b.links)
			if tt.other != "" {
				tt.other = filepath.Join(dir, tt.other)
			}
			assert.Equal(t, tt.other, b.other)
			assert.Equal(t, tt.other != "", b.foreign())
		})
	}
}

// A link of an environment of before is followed, a distribution's own link to a name with a version is not; one that leads nowhere is an error.
func TestOriginal(t *testing.T) {
	dir := t.TempDir()
	real := write(t, filepath.Join(dir, "host", "rbd.so.1"), "")
	named, old := filepath.Join(dir, "host", "rbd.so"), filepath.Join(dir, "old", "rbd.so")
	require.NoError(t, os.Symlink(real, named))
	require.NoError(t, os.Mkdir(filepath.Dir(old), 0o755))
	require.NoError(t, os.Symlink(named, old))
	got, err := original(old)
	require.NoError(t, err)
	assert.Equal(t, named, got)
	require.NoError(t, os.Remove(real))
	_, err = original(old)
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// TestProvision_bindings: linked one by one, remade where a link is not as it was; a wheel's own module stays.
func TestProvision_bindings(t *testing.T) {
	i := interpreter(t)
	shop := newWorkshop(t, cinder, oslo, wheelmake.Spec{Name: "rados", Version: "1", Files: map[string]string{"rados.py": "wheel = True\n"}})
	host := shop.path("host")
	write(t, filepath.Join(host, "rbd.py"), "")
	write(t, filepath.Join(host, "rbd-2.0.0.egg-info/PKG-INFO"), "Metadata-Version: 1.1\nName: rbd\nVersion: 2.0.0\n")
	write(t, filepath.Join(host, "rados.py"), "")
	write(t, filepath.Join(host, "oslo_config.py"), "")
	write(t, filepath.Join(host, "libvirt"+foreign), "")
	w := shop.wanted()
	w.Component.Host.Bindings = []string{"rbd", "rados", "libvirt", "guestfs"}
	i.SiteDirs = []string{host}
	w.Current.Env = &venv.Env{Root: shop.path("real"), Python: i}
	p := shop.provisioner(t)
	r := resolved(t, p, w)
	kinds := map[string]NoteKind{}
	for _, n := range shop.notes {
		kinds[n.Name] = n.Kind
		assert.Contains(t, n.Text, n.Name)
	}
	assert.Equal(t, map[string]NoteKind{"libvirt": OtherBinding, "guestfs": MissingBinding}, kinds)

	env, err := p.Provision(t.Context(), w, r)
	require.NoError(t, err)
	for _, name := range []string{"rbd.py", "rbd-2.0.0.egg-info", "rados.py"} {
		target, err := os.Readlink(site(env, name))
		require.NoError(t, err, name)
		assert.Equal(t, filepath.Join(host, name), target)
	}
	assert.GreaterOrEqual(t, len(env.Warnings), 2)
	assert.NoFileExists(t, site(env, "oslo_config.py"), "nothing else of the host is seen")

	shop.notes = nil
	provisioned(t, p, w)
	for _, n := range shop.notes {
		assert.NotEqual(t, Remade, n.Kind, n.Text)
	}
	require.NoError(t, os.Remove(site(env, "rbd.py")))
	write(t, shop.path("elsewhere.py"), "")
	require.NoError(t, os.Symlink(shop.path("elsewhere.py"), site(env, "rbd.py")))
	provisioned(t, p, w)
	target, err := os.Readlink(site(env, "rbd.py"))
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(host, "rbd.py"), target)

	shop.notes = nil
	w.Target.Extra = append(w.Target.Extra, pep508.MustParse("rados"))
	env = provisioned(t, p, w)
	fi, err := os.Lstat(site(env, "rados.py"))
	require.NoError(t, err)
	assert.True(t, fi.Mode().IsRegular(), "the wheel's own")
	assert.Equal(t, ShadowedBinding, shop.notes[len(shop.notes)-1].Kind)
	shop.notes = nil
	provisioned(t, p, w)
	for _, n := range shop.notes {
		assert.NotEqual(t, Remade, n.Kind, n.Text)
	}
}

// TestChoose: the real environment's interpreter first, but for one that the host's bindings are of.
func TestChoose(t *testing.T) {
	shop := newWorkshop(t)
	one, two := interpreter(t), interpreter(t)
	two.ExtSuffix, two.BaseExecutable, two.Path = foreign, "/two", "/two"
	inVenv := interpreter(t)
	inVenv.Path, inVenv.Prefix = "/venv/bin/python", "/venv"
	old := interpreter(t)
	old.Version, old.BaseExecutable = pep440.MustParse("3.6.1"), "/old"
	host := shop.path("host")
	write(t, filepath.Join(host, "rbd"+foreign), "")
	real := func(i *python.Interpreter) *venv.Env { return &venv.Env{Root: "/", Python: i} }
	tests := []struct {
		name     string
		real     *venv.Env
		given    []*python.Interpreter
		bindings []string
		want     *python.Interpreter
	}{
		{"the real one first", real(one), []*python.Interpreter{two}, nil, one},
		{"no real one", nil, []*python.Interpreter{two, one}, nil, two},
		{"the real one is not admitted", real(old), []*python.Interpreter{old, two}, nil, two},
		{"the bindings are of the other", real(one), []*python.Interpreter{two}, []string{"rbd"}, two},
		{"the bindings fit none", real(one), nil, []string{"rbd"}, one},
		{"the one that the virtual environment was made of", real(inVenv), []*python.Interpreter{two, one}, nil, one},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := shop.provisioner(t, func(p *Provisioner) { p.Pythons, p.SiteDirs = tt.given, []string{host} })
			w := shop.wanted()
			w.Current.Env, w.Component.Host.Bindings = tt.real, tt.bindings
			resolvetest.CheckListing(t, p.indexFor(w), w.Component.Distribution)
			c, err := p.choose(t.Context(), w, p.indexFor(w))
			require.NoError(t, err)
			assert.Equal(t, tt.want.Path, c.python.Path)
			noted := false
			for _, n := range c.notes {
				noted = noted || n.Kind == OtherBinding
			}
			assert.Equal(t, tt.name == "the bindings fit none", noted)
		})
	}
}

func TestClosedFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		assert.Empty(t, closedFolder(`C:\x\y`))
		return
	}
	dir, err := os.MkdirTemp("", "closed")
	require.NoError(t, err)
	defer os.RemoveAll(dir)
	require.NoError(t, os.Chmod(dir, 0o750))
	write(t, filepath.Join(dir, "a", "b"), "")
	assert.Equal(t, dir, closedFolder(filepath.Join(dir, "a", "b")))
	require.NoError(t, os.Chmod(dir, 0o755))
	assert.NotEqual(t, dir, closedFolder(filepath.Join(dir, "a", "b")))
}
