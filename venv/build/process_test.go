package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTail(t *testing.T) {
	var out tail
	for range 10_000 {
		_, err := out.Write([]byte("0123456789\n"))
		require.NoError(t, err)
	}
	_, err := out.Write([]byte("\x1b[31mred\x00 \xff end\n"))
	require.NoError(t, err)
	text := out.text()
	assert.LessOrEqual(t, len(text), MaxOutput)
	assert.LessOrEqual(t, len(out.kept), 2*MaxOutput)
	assert.True(t, strings.HasSuffix(text, "0123456789\n[31mred  end"), text[len(text)-40:])
	_, err = out.Write([]byte(strings.Repeat("x", 3*MaxOutput)))
	require.NoError(t, err)
	assert.Equal(t, strings.Repeat("x", MaxOutput), out.text())
}

// A build's folder goes also where the build made parts of it unwritable, and what its links lead to stays.
func TestRemoveAll(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "kept")
	require.NoError(t, os.WriteFile(outside, nil, 0o644))
	dir := t.TempDir()
	deep := filepath.Join(dir, "a", "b")
	require.NoError(t, os.MkdirAll(deep, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(deep, "file"), nil, 0o444))
	require.NoError(t, os.Symlink(filepath.Dir(outside), filepath.Join(deep, "link")))
	require.NoError(t, os.Chmod(deep, 0o500))
	require.NoError(t, os.Chmod(filepath.Dir(deep), 0o500))
	require.NoError(t, removeAll(dir))
	assert.NoDirExists(t, dir)
	assert.FileExists(t, outside)
}
