package deploy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/environment"
	"github.com/chandlery-go/chandlery/upgrade/openstack"
	"github.com/chandlery-go/chandlery/upgrade/openstack/oslo"
	"github.com/chandlery-go/chandlery/upgrade/probe"
	"github.com/chandlery-go/chandlery/upgrade/release"
	"github.com/chandlery-go/chandlery/upgrade/supervise"
)

// host makes a real environment with cinder 21.3.1 in it, and the live configuration, below a folder.
func host(t *testing.T, conf string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "site", "cinder-21.3.1.egg-info", "PKG-INFO"), "Metadata-Version: 1.1\nName: cinder\nVersion: 21.3.1\n")
	write(t, filepath.Join(dir, "cinder.conf"), conf)
	return dir
}

func write(t *testing.T, name, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o755))
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
}

const cinder = `root: opt
components:
  - name: cinder
    real: {sites: [site], scripts: bin}
    config: [cinder.conf]
    manager: {kind: process}
    verify: {off: [L1, L2, L3, L4]}
`

// open opens a deploy.yaml of one component, with lines added to it.
func open(t *testing.T, dir string, o Options, lines ...string) (*Deployment, error) {
	t.Helper()
	text := cinder
	for _, line := range lines {
		key, _, _ := strings.Cut(line, ":")
		kept := strings.SplitAfter(text, "\n")
		text = ""
		for _, l := range kept {
			if !strings.HasPrefix(l, "    "+key+":") {
				text += l
			}
		}
		text += "    " + line + "\n"
	}
	c, err := Parse([]byte(text), dir)
	require.NoError(t, err)
	return c.Open(t.Context(), o)
}

func only(t *testing.T, d *Deployment, err error) *upgrade.Upgrader {
	t.Helper()
	require.NoError(t, err)
	require.Len(t, d.Upgraders, 1)
	return d.Upgraders[0]
}

// runner is what the services run by.
func runner(u *upgrade.Upgrader) upgrade.Runner { return u.Runner.(openstack.QuietTrials).Runner }

