package deploy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/upgrade"
)

// Options is what a deployment needs of its caller.
type Options struct {
	Index        resolve.Index       // required by Plan, Upgrade and Resume
	Fetcher      dist.Fetcher        // likewise: of the files that Index names, and of file: addresses
	Cache        string              // folder of built wheels and of unpacked ones, for Plan, Upgrade and Resume; may be removed at any time
	Path         []string            // folders in which interpreters are looked for; none: those of deploy.yaml must be given by their paths
	Environ      []string            // further variables for builds of sdists, as NAME=value: see build.Builder
	Services     []string            // upgrade only these: "cinder-volume", or "volume" for short; none: what each component's only says
	RoundTripper http.RoundTripper   // for releases data of a URL; nil: one of its own
	Observer     func(upgrade.Event) // called by one goroutine at a time
	Logger       *slog.Logger        // nil: discarded
}

// Deployment is a deploy.yaml with everything that its upgrades need.
type Deployment struct {
	Upgraders []*upgrade.Upgrader // in order
}

// Close releases what Open opened.
func (d *Deployment) Close() error { return nil }

// Plan says for each component what Upgrade would do. A component that has no newer version is passed over, unless none has one: then the error wraps upgrade.ErrNoTarget.
// Without names it is all components; a name that the deployment does not have is ErrNoComponent. That holds for all methods. The Plans are those made until an error, the last
// perhaps in part.
func (d *Deployment) Plan(ctx context.Context, names ...string) ([]*upgrade.Plan, error) {
	return each(ctx, d, names, upgrade.ErrNoTarget, (*upgrade.Upgrader).Plan)
}

// Upgrade upgrades the components one after another. The first that fails ends it, and only that one is rolled back: the Records are those of all that were begun. A component that
// has no newer version is passed over, unless none has one: then the error wraps upgrade.ErrNoTarget.
func (d *Deployment) Upgrade(ctx context.Context, names ...string) ([]*upgrade.Record, error) {
	return each(ctx, d, names, upgrade.ErrNoTarget, func(u *upgrade.Upgrader, ctx context.Context) (*upgrade.Record, error) {
		rec, err := u.Upgrade(ctx)
		if rec != nil && len(rec.Refused) > 0 && errors.Is(err, upgrade.ErrNoTarget) { // there were targets, and none did
			err = &exhausted{err}
		}
		return rec, err
	})
}

// exhausted is an upgrade whose targets were all tried: no ErrNoTarget, by which a component is passed over.
type exhausted struct{ error }

// As finds what the error holds besides.
func (e *exhausted) As(target any) bool { return errors.As(e.error, target) }

// Resume goes on with those that were interrupted. Components that were never upgraded are passed over, unless none was: then the error wraps upgrade.ErrNoUpgrade. That holds
// for Rollback, Status and Finish too.
func (d *Deployment) Resume(ctx context.Context, names ...string) ([]*upgrade.Record, error) {
	return each(ctx, d, names, upgrade.ErrNoUpgrade, (*upgrade.Upgrader).Resume)
}

// Rollback brings back what ran before, the last component first.
func (d *Deployment) Rollback(ctx context.Context, restore upgrade.Restore, names ...string) ([]*upgrade.Record, error) {
	back := &Deployment{slices.Clone(d.Upgraders)}
	slices.Reverse(back.Upgraders)
	return each(ctx, back, names, upgrade.ErrNoUpgrade, func(u *upgrade.Upgrader, ctx context.Context) (*upgrade.Record, error) {
		return u.Rollback(ctx, restore)
	})
}

// Status reads the Records, also while an upgrade is under way.
func (d *Deployment) Status(ctx context.Context, names ...string) ([]*upgrade.Record, error) {
	return each(ctx, d, names, upgrade.ErrNoUpgrade, (*upgrade.Upgrader).Status)
}

// Finish ends the possibility to go back with the data: see Upgrader.Finish.
func (d *Deployment) Finish(ctx context.Context, names ...string) ([]*upgrade.Record, error) {
	return each(ctx, d, names, upgrade.ErrNoUpgrade, (*upgrade.Upgrader).Finish)
}

// each does something with the components, in order, until one fails. Those of which the error wraps nothing have nothing to do; all of them being so is an error.
func each[T any](ctx context.Context, d *Deployment, names []string, nothing error, do func(*upgrade.Upgrader, context.Context) (*T, error)) ([]*T, error) {
	chosen, err := d.choose(names)
	if err != nil {
		return nil, err
	}
	var all []*T
	var idle []error
	for _, u := range chosen {
		got, err := do(u, ctx)
		if errors.Is(err, nothing) {
			idle = append(idle, err)
			continue
		}
		if got != nil {
			all = append(all, got)
		}
		if err != nil {
			return all, err
		}
	}
	if len(all) == 0 {
		return nil, errors.Join(idle...)
	}
	return all, nil
}

func (d *Deployment) choose(names []string) ([]*upgrade.Upgrader, error) {
	for _, name := range names {
		if !slices.ContainsFunc(d.Upgraders, func(u *upgrade.Upgrader) bool { return u.Component.Name == name }) {
			return nil, fmt.Errorf("%s: %w", name, ErrNoComponent)
		}
	}
	return slices.DeleteFunc(slices.Clone(d.Upgraders), func(u *upgrade.Upgrader) bool { return len(names) > 0 && !slices.Contains(names, u.Component.Name) }), nil
}
