package supervise

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"syscall"
	"time"

	"github.com/chandlery-go/chandlery/upgrade"
)

// Processes is a Runner of plain processes, told by pid files (see the package's text). Services of a trial have files of their own beside those of production: <service>.trial.pid and
// <service>.trial.log. A service that runs holds one goroutine of its starter, which reaps it.
//
// Wait gives a *StateError where the caller started the service itself and it failed; how one that was attached to ended is not known.
// Log gives what was written since the start; of a process that another program started, all that the log holds.
type Processes struct {
	Dir    string           // of the pid files: required, absolute, the caller's alone; made where absent
	Logs   string           // of the logs; "": Dir
	Places map[string]Place // by service: where it differs. A trial takes only Dir, Umask and StopSignal of it
}

// Place is where a plain process lives on its host. Every zero field has a default.
type Place struct {
	PIDFile    string         // <Dir>/<service>.pid
	Output     string         // standard output and error, appended to: <Logs>/<service>.log
	Logs       []string       // files that the service writes itself, for Log
	Dir        string         // working folder: /
	Umask      fs.FileMode    // 0o022
	StopSignal syscall.Signal // SIGTERM
}

// LockWait bounds how long Start, Stop and an Attach that repairs wait for another that holds the same service.
const LockWait = 30 * time.Second

// killWait bounds how long killed processes may take to be gone.
const killWait = 5 * time.Second

var _ upgrade.Runner = (*Processes)(nil)

// Run runs a command to its end, as commands of every kind of host are run: see the package's text.
func (p *Processes) Run(ctx context.Context, s upgrade.Subject, c upgrade.Command) (upgrade.Result, error) {
	return run(ctx, s, c)
}

// Start starts a service in a session of its own: exact environment, its user with that user's groups, standard input from /dev/null, no other descriptor. What a dead process of
// the service left in its session is killed first.
func (p *Processes) Start(ctx context.Context, s upgrade.Subject, svc upgrade.Service) (upgrade.Process, error) {
	l, err := launchOf(s, svc)
	if err != nil {
		return nil, err
	}
	place, err := p.place(s, svc)
	if err != nil {
		return nil, err
	}
	return place.start(ctx, l)
}

// Attach finds the service by its pid file, or by what a starter that was killed had noted. Where only children are left of it, they are what Stop ends. One that has ended and was not
// stopped comes with upgrade.ErrNotRunning: Stop forgets it.
func (p *Processes) Attach(ctx context.Context, s upgrade.Subject, svc upgrade.Service) (upgrade.Process, error) {
	place, err := p.place(s, svc)
	if err != nil {
		return nil, err
	}
	return place.attach(ctx, svc)
}

// place is where a service of a subject lives, whole.
func (p *Processes) place(s upgrade.Subject, svc upgrade.Service) (Place, error) {
	if err := checkName(svc.Name); err != nil {
		return Place{}, err
	}
	if !filepath.IsAbs(p.Dir) {
		return Place{}, errors.New("Processes.Dir must name the folder of the pid files by an absolute path")
	}
	place, name, logs := p.Places[svc.Name], svc.Name, p.Logs
	if s.Trial {
		place.PIDFile, place.Output, place.Logs, name = "", "", nil, name+".trial"
	}
	if logs == "" {
		logs = p.Dir
	}
	place.PIDFile = cmp.Or(place.PIDFile, filepath.Join(p.Dir, name+".pid"))
	place.Output = cmp.Or(place.Output, filepath.Join(logs, name+".log"))
	place.Dir = cmp.Or(place.Dir, "/")
	place.Umask = cmp.Or(place.Umask, 0o022)
	place.StopSignal = cmp.Or(place.StopSignal, syscall.SIGTERM)
	return place, nil
}

// judge is the error of a command that ended by itself.
func judge(c upgrade.Command, code int) error {
	ok := c.OK
	if len(ok) == 0 {
		ok = []int{0}
	}
	for _, want := range append(append([]int(nil), ok...), c.Finding...) {
		if code == want {
			return nil
		}
	}
	return &CommandError{Command: c.Name, Code: code}
}

// poll asks until it is answered yes, or ctx ends.
func poll(ctx context.Context, every time.Duration, done func() (bool, error)) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if ok, err := done(); ok || err != nil {
			return err
		}
		timer := time.NewTimer(every)
		select {
		case <-ctx.Done():
			timer.Stop()
		case <-timer.C:
		}
	}
}

func notRunning(service string) error { return fmt.Errorf("%s: %w", service, upgrade.ErrNotRunning) }
