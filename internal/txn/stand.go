package txn

import (
	"errors"
	"fmt"

	"github.com/chandlery-go/chandlery/internal/durable"
)

// ErrUndecided says that the disk does not tell how far an op came: its files were moved, copied or removed by another hand.
var ErrUndecided = errors.New("cannot tell how far an interrupted change came")

// stand is how far an op came. Each step leads to the next, on the way back to the one before.
type stand int8

const (
	before  stand = iota
	aside         // replace: Path is at Old, New waits
	swapped       // replace: exchanged, so New holds what was at Path
	after
)

// stand looks at which of the op's places are taken.
func (f *Folder) stand(o Op) (stand, error) {
	live, err1 := exists(f.Root, o.Path)
	fresh, err2 := f.taken(o.New)
	old, err3 := f.taken(o.Old)
	if err := errors.Join(err1, err2, err3); err != nil {
		return 0, err
	}
	switch o.kind() {
	case put:
		return decide(o, fresh, !fresh && live)
	case remove:
		return decide(o, live && !old, old || !live)
	}
	switch {
	case fresh && old && !live:
		return aside, nil
	case !fresh && old:
		return after, nil
	case fresh && !old && live:
		return f.exchanged(o)
	}
	return 0, undecided(o)
}

// decide is for ops of one rename.
func decide(o Op, isBefore, isAfter bool) (stand, error) {
	switch {
	case isBefore:
		return before, nil
	case isAfter:
		return after, nil
	}
	return 0, undecided(o)
}

// exchanged tells whether Path and New were swapped.
func (f *Folder) exchanged(o Op) (stand, error) {
	if o.OldID.IsZero() || o.NewID.IsZero() { // no exchange was planned, so none was done
		return before, nil
	}
	live, err := f.identity(o.Path)
	if err != nil {
		return 0, err
	}
	switch live.File {
	case o.OldID.File:
		return before, nil
	case o.NewID.File:
		return swapped, nil
	}
	return 0, undecided(o)
}

func (f *Folder) taken(place string) (bool, error) {
	if place == "" {
		return false, nil
	}
	return exists(f.Root, place)
}

func (f *Folder) identity(name string) (durable.Identity, error) {
	fi, err := f.Root.Lstat(name)
	if err != nil {
		return durable.Identity{}, err
	}
	return durable.IdentityOf(fi), nil
}

func undecided(o Op) error { return fmt.Errorf("%s: %w", o.Path, ErrUndecided) }
