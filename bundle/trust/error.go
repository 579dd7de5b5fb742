package trust

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
	"github.com/chandlery-go/chandlery/internal/transport"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

var (
	// ErrFormat says that a file is no metadata, or breaks the rules of its format.
	ErrFormat = metadata.ErrFormat
	// ErrVerify says that a file is not what trusted ones say it is: its signatures, length, hash, version or type differ.
	ErrVerify = metadata.ErrVerify
	// ErrRollback says that a file is older than one that was trusted before.
	ErrRollback = bundle.ErrRollback
	// ErrFrozen says that the newest that can be had has expired; the error is a *FrozenError.
	ErrFrozen = errors.New("expired")
	// ErrTooLarge says that a file has more bytes than announced, or than a file of its kind may have.
	ErrTooLarge = errors.New("larger than allowed")
	// ErrTooSlow says that a mirror does not answer in time, or too slowly.
	ErrTooSlow = transport.ErrTooSlow
	// ErrNoTarget says that no role names the target.
	ErrNoTarget = errors.New("no such target")
)

// FrozenError says which role's file has expired, and when. Either the publisher did not sign anew in time, or somebody withholds what it signed.
type FrozenError struct {
	Role    string
	Expired time.Time
}

func (e *FrozenError) Error() string {
	return fmt.Sprintf("the newest %s metadata expired at %s: the publisher must sign it anew, or a mirror withholds it; check this computer's clock too",
		e.Role, e.Expired.UTC().Format(time.RFC3339))
}

// Is makes a FrozenError match ErrFrozen.
func (e *FrozenError) Is(target error) bool { return target == ErrFrozen }

// wrap gives errors of trust their kind; an ended context comes alone.
func wrap(ctx context.Context, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil && !trustError(err):
		return ctx.Err()
	case trustError(err):
		return &bundle.Error{Step: bundle.StepSource, Kind: bundle.KindTrust, Err: err}
	}
	return err
}

func trustError(err error) bool {
	for _, kind := range []error{ErrFormat, ErrVerify, ErrRollback, ErrFrozen, ErrTooLarge} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// allAbsent reports whether every mirror says that it has no such file.
func allAbsent(err error) bool {
	if several, ok := err.(bundle.Errors); ok {
		return !slices.ContainsFunc(several, func(err error) bool { return !absent(err) })
	}
	return absent(err)
}

// absent reports whether a mirror says that it has no such file. Object stores whose visitors may not list answer 403.
func absent(err error) bool {
	var status *transport.StatusError
	return errors.Is(err, dist.ErrNotFound) || errors.As(err, &status) && status.Code == http.StatusForbidden
}
