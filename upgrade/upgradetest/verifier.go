package upgradetest

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/chandlery-go/chandlery/internal/lazy"
	"github.com/chandlery-go/chandlery/upgrade"
)

// Verifying is one subject for a Verifier, and what it is to say.
type Verifying struct {
	Name    string
	Subject upgrade.Subject
	Want    upgrade.Verdict
}

var level = lazy.Regexp{Expr: `^L[0-5]$`}

var classes = []upgrade.Class{upgrade.MissingDependency, upgrade.MissingAPI, upgrade.MissingOption, upgrade.MissingExecutable, upgrade.BrokenEnvironment,
	upgrade.Unreachable, upgrade.OldHelper, upgrade.Misconfigured, upgrade.Neighbour, upgrade.Unready, upgrade.Contention, upgrade.Regression, upgrade.Unclassified}

// Verifier checks a Verifier with subjects. One that is a Preparer is prepared with each first.
func Verifier(t *testing.T, v upgrade.Verifier, cases ...Verifying) {
	t.Helper()
	if len(cases) == 0 {
		t.Fatal("give at least one subject")
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			if p, ok := v.(upgrade.Preparer); ok {
				if err := p.Prepare(t.Context(), c.Subject); err != nil {
					t.Fatalf("Prepare: %v", err)
				}
			}
			report, err := v.Verify(t.Context(), c.Subject)
			if err != nil {
				t.Fatalf("it could not judge: %v", err)
			}
			if report.Verdict != c.Want {
				t.Errorf("the verdict is %q, want %q: %+v", report.Verdict, c.Want, report.Checks)
			}
			reports(t, report)
			endedVerify(t, v, c)
		})
	}
}

func reports(t *testing.T, r upgrade.Report) {
	t.Helper()
	if want := upgrade.NewReport(r.Checks...).Verdict; r.Verdict != want {
		t.Errorf("the verdict is %q, the checks make it %q", r.Verdict, want)
	}
	for _, c := range r.Checks {
		if !level.MatchString(c.Level) || c.Name == "" || c.Took < 0 {
			t.Errorf("a check is to have a level L0 to L5, a name and a duration: %+v", c)
		}
		if c.Verdict < upgrade.Unknown || c.Verdict > upgrade.Fail {
			t.Errorf("%s: %d is no verdict", c.Name, c.Verdict)
		}
		for _, e := range c.Evidence {
			if !slices.Contains(classes, e.Class) || e.Text == "" {
				t.Errorf("%s: evidence is to have a class and a text: %+v", c.Name, e)
			}
		}
	}
}

// endedVerify: a context that ends says nothing of the subject, so a good one does not become a bad one.
func endedVerify(t *testing.T, v upgrade.Verifier, c Verifying) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	began := time.Now()
	r, err := v.Verify(ctx, c.Subject)
	if took := time.Since(began); took > promptly {
		t.Errorf("with an ended context it took %v", took)
	}
	if err == nil && r.Verdict == upgrade.Fail && c.Want != upgrade.Fail {
		t.Error("an ended context made the subject a bad one: that is an error")
	}
}
