package dist

import (
	"errors"
	"fmt"
)

// ErrNotFound says that an index does not know a project, or that a file is gone.
var ErrNotFound = errors.New("not found")

// FilenameError says why a file name is neither a wheel's nor an sdist's.
type FilenameError struct {
	File   string
	Reason string
	Err    error // what the part at fault was refused with; nil where Reason says all
}

func (e *FilenameError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("file name %q: %s: %v", e.File, e.Reason, e.Err)
	}
	return fmt.Sprintf("file name %q: %s", e.File, e.Reason)
}

func (e *FilenameError) Unwrap() error { return e.Err }

// MetadataError says which field of a distribution's metadata is wrong.
type MetadataError struct {
	File  string // the distribution, where known
	Field string // "Requires-Dist"; "" where the whole is wrong
	Line  int    // from 1; 0 where the field is absent
	Value string // as it stands there
	Err   error
}

func (e *MetadataError) Error() string {
	at := "metadata"
	if e.File != "" {
		at += " of " + e.File
	}
	if e.Line > 0 {
		at += fmt.Sprintf(", line %d", e.Line)
	}
	if e.Field == "" {
		return fmt.Sprintf("%s: %v", at, e.Err)
	}
	return fmt.Sprintf("%s: %s: %v", at, e.Field, e.Err) // without Value, which may be a requirement with credentials in its URL
}

func (e *MetadataError) Unwrap() error { return e.Err }

// HashError says that a file's bytes are not those that were promised. It is a matter of trust: nobody retries it as if the network had failed.
type HashError struct {
	File      string
	Algorithm string // "sha256" …, or "size" where the length differs already
	Want, Got string
}

func (e *HashError) Error() string {
	return fmt.Sprintf("%s: %s is %s, not %s as the index says: do not use this file", e.File, e.Algorithm, e.Got, e.Want)
}
