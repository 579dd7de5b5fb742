package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

const (
	// MaxKey bounds a key, in bytes.
	MaxKey = 200
	// LockWait is how long a change waits for another process that changes the same store.
	LockWait = 30 * time.Second

	lockName = ".chandlery-lock"
	// leftover is the age at which a temporary file belongs to no Put that still runs: a Put writes to it all the time.
	leftover = 24 * time.Hour
)

// Dir is a Store over a directory, which is made where absent. It is Files, a Lister and a Remover too.
type Dir struct {
	Path    string // required
	BaseURL string // where clients find the directory; "": urls are relative
}

// Put copies obj below the directory, checks its size and sha256 on the way, and gives it its name only then.
func (d Dir) Put(ctx context.Context, key string, obj bundle.Object) (bundle.Placed, error) {
	placed, err := d.place(key)
	if err != nil {
		return bundle.Placed{}, err
	}
	root, err := d.open()
	if err != nil {
		return bundle.Placed{}, err
	}
	defer root.Close()
	placed.Existed, err = put(ctx, root, key, obj)
	if err != nil {
		return bundle.Placed{}, fmt.Errorf("store %s in %s: %w", key, d.Path, err)
	}
	return placed, nil
}

func (d Dir) place(key string) (bundle.Placed, error) {
	if err := errors.Join(d.check(), CheckKey(key)); err != nil {
		return bundle.Placed{}, err
	}
	if d.BaseURL == "" {
		return bundle.Placed{URL: key}, nil
	}
	return bundle.Placed{URL: strings.TrimSuffix(d.BaseURL, "/") + "/" + key}, nil
}

func (d Dir) check() error {
	if d.Path == "" {
		return &bundle.MissingFieldError{Type: "store.Dir", Field: "Path"}
	}
	return nil
}

func (d Dir) open() (*os.Root, error) {
	if err := os.MkdirAll(d.Path, 0o755); err != nil {
		return nil, err
	}
	return os.OpenRoot(d.Path)
}

func put(ctx context.Context, root *os.Root, key string, obj bundle.Object) (existed bool, err error) {
	if held, err := holds(ctx, root, key, obj); held || err != nil {
		return held, err
	}
	folder := path.Dir(key)
	if err := root.MkdirAll(folder, 0o755); err != nil {
		return false, err
	}
	if err := sweep(root, folder); err != nil {
		return false, err
	}
	t, err := durable.Create(root, key, 0o644)
	if err != nil {
		return false, err
	}
	if err := fill(ctx, t, obj); err != nil {
		return false, errors.Join(err, t.Discard())
	}
	if err := t.Finish(); err != nil {
		return false, errors.Join(err, t.Discard())
	}
	if existed, err = name(ctx, root, t, key, obj); existed || err != nil {
		return existed, errors.Join(err, t.Discard())
	}
	return false, durable.SyncDirs(root, above(key)...)
}

// above are the folders that lead to a key. All are synced, at once, whoever made them: another Put may have made one and be about to sync it.
func above(key string) []string {
	folders := []string{"."}
	for i := range key {
		if key[i] == '/' {
			folders = append(folders, key[:i])
		}
	}
	return folders
}

// name gives a written file its name unless another Put was first. The lock makes looking and renaming one step; nothing that takes time is done under it, as
// all Puts into the directory wait for it.
func name(ctx context.Context, root *os.Root, t *durable.Temp, key string, obj bundle.Object) (existed bool, err error) {
	lock, err := durable.AcquireLock(ctx, root, lockName, LockWait, "")
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, lock.Release()) }()
	if held, err := holds(ctx, root, key, obj); held || err != nil {
		return held, err
	}
	return false, t.Rename()
}

// holds reports whether the key has obj's bytes already; other bytes are a conflict.
func holds(ctx context.Context, root *os.Root, key string, obj bundle.Object) (bool, error) {
	f, err := root.Open(key)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := transfer(sum, durable.Within(ctx, f))
	if err != nil {
		return false, err
	}
	if n != obj.Size || !strings.EqualFold(hex.EncodeToString(sum.Sum(nil)), obj.SHA256) {
		return false, fmt.Errorf("%w: the store holds other bytes under this key; if they are damaged, remove the file and publish again", bundle.ErrConflict)
	}
	return true, nil
}

// fill copies obj and compares it with what it promises.
func fill(ctx context.Context, w io.Writer, obj bundle.Object) error {
	r, err := obj.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	sum := sha256.New()
	n, err := transfer(io.MultiWriter(w, sum), durable.Within(ctx, io.LimitReader(r, obj.Size+1)))
	if err != nil {
		return err
	}
	if n != obj.Size {
		return &dist.HashError{File: "the object", Algorithm: "size", Want: strconv.FormatInt(obj.Size, 10), Got: strconv.FormatInt(n, 10)}
	}
	if got := hex.EncodeToString(sum.Sum(nil)); !strings.EqualFold(got, obj.SHA256) {
		return &dist.HashError{File: "the object", Algorithm: "sha256", Want: obj.SHA256, Got: got}
	}
	return nil
}

// blocks are used again and again by transfer.
var blocks = sync.Pool{New: func() any { return new([64 << 10]byte) }}

// transfer is io.Copy in larger steps.
func transfer(w io.Writer, r io.Reader) (int64, error) {
	b := blocks.Get().(*[64 << 10]byte)
	defer blocks.Put(b)
	return io.CopyBuffer(w, r, b[:])
}

// makeFolders makes a folder and those above it, and each name durable.
func makeFolders(root *os.Root, folder string) error {
	if folder == "." {
		return nil
	}
	if st, err := root.Stat(folder); err == nil && st.IsDir() {
		return nil
	}
	above := path.Dir(folder)
	if err := makeFolders(root, above); err != nil {
		return err
	}
	if err := root.Mkdir(folder, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return durable.SyncDir(root, above)
}

// sweep removes the temporary files in a folder that a kill left.
func sweep(root *os.Root, folder string) error {
	entries, err := fs.ReadDir(root.FS(), folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), durable.TempPrefix) {
			continue
		}
		st, err := e.Info()
		if err != nil || time.Since(st.ModTime()) < leftover {
			continue
		}
		if err := root.Remove(path.Join(folder, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
