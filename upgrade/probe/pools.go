package probe

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/probe/internal/api"
)

// Pools judges level L2: the scheduler knows at least one pool of the subject's host (Config.Host; any where it is empty), and every one of
// them has a finite free capacity that was reported after the services' start. It waits for that, as a service that is up may be none that
// the scheduler knows, and a create would end in error although nothing is wrong.
//
// A backend that is down or whose driver does not know its capacity is Fail with the class Unreachable, a report that does not come one
// with the class Unready. A capacity that the driver calls infinite is a finding.
type Pools struct {
	API           API
	Runner        upgrade.Runner // tells when the services started; nil: the report must come after the call
	Backends      []string       // "ceph": each must have a pool; none: one pool is enough
	DriverVersion string         // what the driver must call itself; "": not looked at
	Since         time.Time      // what counts as the start; zero: what Runner's processes tell
	Limit         time.Duration  // 0: DefaultLimit
}

// Verify waits until all pools are ready, Limit at most.
func (v Pools) Verify(ctx context.Context, s upgrade.Subject) (upgrade.Report, error) {
	if r, ok := v.API.applies(s, "L2", "pools"); !ok {
		return r, nil
	}
	began := time.Now()
	since := v.Since
	if since.IsZero() {
		since = startOf(ctx, v.Runner, s, began)
	}
	for {
		pools, err := v.API.volumes().Pools(ctx)
		late := time.Since(began) > cmp.Or(v.Limit, DefaultLimit)
		if err != nil && (late || !isUnreachable(err)) {
			return upgrade.Report{}, cannotJudge(err)
		}
		if err == nil {
			if r := v.judge(pools, s.Config.Host, since); r.Verdict != upgrade.Fail || late {
				for i := range r.Checks {
					r.Checks[i].Took = time.Since(began)
				}
				return r, nil
			}
		}
		if err := sleep(ctx, 300*time.Millisecond); err != nil {
			return upgrade.Report{}, err
		}
	}
}

func (v Pools) judge(pools []api.Pool, host string, since time.Time) upgrade.Report {
	var checks []upgrade.Check
	var seen []string
	for _, p := range pools {
		if !ofHost(p.Name, host) {
			continue
		}
		_, backend, _ := strings.Cut(p.Name, "@")
		backend, _, _ = strings.Cut(backend, "#")
		seen = append(seen, backend)
		checks = append(checks, v.pool(p, since))
	}
	for _, b := range v.Backends {
		if !slices.Contains(seen, b) {
			checks = append(checks, unready(b, "the scheduler knows no pool of it"))
		}
	}
	if len(checks) == 0 {
		return report(unready("pools", "the scheduler knows no pool of host "+orAny(host)))
	}
	return report(checks...)
}

func unready(name, why string) upgrade.Check {
	return upgrade.Check{Level: "L2", Name: name, Verdict: upgrade.Fail, Detail: why, Evidence: []upgrade.Evidence{{Class: upgrade.Unready, Text: why, Source: "get_pools"}}}
}

func (v Pools) pool(p api.Pool, since time.Time) upgrade.Check {
	c := upgrade.Check{Level: "L2", Name: p.Name, Verdict: upgrade.Fail}
	caps := p.Capabilities
	free, finite := caps.Free.(float64)
	finite = finite && !math.IsInf(free, 0) && !math.IsNaN(free)
	switch {
	case !caps.Timestamp.After(since):
		return unready(p.Name, fmt.Sprintf("the last report is of %s, before the start at %s", stamp(caps.Timestamp.Time), stamp(since)))
	case caps.BackendState == "down" || !finite && caps.Free != "infinite":
		c.Detail = fmt.Sprintf("the backend is %s, its free capacity %v", orUnknown(caps.BackendState), caps.Free)
		c.Evidence = []upgrade.Evidence{{Class: upgrade.Unreachable, Text: c.Detail, Source: "get_pools"}}
	case v.DriverVersion != "" && caps.DriverVersion != v.DriverVersion:
		c.Detail = fmt.Sprintf("the driver that runs calls itself %s, not %s", caps.DriverVersion, v.DriverVersion)
		c.Evidence = []upgrade.Evidence{{Class: upgrade.Misconfigured, Text: c.Detail, Source: "get_pools"}}
	case !finite:
		c.Verdict, c.Detail = upgrade.PassWithFindings, "ready; the driver calls its capacity infinite"
	default:
		c.Verdict, c.Detail = upgrade.Pass, fmt.Sprintf("ready, %g GiB free, driver %s", free, caps.DriverVersion)
	}
	return c
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown"
	}
	return s
}
