//go:build unix

package openstack

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ownerOf reads who owns a file.
func ownerOf(fi fs.FileInfo) owner {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return anyone
	}
	return owner{int(st.Uid), int(st.Gid)}
}

// trusted reports, as an *UntrustedError, that somebody other than root, and than this process's user, could change the file at path or what its name leads to.
func trusted(path string) error {
	resolved, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	for _, name := range []string{path, resolved} {
		for ; ; name = filepath.Dir(name) {
			if err := trustedOne(name); err != nil {
				return err
			}
			if name == filepath.Dir(name) {
				break
			}
		}
	}
	return nil
}

// trustedOne judges one name. In a sticky folder others may add, but not replace.
func trustedOne(name string) error {
	fi, err := os.Lstat(name)
	if err != nil {
		return err
	}
	if uid := ownerOf(fi).uid; uid != 0 && uid != os.Geteuid() {
		return &UntrustedError{name, fmt.Sprintf("user %d owns it", uid)}
	}
	open := fi.Mode().Perm()&0o022 != 0
	if open && fi.Mode()&fs.ModeSymlink == 0 && (!fi.IsDir() || fi.Mode()&fs.ModeSticky == 0) {
		return &UntrustedError{name, "its group or others may write to it"}
	}
	return nil
}
