package durable

import (
	"context"
	"os"

	"golang.org/x/sys/unix"
)

// SyncTree makes everything written below name durable, names and contents, and the names in the folders besides, which lie on the same file system. On Linux that is synced at once, whole.
func SyncTree(ctx context.Context, root *os.Root, name string, besides ...string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d, err := root.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := unix.Syncfs(int(d.Fd())); err != nil {
		return syncEach(ctx, root, name, besides)
	}
	return nil
}
