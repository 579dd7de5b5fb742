package driver

import (
	"errors"
	"fmt"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// ErrWholeComponent says that a source holds the component itself, with many drivers in it: which one is meant must be told.
var ErrWholeComponent = errors.New("it holds the whole component with all of its drivers: name the class (volume_driver), or give the driver's own file or folder")

// ErrNoSource says that nothing was given to open.
var ErrNoSource = errors.New("no driver given: name a file, a folder, a wheel, an sdist, or the class and the folders that it is installed in")

// OpenError says which driver could not be read, and why.
type OpenError struct {
	Path string // as given: a path, or the name of a class
	Err  error
}

// Error names the source and its cause.
func (e *OpenError) Error() string { return fmt.Sprintf("driver %s: %v", e.Path, e.Err) }

// Unwrap is the cause.
func (e *OpenError) Unwrap() error { return e.Err }

// LimitError says that a driver is larger than any driver is.
type LimitError struct {
	Name  string // the file at which the limit was passed
	Limit string // "more than 20000 Python files"
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("%.200q: %s: give the driver's own folder", e.Name, e.Limit)
}

// AmbiguousError says that a source can be read in several ways.
type AmbiguousError struct {
	What   string   // "it holds several source trees"
	Places []string // the choices
}

func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("%s: %s: give one of them", e.What, strings.Join(e.Places, ", "))
}

// ClassError says that a class is not where its name says.
type ClassError struct {
	Class string
	Where []string // what was searched
}

func (e *ClassError) Error() string {
	return fmt.Sprintf("class %q: no file of that name in %s: give it as the configuration does, package.module.Class", e.Class, strings.Join(e.Where, ", "))
}

// NotDriverError says that what was read is no driver: no class in it inherits from one of the host's, or it asks nothing of the component.
type NotDriverError struct {
	Component pep508.Name
	Files     int
	Reason    string
}

func (e *NotDriverError) Error() string {
	return fmt.Sprintf("not a driver of %s (%d files read): %s", e.Component, e.Files, e.Reason)
}

// Python2Error says that a driver is written for Python 2. That is no evidence for a version of the component but for its interpreter.
type Python2Error struct {
	File string
	Line int
	Text string // what is of Python 2, in the interpreter's words
	// Last is the last release of the component that still ran on Python 2; zero where the index does not know one.
	Last pep440.Version
}

func (e *Python2Error) Error() string {
	text := fmt.Sprintf("%s:%d: %.200s: it is written for Python 2, and needs a Python 2.7", e.File, e.Line, e.Text)
	if !e.Last.IsZero() {
		text += fmt.Sprintf("; %s was the last release that ran on it", e.Last)
	}
	return text + ": ask the vendor for a driver for Python 3"
}

// MissingSDKError lists distributions that a driver imports and that nothing installs by itself.
type MissingSDKError struct{ Missing []Distribution }

func (e *MissingSDKError) Error() string {
	words := make([]string, len(e.Missing))
	for i, d := range e.Missing {
		words[i] = fmt.Sprintf("%s (import %s, %s)", d.Name, d.Module, d.Where[0])
	}
	return "the driver needs distributions that the release does not install: " + strings.Join(words, ", ") + ": add them to what is installed"
}

// UnsatisfiableError says that no release has all that a driver asks for.
type UnsatisfiableError struct {
	Component pep508.Name
	Judged    []Judgement // every release, ascending, with what it lacks
	// Conflict are the bounds by a smallest set of symbols that no one release has together. A bound of None: no release has it. Several: the driver mixes code for several releases.
	Conflict []Bound
}

func (e *UnsatisfiableError) Error() string {
	words := make([]string, len(e.Conflict))
	for i, b := range e.Conflict {
		words[i] = b.String()
	}
	what := "unsatisfiable"
	if len(words) > 1 {
		what = "a mixed driver"
	}
	return fmt.Sprintf("%s: none of %d releases of %s has all that it needs: %s: ask the vendor which release it is for", what, len(e.Judged), e.Component, strings.Join(words, "; "))
}
