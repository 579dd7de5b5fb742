package bundle

import (
	"errors"
	"io/fs"
	"syscall"
)

// errnoKind classifies the operating system's own errors ("System Error Codes", winerror.h).
func errnoKind(err error) Kind {
	errno, ok := err.(syscall.Errno)
	if !ok {
		return KindNone
	}
	switch errno {
	case 39, 112, 1295: // HANDLE_DISK_FULL, DISK_FULL, DISK_QUOTA_EXCEEDED
		return KindNoSpace
	case 5, 19: // ACCESS_DENIED, WRITE_PROTECT
		return KindPermission
	case 32, 33, 1224: // SHARING_VIOLATION, LOCK_VIOLATION, USER_MAPPED_FILE
		return KindInUse
	case 10051, 10053, 10054, 10060, 10061, 10065: // WSAENETUNREACH, ECONNABORTED, ECONNRESET, ETIMEDOUT, ECONNREFUSED, EHOSTUNREACH
		return KindNetwork
	}
	if errors.Is(errno, fs.ErrNotExist) {
		return KindState
	}
	return KindNone
}
