package durable

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// SyncTree makes everything written below name durable, names and contents, and the names in the folders besides, which lie on the same file system. On Linux that is synced at once, whole.
func SyncTree(ctx context.Context, root *os.Root, name string, besides ...string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	fails, err := syncfs(root, name)
	if err == nil && fails != nil {
		return syncEach(ctx, root, name, besides)
	}
	return err
}

// FlushTree writes back what lies below name, and all else that waits on its file system, while more is written there, so that the SyncTree to come has little to wait for; on systems other
// than Linux it does nothing. Its error counts like SyncTree's: the kernel tells only once what it could not write.
func FlushTree(ctx context.Context, root *os.Root, name string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	fails, err := syncfs(root, name)
	if err == nil && !errors.Is(fails, unix.ENOSYS) {
		return fails
	}
	return err
}

// syncfs syncs the file system that name lies on; fails is the system's answer, err that name cannot be opened.
func syncfs(root *os.Root, name string) (fails, err error) {
	d, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return unix.Syncfs(int(d.Fd())), nil
}