func TestOpen(t *testing.T) {
	dir := host(t, "[DEFAULT]\nhost = controller1\n")
	d, err := open(t, dir, Options{Cache: filepath.Join(dir, "cache")},
		"target: {policy: lowest-in-window, window: 3}", "options: {b: {y: 1, x: 2}, a: {z: 3}}", `requirements: ["vendor-sdk>=2"]`, "files: [{from: rbd.py, to: cinder/rbd.py}]", "bindings: []",
		"user: block", "trial: {before: [[/bin/true], {argv: [rabbitmqctl, x], name: vhost, ok: [0, 65], timeout: 3s}], virtual_host: v, port: 1234, host: h}",
		`services: {cinder-api: {argv: [a], env: {A: b}, stop_timeout: 7s, pidfile: run/api.pid, umask: "0027", stop_signal: INT, logs: [api.log]}}`)
	u := only(t, d, err)
	require.NoError(t, d.Close())

	assert.Equal(t, "21.3.1", u.Real.Version.String())
	assert.Equal(t, dir, u.Real.Env.Root)
	assert.Equal(t, filepath.Join(dir, "bin"), u.Real.Env.Scripts)
	assert.False(t, u.Real.Env.Virtual)
	assert.Nil(t, u.Real.Env.Python, "none was named, so none was run")
	assert.Equal(t, upgrade.Config{Files: []string{filepath.Join(dir, "cinder.conf")}, Host: "controller1"}, u.Real.Config)
	assert.Equal(t, filepath.Join(dir, "opt"), u.Root)
	assert.Equal(t, filepath.Join(dir, "opt", "state"), u.State)

	assert.Equal(t, &release.Picker{Source: release.Embedded(), Policy: release.LowestInWindow, Window: 3}, u.Picker)
	p := u.Provisioner.(*environment.Provisioner)
	assert.Equal(t, filepath.Join(dir, "cache", "built"), p.Cache)
	assert.Equal(t, []environment.File{{From: filepath.Join(dir, "rbd.py"), To: "cinder/rbd.py"}}, p.Files)
	require.Len(t, p.Extra, 1)
	assert.Equal(t, []string{filepath.Join(dir, "site")}, p.SiteDirs)

	assert.Empty(t, u.Component.Host.Bindings)
	assert.NotEmpty(t, u.Component.Host.Executables)
	api := service(t, u, "cinder-api")
	assert.Equal(t, []any{[]string{"a"}, map[string]string{"A": "b"}, 7 * time.Second, "block"}, []any{api.Argv, api.Env, api.StopTimeout, api.User})
	assert.Equal(t, "block", u.Component.Check[0].User)
	run := runner(u).(*supervise.Processes)
	assert.Equal(t, supervise.Place{PIDFile: filepath.Join(dir, "run/api.pid"), Logs: []string{filepath.Join(dir, "api.log")}, Umask: 0o027, StopSignal: syscall.SIGINT}, run.Places["cinder-api"])
	assert.Equal(t, filepath.Join(dir, "opt", "state", "cinder", "processes"), run.Dir)

	c := u.Configurer.(*openstack.Configurer)
	assert.Equal(t, []openstack.Setting{{Section: "a", Option: "z", Value: "3"}, {Section: "b", Option: "x", Value: "2"}, {Section: "b", Option: "y", Value: "1"}}, c.Options)
	assert.Equal(t, []any{"h", "v", 1234}, []any{c.Host, c.VirtualHost, c.Port})
	assert.Equal(t, []upgrade.Command{
		{Name: "true", Argv: []string{"/bin/true"}},
		{Name: "vhost", Argv: []string{"rabbitmqctl", "x"}, OK: []int{0, 65}, Timeout: 3 * time.Second},
	}, u.Before)
	assert.NotNil(t, u.Database)
	assert.NotNil(t, u.Inspector)

	now, err := u.Switcher.Current(t.Context(), u.Component)
	require.NoError(t, err)
	assert.Equal(t, u.Real.Config, now.Config)
}

func service(t *testing.T, u *upgrade.Upgrader, name string) upgrade.Service {
	t.Helper()
	for _, s := range u.Component.Services {
		if s.Name == name {
			return s
		}
	}
	require.Fail(t, name)
	return upgrade.Service{}
}

func TestOpen_managers(t *testing.T) {
	dir := host(t, "")
	d, err := open(t, dir, Options{}, "manager: {kind: supervisor, socket: s, overrides: o.conf, username: me, password: hunter2}", "host: h")
	s := runner(only(t, d, err)).(*supervise.Supervisor)
	assert.Equal(t, []string{filepath.Join(dir, "s"), filepath.Join(dir, "o.conf"), "me", "hunter2", "h"}, []string{s.Socket, s.Overrides, s.Username, s.Password, s.Real.Config.Host})
	assert.IsType(t, &supervise.Processes{}, s.Trial)
	assert.Same(t, s, d.Upgraders[0].Switcher)

	d, err = open(t, dir, Options{}, "manager: {kind: systemd, units: u, systemctl: [./systemctl]}")
	m := runner(only(t, d, err)).(*supervise.Systemd)
	assert.Equal(t, []string{filepath.Join(dir, "systemctl")}, m.Systemctl)
	assert.Equal(t, filepath.Join(dir, "u"), m.Units)
}

