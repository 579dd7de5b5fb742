package durable

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// Clone makes the file to, which must not exist, share the bytes of the file from until one of them is written to. It takes from's mode. Where the file system cannot,
// or the two lie on different ones, the error is errors.ErrUnsupported and nothing is left.
func Clone(from, to string, _ fs.FileMode) error {
	err := unix.Clonefile(from, to, unix.CLONE_NOFOLLOW)
	if errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.EXDEV) {
		return errors.ErrUnsupported
	}
	if err != nil {
		return &os.LinkError{Op: "clone", Old: from, New: to, Err: err}
	}
	return nil
}
