//go:build !linux && !darwin

package durable

import (
	"errors"
	"io/fs"
)

// Clone is errors.ErrUnsupported: this system shares no bytes between files.
func Clone(string, string, fs.FileMode) error { return errors.ErrUnsupported }