func TestOpen_differs(t *testing.T) {
	dir := host(t, "")
	name, err := os.Hostname()
	require.NoError(t, err)
	d, err := open(t, dir, Options{}, "database: {elsewhere: true}", "trial: {skip: true}")
	u := only(t, d, err)
	assert.Equal(t, name, u.Real.Config.Host, "the configuration names none")
	assert.Nil(t, u.Database, "no interface that holds a nil pointer")
	assert.NotEmpty(t, u.Configurer.(*openstack.Configurer).Description.Trial.Refuse)

	write(t, filepath.Join(dir, "pyvenv.cfg"), "home = /usr/bin\n")
	write(t, filepath.Join(dir, "w", "cinder-26.3.0+vendor1-py3-none-any.whl"), "")
	d, err = open(t, dir, Options{}, "source: w/cinder-26.3.0+vendor1-py3-none-any.whl", "target: {releases: w}")
	u = only(t, d, err)
	assert.True(t, u.Real.Env.Virtual, "the real environment may be a virtual one")
	assert.Equal(t, "site", u.Real.Env.Scheme.Purelib)
	v := u.Picker.(*environment.VendorPicker)
	assert.Equal(t, filepath.Join(dir, "w", "cinder-26.3.0+vendor1-py3-none-any.whl"), v.Path)
	assert.Equal(t, "26.3.0", v.Series.(*release.Picker).Want)
}

func TestOpen_errors(t *testing.T) {
	tests := []struct {
		name  string
		lines []string
		o     Options
		want  string
		is    error
	}{
		{"no such service", []string{"services: {cinder-vol: {}}"}, Options{}, `it has none that is named "cinder-vol"`, nil},
		{"only", []string{"only: [cinder-vol]"}, Options{}, "no service of it", nil},
		{"asked for another", nil, Options{Services: []string{"compute"}}, `service "compute"`, ErrNoComponent},
		{"asked for what does not run here", []string{"only: [cinder-volume]"}, Options{Services: []string{"api"}}, `service "api"`, ErrNoComponent},
		{"not installed", []string{"real: {sites: [elsewhere]}"}, Options{}, "cinder", openstack.ErrNotInstalled},
		{"no configuration", []string{"config: [absent.conf]"}, Options{}, "absent.conf", os.ErrNotExist},
		{"no interpreter", []string{"real: {sites: [site], python: absent}"}, Options{}, "real.python", nil},
		{"no API", []string{"verify: {}"}, Options{}, "verify.api.volume", upgrade.ErrNoVerifier},
		{"no description", []string{"description: absent.json"}, Options{}, "absent.json", os.ErrNotExist},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := open(t, host(t, ""), tt.o, tt.lines...)
			require.ErrorContains(t, err, tt.want)
			if tt.is != nil {
				assert.ErrorIs(t, err, tt.is)
			}
		})
	}
	dir := host(t, "[DEFAULT]\nhost = $my_ip\n")
	_, err := open(t, dir, Options{})
	assert.ErrorContains(t, err, "refers to another option")
	write(t, filepath.Join(dir, "d.json"), `{"component": {"name": "swift"}}`)
	_, err = open(t, host(t, ""), Options{}, "description: "+filepath.Join(dir, "d.json"))
	assert.ErrorContains(t, err, `describes "swift"`)
}

func TestOpen_services(t *testing.T) {
	tests := []struct {
		only  string
		asked []string
		want  []string
	}{
		{"", nil, []string{"cinder-scheduler", "cinder-volume", "cinder-backup", "cinder-api"}},
		{"only: [cinder-api, cinder-volume]", nil, []string{"cinder-volume", "cinder-api"}},
		{"", []string{"volume"}, []string{"cinder-volume"}},
		{"", []string{"volume", "cinder-volume"}, []string{"cinder-volume"}},
		{"only: [cinder-api, cinder-volume]", []string{"cinder-api"}, []string{"cinder-api"}},
	}
	for _, tt := range tests {
		var lines []string
		if tt.only != "" {
			lines = []string{tt.only}
		}
		d, err := open(t, host(t, ""), Options{Services: tt.asked}, lines...)
		assert.ElementsMatch(t, tt.want, only(t, d, err).Services, "%s %v", tt.only, tt.asked)
	}
}

