package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/pylock"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/build"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

type installCommand struct {
	Requirements []string `arg:"" optional:"" help:"PEP 508 requirements: numpy 'flask<3' 'requests[socks]'."`
	Env          string   `required:"" type:"path" placeholder:"DIR" help:"The virtual environment; chandlery venv makes one."`
	Requirement  []string `short:"r" type:"path" sep:"none" placeholder:"FILE" help:"Requirements files."`
	Constraint   []string `short:"c" type:"path" sep:"none" placeholder:"FILE" help:"Constraints files: they limit versions, and bring nothing in."`
	Upgrade      bool     `short:"U" help:"Take the newest version of what is asked for, even where what is installed would do."`
	Exact        bool     `help:"Remove what nothing asks for, pip included."`
	Pre          bool     `help:"Take pre-releases as if they were final."`
	ExcludeNewer string   `placeholder:"DATE" help:"Ignore files uploaded on or after a date or RFC 3339 time."`
	NoBuild      bool     `help:"Use wheels only: run no code of sdists."`
	Lock         string   `type:"path" placeholder:"FILE" help:"Write what is chosen as a lock file (pylock.toml), whole."`
	FromLock     string   `type:"path" placeholder:"FILE" help:"Install what a lock file says, exactly, in place of requirements."`
	Compile      bool     `help:"Write bytecode, so that the first start is fast."`
	DryRun       bool     `help:"Show what would be done, and do nothing."`
	indexFlags
}

// installing is one run of install.
type installing struct {
	*installCommand
	out      *output
	asked    *pylock.Requirements
	env      *venv.Env
	platform resolve.Platform
	have     []wheel.Installed
	held     map[pep508.Name]heldDist // those of have whose metadata can be read
	source   *libraries
	builder  *build.Builder
	fetched  *counted
}

// Run installs.
func (c *installCommand) Run(ctx context.Context, out *output) (err error) {
	i := &installing{installCommand: c, out: out}
	if i.asked, err = c.read(); err != nil {
		return err
	}
	if err := i.open(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.close()) }()
	set, err := i.choose(ctx)
	if err != nil {
		return err
	}
	if err := i.writeLock(ctx, set); err != nil {
		return err
	}
	plan, err := i.plan(ctx, set)
	if err != nil {
		return err
	}
	if !c.DryRun && !plan.Empty() {
		if err := i.apply(ctx, plan); err != nil {
			return err
		}
	}
	for _, b := range i.broken(plan, set) {
		out.warn(b)
	}
	i.report(plan, set)
	return nil
}

// read takes in the command line and the files that it names.
func (c *installCommand) read() (*pylock.Requirements, error) {
	if named := len(c.Requirements) + len(c.Requirement); (named > 0) == (c.FromLock != "") && !(c.Exact && c.FromLock == "") {
		return nil, usage("say what to install: requirements, -r FILE, or --from-lock FILE alone")
	}
	if c.FromLock != "" && (len(c.Constraint) > 0 || c.Upgrade || c.Lock != "") {
		return nil, usage("--from-lock installs what the lock says: it goes without -c, --upgrade and --lock")
	}
	asked, err := (&pylock.RequirementsReader{Getenv: os.Getenv}).Read(c.Requirement, c.Constraint)
	if err != nil {
		return nil, lineErrors(err)
	}
	for _, text := range c.Requirements {
		r, err := pep508.Parse(text)
		if err != nil {
			return nil, usage("%v", err)
		}
		asked.Requirements = append(asked.Requirements, pylock.Line{Requirement: r, File: "the command line"})
	}
	return asked, direct(asked)
}

// lineErrors are all lines that are wrong, a problem each.
func lineErrors(err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return &bundle.Error{Step: bundle.StepConfigure, Kind: bundle.KindConfig, Err: err}
	}
	var all bundle.Errors
	for _, e := range joined.Unwrap() {
		all = append(all, &bundle.Error{Step: bundle.StepConfigure, Kind: bundle.KindConfig, Err: e})
	}
	return all
}

