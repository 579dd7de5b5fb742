package trust

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrNoRepository says that the store has no signed repository: Create begins one.
	ErrNoRepository = errors.New("the store has no signed repository: create one first")
	// ErrNoChannel says that the repository's targets do not delegate to a channel.
	ErrNoChannel = errors.New("the repository has no such channel: add it with a change of its targets")
	// ErrChange says that a ceremony or a change makes no sense.
	ErrChange = errors.New("no change that can be made")
	// ErrSigners says that too few of a role's keys are at hand; the error is a *SignersError.
	ErrSigners = errors.New("too few signers")
	// ErrUnseen says that a release is live in the store, but clients don't see it yet; the error is an *UnseenError.
	ErrUnseen = errors.New("clients do not see the release yet")
)

// SignersError says which role can't be signed with the Signers at hand.
type SignersError struct {
	Role       string
	Have, Need int
	Keys       []string // ids of the role's keys that are not at hand
}

func (e *SignersError) Error() string {
	ids := make([]string, len(e.Keys))
	for i, id := range e.Keys {
		ids[i] = fmt.Sprintf("%.12s", id)
	}
	return fmt.Sprintf("the role %s needs %d of its keys to sign and has %d: add signers of the keys %s, or let their people sign a draft", e.Role, e.Need, e.Have, strings.Join(ids, ", "))
}

// Is makes a SignersError match ErrSigners.
func (e *SignersError) Is(target error) bool { return target == ErrSigners }

// UnseenError says that a release is done, and that the public address does not have it yet: a cache in between, a mirror that is behind, or a wrong address.
type UnseenError struct {
	Channel  string
	Sequence uint64 // released
	Seen     uint64 // what clients get; 0 with Err
	Err      error  // why clients get nothing; nil: they get Seen
}

func (e *UnseenError) Error() string {
	what := fmt.Sprintf("they get %d", e.Seen)
	if e.Err != nil {
		what = e.Err.Error()
	}
	return fmt.Sprintf("release %d of %s is live in the store, but clients do not see it yet: %s", e.Sequence, e.Channel, what)
}

func (e *UnseenError) Unwrap() error { return e.Err }

// Is makes an UnseenError match ErrUnseen.
func (e *UnseenError) Is(target error) bool { return target == ErrUnseen }
