//go:build live

package driver

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/upgrade/driver/data"
	"github.com/chandlery-go/chandlery/upgrade/driver/pyast"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// unpackCinder fetches a cinder and unpacks it.
func unpackCinder(t *testing.T, version string) string {
	t.Helper()
	url := os.Getenv("CHANDLERY_INDEX")
	require.NotEmpty(t, url, "live tests need an index: set CHANDLERY_INDEX to its address (.../simple/)")
	cache, err := index.OpenCache(t.TempDir())
	require.NoError(t, err)
	project, err := (&index.Client{URLs: []string{url}, Cache: cache}).Project(t.Context(), "cinder")
	require.NoError(t, err)
	for _, f := range project.Files {
		if f.Version.String() != version || !strings.HasSuffix(f.File, ".whl") {
			continue
		}
		blob, err := (&index.Fetcher{Cache: cache}).Fetch(t.Context(), f.Artifact)
		require.NoError(t, err)
		defer blob.Close()
		w, err := wheel.Open(blob, blob.Size(), f.File)
		require.NoError(t, err)
		dir := t.TempDir()
		root, err := os.OpenRoot(dir)
		require.NoError(t, err)
		defer root.Close()
		_, err = w.Unpack(t.Context(), root)
		require.NoError(t, err)
		return dir
	}
	require.Fail(t, "the index has no wheel of cinder "+version)
	return ""
}

// The drivers of cinder 28.0.0 as a vendor's files, each alone over every release: from openstack.md, 3.3, but that what a driver inherits is judged too, so nfs.py needs the remotefs.py of its own release.
func TestInfer_live(t *testing.T) {
	pythons := strings.Fields(os.Getenv("CHANDLERY_PYTHONS"))
	require.NotEmpty(t, pythons, "set CHANDLERY_PYTHONS to interpreters")
	reader := &pyast.Reader{Python: pythons[0]}
	ix, err := data.Open("cinder")
	require.NoError(t, err)
	drivers := filepath.Join(unpackCinder(t, "28.0.0"), "cinder", "volume", "drivers")
	for path, want := range map[string]struct {
		floor string
		holes []string
		bound string // one that is among the evidence
	}{
		"rbd.py":      {"24.2.0", nil, "needs >= 24.2.0 (2024.1): cinder.volume.volume_utils.upload_volume(volume_fd=), rbd.py:2083, late"},
		"lvm.py":      {"22.1.2", []string{"23.0.0"}, "needs >= 22.1.2 (2023.1), not 23.0.0: cinder.image.image_utils.fetch_to_raw(disable_sparse=), lvm.py:532, late"},
		"nfs.py":      {"28.0.0", nil, "needs >= 19.2.0 (xena), not 20.0.0, 20.0.1, 21.0.0: cinder.image.image_utils.convert_image(data=), nfs.py:725, nfs.py:734, late"},
		"pure.py":     {"22.0.0", nil, "needs >= 21.0.0 (zed): cinder.common.constants.NVMEOF_TCP, pure.py:576"},
		"storpool.py": {"26.0.0", nil, "needs >= 21.0.0 (zed): cinder.common.constants.STORPOOL, storpool.py:368, late"},
		"remotefs.py": {"28.0.0", nil, "needs >= 28.0.0 (2026.1): cinder.image.image_utils.get_image_format, remotefs.py:1451, late"},
		"dell_emc":    {"28.0.0", nil, "needs >= 28.0.0 (2026.1): cinder.volume.volume_utils.is_image_cache_entry, powerflex/driver.py:846, late"},
	} {
		tree, err := Open(t.Context(), Source{Path: filepath.Join(drivers, path), Index: ix})
		require.NoError(t, err, path)
		d, err := Read(t.Context(), tree, reader, ix)
		require.NoError(t, err, path)
		started := time.Now()
		in, err := Infer(t.Context(), Question{Driver: d, Index: ix})
		require.NoError(t, err, path)
		t.Logf("%-12s %4d needs over %d releases in %s: %s", path, in.Needs, len(in.Judged), time.Since(started).Round(time.Millisecond), spans(in.Feasible))
		assert.Equal(t, "cinder.volume.drivers."+strings.TrimSuffix(path, ".py"), tree.Files[0].Name)
		require.NotNil(t, in.Floor, path)
		assert.Equal(t, want.floor, in.Floor.Version.String(), path)
		var holes []string
		for _, j := range in.Holes() {
			holes = append(holes, j.Version.String())
		}
		assert.Equal(t, want.holes, holes, path)
		assert.True(t, slices.Contains(strs(in.Bounds), want.bound), "%s: %q is not among\n%s", path, want.bound, strings.Join(strs(in.Bounds), "\n"))
		if path == "pure.py" || path == "storpool.py" {
			require.NotNil(t, in.Floor.Witnesses[0].Library, path)
			assert.Equal(t, "os-brick", string(in.Floor.Witnesses[0].Library.Distribution))
		}
	}
}
