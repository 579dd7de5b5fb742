//go:build unix

package bundle

import (
	"errors"
	"io/fs"
	"syscall"
)

// errnoKind classifies the operating system's own errors.
func errnoKind(err error) Kind {
	errno, ok := err.(syscall.Errno)
	if !ok {
		return KindNone
	}
	switch errno {
	case syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG:
		return KindNoSpace
	case syscall.EACCES, syscall.EPERM, syscall.EROFS:
		return KindPermission
	case syscall.EBUSY, syscall.ETXTBSY:
		return KindInUse
	case syscall.ECONNREFUSED, syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.ETIMEDOUT, syscall.EPIPE:
		return KindNetwork
	}
	if errors.Is(errno, fs.ErrNotExist) {
		return KindState
	}
	return KindNone
}