func TestWatch(t *testing.T) {
	tests := []struct {
		conf, verify string
		want, trial  time.Duration
	}{
		{"", "", 20 * time.Second, minWatch},
		{"[DEFAULT]\nreport_interval = 3\n", "", 6 * time.Second, minWatch},
		{"[DEFAULT]\nreport_interval = 999999999\n", "", maxWatch, minWatch},
		{"[DEFAULT]\nreport_interval = often\n", "", 20 * time.Second, minWatch},
		{"", ", watch: 9s", 9 * time.Second, 9 * time.Second},
	}
	for _, tt := range tests {
		dir := host(t, tt.conf)
		c, err := Parse([]byte(strings.Replace(cinder, "L4]}", "L4]"+tt.verify+"}", 1)), dir)
		require.NoError(t, err)
		a := &assembly{cfg: c, part: &c.Components[0]}
		_, err = a.assemble(t.Context(), map[string]bool{})
		require.NoError(t, err)
		assert.Equal(t, tt.want, a.watch(false), tt.conf)
		assert.Equal(t, tt.trial, a.watch(true), tt.conf)
	}
}

// TestVerifiers: what is off is n/a, never passed, and a trial is judged by nothing that production's API knows.
func TestVerifiers(t *testing.T) {
	dir := host(t, "")
	write(t, filepath.Join(dir, "bin", "cinder-api"), "")
	d, err := open(t, dir, Options{}, "verify: {off: [L0, L1, L3], api: {volume: 'http://192.0.2.1:1/v3/p'}, commands: [[/bin/sh, -c, 'echo off'], {argv: [/bin/sh, -c, 'echo seen'], level: L5}, {argv: [/bin/sh, -c, 'exit 3'], trial: true, level: L2}]}")
	u := only(t, d, err)
	trial, err := u.Trial.Verify(t.Context(), upgrade.Subject{Trial: true})
	require.NoError(t, err)
	assert.Equal(t, upgrade.Fail, trial.Verdict)
	assert.Equal(t, []string{"L0 n/a", "L1 n/a", "L2 fail", "L3 n/a"}, verdicts(trial))

	write(t, filepath.Join(dir, "opt", "state", "cinder", "record.json"), "damaged")
	after, err := u.Verifier.Verify(t.Context(), upgrade.Subject{Trial: true}) // so that nothing asks the API
	assert.Error(t, err, "L5 needs the record of the upgrade")
	assert.NotEqual(t, upgrade.Pass, after.Verdict)
	assert.Equal(t, []string{"L0 n/a", "L1 n/a", "L2 n/a", "L3 n/a", "L5 n/a"}, verdicts(after)[:5])
	assert.Contains(t, after.Checks[0].Detail, "switches it off")
}

func verdicts(r upgrade.Report) (all []string) {
	for _, c := range r.Checks {
		if c.Level != "L4" {
			all = append(all, fmt.Sprintf("%s %s", c.Level, c.Verdict))
		}
	}
	return all
}

// TestUnchanged: each upgrade is compared with its own begin, and Remove leaves nothing.
func TestUnchanged(t *testing.T) {
	dir := t.TempDir()
	library := filepath.Join(dir, "site", "lib.py")
	write(t, library, "1")
	began := time.Unix(1, 0)
	fresh := func() *unchanged {
		return &unchanged{
			probe: func(file string) *probe.Unchanged {
				return &probe.Unchanged{Folders: []string{filepath.Dir(library)}, File: file}
			},
			folder: filepath.Join(dir, "verify"), record: func(context.Context) (*upgrade.Record, error) { return &upgrade.Record{Began: began}, nil },
		}
	}
	verdict := func(v *unchanged) upgrade.Verdict {
		r, err := v.Verify(t.Context(), upgrade.Subject{})
		require.NoError(t, err)
		return r.Verdict
	}
	v := fresh()
	_, err := v.Verify(t.Context(), upgrade.Subject{})
	require.Error(t, err, "nothing was looked at")
	require.NoError(t, v.Prepare(t.Context(), upgrade.Subject{}))
	assert.Equal(t, upgrade.Pass, verdict(v))
	write(t, library, "2")
	assert.Equal(t, upgrade.Fail, verdict(v))
	require.NoError(t, fresh().Prepare(t.Context(), upgrade.Subject{}), "of a process that resumes")
	assert.Equal(t, upgrade.Fail, verdict(fresh()), "it is compared with the begin")

	began = time.Unix(2, 0)
	require.NoError(t, v.Prepare(t.Context(), upgrade.Subject{}))
	assert.Equal(t, upgrade.Pass, verdict(v), "another upgrade")
	files, err := filepath.Glob(filepath.Join(dir, "verify", "*"))
	require.NoError(t, err)
	assert.Len(t, files, 1)
	require.NoError(t, v.Remove(t.Context()))
	files, err = filepath.Glob(filepath.Join(dir, "verify", "*"))
	require.NoError(t, err)
	assert.Empty(t, files)
}

