package upgrade

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/venv"
)

var errKilled = errors.New("killed")

// world is a host as the roles see it. Every change can be the last one before a kill: at comes just before it or just after it.
type world struct {
	mu       sync.Mutex
	running  map[string]string // service, "trial " before it for a trial's: root of what runs
	pointer  Subject
	real     Subject
	schema   string // of production's database: the version whose migration came last
	cutOff   bool   // a migration is half done
	copied   bool
	saved    map[string]string // snapshots
	grants   map[string]bool
	vhost    bool
	written  bool     // for verification
	envs     []string // that were made
	faults   map[string]error
	verdicts map[string][]Check // of a version, in production; "trial " before it for a trial

	count, killAt int // changes so far; 0: never
	outage        bool
}

func newWorld(t *testing.T) *world {
	t.Helper()
	root := t.TempDir()
	w := &world{running: map[string]string{}, saved: map[string]string{}, grants: map[string]bool{}, faults: map[string]error{}, verdicts: map[string][]Check{}, schema: "21.3.1"}
	w.real = Subject{Component: Component{Name: "cinder"}, Env: &venv.Env{Root: root}, Version: pep440.MustParse("21.3.1"), Config: Config{Files: []string{"cinder.conf"}}}
	w.pointer = w.real
	for _, svc := range component().Services {
		w.running[svc.Name] = root
	}
	return w
}

func component() Component {
	return Component{
		Name: "cinder", Distribution: "cinder",
		Services: []Service{{Name: "scheduler"}, {Name: "api"}, {Name: "volume", Driver: true, After: []string{"scheduler"}}},
		Database: DBSpec{Section: "database", Option: "connection", Sync: []Command{{Name: "db sync"}}, Online: []Command{{Name: "online"}}},
		Check:    []Command{{Name: "upgrade check"}},
	}
}

// change does one thing, unless a kill comes before it; a kill may come after it as well.
func (w *world) change(name string, do func()) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.faults[name]; err != nil {
		return err
	}
	for _, do := range []func(){do, func() {}} {
		if w.count++; w.killAt > 0 && w.count >= w.killAt { // the dead do nothing more
			return cut{errKilled}
		}
		do()
	}
	return nil
}

func key(s Subject, svc Service) string {
	if s.Trial {
		return "trial " + svc.Name
	}
	return svc.Name
}

func (w *world) Run(_ context.Context, s Subject, c Command) (Result, error) {
	name := c.Name
	if s.Trial {
		name = "trial " + name
	}
	fault := w.faults[name]
	delete(w.faults, name+" once")
	if fault != nil {
		return Result{Code: 1, Output: []byte(fault.Error())}, fault
	}
	var err error
	switch {
	case c.Name == "add vhost":
		err = w.change("add vhost", func() { w.vhost = true })
	case c.Name == "remove vhost":
		err = w.change("remove vhost", func() { w.vhost = false })
	case c.Name == "db sync" && !s.Trial:
		if w.cutOff {
			return Result{Code: 1}, errors.New("a migration on a half migrated database")
		}
		if err = w.change("migrate", func() { w.cutOff = true }); err == nil {
			err = w.change("migrated", func() { w.cutOff, w.schema = false, s.Version.String() })
		}
	case s.Trial && !w.copied:
		err = errors.New("a trial without a copy of the database")
	}
	return Result{}, err
}

func (w *world) Start(_ context.Context, s Subject, svc Service) (Process, error) {
	if w.running[key(s, svc)] != "" {
		return nil, errors.New("running already: " + svc.Name)
	}
	if !s.Trial && s.Env.Root != w.pointer.Env.Root {
		return nil, errors.New("not what is switched to")
	}
	if w.cutOff {
		return nil, errors.New("a service on a half migrated database")
	}
	return process{w, key(s, svc)}, w.change("start "+svc.Name, func() { w.running[key(s, svc)] = s.Env.Root })
}

func (w *world) Attach(_ context.Context, s Subject, svc Service) (Process, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.running[key(s, svc)] == "" {
		return nil, ErrNotRunning
	}
	return process{w, key(s, svc)}, nil
}

type process struct {
	w   *world
	key string
}

func (p process) Log(context.Context) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("I am ready")), nil
}
func (p process) Wait(context.Context) error { return nil }
func (p process) Stop(context.Context) error {
	return p.w.change("stop "+p.key, func() {
		p.w.outage = p.w.outage || !strings.HasPrefix(p.key, "trial ")
		delete(p.w.running, p.key)
	})
}

func (w *world) Current(_ context.Context, c Component) (Subject, error) {
	s := w.pointer
	s.Component = c
	return s, nil
}

func (w *world) Switch(_ context.Context, to Subject) error {
	return w.change("switch", func() { w.pointer = to })
}

func (w *world) Resolve(_ context.Context, want Wanted) (*resolve.Resolution, error) {
	return &resolve.Resolution{}, w.faults["resolve "+want.Target.Version.String()]
}

func (w *world) Provision(_ context.Context, want Wanted, _ *resolve.Resolution) (*venv.Env, error) {
	env := &venv.Env{Root: want.Root, Virtual: true}
	words := filepath.Base(want.Root)
	for _, r := range want.Target.Extra {
		words += " +" + string(r.Name)
	}
	if want.Fresh {
		words += " fresh"
	}
	return env, w.change("provision", func() { w.envs = append(w.envs, words) })
}

