package durable

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"

	"golang.org/x/sync/errgroup"
)

// syncers bounds the files that are synced at a time.
const syncers = 16

// SyncDirs syncs folders below root, each once, several at a time: a journalling file system does them in one go. One that is absent has no names to sync.
func SyncDirs(root *os.Root, names ...string) error {
	g := errgroup.Group{}
	g.SetLimit(syncers)
	names = slices.Clone(names)
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		g.Go(func() error {
			if err := SyncDir(root, name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			return nil
		})
	}
	return g.Wait()
}

// syncEach syncs every file and folder below name, name itself, and the folders besides.
func syncEach(ctx context.Context, root *os.Root, name string, besides []string) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(syncers)
	dirs := append(slices.Clone(besides), path.Dir(name))
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
	return SyncDirs(root, dirs...)
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
