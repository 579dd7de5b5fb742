package bundle

import (
	"errors"
	"io/fs"
	"path"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/internal/txn"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

const stateSchema = 1

// folderState is what state.json holds. What is installed is never read from it: that the folder itself says.
type folderState struct {
	Generation uint64            `json:"generation"`         // one more with every change of the folder
	Sequences  map[string]uint64 `json:"sequences"`          // newest release seen, by channel
	Previous   *previousState    `json:"previous,omitempty"` // nil: there is no step back

	Release  *heldRelease           `json:"release,omitempty"`   // what the folder was brought to; nil: nothing, or that is not known
	Blocked  map[string]heldRelease `json:"blocked,omitempty"`   // taken back, by channel
	ClientID string                 `json:"client_id,omitempty"` // random; deals the client to a bucket of roll-outs, and never leaves the folder
}

// previousState is what Rollback needs besides the trash.
type previousState struct {
	Txn       string        `json:"txn"`
	Libraries []pep508.Name `json:"libraries"`            // those that the transaction changed
	DistInfos []string      `json:"dist_infos,omitempty"` // those that it took out
	Release   *heldRelease  `json:"release,omitempty"`    // that the folder held before
}

// readState reads state.json; a folder without one has the zero state. A damaged one wraps durable.ErrDamaged, one of a newer program durable.ErrNewer.
func (f *folder) readState() (folderState, error) {
	b, err := f.Root.ReadFile(stateName)
	if errors.Is(err, fs.ErrNotExist) {
		return folderState{}, nil
	}
	var s folderState
	if err == nil {
		err = durable.UnmarshalRecord(b, stateSchema, &s)
	}
	if err != nil {
		return folderState{}, &StateError{Path: path.Join(f.dir, stateName), Err: err}
	}
	return s, nil
}

// usableState is readState for those that can do without: a damaged state.json is told and taken for none.
func (f *folder) usableState(warn func(error)) (folderState, error) {
	s, err := f.readState()
	if errors.Is(err, durable.ErrDamaged) {
		warn(err)
		return folderState{}, nil
	}
	return s, err
}

// writeState replaces state.json by itself.
func (f *folder) writeState(s folderState) error {
	if err := f.step("write state"); err != nil {
		return err
	}
	b, err := durable.MarshalRecord(stateSchema, s)
	if err != nil {
		return err
	}
	return durable.WriteFile(f.Root, stateName, b, 0o644)
}

// stageState lays the next state.json ready and gives the rename that makes it the folder's, along with the transaction's others.
func (f *folder) stageState(t *txn.Txn, s folderState) (txn.Op, error) {
	b, err := durable.MarshalRecord(stateSchema, s)
	if err != nil {
		return txn.Op{}, err
	}
	if err := f.step("stage state"); err != nil {
		return txn.Op{}, err
	}
	op := txn.Op{Path: stateName, New: path.Join(t.Stage(), "state.json")}
	switch _, err := f.Root.Lstat(stateName); {
	case err == nil:
		op.Old = path.Join(t.Trash(), "state.json")
	case !errors.Is(err, fs.ErrNotExist):
		return txn.Op{}, err
	}
	return op, f.Root.WriteFile(op.New, b, 0o644)
}

// next is the state after a change.
func (s folderState) next(previous previousState) folderState {
	s.Generation++
	s.Previous = &previous
	return s
}

// seen is the state once a release was seen; ok is false where it was before.
func (s folderState) seen(channel string, sequence uint64) (_ folderState, ok bool) {
	if s.Sequences[channel] >= sequence {
		return s, false
	}
	all := map[string]uint64{channel: sequence}
	for c, n := range s.Sequences {
		if c != channel {
			all[c] = n
		}
	}
	s.Sequences = all
	return s, true
}

// kept are the transactions whose trash stays.
func (s folderState) kept() []string {
	if s.Previous == nil {
		return nil
	}
	return []string{s.Previous.Txn}
}

// StateError says that a file which updates keep in a python folder cannot be used.
type StateError struct {
	Path string
	Err  error
}

func (e *StateError) Error() string { return e.Path + ": " + e.Err.Error() }

func (e *StateError) Unwrap() error { return e.Err }
