package supervise

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv"
)

// Supervisor is the Runner and Switcher of one component whose services are programs of a supervisord (4.0 or later), each a group of its own with one process. A program's own
// environment is that of supervisord with Environ's above it, and SUPERVISOR_ variables. Start gives an error where the subject is not what the file of overrides names: Switch first.
type Supervisor struct {
	Socket    string              // of [unix_http_server]; required
	Overrides string              // the file of overrides; required: supervisord's [include] must match it and sort it behind the files of the programs, as "/etc/supervisor/conf.d/zz-cinder.conf"
	State     string              // folder that remembers where logs ended at a start; "": Log gives all that a log holds
	Logs      map[string][]string // by service: files that it writes itself, by an option of its argv for one; Log reads them too
	Username  string              // of the socket, where it asks for one
	Password  string

	Real  upgrade.Subject // required: what the programs' own sections run
	Trial upgrade.Runner  // of subjects on trial, for example a Processes; nil: a trial is ErrNoTrial

	// Open opens the environment that the file names; nil: venv.Open.
	Open func(ctx context.Context, root string) (*venv.Env, error)
}

var (
	_ upgrade.Runner   = (*Supervisor)(nil)
	_ upgrade.Switcher = (*Supervisor)(nil)
)

func (s *Supervisor) origin() origin { return origin{s.Real, s.Open} }

// Run runs a command to its end, as a process of the caller.
func (s *Supervisor) Run(ctx context.Context, sub upgrade.Subject, c upgrade.Command) (upgrade.Result, error) {
	return run(ctx, sub, c)
}

// Start has supervisord read its configuration, take the program's over where it changed, and start it. No other program is started or stopped.
func (s *Supervisor) Start(ctx context.Context, sub upgrade.Subject, svc upgrade.Service) (upgrade.Process, error) {
	if sub.Trial {
		return startTrial(ctx, s.Trial, sub, svc)
	}
	if err := checkName(svc.Name); err != nil {
		return nil, err
	}
	want, err := s.pointed(sub, svc)
	if err != nil {
		return nil, err
	}
	running, err := s.program(ctx, svc.Name)
	if err == nil && running.lives() {
		return nil, fmt.Errorf("%s: %w, as process %d", svc.Name, ErrRunning, running.pid)
	}
	if err != nil && !errors.Is(err, upgrade.ErrNotRunning) {
		return nil, err
	}
	if err := s.sweep(ctx, svc.Name); err != nil {
		return nil, err
	}
	if err := s.load(ctx, svc, want); err != nil {
		return nil, err
	}
	return s.launch(ctx, svc)
}

// pointed is what the pointer says that the service runs, as a list; empty for the real environment.
func (s *Supervisor) pointed(sub upgrade.Subject, svc upgrade.Service) ([]launch, error) {
	g, err := s.pointer()
	if err != nil {
		return nil, err
	}
	if !s.origin().points(g, sub) {
		return nil, fmt.Errorf("%s: %s %s is not what supervisord is to run: switch to it first", svc.Name, sub.Component.Name, sub.Version)
	}
	if g == nil {
		return nil, nil
	}
	i := slices.IndexFunc(g.Services, func(l launch) bool { return l.Name == svc.Name })
	if i < 0 {
		return nil, fmt.Errorf("%s: the component that was switched to has no such service", svc.Name)
	}
	return g.Services[i : i+1], nil
}

// load brings supervisord to the program's present section. supervisord may start it by itself the moment that it is added (autostart).
func (s *Supervisor) load(ctx context.Context, svc upgrade.Service, want []launch) error {
	r, err := s.reload(ctx, want)
	if err != nil {
		return fmt.Errorf("%s: %w", svc.Name, err)
	}
	if slices.Contains(r.changed, svc.Name) {
		if _, err := s.call(ctx, "supervisor.removeProcessGroup", svc.Name); err != nil {
			return fmt.Errorf("%s: %w", svc.Name, err)
		}
	} else if !slices.Contains(r.added, svc.Name) {
		return nil
	}
	if err := s.remember(ctx, svc.Name, note{Marks: marksOf(append(r.logs(svc.Name), s.Logs[svc.Name]...))}); err != nil {
		return err
	}
	if _, err := s.call(ctx, "supervisor.addProcessGroup", svc.Name); err != nil && !isFault(err, faultAlreadyAdded) {
		return fmt.Errorf("%s: %w", svc.Name, err)
	}
	return nil
}

