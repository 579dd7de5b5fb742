package probe

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/upgrade"
)

// Leftovers judges what another Verifier leaves on a backend: List prints what there is, a name a line, before and after. A name that is new is a finding of class Regression, as the platform
// itself no longer knows it: cinder's rbd driver of 24.5.0 to 28.0.0 leaves such images for good.
type Leftovers struct {
	Runner upgrade.Runner   // required
	List   upgrade.Command  // required: "rbd ls volumes"
	Of     upgrade.Verifier // required
	Settle time.Duration    // how long what is deleted may take to go; 0: DefaultSettle
}

// DefaultSettle is how long a backend may take to delete.
const DefaultSettle = 10 * time.Second

// maxLeft is how many names a finding lists.
const maxLeft = 20

// Verify gives the report of the other Verifier and one check more, which is n/a where the backend cannot be listed: it never speaks against a version. What is listed is bounded by the Runner's
// limit of output.
func (v Leftovers) Verify(ctx context.Context, s upgrade.Subject) (upgrade.Report, error) {
	if v.Runner == nil || v.Of == nil || len(v.List.Argv) == 0 {
		return upgrade.Report{}, errors.New("probe.Leftovers: Runner, List or Of is missing")
	}
	if s.Trial {
		return v.Of.Verify(ctx, s)
	}
	before, unlisted := v.list(ctx, s)
	report, err := v.Of.Verify(ctx, s)
	if err != nil {
		return report, err
	}
	began := time.Now()
	check := upgrade.Check{Level: "L3", Name: "backend", Verdict: upgrade.NotApplicable}
	if unlisted == nil {
		check, unlisted = v.check(ctx, s, before)
	}
	if ctx.Err() != nil {
		return report, ctx.Err()
	}
	if unlisted != nil {
		check.Detail = "it cannot be listed: " + unlisted.Error()
	}
	check.Took = time.Since(began)
	return upgrade.NewReport(append(report.Checks, check)...), nil
}

// check compares what is there now with what was before.
func (v Leftovers) check(ctx context.Context, s upgrade.Subject, before []string) (upgrade.Check, error) {
	c := upgrade.Check{Level: "L3", Name: "backend", Verdict: upgrade.NotApplicable}
	left, err := v.left(ctx, s, before)
	if err != nil {
		return c, err
	}
	c.Verdict, c.Detail = upgrade.Pass, "nothing is left on it"
	if len(left) > 0 {
		c.Verdict, c.Detail = upgrade.PassWithFindings, fmt.Sprintf("%d left on it", len(left))
	}
	for _, name := range left[:min(len(left), maxLeft)] {
		c.Evidence = append(c.Evidence, upgrade.Evidence{Class: upgrade.Regression, Text: "left on the backend: " + name, Source: v.List.Name, Symbol: name})
	}
	return c, nil
}

// left lists what is new, once it stays.
func (v Leftovers) left(ctx context.Context, s upgrade.Subject, before []string) ([]string, error) {
	settle := v.Settle
	if settle == 0 {
		settle = DefaultSettle
	}
	for deadline := time.Now().Add(settle); ; {
		now, err := v.list(ctx, s)
		if err != nil {
			return nil, err
		}
		left := slices.DeleteFunc(now, func(name string) bool { return slices.Contains(before, name) })
		if len(left) == 0 || time.Now().After(deadline) {
			return left, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Second):
		}
	}
}

func (v Leftovers) list(ctx context.Context, s upgrade.Subject) ([]string, error) {
	result, err := v.Runner.Run(ctx, s, v.List)
	if err != nil {
		return nil, err
	}
	return strings.Fields(string(result.Output)), nil
}

// Prepare prepares the other Verifier, if it is a Preparer.
func (v Leftovers) Prepare(ctx context.Context, s upgrade.Subject) error {
	if p, ok := v.Of.(upgrade.Preparer); ok {
		return p.Prepare(ctx, s)
	}
	return nil
}
