package upgrade

import (
	"context"
	"io/fs"
	"path/filepath"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve/dist"
)

// Plan says what Upgrade would do, and why. It makes the target's environment, beside all others, as only that tells what becomes of the configuration and the database; Upgrade uses it
// then. Nothing that runs is touched, and the Record stays. On error the Plan has what was found until then; the error is an *Error.
func (u *Upgrader) Plan(ctx context.Context) (*Plan, error) {
	f, err := u.open(ctx)
	if err != nil {
		return nil, err
	}
	defer f.close()
	f.rec, f.quiet = &Record{Component: u.Component.Name, Round: 1}, true
	p := &Plan{Component: u.Component.Name}
	for _, a := range []action{
		{StepRead, func(ctx context.Context) error { return f.planRead(ctx, p) }},
		{StepPick, func(ctx context.Context) error { return f.planPick(ctx, p) }},
		{StepResolve, func(ctx context.Context) error { return f.planResolve(ctx, p) }},
		{StepProvision, func(ctx context.Context) error { return f.planProvision(ctx, p) }},
	} {
		if err := f.step(ctx, a); err != nil {
			return p, &Error{u.Component.Name, a.step, "", err}
		}
	}
	return p, nil
}

func (f *flow) planRead(ctx context.Context, p *Plan) error {
	now, err := f.u.Switcher.Current(ctx, f.component)
	if err != nil {
		return err
	}
	f.from = f.own(now)
	p.Current = generationOf(f.from)
	for _, svc := range f.component.Services {
		p.Stop, p.Start = append(p.Stop, svc.Name), append(p.Start, svc.Name)
	}
	if f.u.Database != nil {
		for _, c := range append(append([]Command{}, f.component.Database.Sync...), f.component.Database.Online...) {
			p.Commands = append(p.Commands, c.Name)
		}
	}
	return nil
}

func (f *flow) planPick(ctx context.Context, p *Plan) error {
	if err := f.pick(ctx); err != nil {
		return err
	}
	p.Target, p.Root = *f.rec.Target, f.wanted().Root
	return nil
}

func (f *flow) planResolve(ctx context.Context, p *Plan) error {
	if err := f.resolve(ctx); err != nil {
		return err
	}
	for _, pin := range f.set.Pins {
		for _, file := range pin.Files {
			p.Packages = append(p.Packages, Package{Name: pin.Name, Version: pin.Version, File: file.Artifact.File, Built: builtHere(file), Size: file.Size})
		}
	}
	return nil
}

// builtHere reports whether a file is a wheel that was built on this machine.
func builtHere(f dist.File) bool { return len(f.URL) > 5 && f.URL[:5] == "file:" }

func (f *flow) planProvision(ctx context.Context, p *Plan) (err error) {
	if err := f.provision(ctx); err != nil {
		return err
	}
	if p.Disk.Environment, err = size(f.env.Root); err != nil {
		return err
	}
	if p.Disk.Free, err = durable.FreeSpace(f.env.Root); err != nil {
		return err
	}
	if f.u.Inspector == nil {
		return nil
	}
	forecast, err := f.u.Inspector.Inspect(ctx, f.from, f.env)
	p.Forecast = &forecast
	return err
}

// size is what the files below a folder take.
func size(root string) (total int64, err error) {
	err = filepath.WalkDir(root, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			total += info.Size()
		}
		return err
	})
	return total, err
}
