package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/pylock"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/build"
	"github.com/chandlery-go/chandlery/venv/python"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

type installCommand struct {
	Env      string `required:"" type:"path" placeholder:"DIR" help:"The virtual environment; chandlery venv makes one."`
	Upgrade  bool   `short:"U" help:"Take the newest version of what is asked for, even where what is installed would do."`
	Exact    bool   `help:"Remove what nothing asks for, pip included."`
	NoBuild  bool   `help:"Use wheels only: run no code of sdists."`
	Lock     string `type:"path" placeholder:"FILE" help:"Write what is chosen as a lock file (pylock.toml), whole."`
	FromLock string `type:"path" placeholder:"FILE" help:"Install what a lock file says, exactly, in place of requirements."`
	Compile  bool   `help:"Write bytecode, so that the first start is fast."`
	DryRun   bool   `help:"Show what would be done, and do nothing."`
	inputFlags
	policyFlags
	indexFlags
}

// installing is one run of install.
type installing struct {
	*installCommand
	out      *output
	asked    *inputs
	policy   resolve.Policy
	env      *venv.Env
	platform resolve.Platform
	have     []wheel.Installed
	held     map[pep508.Name]heldDist // those of have whose metadata can be read
	source   *libraries
	offers   *withHeld // what resolver looks at
	resolver *index.Direct
	builder  *build.Builder
	fetched  *counted
	ahead    func() // ends the questions that were asked ahead; nil: there were none
}

// Run installs.
func (c *installCommand) Run(ctx context.Context, out *output, p program) (err error) {
	i := &installing{installCommand: c, out: out}
	if i.asked, err = c.inputs(ctx, out, p); err != nil {
		return err
	}
	if i.policy, err = c.policyFlags.policy(p.now(), i.asked.Options, true); err != nil {
		return err
	}
	i.policy.Sdists = !c.NoBuild
	if i.asked.Options.Formats, err = c.formats(i.asked.Options); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, i.close()) }()
	if err := i.open(ctx); err != nil {
		return err
	}
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

// inputs takes in the command line and the files that it names.
func (c *installCommand) inputs(ctx context.Context, out *output, p program) (*inputs, error) {
	if c.inputFlags.empty() != (c.FromLock != "") && !(c.Exact && c.FromLock == "") {
		return nil, usage("say what to install: requirements, -r FILE, --pyproject FILE, --group NAME, or --from-lock FILE alone")
	}
	if c.FromLock != "" && (len(c.Constraint)+len(c.Override)+len(c.Overrides) > 0 || c.Upgrade || c.Lock != "") {
		return nil, usage("--from-lock installs what the lock says: it goes without -c, --override, --overrides, --upgrade and --lock")
	}
	if c.FromLock == "" {
		if err := heed(out, thisMachine(), c.command, &c.inputFlags, &c.policyFlags); err != nil {
			return nil, err
		}
	}
	return c.read(p.stdin, c.textAt(ctx))
}

// open mends what a kill left, and looks at where libraries come from and at the environment.
func (i *installing) open(ctx context.Context) error {
	if err := venv.Recover(ctx, i.Env); err != nil {
		return environmentError(err)
	}
	source, err := i.openIndexes(ctx, i.out, &i.indexFlags, i.asked.Options)
	if err != nil {
		return err
	}
	i.source = source
	env, end, err := i.environment(ctx)
	i.ahead = end
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
	i.equip()
	return i.asked.suits("", i.env.Python.Version)
}

// equip makes what brings and builds libraries.
func (i *installing) equip() {
	i.fetched = &counted{Fetcher: i.source.fetcher, out: i.out}
	var host *python.Interpreter
	if !i.NoBuild {
		host = i.env.Python
	}
	i.builder = i.indexFlags.builder(i.source.index, i.fetched, host, i.asked.building)
}

// close ends what open began, all of it or some.
func (i *installing) close() error {
	var problems []error
	if i.ahead != nil {
		i.ahead()
	}
	if i.builder != nil {
		problems = append(problems, i.builder.Close())
	}
	if i.source != nil {
		problems = append(problems, i.source.close())
	}
	return errors.Join(problems...)
}

// choose finds the set: from the lock, or by resolving.
func (i *installing) choose(ctx context.Context) (*resolve.Resolution, error) {
	if i.FromLock != "" {
		return i.fromLock()
	}
	started := time.Now()
	set, err := i.resolve(ctx)
	if err != nil {
		return nil, i.unresolved(ctx, err)
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
	direct := directURLs(set)
	set = i.keepHeld(set, direct)
	if err := i.checkHashes(set); err != nil {
		return nil, &bundle.Error{Step: bundle.StepResolve, Kind: hashKind(err), Err: err}
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
	i.planDirect(plan, set, direct)
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
	return putFile(i.Lock, b)
}

// offered is the index's file for an installed pin.
func (i *installing) offered(ctx context.Context, p resolve.Pin) (dist.File, error) {
	policy := i.policy.For(p.Name)
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
