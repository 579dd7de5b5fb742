//go:build unix

package environment

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestProvision_umask: everybody can read what is made, whatever the umask, and nobody else can write.
func TestProvision_umask(t *testing.T) {
	shop := newWorkshop(t)
	for _, mask := range []int{0o077, 0o000, 0o027} {
		old := syscall.Umask(mask)
		w := shop.wanted()
		w.Root = shop.path(filepath.Join("made", "for", "it", "cinder"))
		p := shop.provisioner(t, func(p *Provisioner) { p.NoBytecode, p.Store = false, "" })
		_, err := p.Provision(t.Context(), w, resolved(t, p, w))
		syscall.Umask(old)
		require.NoError(t, err)
		require.NoError(t, filepath.WalkDir(shop.path("made"), func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.Type()&fs.ModeSymlink != 0 || filepath.Base(name) == "."+filepath.Base(w.Root)+guardSuffix {
				return err
			}
			fi, err := d.Info()
			require.NoError(t, err)
			want := []fs.FileMode{0o644, 0o755}
			if d.IsDir() {
				want = want[1:]
			}
			assert.Contains(t, want, fi.Mode().Perm(), "%s under umask %o", name, mask)
			return nil
		}))
		require.NoError(t, os.RemoveAll(shop.path("made")))
	}
}
