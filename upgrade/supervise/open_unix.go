//go:build unix

package supervise

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// openRegular opens a file for reading, where it is one and no link.
func openRegular(path string) (*os.File, error) { return openLog(path, os.O_RDONLY, 0) }

// appendRegular opens a file for appending, and makes it where absent. A service's user who owns the folder could else have the caller write anywhere by a link.
func appendRegular(path string) (*os.File, error) {
	return openLog(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o640)
}

// openLog does not wait for the other end of a FIFO.
func openLog(path string, flag int, perm fs.FileMode) (*os.File, error) {
	f, err := os.OpenFile(path, flag|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, perm)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err == nil && !st.Mode().IsRegular() {
		err = fmt.Errorf("%s is no regular file", path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
