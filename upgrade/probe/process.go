package probe

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/chandlery-go/chandlery/upgrade"
)

const (
	DefaultWatch = 20 * time.Second  // two heartbeats of report_interval, which is 10 s where it is not set
	DefaultLimit = 150 * time.Second // a lost capability report comes again at the first tick after 60 s, of ticks every 60 s of which the first is up to 60 s late (periodic_fuzzy_delay)
)

// Process judges level L0: each service runs, stays alive for Watch, and its log since its start holds no error that speaks against it. In
// a trial only the services with a driver are looked at, as no others run.
//
// A service that has ended fails; its log is read where Attach gives the ended Process beside ErrNotRunning. Errors of no class, and those
// that speak of neighbours, are findings. So is a backend or queue that could not be reached for a while, if the service says Ready
// or has no driver: the levels above see whether it is reached now.
type Process struct {
	Runner   upgrade.Runner // required
	Services []string       // names; none: all of the component
	Watch    time.Duration  // 0: DefaultWatch
	Ready    string         // what the log of a service with a driver says when the driver is ready, "Driver post RPC initialization completed successfully"; "": not asked for
	Limit    time.Duration  // for Ready; 0: DefaultLimit
}

// Verify watches all services at once.
func (v Process) Verify(ctx context.Context, s upgrade.Subject) (upgrade.Report, error) {
	if v.Runner == nil {
		return upgrade.Report{}, errors.New("probe.Process: Runner is missing")
	}
	services := v.services(s)
	if len(services) == 0 {
		return notApplicable("L0", "process", "no service of "+s.Component.Name+" is to be looked at"), nil
	}
	checks := make([]upgrade.Check, len(services))
	var g errgroup.Group
	for i, svc := range services {
		g.Go(func() (err error) {
			began := time.Now()
			checks[i], err = v.service(ctx, s, svc)
			checks[i].Took = time.Since(began)
			return err
		})
	}
	err := g.Wait()
	return report(checks...), err
}

func (v Process) services(s upgrade.Subject) []upgrade.Service {
	return slices.DeleteFunc(slices.Clone(s.Component.Services), func(svc upgrade.Service) bool {
		return s.Trial && !svc.Driver || len(v.Services) > 0 && !slices.Contains(v.Services, svc.Name)
	})
}

func (v Process) service(ctx context.Context, s upgrade.Subject, svc upgrade.Service) (upgrade.Check, error) {
	c := upgrade.Check{Level: "L0", Name: svc.Name}
	p, err := v.Runner.Attach(ctx, s, svc)
	switch {
	case errors.Is(err, upgrade.ErrNotRunning):
		return v.ended(ctx, c, svc, p, "does not run")
	case err != nil:
		return c, fmt.Errorf("%s: %w", svc.Name, err)
	}
	w := watch(ctx, p)
	defer w.stop()
	if w.endsWithin(ctx, cmp.Or(v.Watch, DefaultWatch)) {
		return v.ended(ctx, c, svc, p, "ended while it was watched")
	}
	for limit := time.Now().Add(cmp.Or(v.Limit, DefaultLimit)); ; {
		l, err := readLog(ctx, p, svc.Name, v.Ready)
		if err != nil {
			return c, err
		}
		if ready := l.ready || v.Ready == "" || !svc.Driver; ready || l.fails(svc) || time.Now().After(limit) {
			c.Verdict, c.Detail = l.verdict(svc, ready)
			c.Evidence = l.evidence()
			return c, ctx.Err()
		}
		if w.endsWithin(ctx, time.Second) {
			return v.ended(ctx, c, svc, p, "ended before it was ready")
		}
	}
}

func (v Process) ended(ctx context.Context, c upgrade.Check, svc upgrade.Service, p upgrade.Process, how string) (upgrade.Check, error) {
	if err := ctx.Err(); err != nil {
		return c, err
	}
	c.Verdict, c.Detail = upgrade.Fail, how
	if p == nil {
		c.Detail += "; its log is not known"
		return c, nil
	}
	l, err := readLog(ctx, p, svc.Name, "")
	if err != nil {
		c.Detail += "; its log cannot be read: " + err.Error()
		return c, ctx.Err()
	}
	c.Evidence = l.evidence()
	return c, nil
}

// watched is a process whose end is waited for.
type watched struct {
	ended  chan struct{}
	cancel context.CancelFunc
	wait   sync.WaitGroup
}

func watch(ctx context.Context, p upgrade.Process) *watched {
	ctx, cancel := context.WithCancel(ctx)
	w := &watched{ended: make(chan struct{}), cancel: cancel}
	w.wait.Go(func() {
		if p.Wait(ctx); ctx.Err() == nil {
			close(w.ended)
		}
	})
	return w
}

func (w *watched) stop() { w.cancel(); w.wait.Wait() }

// endsWithin tells whether the process ends within d; false as well when ctx ends.
func (w *watched) endsWithin(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-w.ended:
		return true
	case <-ctx.Done():
		return false
	case <-t.C:
		return false
	}
}

// serviceLog is what a log said.
type serviceLog struct {
	found []finding
	ready bool
}

// readLog reads a process's log, and looks for a word in it.
func readLog(ctx context.Context, p upgrade.Process, name, ready string) (l serviceLog, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("log of %s: %w", name, err)
		}
	}()
	log, err := p.Log(ctx)
	if err != nil {
		return l, err
	}
	defer log.Close()
	r := &scanned{ctx: ctx, r: log, word: ready}
	l.found, err = classify(r)
	l.ready = r.found
	for i := range l.found {
		f := &l.found[i]
		f.Source, f.latest.Source = name+" log, "+f.Source, name+" log, "+f.latest.Source
	}
	return l, err
}

// scanned looks for a word in what is read through it, also where two reads cut it.
type scanned struct {
	ctx   context.Context
	r     io.Reader
	word  string
	tail  string
	found bool
}

func (s *scanned) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.r.Read(p)
	if s.word != "" && !s.found {
		text := s.tail + string(p[:n])
		s.found = strings.Contains(text, s.word)
		s.tail = text[max(0, len(text)-len(s.word)+1):]
	}
	return n, err
}

// fails tells whether the service itself says that it does not work.
func (l serviceLog) fails(svc upgrade.Service) bool {
	return slices.ContainsFunc(l.found, func(f finding) bool {
		return f.failing() && (f.Class != upgrade.Unreachable || svc.Driver && !l.ready)
	})
}

func (l serviceLog) verdict(svc upgrade.Service, ready bool) (upgrade.Verdict, string) {
	switch {
	case l.fails(svc):
		return upgrade.Fail, "its log says why"
	case !ready:
		return upgrade.Fail, "it runs, but never said that its driver is ready"
	case len(l.found) > 0:
		return upgrade.PassWithFindings, fmt.Sprintf("runs; its log has %d kinds of errors", len(l.found))
	}
	return upgrade.Pass, "runs"
}

func (l serviceLog) evidence() []upgrade.Evidence {
	var all []upgrade.Evidence
	for _, f := range l.found {
		all = append(all, f.Evidence)
	}
	return all
}
