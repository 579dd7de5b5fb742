//go:build slow

package openstack

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/openstack/oslo"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/python"
)

// These tests work on what Debian's packages cinder-common, mariadb-server and sudo install, as root.

func debian(t *testing.T) *python.Interpreter {
	t.Helper()
	i, err := python.Probe(t.Context(), "/usr/bin/python3")
	require.NoError(t, err)
	return i
}

func TestReadCurrent_debian(t *testing.T) {
	i := debian(t)
	now, err := ReadCurrent(t.Context(), Cinder(), i.SiteDirs...)
	require.NoError(t, err)
	t.Logf("cinder %s in %s, %d distributions, %d unread, heads %v", now.Version, now.Site, len(now.Distributions), len(now.Unread), now.Schema.Heads)
	assert.Equal(t, "21.3.1", now.Version.String())
	assert.Equal(t, []string{"c92a3e68beed"}, now.Schema.Heads)
	assert.NotEmpty(t, now.Schema.Legacy)
	assert.Empty(t, now.Unread)

	// The interpreter's own list, as the test's oracle.
	out, err := exec.Command(i.Path, "-I", "-c", "import importlib.metadata as m\nfor d in m.distributions(): print(d.metadata['Name'], d.version)").Output()
	require.NoError(t, err)
	have := map[string]bool{}
	for _, d := range now.Distributions {
		have[string(d.Name)+" "+d.Version.String()] = true
	}
	listed := 0
	for line := range strings.Lines(string(out)) {
		name, version, _ := strings.Cut(strings.TrimSpace(line), " ")
		v, err := pep440.Parse(version)
		require.NoError(t, err, line)
		name = strings.ToLower(strings.NewReplacer("_", "-", ".", "-").Replace(name))
		assert.True(t, have[name+" "+v.String()], line)
		listed++
	}
	assert.Greater(t, listed, 100)

	glance, err := ReadCurrent(t.Context(), Glance(), i.SiteDirs...)
	require.NoError(t, err)
	assert.Equal(t, []string{"wallaby_contract01", "wallaby_expand01"}, glance.Schema.Heads)
	assert.Equal(t, []string{"wallaby_contract01"}, glance.Schema.Tips)
}

func TestCatalogue_debian(t *testing.T) {
	i := debian(t)
	d, err := Lookup("cinder")
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "options.json")
	argv := CatalogueCommand(d, file).Argv
	argv[0] = i.Path
	require.NoError(t, run(t.Context(), argv, nil, nil))
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	c, err := ParseCatalogue(b)
	require.NoError(t, err)
	t.Logf("%d bytes, %d options, %d older names", len(b), c.Len(), len(c.renamed))
	assert.Greater(t, c.Len(), 982)
	live, err := ReadConfig(upgrade.Config{Files: []string{"/etc/cinder/cinder.conf"}})
	require.NoError(t, err)
	for _, change := range CompareOptions(d, c, c, live) {
		assert.NotEqual(t, OptionRemoved, change.Kind)
		assert.NotEqual(t, OptionDefault, change.Kind)
	}
	changes := CompareOptions(d, c, c, oslo.Stack{parse(t, "[DEFAULT]\nenabled_backends = x\nbackup_driver_status_check_interval = 1\n[x]\nvxflexos_storage_pools = p\n")})
	require.Len(t, changes, 2)
	assert.Equal(t, "[x] powerflex_storage_pools", changes[1].To)
}

func TestVisudo(t *testing.T) {
	h := newHost(t)
	h.c.Visudo = ""
	s := upgrade.Subject{Component: h.old.Component, Env: h.env, Config: h.configure(true)}
	require.NoError(t, h.c.Grant(t.Context(), s))
	assert.FileExists(t, h.c.sudoersFile(s))
	h.write("bad", "cinder ALL = (root NOPASSWD: x\n")
	require.Error(t, h.c.visudo(t.Context(), h.path("bad")))
}

