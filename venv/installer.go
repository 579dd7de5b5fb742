package venv

import (
	"context"
	"errors"

	"github.com/chandlery-go/chandlery/resolve/dist"
)

// Installer brings an environment to a plan's state, over the whole set at once. It may be used for several environments at a time.
type Installer interface {
	// Apply stages, verifies and switches. On error the environment is as before. The Change must be ended by Commit or Rollback; a process that dies between leaves
	// it to Recover, which takes it back. One Change of an environment is open at a time: another process waits for it, then gets ErrLocked.
	Apply(ctx context.Context, env *Env, plan *Plan) (Change, error)
}

// Change is an applied plan that can still be taken back. The first of Commit and Rollback that succeeds ends it; after that both are ErrEnded.
type Change interface {
	Commit(ctx context.Context) error   // keeps it and drops what was replaced
	Rollback(ctx context.Context) error // the environment is as it was before Apply, byte for byte
}

// DefaultInstaller is what INSTALLER says unless WheelInstaller.Name is set.
const DefaultInstaller = "chandlery"

// WheelInstaller is the default Installer. Its fields are not changed once it is in use.
type WheelInstaller struct {
	Fetcher dist.Fetcher // required
	Store   string       // folder of unpacked wheels by sha256, from which files are linked; "": none, every file is written. With one, a Fetcher that is a dist.Passer keeps no archive of what it brings
	Link    LinkMode
	Compile bool   // bytecode, by the environment's own interpreter
	Name    string // content of INSTALLER; "": DefaultInstaller

	// Step, where set, is called with a step's name before each change of the environment's folder, and an error from it is taken for the failure of that change: tests of
	// kills play them so. It is also called by the Change.
	Step func(step string) error
}

// LinkMode is how a file comes from the store into an environment.
type LinkMode int8

const (
	// LinkAuto is a reflink, else a hard link, else a copy.
	LinkAuto LinkMode = iota
	// LinkHard is a hard link, else a copy.
	LinkHard
	// LinkCopy is a copy.
	LinkCopy

	linkMove // for what lies in no store
)

// Apply implements Installer. Where distributions are at fault the error is a *DistributionError (of fetching and verifying, that of the first) or *ConflictError for each, joined.
func (w *WheelInstaller) Apply(ctx context.Context, env *Env, plan *Plan) (Change, error) {
	if w.Fetcher == nil {
		return nil, &MissingFieldError{"venv.WheelInstaller", "Fetcher"}
	}
	if env == nil || env.Python == nil {
		return nil, &MissingFieldError{"venv.Env", "Python"}
	}
	if !env.Virtual {
		return nil, ErrNotVirtual
	}
	if err := checkName(w.name()); err != nil {
		return nil, err
	}
	f, err := openFolder(env.Root, w.Step)
	if err != nil {
		return nil, err
	}
	c, err := w.apply(ctx, f, env, plan)
	if err != nil {
		return nil, f.closeAfter(err)
	}
	return c, nil
}

// bring fetches a wheel. The store keeps what it unpacks: the archive itself would never be read again.
func (w *WheelInstaller) bring(ctx context.Context, a dist.Artifact) (dist.Blob, error) {
	if w.Store == "" {
		return w.Fetcher.Fetch(ctx, a)
	}
	return dist.Pass(ctx, w.Fetcher, a)
}

func (w *WheelInstaller) name() string {
	if w.Name == "" {
		return DefaultInstaller
	}
	return w.Name
}

// apply is the flow; the package's text has the steps.
func (w *WheelInstaller) apply(ctx context.Context, f *folder, env *Env, plan *Plan) (*change, error) {
	if err := f.begin(ctx); err != nil {
		return nil, err
	}
	now, err := env.inspect(ctx, plan)
	if err != nil {
		return nil, err
	}
	t, err := f.Begin()
	if err != nil {
		return nil, err
	}
	a := &application{WheelInstaller: w, f: f, t: t, env: env, now: now}
	a.flushes.SetLimit(1)
	if err := a.run(ctx, plan); err != nil {
		a.flushes.Wait()
		return nil, f.giveUp(t, err)
	}
	return &change{f: f, id: t.ID}, nil
}

// run stages and switches. Files are laid out while wheels come in. What was unpacked is written to the disk meanwhile, and gets its name in the store even where they could not be.
func (a *application) run(ctx context.Context, plan *Plan) error {
	s, err := a.openStore(ctx)
	if err != nil {
		return err
	}
	wheels, err := a.bringIn(ctx, s, plan)
	if cerr := s.close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return a.switchTo(ctx, wheels)
}

// bringIn stages all that comes in.
func (a *application) bringIn(ctx context.Context, s *store, plan *Plan) ([]*incoming, error) {
	l, err := a.layOut(ctx)
	if err != nil {
		return nil, err
	}
	wheels, err := a.collect(ctx, s, plan, l.take)
	if err != nil {
		return nil, errors.Join(err, l.stop())
	}
	if a.Store != "" { // what is only moved on needs no name and no sync of its own
		s.settle(ctx)
	}
	err = a.stage(ctx, l, wheels)
	if perr := s.publish(wheels); err == nil {
		err = perr
	}
	return wheels, err
}
