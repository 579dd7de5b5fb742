package openstack

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv/python"
)

func TestParseURL(t *testing.T) {
	tests := []struct {
		url  string
		want location
	}{
		{"sqlite:////var/lib/cinder.sqlite", location{dialect: "sqlite", database: "/var/lib/cinder.sqlite"}},
		{"mysql+pymysql://cinder:p%40ss@db.example:3307/cinder?charset=utf8", location{dialect: "mysql", driver: "pymysql", user: "cinder", password: "p@ss", host: "db.example", port: "3307", database: "cinder"}},
		{"mysql://u:a:b/c@[::1]/x", location{dialect: "mysql", user: "u", password: "a:b/c", host: "::1", database: "x"}},
		{"mysql+pymysql://u:p@/x?unix_socket=/run/s", location{dialect: "mysql", driver: "pymysql", user: "u", password: "p", database: "x"}},
		{"mysql://h/x", location{dialect: "mysql", host: "h", database: "x"}},
	}
	for _, tt := range tests {
		got, err := parseURL(tt.url)
		require.NoError(t, err, tt.url)
		got.query = nil
		assert.Equal(t, tt.want, got, tt.url)
	}
	for _, bad := range []string{"", "cinder.sqlite", "mysql://u:s3cret%zz@h/x"} {
		_, err := parseURL(bad)
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "s3cret")
	}
	assert.Equal(t, "mysql://cinder:cinder@cinder/new?a=/cinder", withDatabase("mysql://cinder:cinder@cinder/cinder?a=/cinder", "new"))
}

// sqliteHost is a host whose cinder has a SQLite database.
type sqliteHost struct {
	*host
	db     *Database
	python string
}

// onPath is the python3 on PATH, itself and not a script that starts it.
var onPath = sync.OnceValues(func() (string, error) {
	name, err := exec.LookPath("python3")
	if err != nil {
		return "", err
	}
	i, err := python.Probe(context.Background(), name)
	if err != nil {
		return "", err
	}
	return i.Executable, nil
})

func newSQLiteHost(t *testing.T, prepare string) *sqliteHost {
	h := &sqliteHost{host: newHost(t)}
	var err error
	h.python, err = onPath()
	require.NoError(t, err, "these tests need a python3 on PATH")
	h.write("etc/cinder.conf", strings.Replace(h.read(h.path("etc/cinder.conf")), "/nowhere", h.path("db/cinder.sqlite"), 1))
	require.NoError(t, os.Mkdir(h.path("db"), 0o755))
	h.db = &Database{Dir: h.path("snapshots"), Python: h.python, Description: h.c.Description}
	d := *h.db.Description
	d.Tables = []Table{{Name: "volumes", Key: "id", Updated: "updated_at", Deleted: "deleted"}, {Name: "groups", Key: "id", Deleted: "deleted"}}
	h.db.Description = &d
	h.sql(prepare + `
CREATE TABLE volumes (id TEXT, status TEXT, host TEXT, service_uuid TEXT, updated_at TEXT, deleted BOOLEAN);
CREATE TABLE groups (id TEXT, deleted BOOLEAN);
CREATE TABLE services (binary TEXT, host TEXT, rpc_current_version TEXT, object_current_version TEXT, updated_at TEXT, deleted BOOLEAN);
CREATE TABLE alembic_version (version_num TEXT);
INSERT INTO alembic_version VALUES ('c92a3e68beed');
INSERT INTO volumes VALUES ('a', 'available', 'h', 'u', '1', 0), ('b', 'available', 'h', 'u', '1', 0), ('c', 'error', 'h', NULL, '1', 0), ('d', 'x', 'h', NULL, '1', 1);
INSERT INTO services VALUES ('cinder-volume', 'h', '3.18', '1.39', '2026-11-22 17:00:00.5', 0), ('cinder-volume', 'gone', '3.9', '1.38', '2025-01-01 00:00:00', 0);
`)
	h.old.Version = pep440.MustParse("21.3.1")
	return h
}

func (h *sqliteHost) sql(script string) {
	h.t.Helper()
	out, err := exec.Command(h.python, "-c", "import sqlite3,sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit(); c.close()", h.path("db/cinder.sqlite"), script).CombinedOutput()
	require.NoError(h.t, err, string(out))
}

func (h *sqliteHost) ids(s upgrade.Subject) (all []string) {
	h.t.Helper()
	rows, err := h.db.Query(h.t.Context(), s, Query{Table: "volumes", Columns: []string{"id"}, Where: "deleted = 0 ORDER BY id"})
	require.NoError(h.t, err)
	for _, r := range rows {
		all = append(all, r["id"])
	}
	return all
}

