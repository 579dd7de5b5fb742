package txn

import (
	"errors"
)

// Outcome is what Recover found and did.
type Outcome int8

const (
	// Nothing was pending.
	Nothing Outcome = iota
	// Completed is a transaction past INTENT that was brought to its end.
	Completed
	// Undone is a transaction past INTENT that could not be completed and was taken back.
	Undone
)

// Recover brings a pending transaction to its end or, where that is refused, back to its beginning: renames only, no byte is written. It is safe to be killed
// and to be called again. An Undone outcome comes with the refusal. Where the disk does not tell how far an op came, nothing is changed and
// the error wraps ErrUndecided.
func (f *Folder) Recover() (Outcome, error) {
	in, ok, err := f.readIntent()
	if err != nil || !ok {
		return Nothing, err
	}
	stands, err := f.stands(in.Ops)
	if err != nil {
		return Nothing, &UnfinishedError{Err: err}
	}
	undone, err := f.forwardAll(in.Ops, stands)
	if err != nil && !undone {
		return Nothing, err
	}
	outcome := Completed
	if undone {
		outcome = Undone
	}
	return outcome, errors.Join(err, f.finish(in, undone))
}
