package durable

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Clone makes the file to, which must not exist, share the bytes of the file from until one of them is written to (a reflink). perm is before umask. Where the system
// or the file system cannot, or the two lie on different ones, the error is errors.ErrUnsupported and nothing is left.
func Clone(from, to string, perm fs.FileMode) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	err = unix.IoctlFileClone(int(dst.Fd()), int(src.Fd()))
	if cerr := dst.Close(); err == nil {
		return cerr
	}
	if rerr := os.Remove(to); rerr != nil {
		return errors.Join(err, rerr)
	}
	for _, cannot := range []error{unix.EOPNOTSUPP, unix.EXDEV, unix.EINVAL, unix.ENOTTY, unix.ENOSYS, unix.EPERM} {
		if errors.Is(err, cannot) {
			return errors.ErrUnsupported
		}
	}
	return &os.LinkError{Op: "clone", Old: from, New: to, Err: err}
}
