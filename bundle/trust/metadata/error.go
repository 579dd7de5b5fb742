package metadata

import (
	"errors"
	"fmt"
)

var (
	// ErrFormat says that bytes are no metadata file, or one that breaks the rules in the package doc.
	ErrFormat = errors.New("malformed metadata")
	// ErrVerify says that a file is not what a trusted one says it is: signatures, length, hash, version or type differ.
	ErrVerify = errors.New("not verified")
)

// ThresholdError says that too few of a role's keys signed. It is an ErrVerify.
type ThresholdError struct {
	Have int // keys that signed rightly, each counted once
	Need int
}

func (e *ThresholdError) Error() string {
	return fmt.Sprintf("signed by %d of the role's keys where %d must sign", e.Have, e.Need)
}

// Is makes a ThresholdError match ErrVerify.
func (e *ThresholdError) Is(target error) bool { return target == ErrVerify }

func malformed(path, format string, args ...any) error {
	if path != "" {
		path += ": "
	}
	return fmt.Errorf("%w: %s%s", ErrFormat, path, fmt.Sprintf(format, args...))
}
