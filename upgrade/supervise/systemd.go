package supervise

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv"
)

// Systemd is the Runner and Switcher of one component whose services are units of systemd, <service>.service. Start gives an error where the subject is not what the drop-ins name: Switch
// first. A unit's User=, Type= and all else that a drop-in does not set stay the unit's.
type Systemd struct {
	State      string   // required, absolute: folder of the drop-ins' generations, there when systemd reads its units
	Units      string   // folder of the units' drop-ins; "": /etc/systemd/system
	Systemctl  []string // argv that the verb is added to; nil: systemctl
	Journalctl []string // nil: journalctl

	Logs map[string][]string // by service: files that it writes itself, by an option of its argv for one; Log reads them behind the journal

	Real  upgrade.Subject // required: what the units themselves run
	Trial upgrade.Runner  // of subjects on trial, for example a Processes; nil: a trial is ErrNoTrial

	// Open opens the environment that the link names; nil: venv.Open.
	Open func(ctx context.Context, root string) (*venv.Env, error)
}

var (
	_ upgrade.Runner   = (*Systemd)(nil)
	_ upgrade.Switcher = (*Systemd)(nil)
)

// DefaultUnits is the folder of the administrator's units.
const DefaultUnits = "/etc/systemd/system"

func (s *Systemd) origin() origin { return origin{s.Real, s.Open} }

func (s *Systemd) units() string { return cmp.Or(s.Units, DefaultUnits) }

func (s *Systemd) folder(component string) (string, error) {
	if !filepath.IsAbs(s.State) {
		return "", errors.New("Systemd.State must name a folder by an absolute path")
	}
	return filepath.Join(s.State, component), checkName(component)
}

func unit(service string) string { return service + ".service" }

// Run runs a command to its end, as a process of the caller.
func (s *Systemd) Run(ctx context.Context, sub upgrade.Subject, c upgrade.Command) (upgrade.Result, error) {
	return run(ctx, sub, c)
}

// Start has systemd read its units and start the service's.
func (s *Systemd) Start(ctx context.Context, sub upgrade.Subject, svc upgrade.Service) (upgrade.Process, error) {
	if sub.Trial {
		return startTrial(ctx, s.Trial, sub, svc)
	}
	if err := checkName(svc.Name); err != nil {
		return nil, err
	}
	g, err := s.pointer(sub.Component.Name)
	if err != nil {
		return nil, err
	}
	if !s.origin().points(g, sub) {
		return nil, fmt.Errorf("%s: %s %s is not what systemd is to run: switch to it first", svc.Name, sub.Component.Name, sub.Version)
	}
	if _, err := s.systemctl(ctx, "daemon-reload"); err != nil {
		return nil, err
	}
	now, err := s.show(ctx, svc.Name)
	if err != nil {
		return nil, err
	}
	if now.lives() {
		return nil, fmt.Errorf("%s: %w", svc.Name, ErrRunning)
	}
	if g != nil && !slices.Contains(strings.Fields(now["DropInPaths"]), s.link(svc.Name)) {
		return nil, fmt.Errorf("%s: systemd does not read %s: is %s the folder of its units?", svc.Name, s.link(svc.Name), s.units())
	}
	if err := s.markLogs(svc.Name); err != nil {
		return nil, err
	}
	_, startErr := s.systemctl(ctx, "start", unit(svc.Name))
	if now, err = s.show(ctx, svc.Name); err != nil {
		return nil, errors.Join(startErr, err)
	}
	if startErr != nil {
		return nil, errors.Join(s.fault(ctx, svc.Name, now), startErr)
	}
	return s.process(svc, now), nil
}

// Attach finds the unit's run. One that systemd is about to start again is found too, as Stop must end that; one that failed is an ErrNotRunning that wraps a *StateError. What has ended
// comes with its ErrNotRunning as long as systemd names its last run.
func (s *Systemd) Attach(ctx context.Context, sub upgrade.Subject, svc upgrade.Service) (upgrade.Process, error) {
	if sub.Trial {
		return attachTrial(ctx, s.Trial, sub, svc)
	}
	if err := checkName(svc.Name); err != nil {
		return nil, err
	}
	now, err := s.show(ctx, svc.Name)
	if err != nil {
		return nil, err
	}
	if now.lives() {
		return s.process(svc, now), nil
	}
	err = notRunning(svc.Name)
	if now["ActiveState"] == "failed" {
		err = errors.Join(err, s.fault(ctx, svc.Name, now))
	}
	if now["InvocationID"] == "" {
		return nil, err
	}
	return s.process(svc, now), err
}

func (s *Systemd) process(svc upgrade.Service, now unitState) *unitProcess {
	return &unitProcess{s, svc, now["InvocationID"], now.begun()}
}

// unitState is properties of a unit (org.freedesktop.systemd1(5)).
type unitState map[string]string

func (u unitState) lives() bool {
	return slices.Contains([]string{"active", "reloading", "activating", "deactivating"}, u["ActiveState"])
}

// begun is when its main process began, never earlier: systemctl leaves fractions of seconds out. Zero where that is not told.
func (u unitState) begun() time.Time {
	t, err := time.Parse("Mon 2006-01-02 15:04:05 MST", u["ExecMainStartTimestamp"])
	if err != nil {
		return time.Time{}
	}
	return t.Add(time.Second)
}

// again reports whether its process ended and systemd waits to start it anew.
func (u unitState) again() bool { return u["SubState"] == "auto-restart" }

