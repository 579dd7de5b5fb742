package durable

import (
	"context"
	"io/fs"
	"os"
	"path"

	"golang.org/x/sync/errgroup"
)

// syncers bounds the files that are synced at a time.
const syncers = 16

// SyncDirs syncs folders below root, each once.
func SyncDirs(root *os.Root, names ...string) error {
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			continue
		}
		seen[name] = true
		if err := SyncDir(root, name); err != nil {
			return err
		}
	}
	return nil
}

// syncEach syncs every file and folder below name, and name itself.
func syncEach(ctx context.Context, root *os.Root, name string) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(syncers)
	var dirs []string
	err := fs.WalkDir(root.FS(), name, func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case d.IsDir():
			dirs = append(dirs, p)
		case d.Type().IsRegular():
			g.Go(func() error { return syncFile(root, p) })
		}
		return nil
	})
	if werr := g.Wait(); werr != nil {
		return werr
	}
	if err != nil {
		return err
	}
	return SyncDirs(root, append(dirs, path.Dir(name))...)
}

// syncFile opens the file for writing where it can, as Windows flushes no other.
func syncFile(root *os.Root, name string) error {
	f, err := root.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		if f, err = root.Open(name); err != nil {
			return err
		}
	}
	defer f.Close()
	return f.Sync()
}
