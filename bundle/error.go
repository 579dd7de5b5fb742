package bundle

import (
	"cmp"
	"errors"
	"strings"
)

var (
	// ErrConflict says that another publisher was first, or a key holds other bytes.
	ErrConflict = errors.New("conflict")
	// ErrNoRelease says that a channel has no release yet.
	ErrNoRelease = errors.New("no release")
	// ErrUnsigned says that an unsigned update configuration was met without InsecureUnsigned.
	ErrUnsigned = errors.New("unsigned update configuration: set InsecureUnsigned to accept it")
	// ErrLocked says that another update holds the folder.
	ErrLocked = errors.New("locked by another update")
	// ErrRollback says that the update configuration is older than one seen before.
	ErrRollback = errors.New("older than the release already seen")
)

// Step is the part of a flow in which something happened. Its text is stable and stands in errors, events and JSON.
type Step string

// The steps of Publisher.Publish, in their order.
const (
	StepConfigure Step = "configure" // read and check the configuration
	StepResolve   Step = "resolve"
	StepFetch     Step = "fetch"
	StepVerify    Step = "verify"
	StepPack      Step = "pack" // lay out and pack
	StepStore     Step = "store"
	StepCompose   Step = "compose" // compose the update configuration and compare it with the current one
	StepRelease   Step = "release"
)

// The steps of Updater.Update, in their order; StepFetch, between StepPlan and StepStage, is of both flows.
const (
	StepLock    Step = "lock"
	StepRecover Step = "recover"
	StepSource  Step = "source"  // read the update configuration
	StepInspect Step = "inspect" // look at what the folder holds
	StepPlan    Step = "plan"
	StepStage   Step = "stage" // unpack and verify beside the live files
	StepSwitch  Step = "switch"
	StepClean   Step = "clean"
)

// Error is the one wrapping that a flow puts around what went wrong: where, in which step, and what to do about it.
type Error struct {
	Library  string // normalised name, with version where that helps ("numpy 1.19.5"); "" where no single library is meant
	Platform string // "" where no single platform is meant
	Step     Step
	Kind     Kind   // zero: KindOf(Err)
	Advice   string // what the reader can do; "" where Err says it
	Err      error
}

// Error reads "numpy on darwinbigsur: resolve: no usable wheel; use 1.21.0 or later".
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.subject())
	if e.Step != "" {
		b.WriteString(string(e.Step) + ": ")
	}
	if e.Err != nil {
		b.WriteString(e.Err.Error())
	}
	switch {
	case e.Advice == "":
	case strings.Contains(b.String(), "\n"): // a proof, of sentences
		b.WriteString("\n" + e.Advice)
	default:
		b.WriteString("; " + e.Advice)
	}
	return b.String()
}

func (e *Error) subject() string {
	switch {
	case e.Library != "" && e.Platform != "":
		return e.Library + " on " + e.Platform + ": "
	case e.Library != "" || e.Platform != "":
		return e.Library + e.Platform + ": "
	}
	return ""
}

func (e *Error) Unwrap() error { return e.Err }

// Errors is several problems found in one run, in a stable order. A flow that returns one problem returns it alone.
type Errors []error

// Error is one problem a line.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, err := range e {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

func (e Errors) Unwrap() []error { return e }

// join flattens problems into nil, the one error, or Errors.
func join(problems ...error) error {
	var all Errors
	for _, err := range problems {
		switch several, ok := err.(Errors); {
		case err == nil:
		case ok:
			all = append(all, several...)
		default:
			all = append(all, err)
		}
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return all
}

// MissingFieldError says that a required field of a struct literal is unset. It comes before any work.
type MissingFieldError struct {
	Type  string // "bundle.Publisher"
	Field string // "Store"
}

func (e *MissingFieldError) Error() string {
	return e.Type + ": field " + e.Field + " is required: set it in the struct literal"
}

// wrap puts err, or each of several, into an Error that says where; what is one already keeps its own and gets only what it lacks.
func wrap(err error, where Error) error {
	if several, ok := err.(Errors); ok {
		all := make([]error, len(several))
		for i := range several {
			all[i] = wrap(several[i], where)
		}
		return join(all...)
	}
	e, ok := err.(*Error)
	if !ok {
		where.Err = err
		return &where
	}
	filled := *e
	filled.Library = cmp.Or(e.Library, where.Library)
	filled.Platform = cmp.Or(e.Platform, where.Platform)
	filled.Step = cmp.Or(e.Step, where.Step)
	filled.Advice = cmp.Or(e.Advice, where.Advice)
	return &filled
}
