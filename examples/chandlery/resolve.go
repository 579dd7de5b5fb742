package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/venv/build"
)

type resolveCommand struct {
	Platform []string `sep:"none" required:"" placeholder:"NAME|TAG,…[@VERSION]" help:"A platform's name (windows, darwin, darwinbigsur, linux, or one of --platforms), or platform tags (win32, macosx_11_0_arm64), with a full version of CPython behind @; or host, this machine, with the version or file of an interpreter behind @. Several with commas make one platform of several kinds of machine; several --platform are resolved at once, each on its own."`
	Python   string   `placeholder:"VERSION" help:"The full version of the targets' CPython; a named platform has its own."`
	Format   string   `enum:"table,requirements,pylock,inspect,json" default:"table" help:"table, requirements (for pip), pylock (a lock file, PEP 751), inspect (as pip's --report) or json."`
	Hashes   bool     `help:"With --format requirements: the --hash of every file, as pip's hash-checking mode needs."`
	Output   string   `short:"o" type:"path" placeholder:"FILE" help:"Write to a file, whole or not at all; with {platform} in its name, one a platform, once all are resolved."`
	Sdists   bool     `help:"Take an sdist where there is no wheel, if it says for good what it requires (PEP 643): nothing is built."`
	Explain  bool     `help:"Show every requirement that brought a library in."`
	inputFlags
	policyFlags
	platformsFlag
	indexFlags
}

// Run answers what the requirements resolve to.
func (c *resolveCommand) Run(ctx context.Context, out *output, p program) error {
	if c.inputFlags.empty() {
		return usage("say what to resolve: requirements, -r FILE, --pyproject FILE or --group NAME")
	}
	if c.Hashes && c.Format != "requirements" {
		return usage("--hashes is for --format requirements: lock files and json have the hashes anyhow")
	}
	platforms, _, err := c.targetsOf(ctx, &c.indexFlags, c.Platform, c.Python)
	if err != nil {
		return err
	}
	if err := heed(out, thisMachine(), c.command, &c.inputFlags, &c.policyFlags); err != nil {
		return err
	}
	asked, err := c.read(p.stdin, c.textAt(ctx))
	if err != nil {
		return err
	}
	policy, err := c.policy(p.now(), asked.Options, c.Sdists)
	if err != nil {
		return err
	}
	if c.Sdists {
		if asked.Options.Formats, err = c.formats(asked.Options); err != nil {
			return err
		}
	}
	source, err := c.openIndexes(ctx, out, &c.indexFlags, asked.Options)
	if err != nil {
		return err
	}
	defer source.close()
	ready := c.drafts(len(platforms))
	all, err := c.resolveAll(ctx, source, asked, policy, platforms, ready)
	if err != nil {
		ready.discard()
		return err
	}
	warnPins(out, all)
	return c.show(out, all, ready)
}

// resolveAll resolves for every platform at once, over one index, and adds what has its answer to the drafts. All that goes wrong is told.
func (c *resolveCommand) resolveAll(ctx context.Context, source *libraries, asked *inputs, policy resolve.Policy, platforms []resolve.Platform, ready *drafts) ([]*resolve.Resolution, error) {
	builder := c.builder(source.index, source.fetcher, nil, nil)
	solver := source.recalling(asked, "wheels, and what sdists state")
	shared := &index.Direct{Index: asked.Restrict(source.index), Fetcher: source.fetcher, Solver: solver}
	all, failed := make([]*resolve.Resolution, len(platforms)), make([]error, len(platforms))
	var running sync.WaitGroup
	for i, pl := range platforms {
		resolver := shared
		if anySdists(policy) {
			resolver = &index.Direct{Index: asked.Restrict(builder.For(pl)), Fetcher: source.fetcher, Solver: solver}
		}
		running.Go(func() {
			if all[i], failed[i] = resolveOn(ctx, resolver, source.index, asked, policy, pl); failed[i] == nil {
				ready.add(i, all[i])
			}
		})
	}
	running.Wait()
	var problems bundle.Errors
	for _, err := range failed {
		var e *bundle.Error
		if errors.As(err, &e) {
			problems = append(problems, e)
		}
	}
	err := builder.Close()
	if len(problems) > 0 {
		return nil, problems
	}
	return all, err
}

// resolveOn resolves for one platform; ix has all that the resolver may look at, and more.
func resolveOn(ctx context.Context, resolver resolve.Resolver, ix resolve.Index, asked *inputs, policy resolve.Policy, pl resolve.Platform) (*resolve.Resolution, error) {
	if err := asked.suits(pl.Name, pl.Python); err != nil {
		return nil, err
	}
	r, err := resolver.Resolve(ctx, asked.request(pl, policy))
	if err != nil {
		e := &bundle.Error{Platform: pl.Name, Step: bundle.StepResolve, Kind: directKind(err), Err: err}
		var none *resolve.NoSolutionError
		if errors.As(err, &none) {
			e.Advice = cmp.Or(asked.unlisted(ctx, ix, pl), "chandlery explain, asked the same, tells which changes would give one")
		}
		if pl.Name == thisHost && errors.Is(err, build.ErrNoPython) {
			e.Advice = "chandlery fetch and install build for this machine"
		}
		return nil, e
	}
	if err := asked.CheckHashes(r); err != nil {
		return nil, &bundle.Error{Platform: pl.Name, Step: bundle.StepResolve, Kind: hashKind(err), Err: err}
	}
	return r, nil
}

// directKind is the kind of an address that cannot be used for what it is; where its file is to blame, the file's error tells.
func directKind(err error) bundle.Kind {
	var direct *index.DirectError
	if errors.As(err, &direct) && bundle.KindOf(err) == bundle.KindInternal {
		return bundle.KindConfig
	}
	return noWheel(err)
}

// hashKind is the kind of a file without a hash; one with another hash tells itself.
func hashKind(err error) bundle.Kind {
	if bundle.KindOf(err) == bundle.KindInternal {
		return bundle.KindConfig
	}
	return bundle.KindNone
}

// warnPins tells what of answers should be read, each thing once: extras that are not there, and files that were withdrawn.
func warnPins(out *output, all []*resolve.Resolution) {
	told := map[string]bool{}
	warn := func(text string) {
		if !told[text] {
			told[text] = true
			out.warn(text)
		}
	}
	for _, r := range all {
		for _, p := range r.Pins {
			for _, x := range p.UnknownExtras {
				warn(fmt.Sprintf("%s %s has no extra %s", p.Name, p.Version, x))
			}
			if i := slices.IndexFunc(p.Files, func(f dist.File) bool { return f.Yanked }); i >= 0 {
				warn(yanked(p, p.Files[i].YankedReason))
			}
		}
	}
}

// yanked says that a pin is; its reason is anybody's text, so it is quoted.
func yanked(p resolve.Pin, reason string) string {
	text := fmt.Sprintf("%s %s is yanked", p.Name, p.Version)
	if reason != "" {
		text += fmt.Sprintf(": %q", reason)
	}
	return text
}

// configError says in which file a problem lies.
func configError(file string, err error) error {
	return &bundle.Error{Step: bundle.StepConfigure, Kind: bundle.KindConfig, Err: fmt.Errorf("%s: %w", file, err)}
}
