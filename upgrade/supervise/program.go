package supervise

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/chandlery-go/chandlery/upgrade"
)

// States of a program (supervisor.states).
const (
	stopped  = 0
	starting = 10
	running  = 20
	backoff  = 30
	stopping = 40
	exited   = 100
	fatal    = 200
)

// program is what supervisord says of one.
type program struct {
	name      string
	state     int
	statename string
	pid       int
	exit      int
	start     int // of the last process, in seconds since 1970; 0 where there was none
	logs      []string
}

// lives reports whether it has a process, or supervisord is about to give it one.
func (p program) lives() bool {
	return p.state == starting || p.state == running || p.state == backoff || p.state == stopping
}

// begun is when its process began, never earlier: supervisord rounds down. Zero where there was none.
func (p program) begun() time.Time {
	if p.start <= 0 {
		return time.Time{}
	}
	return time.Unix(int64(p.start)+1, 0)
}

// spec is its name with its group's, which is the same.
func (p program) spec() string { return p.name + ":" + p.name }

func (p program) failed() bool { return p.state == backoff || p.state == fatal || p.state == exited }

// program asks for one. One that supervisord has not loaded is ErrNotRunning. One that has just EXITED may be started anew (autorestart) in supervisord's next round, which comes
// before the second asking: taken for ended it would come back to life under whoever relied on that.
func (s *Supervisor) program(ctx context.Context, name string) (program, error) {
	p, err := s.ask(ctx, name)
	if err == nil && p.state == exited {
		return s.ask(ctx, name)
	}
	return p, err
}

func (s *Supervisor) ask(ctx context.Context, name string) (program, error) {
	answer, err := s.call(ctx, "supervisor.getAllProcessInfo")
	if err != nil {
		return program{}, err
	}
	found, err := alone(answer, name)
	if err != nil {
		return program{}, err
	}
	if found == nil {
		return program{}, notRunning(name)
	}
	p := program{name: name, logs: append(logFiles(found), s.Logs[name]...)}
	p.state, _ = found["state"].(int)
	p.statename, _ = found["statename"].(string)
	p.pid, _ = found["pid"].(int)
	p.exit, _ = found["exitstatus"].(int)
	p.start, _ = found["start"].(int)
	return p, nil
}

// alone gives the entry of a program in what supervisord lists, nil where there is none. Groups are loaded and removed whole, so a program among others cannot be moved alone.
func alone(answer any, name string) (map[string]any, error) {
	list, ok := answer.([]any)
	if !ok {
		return nil, fmt.Errorf("supervisord lists its programs as %T", answer)
	}
	var found map[string]any
	for _, v := range list {
		entry, _ := v.(map[string]any)
		switch {
		case entry["name"] == name && entry["group"] == name && found == nil:
			found = entry
		case entry["name"] == name || entry["group"] == name:
			return nil, fmt.Errorf("%s: it shares a group with other programs, or has several processes: give it a [program:%s] of its own", name, name)
		}
	}
	return found, nil
}

func logFiles(entry map[string]any) []string {
	var files []string
	for _, key := range []string{"stdout_logfile", "stderr_logfile"} {
		switch file, _ := entry[key].(string); file {
		case "", "auto", "none", "/dev/stdout", "/dev/stderr":
		default:
			files = append(files, file)
		}
	}
	return files
}

// reloaded is what a reading of supervisord's configuration changed, as groups, and all that it holds.
type reloaded struct {
	added, changed []string
	config         any
}

func (r reloaded) logs(name string) []string {
	entry, _ := alone(r.config, name)
	return logFiles(entry)
}

// reload has supervisord read its configuration, and reports where a wanted program is not to run as it should.
func (s *Supervisor) reload(ctx context.Context, want []launch) (reloaded, error) {
	answer, err := s.call(ctx, "supervisor.reloadConfig")
	if err != nil {
		return reloaded{}, err
	}
	outer, _ := answer.([]any)
	if len(outer) != 1 {
		return reloaded{}, fmt.Errorf("reloadConfig answers %T", answer)
	}
	lists, _ := outer[0].([]any)
	if len(lists) != 3 {
		return reloaded{}, fmt.Errorf("reloadConfig answers %d lists", len(lists))
	}
	r := reloaded{added: texts(lists[0]), changed: texts(lists[1])}
	if r.config, err = s.call(ctx, "supervisor.getAllConfigInfo"); err != nil {
		return r, err
	}
	for _, l := range want {
		entry, err := alone(r.config, l.Name)
		if err != nil {
			return r, err
		}
		if entry["command"] != shellJoin(l.Argv) {
			return r, fmt.Errorf("supervisord does not take %s's command from %s: its [include] must match that file, and sort it behind the file with [program:%s]", l.Name, s.Overrides, l.Name)
		}
	}
	return r, nil
}

