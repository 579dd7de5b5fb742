package environment

import (
	"context"
	"fmt"
	"slices"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/openstack"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

func (p *Provisioner) check(w upgrade.Wanted) error {
	if err := p.checkFields(); err != nil {
		return err
	}
	switch {
	case w.Component.Distribution == "":
		return &MissingFieldError{"Wanted.Component.Distribution"}
	case w.Target.Version.IsZero():
		return &MissingFieldError{"Wanted.Target.Version"}
	}
	return nil
}

func (p *Provisioner) checkFields() error {
	switch {
	case p.Index == nil:
		return &MissingFieldError{"Provisioner.Index"}
	case p.Fetcher == nil:
		return &MissingFieldError{"Provisioner.Fetcher"}
	case p.Cache == "":
		return &MissingFieldError{"Provisioner.Cache"}
	}
	return nil
}

// requirements is what the environment is to hold; dependencies come by themselves.
func (p *Provisioner) requirements(w upgrade.Wanted) ([]pep508.Requirement, error) {
	all := []pep508.Requirement{{Name: w.Component.Distribution, Specifiers: pep440.Exactly(w.Target.Version)}}
	implied := p.Implied
	if implied == nil {
		implied = impliedByOslo
	}
	names, err := implied(w.Component, w.Current.Config)
	if err != nil {
		return nil, fmt.Errorf("what the live configuration implies: %w", err)
	}
	for _, name := range names {
		all = append(all, pep508.Requirement{Name: name})
	}
	return append(append(all, w.Target.Extra...), p.Extra...), nil
}

// DefaultConstraints are on what upper-constraints leave open though code of the services rests on it: setuptools 82 took pkg_resources away, which keystonemiddleware imports up to 2024.1
// and names nowhere.
func DefaultConstraints() []pep508.Requirement {
	return []pep508.Requirement{pep508.MustParse("setuptools<82")}
}

// constraints are the target's, and ours on projects of which the target's say nothing.
func (p *Provisioner) constraints(t upgrade.Target) []pep508.Requirement {
	more := p.Constraints
	if more == nil {
		more = DefaultConstraints()
	}
	all := slices.Clone(t.Constraints)
	for _, r := range more {
		if !slices.ContainsFunc(t.Constraints, func(c pep508.Requirement) bool { return c.Name == r.Name }) {
			all = append(all, r)
		}
	}
	return all
}

func impliedByOslo(c upgrade.Component, live upgrade.Config) ([]pep508.Name, error) {
	if len(live.Files) == 0 {
		return nil, nil
	}
	stack, err := openstack.ReadConfig(live)
	if err != nil {
		return nil, err
	}
	return openstack.Implied(c, stack), nil
}

// targetIndex is an index in which the component has the target's files alone: those of exactly that version (PEP 440 has 26.3.0+vendor1 satisfy ==26.3.0), or the vendor's own.
type targetIndex struct {
	resolve.Index
	fetcher dist.Fetcher
	name    pep508.Name
	target  upgrade.Target
}

func (p *Provisioner) indexFor(w upgrade.Wanted) resolve.Index {
	return &targetIndex{p.Index, p.Fetcher, w.Component.Distribution, w.Target}
}

// Prefetch hands the names on, where the Index can do that.
func (x *targetIndex) Prefetch(ctx context.Context, names ...pep508.Name) {
	if p, ok := x.Index.(resolve.Prefetcher); ok {
		p.Prefetch(ctx, names...)
	}
}

func (x *targetIndex) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	if name != x.name {
		return x.Index.Project(ctx, name)
	}
	if x.target.Source != nil {
		return &dist.Project{Name: name, Files: []dist.File{*x.target.Source}}, nil
	}
	all, err := x.Index.Project(ctx, name)
	if err != nil {
		return nil, err
	}
	mine := slices.DeleteFunc(slices.Clone(all.Files), func(f dist.File) bool { return !f.Version.Equal(x.target.Version) })
	if len(mine) == 0 {
		return nil, fmt.Errorf("the index has no file of %s %s: %w", name, x.target.Version, dist.ErrNotFound)
	}
	return &dist.Project{Name: name, Files: mine}, nil
}

// Listing gives the same files in brief.
func (x *targetIndex) Listing(ctx context.Context, name pep508.Name) (*dist.Listing, error) {
	if name != x.name {
		return resolve.ListingOf(ctx, x.Index, name)
	}
	p, err := x.Project(ctx, name)
	if err != nil {
		return nil, err
	}
	return dist.NewListing(p), nil
}

func (x *targetIndex) Metadata(ctx context.Context, f dist.File) (*dist.Metadata, error) {
	source := x.target.Source
	if source == nil || f.Name != x.name || f.URL != source.URL {
		return x.Index.Metadata(ctx, f)
	}
	blob, err := x.fetcher.Fetch(ctx, f.Artifact)
	if err != nil {
		return nil, err
	}
	defer blob.Close()
	w, err := wheel.Open(blob, blob.Size(), f.File)
	if err != nil {
		return nil, err
	}
	return w.Metadata(), nil
}

func newestFirst(versions []pep440.Version) []pep440.Version {
	slices.SortFunc(versions, func(a, b pep440.Version) int { return b.Compare(a) })
	return slices.CompactFunc(versions, pep440.Version.Equal)
}
