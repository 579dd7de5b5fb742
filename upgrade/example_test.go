package upgrade_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
)

// The company has tested one version. Where that was refused, whatever the second picker knows will do.
func ExampleFirstOf() {
	tested := upgrade.TargetPickerFunc(func(_ context.Context, q upgrade.Query) (upgrade.Target, error) {
		version := pep440.MustParse("26.3.0")
		for _, r := range q.Refused {
			if r.Version.Equal(version) {
				return upgrade.Target{}, fmt.Errorf("%w: the tested version was refused: %s", upgrade.ErrNoTarget, r.Reason)
			}
		}
		return upgrade.Target{Version: version, Why: []string{"the company has tested it"}}, nil
	})
	newest := upgrade.TargetPickerFunc(func(_ context.Context, q upgrade.Query) (upgrade.Target, error) {
		if len(q.Versions) == 0 {
			return upgrade.Target{}, upgrade.ErrNoTarget
		}
		return upgrade.Target{Version: q.Versions[0], Why: []string{"the newest on the index"}}, nil
	})
	picker := upgrade.FirstOf(tested, newest)

	q := upgrade.Query{Current: pep440.MustParse("21.3.1"), Versions: []pep440.Version{pep440.MustParse("28.0.0"), pep440.MustParse("26.3.0")}}
	for range 2 {
		target, err := picker.PickTarget(context.Background(), q)
		if err != nil {
			panic(err)
		}
		fmt.Println(target.Version, strings.Join(target.Why, "; "))
		q.Refused = append(q.Refused, upgrade.Refusal{Version: target.Version, Reason: "the trial failed"})
	}
	// Output:
	// 26.3.0 the company has tested it
	// 28.0.0 the newest on the index
}

// A Verifier of one's own beside another: the worst verdict counts, and what cannot be judged is never a pass.
func ExampleAllOf() {
	alive := upgrade.VerifierFunc(func(context.Context, upgrade.Subject) (upgrade.Report, error) {
		return upgrade.NewReport(upgrade.Check{Level: "L0", Name: "cinder-volume is alive", Verdict: upgrade.Pass}), nil
	})
	billing := upgrade.VerifierFunc(func(_ context.Context, s upgrade.Subject) (upgrade.Report, error) {
		check := upgrade.Check{Level: "L3", Name: "billing sees new volumes", Verdict: upgrade.NotApplicable}
		if !s.Trial {
			check.Verdict, check.Detail = upgrade.Fail, "no event came"
		}
		return upgrade.NewReport(check), nil
	})
	for _, trial := range []bool{true, false} {
		report, err := upgrade.AllOf(alive, billing).Verify(context.Background(), upgrade.Subject{Trial: trial})
		if err != nil {
			panic(err)
		}
		fmt.Println(report.Verdict)
	}
	// Output:
	// pass
	// fail
}
