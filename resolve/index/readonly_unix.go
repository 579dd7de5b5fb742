//go:build unix

package index

import (
	"io/fs"
	"syscall"
)

// readOnly opens a file to be read. With O_NONBLOCK, which means nothing to a regular file, package os spares four system calls that find that out.
const readOnly = syscall.O_RDONLY | syscall.O_NONBLOCK

// inode tells a file from one that took its place.
func inode(st fs.FileInfo) uint64 {
	if sys, ok := st.Sys().(*syscall.Stat_t); ok {
		return sys.Ino
	}
	return 0
}
