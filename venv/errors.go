package venv

import (
	"errors"
	"fmt"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

var (
	// ErrNotVirtual says that an environment is the real one of an interpreter: nothing is installed into it.
	ErrNotVirtual = errors.New("not a virtual environment: nothing is installed into it")
	// ErrNoEnvironment says that a folder holds neither a virtual environment nor an interpreter.
	ErrNoEnvironment = errors.New("no virtual environment and no Python: create one first")
	// ErrStale says that an environment is no longer as it was when the plan was made.
	ErrStale = errors.New("the environment changed since the plan was made: plan again")
	// ErrEnded says that a Change was committed or rolled back already.
	ErrEnded = errors.New("the change has ended already")
	// ErrLocked says that another process changes the environment.
	ErrLocked = errors.New("another process is changing this environment: try again when it has ended")
)

// MissingFieldError names a required field that was not set.
type MissingFieldError struct{ Type, Field string }

func (e *MissingFieldError) Error() string { return e.Type + ": set " + e.Field }

// CreateError says why an environment cannot be made at Root.
type CreateError struct {
	Root string
	Err  error
}

func (e *CreateError) Error() string { return fmt.Sprintf("create environment %s: %v", e.Root, e.Err) }

func (e *CreateError) Unwrap() error { return e.Err }

// DistributionError says which distribution cannot be installed or removed, and why.
type DistributionError struct {
	Name pep508.Name
	Err  error
}

func (e *DistributionError) Error() string { return fmt.Sprintf("%s: %v", e.Name, e.Err) }

func (e *DistributionError) Unwrap() error { return e.Err }

// ConflictError says that a file cannot be installed as its path is taken.
type ConflictError struct {
	Path  string      // slash path below the environment
	Name  pep508.Name // who brings it
	Owner pep508.Name // who has it; "" where nobody's RECORD lists what is there
	Why   string
}

func (e *ConflictError) Error() string {
	owner := "something that no RECORD lists"
	if e.Owner != "" {
		owner = string(e.Owner)
	}
	return fmt.Sprintf("%s brings %s, which %s has with other content (%s): install only one of them", e.Name, e.Path, owner, e.Why)
}

func named(name pep508.Name, err error) error {
	if err == nil {
		return nil
	}
	return &DistributionError{name, err}
}
