package durable

import (
	"context"
	"os"

	"golang.org/x/sys/unix"
)

// SyncTree makes everything written below name durable, names and contents. On Linux the whole file system is synced at once.
func SyncTree(ctx context.Context, root *os.Root, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d, err := root.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := unix.Syncfs(int(d.Fd())); err != nil {
		return syncEach(ctx, root, name)
	}
	return nil
}
