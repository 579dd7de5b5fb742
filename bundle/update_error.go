package bundle

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/internal/txn"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// ErrNoPrevious says that a python folder has no state to go back to.
var ErrNoPrevious = errors.New("there is no earlier state to go back to")

// ClientTooOldError says that an update configuration asks for a newer host application.
type ClientTooOldError struct {
	Need string // SemVer
	Have string // "": Updater.ClientVersion is not set
}

func (e *ClientTooOldError) Error() string {
	if e.Have == "" {
		return fmt.Sprintf("the update configuration needs a client of version %s or newer, and this one's is not known: set ClientVersion", e.Need)
	}
	return fmt.Sprintf("the update configuration needs a client of version %s or newer, this one is %s: update the client first", e.Need, e.Have)
}

// SpaceError says that the volume of the python folder has too little room. Nothing was changed.
type SpaceError struct {
	Dir        string
	Need, Have uint64 // bytes
}

func (e *SpaceError) Error() string {
	return fmt.Sprintf("the volume of %s has %d bytes free, the update needs %d: free some space", e.Dir, e.Have, e.Need)
}

// FileConflictError says that a library's file cannot come in, as its path is taken.
type FileConflictError struct {
	Path    string      // slash-separated, below the python folder
	Library pep508.Name // whose file it is
	Owner   pep508.Name // who has the path; "": no library
	Symlink bool        // the path is, or leads through, a symbolic link
}

func (e *FileConflictError) Error() string {
	switch {
	case e.Symlink:
		return fmt.Sprintf("%s of %s is or leads through a symbolic link: replace the link by the true folder", e.Path, e.Library)
	case e.Owner == "":
		return fmt.Sprintf("%s of %s is taken by a file of no library: move that away", e.Path, e.Library)
	}
	return fmt.Sprintf("%s belongs to %s and to %s, with different content: only one of them can be installed", e.Path, e.Owner, e.Library)
}

// NoRecordError says that a library shall be replaced whose files are not known.
type NoRecordError struct{ DistInfo string }

func (e *NoRecordError) Error() string {
	return e.DistInfo + " has no RECORD, so what belongs to it is not known: remove it with the tool that installed it"
}

// BundleError says that a bundle has the promised bytes, but not the promised content.
type BundleError struct{ Faults []string }

func (e *BundleError) Error() string {
	return "the bundle is not what the update configuration promises: " + strings.Join(e.Faults, "; ")
}

// stepError is the one wrapping of what went wrong with the folder as a whole.
func stepError(step Step, err error) error { return libraryError(step, "", "", err) }

// libraryError wraps what went wrong with one library. An *Error and Errors stay as they are.
func libraryError(step Step, library pep508.Name, platform string, err error) error {
	var one *Error
	var several Errors
	if err == nil || errors.As(err, &one) || errors.As(err, &several) {
		return err
	}
	kind, advice := updateKind(err)
	return &Error{Library: string(library), Platform: platform, Step: step, Kind: kind, Advice: advice, Err: err}
}

// updateKind classifies what KindOf does not know, and says what to do about it.
func updateKind(err error) (kind Kind, advice string) {
	as := func(target any) bool { return errors.As(err, target) }
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return KindCanceled, ""
	case as(new(*ClientTooOldError)):
		return KindClientTooOld, ""
	case as(new(*SpaceError)):
		return KindNoSpace, ""
	case as(new(*FileConflictError)), as(new(*NoRecordError)), as(new(*txn.VolumeError)):
		return KindState, ""
	case as(new(*BundleError)):
		return KindHostile, ""
	case errors.Is(err, ErrNoPrevious):
		return KindUsage, ""
	case errors.Is(err, durable.ErrNewer):
		return KindState, ""
	case as(new(*txn.JournalError)), errors.Is(err, txn.ErrUndecided):
		return KindState, "remove " + filepath.Join("<the python folder>", StateFolder) + " and update again: the update looks at every library and mends what is mixed"
	case as(new(*txn.UnfinishedError)):
		return KindNone, "end what uses the folder and recover"
	case errors.Is(err, durable.ErrDamaged):
		return KindState, ""
	}
	return KindNone, ""
}