func texts(v any) []string {
	var all []string
	list, _ := v.([]any)
	for _, e := range list {
		if text, ok := e.(string); ok {
			all = append(all, text)
		}
	}
	return all
}

// halt ends a program and what it left, politely for as long as the section says.
func (s *Supervisor) halt(ctx context.Context, name string) error {
	p, err := s.program(ctx, name)
	if err == nil && p.lives() {
		if _, err := s.call(ctx, "supervisor.stopProcess", p.spec(), true); err != nil && !isFault(err, faultNotRunning) {
			return err
		}
	}
	return s.sweep(ctx, name)
}

// output is the last part of what a program wrote since its start.
func (s *Supervisor) output(p program) []byte { return lastOf(s.log(p, 0)) }

// log reads a program's logs behind the marks of its start; pid is that of the process that is asked for, 0 for any.
func (s *Supervisor) log(p program, pid int) (io.ReadCloser, error) {
	if len(p.logs) == 0 {
		return nil, fmt.Errorf("%s: supervisord keeps no log of it: set stdout_logfile", p.name)
	}
	n, _ := s.recall(p.name)
	var marks []mark
	for _, path := range p.logs {
		m := mark{Path: path}
		if i := slices.IndexFunc(n.Marks, func(m mark) bool { return m.Path == path }); i >= 0 && (pid == 0 || pid == n.PID) {
			m = n.Marks[i]
		}
		marks = append(marks, m)
	}
	return since(marks)
}

// supervised is one process of a supervisord.
type supervised struct {
	s   *Supervisor
	svc upgrade.Service
	pid int // 0: it had none, as it has ended or supervisord was about to try it again
	at  time.Time
}

var _ upgrade.Process = (*supervised)(nil)

// Started is when the process began, never earlier.
func (p *supervised) Started() time.Time { return p.at }

// Log reads what the program wrote since its start.
func (p *supervised) Log(ctx context.Context) (io.ReadCloser, error) {
	now, err := p.s.program(ctx, p.svc.Name)
	if err != nil {
		return nil, err
	}
	return p.s.log(now, p.pid)
}

// Wait gives a *StateError where supervisord says that the program failed, and where it started it anew.
func (p *supervised) Wait(ctx context.Context) error {
	var now program
	err := poll(ctx, 4*watchRPC, func() (bool, error) {
		var err error
		now, err = p.s.program(ctx, p.svc.Name)
		return !now.lives() || now.state == backoff || now.pid != p.pid, err
	})
	if errors.Is(err, upgrade.ErrNotRunning) {
		return nil
	}
	if err != nil {
		return err
	}
	state := now.statename
	switch {
	case now.state == exited && now.exit != 0:
		state = fmt.Sprintf("%s with status %d", state, now.exit)
	case now.state == running || now.state == starting:
		state = fmt.Sprintf("started anew by supervisord, as process %d", now.pid)
	case !now.failed() || now.state == exited:
		return nil
	}
	return &StateError{Service: p.svc.Name, State: state, Output: lastOf(p.s.log(now, p.pid))}
}

// Stop has supervisord stop the program, kills it after StopTimeout, and ends what it left.
func (p *supervised) Stop(ctx context.Context) error {
	now, err := p.s.program(ctx, p.svc.Name)
	if errors.Is(err, upgrade.ErrNotRunning) {
		return p.s.sweep(ctx, p.svc.Name)
	}
	if err != nil {
		return err
	}
	if now.lives() && now.state != stopping {
		if _, err := p.s.call(ctx, "supervisor.stopProcess", now.spec(), false); err != nil && !isFault(err, faultNotRunning) {
			return err
		}
	}
	if err := p.gone(ctx, stopTimeout(p.svc.StopTimeout)); errors.Is(err, errPatience) {
		if _, err := p.s.call(ctx, "supervisor.signalProcess", now.spec(), "KILL"); err != nil && !isFault(err, faultNotRunning) {
			return err
		}
		err = p.gone(ctx, killTimeout)
		if err != nil {
			return fmt.Errorf("%s: %w", p.svc.Name, err)
		}
	} else if err != nil {
		return err
	}
	return p.s.sweep(ctx, p.svc.Name)
}

var errPatience = errors.New("it does not end")

// killTimeout is how long supervisord may take to see that a process was killed.
const killTimeout = 5 * time.Second

// gone waits until the program has no process, for at most limit: then it is errPatience.
func (p *supervised) gone(ctx context.Context, limit time.Duration) error {
	patience, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := poll(patience, watchRPC, func() (bool, error) {
		now, err := p.s.program(patience, p.svc.Name)
		return err == nil && !now.lives(), err
	})
	switch {
	case err == nil || errors.Is(err, upgrade.ErrNotRunning):
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case patience.Err() != nil:
		return errPatience
	}
	return err
}