// TestPrivsep puts a grant for Debian's own cinder in force, so that the old code answers, and takes it back.
func TestPrivsep(t *testing.T) {
	h := newHost(t)
	d := *h.c.Description
	d.User = "cinder"
	h.c.Description, h.c.User, h.c.SecurePath, h.c.Visudo, h.c.SudoersDir = &d, "cinder", nil, "", ""
	for _, name := range []string{"venv/etc/cinder/rootwrap.d/volume.filters", "venv/etc/os-brick/rootwrap.d/os-brick.filters", "etc/rootwrap.d/volume.filters"} {
		h.write(name, "[Filters]\n")
	}
	s := upgrade.Subject{Component: h.old.Component, Env: h.env, Config: h.configure(false)}
	c, err := PrivsepProbe(d, s.Config)
	require.NoError(t, err)
	probe := func() upgrade.Check {
		cmd := exec.Command("setpriv", append([]string{"--reuid=cinder", "--regid=cinder", "--init-groups"}, c.Argv...)...)
		out, _ := cmd.CombinedOutput()
		return JudgePrivsep(upgrade.Result{Output: out}, h.env)
	}
	before := probe()
	assert.Equal(t, upgrade.Misconfigured, before.Evidence[0].Class, before.Detail)
	require.NoError(t, h.c.Grant(t.Context(), s))
	t.Cleanup(func() { require.NoError(t, h.c.Revoke(context.Background(), s)) })
	got := probe()
	require.Equal(t, upgrade.Fail, got.Verdict, got.Detail)
	assert.Equal(t, upgrade.OldHelper, got.Evidence[0].Class)
	assert.Contains(t, got.Detail, "dist-packages/oslo_privsep")
	// The library's own folder as the environment: the same answer passes.
	assert.Equal(t, upgrade.Pass, JudgePrivsep(upgrade.Result{Output: []byte(`File "` + got.Evidence[0].Symbol + `", line 1`)}, &venv.Env{Root: "/usr/lib"}).Verdict)
	require.NoError(t, h.c.Revoke(t.Context(), s))
	assert.Equal(t, upgrade.Misconfigured, probe().Evidence[0].Class)
}