// launch starts the program that is loaded and waits until its process exists. One that does not stay is stopped, as supervisord would else try it again after this gave an error.
func (s *Supervisor) launch(ctx context.Context, svc upgrade.Service) (upgrade.Process, error) {
	p, err := s.program(ctx, svc.Name)
	if err != nil {
		return nil, err
	}
	if !p.lives() {
		if err := s.remember(ctx, svc.Name, note{Marks: marksOf(p.logs)}); err != nil {
			return nil, err
		}
		if _, err := s.call(ctx, "supervisor.startProcess", p.spec(), false); err != nil && !isFault(err, faultAlreadyStarted) {
			return nil, errors.Join(&StateError{Service: svc.Name, State: "not started", Output: s.output(p)}, err, s.halt(ctx, svc.Name))
		}
	}
	err = poll(ctx, watchRPC, func() (bool, error) {
		if p, err = s.program(ctx, svc.Name); err == nil && p.failed() {
			err = &StateError{Service: svc.Name, State: p.statename, Output: s.output(p)}
		}
		return p.pid > 0, err
	})
	if err != nil {
		return nil, errors.Join(err, s.halt(ctx, svc.Name))
	}
	n, _ := s.recall(svc.Name)
	n.PID = p.pid
	return &supervised{s, svc, p.pid, p.begun()}, s.remember(ctx, svc.Name, n)
}

// Attach finds the program's process. One that supervisord is about to try again (BACKOFF) is found too, as Stop must end that; one that it gave up (FATAL) is an
// ErrNotRunning that wraps a *StateError. What has ended comes with its ErrNotRunning as long as supervisord has the program loaded.
func (s *Supervisor) Attach(ctx context.Context, sub upgrade.Subject, svc upgrade.Service) (upgrade.Process, error) {
	if sub.Trial {
		return attachTrial(ctx, s.Trial, sub, svc)
	}
	if err := checkName(svc.Name); err != nil {
		return nil, err
	}
	p, err := s.program(ctx, svc.Name)
	if err != nil {
		return nil, err
	}
	proc := &supervised{s, svc, p.pid, p.begun()}
	switch {
	case p.lives():
		return proc, nil
	case p.state == fatal:
		return proc, errors.Join(notRunning(svc.Name), &StateError{Service: svc.Name, State: p.statename, Output: s.output(p)})
	case p.start > 0:
		return proc, notRunning(svc.Name)
	}
	return nil, notRunning(svc.Name)
}

func startTrial(ctx context.Context, r upgrade.Runner, s upgrade.Subject, svc upgrade.Service) (upgrade.Process, error) {
	if r == nil {
		return nil, fmt.Errorf("%s: %w", svc.Name, ErrNoTrial)
	}
	return r.Start(ctx, s, svc)
}

func attachTrial(ctx context.Context, r upgrade.Runner, s upgrade.Subject, svc upgrade.Service) (upgrade.Process, error) {
	if r == nil {
		return nil, fmt.Errorf("%s: %w", svc.Name, ErrNoTrial)
	}
	return r.Attach(ctx, s, svc)
}

// sweep ends what a supervisord that was killed left of a program: processes that bear its name and this socket in their environment. It is called while the program is stopped, so
// none of them belongs to the present one.
func (s *Supervisor) sweep(ctx context.Context, name string) error {
	return sweep(ctx, map[string]string{"SUPERVISOR_SERVER_URL": "unix://" + s.Socket, "SUPERVISOR_PROCESS_NAME": name})
}

// watchRPC is how often supervisord is asked for a state.
const watchRPC = 50 * time.Millisecond

// remember keeps what Log needs of a start.
func (s *Supervisor) remember(ctx context.Context, name string, n note) error {
	if s.State == "" || ctx.Err() != nil {
		return ctx.Err()
	}
	b, err := json.Marshal(n)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.State, 0o700); err != nil {
		return err
	}
	return durable.WritePath(s.notePath(name), b, 0o600)
}

func (s *Supervisor) recall(name string) (note, bool) {
	var n note
	if s.State == "" {
		return n, false
	}
	b, err := os.ReadFile(s.notePath(name))
	return n, err == nil && json.Unmarshal(b, &n) == nil
}

func (s *Supervisor) notePath(name string) string { return filepath.Join(s.State, name+".note") }
