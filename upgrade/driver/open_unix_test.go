//go:build unix

package driver

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A link out of the folder is not followed, nor is one to a folder, so loops do not matter; pipes and devices are passed over.
func TestOpen_links(t *testing.T) {
	outside := lay(t, map[string]string{"secret.py": "x", "d/e.py": "y"})
	dir := lay(t, map[string]string{"acme/__init__.py": "", "acme/real.py": acme})
	at := func(name string) string { return filepath.Join(dir, "acme", name) }
	for from, to := range map[string]string{
		"inside.py": "real.py", "out.py": filepath.Join(outside, "secret.py"), "up.py": "../../../../../../etc/hosts", "loop": ".", "self.py": "self.py", "dangling.py": "none.py", "folder": filepath.Join(outside, "d"), "dir.py": "..",
	} {
		require.NoError(t, os.Symlink(to, at(from)))
	}
	require.NoError(t, syscall.Mkfifo(at("pipe.py"), 0o600))
	require.NoError(t, os.Mkdir(at("folder.py"), 0o755))
	tree, err := Open(t.Context(), Source{Path: filepath.Join(dir, "acme")})
	require.NoError(t, err)
	assert.Equal(t, []string{"cinder.volume.drivers.acme/", "cinder.volume.drivers.acme.inside", "cinder.volume.drivers.acme.real"}, names(tree))

	_, err = Open(t.Context(), Source{Path: at("pipe.py")})
	assert.ErrorContains(t, err, "neither a file nor a folder")
}
