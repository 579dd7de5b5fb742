package openstack

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// chain is a schema of revisions that each revise the one before.
func chain(t *testing.T, ids ...string) Schema {
	t.Helper()
	var s Schema
	found := map[string]Revision{}
	down := []string(nil)
	for _, id := range ids {
		s.Revisions = append(s.Revisions, Revision{ID: id, Down: down})
		found[id] = s.Revisions[len(s.Revisions)-1]
		down = []string{id}
	}
	require.NoError(t, s.order(found))
	return s
}

func TestMigrationOf(t *testing.T) {
	old, fresh := chain(t, "a", "b"), chain(t, "a", "b", "c", "d")
	tests := []struct {
		name       string
		applied    []string
		old, fresh Schema
		kind       MigrationKind
		added      []string
	}{
		{"as the code is", []string{"b"}, old, fresh, ForwardSchema, []string{"c", "d"}},
		{"behind its code", []string{"a"}, old, fresh, ForwardSchema, []string{"b", "c", "d"}},
		{"ahead of its code, after a rollback of the code alone", []string{"d"}, old, fresh, SameSchema, nil},
		{"half way", []string{"c"}, old, fresh, ForwardSchema, []string{"d"}},
		{"the target is older", []string{"d"}, fresh, old, BackwardSchema, nil},
		{"unknown to the target", []string{"x"}, chain(t, "x"), fresh, ForeignSchema, nil},
		{"nothing applied", nil, old, fresh, UndecidedSchema, nil},
		{"the target is not under alembic", []string{"b"}, old, Schema{}, UndecidedSchema, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := migrationOf(tt.applied, tt.old, tt.fresh)
			assert.Equal(t, tt.kind, m.Kind)
			assert.Equal(t, tt.added, m.New)
			assert.Equal(t, tt.kind == SameSchema, m.CodeOnlyRollback())
		})
	}
}

// environment is one on disk without an interpreter, with the component's files in it.
func environment(t *testing.T, files map[string]string) *venv.Env {
	t.Helper()
	root := t.TempDir()
	env := &venv.Env{Root: root, Scripts: filepath.Join(root, "bin"), Virtual: true, Scheme: wheel.Scheme{Purelib: "lib", Platlib: "lib64"}}
	for _, dir := range []string{"bin", "lib", "lib64"} {
		require.NoError(t, os.Mkdir(filepath.Join(root, dir), 0o755))
	}
	for name, text := range files {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o755))
	}
	return env
}

func TestHostNeeds(t *testing.T) {
	host := environment(t, map[string]string{"lib/rbd.cpython-311-x86_64-linux-gnu.so": "", "bin/qemu-img": "", "sbin/vgs": ""})
	env := environment(t, map[string]string{"bin/rbd": "", "lib64/rados/__init__.py": "", "lib/rbdlike.py": ""})
	require.NoError(t, os.Symlink(filepath.Join(host.Root, "lib/rbd.cpython-311-x86_64-linux-gnu.so"), filepath.Join(env.Root, "lib/rbd.cpython-311-x86_64-linux-gnu.so")))
	require.NoError(t, os.Symlink("/nonexistent/sdc.py", filepath.Join(env.Root, "lib/sdc.py")))
	require.NoError(t, os.Chmod(filepath.Join(host.Root, "sbin/vgs"), 0o644))
	now := upgrade.Subject{Component: upgrade.Component{
		Host:     upgrade.HostNeeds{Bindings: []string{"rbd", "rados", "sdc", "rb"}, Executables: []string{"rbd", "qemu-img", "vgs"}},
		Services: []upgrade.Service{{Name: "api"}, {Name: "volume", Driver: true, Env: map[string]string{"PATH": host.Scripts + ":" + filepath.Join(host.Root, "sbin")}}},
	}}
	found := map[string]string{}
	for _, n := range hostNeeds(now, env) {
		found[n.Kind+" "+n.Name] = n.Found
		assert.Equal(t, n.Found == "", n.Text != "", "%s: advice where it is missing", n.Name)
	}
	assert.Equal(t, map[string]string{
		"binding rbd":         filepath.Join(host.Root, "lib/rbd.cpython-311-x86_64-linux-gnu.so"),
		"binding rados":       filepath.Join(env.Root, "lib64/rados"),
		"binding sdc":         "",
		"binding rb":          "",
		"executable rbd":      filepath.Join(env.Root, "bin/rbd"),
		"executable qemu-img": filepath.Join(host.Root, "bin/qemu-img"),
		"executable vgs":      "",
	}, found)
}

const revision = "revision = 'b1'\ndown_revision = None\n"

