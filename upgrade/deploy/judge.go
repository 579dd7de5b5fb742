package deploy

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/openstack"
	"github.com/chandlery-go/chandlery/upgrade/openstack/oslo"
	"github.com/chandlery-go/chandlery/upgrade/probe"
)

// judge gives an Upgrader its Verifiers.
func (a *assembly) judge(u *upgrade.Upgrader) error {
	if err := a.checkAPI(); err != nil {
		return err
	}
	var after, trial []upgrade.Verifier
	for _, level := range levels {
		if a.part.Verify.off(level) {
			off := notJudged{level, "deploy.yaml switches it off"}
			after, trial = append(after, off), append(trial, off)
			continue
		}
		after = append(after, a.level(level, u)...)
		trial = append(trial, a.trialLevel(level)...)
	}
	u.Verifier, u.Trial = upgrade.AllOf(after...), upgrade.AllOf(trial...)
	return nil
}

// volumes reports whether it is Block Storage, whose levels package probe knows.
func (a *assembly) volumes() bool { return a.d.Component.Deliverable == "cinder" }

// checkAPI refuses a Block Storage that could be judged and is not, as nobody has said that it should not be.
func (a *assembly) checkAPI() error {
	v := a.part.Verify
	asked := slices.ContainsFunc([]string{"L1", "L2", "L3", "L4"}, func(level string) bool { return !v.off(level) })
	if a.volumes() && asked && v.API.Volume == "" {
		return fmt.Errorf("verify.api.volume: %w for L1 to L4: give the address of the Block Storage API, or switch these levels off", upgrade.ErrNoVerifier)
	}
	return nil
}

// level is what judges one level after the switch.
func (a *assembly) level(level string, u *upgrade.Upgrader) []upgrade.Verifier {
	own := append(a.own(level), a.commands(level, false)...)
	switch {
	case level == "L4" && a.volumes():
		own = append(own, prepared{level, a.data(), u.Status})
	case level == "L5":
		own = append(own, prepared{level, a.unchanged(u), u.Status})
	}
	if len(own) == 0 {
		own = append(own, notJudged{level, "nothing here judges it for " + a.part.Name})
	}
	return own
}

// own are the Verifiers of package probe and openstack for a level.
func (a *assembly) own(level string) []upgrade.Verifier {
	v := a.part.Verify
	api, limit, step := a.api(), time.Duration(v.Limit), time.Duration(v.Step)
	if level == "L0" {
		return []upgrade.Verifier{
			probe.Process{Runner: a.runner, Watch: a.watch(false), Ready: a.ready(), Limit: limit},
			openstack.PrivilegedHelper{Runner: a.runner, Description: a.d},
		}
	}
	if !a.volumes() {
		return nil
	}
	switch level {
	case "L1":
		return []upgrade.Verifier{probe.ServiceState{API: api, Runner: a.runner, List: a.serviceList(), RPC: v.RPC, Limit: limit}}
	case "L2":
		return []upgrade.Verifier{probe.Pools{API: api, Runner: a.runner, Backends: v.Backends, DriverVersion: v.DriverVersion, Limit: limit}}
	case "L3":
		return []upgrade.Verifier{a.watched(probe.VolumeOperations{API: api, Runner: a.runner, Type: v.Type, Size: v.Size, Content: v.Content, Step: step})}
	}
	return nil
}

// watched looks for what is left on each Ceph backend that the live configuration has: drivers of some releases leave images there for good.
func (a *assembly) watched(of upgrade.Verifier) upgrade.Verifier {
	for _, section := range a.live.List(oslo.Default, "enabled_backends") {
		get := func(option, otherwise string) string {
			for _, from := range []string{section, "backend_defaults"} {
				if value, ok := a.live.Get(from, option); ok && value != "" {
					return value
				}
			}
			return otherwise
		}
		if !strings.HasSuffix(get("volume_driver", ""), ".rbd.RBDDriver") {
			continue
		}
		pool := get("rbd_pool", "rbd")
		argv := []string{"rbd", "--conf", get("rbd_ceph_conf", "/etc/ceph/ceph.conf")}
		if user := get("rbd_user", ""); user != "" {
			argv = append(argv, "--id", user)
		}
		of = probe.Leftovers{Runner: a.runner, Of: of, List: upgrade.Command{Name: "rbd ls " + pool, Argv: append(argv, "ls", pool), User: a.d.User, Timeout: time.Minute}}
	}
	return of
}

