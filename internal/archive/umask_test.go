//go:build unix

package archive

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestExtractUmask(t *testing.T) {
	r := open(t, build(piece{name: "pkg/run", attributes: 0o100700 << 16}, piece{name: "pkg/a"}))
	in, dir := root(t)
	old := syscall.Umask(0o077)
	_, err := r.Extract(context.Background(), in, nil)
	syscall.Umask(old)
	require.NoError(t, err)
	for name, want := range map[string]fs.FileMode{"pkg": fs.ModeDir | 0o755, "pkg/run": 0o755, "pkg/a": 0o644} {
		stat, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.Equal(t, want, stat.Mode(), name)
	}
}
