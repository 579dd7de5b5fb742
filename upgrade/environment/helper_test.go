package environment

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/python"
)

var probed = sync.OnceValues(func() (*python.Interpreter, error) {
	path, err := exec.LookPath("python3")
	if err != nil {
		return nil, err
	}
	return python.Probe(context.Background(), path)
})

// interpreter is the first python3 on PATH, which these tests need; in a copy that a test may change. It sees no library folders of this machine.
func interpreter(t testing.TB) *python.Interpreter {
	t.Helper()
	i, err := probed()
	require.NoError(t, err, "this test needs a python3 on PATH")
	mine := *i
	mine.SiteDirs = nil
	return &mine
}

const driver = "cinder/volume/drivers/rbd.py"

// cinder is a small service component.
var cinder = wheelmake.Spec{
	Name: "cinder", Version: "26.3.0", RequiresPython: ">=3.7", Requires: []string{"oslo.config>=1"},
	EntryPoints: "[console_scripts]\ncinder-manage = cinder.cmd:main\n",
	Files: map[string]string{
		"cinder/__init__.py": "", "cinder/cmd.py": "def main():\n    print('managed')\n", driver: "VERSION = 'stock'\n", "cinder/volume/drivers/lvm.py": "x = 1\n",
		"cinder-26.3.0.data/data/etc/cinder/api-paste.ini": "[app]\n",
	},
}

var oslo = wheelmake.Spec{Name: "oslo.config", Version: "9.0", Files: map[string]string{"oslo_config/__init__.py": "y = 2\n"}}

// workshop is a folder with an index of wheels and all that a Provisioner keeps.
type workshop struct {
	dir   string
	notes []Note
}

func newWorkshop(t testing.TB, specs ...wheelmake.Spec) *workshop {
	t.Helper()
	w := &workshop{dir: t.TempDir()}
	require.NoError(t, os.Mkdir(w.path("index"), 0o755))
	if len(specs) == 0 {
		specs = []wheelmake.Spec{cinder, oslo}
	}
	require.NoError(t, wheelmake.Folder(w.path("index"), specs...))
	return w
}

func (w *workshop) path(name string) string { return filepath.Join(w.dir, name) }

// observe keeps notes, but for those of where this machine has its temporary files and interpreters.
func (w *workshop) observe(n Note) {
	if n.Kind != Unreadable {
		w.notes = append(w.notes, n)
	}
}

// provisioner is one over the index as it is now.
func (w *workshop) provisioner(t testing.TB, change ...func(*Provisioner)) *Provisioner {
	t.Helper()
	fetcher := &index.Fetcher{}
	t.Cleanup(func() { require.NoError(t, fetcher.Close()) })
	p := &Provisioner{
		Index: &index.Dir{Folders: []string{w.path("index")}}, Fetcher: fetcher, Cache: w.path("cache"), Store: w.path("store"), NoBytecode: true,
		Pythons: []*python.Interpreter{interpreter(t)}, Observer: w.observe,
	}
	for _, c := range change {
		c(p)
	}
	return p
}

// wanted is cinder 26.3.0 at <dir>/envs/cinder-26.3.0.
func (w *workshop) wanted(constraints ...string) upgrade.Wanted {
	target := upgrade.Target{Version: pep440.MustParse("26.3.0"), Series: "2025.1"}
	for _, c := range constraints {
		target.Constraints = append(target.Constraints, pep508.MustParse(c))
	}
	return upgrade.Wanted{
		Component: upgrade.Component{Name: "cinder", Distribution: "cinder"}, Target: target, Root: filepath.Join(w.dir, "envs", "cinder-26.3.0"),
	}
}

func resolved(t testing.TB, p *Provisioner, w upgrade.Wanted) *resolve.Resolution {
	t.Helper()
	r, err := p.Resolve(context.Background(), w)
	require.NoError(t, err)
	return r
}

// provisioned resolves and makes.
func provisioned(t testing.TB, p *Provisioner, w upgrade.Wanted) *venv.Env {
	t.Helper()
	env, err := p.Provision(context.Background(), w, resolved(t, p, w))
	require.NoError(t, err)
	return env
}

// tree is what lies at root as text: kinds, modes, contents, targets. What only tells of locks is left out.
func tree(t testing.TB, root string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		rel, err := filepath.Rel(root, name)
		require.NoError(t, err)
		if d.Name() == venv.StateFolder {
			return fs.SkipDir
		}
		fi, err := d.Info()
		require.NoError(t, err)
		content := ""
		switch {
		case d.Type()&fs.ModeSymlink != 0:
			content, err = os.Readlink(name)
		case d.Type().IsRegular():
			var b []byte
			b, err = os.ReadFile(name)
			content = string(b)
		}
		require.NoError(t, err)
		all[rel] = fmt.Sprint(fi.Mode(), " ", content)
		return nil
	}))
	return all
}

// site is a path below an environment's library folder.
func site(env *venv.Env, name string) string {
	return filepath.Join(env.Root, filepath.FromSlash(env.Scheme.Purelib), filepath.FromSlash(name))
}

func write(t testing.TB, path, text string) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}