// direct refuses what is asked for by address, with the line that does.
func direct(asked *pylock.Requirements) error {
	var all bundle.Errors
	for _, l := range append(asked.Requirements, asked.Constraints...) {
		if l.Requirement.URL != "" {
			err := &pylock.ParseError{File: l.File, Line: l.Line, Err: &resolve.DirectURLError{Requirement: l.Requirement}}
			all = append(all, &bundle.Error{Step: bundle.StepConfigure, Kind: bundle.KindConfig, Err: err})
		}
	}
	if len(all) == 0 {
		return nil
	}
	return all
}

// open mends what a kill left, and looks at the environment and where libraries come from.
func (i *installing) open(ctx context.Context) error {
	if err := venv.Recover(ctx, i.Env); err != nil {
		return environmentError(err)
	}
	env, err := venv.Open(ctx, i.Env)
	if err != nil {
		return environmentError(err)
	}
	if !env.Virtual {
		return environmentError(fmt.Errorf("%s: %w", i.Env, venv.ErrNotVirtual))
	}
	i.env = env
	if i.platform, err = env.Python.Platform("CPython " + env.Python.Version.String()); err != nil {
		return environmentError(err)
	}
	var problems error
	if i.have, problems = env.Installed(ctx); problems != nil {
		i.out.warn(problems.Error())
	}
	if i.held, err = heldOf(env, i.have); err != nil {
		return err
	}
	return i.connect(ctx)
}

// connect opens the indexes: those of the command line, else those that requirements files name, else the machine's.
func (i *installing) connect(ctx context.Context) error {
	o, configured := i.asked.Options, i.asked.Options.Indexes
	i.wheels = o.FindLinks
	switch {
	case len(i.Index) > 0 && (len(o.Indexes) > 0 || o.NoIndex):
		i.out.tell("--index goes before the indexes of the requirements files")
	case o.NoIndex && len(o.FindLinks) == 0:
		return usage("--no-index without --find-links: there is nothing to install from")
	case o.NoIndex:
		i.wheels, i.Index = nil, o.FindLinks
	}
	source, err := i.indexFlags.open(ctx, configured)
	if err != nil {
		return err
	}
	i.source = source
	i.fetched = &counted{Fetcher: source.fetcher, out: i.out}
	i.builder = &build.Builder{Index: source.index, Fetcher: i.fetched, Cache: filepath.Join(i.Cache, "built"), Environ: []string{"PATH=" + os.Getenv("PATH")}}
	if !i.NoBuild {
		i.builder.Python = i.env.Python
	}
	return nil
}

func (i *installing) close() error { return errors.Join(i.builder.Close(), i.source.close()) }

// policy is what of an index may be chosen.
func (i *installing) policy() (p resolve.Policy, err error) {
	p.Sdists = !i.NoBuild
	if i.Pre || i.asked.Options.Prereleases {
		p.Prereleases = resolve.Allow
	}
	p.ExcludeNewer, err = parseDate(i.ExcludeNewer)
	return p, err
}

// choose finds the set: from the lock, or by resolving.
func (i *installing) choose(ctx context.Context) (*resolve.Resolution, error) {
	if i.FromLock != "" {
		return i.fromLock()
	}
	started := time.Now()
	set, err := i.resolve(ctx)
	if err != nil {
		return nil, &bundle.Error{Step: bundle.StepResolve, Kind: noWheel(err), Err: err}
	}
	i.out.tell(fmt.Sprintf("resolve: %d libraries in %.1f s", len(set.Pins), time.Since(started).Seconds()))
	return set, nil
}

// noWheel is the kind of a build's failure: a version is there, but no wheel of it.
func noWheel(err error) bundle.Kind {
	var failed *build.BuildError
	if errors.As(err, &failed) && bundle.KindOf(err) == bundle.KindInternal {
		return bundle.KindNoWheel
	}
	return bundle.KindNone
}