// TestInspect_files: what needs no program is found, and what cannot be looked at is a note.
func TestInspect_files(t *testing.T) {
	site := t.TempDir()
	migrations := "cinder/db/migrations/versions"
	for name, text := range map[string]string{"cinder-21.3.1.egg-info": "Metadata-Version: 1.1\nName: cinder\nVersion: 21.3.1\n", migrations + "/b1.py": revision, "cinder.conf": "[DEFAULT]\nhost = h\n"} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(site, name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(site, name), []byte(text), 0o600))
	}
	env := environment(t, map[string]string{"lib/" + migrations + "/b1.py": revision, "lib/" + migrations + "/b2.py": "revision = 'b2'\ndown_revision = 'b1'\n", "etc/cinder/api-paste.ini": "new"})
	now := upgrade.Subject{Component: Cinder(), Env: &venv.Env{Root: "/usr"}, Config: upgrade.Config{Files: []string{filepath.Join(site, "cinder.conf")}}}
	i := &Inspector{Sites: []string{site}, Configurer: &Configurer{Root: "/nonexistent"}, Database: &Database{Dir: t.TempDir()}, Runner: answers{err: errors.New("no oslo.config")}}
	f, err := i.Inspect(t.Context(), now, env)
	require.NoError(t, err)
	assert.Equal(t, upgrade.Migration{Kind: "forward", Now: []string{"b1"}, Then: []string{"b2"}, New: []string{"b2"}}, f.Database)
	require.Len(t, f.Files, 1)
	assert.Equal(t, "take", f.Files[0].Choice)
	assert.Empty(t, f.Options)
	require.Len(t, f.Notes, 4, "the database, twice, and both environments' options: %q", f.Notes)

	_, err = i.Inspect(t.Context(), upgrade.Subject{Component: Cinder(), Config: upgrade.Config{Files: []string{filepath.Join(site, "absent.conf")}}}, env)
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// answers is a Runner whose every command ends so.
type answers struct {
	upgrade.Runner
	result upgrade.Result
	err    error
}

func (a answers) Run(context.Context, upgrade.Subject, upgrade.Command) (upgrade.Result, error) {
	return a.result, a.err
}

func TestPrivilegedHelper(t *testing.T) {
	d, err := Lookup("cinder")
	require.NoError(t, err)
	glance, err := Lookup("glance")
	require.NoError(t, err)
	env := &venv.Env{Root: "/opt/cinder-26.3.0"}
	s := upgrade.Subject{Env: env, Config: upgrade.Config{Dir: "/opt/generations/cinder-26.3.0"}}
	traceback := func(root string) []byte {
		return []byte("Traceback (most recent call last):\n  File \"" + root + "/oslo_privsep/daemon.py\", line 1, in x\n")
	}
	failed := errors.New("exit code 1")
	tests := []struct {
		name    string
		d       Description
		s       upgrade.Subject
		run     answers
		verdict upgrade.Verdict
		err     error
	}{
		{"its own", d, s, answers{result: upgrade.Result{Code: 1, Output: traceback("/opt/cinder-26.3.0/lib")}}, upgrade.Pass, nil},
		{"the distribution's", d, s, answers{result: upgrade.Result{Code: 1, Output: traceback("/usr/lib")}}, upgrade.Fail, nil},
		{"sudo refuses", d, s, answers{result: upgrade.Result{Code: 1, Output: []byte("sudo: a password is required")}, err: failed}, upgrade.Fail, nil},
		{"it says nothing", d, s, answers{result: upgrade.Result{Code: 7}, err: failed}, upgrade.Unknown, nil},
		{"it did not run", d, s, answers{result: upgrade.Result{Code: -1}, err: failed}, upgrade.Unknown, failed},
		{"the real environment", d, upgrade.Subject{Env: env}, answers{err: failed}, upgrade.NotApplicable, nil},
		{"none is described", glance, s, answers{err: failed}, upgrade.NotApplicable, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := PrivilegedHelper{Runner: tt.run, Description: tt.d}.Verify(t.Context(), tt.s)
			require.ErrorIs(t, err, tt.err)
			assert.Equal(t, tt.verdict, r.Verdict)
		})
	}
	_, err = PrivilegedHelper{Description: d}.Verify(t.Context(), s)
	assert.Error(t, err)
}

func TestSetUser(t *testing.T) {
	d, err := Lookup("cinder")
	require.NoError(t, err)
	d.Component.Services[0].User = "root"
	d.SetUser("block")
	assert.Equal(t, []string{"root", "block", "block", "block", "block", "block"}, []string{
		d.Component.Services[0].User, d.Component.Services[1].User, d.Component.Database.Version.User, d.Component.Database.Sync[0].User, d.Component.Check[0].User, d.User,
	})
	fresh, err := Lookup("cinder")
	require.NoError(t, err)
	assert.Equal(t, "cinder", fresh.Component.Services[1].User)
}

func TestReadWithin(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), []byte("12345"), 0o600))
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(dir, "link")))
	b, err := readWithin(dir, "file", 5)
	require.NoError(t, err)
	assert.Equal(t, "12345", string(b))
	for _, name := range []string{"link", "absent", "."} {
		_, err := readWithin(dir, name, 5)
		assert.Error(t, err, name)
	}
	_, err = readWithin(dir, "file", 4)
	assert.Error(t, err)
}