func TestDatabase_sqlite(t *testing.T) {
	for name, prepare := range map[string]string{"rollback journal": "", "write-ahead log": "PRAGMA journal_mode=WAL;"} {
		t.Run(name, func(t *testing.T) {
			h := newSQLiteHost(t, prepare)
			require.NoError(t, os.Chmod(h.path("db/cinder.sqlite"), 0o640))
			snap, err := h.db.Snapshot(t.Context(), h.old)
			require.NoError(t, err)
			assert.Equal(t, "sqlite", snap.Kind)
			text, err := json.Marshal(snap)
			require.NoError(t, err)
			var back upgrade.Snapshot
			require.NoError(t, json.Unmarshal(text, &back))

			none, err := h.db.Losses(t.Context(), h.old, back)
			require.NoError(t, err)
			assert.Empty(t, none)
			h.sql("INSERT INTO volumes VALUES ('e', 'available', 'h', 'u', '2', 0); UPDATE volumes SET deleted = 1 WHERE id = 'a'; UPDATE volumes SET updated_at = '2' WHERE id = 'b';")
			lost, err := h.db.Losses(t.Context(), h.old, back)
			require.NoError(t, err)
			assert.Equal(t, []upgrade.Loss{{Table: "volumes", Orphaned: []string{"e"}, Ghosts: []string{"a"}, Reverted: []string{"b"}}}, lost)

			require.NoError(t, h.db.Restore(t.Context(), h.old, back))
			assert.Equal(t, []string{"a", "b", "c"}, h.ids(h.old))
			st, err := os.Stat(h.path("db/cinder.sqlite"))
			require.NoError(t, err)
			assert.Equal(t, os.FileMode(0o640), st.Mode().Perm())
			entries, err := os.ReadDir(h.path("db"))
			require.NoError(t, err)
			for _, e := range entries {
				assert.NotContains(t, e.Name(), "tmp")
			}
		})
	}
}

// holding keeps the database open in another process, which runs sql first, until the test ends.
func (h *sqliteHost) holding(sql string) {
	h.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, h.python, "-c", "import sqlite3,sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); [c.execute(s) for s in sys.argv[2].split(';') if s]; print('ready', flush=True); sys.stdin.read()", h.path("db/cinder.sqlite"), sql)
	in, err := cmd.StdinPipe()
	require.NoError(h.t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(h.t, err)
	require.NoError(h.t, cmd.Start())
	h.t.Cleanup(func() { in.Close(); cancel(); _ = cmd.Wait() })
	line := make([]byte, 6)
	_, err = out.Read(line)
	require.NoError(h.t, err)
}

func TestDatabase_sqliteLive(t *testing.T) {
	h := newSQLiteHost(t, "")
	h.holding("INSERT INTO volumes VALUES ('f', 'available', 'h', 'u', '2', 0)")
	snap, err := h.db.Snapshot(t.Context(), h.old)
	require.NoError(t, err, "a snapshot is taken while others have it open")
	before := h.read(h.path("db/cinder.sqlite"))
	err = h.db.Restore(t.Context(), h.old, snap)
	require.ErrorIs(t, err, ErrInUse)
	assert.Equal(t, before, h.read(h.path("db/cinder.sqlite")))
	assert.Equal(t, []string{"a", "b", "c", "f"}, h.ids(h.old))
}

func TestDatabase_sqliteLocked(t *testing.T) {
	h := newSQLiteHost(t, "")
	h.holding("BEGIN EXCLUSIVE;INSERT INTO volumes VALUES ('f', 'available', 'h', 'u', '2', 0)")
	e := &sqlite{path: h.path("db/cinder.sqlite"), python: h.python}
	require.ErrorIs(t, e.alone(t.Context(), "/another/name/so/that/only/the/lock/tells"), ErrInUse)
}

func TestDatabase_sqliteDamaged(t *testing.T) {
	h := newSQLiteHost(t, "")
	snap, err := h.db.Snapshot(t.Context(), h.old)
	require.NoError(t, err)
	h.write("db/cinder.sqlite", strings.Repeat("no database", 1000))
	h.write("db/cinder.sqlite-journal", "stale")
	require.NoError(t, h.db.Restore(t.Context(), h.old, snap), "a broken database is what a restore is for")
	assert.Equal(t, []string{"a", "b", "c"}, h.ids(h.old))

	b := []byte(h.read(snap.Path))
	b[len(b)-1] ^= 1
	require.NoError(t, os.WriteFile(snap.Path, b, 0o600))
	before := h.read(h.path("db/cinder.sqlite"))
	require.ErrorIs(t, h.db.Restore(t.Context(), h.old, snap), ErrSnapshotDamaged)
	_, err = h.db.Losses(t.Context(), h.old, snap)
	require.ErrorIs(t, err, ErrSnapshotDamaged)
	snap.Kind = "mysql"
	require.ErrorContains(t, h.db.Restore(t.Context(), h.old, snap), "a snapshot of mysql")
	assert.Equal(t, before, h.read(h.path("db/cinder.sqlite")))
}

