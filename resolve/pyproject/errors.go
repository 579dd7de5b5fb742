package pyproject

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrNoProject says that a pyproject.toml has no [project] table: it may have dependency groups nevertheless.
	ErrNoProject = errors.New("it has no [project] table: its dependencies stand elsewhere, such as in a table of one tool; write them into [project] (PEP 621), or into a requirements file")
	// ErrDynamic says that dependencies are known only after a build.
	ErrDynamic = errors.New("they are dynamic, known only after a build: write them into [project], or build a wheel of the project and ask for that")
)

// ParseError says what is wrong in a pyproject.toml, and where.
type ParseError struct {
	Key    string // project.dependencies[2], counted from 0; "" where the whole is meant
	Line   int    // from 1; 0 where it is not known
	Reason string // "" where Err says all
	Err    error
}

func (e *ParseError) Error() string {
	var at []string
	if e.Line > 0 {
		at = append(at, fmt.Sprintf("line %d", e.Line))
	}
	if e.Key != "" {
		at = append(at, e.Key)
	}
	if e.Reason != "" {
		at = append(at, e.Reason)
	}
	if e.Err != nil {
		at = append(at, e.Err.Error())
	}
	return strings.Join(at, ": ")
}

func (e *ParseError) Unwrap() error { return e.Err }

// shown is text from the file as an error may show it.
func shown(s string) string {
	if len(s) > 100 {
		s = s[:100] + "…"
	}
	return fmt.Sprintf("%q", s)
}
