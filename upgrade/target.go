package upgrade

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

var (
	// ErrNoTarget says that a picker knows no target; FirstOf then asks the next.
	ErrNoTarget = errors.New("no target")
	// ErrNoneFits wraps ErrNoTarget: a picker knows that no version does, whoever else is asked, as each that another might name is one that it refuses. FirstOf asks no further.
	ErrNoneFits = fmt.Errorf("%w that fits", ErrNoTarget)
)

// TargetPicker decides the version to move to. It answers the same for the same Query. An error that wraps ErrNoTarget says that it knows
// none; any other that it could not decide.
type TargetPicker interface {
	PickTarget(ctx context.Context, q Query) (Target, error)
}

// TargetPickerFunc is a function as a TargetPicker.
type TargetPickerFunc func(ctx context.Context, q Query) (Target, error)

// PickTarget calls f.
func (f TargetPickerFunc) PickTarget(ctx context.Context, q Query) (Target, error) { return f(ctx, q) }

// Query is what a TargetPicker is asked.
type Query struct {
	Component Component
	Current   pep440.Version
	Python    pep440.Version       // of the interpreter that the environment is to be made with
	Versions  []pep440.Version     // on the index, final, with a file that Python admits, newest first; nil: not known
	Requires  []pep508.Requirement // limits given or learned: "cinder>=24.2.0"
	Refused   []Refusal            // targets that did not do
	Now       time.Time            // zero: not known

	// Try runs a trial of a target and says how it went; nil where none can be run. It is for a caller that asks a picker by itself: an Upgrader leaves it nil, as each of its
	// rounds tries one target, and tells the next pick by Refused what came of it.
	Try func(ctx context.Context, t Target) (Report, error)
}

// Refusal is a version that will not do, and why.
type Refusal struct {
	Version  pep440.Version `json:"version"`
	Reason   string         `json:"reason"`
	Evidence []Evidence     `json:"evidence,omitempty"`
}

// Target is the version to move to, and what it is built under.
type Target struct {
	Version     pep440.Version       `json:"version"`
	Series      string               `json:"series,omitempty"` // 2025.1
	Constraints []pep508.Requirement `json:"-"`                // the series' upper-constraints
	Source      *dist.File           `json:"-"`                // the vendor's own wheel or sdist; nil: from the index
	Extra       []pep508.Requirement `json:"-"`                // dependencies learned
	Why         []string             `json:"why"`              // sentences
	Confidence  Confidence           `json:"confidence,omitempty"`
	Refused     []Refusal            `json:"refused,omitempty"`
}

// Confidence says what a target's choice rests on. "" is a choice by policy alone.
type Confidence string

const (
	Proved   Confidence = "proved by trial"      // it ran with the third party in it, by Query.Try or by the upgrade itself, and it works
	Inferred Confidence = "inferred"             // from what the third party asks of the component, as far as its text shows
	Tied     Confidence = "tie broken by policy" // several have all that is asked, and the policy decides among them
)

// FirstOf asks pickers in turn until one knows a target. All not knowing is an error that wraps ErrNoTarget and holds what each said; none
// at all is ErrNoTarget. An error of any other kind ends the asking, and so does ErrNoneFits.
func FirstOf(pickers ...TargetPicker) TargetPicker {
	return TargetPickerFunc(func(ctx context.Context, q Query) (Target, error) {
		var unknown []error
		for _, p := range pickers {
			t, err := p.PickTarget(ctx, q)
			if !errors.Is(err, ErrNoTarget) || errors.Is(err, ErrNoneFits) {
				return t, err
			}
			unknown = append(unknown, err)
		}
		if len(unknown) == 0 {
			return Target{}, ErrNoTarget
		}
		return Target{}, errors.Join(unknown...)
	})
}
