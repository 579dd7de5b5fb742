package python

import (
	"fmt"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep440"
)

// ProbeError says why an interpreter did not tell what it is.
type ProbeError struct {
	Path   string
	Stderr string // the last that it wrote, without control characters; "" where nothing
	Err    error
}

func (e *ProbeError) Error() string {
	if e.Stderr == "" {
		return fmt.Sprintf("ask %s what Python it is: %v", e.Path, e.Err)
	}
	return fmt.Sprintf("ask %s what Python it is: %v: it says %q", e.Path, e.Err, e.Stderr)
}

func (e *ProbeError) Unwrap() error { return e.Err }

// UnsupportedError says that an interpreter is none that this library installs for.
type UnsupportedError struct {
	Path           string
	Implementation string
	Version        pep440.Version
	Reason         string
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("%s is %s %s: %s", e.Path, e.Implementation, e.Version, e.Reason)
}

// NotFoundError says that no interpreter suits a request, and what there is.
type NotFoundError struct {
	Request string
	Found   []*Interpreter // those that do not suit
	Failed  []error        // *ProbeError each: those that do not run
}

func (e *NotFoundError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "no Python %s was found", e.Request)
	for n, i := range e.Found {
		b.WriteString(map[bool]string{true: "; found: ", false: ", "}[n == 0])
		fmt.Fprintf(&b, "%s (%s)", i.Version, i.Path)
	}
	if len(e.Failed) > 0 {
		fmt.Fprintf(&b, "; %d do not run, the first: %v", len(e.Failed), e.Failed[0])
	}
	return b.String()
}

// Unwrap gives the failures.
func (e *NotFoundError) Unwrap() []error { return e.Failed }