func (s *Systemd) show(ctx context.Context, service string) (unitState, error) {
	out, err := s.systemctl(ctx, "show", "--property=LoadState,ActiveState,SubState,Result,InvocationID,DropInPaths,ExecMainStartTimestamp", unit(service))
	if err != nil {
		return nil, err
	}
	u := unitState{}
	for line := range strings.Lines(string(out)) {
		k, v, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		u[k] = v
	}
	if u["ActiveState"] == "" {
		return nil, fmt.Errorf("systemctl says nothing of %s: is systemd running?", unit(service))
	}
	if u["LoadState"] != "loaded" {
		return nil, fmt.Errorf("unit %s is %s: install it first", unit(service), u["LoadState"])
	}
	return u, nil
}

func (s *Systemd) fault(ctx context.Context, service string, u unitState) error {
	state := fmt.Sprintf("%s (%s)", u["ActiveState"], u["Result"])
	if u.again() {
		state = fmt.Sprintf("%s (%s)", u["SubState"], u["Result"])
	}
	return &StateError{Service: service, State: state, Output: lastOf(s.journal(ctx, u["InvocationID"]))}
}

// systemctl runs it and gives what it prints.
func (s *Systemd) systemctl(ctx context.Context, args ...string) ([]byte, error) {
	argv := s.Systemctl
	if len(argv) == 0 {
		argv = []string{"systemctl"}
	}
	cmd, err := tool(ctx, append(slices.Clone(argv), args...))
	if err != nil {
		return nil, err
	}
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("systemctl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(said.String()))
	}
	return out.Bytes(), nil
}

// tool is a command of systemd's, with an environment that makes its output one for programs.
func tool(ctx context.Context, argv []string) (*exec.Cmd, error) {
	path, err := lookPath(argv[0], DefaultPath)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, path, argv[1:]...)
	cmd.Env = []string{"PATH=" + DefaultPath, "LC_ALL=C.UTF-8", "TZ=UTC", "SYSTEMD_COLORS=0", "SYSTEMD_PAGER="}
	cmd.WaitDelay = time.Second
	return cmd, nil
}

// journal reads what one run of a unit wrote (journalctl(1), _SYSTEMD_INVOCATION_ID of systemd.journal-fields(7)).
func (s *Systemd) journal(ctx context.Context, invocation string) (io.ReadCloser, error) {
	if invocation == "" {
		return nil, errors.New("systemd names no run of the unit")
	}
	argv := s.Journalctl
	if len(argv) == 0 {
		argv = []string{"journalctl"}
	}
	ctx, cancel := context.WithCancel(ctx)
	cmd, err := tool(ctx, append(slices.Clone(argv), "--quiet", "--no-pager", "--output=cat", "_SYSTEMD_INVOCATION_ID="+invocation))
	if err != nil {
		cancel()
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return nil, err
	}
	return &output{out, cmd, cancel}, nil
}

// output is what a command prints. Close ends the command.
type output struct {
	io.Reader
	cmd    *exec.Cmd
	cancel context.CancelFunc
}

func (o *output) Close() error {
	o.cancel()
	o.cmd.Wait() // that it was killed is what was wanted
	return nil
}

// watchUnit is how often systemctl is asked: each time is a process.
const watchUnit = 500 * time.Millisecond

// unitProcess is one run of a unit.
type unitProcess struct {
	s          *Systemd
	svc        upgrade.Service
	invocation string
	at         time.Time
}

var _ upgrade.Process = (*unitProcess)(nil)

// Started is when the run's main process began, never earlier.
func (p *unitProcess) Started() time.Time { return p.at }

// Log reads what the run wrote into the journal.
func (p *unitProcess) Log(ctx context.Context) (io.ReadCloser, error) {
	journal, err := p.s.journal(ctx, p.invocation)
	if err != nil || len(p.s.Logs[p.svc.Name]) == 0 {
		return journal, err
	}
	files, err := since(p.s.marks(p.svc.Name))
	if err != nil {
		return nil, errors.Join(err, journal.Close())
	}
	return &joined{io.MultiReader(journal, files), []io.Closer{journal, files}}, nil
}

// Wait gives a *StateError where systemd says that the unit failed, or starts it anew.
func (p *unitProcess) Wait(ctx context.Context) error {
	var now unitState
	err := poll(ctx, watchUnit, func() (bool, error) {
		var err error
		now, err = p.s.show(ctx, p.svc.Name)
		return !now.lives() || now.again() || now["InvocationID"] != p.invocation, err
	})
	switch {
	case err != nil:
		return err
	case now["ActiveState"] == "failed" || now.again():
		return p.s.fault(ctx, p.svc.Name, now)
	case now.lives():
		return &StateError{Service: p.svc.Name, State: "started anew by systemd", Output: lastOf(p.s.journal(ctx, p.invocation))}
	}
	return nil
}

// Stop has systemd stop the unit, which kills it after the unit's own limit (StopTimeout, where a drop-in says it).
func (p *unitProcess) Stop(ctx context.Context) error {
	if _, err := p.s.systemctl(ctx, "stop", unit(p.svc.Name)); err != nil {
		return err
	}
	now, err := p.s.show(ctx, p.svc.Name)
	if err != nil {
		return err
	}
	if now.lives() {
		return fmt.Errorf("%s: %s after systemctl stop", unit(p.svc.Name), now["ActiveState"])
	}
	return nil
}