func TestDatabase_Forget(t *testing.T) {
	h := newSQLiteHost(t, "")
	snap, err := h.db.Snapshot(t.Context(), h.old)
	require.NoError(t, err)
	other, err := h.db.Snapshot(t.Context(), h.old)
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, h.db.Forget(t.Context(), snap))
	}
	assert.NoFileExists(t, snap.Path)
	assert.FileExists(t, other.Path)

	elsewhere := other
	elsewhere.Path = h.path("db/cinder.sqlite")
	require.ErrorContains(t, h.db.Forget(t.Context(), elsewhere), "remove it by hand")
	elsewhere.Path = filepath.Join(h.db.Dir, "..", filepath.Base(h.db.Dir), "..", "db", "cinder.sqlite")
	require.ErrorContains(t, h.db.Forget(t.Context(), elsewhere), "remove it by hand")
	assert.FileExists(t, h.path("db/cinder.sqlite"))
}

func TestDatabase_Copy(t *testing.T) {
	h := newSQLiteHost(t, "")
	trial := upgrade.Subject{Component: h.old.Component, Env: h.env, Config: h.configure(true), Trial: true}
	before := tree(t, h.path("db"))
	for range 2 { // the second replaces the first
		cfg, err := h.db.Copy(t.Context(), trial)
		require.NoError(t, err)
		assert.Equal(t, trial.Config, cfg)
	}
	override := h.parse(trial.Config.Overrides)
	url, _ := override.Get("database", "connection")
	path := strings.TrimPrefix(url, "sqlite:///")
	assert.Equal(t, filepath.Join(trial.Config.Dir, "state/database/cinder.sqlite"), path)
	assert.FileExists(t, path)
	got, _ := override.Get("DEFAULT", "host")
	assert.Equal(t, "chandlery-trial", got, "the rest of the override file stays")
	assert.Equal(t, before, tree(t, h.path("db")), "production is untouched")
	st, err := os.Stat(trial.Config.Overrides)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o640), st.Mode().Perm())

	require.NoError(t, h.db.Drop(t.Context(), trial))
	require.NoError(t, h.db.Drop(t.Context(), trial))
	assert.NoFileExists(t, path)
	assert.Equal(t, before, tree(t, h.path("db")))
}

func TestDatabase_CopyRefuses(t *testing.T) {
	h := newSQLiteHost(t, "")
	for name, s := range map[string]upgrade.Subject{
		"production":     {Component: h.old.Component, Config: h.configure(false)},
		"no generation":  {Component: h.old.Component, Config: h.old.Config, Trial: true},
		"not its own":    {Component: h.old.Component, Config: upgrade.Config{Files: h.old.Config.Files, Overrides: h.old.Config.Files[0], Dir: h.path("root")}, Trial: true},
		"its production": h.old,
	} {
		_, err := h.db.Copy(t.Context(), s)
		require.ErrorIs(t, err, ErrNotTrial, name)
	}
	trial := upgrade.Subject{Component: h.old.Component, Config: h.configure(true), Trial: true}
	f := h.parse(trial.Config.Overrides)
	f.Set("database", "connection", "sqlite:///"+h.path("db/cinder.sqlite"))
	require.NoError(t, os.WriteFile(trial.Config.Overrides, f.Bytes(), 0o640))
	require.ErrorIs(t, h.db.Drop(t.Context(), trial), ErrNotTrial, "production's database is never dropped")
	assert.FileExists(t, h.path("db/cinder.sqlite"))
}

func TestDatabase_unreachable(t *testing.T) {
	h := newSQLiteHost(t, "")
	require.NoError(t, os.Remove(h.path("db/cinder.sqlite")))
	_, err := h.db.Snapshot(t.Context(), h.old)
	var away *UnreachableError
	require.ErrorAs(t, err, &away)
	for conf, want := range map[string]string{
		"postgresql://u:s3cret@h/x":                     "postgresql",
		"sqlite:///relative.sqlite":                     "no absolute path",
		"sqlite://":                                     "no absolute path",
		"mysql://u:s3cret@h/bad name!":                  "no name",
		"mysql://u:s3cret@h/" + strings.Repeat("x", 60): "too long",
		"s3cret": "no URL",
		"":       "not set",
	} {
		h.write("etc/cinder.conf", "[database]\nconnection = "+conf+"\n")
		_, err := h.db.Snapshot(t.Context(), h.old)
		require.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "s3cret")
	}
}