// TestPrepared: what was written for a verification and is gone by a Finish is n/a; a Verifier that was never prepared is another matter.
func TestPrepared(t *testing.T) {
	dir := t.TempDir()
	v := &unchanged{
		probe:  func(file string) *probe.Unchanged { return &probe.Unchanged{Folders: []string{dir}, File: file} },
		folder: filepath.Join(t.TempDir(), "verify"),
	}
	record := &upgrade.Record{Prepared: upgrade.NotBegun}
	v.record = func(context.Context) (*upgrade.Record, error) { return record, nil }
	p := prepared{"L5", v, v.record}
	assert.NoError(t, upgrade.AllOf(p).(upgrade.Preparer).Prepare(t.Context(), upgrade.Subject{}), "it is a Preparer still")
	r, err := p.Verify(t.Context(), upgrade.Subject{})
	require.NoError(t, err)
	assert.Equal(t, upgrade.NotApplicable, r.Verdict)
	record.Prepared = upgrade.Complete
	r, err = p.Verify(t.Context(), upgrade.Subject{})
	require.NoError(t, err)
	assert.Equal(t, upgrade.Pass, r.Verdict)
	require.NoError(t, upgrade.AllOf(p).(upgrade.Remover).Remove(t.Context()))
	_, err = p.Verify(t.Context(), upgrade.Subject{})
	assert.NoError(t, err, "what this process saw is kept in memory")

	broken := errors.New("damaged")
	_, err = prepared{"L5", v, func(context.Context) (*upgrade.Record, error) { return nil, broken }}.Verify(t.Context(), upgrade.Subject{})
	assert.ErrorIs(t, err, broken)
}

func TestEach(t *testing.T) {
	named := func(names ...string) *Deployment {
		d := &Deployment{}
		for _, name := range names {
			d.Upgraders = append(d.Upgraders, &upgrade.Upgrader{Component: upgrade.Component{Name: name}})
		}
		return d
	}
	bad := errors.New("bad")
	none := fmt.Errorf("nothing newer: %w", upgrade.ErrNoTarget)
	tests := []struct {
		name  string
		errs  map[string]error
		names []string
		did   string
		err   error
	}{
		{"all", nil, nil, "a b c", nil},
		{"named, in order", nil, []string{"c", "a"}, "a c", nil},
		{"unknown", nil, []string{"d"}, "", ErrNoComponent},
		{"one has nothing to do", map[string]error{"a": none}, nil, "b c", nil},
		{"none has", map[string]error{"a": none, "b": none, "c": none}, nil, "", upgrade.ErrNoTarget},
		{"a failure ends the rest", map[string]error{"b": bad}, nil, "a b", bad},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := each(t.Context(), named("a", "b", "c"), tt.names, upgrade.ErrNoTarget, func(u *upgrade.Upgrader, _ context.Context) (*string, error) {
				return &u.Component.Name, tt.errs[u.Component.Name]
			})
			require.ErrorIs(t, err, tt.err)
			var did []string
			for _, name := range got {
				did = append(did, *name)
			}
			assert.Equal(t, tt.did, strings.Join(did, " "))
		})
	}
}

