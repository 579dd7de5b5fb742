//go:build slow

package openstack

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv"
)

// programs is a Runner that runs commands as this process's user; users are the business of package supervise.
type programs struct{ upgrade.Runner }

func (programs) Run(ctx context.Context, s upgrade.Subject, c upgrade.Command) (r upgrade.Result, err error) {
	argv := strings.Split(strings.ReplaceAll(strings.Join(c.Argv, "\x00"), "{python}", s.Env.Python.Path), "\x00")
	r.Output, err = exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput()
	return r, err
}

// TestInspect_debian compares Debian's cinder with itself, but for a migration that is one ahead, an option that nothing knows, and rows that ask for attention.
func TestInspect_debian(t *testing.T) {
	i := debian(t)
	dir := t.TempDir()
	db, conf := filepath.Join(dir, "cinder.sqlite"), filepath.Join(dir, "cinder.conf")
	script := `import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.executescript("""create table alembic_version (version_num text); insert into alembic_version values ('c92a3e68beed');
create table volumes (id text, status text, host text, service_uuid text, deleted int); insert into volumes values ('v1', 'error', 'h@b', null, 0), ('v2', 'available', 'h@b', 'u', 0);
create table services (binary text, host text, rpc_current_version text, object_current_version text, updated_at text, deleted int);""")`
	out, err := exec.Command(i.Path, "-c", script, db).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NoError(t, os.WriteFile(conf, []byte("[DEFAULT]\nhost = h\ndebug = true\nnobody_knows = 1\n[database]\nconnection = sqlite:///"+db+"\n"), 0o644))

	d, err := Lookup("cinder")
	require.NoError(t, err)
	old := &venv.Env{Root: "/usr", Scripts: "/usr/bin", Python: i}
	env := environment(t, map[string]string{})
	env.Python = i
	migrations := filepath.Join(env.Root, "lib", filepath.FromSlash(d.Component.Database.Revisions))
	now, err := ReadCurrent(t.Context(), d.Component, i.SiteDirs...)
	require.NoError(t, err)
	require.NoError(t, os.CopyFS(migrations, os.DirFS(filepath.Join(now.Site, filepath.FromSlash(d.Component.Database.Revisions)))))
	require.NoError(t, os.WriteFile(filepath.Join(migrations, "next.py"), []byte("revision = 'fffffffffff1'\ndown_revision = 'c92a3e68beed'\n"), 0o644))

	in := &Inspector{
		Description: &d, Sites: i.SiteDirs, Runner: programs{}, Database: &Database{Dir: filepath.Join(dir, "snapshots"), Description: &d, Python: i.Path}, Configurer: &Configurer{Root: dir, Description: &d},
	}
	s := upgrade.Subject{Component: d.Component, Env: old, Version: now.Version, Config: upgrade.Config{Files: []string{conf}}}
	f, err := in.Inspect(t.Context(), s, env)
	require.NoError(t, err)
	assert.Empty(t, f.Notes, "everything could be looked at")
	assert.Equal(t, upgrade.Migration{Kind: "forward", Now: []string{"c92a3e68beed"}, Then: []string{"fffffffffff1"}, New: []string{"fffffffffff1"}}, f.Database)
	assert.Empty(t, f.Options, "both know the same")
	require.Len(t, f.Findings, 1)
	assert.Equal(t, []string{"id v1, status error, host h@b"}, f.Findings[0].Rows)
	assert.NotEmpty(t, f.Findings[0].Advice)
	assert.Len(t, f.Host, len(d.Component.Host.Bindings)+len(d.Component.Host.Executables))
}
