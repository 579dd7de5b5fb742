package build

import (
	"errors"
	"fmt"
	"strings"
)

var (
	// ErrNoPython says that an sdist must be built, and that there is no interpreter to build it with.
	ErrNoPython = errors.New("it must be built, and no Python was given to build it with: use a wheel, or give Builder.Python")
	// ErrTimeout says that a backend ran for longer than it may.
	ErrTimeout = errors.New("it took too long: raise Builder.Timeout if it is only slow")
)

// Step is a part of a build, as the package's text numbers them.
type Step string

const (
	StepRead         Step = "read the sdist"
	StepBackend      Step = "find the build backend"
	StepRequirements Step = "resolve the build requirements"
	StepEnvironment  Step = "make the build environment"
	StepAsk          Step = hookRequires
	StepPrepare      Step = hookPrepare
	StepBuild        Step = hookBuild
	StepCheck        Step = "check what was built"
	StepKeep         Step = "keep what was built"
)

// BuildError says why an sdist has no wheel or no metadata. What went wrong is in Err: a *SdistError, *CycleError, *resolve.NoSolutionError, *PlatformError,
// *wheel.FormatError, ErrTimeout, …
type BuildError struct {
	File    string // the sdist
	Step    Step
	Output  string   // the end of what the build wrote, without control characters; "" where nothing ran
	Missing *Missing // what the build lacked, where its output tells
	Err     error
}

func (e *BuildError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "build %s: %s: %v", e.File, e.Step, e.Err)
	if e.Missing != nil {
		fmt.Fprintf(&b, ": %s", e.Missing)
	} else if line := lastLine(e.Output); line != "" {
		fmt.Fprintf(&b, ": its last words: %s", line)
	}
	return b.String()
}

func (e *BuildError) Unwrap() error { return e.Err }

// maxWords bounds the last words that an error's text shows, in bytes.
const maxWords = 300

func lastLine(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	line := strings.TrimSpace(lines[len(lines)-1])
	if len(line) > maxWords {
		line = strings.ToValidUTF8(line[:maxWords], "") + "…"
	}
	return line
}

// fault makes a *BuildError of err, unless it is one of this file already; nil stays nil.
func fault(file string, step Step, err error) error {
	var e *BuildError
	if err == nil || errors.As(err, &e) && e.File == file {
		return err
	}
	return &BuildError{File: file, Step: step, Err: err}
}

// SdistError says which rule of the package's text an sdist breaks. Reading ends with the first.
type SdistError struct {
	Rule   string // "S1" to "S6"; "" where it is no archive, or lacks what every sdist has
	Name   string // the entry; "" where the whole is meant
	Detail string
	Err    error // nil where Detail says all
}

func (e *SdistError) Error() string {
	var b strings.Builder
	b.WriteString("not an sdist to be used: ")
	if e.Rule != "" {
		b.WriteString(e.Rule + ": ")
	}
	if e.Name != "" {
		fmt.Fprintf(&b, "%.200q: ", e.Name)
	}
	b.WriteString(e.Detail)
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	return b.String()
}

func (e *SdistError) Unwrap() error { return e.Err }
