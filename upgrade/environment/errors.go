package environment

import (
	"fmt"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/python"
)

// MissingFieldError names a required field that was not set.
type MissingFieldError struct{ Field string } // "Provisioner.Index"

func (e *MissingFieldError) Error() string { return "environment." + e.Field + " is missing" }

// NoInterpreterError says that no interpreter at hand can run a version, and why each cannot.
type NoInterpreterError struct {
	Distribution pep508.Name
	Version      pep440.Version    // zero: none of them
	Wants        pep440.Specifiers // Requires-Python
	Refused      []RefusedInterpreter
}

// RefusedInterpreter is one that will not do, and why.
type RefusedInterpreter struct {
	Python *python.Interpreter
	Reason string
}

func (e *NoInterpreterError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "no Python at hand can run %s", e.Distribution)
	if !e.Version.IsZero() {
		fmt.Fprintf(&b, " %s", e.Version)
	}
	if !e.Wants.IsEmpty() {
		fmt.Fprintf(&b, ", which wants Python %s", e.Wants)
	}
	for n, r := range e.Refused {
		sep := "; "
		if n == 0 {
			sep = ": "
		}
		fmt.Fprintf(&b, "%s%s (%s): %s", sep, r.Python.Path, r.Python.Version, r.Reason)
	}
	if len(e.Refused) == 0 {
		b.WriteString(": none was given")
	}
	b.WriteString("; name one that can in Provisioner.Pythons, which is python in deploy.yaml")
	return b.String()
}

// FileError says which of Provisioner.Files cannot be put into the environment.
type FileError struct {
	File File
	Err  error
}

func (e *FileError) Error() string { return fmt.Sprintf("%s as %s: %v", e.File.From, e.File.To, e.Err) }

func (e *FileError) Unwrap() error { return e.Err }

// OccupiedError says that something stands at the environment's root that is never removed.
type OccupiedError struct{ Root, Why string }

func (e *OccupiedError) Error() string { return fmt.Sprintf("%s is taken: %s", e.Root, e.Why) }

// SourceError says why a vendor's source cannot be used.
type SourceError struct {
	Path string
	Err  error
}

func (e *SourceError) Error() string { return e.Path + ": " + e.Err.Error() }

func (e *SourceError) Unwrap() error { return e.Err }
