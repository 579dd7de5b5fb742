package bundle

import (
	"context"
	"log/slog"
	"time"

	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/venv/launcher"
)

const (
	// DefaultChannel is the channel of a Publisher that names none.
	DefaultChannel = "stable"
	// DefaultConcurrency is how many wheels a Publisher works on at once unless it says otherwise.
	DefaultConcurrency = 8
)

// Publisher turns a developer's configuration into bundles in a Store and a release in a Sink. Its fields must not change while it works;
// one Publisher can publish several times, also at once.
type Publisher struct {
	Index    resolve.Index    // required unless Resolver is set; then still what explains a listed library that cannot be had
	Resolver resolve.Resolver // nil: &resolve.Solver{Index: Index}
	Fetcher  dist.Fetcher     // required
	Packager Packager         // nil: Zip{}
	Store    Store            // required
	Sink     Sink             // required
	Current  Source           // what is live; nil: Sink, which must be a Source then

	Platforms map[string]resolve.Platform // nil: manifest.BuiltinPlatforms()
	Channel   string                      // "": DefaultChannel
	MinClient string                      // SemVer of the oldest client that may install; "": any

	// Rollout is the part of the clients that takes the release; nil: all. Without a Salt it has that of the live release where nothing but the roll-out changes, so that
	// a raised Percent adds clients to those that have it; else the sequence.
	Rollout *manifest.Rollout

	Verdicts    Verdicts         // which wheels were verified before; nil: none
	WorkDir     string           // where bundles of another Packager than Zip are packed, one file at a time for each wheel in work; "": the system's folder for temporary files
	Concurrency int              // wheels in work at once; 0: DefaultConcurrency
	Clock       func() time.Time // nil: time.Now

	Observer Observer     // nil: none
	Logger   *slog.Logger // nil: discarded
}

// Publish does what Plan says: it brings every wheel of every platform into the store as a bundle, and releases an update configuration that names
// them. The configuration is written last; where it would say what the live one says, nothing is released. On error nothing is released
// either; bundles that were stored by then stay, and the next run finds them. Problems are *Error or Errors.
//
// While wheels are fetched and packed, Index and Resolver are held no more: what they have in memory is free where the caller does not hold them either.
func (p *Publisher) Publish(ctx context.Context, cfg *manifest.Config) (*Report, error) {
	run, err := p.begin(cfg)
	if err != nil {
		return nil, err
	}
	defer run.end()
	plan, err := run.plan(ctx)
	if err != nil {
		return nil, err
	}
	if err = run.openStubs(ctx, plan); err != nil {
		return nil, err
	}
	run.settled()
	if err = run.startBuilding(plan); err != nil {
		return nil, err
	}
	bundles, err := forEach(ctx, run.concurrency(), plan.wheels, func(ctx context.Context, w *planned) (*built, error) {
		blob, err := run.fetch(ctx, w)
		if err != nil {
			return nil, err
		}
		defer blob.Close()
		opened, err := run.verify(ctx, w, blob)
		if err != nil {
			return nil, err
		}
		packed, err := run.pack(ctx, w, opened)
		if err != nil {
			return nil, err
		}
		defer packed.remove()
		return run.put(ctx, w, packed)
	})
	if err = run.finishBuilding(err); err != nil {
		return nil, err
	}
	next, err := run.compose(plan, bundles)
	if err != nil {
		return nil, err
	}
	if plan.Current != nil && plan.Current.SameContent(next) {
		return newReport(plan, bundles, plan.Current.AsWritten(), false), nil
	}
	if err = run.release(ctx, next); err != nil {
		return nil, err
	}
	return newReport(plan, bundles, next, true), nil
}

// Plan says what Publish would do, and why. It downloads no wheel and changes nothing.
func (p *Publisher) Plan(ctx context.Context, cfg *manifest.Config) (*Plan, error) {
	run, err := p.begin(cfg)
	if err != nil {
		return nil, err
	}
	defer run.end()
	return run.plan(ctx)
}

// publishing is one run of a Publisher, with its defaults filled in.
type publishing struct {
	Publisher // a copy
	cfg       *manifest.Config
	resolver  resolve.Resolver
	packager  Packager
	current   Source
	platforms map[string]resolve.Platform
	log       *slog.Logger
	steps     *steps
	work      string                     // folder of temporary files; "" until one is needed
	launchers map[string]launcher.Target // of the platforms that have them
	stubs     *launcher.Stubs            // nil where no launcher needs one
}

func (p *Publisher) concurrency() int {
	if p.Concurrency > 0 {
		return p.Concurrency
	}
	return DefaultConcurrency
}

func (p *Publisher) channel() string {
	if p.Channel != "" {
		return p.Channel
	}
	return DefaultChannel
}

func (p *Publisher) now() time.Time {
	if p.Clock != nil {
		return p.Clock()
	}
	return time.Now()
}
