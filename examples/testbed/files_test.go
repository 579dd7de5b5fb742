//go:build testbed

package testbed

import (
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// debianSite is the real environment's library folder.
const debianSite = "/usr/lib/python3/dist-packages"

// realFiles are the patterns of what belongs to the real environment: libraries, scripts, configuration, and the grants of sudo. The testbed's own configuration of cinder comes besides.
var realFiles = []string{
	debianSite, "/usr/bin/cinder*", "/usr/bin/glance*", "/usr/bin/oslo*", "/usr/bin/privsep-helper", "/usr/share/cinder*", "/usr/share/glance*", "/etc/cinder", "/etc/glance", "/etc/policy.d", "/etc/sudoers",
}

// grants is where the upgrade may add a file as long as it stands; a rollback takes it away.
const grants = "/etc/sudoers.d"

// hashes gives content, kind, mode and owner of every file; nothing is left out, __pycache__ neither.
func (b *bed) hashes(more ...string) map[string]string {
	b.t.Helper()
	began, size := time.Now(), int64(0)
	all := map[string]string{}
	for _, pattern := range append(append(realFiles, b.dir+"/etc/cinder", b.dir+"/etc/glance"), more...) {
		tops, err := filepath.Glob(pattern)
		require.NoError(b.t, err)
		for _, top := range tops {
			require.NoError(b.t, filepath.WalkDir(top, func(path string, _ fs.DirEntry, err error) error {
				if err != nil {
					return err
				}
				var n int64
				all[path], n, err = fingerprint(path)
				size += n
				return err
			}))
		}
	}
	b.t.Logf("%6.1f s  hashes of %d files, %d MiB", time.Since(began).Seconds(), len(all), size>>20)
	require.Greater(b.t, len(all), 1000)
	return all
}

func fingerprint(path string) (string, int64, error) {
	st, err := os.Lstat(path)
	if err != nil {
		return "", 0, err
	}
	owner := st.Sys().(*syscall.Stat_t)
	head := fmt.Sprintf("%v %d:%d ", st.Mode(), owner.Uid, owner.Gid)
	switch {
	case st.Mode().IsRegular():
		f, err := os.Open(path)
		if err != nil {
			return "", 0, err
		}
		defer f.Close()
		h := sha256.New()
		n, err := io.Copy(h, f)
		return head + fmt.Sprintf("%x", h.Sum(nil)), n, err
	case st.Mode()&fs.ModeSymlink != 0:
		to, err := os.Readlink(path)
		return head + to, 0, err
	}
	return head, 0, nil
}

// sameFiles demands that nothing came, went or changed.
func (b *bed) sameFiles(before, after map[string]string) {
	b.t.Helper()
	assert.Empty(b.t, differences(before, after), "files of the real environment differ")
}

func differences(before, after map[string]string) (all []string) {
	for _, path := range slices.Sorted(maps.Keys(before)) {
		if now, ok := after[path]; now != before[path] {
			all = append(all, fmt.Sprintf("%s: was %s, is %q, there: %v", path, before[path], now, ok))
		}
	}
	for _, path := range slices.Sorted(maps.Keys(after)) {
		if _, ok := before[path]; !ok {
			all = append(all, path+" is new: "+after[path])
		}
	}
	return all[:min(len(all), 20)]
}
