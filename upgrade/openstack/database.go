package openstack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/openstack/oslo"
)

var (
	// ErrUnsupportedDatabase says that a connection is neither SQLite nor MySQL.
	ErrUnsupportedDatabase = errors.New("this database cannot be copied and saved here: give a Database of your own")
	// ErrInUse says that a database cannot be restored while somebody has it open: what they wrote then would be lost.
	ErrInUse = errors.New("the database is in use: stop its services")
	// ErrSnapshotDamaged says that a snapshot's file is not what was saved.
	ErrSnapshotDamaged = errors.New("the snapshot was changed or cut off since it was taken")
	// ErrNotTrial says that a copy was to be made or dropped for what is no trial.
	ErrNotTrial = errors.New("not a trial's configuration generation")

	errNoDir = errors.New("no folder for snapshots: set Dir")
)

// UnreachableError says that a database does not answer, or does not let us in. It is never evidence for or against a version.
type UnreachableError struct {
	Where string // without credentials
	Err   error
}

func (e *UnreachableError) Error() string {
	return "database " + e.Where + " cannot be reached: " + e.Err.Error()
}
func (e *UnreachableError) Unwrap() error { return e.Err }

// Database copies, saves and restores the databases of components (see the package's text). Safe for concurrent use on different components.
type Database struct {
	Dir         string       // required: where snapshots are kept; made with mode 0700
	Description *Description // nil: the built-in one of the component's name
	Python      string       // a Python 3.7 or later with sqlite3, for SQLite; "": the subject's
	Client      string       // "": /usr/bin/mariadb, else mysql
	Dump        string       // "": /usr/bin/mariadb-dump, else mysqldump
}

var (
	_ upgrade.Database   = (*Database)(nil)
	_ upgrade.Dropper    = (*Database)(nil)
	_ upgrade.Forecaster = (*Database)(nil)
	_ upgrade.Forgetter  = (*Database)(nil)
)

// engine is what the kinds of database differ in.
type engine interface {
	kind() string
	// copyTo makes the trial's copy and gives its URL.
	copyTo(ctx context.Context, dir string) (string, error)
	drop(ctx context.Context, url, dir string) error
	// save writes the database into the file at path, consistent although others write.
	save(ctx context.Context, path string) error
	restore(ctx context.Context, path string) error
	// query runs a SELECT of one JSON array a row.
	query(ctx context.Context, sql string) ([][]string, error)
	// querySaved runs the same on what save wrote.
	querySaved(ctx context.Context, path string, sql []string) ([][][]string, error)
}

func (d *Database) describe(component upgrade.Component) (Description, error) {
	if d.Description != nil {
		return *d.Description, nil
	}
	return Lookup(component.Name)
}

// production is the configuration that names the production database: a trial's own override names its copy.
func production(s upgrade.Subject) (stack oslo.Stack, err error) {
	if s.Trial || len(s.Config.Files) == 0 {
		_, stack, err = live(s)
		return stack, err
	}
	return ReadConfig(s.Config)
}

// open finds the subject's production database.
func (d *Database) open(s upgrade.Subject) (engine, error) {
	stack, err := production(s)
	if err != nil {
		return nil, err
	}
	section, option := s.Component.Database.Section, s.Component.Database.Option
	text, ok := stack.Get(section, option)
	if !ok || text == "" {
		return nil, fmt.Errorf("[%s] %s is not set: it says where the database is", section, option)
	}
	text = expand(stack, section, text)
	l, err := parseURL(text)
	if err != nil {
		return nil, fmt.Errorf("[%s] %s: %w", section, option, err)
	}
	switch l.dialect {
	case "sqlite":
		return d.sqlite(s, l)
	case "mysql", "mariadb":
		return d.mysql(text, l)
	}
	return nil, fmt.Errorf("[%s] %s: %s: %w", section, option, l.dialect, ErrUnsupportedDatabase)
}

// Copy copies the production database for a rehearsal and a trial, and makes the trial generation's override file name the copy. s is a trial whose generation Configure made, else
// the error is ErrNotTrial. A copy of before is replaced. Drop removes it.
func (d *Database) Copy(ctx context.Context, s upgrade.Subject) (upgrade.Config, error) {
	if !s.Trial || s.Config.Dir == "" || s.Config.Overrides == "" || filepath.Dir(s.Config.Overrides) != filepath.Clean(s.Config.Dir) {
		return upgrade.Config{}, ErrNotTrial
	}
	e, err := d.open(s)
	if err != nil {
		return upgrade.Config{}, err
	}
	url, err := e.copyTo(ctx, filepath.Join(s.Config.Dir, stateName))
	if err != nil {
		return upgrade.Config{}, fmt.Errorf("copy of the %s database: %w", s.Component.Name, err)
	}
	return s.Config, setConnection(s, url)
}

// setConnection writes the copy's URL into the trial's override file, in place of the replica's too.
func setConnection(s upgrade.Subject, url string) error {
	f, err := readFile(s.Config.Overrides)
	if err != nil {
		return err
	}
	_, stack, err := live(s)
	if err != nil {
		return err
	}
	section := s.Component.Database.Section
	value := strings.ReplaceAll(url, "$", "$$")
	f.Set(section, s.Component.Database.Option, value)
	if _, ok := stack.Get(section, "slave_connection"); ok {
		f.Set(section, "slave_connection", value)
	}
	return rewrite(s.Config.Overrides, f.Bytes())
}

// rewrite replaces a file and keeps who owns it and who may read it.
func rewrite(path string, b []byte) error {
	st, err := os.Stat(path)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer root.Close()
	return writeOwned(root, filepath.Base(path), b, st.Mode().Perm(), ownerOf(st))
}

// Drop removes the copy that Copy made; none is no error.
func (d *Database) Drop(ctx context.Context, s upgrade.Subject) error {
	if !s.Trial || s.Config.Overrides == "" {
		return ErrNotTrial
	}
	f, err := readFile(s.Config.Overrides)
	if err != nil {
		return err
	}
	section, option := s.Component.Database.Section, s.Component.Database.Option
	url, ok := f.Get(section, option)
	if !ok {
		return nil
	}
	e, err := d.open(s)
	if err != nil {
		return err
	}
	return e.drop(ctx, expand(oslo.Stack{f}, section, url), filepath.Join(s.Config.Dir, stateName))
}
