package openstack

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/upgrade"
)

//go:embed sqlite.py
var sqliteScript string

// sqlite is a database file, worked on by an interpreter's sqlite3 module.
type sqlite struct {
	path   string
	python string
}

func (d *Database) sqlite(s upgrade.Subject, l location) (engine, error) {
	e := &sqlite{path: l.database, python: d.Python}
	if e.python == "" {
		if s.Env == nil || s.Env.Python == nil {
			return nil, errors.New("SQLite needs an interpreter: set Python")
		}
		e.python = s.Env.Python.Path
	}
	if !filepath.IsAbs(e.path) {
		return nil, fmt.Errorf("the SQLite database %q has no absolute path, so it is not known where it is", e.path)
	}
	if _, err := os.Stat(e.path); err != nil {
		return nil, &UnreachableError{e.path, err}
	}
	return e, nil
}

func (e *sqlite) kind() string { return "sqlite" }

func (e *sqlite) script(ctx context.Context, stdin io.Reader, stdout io.Writer, args ...string) error {
	return run(ctx, append([]string{e.python, "-I", "-c", sqliteScript}, args...), stdin, stdout)
}

func (e *sqlite) copyTo(ctx context.Context, dir string) (string, error) {
	st, err := os.Stat(e.path)
	if err != nil {
		return "", &UnreachableError{e.path, err}
	}
	folder := copyFolder(dir)
	if strings.Contains(folder, "?") {
		return "", fmt.Errorf("%s: a ? in a path has no place in a SQLite URL", folder)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", err
	}
	defer root.Close()
	if err := root.RemoveAll(filepath.Base(folder)); err != nil {
		return "", err
	}
	if err := mkdirOwned(root, filepath.Base(folder), 0o700, ownerOf(st)); err != nil {
		return "", err
	}
	path := filepath.Join(folder, filepath.Base(e.path))
	if err := e.saveAs(ctx, path, st); err != nil {
		return "", err
	}
	return "sqlite:///" + filepath.ToSlash(path), nil
}

// copyFolder is the folder of a trial's copy; SQLite writes its journals beside the file.
func copyFolder(dir string) string { return filepath.Join(dir, "database") }

func (e *sqlite) drop(ctx context.Context, url, dir string) error {
	if l, err := parseURL(url); err != nil || filepath.Dir(l.database) != copyFolder(dir) {
		return ErrNotTrial
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return os.RemoveAll(copyFolder(dir))
}

func (e *sqlite) save(ctx context.Context, path string) error { return e.saveAs(ctx, path, nil) }

// saveAs writes a consistent copy to path, of the owner and mode of like; nil: this process's, 0600.
func (e *sqlite) saveAs(ctx context.Context, path string, like fs.FileInfo) error {
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer root.Close()
	t, err := durable.Create(root, filepath.Base(path), 0o600)
	if err != nil {
		return err
	}
	err = e.script(ctx, nil, nil, "save", e.path, t.Name())
	if err == nil && like != nil {
		err = dressLike(t.File, like)
	}
	if err != nil {
		return errors.Join(err, t.Discard())
	}
	return t.Commit()
}

// dressLike gives a file another's owner and mode.
func dressLike(f *os.File, like fs.FileInfo) error {
	if o := ownerOf(like); o != anyone {
		if err := f.Chown(o.uid, o.gid); err != nil {
			return err
		}
	}
	return f.Chmod(like.Mode().Perm())
}

func (e *sqlite) query(ctx context.Context, sql string) ([][]string, error) {
	all, err := e.querySaved(ctx, e.path, []string{sql})
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

func (e *sqlite) querySaved(ctx context.Context, path string, sql []string) ([][][]string, error) {
	var out bytes.Buffer
	if err := e.script(ctx, strings.NewReader(strings.Join(sql, "\n")), &out, "query", path); err != nil {
		return nil, err
	}
	return parseResults(out.Bytes(), len(sql))
}
