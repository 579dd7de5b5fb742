package upgradetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chandlery-go/chandlery/upgrade"
)

const (
	patience = 30 * time.Second       // what nothing may take longer than
	promptly = 5 * time.Second        // after the end of a context
	stopping = 10 * time.Second       // a Stop of what has a second to end politely
	quiet    = 400 * time.Millisecond // four beats
)

// Running is a Runner to check.
type Running struct {
	// Open opens the Runner as each start of a program does: what one has started another finds.
	Open func(t *testing.T) upgrade.Runner

	// Prepare makes s what the next Start of its services runs, for a Runner that starts what a Switcher names; nil: nothing needs to be done.
	Prepare func(t *testing.T, s upgrade.Subject)
}

// Runner checks a Runner with commands and with services named suite-…, which it leaves stopped.
func Runner(t *testing.T, r Running) {
	t.Helper()
	t.Run("commands", func(t *testing.T) { commands(t, r.Open(t)) })
	t.Run("command ended", func(t *testing.T) { commandEnded(t, r.Open(t)) })

	w := newWorld(t, r)
	t.Run("life", w.life)
	t.Run("log since start", w.logSinceStart)
	t.Run("does not end politely", w.stubborn)
	t.Run("children", w.children)
	t.Run("dies at once", w.dies)
	t.Run("environment", w.environment)
	t.Run("ended contexts", w.endedContexts)
	t.Run("two at once", w.concurrent)
}

func commands(t *testing.T, r upgrade.Runner) {
	s := Subject(t, "suite")
	tests := []struct {
		name        string
		script      Script
		ok, finding []int
		good        bool
	}{
		{"zero", Script{}, nil, nil, true},
		{"not zero", Script{Exit: 3}, nil, nil, false},
		{"named as success", Script{Exit: 3}, []int{0, 3}, nil, true},
		{"zero is not named", Script{}, []int{3}, nil, false},
		{"a finding", Script{Exit: 2}, nil, []int{2}, true},
		{"neither", Script{Exit: 4}, []int{1}, []int{2}, false},
	}
	for _, tt := range tests {
		c := tt.script.Command(tt.name)
		c.OK, c.Finding = tt.ok, tt.finding
		got, err := r.Run(t.Context(), s, c)
		if (err == nil) != tt.good || got.Code != tt.script.Exit {
			t.Errorf("%s: code %d, %v", tt.name, got.Code, err)
		}
	}

	got, err := r.Run(t.Context(), s, Script{Print: "to the output", Complain: "to the errors", Lasts: 10 * time.Millisecond}.Command("both"))
	if out := string(got.Output); err != nil || !strings.Contains(out, "to the output") || !strings.Contains(out, "to the errors") || got.Duration <= 0 {
		t.Errorf("output is %q after %v, %v", out, got.Duration, err)
	}
	got, err = r.Run(t.Context(), s, Script{Bytes: 4 << 20}.Command("long"))
	if err != nil || !strings.HasSuffix(string(got.Output), "x\nlast\n") {
		t.Errorf("the output's last part is missing: %d bytes, %v", len(got.Output), err)
	}
	want := strings.Join([]string{s.Env.Scripts, s.Env.Root, s.Env.Python.Path, "--config-file=" + s.Config.Files[0], "--config-file=" + s.Config.Files[1]}, "\n") + "\n"
	got, err = r.Run(t.Context(), s, upgrade.Command{Name: "templates", Argv: []string{"/bin/sh", "-c", `for a in "$@"; do echo "$a"; done`, "sh", "{bin}", "{root}", "{python}", "{config}"}})
	if err != nil || string(got.Output) != want {
		t.Errorf("templates became %q, want %q (%v)", got.Output, want, err)
	}
	if _, err := r.Run(t.Context(), s, upgrade.Command{Name: "absent", Argv: []string{"{bin}/absent"}}); err == nil {
		t.Error("a program that is not there ran")
	}
}

func commandEnded(t *testing.T, r upgrade.Runner) {
	s := Subject(t, "suite")
	script := func(t *testing.T) (Script, []string) {
		files := []string{filepath.Join(t.TempDir(), "beat"), filepath.Join(t.TempDir(), "child")}
		return Script{IgnoreTERM: true, Beat: files[0], Child: files[1]}, files
	}
	t.Run("timeout", func(t *testing.T) {
		slow, files := script(t)
		c := slow.Command("slow")
		c.Timeout = time.Second
		began := time.Now()
		_, err := r.Run(t.Context(), s, c)
		if took := time.Since(began); err == nil || took > c.Timeout+promptly {
			t.Errorf("ended after %v: %v", took, err)
		}
		still(t, files...)
	})
	t.Run("canceled", func(t *testing.T) {
		slow, files := script(t)
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			defer cancel()
			await(t, files...)
		}()
		began := time.Now()
		_, err := r.Run(ctx, s, slow.Command("slow"))
		if took := time.Since(began); !errors.Is(err, context.Canceled) || took > patience {
			t.Errorf("ended after %v: %v", took, err)
		}
		still(t, files...)
	})
	t.Run("before it began", func(t *testing.T) {
		slow, files := script(t)
		if _, err := r.Run(ended(t), s, slow.Command("slow")); !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
		still(t, files...)
	})
}

