package probe

import (
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/probe/internal/redact"
)

// report is upgrade.NewReport of checks whose texts, which others may have written, are of one line, bounded and without credentials.
func report(checks ...upgrade.Check) upgrade.Report {
	for i := range checks {
		c := &checks[i]
		c.Name, c.Detail = redact.Line(c.Name, MaxText), redact.Line(c.Detail, MaxText)
		for j := range c.Evidence {
			e := &c.Evidence[j]
			e.Text, e.Symbol, e.Source = redact.Line(e.Text, MaxText), redact.Line(e.Symbol, MaxText), redact.Line(e.Source, MaxText)
		}
	}
	return upgrade.NewReport(checks...)
}
