//go:build linux || darwin

package durable

import (
	"errors"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// Exchange swaps the files or folders named a and b in one step that no kill divides. Both must exist, on one volume. Where the system or the file
// system has no such step the error is errors.ErrUnsupported and nothing happened.
func Exchange(root *os.Root, a, b string) error {
	adir, err := root.Open(path.Dir(a))
	if err != nil {
		return err
	}
	defer adir.Close()
	bdir, err := root.Open(path.Dir(b))
	if err != nil {
		return err
	}
	defer bdir.Close()
	err = exchangeAt(int(adir.Fd()), path.Base(a), int(bdir.Fd()), path.Base(b))
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.EOPNOTSUPP) {
		return errors.ErrUnsupported
	}
	if err != nil {
		return &os.LinkError{Op: "exchange", Old: a, New: b, Err: err}
	}
	return nil
}
