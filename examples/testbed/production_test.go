//go:build testbed

package testbed

import (
	"crypto/sha256"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// heartbeats are the columns of table services that every running service writes every report_interval: its sign of life, and how many it gave. Nothing else is left out of the dump.
var heartbeats = []string{"updated_at", "report_count"}

// production is what a trial may not touch.
type production struct {
	dump     string   // the database but for table services' rows
	services string   // these rows, without heartbeats
	queues   []string // name, messages, ready, unacknowledged, consumers of the production virtual host
	objects  []string // in the pool
	took     time.Duration
}

func (b *bed) production() production {
	b.t.Helper()
	began := time.Now()
	p := production{dump: b.dump(), services: b.serviceRows(), queues: b.queues(), objects: b.objects()}
	p.took = time.Since(began)
	return p
}

func (p production) String() string {
	return fmt.Sprintf("dump of %d bytes %x, %d queues, %d objects; looked at in %.1f s", len(p.dump), sha256.Sum256([]byte(p.dump)), len(p.queues), len(p.objects), p.took.Seconds())
}

// untouched demands that production is as it was.
func (b *bed) untouched(before, after production) {
	b.t.Helper()
	b.t.Logf("before: %s", before)
	b.t.Logf("after:  %s", after)
	assert.Equal(b.t, before.services, after.services, "table services, without %v", heartbeats)
	assert.Equal(b.t, before.queues, after.queues, "queues")
	assert.Equal(b.t, before.objects, after.objects, "objects in the pool")
	if before.dump != after.dump {
		assert.Equal(b.t, strings.Split(before.dump, "\n"), strings.Split(after.dump, "\n"), "the database's dump")
	}
}

func (b *bed) output(argv ...string) string {
	b.t.Helper()
	out, err := exec.Command(argv[0], argv[1:]...).Output()
	var stderr []byte
	if failed, ok := err.(*exec.ExitError); ok {
		stderr = failed.Stderr
	}
	require.NoError(b.t, err, "%s: %s", argv[0], stderr)
	return string(out)
}

func (b *bed) dump() string {
	b.t.Helper()
	db := b.doc.Components["cinder"].DB
	if db.Kind == "sqlite" {
		lines := strings.Split(b.output(patient(db.Dump)...), "\n")
		return strings.Join(slices.DeleteFunc(lines, func(l string) bool { return strings.HasPrefix(l, "INSERT INTO services VALUES") }), "\n")
	}
	last := len(db.Dump) - 1 // the database's name
	argv := append(slices.Clone(db.Dump[:last]), "--skip-dump-date", "--skip-extended-insert", "--ignore-table-data="+db.Name+".services", db.Dump[last])
	return b.output(argv...)
}

// patient is a call of sqlite3 that waits while a service writes.
func patient(argv []string) []string {
	return slices.Insert(slices.Clone(argv), 1, "-cmd", ".timeout 10000")
}

// serviceRows gives the rows of table services, one a line, without heartbeats.
func (b *bed) serviceRows() string {
	b.t.Helper()
	db := b.doc.Components["cinder"].DB
	ask := func(sql string) string {
		if db.Kind == "sqlite" {
			return b.output(append(patient(db.Client), sql)...)
		}
		return b.output(append(slices.Clone(db.Client), "--batch", "--skip-column-names", "-e", sql)...)
	}
	columns := "select name from pragma_table_info('services')"
	if db.Kind != "sqlite" {
		columns = "select column_name from information_schema.columns where table_schema = database() and table_name = 'services' order by ordinal_position"
	}
	var names []string
	for _, name := range strings.Fields(ask(columns)) {
		if !slices.Contains(heartbeats, name) {
			names = append(names, name)
		}
	}
	require.Greater(b.t, len(names), 10)
	if db.Kind != "sqlite" {
		for i, name := range names {
			names[i] = "`" + name + "`"
		}
	}
	return ask("select " + strings.Join(names, ", ") + " from services order by id")
}

// queues waits some seconds for a moment without a message on its way: services report to each other all the time.
func (b *bed) queues() []string {
	b.t.Helper()
	for try := 0; ; try++ {
		lines := strings.Split(strings.TrimSpace(b.rabbitmqctl("list_queues", "-p", "/", "name", "messages", "messages_ready", "messages_unacknowledged", "consumers")), "\n")
		slices.Sort(lines)
		busy := slices.ContainsFunc(lines, func(l string) bool {
			f := strings.Fields(l)
			return len(f) == 5 && f[0] != "name" && f[1] != "0"
		})
		if !busy || try == 5 {
			require.Greater(b.t, len(lines), 4)
			return lines
		}
		time.Sleep(200 * time.Millisecond)
	}
}

func (b *bed) virtualHosts() []string {
	b.t.Helper()
	return strings.Fields(b.rabbitmqctl("list_vhosts", "--no-table-headers"))
}

func (b *bed) rabbitmqctl(args ...string) string {
	b.t.Helper()
	return b.output(append(b.rabbitArgv(), args...)...)
}

// rabbitArgv calls rabbitmqctl as the testbed does.
func (b *bed) rabbitArgv() []string {
	argv := []string{"/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"}
	for name, value := range b.doc.Rabbit.Env {
		argv = append(argv, name+"="+value)
	}
	slices.Sort(argv[4:])
	argv = append(argv, "/usr/bin/setpriv", "--reuid="+b.doc.Rabbit.User, "--regid="+b.doc.Rabbit.User, "--init-groups")
	return append(argv, b.doc.Rabbit.Ctl...)
}

func (b *bed) objects() []string {
	b.t.Helper()
	all := strings.Fields(b.output("/usr/bin/rados", "-c", b.doc.CephConf, "-p", b.doc.Pool, "ls"))
	slices.Sort(all)
	return all
}
