//go:build unix

package durable

import (
	"io/fs"
	"syscall"
)

// IdentityOf reads the identity from what Stat or Lstat gave.
func IdentityOf(fi fs.FileInfo) Identity {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return Identity{}
	}
	return Identity{Volume: uint64(st.Dev), File: uint64(st.Ino)}
}
