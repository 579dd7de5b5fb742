package bundle

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/explain"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/launcher"
)

// target is one platform of the configuration and what it asks for.
type target struct {
	name      string
	platform  resolve.Platform
	expected  map[pep508.Name]manifest.Expectation
	request   *resolve.Request
	launchers launcher.Target // zero: none are asked for
	faulty    bool            // something listed cannot be had, so that the solver would only say it less exactly
}

func (t *target) listed(name pep508.Name) bool {
	_, ok := t.expected[name]
	return ok
}

// targets are the configuration's platforms, by name.
func (r *publishing) targets() []*target {
	by := map[string]*target{}
	for _, lib := range r.cfg.Libraries {
		for name, e := range lib.Expected {
			t := by[name]
			if t == nil {
				t = r.newTarget(name)
				by[name] = t
			}
			t.expected[lib.Name] = e
			t.request.Requirements = append(t.request.Requirements, pep508.Requirement{Name: lib.Name, Extras: lib.Extras, Specifiers: e.Specifiers})
		}
	}
	var all []*target
	for _, name := range slices.Sorted(maps.Keys(by)) {
		all = append(all, by[name])
	}
	return all
}

func (r *publishing) newTarget(name string) *target {
	platform := r.platforms[name]
	platform.Name = name
	return &target{name: name, platform: platform, launchers: r.launchers[name], expected: map[pep508.Name]manifest.Expectation{}, request: &resolve.Request{
		Overrides: r.cfg.Overrides,
		Platform:  platform,
		Policy:    resolve.Policy{ExcludeNewer: r.cfg.ExcludeNewer},
	}}
}

// resolve resolves all targets at once. The problems of all of them come together.
func (r *publishing) resolve(ctx context.Context, targets []*target) ([]*resolve.Resolution, error) {
	return forEach(ctx, len(targets), targets, func(ctx context.Context, t *target) (*resolve.Resolution, error) {
		resolution, err := r.resolver.Resolve(ctx, t.request)
		if err != nil {
			return nil, r.unresolved(ctx, t, err)
		}
		if err := t.check(resolution); err != nil {
			return nil, err
		}
		r.steps.done(Event{Step: StepResolve, Platform: t.name, Message: fmt.Sprintf("%d libraries", len(resolution.Pins))}, 0)
		return own(resolution), nil
	})
}

// unresolved wraps a resolver's error. What the default one says besides its own types comes from the index.
func (r *publishing) unresolved(ctx context.Context, t *target, err error) error {
	where := Error{Platform: t.name, Step: StepResolve}
	if r.Resolver == nil {
		where.Kind, where.Advice = orNetwork(err), r.remedy(ctx, t, err)
	}
	return wrap(err, where)
}

// remedySolves bounds how often a target is resolved with changes, to find one with which it has a solution.
const remedySolves = 50

// remedy is the nearest change with which a target that has no solution has one; "" where none is found.
func (r *publishing) remedy(ctx context.Context, t *target, err error) string {
	var none *resolve.NoSolutionError
	if !errors.As(err, &none) {
		return ""
	}
	near, err := (&explain.Explainer{Index: r.Index, MaxSolves: remedySolves}).Nearest(ctx, t.request)
	if err != nil || len(near.Remedies) == 0 {
		return ""
	}
	return "the nearest change with which there is one: " + near.Remedies[0].Text
}

// check holds a resolution, which may be of anyone's Resolver, against what the flow builds on.
func (t *target) check(resolution *resolve.Resolution) error {
	var problems []error
	pinned := map[pep508.Name]bool{}
	for _, pin := range resolution.Pins {
		fault := func(kind Kind, format string, args ...any) {
			problems = append(problems, &Error{Library: string(pin.Name) + " " + pin.Version.String(), Platform: t.name, Step: StepResolve, Kind: kind,
				Err: fmt.Errorf(format, args...)})
		}
		if pinned[pin.Name] {
			fault(KindInternal, "pinned twice")
		}
		pinned[pin.Name] = true
		if len(pin.Files) != len(t.platform.Variants) || !slices.ContainsFunc(pin.Files, isSet) {
			fault(KindInternal, "no file for some machine of the platform")
		}
		if t.expected[pin.Name].Latest && pin.Version.IsPrerelease() {
			fault(KindNoVersion, `"latest" means a final release, and no final one fits; name a pre-release in its specifier to take one`)
		}
	}
	for name := range t.expected {
		if !pinned[name] {
			problems = append(problems, &Error{Library: string(name), Platform: t.name, Step: StepResolve, Kind: KindInternal, Err: fmt.Errorf("not in the resolution")})
		}
	}
	return join(problems...)
}

func isSet(f dist.File) bool { return f.File != "" }

// heldBack says what keeps a "latest" library from the newest version that its platform can use.
func heldBack(row Row, newest map[candidateKey]pep440.Version, resolutions []*resolve.Resolution) string {
	best, ok := newest[candidateKey{row.Library, row.Platform}]
	if !ok || best.String() == row.Version {
		return ""
	}
	for _, resolution := range resolutions {
		if resolution.Platform.Name != row.Platform {
			continue
		}
		i := slices.IndexFunc(resolution.Pins, func(pin resolve.Pin) bool { return pin.Name == row.Library })
		if i >= 0 {
			return "the newest is " + best.String() + ", held back by " + limit(resolution.Pins[i], best)
		}
	}
	return ""
}

// limit is the requirement that does not admit a version, in words.
func limit(pin resolve.Pin, best pep440.Version) string {
	for _, reason := range pin.RequiredBy {
		if reason.By != "" && !reason.Requirement.Specifiers.Contains(best) {
			return string(reason.By) + " (" + reason.Requirement.String() + ")"
		}
	}
	return "what it requires itself"
}
