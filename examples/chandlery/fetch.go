package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pylock"
	"github.com/chandlery-go/chandlery/resolve/wheelhouse"
	"github.com/chandlery-go/chandlery/venv/python"
)

type fetchCommand struct {
	Dest     string   `required:"" type:"path" placeholder:"DIR" help:"The folder for the wheels, made where absent."`
	Platform []string `sep:"none" placeholder:"NAME|TAG,…[@VERSION]" help:"A platform, as chandlery resolve has them, or host, this machine, which is the default; several are fetched at once."`
	Python   string   `placeholder:"VERSION" help:"The full version of the platforms' CPython; a named platform has its own. Of host: the version or file of its interpreter."`
	FromLock []string `type:"path" sep:"none" placeholder:"FILE" help:"Fetch what lock files say, in place of requirements; of several, each platform takes the first that is for it."`
	Sdists   bool     `help:"Take an sdist where there is no wheel, for pip to build. For host it may be built to learn what it requires, which runs its code; for other platforms it must say that for good (PEP 643). It is not built for the folder."`
	Lists    bool     `name:"requirements-txt" help:"Write requirements-PLATFORM.txt into the folder, with versions and hashes, for pip install --require-hashes -r."`
	Clean    bool     `help:"Remove wheels from the folder that nothing asks for."`
	DryRun   bool     `help:"Show what would be done, and do nothing."`
	inputFlags
	policyFlags
	platformsFlag
	indexFlags
}

// Help stands below the flags.
func (c *fetchCommand) Help() string {
	return `Fills a folder with the wheels that requirements need on any platforms, each file once, so that machines without an index can install from it:

  chandlery fetch --dest wheels --platform linux --platform windows flask 'requests[socks]'
  pip install --no-index --find-links wheels flask 'requests[socks]'

What is there and right is not fetched again, so a run that was interrupted goes on where it ended. No half file ever bears a wheel's name.`
}

// fetching is one run of fetch.
type fetching struct {
	*fetchCommand
	out     *output
	asked   *inputs
	targets []resolve.Platform
	host    *python.Interpreter // of --platform host; nil: it is not asked for
	source  *libraries
	last    wheelhouse.Event
	bytes   int64 // that are to come, as far as that is known
}

// Run fetches.
func (c *fetchCommand) Run(ctx context.Context, out *output, p program) (err error) {
	f := &fetching{fetchCommand: c, out: out}
	f.command = "download"
	if err := f.read(ctx, p); err != nil {
		return err
	}
	if f.source, err = c.openIndexes(ctx, out, &c.indexFlags, f.asked.Options); err != nil {
		return err
	}
	defer f.source.close()
	sets, err := f.choose(ctx, p)
	if err != nil {
		return err
	}
	house := &wheelhouse.Wheelhouse{Dir: c.Dest, Fetcher: f.source.fetcher, Observer: f.came}
	plan, err := house.Plan(ctx, sets...)
	if err != nil {
		return fetchError(err)
	}
	texts, err := f.lists(sets)
	if err != nil {
		return err
	}
	if !c.DryRun {
		if err := f.fill(ctx, house, plan, texts); err != nil {
			return fetchError(err)
		}
	}
	f.report(plan, sets, texts)
	return nil
}

// read takes in the command line and the files that it names.
func (f *fetching) read(ctx context.Context, p program) (err error) {
	if f.inputFlags.empty() == (len(f.FromLock) == 0) {
		return usage("say what to fetch: requirements, -r FILE, --pyproject FILE or --group NAME; or --from-lock FILE alone")
	}
	if len(f.FromLock) == 0 {
		if err := heed(f.out, thisMachine(), f.command, &f.inputFlags, &f.policyFlags); err != nil {
			return err
		}
	}
	if f.asked, err = f.inputFlags.read(p.stdin, f.indexFlags.textAt(ctx)); err != nil {
		return err
	}
	f.targets, err = f.readTargets(ctx)
	return err
}

// choose finds the set of every platform.
func (f *fetching) choose(ctx context.Context, p program) ([]*resolve.Resolution, error) {
	if len(f.FromLock) > 0 {
		return f.fromLocks()
	}
	policy, err := f.policy(p.now(), f.asked.Options, f.Sdists)
	if err != nil {
		return nil, err
	}
	builder := f.builder(f.source.index, f.source.fetcher, f.host, f.asked.building)
	if f.Sdists {
		f.asked.Options.Formats, err = f.formats(f.asked.Options)
	} else {
		policy = wheelsOnly(policy)
	}
	if err != nil {
		return nil, err
	}
	wheels := &index.Direct{Index: f.asked.Restrict(f.source.index), Fetcher: f.source.fetcher}
	sets, failed := make([]*resolve.Resolution, len(f.targets)), make([]error, len(f.targets))
	var running sync.WaitGroup
	for i, pl := range f.targets {
		resolver := wheels
		if f.Sdists {
			resolver = &index.Direct{Index: f.asked.Restrict(builder.For(pl)), Fetcher: f.source.fetcher}
		}
		running.Go(func() { sets[i], failed[i] = resolveOn(ctx, resolver, f.source.index, f.asked, policy, pl) })
	}
	running.Wait()
	if err := errors.Join(gathered(failed), builder.Close()); err != nil {
		return nil, err
	}
	warnPins(f.out, sets)
	return sets, nil
}

