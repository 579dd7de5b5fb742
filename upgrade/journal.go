package upgrade

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/venv"
)

// recordSchema is that of the Record.
const recordSchema = 1

// flow is one run of an Upgrader over its Record.
type flow struct {
	u       *Upgrader
	rec     *Record
	log     *slog.Logger
	dir     *os.Root
	lock    *durable.Lock
	quiet   bool  // nothing is recorded: a plan
	resumed bool  // the state was entered by an earlier process
	cause   error // why the upgrade did not come to its end

	component Component // with the services of this host alone
	from      Subject
	env       *venv.Env // of the target
	set       *resolve.Resolution
}

// cut ends a flow as a kill would: nothing more is done, nothing is cleaned up.
type cut struct{ error }

func (c cut) Unwrap() error { return c.error }

func isCut(err error) bool {
	var c cut
	return errors.As(err, &c)
}

func (u *Upgrader) folder() string { return filepath.Join(u.State, u.Component.Name) }

// open takes the lock and reads the record; an empty one where there is none.
func (u *Upgrader) open(ctx context.Context) (*flow, error) {
	if err := u.check(); err != nil {
		return nil, err
	}
	f := &flow{u: u, log: u.Logger, component: u.Component}
	if f.log == nil {
		f.log = slog.New(slog.DiscardHandler)
	}
	if len(u.Services) > 0 {
		f.component.Services = slices.DeleteFunc(slices.Clone(u.Component.Services), func(s Service) bool { return !slices.Contains(u.Services, s.Name) })
	}
	if err := os.MkdirAll(u.folder(), 0o700); err != nil {
		return nil, err
	}
	var err error
	if f.dir, err = os.OpenRoot(u.folder()); err != nil {
		return nil, err
	}
	if f.lock, err = durable.AcquireLock(ctx, f.dir, "lock", 0, "process "+strconv.Itoa(os.Getpid())); err != nil {
		f.dir.Close()
		var held *durable.LockedError
		if errors.As(err, &held) {
			err = fmt.Errorf("%s: %w (%s)", u.Component.Name, ErrLocked, held.Owner) // what runs is the other's matter
		}
		return nil, err
	}
	if f.rec, err = u.record(); err != nil {
		f.close()
		return nil, err
	}
	f.resumed = true
	return f, nil
}

// reopen is open where there must be a record.
func (u *Upgrader) reopen(ctx context.Context) (*flow, error) {
	f, err := u.open(ctx)
	if err == nil && f.rec.State == "" {
		f.close()
		return nil, &Error{u.Component.Name, StepRead, "", ErrNoUpgrade}
	}
	return f, err
}

func (f *flow) close() {
	f.lock.Release()
	f.dir.Close()
}

func (u *Upgrader) check() error {
	required := []struct {
		name string
		set  bool
	}{
		{"Component", u.Component.Name != ""}, {"Real", u.Real.Env != nil}, {"Root", u.Root != ""}, {"State", u.State != ""}, {"Switcher", u.Switcher != nil}, {"Picker", u.Picker != nil},
		{"Provisioner", u.Provisioner != nil}, {"Configurer", u.Configurer != nil}, {"Runner", u.Runner != nil}, {"Verifier", u.Verifier != nil},
	}
	for _, r := range required {
		if !r.set {
			return &MissingFieldError{r.name}
		}
	}
	for _, name := range u.Services {
		if !slices.ContainsFunc(u.Component.Services, func(s Service) bool { return s.Name == name }) {
			return fmt.Errorf("%s has no service %q", u.Component.Name, name)
		}
	}
	return nil
}

// record reads the last one; without any it is empty.
func (u *Upgrader) record() (*Record, error) {
	rec := &Record{Component: u.Component.Name}
	name := filepath.Join(u.folder(), "record.json")
	b, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return rec, nil
	}
	if err == nil {
		err = durable.UnmarshalRecord(b, recordSchema, rec)
	}
	if err != nil {
		return nil, &Error{u.Component.Name, StepRead, Broken, fmt.Errorf("%s: %w", name, err)}
	}
	return rec, nil
}

// write makes the record durable.
func (f *flow) write() error {
	if f.quiet {
		return nil
	}
	b, err := durable.MarshalRecord(recordSchema, f.rec)
	if err != nil {
		return err
	}
	if err := durable.WriteFile(f.dir, "record.json", b, 0o600); err != nil {
		return err
	}
	if f.u.Journal != nil {
		if err := f.u.Journal(f.rec); err != nil {
			return cut{err}
		}
	}
	return nil
}

// begin reads what runs, and starts a record.
func (f *flow) begin(ctx context.Context) error {
	now, err := f.u.Switcher.Current(ctx, f.component)
	if err != nil {
		return err
	}
	f.from = f.own(now)
	if err := f.unprepare(ctx); err != nil { // of the upgrade before
		return err
	}
	earlier := append(f.rec.Earlier, f.rec.Snapshots...)
	f.rec = &Record{Component: f.u.Component.Name, Began: time.Now().UTC(), State: Preparing, Step: StepRead, Round: 1, From: generationOf(f.from), Earlier: earlier}
	f.resumed = false
	return f.step(ctx, action{StepRead, func(context.Context) error {
		f.note("%s %s runs from %s", f.component.Name, now.Version, now.Env.Root)
		return nil
	}})
}

// recall brings back what an earlier process knew. What runs must be what the record says.
func (f *flow) recall(ctx context.Context) error {
	now, err := f.u.Switcher.Current(ctx, f.component)
	if err != nil {
		return err
	}
	known := f.rec.From.is(now) || f.rec.To != nil && f.rec.To.is(now)
	if !known {
		return fmt.Errorf("%w: %s %s in %s", ErrChanged, f.component.Name, now.Version, now.Env.Root)
	}
	f.from, err = f.subject(ctx, f.rec.From)
	return err
}

// own gives a subject this flow's component.
func (f *flow) own(s Subject) Subject {
	s.Component = f.component
	return s
}

func generationOf(s Subject) Generation {
	return Generation{Root: s.Env.Root, Version: s.Version, Config: s.Config, Trial: s.Trial}
}

// is reports whether a subject is of this generation.
func (g Generation) is(s Subject) bool {
	return s.Env != nil && g.Root == s.Env.Root && g.Version.Equal(s.Version) && g.Config.Overrides == s.Config.Overrides
}

// subject opens a generation.
func (f *flow) subject(ctx context.Context, g Generation) (Subject, error) {
	s := Subject{Component: f.component, Version: g.Version, Config: g.Config, Trial: g.Trial}
	if real := f.u.Real; real.Env.Root == g.Root {
		s.Env = real.Env
		return s, nil
	}
	if f.env != nil && f.env.Root == g.Root {
		s.Env = f.env
		return s, nil
	}
	open := f.u.Open
	if open == nil {
		open = venv.Open
	}
	var err error
	s.Env, err = open(ctx, g.Root)
	return s, err
}

// to is the target as production runs it.
func (f *flow) to(ctx context.Context) (Subject, error) {
	if f.rec.To == nil {
		return Subject{}, errors.New("the target has no configuration yet")
	}
	return f.subject(ctx, *f.rec.To)
}
