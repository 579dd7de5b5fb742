package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/deploy"
)

type upgradeCommand struct {
	Infer    upgradeInfer    `cmd:"" help:"Tell which releases a vendor's driver runs on, and why. Nothing is changed, and no deployment is needed."`
	Plan     upgradePlan     `cmd:"" help:"Show what would happen, and why. It makes the new environment, beside all others; nothing that runs is touched."`
	Apply    upgradeApply    `cmd:"" help:"Upgrade: rehearse, try, switch, verify; go back where that fails."`
	Status   upgradeStatus   `cmd:"" help:"Show where the last upgrade stands, also after a crash."`
	Resume   upgradeResume   `cmd:"" help:"Go on with an upgrade, or a rollback, that was interrupted."`
	Rollback upgradeRollback `cmd:"" help:"Bring back what ran before the last upgrade."`
	Index    upgradeIndex    `cmd:"" help:"Read what every release of a component offers to a vendor's driver, into one file."`
	Finish   upgradeFinish   `cmd:"" help:"Remove the snapshots and what was written for verification: there is no way back with the data then."`
}

// deployFlags say which deployment, and what of it.
type deployFlags struct {
	Config    string   `required:"" type:"path" placeholder:"FILE" help:"deploy.yaml: see go doc github.com/chandlery-go/chandlery/upgrade/deploy."`
	Component []string `placeholder:"NAME" help:"Only these components."`
	Services  []string `placeholder:"NAME" help:"Only these services, on this host: volume is short for cinder-volume."`
	Python    string   `placeholder:"VERSION|FILE" help:"The interpreter of new environments, in place of the configuration's."`
	indexFlags
}

// what a command does with a deployment.
const (
	tells = false
	makes = true // environments, for which it needs an index
)

// deployment wires it. Without an index it can tell and go back.
func (f *deployFlags) deployment(ctx context.Context, index bool, out *output) (*deploy.Deployment, *told, func(), error) {
	cfg, err := deploy.Read(f.Config)
	if err != nil {
		return nil, nil, nil, configError(f.Config, trimmed(f.Config, err))
	}
	if f.Python != "" {
		cfg.Python = f.Python
	}
	t := &told{out: out, terminal: isTerminal(out.stderr)}
	o := deploy.Options{Path: interpreterPath(), Environ: []string{"PATH=" + os.Getenv("PATH")}, Services: f.Services, Observer: t.event}
	done := func() {}
	if index {
		source, err := f.open(ctx, nil)
		if err != nil {
			return nil, nil, nil, err
		}
		o.Index, o.Fetcher, o.Cache = source.index, source.fetcher, f.Cache
		done = func() { source.close() }
	}
	d, err := cfg.Open(ctx, o)
	if err != nil {
		done()
		return nil, nil, nil, err
	}
	return d, t, func() { t.end(); d.Close(); done() }, nil
}

// trimmed leaves out the file's name, which the caller puts before an error.
func trimmed(file string, err error) error {
	if inner := errors.Unwrap(err); inner != nil && strings.HasPrefix(err.Error(), file+": ") {
		return inner
	}
	return err
}

// interpreterPath is where interpreters are looked for: PATH, and what pyenv has installed.
func interpreterPath() []string {
	all := filepath.SplitList(os.Getenv("PATH"))
	root := os.Getenv("PYENV_ROOT")
	if home, err := os.UserHomeDir(); root == "" && err == nil {
		root = filepath.Join(home, ".pyenv")
	}
	found, err := filepath.Glob(filepath.Join(root, "versions", "*", "bin"))
	if err != nil {
		return all
	}
	return append(all, found...)
}

type upgradePlan struct {
	deployFlags
}

// Run shows the plan.
func (c *upgradePlan) Run(ctx context.Context, out *output) error {
	d, t, done, err := c.deployment(ctx, makes, out)
	if err != nil {
		return err
	}
	defer done()
	plans, err := d.Plan(ctx, c.Component...)
	t.end()
	if err != nil {
		writePartial(out, "plans", plans, func(w io.Writer) { writePlans(w, plans) })
		return err
	}
	out.result(plans, func(w io.Writer) { writePlans(w, plans) })
	return nil
}

type upgradeApply struct {
	Yes bool `help:"Do not ask."`
	deployFlags
}

// Run upgrades.
func (c *upgradeApply) Run(ctx context.Context, out *output) error {
	d, t, done, err := c.deployment(ctx, makes, out)
	if err != nil {
		return err
	}
	defer done()
	if !c.Yes {
		if err := c.ask(ctx, d, t, out); err != nil {
			return err
		}
	}
	records, err := d.Upgrade(ctx, c.Component...)
	return t.records(records, err)
}

// ask shows the plan and waits for a yes.
func (c *upgradeApply) ask(ctx context.Context, d *deploy.Deployment, t *told, out *output) error {
	if out.json || !term.IsTerminal(int(os.Stdin.Fd())) {
		return usage("apply changes what runs: read chandlery upgrade plan, and give --yes where nobody can be asked")
	}
	plans, err := d.Plan(ctx, c.Component...)
	t.end()
	if err != nil {
		return err
	}
	writePlans(out.stdout, plans)
	fmt.Fprint(out.stderr, "Upgrade now? [y/N] ")
	answer := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(os.Stdin).ReadString('\n') // an end of input is no yes
		answer <- strings.ToLower(strings.TrimSpace(line))
	}()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case a := <-answer:
		if a != "y" && a != "yes" {
			return context.Canceled
		}
	}
	return nil
}

type upgradeStatus struct{ deployFlags }

// Run shows the records.
func (c *upgradeStatus) Run(ctx context.Context, out *output) error {
	d, _, done, err := c.deployment(ctx, tells, out)
	if err != nil {
		return err
	}
	defer done()
	records, err := d.Status(ctx, c.Component...)
	if err != nil {
		return err
	}
	out.result(records, func(w io.Writer) {
		for _, r := range records {
			writeRecord(w, r, true)
		}
	})
	return nil
}

type upgradeResume struct {
	deployFlags
}

// Run goes on.
func (c *upgradeResume) Run(ctx context.Context, out *output) error {
	d, t, done, err := c.deployment(ctx, makes, out)
	if err != nil {
		return err
	}
	defer done()
	records, err := d.Resume(ctx, c.Component...)
	return t.records(records, err)
}

type upgradeRollback struct {
	RestoreDatabase string `enum:"lossless,always,never" default:"lossless" help:"Whether a migrated database is put back: lossless, where nothing that was written since is lost; always; never."`
	deployFlags
}

// Run goes back.
func (c *upgradeRollback) Run(ctx context.Context, out *output) error {
	d, t, done, err := c.deployment(ctx, tells, out)
	if err != nil {
		return err
	}
	defer done()
	records, err := d.Rollback(ctx, upgrade.Restore(c.RestoreDatabase), c.Component...)
	return t.records(records, err)
}

type upgradeFinish struct{ deployFlags }

// Run removes what a way back needs.
func (c *upgradeFinish) Run(ctx context.Context, out *output) error {
	d, t, done, err := c.deployment(ctx, tells, out)
	if err != nil {
		return err
	}
	defer done()
	records, err := d.Finish(ctx, c.Component...)
	t.end()
	if err != nil {
		return err
	}
	out.result(records, func(w io.Writer) {
		for _, r := range records {
			fmt.Fprintf(w, "%s: snapshots and what verification wrote are removed\n", r.Component)
		}
	})
	return nil
}
