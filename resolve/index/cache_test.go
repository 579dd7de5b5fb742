package index

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestOpenCacheOlderForms: folders for older forms go when one for a new form is made, and only then; those of newer programs and of others stay.
func TestOpenCacheOlderForms(t *testing.T) {
	dir := t.TempDir()
	old := []string{"pages-2", "pages-3", "metadata-2", "files-0"}
	stays := []string{"pages-99", "metadata-x", "built-1", "pages", "pages-", "-2"}
	names := func() (list []string) {
		entries, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, e := range entries {
			list = append(list, e.Name())
		}
		return list
	}
	for _, name := range append(old, stays...) {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, name, "a"), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, name, "a", "file"), nil, 0o644))
	}
	_, err := OpenCache(dir)
	require.NoError(t, err)
	assert.ElementsMatch(t, append(stays, aside, pagesFolder, metadataFolder, filesFolder), names())
	left, err := os.ReadDir(filepath.Join(dir, aside))
	require.NoError(t, err)
	assert.Empty(t, left)

	require.NoError(t, os.Mkdir(filepath.Join(dir, "pages-2"), 0o755))
	gone := filepath.Join(dir, aside, "old-x", "a")
	require.NoError(t, os.MkdirAll(gone, 0o755))
	require.NoError(t, os.Chtimes(filepath.Dir(gone), time.Time{}, time.Now().Add(-2*asideLife)))
	_, err = OpenCache(dir)
	require.NoError(t, err)
	assert.Contains(t, names(), "pages-2", "not at each start")
	assert.NoDirExists(t, filepath.Dir(gone), "what a kill left is swept")
}
