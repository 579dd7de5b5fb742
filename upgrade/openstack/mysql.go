package openstack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/chandlery-go/chandlery/internal/durable"
)

// Suffixes of the databases that are made beside production's.
const (
	trialSuffix   = "_chandlery_trial"
	restoreSuffix = "_chandlery_restore" // being loaded from a snapshot
	oldSuffix     = "_chandlery_old"     // replaced by a restore
	compareSuffix = "_chandlery_compare" // for Losses
)

const maxDatabaseName = 64 // characters (MySQL, "Identifier Length Limits")

// mysql is a database of a MySQL or MariaDB server, worked on by its programs.
type mysql struct {
	url    string
	at     location
	client string
	dumper string
	dir    string // for what is in passing
}

func (d *Database) mysql(text string, l location) (engine, error) {
	if _, err := quoteName(l.database); err != nil {
		return nil, err
	}
	if len(l.database)+len(restoreSuffix) > maxDatabaseName {
		return nil, fmt.Errorf("%s: with %s the name would be too long for a copy", l.database, restoreSuffix)
	}
	if d.Dir == "" {
		return nil, errNoDir
	}
	client, err1 := program(d.Client, "/usr/bin/mariadb", "/usr/bin/mysql")
	dumper, err2 := program(d.Dump, "/usr/bin/mariadb-dump", "/usr/bin/mysqldump")
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	return &mysql{url: text, at: l, client: client, dumper: dumper, dir: d.Dir}, nil
}

// program is the one given, else the first of the others that is there.
func program(given string, others ...string) (string, error) {
	if given != "" {
		return given, nil
	}
	for _, path := range others {
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("none of %s is there: install the database's client programs, or name them", strings.Join(others, ", "))
}

func (e *mysql) kind() string { return "mysql" }

// where names the database without credentials.
func (e *mysql) where() string {
	if socket := e.at.query.Get("unix_socket"); socket != "" {
		return e.at.database + " at " + socket
	}
	return e.at.database + " at " + cmp.Or(e.at.host, "localhost") + ":" + cmp.Or(e.at.port, "3306")
}

// dump writes a consistent dump of the database; InnoDB's tables are not locked.
func (e *mysql) dump(ctx context.Context, session string, to io.Writer) error {
	return e.judge(run(ctx, []string{e.dumper, "--defaults-file=" + filepath.Join(session, "client.cnf"), "--single-transaction", "--skip-lock-tables", "--routines", "--triggers",
		"--hex-blob", "--no-tablespaces", "--default-character-set=utf8mb4", e.at.database}, nil, to))
}

// load reads a dump into an empty database of its own, which it makes like production's.
func (e *mysql) load(ctx context.Context, session, path, name string) error {
	quoted, err := quoteName(name)
	if err != nil {
		return err
	}
	like, err := e.statements(ctx, session, "", "SELECT DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = '"+e.at.database+"'")
	if err != nil {
		return err
	}
	words := strings.Fields(string(like))
	if len(words) != 2 {
		return &UnreachableError{e.where(), errors.New("there is no such database")}
	}
	if _, err := e.statements(ctx, session, "", "DROP DATABASE IF EXISTS "+quoted, "CREATE DATABASE "+quoted+" CHARACTER SET "+words[0]+" COLLATE "+words[1]); err != nil {
		return err
	}
	return e.loadInto(ctx, session, path, name)
}

func (e *mysql) loadInto(ctx context.Context, session, path, name string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = e.sql(ctx, session, name, f)
	return err
}

func (e *mysql) dropNamed(ctx context.Context, session, name string) error {
	quoted, err := quoteName(name)
	if err != nil {
		return err
	}
	_, err = e.statements(ctx, session, "", "DROP DATABASE IF EXISTS "+quoted)
	return err
}

func (e *mysql) copyTo(ctx context.Context, _ string) (string, error) {
	name := e.at.database + trialSuffix
	return withDatabase(e.url, name), e.within(func(session string) error {
		path := filepath.Join(session, "dump.sql")
		if err := e.saveIn(ctx, session, path); err != nil {
			return err
		}
		return e.load(ctx, session, path, name)
	})
}

func (e *mysql) drop(ctx context.Context, url, _ string) error {
	l, err := parseURL(url)
	if err != nil || l.database != e.at.database+trialSuffix {
		return ErrNotTrial
	}
	return e.within(func(session string) error { return e.dropNamed(ctx, session, l.database) })
}

func (e *mysql) save(ctx context.Context, path string) error {
	return e.within(func(session string) error { return e.saveIn(ctx, session, path) })
}

func (e *mysql) saveIn(ctx context.Context, session, path string) error {
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer root.Close()
	t, err := durable.Create(root, filepath.Base(path), 0o600)
	if err != nil {
		return err
	}
	if err := e.dump(ctx, session, t.File); err != nil {
		return errors.Join(err, t.Discard())
	}
	return t.Commit()
}

func (e *mysql) query(ctx context.Context, sql string) ([][]string, error) {
	var rows [][]string
	err := e.within(func(session string) error {
		all, err := e.ask(ctx, session, e.at.database, []string{sql})
		if err == nil {
			rows = all[0]
		}
		return err
	})
	return rows, err
}

func (e *mysql) ask(ctx context.Context, session, database string, sql []string) ([][][]string, error) {
	var lines []string
	for _, s := range sql {
		lines = append(lines, s, "SELECT '.'")
	}
	out, err := e.statements(ctx, session, database, lines...)
	if err != nil {
		return nil, err
	}
	return parseResults(out, len(sql))
}

func (e *mysql) querySaved(ctx context.Context, path string, sql []string) (all [][][]string, err error) {
	name := e.at.database + compareSuffix
	err = e.within(func(session string) error {
		err := e.load(ctx, session, path, name)
		if err == nil {
			all, err = e.ask(ctx, session, name, sql)
		}
		return errors.Join(err, e.dropNamed(ctx, session, name))
	})
	return all, err
}