// world is a subject with the services that the suite plays with.
type world struct {
	open  func(t *testing.T) upgrade.Runner
	s     upgrade.Subject
	dir   string
	named map[string]upgrade.Service
}

func newWorld(t *testing.T, r Running) *world {
	w := &world{open: r.Open, dir: t.TempDir(), named: map[string]upgrade.Service{}}
	for name, s := range map[string]Script{
		"suite-life":        {Print: "begins", Beat: w.file("life")},
		"suite-log":         {Print: "begins", Beat: w.file("log")},
		"suite-stubborn":    {IgnoreTERM: true, Print: "begins", Beat: w.file("stubborn")},
		"suite-children":    {Print: "begins", Child: w.file("children-child"), Beat: w.file("children")},
		"suite-dies":        {Print: "begins", Exit: 3},
		"suite-environment": {Print: "says $CHANDLERY_SUITE, $OWN, $PATH", Beat: w.file("environment")},
		"suite-one":         {Print: "begins", Beat: w.file("one")},
		"suite-two":         {Print: "begins", Beat: w.file("two")},
	} {
		svc := s.Service(name)
		svc.Env = map[string]string{"OWN": "of the service", "PATH": "/usr/bin:/bin", "CHANDLERY_SUITE": "of the service"}
		w.named[name] = svc
	}
	w.s = Subject(t, "suite")
	for _, name := range []string{"suite-life", "suite-log", "suite-stubborn", "suite-children", "suite-dies", "suite-environment", "suite-one", "suite-two"} {
		w.s.Component.Services = append(w.s.Component.Services, w.named[name])
	}
	if r.Prepare != nil {
		r.Prepare(t, w.s)
	}
	return w
}

func (w *world) file(name string) string { return filepath.Join(w.dir, name) }

// start starts a service, which is stopped at the test's end whatever happens.
func (w *world) start(t *testing.T, name string) upgrade.Process {
	t.Helper()
	p, err := w.open(t).Start(t.Context(), w.s, w.named[name])
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), stopping)
		defer cancel()
		if err := p.Stop(ctx); err != nil {
			t.Errorf("Stop at the end: %v", err)
		}
	})
	return p
}

func (w *world) attach(t *testing.T, name string) upgrade.Process {
	t.Helper()
	p, err := w.open(t).Attach(t.Context(), w.s, w.named[name])
	if err != nil {
		t.Fatalf("Attach: %v", err)
	}
	return p
}

// absent waits until nothing that runs is there to be attached to. Of what has ended the log reads, where the Runner knows it.
func (w *world) absent(t *testing.T, name string) {
	t.Helper()
	var p upgrade.Process
	var err error
	within(t, "Attach still finds "+name, func() bool {
		p, err = w.open(t).Attach(t.Context(), w.s, w.named[name])
		return err != nil
	})
	if !errors.Is(err, upgrade.ErrNotRunning) {
		t.Errorf("Attach: %v; want ErrNotRunning", err)
	}
	if p != nil {
		readLog(t, p)
		waited(t, p)
	}
}

func (w *world) stop(t *testing.T, p upgrade.Process) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), stopping)
	defer cancel()
	if err := p.Stop(ctx); err != nil {
		t.Fatalf("Stop: %v", err)
	}
}

func (w *world) life(t *testing.T) {
	if _, err := w.open(t).Attach(t.Context(), w.s, w.named["suite-life"]); !errors.Is(err, upgrade.ErrNotRunning) {
		t.Fatalf("Attach before the start: %v; want ErrNotRunning", err)
	}
	p := w.start(t, "suite-life")
	await(t, w.file("life"))
	again := w.attach(t, "suite-life")
	for _, p := range []upgrade.Process{p, again} {
		logs(t, p, "begins")
		ctx, cancel := context.WithTimeout(t.Context(), quiet)
		if err := p.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Wait while it runs: %v; want the context's error", err)
		}
		cancel()
	}
	w.stop(t, again)
	still(t, w.file("life"))
	for _, p := range []upgrade.Process{p, again} {
		waited(t, p)
		w.stop(t, p)
	}
	w.absent(t, "suite-life")
}

// logSinceStart: a second start's log does not hold the first's.
func (w *world) logSinceStart(t *testing.T) {
	first := w.start(t, "suite-log")
	said := logs(t, first, "begins")
	w.stop(t, first)
	second := w.start(t, "suite-log")
	if again := logs(t, second, "begins"); strings.Contains(again, said) || strings.Count(again, "begins") != 1 {
		t.Errorf("the log since the second start holds more than that: %q", again)
	}
	if again := logs(t, w.attach(t, "suite-log"), "begins"); strings.Count(again, "begins") != 1 {
		t.Errorf("attached, the log holds more than what was written since the start: %q", again)
	}
	w.stop(t, second)
}

func (w *world) stubborn(t *testing.T) {
	p := w.start(t, "suite-stubborn")
	await(t, w.file("stubborn"))
	began := time.Now()
	w.stop(t, p)
	if took := time.Since(began); took < 500*time.Millisecond {
		t.Errorf("it was killed after %v; it has a second", took)
	}
	still(t, w.file("stubborn"))
	w.absent(t, "suite-stubborn")
}

