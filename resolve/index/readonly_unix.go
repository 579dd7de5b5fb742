//go:build unix

package index

import "syscall"

// readOnly opens a file to be read. With O_NONBLOCK, which means nothing to a regular file, package os spares four system calls that find that out.
const readOnly = syscall.O_RDONLY | syscall.O_NONBLOCK