// trialLevel is what judges one level of a trial, which no API of production knows.
func (a *assembly) trialLevel(level string) []upgrade.Verifier {
	limit := time.Duration(a.part.Verify.Limit)
	commands := a.commands(level, true)
	switch {
	case level == "L0":
		return append([]upgrade.Verifier{
			probe.Process{Runner: a.runner, Watch: a.watch(true), Ready: a.ready(), Limit: limit},
			openstack.PrivilegedHelper{Runner: a.runner, Description: a.d},
		}, commands...)
	case level == "L1" && a.volumes():
		return append([]upgrade.Verifier{probe.ServiceState{Runner: a.runner, List: a.serviceList(), Limit: limit}}, commands...)
	}
	return commands
}

func (a *assembly) serviceList() *upgrade.Command {
	return &upgrade.Command{Name: "service list", Argv: []string{"{bin}/cinder-manage", "{config}", "service", "list"}, User: a.d.User}
}

func (a *assembly) commands(level string, trial bool) []upgrade.Verifier {
	var all []upgrade.Verifier
	for _, c := range a.part.Verify.Commands {
		if c.Level != level || c.Trial != trial {
			continue
		}
		var env []string
		for _, name := range slices.Sorted(maps.Keys(c.Env)) {
			env = append(env, name+"="+c.Env[name])
		}
		all = append(all, probe.External{Argv: c.Argv, Dir: c.Dir, Env: env, Name: c.Name, Level: level, Trial: trial, Limit: time.Duration(c.Limit)})
	}
	return all
}

// ready is what the log of a service with a driver says: by deploy.yaml, else by its description.
func (a *assembly) ready() string {
	if a.part.Verify.Ready != nil {
		return *a.part.Verify.Ready
	}
	for _, svc := range a.d.Component.Services {
		if svc.Driver {
			return svc.Ready
		}
	}
	return ""
}

const (
	defaultReport = 10 * time.Second // report_interval of oslo.service's users, where it is not set
	minWatch      = 5 * time.Second
	maxWatch      = 5 * time.Minute
)

// watch is two heartbeats, of a trial's own interval in a trial.
func (a *assembly) watch(trial bool) time.Duration {
	if a.part.Verify.Watch > 0 {
		return time.Duration(a.part.Verify.Watch)
	}
	text, _ := a.live.Get(oslo.Default, "report_interval")
	if trial {
		for _, s := range a.d.Trial.Options {
			if s.Section == oslo.Default && s.Option == "report_interval" {
				text = s.Value
			}
		}
	}
	beat := defaultReport
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		beat = min(time.Duration(min(n, 3600))*time.Second, maxWatch)
	}
	return min(max(2*beat, minWatch), maxWatch)
}

// unchanged keeps what it compares with in a file of each upgrade's own, as the real environment may be updated between two.
func (a *assembly) unchanged(u *upgrade.Upgrader) *unchanged {
	v := a.part.Verify
	folders := append(slices.Clone(a.part.Real.Sites), a.part.Real.Scripts)
	exclude := []string{"__pycache__"}
	if v.Exclude != nil {
		exclude = *v.Exclude
	}
	return &unchanged{
		probe: func(file string) *probe.Unchanged {
			return &probe.Unchanged{Folders: append(folders, v.Folders...), Exclude: exclude, PIDFiles: v.PIDFiles, File: file}
		},
		folder: a.folder("verify"), record: u.Status,
	}
}

// data keeps what it wrote in a file, so that another process can read it back.
func (a *assembly) data() *written {
	v := a.part.Verify
	return &written{&probe.Data{
		API: a.api(), Runner: a.runner, File: filepath.Join(a.folder("verify"), "data.json"), Type: v.Type, Size: v.Size, Content: v.Content, Step: time.Duration(v.Step),
	}}
}

// notJudged reports a level as n/a.
type notJudged struct{ level, why string }

// Verify reports it.
func (n notJudged) Verify(context.Context, upgrade.Subject) (upgrade.Report, error) {
	return upgrade.NewReport(upgrade.Check{Level: n.level, Name: "not judged", Verdict: upgrade.NotApplicable, Detail: n.why}), nil
}

// api is how the APIs are asked.
func (a *assembly) api() probe.API {
	given := a.part.Verify.API
	api := probe.API{Volume: given.Volume, Image: given.Image}
	switch {
	case given.NoAuth != nil:
		api.Auth = probe.NoAuth(given.NoAuth.User, given.NoAuth.Project)
	case len(given.Token) > 0:
		api.Auth = (&token{argv: given.Token, urls: []string{given.Volume, given.Image}}).get
	}
	return api
}
