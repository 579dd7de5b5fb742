//go:build !linux && !darwin

package durable

import (
	"errors"
	"os"
)

// Exchange is errors.ErrUnsupported: this system swaps no two names in one step.
func Exchange(*os.Root, string, string) error { return errors.ErrUnsupported }
