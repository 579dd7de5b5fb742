package upgrade

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Verifier judges whether a subject does its work. An error says that it could not judge, never that the subject is bad.
type Verifier interface {
	Verify(ctx context.Context, s Subject) (Report, error)
}

// VerifierFunc is a function as a Verifier.
type VerifierFunc func(ctx context.Context, s Subject) (Report, error)

// Verify calls f.
func (f VerifierFunc) Verify(ctx context.Context, s Subject) (Report, error) { return f(ctx, s) }

// Preparer is optional on a Verifier: Prepare writes, under the old generation, what Verify reads back under the new one.
type Preparer interface {
	Prepare(ctx context.Context, s Subject) error
}

// Verdict is a judgement. The zero Verdict is Unknown: nothing was judged.
type Verdict int8

const (
	Unknown          Verdict = iota
	NotApplicable            // the level has no meaning here; never taken for a pass
	Pass                     // as it should be
	PassWithFindings         // does its work, with something that the operator should know
	Fail                     // does not do its work: what a redo is for
)

var verdicts = [...]string{"unknown", "n/a", "pass", "pass with findings", "fail"}

func (v Verdict) String() string {
	if v < 0 || int(v) >= len(verdicts) {
		return verdicts[Unknown]
	}
	return verdicts[v]
}

// MarshalText gives the words of String.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads the words of String.
func (v *Verdict) UnmarshalText(b []byte) error {
	for i, word := range verdicts {
		if word == string(b) {
			*v = Verdict(i)
			return nil
		}
	}
	return fmt.Errorf("%q is no verdict", b)
}

// Report is what a Verifier saw.
type Report struct {
	Verdict Verdict `json:"verdict"`
	Checks  []Check `json:"checks"`
}

// Check is one thing that was looked at.
type Check struct {
	Level    string        `json:"level"` // L0 … L5
	Name     string        `json:"name"`
	Verdict  Verdict       `json:"verdict"`
	Detail   string        `json:"detail,omitempty"`
	Evidence []Evidence    `json:"evidence,omitempty"`
	Took     time.Duration `json:"took"`
}

// NewReport is the report of checks: its verdict is the worst of theirs, Unknown being worse than any pass, and NotApplicable where no check applies.
func NewReport(checks ...Check) Report {
	r := Report{Checks: checks}
	for i, c := range checks {
		if i == 0 || c.Verdict.worse(r.Verdict) {
			r.Verdict = c.Verdict
		}
	}
	return r
}

// worse orders n/a, pass, pass with findings, unknown, fail.
func (v Verdict) worse(w Verdict) bool {
	rank := [...]int{Unknown: 3, NotApplicable: 0, Pass: 1, PassWithFindings: 2, Fail: 4}
	return rank[v] > rank[w]
}

// Class says what kind of fault a piece of evidence shows, and so what a redo may change.
type Class string

const (
	MissingDependency Class = "missing-dependency"  // add the distribution
	MissingAPI        Class = "missing-api"         // another target
	MissingOption     Class = "missing-option"      // another target, or the configuration
	MissingExecutable Class = "missing-executable"  // the host's: stop and tell
	BrokenEnvironment Class = "broken-environment"  // the same target once more
	Unreachable       Class = "backend-unreachable" // never a question of versions
	OldHelper         Class = "old-helper"          // a privileged helper runs other code: the configuration
	Misconfigured     Class = "misconfigured"
	Neighbour         Class = "neighbour"  // another component's answers are not as expected: its matter, never another target's
	Unready           Class = "unready"    // what a service says while it is still starting
	Contention        Class = "contention" // the database or the backend was busy with another request: try again, never another target
	Regression        Class = "regression" // a finding
	Unclassified      Class = "unclassified"
)

// Evidence is one fact and where it was seen. Text holds no secret.
type Evidence struct {
	Class  Class  `json:"class"`
	Text   string `json:"text"`
	Source string `json:"source,omitempty"` // log file, command or API call
	Symbol string `json:"symbol,omitempty"` // the missing module, name, option or program
}

// ErrNoVerifier says that there is nothing to verify with: an unverified upgrade is never taken for a good one.
var ErrNoVerifier = errors.New("no verifier: name at least one")

// AllOf asks every verifier, also after one that failed or could not judge, and joins their reports and errors. None at all is ErrNoVerifier. It prepares those that are Preparers, and
// removes what Removers left.
func AllOf(verifiers ...Verifier) Verifier { return all(verifiers) }

type all []Verifier

func (a all) Verify(ctx context.Context, s Subject) (Report, error) {
	if len(a) == 0 {
		return Report{}, ErrNoVerifier
	}
	var checks []Check
	var problems []error
	for _, v := range a {
		r, err := v.Verify(ctx, s)
		problems = append(problems, err)
		checks = append(checks, r.Checks...)
		if ctx.Err() != nil {
			break
		}
	}
	return NewReport(checks...), errors.Join(problems...)
}

func (a all) Remove(ctx context.Context) error {
	var problems []error
	for _, v := range a {
		if r, ok := v.(Remover); ok {
			problems = append(problems, r.Remove(ctx))
		}
	}
	return errors.Join(problems...)
}

func (a all) Prepare(ctx context.Context, s Subject) error {
	for _, v := range a {
		if p, ok := v.(Preparer); ok {
			if err := p.Prepare(ctx, s); err != nil {
				return err
			}
		}
	}
	return nil
}