func (w *world) children(t *testing.T) {
	p := w.start(t, "suite-children")
	await(t, w.file("children"), w.file("children-child"))
	w.stop(t, p)
	still(t, w.file("children"), w.file("children-child"))
	w.absent(t, "suite-children")
}

// dies: a process that ends at once may be seen by Start, or by Wait. It is found with its log or not at all, unless its manager tries it again; after Stop nothing runs.
func (w *world) dies(t *testing.T) {
	p, err := w.open(t).Start(t.Context(), w.s, w.named["suite-dies"])
	if err == nil {
		waited(t, p)
	}
	if found, why := w.open(t).Attach(t.Context(), w.s, w.named["suite-dies"]); found != nil {
		logs(t, found, "begins")
		if errors.Is(why, upgrade.ErrNotRunning) {
			waited(t, found)
		}
		w.stop(t, found)
	}
	if err == nil {
		w.stop(t, p)
	}
	w.absent(t, "suite-dies")
}

func (w *world) environment(t *testing.T) {
	p := w.start(t, "suite-environment")
	want := "says of this generation, of the service, " + w.s.Env.Scripts + ":/usr/bin:/bin\n"
	if said := logs(t, p, ":/usr/bin:/bin\n"); !strings.HasSuffix(said, want) {
		t.Errorf("it says %q; want %q", said, want)
	}
	w.stop(t, p)
}

func (w *world) endedContexts(t *testing.T) {
	ctx := ended(t)
	if _, err := w.open(t).Start(ctx, w.s, w.named["suite-life"]); !errors.Is(err, context.Canceled) {
		t.Errorf("Start: %v", err)
	}
	if _, err := w.open(t).Attach(t.Context(), w.s, w.named["suite-life"]); !errors.Is(err, upgrade.ErrNotRunning) {
		t.Errorf("Attach after a Start with an ended context: %v; want ErrNotRunning", err)
	}
	if _, err := w.open(t).Attach(ctx, w.s, w.named["suite-life"]); !errors.Is(err, context.Canceled) {
		t.Errorf("Attach: %v", err)
	}
	p := w.start(t, "suite-life")
	if err := p.Stop(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Stop: %v", err)
	}
	if err := p.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait: %v", err)
	}
	w.stop(t, p)
}

func (w *world) concurrent(t *testing.T) {
	var group sync.WaitGroup
	failed := make(chan error, 2)
	for _, name := range []string{"suite-one", "suite-two"} {
		group.Go(func() {
			p, err := w.open(t).Start(t.Context(), w.s, w.named[name])
			if err == nil {
				_, err = w.open(t).Attach(t.Context(), w.s, w.named[name])
				err = errors.Join(err, p.Stop(t.Context()))
			}
			if err != nil {
				failed <- fmt.Errorf("%s: %w", name, err)
			}
		})
	}
	group.Wait()
	close(failed)
	for err := range failed {
		t.Error(err)
	}
	w.absent(t, "suite-one")
	w.absent(t, "suite-two")
}

// logs waits until a process's log holds some text, and gives the log.
func logs(t *testing.T, p upgrade.Process, text string) string {
	t.Helper()
	var all string
	within(t, "the log does not hold "+text, func() bool {
		all = readLog(t, p)
		return strings.Contains(all, text)
	})
	return all
}

func readLog(t *testing.T, p upgrade.Process) string {
	t.Helper()
	r, err := p.Log(t.Context())
	if err != nil {
		t.Fatalf("Log: %v", err)
	}
	defer r.Close()
	var b strings.Builder
	buf := make([]byte, 4096)
	for {
		n, err := r.Read(buf)
		b.Write(buf[:n])
		if err != nil {
			return b.String()
		}
	}
}

// waited checks that Wait returns for what has ended.
func waited(t *testing.T, p upgrade.Process) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := p.Wait(ctx); ctx.Err() != nil {
		t.Errorf("Wait does not return for what has ended: %v", err)
	}
}

// await waits until files are appended to.
func await(t *testing.T, files ...string) {
	t.Helper()
	within(t, fmt.Sprintf("nothing is written to %v", files), func() bool {
		return !slices.ContainsFunc(files, func(f string) bool { return size(f) == 0 })
	})
}

// still checks that nobody appends to files.
func still(t *testing.T, files ...string) {
	t.Helper()
	sizes := func() (all []int64) {
		for _, f := range files {
			all = append(all, size(f))
		}
		return all
	}
	before := sizes()
	time.Sleep(quiet)
	if after := sizes(); !slices.Equal(before, after) {
		t.Errorf("a process still writes to %v: %v, then %v", files, before, after)
	}
}

func size(file string) int64 {
	st, err := os.Stat(file)
	if err != nil {
		return 0
	}
	return st.Size()
}

// within waits for patience at most. It is no Fatal, as it is called in goroutines too.
func within(t *testing.T, otherwise string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !f(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Error(otherwise)
			return
		}
	}
}

func ended(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