// wheelsOnly is a policy without sdists.
func wheelsOnly(p resolve.Policy) resolve.Policy {
	p.Sdists = false
	p.FormatsOf = maps.Clone(p.FormatsOf)
	for name, formats := range p.FormatsOf {
		formats.Sdists = false
		p.FormatsOf[name] = formats
	}
	return p
}

// gathered are the problems of several platforms; nil where there is none.
func gathered(failed []error) error {
	var problems bundle.Errors
	for _, err := range failed {
		var e *bundle.Error
		if errors.As(err, &e) {
			problems = append(problems, e)
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return problems
}

// fromLocks finds the set of every platform in the first lock that is for it.
func (f *fetching) fromLocks() ([]*resolve.Resolution, error) {
	locks := make([]*pylock.Lock, len(f.FromLock))
	for i, file := range f.FromLock {
		b, err := readLimited(file, pylock.MaxLock)
		if err != nil {
			return nil, configError(file, err)
		}
		if locks[i], err = pylock.Parse(b); err != nil {
			return nil, configError(file, err)
		}
		for _, key := range locks[i].Unknown {
			f.out.warn(file + ": " + key + " is of a newer lock format: it counts for nothing")
		}
	}
	sets, failed := make([]*resolve.Resolution, len(f.targets)), make([]error, len(f.targets))
	for i, pl := range f.targets {
		if sets[i], failed[i] = f.fromFirst(locks, pl); failed[i] != nil {
			failed[i] = &bundle.Error{Platform: pl.Name, Step: bundle.StepConfigure, Kind: bundle.KindConfig, Err: failed[i]}
		}
	}
	return sets, gathered(failed)
}

func (f *fetching) fromFirst(locks []*pylock.Lock, pl resolve.Platform) (*resolve.Resolution, error) {
	for i, lock := range locks {
		set, err := lock.Resolution(pl, pylock.Selection{Dir: filepath.Dir(f.FromLock[i]), NoSdists: !f.Sdists})
		switch {
		case err == nil:
			return set, nil
		case !errors.Is(err, pylock.ErrEnvironment):
			return nil, fmt.Errorf("%s: %w", f.FromLock[i], err)
		}
	}
	return nil, fmt.Errorf("%s: %w", strings.Join(f.FromLock, ", "), pylock.ErrEnvironment)
}

// fill does what the plan says, and writes the requirements last: what they name is there then.
func (f *fetching) fill(ctx context.Context, house *wheelhouse.Wheelhouse, plan *wheelhouse.Plan, texts []fetchText) error {
	missing := plan.Missing()
	for _, m := range missing {
		f.bytes += max(m.Size, 0)
	}
	f.out.observe(bundle.Event{Type: bundle.StepStarted, Step: bundle.StepFetch, TotalItems: len(missing), TotalBytes: f.bytes})
	err := house.Fill(ctx, plan)
	f.out.observe(bundle.Event{Type: bundle.StepFinished, Step: bundle.StepFetch, Items: f.last.Done, TotalItems: len(missing), Bytes: f.last.Bytes, TotalBytes: f.bytes, Err: err})
	if err != nil {
		return err
	}
	if f.Clean {
		if err := house.Clean(ctx, plan); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(f.Dest, 0o777); err != nil {
		return err
	}
	for _, t := range texts {
		if err := durable.WritePath(filepath.Join(f.Dest, t.file), t.text, 0o666); err != nil {
			return err
		}
	}
	return nil
}

// came tells of a file.
func (f *fetching) came(e wheelhouse.Event) {
	f.last = e
	f.out.observe(bundle.Event{
		Type: bundle.ItemDone, Step: bundle.StepFetch, Library: string(e.File.Name), Version: e.File.Version.String(), File: e.File.Artifact.File,
		Items: e.Done, TotalItems: e.Total, Bytes: e.Bytes, TotalBytes: f.bytes,
	})
}

func fetchError(err error) error {
	kind := bundle.KindNone
	var conflict *wheelhouse.ConflictError
	if errors.As(err, &conflict) {
		kind = bundle.KindConflict
	}
	return &bundle.Error{Step: bundle.StepFetch, Kind: kind, Err: err}
}
