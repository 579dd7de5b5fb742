package bundle

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/venv/launcher"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// wheelUse tells the bundles of one wheel apart: those for other launchers have other bytes where the wheel has scripts.
type wheelUse struct {
	key       string // wheelKey
	launchers launcher.Target
}

// readLaunchers finds what launchers the platforms get.
func (r *publishing) readLaunchers() error {
	asked := r.cfg.Launchers
	if asked == nil {
		return nil
	}
	r.launchers = map[string]launcher.Target{}
	var problems []error
	for _, name := range slices.Sorted(maps.Keys(asked.Python)) {
		target, err := r.launcherTarget(name, asked)
		if err != nil {
			problems = append(problems, &Error{Platform: name, Step: StepConfigure, Kind: KindConfig, Err: fmt.Errorf("$launchers: %w", err)})
		}
		r.launchers[name] = target
	}
	return join(problems...)
}

func (r *publishing) launcherTarget(name string, asked *manifest.Launchers) (launcher.Target, error) {
	platform, ok := r.platforms[name]
	if !ok {
		return launcher.Target{}, errors.New("unknown platform")
	}
	var tags []string
	for _, v := range platform.Variants {
		tags = append(tags, v.Tag)
	}
	target, err := launcher.NewTarget(asked.Python[name], tags...)
	switch {
	case err != nil:
		return target, err
	case target.Windows() && asked.Stubs == nil:
		return target, errors.New("launchers for Windows begin with a program of somebody else's: name a wheel that has such, as distlib does, under \"stubs\", with its sha256")
	case target.Windows() && r.Index == nil:
		return target, errors.New("the wheel with the stubs comes from an index: set Publisher.Index")
	}
	return target, nil
}

// openStubs brings what launchers for Windows begin with, where a wheel of the plan may have some.
func (r *publishing) openStubs(ctx context.Context, plan *Plan) error {
	if !slices.ContainsFunc(plan.wheels, func(w *planned) bool { return w.launchers.Windows() }) {
		return nil
	}
	origin := r.cfg.Launchers.Stubs
	where := Error{Library: origin.Wheel, Step: StepFetch}
	artifact, err := r.pinned(ctx, origin)
	if err != nil {
		where.Kind = orNetwork(err)
		return wrap(err, where)
	}
	blob, err := r.Fetcher.Fetch(ctx, artifact)
	if err != nil {
		where.Kind = orNetwork(err)
		return wrap(err, where)
	}
	defer blob.Close()
	if r.stubs, err = launcher.ReadStubs(ctx, blob, blob.Size(), origin.Wheel); err != nil {
		where.Step = StepVerify
		if stub := new(launcher.StubError); errors.As(err, &stub) {
			where.Kind = KindConfig
		}
		return wrap(err, where)
	}
	return nil
}

// pinned is a file of the index, to be held to the hash that the configuration has of it.
func (r *publishing) pinned(ctx context.Context, origin *manifest.Origin) (dist.Artifact, error) {
	name, err := dist.ParseFilename(origin.Wheel)
	if err != nil {
		return dist.Artifact{}, err
	}
	project, err := r.Index.Project(ctx, name.Name)
	if err != nil {
		return dist.Artifact{}, err
	}
	i := slices.IndexFunc(project.Files, func(f dist.File) bool { return f.File == origin.Wheel })
	if i < 0 {
		return dist.Artifact{}, &Error{Kind: KindNotFound, Err: fmt.Errorf("no index has this file of %s", name.Name)}
	}
	a := project.Files[i].Artifact
	a.Hashes = maps.Clone(a.Hashes)
	if a.Hashes == nil {
		a.Hashes = map[string]string{}
	}
	a.Hashes["sha256"] = origin.SHA256
	return a, nil
}

// layOut gives the installed form of a wheel, with launchers where its platforms get them.
func (r *publishing) layOut(w *planned, o *opened) (*wheel.Tree, error) {
	if w.launchers == (launcher.Target{}) {
		return o.Layout(wheel.FlatScheme(), Installer)
	}
	points, err := o.EntryPoints()
	if err != nil {
		return nil, err
	}
	made, err := w.launchers.Make(points, wheel.FlatScheme(), r.stubs)
	if err != nil {
		return nil, &Error{Kind: KindConfig, Err: err}
	}
	return o.LayoutWith(wheel.FlatScheme(), Installer, made)
}
