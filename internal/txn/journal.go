package txn

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"github.com/chandlery-go/chandlery/internal/durable"
)

const (
	journalSchema = 1
	// MaxJournal bounds a journal, in bytes.
	MaxJournal = 256 << 20
)

// JournalError says that an interrupted transaction's journal cannot be used. It wraps durable.ErrDamaged, durable.ErrNewer or what reading met.
type JournalError struct {
	Path string
	Err  error
}

func (e *JournalError) Error() string { return fmt.Sprintf("journal %s: %v", e.Path, e.Err) }

func (e *JournalError) Unwrap() error { return e.Err }

// intent is the journal's content.
type intent struct {
	ID string `json:"id"`
	Renames
}

// draftIntent writes a journal that has not its name yet.
func (f *Folder) draftIntent(in intent) (*durable.Temp, error) {
	b, err := durable.MarshalRecord(journalSchema, in)
	if err != nil {
		return nil, err
	}
	if len(b) > MaxJournal {
		return nil, fmt.Errorf("the transaction has too many renames: its journal would be %d bytes, above %d", len(b), MaxJournal)
	}
	t, err := durable.Create(f.Root, f.journal(), 0o644)
	if err != nil {
		return nil, err
	}
	if _, err := t.Write(b); err != nil {
		return nil, errors.Join(err, t.Discard())
	}
	return t, nil
}

// readIntent gives the pending transaction; ok is false where none is.
func (f *Folder) readIntent() (in intent, ok bool, err error) {
	b, err := readLimited(f.Root.Open, f.journal(), MaxJournal)
	if errors.Is(err, fs.ErrNotExist) {
		return intent{}, false, nil
	}
	if err == nil {
		in, err = parseIntent(b, f.State)
	}
	if err != nil {
		return intent{}, false, &JournalError{Path: path.Join(f.Root.Name(), f.journal()), Err: err}
	}
	return in, true, nil
}

func parseIntent(b []byte, state string) (intent, error) {
	var in intent
	if err := durable.UnmarshalRecord(b, journalSchema, &in); err != nil {
		return intent{}, err
	}
	if !fs.ValidPath(in.ID) || path.Base(in.ID) != in.ID || in.ID == "." {
		return intent{}, fmt.Errorf("%w: transaction id %q", durable.ErrDamaged, in.ID)
	}
	if err := in.check(state); err != nil {
		return intent{}, fmt.Errorf("%w: %w", durable.ErrDamaged, err)
	}
	return in, nil
}

func readLimited[F io.ReadCloser](open func(string) (F, error), name string, limit int64) ([]byte, error) {
	r, err := open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return durable.ReadAtMost(r, limit)
}
