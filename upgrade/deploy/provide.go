package deploy

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/environment"
	"github.com/chandlery-go/chandlery/upgrade/release"
	"github.com/chandlery-go/chandlery/venv/python"
)

// provisioner makes environments with the real interpreter, else with the one that the deployment names.
func (a *assembly) provisioner(ctx context.Context, n *narrator) (*environment.Provisioner, error) {
	extra, err := a.extra()
	if err != nil {
		return nil, err
	}
	p := &environment.Provisioner{
		Index: a.o.Index, Fetcher: a.o.Fetcher, SiteDirs: a.part.Real.Sites, Extra: extra, Environ: a.o.Environ, Observer: n.note, Logger: a.o.Logger,
	}
	if a.o.Cache != "" {
		p.Cache, p.Store = filepath.Join(a.o.Cache, "built"), filepath.Join(a.o.Cache, "unpacked")
	}
	for _, f := range a.part.Files {
		p.Files = append(p.Files, environment.File{From: f.From, To: f.To})
	}
	p.Pythons, err = a.pythons(ctx)
	return p, err
}

// pythons are the real interpreter and the named one, as far as there are such.
func (a *assembly) pythons(ctx context.Context) ([]*python.Interpreter, error) {
	var all []*python.Interpreter
	if real := a.real.Env.Python; real != nil {
		all = append(all, real)
	}
	if a.cfg.Python == "" {
		return all, nil
	}
	named, err := python.Find(ctx, a.cfg.Python, a.o.Path)
	if err != nil {
		return nil, fmt.Errorf("python: %w", err)
	}
	return append(all, named), nil
}

// picker chooses by the releases, or by the vendor's driver, or takes the vendor's own.
func (a *assembly) picker(ctx context.Context, into *environment.Provisioner) (upgrade.TargetPicker, error) {
	t := a.part.Target
	p := &release.Picker{Source: a.releases(), Policy: t.Policy, Window: t.Window, Want: t.Want}
	switch {
	case t.Driver != "":
		return a.byDriver(ctx, p, into)
	case a.part.Source == "":
		return p, nil
	}
	if p.Want == "" {
		p.Want = sourceBase(a.part.Source, a.part.SourceVersion)
	}
	return &environment.VendorPicker{Path: a.part.Source, Version: a.part.SourceVersion, Cache: a.o.Cache, Series: p}, nil
}

// sourceBase is the release that a vendor's source is one of: 26.3.0 of 26.3.0+vendor1; "" where that is not told.
func sourceBase(path, version string) string {
	if version != "" {
		v, err := pep440.Parse(version)
		if err != nil {
			return ""
		}
		return v.Public().String()
	}
	f, err := dist.ParseFilename(filepath.Base(path))
	if err != nil {
		return ""
	}
	return f.Version.Public().String()
}

func (a *assembly) releases() release.Source {
	where := a.part.Target.Releases
	switch {
	case where == "":
		return release.Embedded()
	case isURL(where):
		return release.HTTP{URL: where, RoundTripper: a.o.RoundTripper}
	}
	return release.FS{FS: os.DirFS(where)}
}
