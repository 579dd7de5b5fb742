package upgrade

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrUnfinished says that an upgrade of the component was begun and not ended.
	ErrUnfinished = errors.New("an upgrade was begun and not ended: resume it or roll it back")
	// ErrNoUpgrade says that there is no upgrade to resume, to roll back or to tell of.
	ErrNoUpgrade = errors.New("there is no upgrade")
	// ErrChanged says that what runs is not what the upgrade began with, nor what it switched to: somebody else changed it.
	ErrChanged = errors.New("what runs was changed by somebody else since the upgrade began")
	// ErrLocked says that another process is upgrading the component.
	ErrLocked = errors.New("another process is upgrading this component: wait until it has ended")
	// ErrNoTrial says that a component cannot be tried without touching production: then there is no rehearsal and no trial.
	ErrNoTrial = errors.New("no trial is possible")
)

// Error is what a flow of this package returns: which component, at which step, and whether the old or the new version runs now.
type Error struct {
	Component string
	Step      Step
	State     State // what the flow left
	Err       error
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: %s: %v (%s)", e.Component, e.Step, e.Err, e.State.sentence())
}

func (e *Error) Unwrap() error { return e.Err }

// VerifyError says that a subject does not do its work, and what is evidence of it.
type VerifyError struct {
	Trial  bool
	Report Report
}

func (e *VerifyError) Error() string {
	var failed []string
	for _, c := range e.Report.Checks {
		if c.Verdict == Fail || c.Verdict == Unknown {
			failed = append(failed, c.sentence())
		}
	}
	what := "verification"
	if e.Trial {
		what = "trial"
	}
	return fmt.Sprintf("the %s does not pass: %s", what, strings.Join(failed, "; "))
}

func (c Check) sentence() string {
	s := fmt.Sprintf("%s %s: %s", c.Level, c.Name, c.Verdict)
	if c.Detail != "" {
		s += ", " + c.Detail
	}
	for _, e := range c.Evidence {
		s += fmt.Sprintf(" [%s: %s]", e.Class, e.Text)
	}
	return s
}

// MissingFieldError names a required field that was not set.
type MissingFieldError struct{ Field string }

func (e *MissingFieldError) Error() string { return "upgrade.Upgrader: " + e.Field + " is missing" }
