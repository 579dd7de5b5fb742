package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/driver"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
	"github.com/chandlery-go/chandlery/upgrade/driver/pyast"
	"github.com/chandlery-go/chandlery/upgrade/openstack"
	"github.com/chandlery-go/chandlery/upgrade/probe"
	releases "github.com/chandlery-go/chandlery/upgrade/release"
	"github.com/chandlery-go/chandlery/venv/python"
)

type upgradeInfer struct {
	Component string   `required:"" placeholder:"NAME" help:"cinder; or another whose index comes along or is given."`
	Driver    string   `required:"" placeholder:"FILE|DIR|CLASS" help:"The vendor's driver: a .py file, a folder, a wheel or an sdist; or package.module.Class, which is installed below --site."`
	Class     string   `placeholder:"CLASS" help:"The driver's class, as volume_driver names it: what its module leads to counts, and its place is its name's."`
	Current   string   `xor:"current" placeholder:"VERSION" help:"The release that runs now, as the index knows it."`
	Site      []string `xor:"current" type:"path" sep:"none" placeholder:"DIR" help:"A library folder (dist-packages) of what runs now, which is judged by its files; several, in the order of sys.path."`
	IndexFile string   `type:"path" placeholder:"FILE" help:"What the releases offer, from chandlery upgrade index; by default what this program carries."`
	Policy    string   `enum:"newest-maintained,newest-slurp,lowest-in-window" default:"newest-maintained" help:"Which of the releases that have all that is asked: newest-maintained, newest-slurp, lowest-in-window."`
	Window    int      `placeholder:"N" help:"Only the latest N released series."`
	Want      string   `placeholder:"SERIES|VERSION" help:"A series or a version in place of the policy."`
	Releases  string   `placeholder:"DIR|URL" help:"The releases data; by default those that this program carries."`
	Python    string   `placeholder:"VERSION|FILE" help:"The CPython, 3.7 or later, whose ast module reads the driver, and runs nothing of it; by default the first python3 on PATH."`
	Log       []string `type:"path" sep:"none" placeholder:"FILE" help:"A log that the component wrote with the driver in it, under --current or --site: what it shows to be missing counts too. Several."`
}

// Help stands below the flags.
func (c *upgradeInfer) Help() string {
	return `It holds what the driver's text asks of its host (modules, functions with their arguments, methods of base classes, options) against what each release offers, and tells which releases have all of it, which symbol at which line bounds them, and which release the policy takes. Nothing is changed, run or fetched, and no deployment is needed; the same in a deployment: target: {driver: FILE} of deploy.yaml.

Exit codes: 0, a release is named; 7, the policy takes none of those that have all, or nothing above the current one has; 9, no release does, or only older ones; 10, what was given is no driver; 11, it is written for Python 2; 12, it imports a distribution that nothing is known to install.`
}

// Validate is called by kong.
func (c *upgradeInfer) Validate() error {
	if len(c.Log) > 0 && c.Current == "" && len(c.Site) == 0 {
		return errors.New("--log is of the release that wrote it: give --current or --site")
	}
	if c.Current != "" {
		if _, err := pep440.Parse(c.Current); err != nil {
			return fmt.Errorf("--current: %w", err)
		}
	}
	return nil
}

// inferJSON is the result; its field names are part of the command's promise.
type inferJSON struct {
	Component string            `json:"component"`
	Driver    string            `json:"driver"`
	Placed    string            `json:"placed"`
	Inference *driver.Inference `json:"inference"`
	Logs      []logJSON         `json:"logs,omitempty"`
	Target    *upgrade.Target   `json:"target,omitempty"`
}

type logJSON struct {
	File    string          `json:"file"`
	Lessons []driver.Lesson `json:"lessons"`
}

// Run infers.
func (c *upgradeInfer) Run(ctx context.Context, out *output) error {
	p, err := c.picker(ctx)
	if err != nil {
		return err
	}
	q, err := c.query(ctx)
	if err != nil {
		return err
	}
	name := q.Component.Distribution
	tree, err := p.Open(ctx, name)
	if err != nil {
		return err
	}
	j := inferJSON{Component: c.Component, Driver: tree.String(), Placed: tree.Placed}
	if j.Inference, err = p.Infer(ctx, name); err != nil {
		return err
	}
	if j.Logs, q.Refused, err = c.logs(ctx, p, q); err != nil {
		return err
	}
	t, err := p.PickTarget(ctx, q)
	if err != nil {
		writePartial(out, "inference", []inferJSON{j}, j.human)
		return err
	}
	j.Target = &t
	out.result(j, j.human)
	return nil
}

