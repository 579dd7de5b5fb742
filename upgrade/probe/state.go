package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/probe/internal/api"
)

// ServiceState judges level L1: every service of the subject's host (Config.Host; all hosts where it is empty) that the platform should know
// has a row that is up, with a backend that is up, and was updated after the services' start. A row that is disabled is a finding.
//
// Where the API does not know the subject, as in a trial, List is asked instead: it sees the subject's own database.
type ServiceState struct {
	API      API
	Runner   upgrade.Runner    // tells when the services started, and runs List; nil: rows must be updated after the call, and List is not run
	List     *upgrade.Command  // "cinder-manage service list"
	RPC      map[string]string // version by service that List must show: "cinder-volume": "3.20"; another is a finding. None: not looked at
	Services []string          // that must have a row; none: those of the component that are no API
	Since    time.Time         // what counts as the start; zero: what Runner's processes tell
	Limit    time.Duration     // 0: DefaultLimit
}

// row is a service as the API or the command has it.
type row struct {
	api.Service
	rpc string
}

// Verify waits until all is well, Limit at most.
func (v ServiceState) Verify(ctx context.Context, s upgrade.Subject) (upgrade.Report, error) {
	rows := v.ask
	if r, ok := v.API.applies(s, "L1", "services"); !ok {
		if v.Runner == nil || v.List == nil {
			return r, nil
		}
		rows = func(ctx context.Context) ([]row, error) { return v.list(ctx, s) }
	}
	began := time.Now()
	since := v.Since
	if since.IsZero() {
		since = startOf(ctx, v.Runner, s, began)
	}
	want := v.services(s)
	for {
		have, err := rows(ctx)
		late := time.Since(began) > cmp.Or(v.Limit, DefaultLimit)
		if err != nil && (late || !isUnreachable(err)) {
			return upgrade.Report{}, cannotJudge(err)
		}
		if err == nil {
			if r := judgeRows(want, have, s.Config.Host, since); r.Verdict != upgrade.Fail || late {
				return v.withRPC(ctx, s, r, time.Since(began))
			}
		}
		if err := sleep(ctx, 500*time.Millisecond); err != nil {
			return upgrade.Report{}, err
		}
	}
}

// services are those that have rows. An API is a WSGI application and has none; cinder-api has none either way.
func (v ServiceState) services(s upgrade.Subject) []string {
	if len(v.Services) > 0 {
		return v.Services
	}
	var all []string
	for _, svc := range s.Component.Services {
		if svc.WSGI == "" && !strings.HasSuffix(svc.Name, "-api") && (svc.Driver || !s.Trial) {
			all = append(all, svc.Name)
		}
	}
	return all
}

func (v ServiceState) ask(ctx context.Context) ([]row, error) {
	services, err := v.API.volumes().Services(ctx)
	var all []row
	for _, s := range services {
		all = append(all, row{Service: s})
	}
	return all, err
}

func (v ServiceState) list(ctx context.Context, s upgrade.Subject) ([]row, error) {
	r, err := v.Runner.Run(ctx, s, *v.List)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", v.List.Name, err)
	}
	all := parseServices(string(r.Output))
	if len(all) == 0 {
		return nil, fmt.Errorf("%s: its output has no table of services", v.List.Name)
	}
	return all, nil
}

// parseServices reads the table of "cinder-manage service list": Binary, Host, Zone, Status, State, Updated At (two words), and from 8.0.0 on RPC
// Version, Object Version and Cluster. Other lines are warnings.
func parseServices(output string) []row {
	var all []row
	for line := range strings.Lines(output) {
		f := strings.Fields(line)
		if len(f) < 7 || f[3] != "enabled" && f[3] != "disabled" {
			continue
		}
		r := row{Service: api.Service{Binary: f[0], Host: f[1], Status: f[3], State: "down", Updated: api.Time{Time: api.ParseTime(f[5] + " " + f[6])}}}
		if f[4] == ":-)" {
			r.State = "up"
		}
		if len(f) > 7 {
			r.rpc = f[7]
		}
		all = append(all, r)
	}
	return all
}

func judgeRows(want []string, rows []row, host string, since time.Time) upgrade.Report {
	var checks []upgrade.Check
	for _, name := range want {
		found := false
		for _, r := range rows {
			if r.Binary == name && ofHost(r.Host, host) {
				found = true
				checks = append(checks, judgeRow(r, since))
			}
		}
		if !found {
			checks = append(checks, upgrade.Check{Level: "L1", Name: name, Verdict: upgrade.Fail, Detail: "the platform knows no such service on host " + orAny(host)})
		}
	}
	if len(checks) == 0 {
		return notApplicable("L1", "services", "none of the component's services has a row")
	}
	return report(checks...)
}

func orAny(host string) string {
	if host == "" {
		return "any"
	}
	return host
}

func judgeRow(r row, since time.Time) upgrade.Check {
	c := upgrade.Check{Level: "L1", Name: r.Binary + " " + r.Host, Verdict: upgrade.Fail}
	switch {
	case r.State != "up":
		c.Detail = "is " + r.State
	case !r.Updated.After(since):
		c.Detail = fmt.Sprintf("was last heard of at %s, before the start at %s", stamp(r.Updated.Time), stamp(since))
	case r.BackendState != "" && r.BackendState != "up":
		c.Detail = "its backend is " + r.BackendState
		c.Evidence = []upgrade.Evidence{{Class: upgrade.Unreachable, Text: "the backend of " + r.Host + " is " + r.BackendState, Source: "os-services"}}
	case r.Status != "enabled":
		c.Verdict, c.Detail = upgrade.PassWithFindings, "is up, but "+r.Status
	default:
		c.Verdict, c.Detail = upgrade.Pass, "is up"
	}
	return c
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000Z") }

// withRPC adds what the rows say of RPC versions: a pin to an old one works, but withholds what is new, until a second start.
func (v ServiceState) withRPC(ctx context.Context, s upgrade.Subject, r upgrade.Report, took time.Duration) (upgrade.Report, error) {
	for i := range r.Checks {
		r.Checks[i].Took = took
	}
	if len(v.RPC) == 0 {
		return r, nil
	}
	if v.Runner == nil || v.List == nil {
		return r, errors.New("probe.ServiceState: RPC needs Runner and List")
	}
	began := time.Now()
	rows, err := v.list(ctx, s)
	if err != nil {
		return r, err
	}
	for _, row := range rows {
		want := v.RPC[row.Binary]
		if want == "" || !ofHost(row.Host, s.Config.Host) {
			continue
		}
		c := upgrade.Check{Level: "L1", Name: "RPC version of " + row.Binary + " " + row.Host, Verdict: upgrade.Pass, Detail: row.rpc, Took: time.Since(began)}
		if row.rpc != want {
			c.Verdict, c.Detail = upgrade.PassWithFindings, fmt.Sprintf("%s instead of %s: bump the versions while all is stopped, or start once more", row.rpc, want)
		}
		r.Checks = append(r.Checks, c)
	}
	return report(r.Checks...), nil
}