func (w *world) Configure(_ context.Context, _ Subject, env *venv.Env, trial bool) (Config, error) {
	dir := filepath.Base(env.Root)
	if trial {
		dir += "-trial"
	}
	return Config{Overrides: dir + "/override.conf", Dir: dir}, w.change("configure", func() {})
}

func (w *world) Grant(_ context.Context, s Subject) error {
	return w.change("grant", func() { w.grants[s.Config.Dir] = true })
}

func (w *world) Revoke(_ context.Context, s Subject) error {
	return w.change("revoke", func() { delete(w.grants, s.Config.Dir) })
}

func (w *world) Copy(_ context.Context, s Subject) (Config, error) {
	return s.Config, w.change("copy", func() { w.copied = true })
}

func (w *world) Drop(context.Context, Subject) error {
	return w.change("drop", func() { w.copied = false })
}

func (w *world) Snapshot(context.Context, Subject) (Snapshot, error) {
	name := fmt.Sprintf("snapshot-%d", len(w.saved)+1)
	if w.cutOff {
		return Snapshot{}, errors.New("a snapshot of a half migrated database")
	}
	return Snapshot{Path: name, Taken: time.Now()}, w.change("snapshot", func() { w.saved[name] = w.schema })
}

func (w *world) Restore(_ context.Context, _ Subject, snap Snapshot) error {
	for key := range w.running {
		if !strings.HasPrefix(key, "trial ") {
			return errors.New("a restore under a running service")
		}
	}
	return w.change("restore", func() { w.schema, w.cutOff = w.saved[snap.Path], false })
}

func (w *world) Forget(_ context.Context, snap Snapshot) error {
	return w.change("forget", func() { delete(w.saved, snap.Path) })
}

func (w *world) Losses(context.Context, Subject, Snapshot) ([]Loss, error) {
	if w.faults["losses"] != nil {
		return []Loss{{Table: "volumes", Orphaned: []string{"a"}}}, nil
	}
	return nil, nil
}

func (w *world) Inspect(context.Context, Subject, *venv.Env) (Forecast, error) {
	return Forecast{Findings: []Finding{{Name: "volumes without service_uuid", Rows: []string{"volume 4711, in error"}, Advice: "delete them"}}}, nil
}

// Prepare, Verify and Remove are those of the verifier.
func (w *world) Prepare(context.Context, Subject) error {
	return w.change("prepare", func() { w.written = true })
}

func (w *world) Remove(context.Context) error {
	return w.change("remove", func() { w.written = false })
}

func (w *world) Verify(_ context.Context, s Subject) (Report, error) {
	if err := w.faults["verify "+s.Version.String()]; err != nil && !s.Trial {
		return Report{}, err
	}
	name := s.Version.String()
	if s.Trial {
		name = "trial " + name
	}
	for _, svc := range s.Component.Services {
		if (!s.Trial || svc.Driver) && w.running[key(s, svc)] != s.Env.Root {
			return NewReport(Check{Level: "L0", Name: svc.Name, Verdict: Fail}), nil
		}
	}
	if checks := w.verdicts[name]; checks != nil {
		return NewReport(checks...), nil
	}
	return NewReport(Check{Level: "L3", Name: "volumes", Verdict: Pass}), nil
}

// upgrader is one over the world; targets are picked in turn.
func (w *world) upgrader(t *testing.T, state string, targets ...string) *Upgrader {
	t.Helper()
	return &Upgrader{
		Component: component(), Real: w.real, Root: "/opt/envs", State: state,
		Switcher: w, Provisioner: w, Configurer: w, Runner: w, Verifier: w, Database: w,
		Before: []Command{{Name: "add vhost"}}, After: []Command{{Name: "remove vhost"}},
		Open: func(_ context.Context, root string) (*venv.Env, error) {
			return &venv.Env{Root: root, Virtual: true}, nil
		},
		Picker: TargetPickerFunc(func(_ context.Context, q Query) (Target, error) {
			for _, version := range targets {
				v := pep440.MustParse(version)
				if !slices.ContainsFunc(q.Refused, func(r Refusal) bool { return r.Version.Equal(v) }) && v.Compare(q.Current) > 0 {
					return Target{Version: v}, nil
				}
			}
			return Target{}, ErrNoTarget
		}),
		Classify: func(log io.Reader) []Evidence {
			b, _ := io.ReadAll(log)
			if symbol, ok := bytes.CutPrefix(b, []byte("No module named ")); ok {
				return []Evidence{{Class: MissingDependency, Symbol: string(symbol)}}
			}
			return nil
		},
	}
}

// settled requires that one version runs, whole, and that nothing of an upgrade is left.
func (w *world) settled(t *testing.T, version string) {
	t.Helper()
	require.Equal(t, version, w.pointer.Version.String())
	require.Len(t, w.running, 3, "%v", w.running)
	for name, root := range w.running {
		require.Equal(t, w.pointer.Env.Root, root, name)
	}
	require.False(t, w.cutOff, "a half migrated database")
	require.False(t, w.copied, "the copy is left")
	require.False(t, w.vhost, "the virtual host is left")
	for dir := range w.grants {
		require.Equal(t, w.pointer.Config.Dir, dir, "a grant is left")
	}
}
