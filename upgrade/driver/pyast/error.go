package pyast

import (
	"errors"
	"fmt"
)

// SyntaxError says that a source is not Python as the interpreter reads it.
type SyntaxError struct {
	File string
	Line int    // from 1; 0 where the interpreter does not tell
	Text string // the interpreter's own words
	// Python2 says that what stands up to this line is syntax of Python 2 alone: a print or exec statement, `except X, e`, `raise X, "…"`, backticks, <>, ur"", 0777, 10L, parameters in parentheses, tabs mixed with spaces.
	Python2 bool
}

func (e *SyntaxError) Error() string {
	if e.Python2 {
		return fmt.Sprintf("%s:%d: is written for Python 2: %s", e.File, e.Line, e.Text)
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
}

// SourceError says that one source could not be read for another reason than its syntax: too large, nested too deeply, not decodable, too slow, or the interpreter died on it.
type SourceError struct {
	File string
	Err  error
}

func (e *SourceError) Error() string { return e.File + ": " + e.Err.Error() }
func (e *SourceError) Unwrap() error { return e.Err }

// Reasons of a SourceError.
var (
	ErrTooLarge   = errors.New("is larger than can be read, or gives more than can be answered")
	ErrTooSlow    = errors.New("takes too long to read")
	ErrUnreadable = errors.New("can't be read")
)

// ProcessError says that the interpreter does not do its work: it does not start, is no CPython 3.6 or later, or answers what was not asked. Give another interpreter.
type ProcessError struct {
	Python string
	Stderr string // the end of what it printed
	Err    error
}

func (e *ProcessError) Error() string {
	text := fmt.Sprintf("%s can't read sources, give a CPython 3.6 or later: %v", e.Python, e.Err)
	if e.Stderr != "" {
		text += ": " + e.Stderr
	}
	return text
}

func (e *ProcessError) Unwrap() error { return e.Err }