func (c *upgradeInfer) picker(ctx context.Context) (*driver.Picker, error) {
	interpreter, err := python.Find(ctx, (&venvCommand{Python: c.Python}).python(), interpreterPath())
	if err != nil {
		return nil, &bundle.Error{Kind: bundle.KindUsage, Err: err, Advice: "install it, or name another with --python"}
	}
	p := &driver.Picker{
		Source: driver.Source{Path: c.Driver, Class: c.Class}, Reader: &pyast.Reader{Python: interpreter.Path}, Current: c.Site,
		Policy: &releases.Picker{Source: releasesData(c.Releases), Policy: releases.Policy(c.Policy), Window: c.Window, Want: c.Want},
	}
	if d, err := openstack.Lookup(c.Component); err == nil {
		p.Have = d.Component.Host.Bindings
	}
	if _, err := os.Stat(c.Driver); err != nil && !strings.ContainsAny(c.Driver, `/\`) && len(c.Site) > 0 {
		p.Source = driver.Source{Class: c.Driver}
	}
	p.Index, err = readOffers(c.IndexFile)
	return p, err
}

// readOffers reads what chandlery upgrade index wrote; nil where there is no file.
func readOffers(file string) (*api.Index, error) {
	if file == "" {
		return nil, nil
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, usage("%v", err)
	}
	defer f.Close()
	index, err := api.Read(f)
	if err != nil {
		return nil, &bundle.Error{Kind: bundle.KindState, Err: fmt.Errorf("%s: %w", file, err), Advice: "make it anew: chandlery upgrade index"}
	}
	return index, nil
}

// releasesData are those of a folder or an address, else those that come along.
func releasesData(where string) releases.Source {
	switch {
	case where == "":
		return releases.Embedded()
	case isWeb(where):
		return releases.HTTP{URL: where}
	}
	return releases.FS{FS: os.DirFS(where)}
}

// query says what runs now.
func (c *upgradeInfer) query(ctx context.Context) (q upgrade.Query, err error) {
	name, err := pep508.ParseName(c.Component)
	if err != nil {
		return q, usage("--component: %v", err)
	}
	q.Component = upgrade.Component{Name: c.Component, Distribution: name, Deliverable: strings.ReplaceAll(string(name), "-", "_")}
	switch {
	case c.Current != "":
		q.Current, err = pep440.Parse(c.Current)
	case len(c.Site) > 0:
		var now *openstack.Current
		if now, err = openstack.ReadCurrent(ctx, q.Component, c.Site...); err == nil {
			q.Current = now.Version
		}
	}
	if errors.Is(err, openstack.ErrNotInstalled) {
		return q, usage("--site: %v", err)
	}
	return q, err
}

// logs reads what logs show, and what follows from it.
func (c *upgradeInfer) logs(ctx context.Context, p *driver.Picker, q upgrade.Query) (all []logJSON, refused []upgrade.Refusal, err error) {
	for _, file := range c.Log {
		f, err := os.Open(file)
		if err != nil {
			return nil, nil, usage("--log: %v", err)
		}
		evidence := probe.Classify(f)
		f.Close()
		lessons, err := p.Learn(ctx, q.Component.Distribution, q.Current, evidence)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, logJSON{file, lessons})
		refused = append(refused, upgrade.Refusal{Version: q.Current, Reason: "its log " + file, Evidence: evidence})
	}
	return all, refused, nil
}

// human shows what follows, then the chain of evidence, then the choice.
func (j inferJSON) human(w io.Writer) {
	var text bytes.Buffer
	fmt.Fprintf(&text, "%s, placed %s\n", j.Driver, j.Placed)
	_ = j.Inference.WriteText(&text) // a Buffer takes all
	for _, l := range j.Logs {
		fmt.Fprintf(&text, "\n%s\n", l.File)
		if len(l.Lessons) == 0 {
			fmt.Fprintln(&text, "  no errors")
		}
		for _, lesson := range l.Lessons {
			fmt.Fprintf(&text, "  %s: %s\n", lesson.Evidence.Source, lesson.Text)
		}
	}
	if t := j.Target; t != nil {
		series := ""
		if t.Series != "" {
			series = " (" + t.Series + ")"
		}
		said := text.String()
		fmt.Fprintf(&text, "\nTarget: %s %s%s\n", j.Component, t.Version, series)
		for _, why := range t.Why {
			if !strings.Contains(said, why) && !strings.HasPrefix(why, "a log of ") && !strings.HasSuffix(why, " more bounds") { // said above
				fmt.Fprintf(&text, "  %s\n", why)
			}
		}
	}
	w.Write(text.Bytes())
}