// TestDeployment asks for a record where no upgrade was made.
func TestDeployment(t *testing.T) {
	d, err := open(t, host(t, ""), Options{})
	require.NoError(t, err)
	_, err = d.Status(t.Context())
	assert.ErrorIs(t, err, upgrade.ErrNoUpgrade)
	_, err = d.Resume(t.Context(), "cinder")
	assert.ErrorIs(t, err, upgrade.ErrNoUpgrade)
	_, err = d.Rollback(t.Context(), upgrade.RestoreLossless)
	assert.ErrorIs(t, err, upgrade.ErrNoUpgrade)
	_, err = d.Finish(t.Context())
	assert.ErrorIs(t, err, upgrade.ErrNoUpgrade)
	plans, err := d.Plan(t.Context())
	var missing *environment.MissingFieldError
	assert.ErrorAs(t, err, &missing, "no index was given")
	require.Len(t, plans, 1, "what was found before")
	assert.Equal(t, "21.3.1", plans[0].Current.Version.String())
}

func TestToken(t *testing.T) {
	file := filepath.Join(t.TempDir(), "asked")
	count := func() int {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		return len(b)
	}
	tk := &token{argv: []string{"/bin/sh", "-c", "printf . >> " + file + "; echo ' hunter2 '"}, urls: []string{"http://192.0.2.1:8776/v3", "https://image.example:443", ""}}
	for _, host := range []string{"192.0.2.1:8776", "image.example", "192.0.2.1:8776"} {
		got, err := tk.get(t.Context(), host)
		require.NoError(t, err, host)
		assert.Equal(t, "hunter2", got)
	}
	assert.Equal(t, 1, count(), "it is kept")
	_, err := tk.get(t.Context(), "other.example")
	assert.ErrorContains(t, err, "no token is given to other.example")
	tk.asked = time.Now().Add(-2 * tokenGood)
	_, err = tk.get(t.Context(), "image.example")
	require.NoError(t, err)
	assert.Equal(t, 2, count())

	for _, script := range []string{"exit 1", "true", "echo hunter2 more", "head -c 20000 /dev/zero | tr '\\0' x"} {
		bad := &token{argv: []string{"/bin/sh", "-c", script}, urls: tk.urls}
		_, err := bad.get(t.Context(), "image.example")
		require.ErrorContains(t, err, "verify.api.token: sh", script)
		assert.NotContains(t, err.Error(), "hunter2")
	}
}

func TestExhausted(t *testing.T) {
	cause := &upgrade.Error{Component: "cinder", Step: upgrade.StepPick, State: upgrade.RolledBack, Err: upgrade.ErrNoTarget}
	err := error(&exhausted{cause})
	assert.NotErrorIs(t, err, upgrade.ErrNoTarget, "the component is not passed over")
	var found *upgrade.Error
	require.ErrorAs(t, err, &found)
	assert.Equal(t, upgrade.RolledBack, found.State)
	assert.EqualError(t, err, cause.Error())
}

func TestWatched(t *testing.T) {
	f, err := oslo.Parse([]byte("[DEFAULT]\nenabled_backends = ceph, other, shared\n[backend_defaults]\nrbd_user = vols\n" +
		"[ceph]\nvolume_driver = cinder.volume.drivers.rbd.RBDDriver\nrbd_pool = volumes\nrbd_ceph_conf = /etc/a.conf\n[other]\nvolume_driver = x.Y\n[shared]\nvolume_driver = cinder.volume.drivers.rbd.RBDDriver\n"))
	require.NoError(t, err)
	a := &assembly{live: oslo.Stack{f}, d: openstack.Description{User: "cinder"}}
	outer := a.watched(probe.VolumeOperations{}).(probe.Leftovers)
	assert.Equal(t, []string{"rbd", "--conf", "/etc/ceph/ceph.conf", "--id", "vols", "ls", "rbd"}, outer.List.Argv)
	inner := outer.Of.(probe.Leftovers)
	assert.Equal(t, []string{"rbd", "--conf", "/etc/a.conf", "--id", "vols", "ls", "volumes"}, inner.List.Argv)
	assert.Equal(t, "cinder", inner.List.User)
	assert.IsType(t, probe.VolumeOperations{}, inner.Of)
}
