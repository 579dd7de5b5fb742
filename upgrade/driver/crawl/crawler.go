package crawl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// DefaultConcurrent is how many releases a Crawler fetches and opens at once.
const DefaultConcurrent = 8

// Crawler builds Indexes. It may be used by several goroutines at once, and its Cache by several processes.
type Crawler struct {
	Index      resolve.Index // required
	Fetcher    dist.Fetcher  // required. A Passing keeps no file longer than it is read
	Reader     Reader        // required
	Cache      string        // folder of what was read; "": nothing is kept
	Concurrent int           // releases at once; 0: DefaultConcurrent
	Events     func(Event)   // nil: none. Called by one goroutine at a time; must not block
}

// ErrNothing says that no release of the component could be read.
var ErrNothing = errors.New("no release of it could be read")

// Update gives the Index that the plan describes; old is an earlier one of the same component, nil for none, whose releases are taken as they are.
//
// Releases that cannot be read are left out and told in the Report. The error is that of the whole: ctx's, the Reader's, the Cache's, or ErrNothing with why. The Report is never nil.
func (c *Crawler) Update(ctx context.Context, plan *Plan, old *api.Index) (*api.Index, *Report, error) {
	if old != nil && old.Component != plan.Component {
		return nil, &Report{}, fmt.Errorf("the old index is of %s, not of %s", old.Component, plan.Component)
	}
	kept, err := openCache(c.Cache)
	if err != nil {
		return nil, &Report{}, err
	}
	r := &run{Crawler: c, plan: plan, cache: kept, surfaces: newSurfaces(kept, c.Reader), targets: targetsOf(plan, old), broken: map[string]Unreadable{}}
	if err := r.read(ctx); err != nil {
		return nil, r.report(), err
	}
	index := r.assemble()
	if len(index.Releases) == 0 {
		return nil, r.report(), r.nothing()
	}
	return index, r.report(), nil
}

// run is one Update.
type run struct {
	*Crawler
	plan     *Plan
	cache    *cache
	surfaces *surfaces
	targets  []*target

	mu     sync.Mutex
	bytes  int64 // fetched
	done   int
	newer  []Named
	broken map[string]Unreadable // by key of the text
}

// read reads all releases, and the texts of which nobody knows yet.
func (r *run) read(ctx context.Context) error {
	whole, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	texts := make(chan text, batchSources)
	var readers errgroup.Group
	readers.Go(func() error {
		err := r.surfaces.read(whole, texts)
		if err != nil {
			stop(err)
		}
		return err
	})
	var releases errgroup.Group
	releases.SetLimit(cmp.Or(r.Concurrent, DefaultConcurrent))
	for _, t := range r.targets {
		releases.Go(func() error {
			t.err = r.take(whole, t, texts)
			r.tell(whole, t)
			return nil
		})
	}
	_ = releases.Wait() // their errors are their own
	close(texts)
	if err := readers.Wait(); err != nil {
		return err
	}
	r.findNewer(ctx)
	return context.Cause(ctx)
}

// take reads one release, if nobody has read it before.
func (r *run) take(ctx context.Context, t *target, texts chan<- text) error {
	if t.old != nil {
		t.from = FromOld
		return nil
	}
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	project, err := r.Index.Project(ctx, t.Distribution)
	if errors.Is(err, dist.ErrNotFound) {
		t.absent = true
	}
	if err != nil {
		return err
	}
	if t.file, err = choose(project, t.Version); err != nil {
		t.absent = true
		return err
	}
	key := distributionKey(t.file, t.skip)
	if d := r.cache.distribution(key); d != nil && r.known(d) {
		t.read, t.from = d, FromCache
		return nil
	}
	if t.read, err = r.fetch(ctx, t); err != nil {
		return err
	}
	t.from = FromFile
	if err := r.send(ctx, t.read, texts); err != nil {
		return err
	}
	r.cache.putDistribution(key, t.read)
	return nil
}

// known reports whether every text of a distribution was read, or is about to be.
func (r *run) known(d *distribution) bool {
	return !slices.ContainsFunc(d.Sources, func(s source) bool { return !r.surfaces.has(s.Key) })
}

func (r *run) fetch(ctx context.Context, t *target) (*distribution, error) {
	blob, err := r.Fetcher.Fetch(ctx, t.file.Artifact)
	if err != nil {
		return nil, err
	}
	defer blob.Close()
	r.mu.Lock()
	r.bytes += blob.Size()
	r.mu.Unlock()
	d, err := readFile(ctx, blob, t.file, t.skip)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", t.file.File, err)
	}
	return d, nil
}

// send has those texts read that nobody else does.
func (r *run) send(ctx context.Context, d *distribution, texts chan<- text) error {
	for key, s := range d.texts {
		if r.surfaces.claim(key) {
			continue
		}
		select {
		case texts <- text{key, s}:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	d.texts = nil
	return nil
}

// tell reports a release that is done with.
func (r *run) tell(ctx context.Context, t *target) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done++
	if r.Events == nil || ctx.Err() != nil {
		return
	}
	r.Events(Event{Distribution: t.Distribution, Version: t.Version, From: t.from, Done: r.done, Total: len(r.targets), Bytes: r.bytes, Err: t.err})
}
