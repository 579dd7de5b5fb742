package index

import (
	"errors"
	"fmt"

	"github.com/chandlery-go/chandlery/internal/transport"
)

var (
	// ErrNoMetadata says that a file's metadata cannot be had without building it: it is an sdist.
	ErrNoMetadata = errors.New("its metadata is known only after a build: use a wheel")
	// ErrOffline is every *OfflineError.
	ErrOffline = errors.New("not in the cache, and nothing is fetched while offline")
	// ErrNoHash says that an index gives no hash that could vouch for a file.
	ErrNoHash = errors.New("the index gives no sha256 for it: it cannot be trusted")
)

// OfflineError says what an offline Client or Fetcher would have had to fetch. It is ErrOffline.
type OfflineError struct {
	For Purpose
	Of  string // the project, or the file
	URL string // without user info and query
}

func (e *OfflineError) Error() string {
	what := map[Purpose]string{ForPage: "the index page", ForMetadata: "the metadata", ForFile: "the file"}[e.For]
	return fmt.Sprintf("%s of %s (%s) is not in the cache, and nothing is fetched while offline: run the same once with the network", what, e.Of, e.URL)
}

// Is makes it ErrOffline.
func (e *OfflineError) Is(target error) bool { return target == ErrOffline }

// PageError says why an index page cannot be read.
type PageError struct {
	URL    string // redacted
	Offset int    // in bytes; -1 where the whole is meant
	Reason string
}

func (e *PageError) Error() string {
	if e.Offset < 0 {
		return fmt.Sprintf("index page %s: %s", e.URL, e.Reason)
	}
	return fmt.Sprintf("index page %s: at byte %d: %s", e.URL, e.Offset, e.Reason)
}

// WheelError says why METADATA cannot be read out of a wheel.
type WheelError struct {
	File   string
	Reason string
	Err    error // nil where Reason says all
}

func (e *WheelError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("wheel %s: %s: %v", e.File, e.Reason, e.Err)
	}
	return fmt.Sprintf("wheel %s: %s", e.File, e.Reason)
}

func (e *WheelError) Unwrap() error { return e.Err }

// MetadataMismatchError says that an index told other METADATA than the verified wheel has, so that what was resolved with it does not count. The cache holds
// the wheel's own word now: resolve again, with a new Client.
type MetadataMismatchError struct{ File string }

func (e *MetadataMismatchError) Error() string {
	return fmt.Sprintf("%s: the index served METADATA that is not the wheel's: resolve again, the cache was corrected", e.File)
}

// StatusError is an answer of a server that is no success: URL (redacted) and Code. 404 and 410 are dist.ErrNotFound.
type StatusError = transport.StatusError
