package supervise

import (
	"errors"
	"fmt"
)

// ErrRunning says that what was to be started runs already: stop it first.
var ErrRunning = errors.New("running already")

// ErrEdited says that a pointer is not as Switch wrote it.
var ErrEdited = errors.New("it was edited since it was written: restore it, or remove it to go back to the real environment")

// ErrNoTrial says that a trial was to be started where nothing is configured for trials.
var ErrNoTrial = errors.New("a trial needs a Runner of its own: set Trial")

// StateError says that a service ended, or that its manager gave it up or is about to try it again.
type StateError struct {
	Service string
	State   string // in its manager's words: "exit status 3", "FATAL", "failed (exit-code)"
	Output  []byte // the last part of what it wrote since its start; it may hold secrets, so Error leaves it out
}

func (e *StateError) Error() string { return e.Service + ": " + e.State }

// CommandError says that a command did not end with success.
type CommandError struct {
	Command string // its name
	Code    int    // -1 where it did not end by itself
	Err     error  // why it did not; nil where Code is the reason
}

func (e *CommandError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%s: %v", e.Command, e.Err)
	}
	return fmt.Sprintf("%s: exit code %d", e.Command, e.Code)
}

func (e *CommandError) Unwrap() error { return e.Err }
