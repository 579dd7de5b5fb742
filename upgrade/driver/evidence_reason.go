package driver

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

const noVersionEvidence = "no evidence of a version: "

// noEvidence are why the other classes say nothing about the version.
var noEvidence = map[upgrade.Class]string{
	upgrade.MissingDependency: "a distribution is missing, which can be added to any release",
	upgrade.MissingExecutable: "a program or a library of the host is missing",
	upgrade.BrokenEnvironment: "the environment is not whole",
	upgrade.Unreachable:       "what the service speaks to does not answer",
	upgrade.OldHelper:         "a privileged helper of another environment said it",
	upgrade.Misconfigured:     "the configuration, the host or the database's rows are to be put right",
	upgrade.Neighbour:         "another component's answers are not as expected",
	upgrade.Unready:           "the service was still starting",
	upgrade.Contention:        "the database or the backend was busy at that moment",
	upgrade.Regression:        "a finding, not a fault",
	upgrade.Unclassified:      "what it means is not known",
}

func (l *learner) reason(e upgrade.Evidence) string {
	if e.Symbol == "python2" {
		return "the driver is for Python 2, which concludes the interpreter"
	}
	reason := cmp.Or(noEvidence[e.Class], "its class is not known")
	if top, _, _ := strings.Cut(e.Symbol, "."); e.Class == upgrade.MissingDependency && identifier.MatchString(top) {
		return reason + l.required(top)
	}
	return reason
}

// required says which releases install the distribution of a module by themselves.
func (l *learner) required(module string) string {
	need := &api.Need{Kind: api.NeedDistribution, Symbol: module}
	var by []string
	for _, v := range l.views {
		if got := v.Judge(need); got.Supply == api.Required {
			by = append(by, v.Release.Version.String())
		}
	}
	if len(by) == 0 {
		return ""
	}
	return fmt.Sprintf("; %s requires it from %s on", l.q.Index.Component, by[0])
}
