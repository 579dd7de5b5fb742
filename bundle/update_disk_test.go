//go:build slow && linux

package bundle

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mountTmpfs gives a folder on a file system of its own. The suite needs root.
func mountTmpfs(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size), "this suite mounts file systems: run it as root")
	t.Cleanup(func() { assert.NoError(t, syscall.Unmount(dir, 0)) })
	return dir
}

// fill leaves free bytes on a volume.
func fill(t *testing.T, volume string, free int64) {
	t.Helper()
	name := filepath.Join(volume, "filler")
	f, err := os.Create(name)
	require.NoError(t, err)
	var n int64
	for block := make([]byte, 4096); ; n += 4096 {
		if _, err := f.Write(block); err != nil {
			require.ErrorIs(t, err, syscall.ENOSPC)
			break
		}
	}
	require.NoError(t, f.Truncate(max(n-free, 0)))
	require.NoError(t, f.Close())
}

// TestDiskFull updates on a true file system that is full after any number of bytes.
func TestDiskFull(t *testing.T) {
	s := newUpdateSite(t, library("a", "1", "a/x.py", strings.Repeat("1", 20000)), library("b", "1"))
	volume := mountTmpfs(t, "1m")
	dir := filepath.Join(volume, "python")
	old := s.update(t, dir)
	s.release(t, library("a", "2", "a/x.py", strings.Repeat("2", 30000), "a/y.py", strings.Repeat("2", 30000)), library("b", "2"))
	full := 0
	for free := int64(0); ; free += 4096 {
		fill(t, volume, free)
		u := s.updater(dir)
		_, err := u.Update(t.Context())
		if free == 0 {
			assert.Equal(t, KindNoSpace, KindOf(err), "%v", err)
		}
		u.seams.freeSpace = func(string) (uint64, error) { return 1 << 40, nil } // the disk fills up after the look at it
		_, err = u.Update(t.Context())
		require.NoError(t, Recover(t.Context(), dir))
		requireSound(t, dir)
		if err == nil {
			assert.Equal(t, strings.Repeat("2", 30000), liveTree(t, dir)["a/x.py"])
			break
		}
		full++
		require.ErrorIs(t, err, syscall.ENOSPC)
		assert.Equal(t, KindNoSpace, KindOf(err))
		require.Equal(t, old, liveTree(t, dir), "%d bytes free", free)
		assertNoStage2(t, dir)
	}
	t.Logf("full %d times", full)
	assert.Greater(t, full, 10)
}

func assertNoStage2(t *testing.T, dir string) {
	t.Helper()
	left, err := os.ReadDir(filepath.Join(dir, StateFolder, "stage"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

// TestRecoverOnFullDisk kills past INTENT and fills the disk to its last byte: recovery needs none.
func TestRecoverOnFullDisk(t *testing.T) {
	recovered := 0
	for at := 0; ; at++ {
		volume := mountTmpfs(t, "1m")
		dir := filepath.Join(volume, "python")
		site := newUpdateSite(t, library("a", "1", "a/x.py", "1"), library("b", "1"))
		site.update(t, dir)
		site.release(t, library("a", "2", "a/x.py", "2", "a/y.py", "2"), library("b", "2"))
		k := &killer{n: at}
		u := site.updater(dir)
		u.seams.step = k.step
		if k.run(t, func() error { _, err := u.Update(t.Context()); return err }) {
			break
		}
		pending := exists(t, filepath.Join(dir, StateFolder, "journal"))
		fill(t, volume, 0)
		require.NoError(t, Recover(t.Context(), dir), k.at)
		requireSound(t, dir)
		if pending {
			recovered++
			assert.Equal(t, "2", liveTree(t, dir)["a/x.py"])
		}
	}
	t.Logf("%d recoveries of pending updates on a full disk", recovered)
	assert.Greater(t, recovered, 5)
}

// TestReadOnlyFolder: nothing is fetched for a folder that cannot be written, and what needs no writing works.
func TestReadOnlyFolder(t *testing.T) {
	s := newUpdateSite(t, library("a", "1"))
	volume := mountTmpfs(t, "1m")
	s.update(t, volume)
	s.release(t, library("a", "2"))
	s.fetched = nil
	require.NoError(t, syscall.Mount("", volume, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""))
	before := diskTree(t, volume)
	u := s.updater(volume)
	_, err := u.Update(t.Context())
	require.ErrorIs(t, err, syscall.EROFS)
	assert.Equal(t, KindPermission, KindOf(err))
	assert.Empty(t, s.fetched)
	plan, err := u.Plan(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"replace a"}, did(plan))
	require.NoError(t, Recover(t.Context(), volume))
	assert.Equal(t, KindPermission, KindOf(s.rollback(t, volume)))
	_, err = s.updater(filepath.Join(volume, "new")).Update(t.Context())
	assert.Equal(t, KindPermission, KindOf(err))
	assert.Equal(t, before, diskTree(t, volume))
}

// TestOtherVolume: a library's folder that is a mount cannot be renamed, so the update says so before it changes anything.
func TestOtherVolume(t *testing.T) {
	s := newUpdateSite(t, library("a", "1", "a/x.py", "1"))
	dir := t.TempDir()
	s.update(t, dir)
	inner := filepath.Join(dir, "a")
	require.NoError(t, syscall.Mount(mountTmpfs(t, "1m"), inner, "", syscall.MS_BIND, ""))
	t.Cleanup(func() { assert.NoError(t, syscall.Unmount(inner, 0)) })
	writeFiles(t, dir, "a/x.py", "1")
	s.release(t, library("a", "2", "a/x.py", "2"))
	before := liveTree(t, dir)
	_, err := s.updater(dir).Update(t.Context())
	require.ErrorContains(t, err, "another volume")
	assert.Equal(t, KindState, KindOf(err))
	assert.Equal(t, before, liveTree(t, dir))
}
