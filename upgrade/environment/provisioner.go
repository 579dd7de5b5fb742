package environment

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/venv/build"
	"github.com/chandlery-go/chandlery/venv/python"
)

// Provisioner is the default upgrade.Provisioner and upgrade.Lister. A missing required field is a *MissingFieldError before any work. Safe for concurrent use; not to be copied, nor its
// fields changed, after first use.
type Provisioner struct {
	Index   resolve.Index // required
	Fetcher dist.Fetcher  // required; it must bring file: addresses too, as index.Fetcher does
	Cache   string        // required: folder of the wheels that are built here (build.Builder.Cache)
	Store   string        // folder of unpacked wheels, from which files are linked (venv.WheelInstaller.Store); "": none

	Pythons  []*python.Interpreter // to choose from after the real environment's own; Versions knows these alone
	SiteDirs []string              // folders in which the host's bindings are looked for first
	Extra    []pep508.Requirement  // always part of the environment: "cinder[pure]"
	Files    []File                // put over what the wheels bring: the vendor's driver

	// Constraints limit what the target's constraints do not name; nil: DefaultConstraints.
	Constraints []pep508.Requirement

	NoBytecode       bool                 // leave it out; services run as users who cannot write it
	Environ          []string             // further variables for builds, PATH of compilers among them (build.Builder.Environ)
	BuildConstraints []pep508.Requirement // on what sdists are built with

	// Implied tells what the live configuration needs though no METADATA names it; nil: openstack.Implied of openstack.ReadConfig.
	Implied func(c upgrade.Component, live upgrade.Config) ([]pep508.Name, error)

	Observer func(Note)   // called from one goroutine of each call; nil: none
	Logger   *slog.Logger // nil: discarded

	// Step, where set, is called with a step's name before each change beside or below the environment's root, and an error from it is taken for the failure of that change: tests of
	// kills play them so.
	Step func(step string) error

	mu    sync.Mutex
	built map[string]dist.File // by the sha256 of a wheel: the sdist that it was built of
}

var (
	_ upgrade.Provisioner = (*Provisioner)(nil)
	_ upgrade.Lister      = (*Provisioner)(nil)
)

// Resolve resolves the component's target, what the live configuration implies, Target.Extra and Extra under Target.Constraints, for the interpreter that it chooses (the package's
// text says which), and builds the sdists. No set that satisfies all that is a *resolve.NoSolutionError that names the constraints at fault, no interpreter a *NoInterpreterError, an sdist
// that cannot be built a *build.BuildError.
func (p *Provisioner) Resolve(ctx context.Context, w upgrade.Wanted) (*resolve.Resolution, error) {
	if err := p.check(w); err != nil {
		return nil, err
	}
	x := p.indexFor(w)
	choice, err := p.choose(ctx, w, x)
	if err != nil {
		return nil, err
	}
	p.note(choice.notes...)
	requirements, err := p.requirements(w)
	if err != nil {
		return nil, err
	}
	return p.resolve(ctx, w, x, choice, requirements)
}

func (p *Provisioner) resolve(ctx context.Context, w upgrade.Wanted, x resolve.Index, c choice, requirements []pep508.Requirement) (r *resolve.Resolution, err error) {
	b := &build.Builder{
		Index: x, Fetcher: p.Fetcher, Python: c.python, Cache: p.Cache,
		Constraints: p.BuildConstraints, Environ: p.Environ, Logger: p.Logger,
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	solver := &resolve.Solver{Index: b.For(c.platform)}
	solved, err := solver.Resolve(ctx, &resolve.Request{
		Requirements: requirements, Constraints: p.constraints(w.Target), Platform: c.platform, Policy: resolve.Policy{Sdists: true},
	})
	if err != nil {
		return nil, explain(w, err)
	}
	if r, err = b.Wheels(ctx, solved); err != nil {
		return nil, err
	}
	p.remember(solved, r)
	return r, nil
}

// explain says what the resolution was for.
func explain(w upgrade.Wanted, err error) error {
	var none *resolve.NoSolutionError
	if !errors.As(err, &none) {
		return err
	}
	under := ""
	if n := len(w.Target.Constraints); n > 0 {
		under = fmt.Sprintf(" under the %d upper-constraints of %s", n, seriesName(w.Target))
	}
	return fmt.Errorf("%s %s cannot be installed%s: %w", w.Component.Distribution, w.Target.Version, under, err)
}

func seriesName(t upgrade.Target) string {
	if t.Series == "" {
		return "the target"
	}
	return t.Series
}

// remember keeps which sdist each built wheel comes of, for the lock: a Resolution has only the wheel.
func (p *Provisioner) remember(solved, built *resolve.Resolution) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.built == nil {
		p.built = map[string]dist.File{}
	}
	for i := range solved.Pins {
		for v, from := range solved.Pins[i].Files {
			if from.Kind == dist.Sdist {
				p.built[built.Pins[i].Files[v].Hashes["sha256"]] = from
			}
		}
	}
}

// sdistOf is what a wheel was built of, as far as this Provisioner built it.
func (p *Provisioner) sdistOf(wheel dist.File) (dist.File, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, ok := p.built[wheel.Hashes["sha256"]]
	return f, ok
}

// Versions lists the component's final versions for which the index has a file, an sdist at least, that one of Pythons admits, newest first, and the version of the interpreter that
// the newest would be run by. None of Pythons admitting any version is a *NoInterpreterError.
func (p *Provisioner) Versions(ctx context.Context, c upgrade.Component) ([]pep440.Version, pep440.Version, error) {
	if err := p.checkFields(); err != nil {
		return nil, pep440.Version{}, err
	}
	project, err := p.Index.Project(ctx, c.Distribution)
	if err != nil {
		return nil, pep440.Version{}, err
	}
	var all []pep440.Version
	var newest pep440.Version
	var with pep440.Version
	refused := &NoInterpreterError{Distribution: c.Distribution}
	for _, i := range p.Pythons {
		platform, err := i.Platform(i.Path)
		if err != nil {
			refused.Refused = append(refused.Refused, RefusedInterpreter{i, err.Error()})
			continue
		}
		found, _ := resolve.Candidates(project, platform, resolve.Policy{Sdists: true, Prereleases: resolve.Forbid})
		if len(found) == 0 {
			refused.Refused = append(refused.Refused, RefusedInterpreter{i, "no version has a file for it"})
			continue
		}
		if found[0].Version.Compare(newest) > 0 {
			newest, with = found[0].Version, i.Version
		}
		for _, candidate := range found {
			all = append(all, candidate.Version)
		}
	}
	if len(all) == 0 {
		return nil, pep440.Version{}, refused
	}
	return newestFirst(all), with, nil
}
