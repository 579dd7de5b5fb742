package crawl

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/release"
)

// Plan says what an Index shall hold.
type Plan struct {
	Component pep508.Name
	Releases  []Release                                 // of the component, ascending
	Pins      map[string]map[pep508.Name]pep440.Version // by series: the libraries that its upper-constraints pin
	Skip      []string                                  // dotted names of packages of the component below which nothing is read
}

// Release is one version of the component and the series that it belongs to.
type Release struct {
	Version pep440.Version
	Series  string // 2025.1; the codename before 2023.1
}

// ErrComponent says that nothing is known of a component here.
var ErrComponent = errors.New("its releases are not known here: give a Plan")

// Components lists the components that PlanOf knows, in order.
func Components() []pep508.Name { return slices.Sorted(maps.Keys(components())) }

// PlanOf is the plan for one of Components: every final release of the data in src, and of what this package knows of series before its window, from the series on that the component's data begin with.
func PlanOf(ctx context.Context, component pep508.Name, src release.Source) (*Plan, error) {
	c, known := components()[component]
	if !known {
		return nil, fmt.Errorf("component %s: %w", component, ErrComponent)
	}
	series, err := release.ReadSeries(ctx, src)
	if err != nil {
		return nil, err
	}
	before, err := older()
	if err != nil {
		return nil, err
	}
	p := &Plan{Component: component, Pins: map[string]map[pep508.Name]pep440.Version{}, Skip: c.Skip}
	begun := false
	for _, s := range slices.Backward(series) {
		if begun = begun || s.Is(c.From); !begun {
			continue
		}
		if err := p.add(ctx, src, s, c, before[s.Name]); err != nil {
			return nil, err
		}
	}
	if len(p.Releases) == 0 {
		return nil, fmt.Errorf("component %s: the releases data have no release of it from %s on", component, c.From)
	}
	slices.SortFunc(p.Releases, func(a, b Release) int { return a.Version.Compare(b.Version) })
	return p, nil
}

// add takes in one series, by the data where they have it, else by what is known of older ones.
func (p *Plan) add(ctx context.Context, src release.Source, s release.Series, c component, before *past) error {
	listed, err := release.ReadReleases(ctx, src, s, string(p.Component))
	if err != nil {
		return err
	}
	var versions []pep440.Version
	for _, r := range listed {
		versions = append(versions, r.Version)
	}
	if len(versions) == 0 && before != nil {
		versions = before.released[p.Component]
	}
	for _, v := range versions {
		p.Releases = append(p.Releases, Release{v, s.ID})
	}
	if len(versions) == 0 {
		return nil
	}
	pins, err := pinsOf(ctx, src, s, before)
	if err != nil {
		return err
	}
	p.Pins[s.ID] = map[pep508.Name]pep440.Version{}
	for _, name := range c.Libraries {
		if v, pinned := pins[name]; pinned {
			p.Pins[s.ID][name] = v
		}
	}
	return nil
}

// pinsOf is what a series pins.
func pinsOf(ctx context.Context, src release.Source, s release.Series, before *past) (map[pep508.Name]pep440.Version, error) {
	all, err := release.ReadConstraints(ctx, src, s)
	switch {
	case err == nil:
		return highest(all), nil
	case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, dist.ErrNotFound):
		return nil, err
	case before == nil:
		return nil, nil
	}
	return before.pins, nil
}

// highest keeps one version of each library: where interpreters have pins of their own, the newest is that of the interpreters which a release is meant for.
func highest(all []pep508.Requirement) map[pep508.Name]pep440.Version {
	pins := map[pep508.Name]pep440.Version{}
	for _, r := range all {
		v, ok := pinned(r)
		if ok && (pins[r.Name].IsZero() || v.Compare(pins[r.Name]) > 0) {
			pins[r.Name] = v
		}
	}
	return pins
}

// pinned is the version of a line NAME===VERSION.
func pinned(r pep508.Requirement) (pep440.Version, bool) {
	text, exact := strings.CutPrefix(r.Specifiers.String(), "===")
	v, err := pep440.Parse(text)
	return v, exact && err == nil
}
