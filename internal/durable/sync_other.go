//go:build !linux

package durable

import (
	"context"
	"os"
)

// SyncTree makes everything written below name durable, names and contents.
func SyncTree(ctx context.Context, root *os.Root, name string) error {
	return syncEach(ctx, root, name)
}
