package upgrade

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// pick asks for the target.
func (f *flow) pick(ctx context.Context) error {
	q := Query{Component: f.component, Current: f.from.Version, Refused: f.rec.Refused, Now: time.Now()}
	if l, ok := f.u.Provisioner.(Lister); ok {
		var err error
		if q.Versions, q.Python, err = l.Versions(ctx, f.component); err != nil {
			return err
		}
	}
	t, err := f.u.Picker.PickTarget(ctx, q)
	if err != nil {
		return err
	}
	if t.Version.Compare(f.from.Version) <= 0 {
		return fmt.Errorf("%w: %s is not above the current %s", ErrNoTarget, t.Version, f.from.Version)
	}
	if slices.ContainsFunc(f.rec.Refused, func(r Refusal) bool { return r.Version.Equal(t.Version) }) {
		return fmt.Errorf("%w: %s was tried already", ErrNoTarget, t.Version)
	}
	for _, name := range f.rec.Learned {
		t.Extra = append(t.Extra, pep508.Requirement{Name: pep508.Name(name)})
	}
	f.rec.Target = &t
	f.note("%s", t.Version)
	for _, why := range t.Why {
		f.note("%s", why)
	}
	return nil
}

// wanted is the environment of the target.
func (f *flow) wanted() Wanted {
	t := *f.rec.Target
	return Wanted{Component: f.component, Current: f.from, Target: t, Root: filepath.Join(f.u.Root, f.component.Name+"-"+t.Version.String()), Fresh: f.rec.Fresh}
}

func (f *flow) resolve(ctx context.Context) (err error) {
	f.set, err = f.u.Provisioner.Resolve(ctx, f.wanted())
	if err != nil && len(f.rec.Learned) > 0 {
		return fmt.Errorf("with %s, asked for as modules were missing (Modules, if a distribution has another name): %w", strings.Join(f.rec.Learned, ", "), err)
	}
	if err != nil {
		return err
	}
	f.note("%d distributions", len(f.set.Pins))
	return nil
}

func (f *flow) provision(ctx context.Context) (err error) {
	w := f.wanted()
	if w.Root == f.from.Env.Root {
		return fmt.Errorf("%s runs from %s, which is to be made: give another Root", f.component.Name, w.Root)
	}
	f.env, err = f.u.Provisioner.Provision(ctx, w, f.set)
	if err != nil {
		return err
	}
	f.rec.Fresh = false
	f.note("%s", f.env.Root)
	return nil
}

// prepare has the verifiers write under the old version what they read under the new one: once, before anything else is made.
func (f *flow) prepare(ctx context.Context) error {
	if f.rec.Prepared == Complete {
		f.note("was done in an earlier round")
		return nil
	}
	f.rec.Prepared = Begun
	if err := f.write(); err != nil {
		return err
	}
	if p, ok := f.u.Verifier.(Preparer); ok {
		if err := p.Prepare(ctx, f.from); err != nil {
			return err
		}
	}
	f.rec.Prepared = Complete
	return nil
}

// configure makes the configuration generation of the target, with its rights on the host in force: they harm nothing that runs.
func (f *flow) configure(ctx context.Context) error {
	config, err := f.u.Configurer.Configure(ctx, f.from, f.env, false)
	if err != nil {
		return err
	}
	to := Subject{Component: f.component, Env: f.env, Version: f.rec.Target.Version, Config: config}
	g := generationOf(to)
	f.rec.To, f.rec.Switched = &g, false
	if err := f.write(); err != nil {
		return err
	}
	return f.grant(ctx, to)
}

func (f *flow) grant(ctx context.Context, s Subject) error {
	if g, ok := f.u.Configurer.(Granter); ok {
		return g.Grant(ctx, s)
	}
	return nil
}

func (f *flow) revoke(ctx context.Context, s Subject) error {
	if g, ok := f.u.Configurer.(Granter); ok {
		return g.Revoke(ctx, s)
	}
	return nil
}
