package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/internal/durable"
)

// Read gives a file and the sha256 of its bytes as its version.
func (d Dir) Read(ctx context.Context, name string, limit int64) (b []byte, version string, err error) {
	err = d.look(ctx, name, func(root *os.Root) (err error) {
		b, version, err = readVersion(root, name, limit)
		return err
	})
	return b, version, err
}

// Write replaces a file durably, under the store's lock.
func (d Dir) Write(ctx context.Context, name string, b []byte, version string) (err error) {
	if err := errors.Join(d.check(), CheckName(name), ctx.Err()); err != nil {
		return err
	}
	root, err := d.open()
	if err != nil {
		return err
	}
	defer root.Close()
	if err := makeFolders(root, path.Dir(name)); err != nil {
		return err
	}
	lock, err := durable.AcquireLock(ctx, root, lockName, LockWait, "another publisher")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	switch _, now, err := readVersion(root, name, maxVersioned); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case now == contentVersion(b):
		return nil
	case now != version:
		return changed(name)
	default:
		version = ""
	}
	if version != "" {
		return changed(name)
	}
	return durable.WriteFile(root, name, b, 0o644)
}

// maxVersioned bounds what Write reads to learn a file's version.
const maxVersioned = 1 << 30

func changed(name string) error {
	return fmt.Errorf("%w: %s is another one by now: read it again", bundle.ErrConflict, name)
}

func contentVersion(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func readVersion(root *os.Root, name string, limit int64) ([]byte, string, error) {
	f, err := root.Open(name)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, "", err
	}
	if int64(len(b)) > limit {
		return nil, "", fmt.Errorf("%s is longer than %d bytes", name, limit)
	}
	return b, contentVersion(b), nil
}

// Stat tells of a regular file.
func (d Dir) Stat(ctx context.Context, key string) (e Entry, err error) {
	err = d.look(ctx, key, func(root *os.Root) error {
		st, err := root.Stat(key)
		if err != nil {
			return err
		}
		if !st.Mode().IsRegular() {
			return &fs.PathError{Op: "stat", Path: key, Err: fs.ErrNotExist}
		}
		e = Entry{key, st.Size(), st.ModTime()}
		return nil
	})
	return e, err
}

// look runs do on a directory that need not be there.
func (d Dir) look(ctx context.Context, name string, do func(*os.Root) error) error {
	if err := errors.Join(d.check(), CheckName(name), ctx.Err()); err != nil {
		return err
	}
	root, err := os.OpenRoot(d.Path)
	if err != nil {
		return err
	}
	defer root.Close()
	return do(root)
}

// Address is the file's place below BaseURL, or its file: url.
func (d Dir) Address(name string) (string, error) {
	if err := errors.Join(d.check(), CheckName(name)); err != nil {
		return "", err
	}
	if d.BaseURL != "" {
		return strings.TrimSuffix(d.BaseURL, "/") + "/" + name, nil
	}
	u, err := fileURL(filepath.Join(d.Path, filepath.FromSlash(name)))
	if err != nil {
		return "", err
	}
	return u.String(), nil
}

// List walks the directory; one that is not there holds nothing.
func (d Dir) List(ctx context.Context, prefix string) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		if err := d.check(); err != nil {
			yield(Entry{}, err)
			return
		}
		root, err := os.OpenRoot(d.Path)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if err != nil {
			yield(Entry{}, err)
			return
		}
		defer root.Close()
		err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist): // removed meanwhile
				return nil
			case errors.Join(err, ctx.Err()) != nil:
				return errors.Join(err, ctx.Err())
			}
			return visit(name, entry, prefix, yield)
		})
		if err != nil {
			yield(Entry{}, err)
		}
	}
}

// visit gives one file of the walk, and passes over folders where no key can begin with prefix.
func visit(name string, entry fs.DirEntry, prefix string, yield func(Entry, error) bool) error {
	if entry.IsDir() {
		below := name + "/"
		if name != "." && (!nameForm.MatchString(name) || !strings.HasPrefix(below, prefix) && !strings.HasPrefix(prefix, below)) {
			return fs.SkipDir
		}
		return nil
	}
	if !entry.Type().IsRegular() || CheckName(name) != nil || !strings.HasPrefix(name, prefix) {
		return nil
	}
	st, err := entry.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !yield(Entry{name, st.Size(), st.ModTime()}, nil) {
		return fs.SkipAll
	}
	return nil
}

// Remove removes a file durably; its folder stays.
func (d Dir) Remove(ctx context.Context, key string) error {
	err := d.look(ctx, key, func(root *os.Root) error {
		if err := root.Remove(key); err != nil {
			return err
		}
		return durable.SyncDir(root, path.Dir(key))
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