func (i *installing) fromLock() (*resolve.Resolution, error) {
	b, err := os.ReadFile(i.FromLock)
	if err != nil {
		return nil, configError(i.FromLock, err)
	}
	lock, err := pylock.Parse(b)
	if err != nil {
		return nil, configError(i.FromLock, err)
	}
	for _, key := range lock.Unknown {
		i.out.warn(fmt.Sprintf("%s: %s is of a newer lock format: it counts for nothing", i.FromLock, key))
	}
	set, err := lock.Resolution(i.platform, pylock.Selection{Dir: filepath.Dir(i.FromLock), NoSdists: i.NoBuild})
	if err != nil {
		return nil, configError(i.FromLock, err)
	}
	return set, nil
}

// plan compares, and builds wheels of the sdists that are to come in.
func (i *installing) plan(ctx context.Context, set *resolve.Resolution) (*venv.Plan, error) {
	set = i.keepHeld(set)
	if err := i.checkHashes(set); err != nil {
		return nil, &bundle.Error{Step: bundle.StepResolve, Kind: bundle.KindConfig, Err: err}
	}
	if !i.DryRun {
		var err error
		if set, err = i.builder.Wheels(ctx, set); err != nil {
			return nil, &bundle.Error{Step: bundle.StepPack, Kind: noWheel(err), Err: err}
		}
	} else {
		set = asWheels(set)
	}
	plan, err := venv.NewPlan(i.have, set, i.Exact)
	if err != nil {
		return nil, &bundle.Error{Step: bundle.StepPlan, Err: err}
	}
	return plan, nil
}

// asWheels takes sdists for wheels, so that a plan can be shown that is not carried out.
func asWheels(set *resolve.Resolution) *resolve.Resolution {
	out := &resolve.Resolution{Platform: set.Platform}
	for _, p := range set.Pins {
		f := p.Files[0]
		f.Kind = dist.Wheel
		p.Files = []dist.File{f}
		out.Pins = append(out.Pins, p)
	}
	return out
}

func (i *installing) apply(ctx context.Context, plan *venv.Plan) error {
	started := time.Now()
	i.fetched.expect(len(plan.Install))
	installer := &venv.WheelInstaller{Fetcher: i.fetched.over(i.builder), Store: filepath.Join(i.Cache, "unpacked"), Compile: i.Compile}
	change, err := installer.Apply(ctx, i.env, plan)
	i.fetched.end(err)
	if err != nil {
		return environmentError(err)
	}
	if err := change.Commit(ctx); err != nil {
		return environmentError(err)
	}
	i.out.tell(fmt.Sprintf("install: %d in, %d out in %.1f s", len(plan.Install), len(plan.Remove), time.Since(started).Seconds()))
	return nil
}

// writeLock writes the set as a lock file. What is installed already is locked to the index's file of that version.
func (i *installing) writeLock(ctx context.Context, set *resolve.Resolution) error {
	if i.Lock == "" || i.DryRun {
		return nil
	}
	locked := &resolve.Resolution{Platform: set.Platform}
	for _, p := range set.Pins {
		if isHeld(p.Files[0]) {
			file, err := i.offered(ctx, p)
			if err != nil {
				return &bundle.Error{Library: string(p.Name), Step: bundle.StepResolve, Err: err}
			}
			p.Files = []dist.File{file}
		}
		locked.Pins = append(locked.Pins, p)
	}
	b, err := pylock.New(locked).Marshal()
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(cmp.Or(filepath.Dir(i.Lock), "."))
	if err != nil {
		return err
	}
	defer root.Close()
	return durable.WriteFile(root, filepath.Base(i.Lock), b, 0o666)
}

// offered is the index's file for an installed pin.
func (i *installing) offered(ctx context.Context, p resolve.Pin) (dist.File, error) {
	policy, err := i.policy()
	if err != nil {
		return dist.File{}, err
	}
	policy.Prereleases = resolve.Allow
	project, err := i.asked.Restrict(i.builder.For(i.platform)).Project(ctx, p.Name)
	if err != nil {
		return dist.File{}, err
	}
	candidates, _ := resolve.Candidates(project, i.platform, policy)
	for _, c := range candidates {
		if c.Version.Equal(p.Version) {
			return c.Files[0], nil
		}
	}
	return dist.File{}, fmt.Errorf("version %s is installed, but no index has a file of it to lock: install with --upgrade %s", p.Version, p.Name)
}