func TestFindings(t *testing.T) {
	h := newSQLiteHost(t, "")
	found, err := h.db.Findings(t.Context(), h.old)
	require.NoError(t, err)
	require.Len(t, found, 2)
	assert.Equal(t, []Row{{"id": "c", "status": "error", "host": "h"}}, found[0].Rows)
	require.Len(t, found[1].Rows, 1)
	assert.Equal(t, "gone", found[1].Rows[0]["host"])
	at, err := h.db.Revision(t.Context(), h.old)
	require.NoError(t, err)
	assert.Equal(t, []string{"c92a3e68beed"}, at)

	h.sql("DELETE FROM services WHERE host = 'gone'; UPDATE volumes SET deleted = 1 WHERE id = 'c';")
	found, err = h.db.Findings(t.Context(), h.old)
	require.NoError(t, err)
	assert.Empty(t, found)
	_, err = h.db.Query(t.Context(), h.old, Query{Table: "absent", Columns: []string{"id"}})
	require.ErrorContains(t, err, "no such table")
	_, err = h.db.Query(t.Context(), h.old, Query{Table: "x`; DROP TABLE volumes; --", Columns: []string{"id"}})
	require.ErrorIs(t, err, errName)
}

func TestPins(t *testing.T) {
	row := func(binary, host, rpc, beat string) Row {
		return Row{"binary": binary, "host": host, "rpc_current_version": rpc, "object_current_version": "1.39", "updated_at": beat}
	}
	rows := []Row{
		row("cinder-volume", "low", "3.9", "2026-01-01 10:00:00"),
		row("cinder-volume", "fine", "3.18", "2026-01-01 10:00:00.25"),
		row("cinder-scheduler", "fine", "3.12", "2026-01-01 09:55:00"),
		row("cinder-backup", "dead", "2.4", "2025-01-01 10:00:00"),
		row("cinder-api", "never", "", ""),
	}
	var got []string
	for _, r := range Pins(rows) {
		got = append(got, r["host"])
	}
	assert.Equal(t, []string{"low", "dead"}, got)
	assert.Empty(t, Pins(nil))
}

func TestMySQLOptions(t *testing.T) {
	e := &mysql{at: location{driver: "pymysql", user: "u", password: "a\"b\\c\n[client]\nhost=evil#", host: "h", port: "1"}}
	assert.Equal(t, "[client]\nuser=\"u\"\npassword=\"a\\\"b\\\\c\\n[client]\\nhost=evil#\"\nhost=\"h\"\nport=\"1\"\nprotocol=\"tcp\"\ndefault-character-set=\"utf8mb4\"\n", string(e.options()))
}

func TestMySQLJudge(t *testing.T) {
	e := &mysql{at: location{host: "h", database: "cinder", password: "s3cret"}}
	for text, unreachable := range map[string]bool{
		"ERROR 2002 (HY000): Can't connect":                         true,
		"ERROR 1045 (28000): Access denied for user":                true,
		"mysqldump: Got error: 2003: \"Can't connect\" when":        true,
		"mysqldump: Error 2013: Lost connection":                    true,
		"ERROR 1146 (42S02) at line 1: Table 'x.y' doesn't exist":   false,
		"ERROR 1049 (42000): Unknown database 'cinder'":             true,
		"mysqldump: unknown option '--x'":                           false,
		"ERROR 1064 (42000) at line 1: syntax near 'error 2002' at": false,
	} {
		var away *UnreachableError
		err := e.judge(&CommandError{Program: "mysql", Code: 1, Text: text, Err: os.ErrInvalid})
		assert.Equal(t, unreachable, errors.As(err, &away), text)
		assert.NotContains(t, err.Error(), "s3cret")
	}
	require.NoError(t, e.judge(nil))
}

func TestParseResults(t *testing.T) {
	got, err := parseResults([]byte("[\"a\", 1, null]\n.\n.\n[\"x\\ny\"]\n.\n"), 3)
	require.NoError(t, err)
	assert.Equal(t, [][][]string{{{"a", "1", ""}}, nil, {{"x\ny"}}}, got)
	for _, bad := range []string{"[1]\n", ".\n.\n", "x\n.\n", ""} {
		_, err := parseResults([]byte(bad), 1)
		assert.Error(t, err, "%q", bad)
	}
}
