package durable

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

const scratchPrefix = TempPrefix + "test-"

func scratchRoot(t *testing.T) *os.Root {
	root, err := os.OpenRoot(t.TempDir())
	require.NoError(t, err)
	t.Cleanup(func() { root.Close() })
	return root
}

func left(t *testing.T, root *os.Root) (names []string) {
	list, err := os.ReadDir(root.Name())
	require.NoError(t, err)
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

func TestOpenScratch(t *testing.T) {
	root := scratchRoot(t)
	s, err := OpenScratch(t.Context(), root, scratchPrefix)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(root.Name(), s.Name, "file"), nil, 0o644))
	other, err := OpenScratch(t.Context(), root, scratchPrefix)
	require.NoError(t, err)
	require.FileExists(t, filepath.Join(root.Name(), s.Name, "file"), "one in use is not swept")
	require.NoError(t, other.Close())
	require.NoError(t, s.Close())
	require.Empty(t, left(t, root))
}

// TestOpenScratch_swept: whatever moment a process dies at, the next one removes what it left, and nothing of others.
func TestOpenScratch_swept(t *testing.T) {
	root := scratchRoot(t)
	for name, body := range map[string]string{
		scratchPrefix + "A.lock": "", // before the folder was made, or after it was removed
		scratchPrefix + "B.lock": "", scratchPrefix + "B/deep/file": "x",
		TempPrefix + "other-A.lock": "", "name.lock": "", scratchPrefix + "C": "no lock was ever beside it",
	} {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root.Name(), name)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(root.Name(), name), []byte(body), 0o644))
	}
	s, err := OpenScratch(t.Context(), root, scratchPrefix)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.Equal(t, []string{TempPrefix + "other-A.lock", scratchPrefix + "C", "name.lock"}, left(t, root))
}

// TestOpenScratch_atOnce: a folder in use is never another's, nor removed by another's sweep.
func TestOpenScratch_atOnce(t *testing.T) {
	root := scratchRoot(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				s, err := OpenScratch(t.Context(), root, scratchPrefix)
				if err == nil {
					err = root.Mkdir(s.Name+"/mine", 0o755)
				}
				if err == nil {
					err = root.Remove(s.Name + "/mine")
				}
				if err == nil {
					err = s.Close()
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	require.Empty(t, left(t, root))
}
