package openstack

import (
	"context"
	"errors"

	"github.com/chandlery-go/chandlery/upgrade"
)

// PrivilegedHelper is an upgrade.Verifier of level L0: the privileged helper of a generation's services runs the code of its own environment, not the distribution's (PrivsepProbe). It
// needs the generation's grant in force, and judges trials as well. The real environment, and a component without a described helper, are NotApplicable.
type PrivilegedHelper struct {
	Runner      upgrade.Runner // required
	Description Description    // required
}

// Verify starts the helper once, on a socket that does not exist.
func (v PrivilegedHelper) Verify(ctx context.Context, s upgrade.Subject) (upgrade.Report, error) {
	if v.Runner == nil {
		return upgrade.Report{}, errors.New("openstack.PrivilegedHelper: Runner is missing")
	}
	c, err := PrivsepProbe(v.Description, s.Config)
	switch {
	case errors.Is(err, ErrNoPrivsep):
		return noHelperToJudge(err.Error()), nil
	case err != nil:
		return upgrade.Report{}, err
	case s.Config.Dir == "":
		return noHelperToJudge("the real environment has its own"), nil
	}
	r, err := v.Runner.Run(ctx, s, c)
	if err != nil && r.Code < 0 { // it did not run to its end; another exit code than the probe's own is for the judge
		return upgrade.Report{}, err
	}
	return upgrade.NewReport(JudgePrivsep(r, s.Env)), nil
}

func noHelperToJudge(why string) upgrade.Report {
	return upgrade.NewReport(upgrade.Check{Level: "L0", Name: "privileged helper", Verdict: upgrade.NotApplicable, Detail: why})
}
