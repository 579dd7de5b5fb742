//go:build !linux

package durable

import (
	"context"
	"os"
)

// SyncTree makes everything written below name durable, names and contents, and the names in the folders besides, which lie on the same file system.
func SyncTree(ctx context.Context, root *os.Root, name string, besides ...string) error {
	return syncEach(ctx, root, name, besides)
}

// FlushTree does nothing: file by file it would do the work of the SyncTree to come twice.
func FlushTree(ctx context.Context, root *os.Root, name string) error { return nil }
