package pylock

import (
	"errors"
	"fmt"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

var (
	// ErrVersion says that a lock file is of a version that this package does not know.
	ErrVersion = errors.New("the lock file is of another major version than 1: lock again, or use a newer program")
	// ErrEnvironment says that a lock is not for the platform at hand.
	ErrEnvironment = errors.New("the lock is not for this platform: lock again for it")
)

// LockError says what is wrong in a lock file, and where.
type LockError struct {
	Key    string // packages[2].wheels[0].url, counted from 0; "" where the whole is meant
	Line   int    // from 1; 0 where it is not known
	Reason string // "" where Err says all
	Err    error
}

func (e *LockError) Error() string {
	at := "lock file"
	if e.Line > 0 {
		at = fmt.Sprintf("lock file, line %d", e.Line)
	}
	if e.Key != "" {
		at += ": " + e.Key
	}
	switch {
	case e.Reason == "":
		return fmt.Sprintf("%s: %v", at, e.Err)
	case e.Err == nil:
		return at + ": " + e.Reason
	}
	return fmt.Sprintf("%s: %s: %v", at, e.Reason, e.Err)
}

func (e *LockError) Unwrap() error { return e.Err }

// PackageError says why a package of a lock cannot be installed.
type PackageError struct {
	Name   pep508.Name
	Reason string
}

func (e *PackageError) Error() string { return fmt.Sprintf("%s: %s", e.Name, e.Reason) }