// mariadb runs a server of the test's own and gives its socket.
func mariadb(t *testing.T) (socket string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "chandlery-mariadb-")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	o, err := lookupOwner("mysql")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	require.NoError(t, os.Chown(dir, o.uid, o.gid))
	as := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(o.uid), Gid: uint32(o.gid)}}
	install := exec.Command("/usr/bin/mariadb-install-db", "--no-defaults", "--datadir="+dir+"/data", "--auth-root-authentication-method=normal", "--skip-test-db")
	install.SysProcAttr = as
	out, err := install.CombinedOutput()
	require.NoError(t, err, string(out))
	socket = filepath.Join(dir, "s")
	server := exec.Command("/usr/sbin/mariadbd", "--no-defaults", "--datadir="+dir+"/data", "--socket="+socket, "--skip-networking", "--pid-file="+dir+"/pid", "--innodb-buffer-pool-size=32M")
	server.SysProcAttr = as
	var log bytes.Buffer
	server.Stdout, server.Stderr = &log, &log
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		require.NoError(t, server.Process.Signal(syscall.SIGTERM))
		_ = server.Wait()
	})
	for range 300 {
		if _, err := os.Stat(socket); err == nil {
			return socket
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("the server did not start: %s", log.String())
	return ""
}

// mysqlHost is a host whose cinder has a MariaDB database.
type mysqlHost struct {
	*host
	db     *Database
	socket string
}

const secret = `s3cret "#\'x`

func newMySQLHost(t *testing.T) *mysqlHost {
	h := &mysqlHost{host: newHost(t), socket: mariadb(t)}
	h.db = &Database{Dir: h.path("snapshots"), Description: h.c.Description}
	d := *h.db.Description
	d.Tables = []Table{{Name: "volumes", Key: "id", Updated: "updated_at", Deleted: "deleted"}, {Name: "groups", Key: "id", Deleted: "deleted"}}
	h.db.Description = &d
	url := "mysql+pymysql://cinder:s3cret%20%22%23%5C%27x@localhost/cinder?charset=utf8&unix_socket=" + h.socket
	h.write("etc/cinder.conf", strings.Replace(h.read(h.path("etc/cinder.conf")), "sqlite:////nowhere", url+"\nslave_connection = "+url, 1))
	h.sql("", "CREATE DATABASE cinder CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci; CREATE USER cinder@localhost IDENTIFIED BY '"+strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(secret)+"'; GRANT ALL ON `cinder`.* TO cinder@localhost; GRANT ALL ON `cinder\\_%`.* TO cinder@localhost;")
	h.sql("cinder", `
CREATE TABLE services (id INT PRIMARY KEY AUTO_INCREMENT, uuid VARCHAR(36) UNIQUE, `+"`binary`"+` VARCHAR(255), host VARCHAR(255), rpc_current_version VARCHAR(36), object_current_version VARCHAR(36), updated_at DATETIME, deleted TINYINT(1));
CREATE TABLE volumes (id VARCHAR(36) PRIMARY KEY, status VARCHAR(255), host VARCHAR(255), service_uuid VARCHAR(36), updated_at DATETIME, deleted TINYINT(1), FOREIGN KEY (service_uuid) REFERENCES services (uuid));
CREATE TABLE snapshots (id VARCHAR(36) PRIMARY KEY, volume_id VARCHAR(36) NOT NULL, FOREIGN KEY (volume_id) REFERENCES volumes (id));
CREATE TABLE `+"`groups`"+` (id VARCHAR(36), deleted TINYINT(1));
CREATE TABLE alembic_version (version_num VARCHAR(32));
INSERT INTO alembic_version VALUES ('c92a3e68beed');
INSERT INTO services (uuid, `+"`binary`"+`, host, rpc_current_version, object_current_version, updated_at, deleted) VALUES ('u', 'cinder-volume', 'h', '3.18', '1.39', '2026-11-22 17:00:00', 0), ('v', 'cinder-volume', 'gone', '3.9', '1.38', '2025-01-01 00:00:00', 0);
INSERT INTO volumes VALUES ('a', 'line
feed	tab "quote"', 'h', 'u', '2026-11-22 17:00:00', 0), ('b', 'available', 'h', 'u', NULL, 0), ('c', 'error', 'h', NULL, NULL, 0), ('d', 'x', 'h', NULL, NULL, 1);
INSERT INTO snapshots VALUES ('s', 'a');
`)
	h.old.Version = pep440.MustParse("21.3.1")
	return h
}

// sql runs statements as the server's root.
func (h *mysqlHost) sql(database, text string) string {
	h.t.Helper()
	cmd := exec.Command("/usr/bin/mariadb", "--no-defaults", "--user=root", "--socket="+h.socket, "--batch", "--skip-column-names", "--database="+database)
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.CombinedOutput()
	require.NoError(h.t, err, string(out))
	return string(out)
}

func (h *mysqlHost) databases() string {
	return strings.Join(strings.Fields(h.sql("", "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'cinder%' ORDER BY 1")), " ")
}

func (h *mysqlHost) checksum() string {
	return h.sql("cinder", "CHECKSUM TABLE services, volumes, snapshots, `groups`, alembic_version; SHOW CREATE TABLE volumes; SHOW CREATE TABLE snapshots;")
}

func TestDatabase_mysql(t *testing.T) {
	h := newMySQLHost(t)
	before := h.checksum()
	started := time.Now()
	snap, err := h.db.Snapshot(t.Context(), h.old)
	require.NoError(t, err)
	t.Logf("snapshot %v", time.Since(started))
	found, err := h.db.Findings(t.Context(), h.old)
	require.NoError(t, err)
	require.Len(t, found, 2)
	assert.Equal(t, []Row{{"id": "c", "status": "error", "host": "h"}}, found[0].Rows)
	assert.Equal(t, "gone", found[1].Rows[0]["host"])
	rows, err := h.db.Query(t.Context(), h.old, Query{Table: "volumes", Columns: []string{"status", "updated_at"}, Where: "id = 'a'"})
	require.NoError(t, err)
	assert.Equal(t, "line\nfeed\ttab \"quote\"", rows[0]["status"])
	assert.False(t, heartbeat(rows[0]).IsZero(), rows[0]["updated_at"])

	h.sql("cinder", "INSERT INTO volumes VALUES ('e', 'available', 'h', 'u', NULL, 0); UPDATE volumes SET deleted = 1 WHERE id = 'a'; UPDATE volumes SET updated_at = NOW() WHERE id = 'b'; CREATE TABLE `new` (id INT); UPDATE alembic_version SET version_num = '9c74c1c6971f'")
	at, err := h.db.Revision(t.Context(), h.old)
	require.NoError(t, err)
	assert.Equal(t, []string{"9c74c1c6971f"}, at)
	lost, err := h.db.Losses(t.Context(), h.old, snap)
	require.NoError(t, err)
	assert.Equal(t, []upgrade.Loss{{Table: "volumes", Orphaned: []string{"e"}, Ghosts: []string{"a"}, Reverted: []string{"b"}}}, lost)

	h.sql("", "CREATE DATABASE cinder_chandlery_old; CREATE TABLE cinder_chandlery_old.volumes (x INT); CREATE DATABASE cinder_chandlery_restore;") // of a killed restore
	started = time.Now()
	require.NoError(t, h.db.Restore(t.Context(), h.old, snap))
	t.Logf("restore %v", time.Since(started))
	assert.Equal(t, before, h.checksum())
	assert.Equal(t, "cinder", h.databases())
	assert.Empty(t, h.sql("cinder", "SHOW TABLES LIKE 'new'"))
	h.sql("cinder", "INSERT INTO snapshots VALUES ('t', 'b')")
	for _, name := range []string{"snapshots"} {
		entries, err := os.ReadDir(h.path(name))
		require.NoError(t, err)
		assert.Len(t, entries, 1, "no file with a password is left")
	}
	b := h.read(snap.Path)
	assert.NotContains(t, b, "s3cret")
}

// A trigger cannot move between databases: the restore is another one, with the same result.
func TestDatabase_mysqlTrigger(t *testing.T) {
	h := newMySQLHost(t)
	h.sql("cinder", "CREATE DEFINER=cinder@localhost TRIGGER t BEFORE INSERT ON volumes FOR EACH ROW SET NEW.host = 'new'; CREATE DEFINER=cinder@localhost VIEW v AS SELECT id FROM volumes; CREATE DEFINER=cinder@localhost PROCEDURE p() SELECT 1;")
	before := h.checksum()
	snap, err := h.db.Snapshot(t.Context(), h.old)
	require.NoError(t, err)
	h.sql("cinder", "DELETE FROM snapshots; DROP VIEW v")
	require.NoError(t, h.db.Restore(t.Context(), h.old, snap))
	assert.Equal(t, before, h.checksum())
	assert.Equal(t, "cinder", h.databases())
	assert.NotEmpty(t, h.sql("cinder", "SELECT id FROM v; SHOW TRIGGERS; CALL p()"))
}

func TestDatabase_mysqlInUse(t *testing.T) {
	h := newMySQLHost(t)
	snap, err := h.db.Snapshot(t.Context(), h.old)
	require.NoError(t, err)
	cmd := exec.Command("/usr/bin/mariadb", "--no-defaults", "--user=cinder", "--password="+secret, "--socket="+h.socket, "--database=cinder", "--unbuffered", "--skip-column-names")
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	_, err = fmt.Fprintln(in, "SELECT 1;")
	require.NoError(t, err)
	_, err = out.Read(make([]byte, 2))
	require.NoError(t, err)
	before := h.checksum()
	require.ErrorIs(t, h.db.Restore(t.Context(), h.old, snap), ErrInUse)
	assert.Equal(t, before, h.checksum())
	require.NoError(t, in.Close())
	require.NoError(t, cmd.Wait())
	require.NoError(t, h.db.Restore(t.Context(), h.old, snap))

	require.NoError(t, os.WriteFile(snap.Path, []byte("CREATE TABLE x ("), 0o600))
	snap.SHA256, err = hashFile(snap.Path)
	require.NoError(t, err)
	require.Error(t, h.db.Restore(t.Context(), h.old, snap))
	assert.Equal(t, before, h.checksum(), "a dump that cannot be loaded changes nothing")
	assert.Equal(t, "cinder", h.databases())
}

func TestDatabase_mysqlCopy(t *testing.T) {
	h := newMySQLHost(t)
	before := h.checksum()
	trial := upgrade.Subject{Component: h.old.Component, Env: h.env, Config: h.configure(true), Trial: true}
	for range 2 {
		_, err := h.db.Copy(t.Context(), trial)
		require.NoError(t, err)
	}
	override := h.parse(trial.Config.Overrides)
	url, _ := override.Get("database", "connection")
	assert.Equal(t, "mysql+pymysql://cinder:s3cret%20%22%23%5C%27x@localhost/cinder_chandlery_trial?charset=utf8&unix_socket="+h.socket, url)
	replica, _ := override.Get("database", "slave_connection")
	assert.Equal(t, url, replica)
	assert.Equal(t, "cinder cinder_chandlery_trial", h.databases())
	h.sql("cinder_chandlery_trial", "DELETE FROM snapshots; DELETE FROM volumes")
	assert.Contains(t, h.sql("", "SELECT DEFAULT_CHARACTER_SET_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'cinder_chandlery_trial'"), "utf8mb3")
	require.NoError(t, h.db.Drop(t.Context(), trial))
	require.NoError(t, h.db.Drop(t.Context(), trial))
	assert.Equal(t, "cinder", h.databases())
	assert.Equal(t, before, h.checksum())
}

func TestDatabase_mysqlUnreachable(t *testing.T) {
	h := newMySQLHost(t)
	conf := h.read(h.path("etc/cinder.conf"))
	for name, change := range map[string][2]string{
		"password": {"s3cret%20", "wrong%20"},
		"socket":   {h.socket, h.socket + "x"},
		"database": {"/cinder?", "/cinder_absent?"},
	} {
		h.write("etc/cinder.conf", strings.ReplaceAll(conf, change[0], change[1]))
		_, err := h.db.Snapshot(t.Context(), h.old)
		var away *UnreachableError
		require.ErrorAs(t, err, &away, name)
		assert.NotContains(t, err.Error(), "s3cret")
		assert.NotContains(t, err.Error(), "wrong")
		entries, err := os.ReadDir(h.path("snapshots"))
		require.NoError(t, err)
		assert.Empty(t, entries, name)
	}
}

// TestRealCinder makes a trial of Debian's own cinder on a copy of a database that cinder itself made, and lets cinder read the generation.
func TestRealCinder(t *testing.T) {
	h := newHost(t)
	d, err := Lookup("cinder")
	require.NoError(t, err)
	d.Packaged = []string{h.path("share")}
	h.c.Description, h.c.User, h.c.SecurePath, h.c.Visudo = &d, "cinder", nil, ""
	o, err := lookupOwner("cinder")
	require.NoError(t, err)
	for dir := h.path("db"); dir != os.TempDir(); dir = filepath.Dir(dir) {
		require.NoError(t, os.MkdirAll(dir, 0o755))
		require.NoError(t, os.Chmod(dir, 0o755))
	}
	require.NoError(t, os.Chown(h.path("db"), o.uid, o.gid))
	h.write("etc/cinder.conf", strings.Replace(h.read(h.path("etc/cinder.conf")), "/nowhere", h.path("db/cinder.sqlite"), 1))
	manage := func(files []string, args ...string) string {
		t.Helper()
		argv := []string{"--reuid=cinder", "--regid=cinder", "--init-groups", "/usr/bin/cinder-manage"}
		for _, f := range files {
			argv = append(argv, "--config-file", f)
		}
		out, err := exec.Command("setpriv", append(argv, args...)...).Output()
		require.NoError(t, err, "%v: %s", args, out)
		return strings.TrimSpace(string(out))
	}
	manage(h.old.Config.Files, "db", "sync")
	db := &Database{Dir: h.path("snapshots"), Python: "/usr/bin/python3"}
	snap, err := db.Snapshot(t.Context(), h.old)
	require.NoError(t, err)
	found, err := db.Findings(t.Context(), h.old)
	require.NoError(t, err)
	assert.Empty(t, found, "the queries fit cinder's tables")
	at, err := db.Revision(t.Context(), h.old)
	require.NoError(t, err)
	assert.Equal(t, []string{"c92a3e68beed"}, at)

	trial := upgrade.Subject{Component: h.old.Component, Env: h.env, Config: h.configure(true), Trial: true}
	cfg, err := db.Copy(t.Context(), trial)
	require.NoError(t, err)
	before := tree(t, h.path("db"))
	assert.Equal(t, "c92a3e68beed", manage(cfg.Files, "db", "version"))
	manage(cfg.Files, "db", "sync", "--bump-versions")
	manage(cfg.Files, "db", "online_data_migrations")
	out, err := exec.Command("setpriv", "--reuid=cinder", "--regid=cinder", "--init-groups", "/usr/bin/python3", "-c",
		"import sys\nfrom cinder.common import config\nfrom oslo_config import cfg\nc = cfg.CONF\nc(sys.argv[1:], project='cinder')\nfrom cinder import service\nprint(c.host, c.state_path, c.rootwrap_config, c.log_file or None, c.transport_url if 'transport_url' in c else '-')",
		"--config-file", cfg.Files[0], "--config-file", cfg.Files[1]).Output()
	require.NoError(t, err)
	assert.Contains(t, string(out), "chandlery-trial "+filepath.Join(cfg.Dir, "state")+" "+filepath.Join(cfg.Dir, "rootwrap.conf")+" None")
	assert.Equal(t, before, tree(t, h.path("db")), "production is untouched")
	require.NoError(t, db.Drop(t.Context(), trial))

	lost, err := db.Losses(t.Context(), h.old, snap)
	require.NoError(t, err)
	assert.Empty(t, lost, "the tables fit cinder's")
	require.NoError(t, db.Restore(t.Context(), h.old, snap))
	assert.Contains(t, manage(h.old.Config.Files, "db", "version"), "c92a3e68beed", "the restored file is the service user's again")
}
