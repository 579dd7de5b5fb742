package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/examples/internal/interpreter"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

type updateCommand struct {
	sourceFlags
	Platform      string        `required:"" placeholder:"NAME|auto" help:"The platform's name in the release; auto asks the folder's interpreter."`
	PythonDir     string        `required:"" type:"path" placeholder:"DIR" help:"The application's python folder, made where absent."`
	Tag           string        `help:"Which kind of machine, where the platform has several: win32, win_amd64."`
	Python        string        `placeholder:"FILE" help:"The interpreter for --platform auto, where it is neither in the folder nor beside it."`
	ClientVersion string        `placeholder:"VERSION" help:"SemVer of the application, for releases that ask for a newest client."`
	AllowPth      []string      `placeholder:"LIBRARY" help:"Libraries that may bring .pth files, which Python executes when it starts."`
	Retry         bool          `help:"Take a release that was rolled back here."`
	Verify        bool          `help:"Hash every installed file, to find those that were changed."`
	Wait          time.Duration `default:"30s" help:"How long to wait for another update of the folder; 0 does not wait."`
	DryRun        bool          `help:"Show what would be done, and do nothing."`
	Trace         string        `type:"path" placeholder:"FILE" help:"Append one JSON object an HTTP request."`
	channelFlag
}

// Validate is called by kong.
func (c *updateCommand) Validate() error {
	return cmp.Or(c.sourceFlags.Validate(), c.channelFlag.Validate())
}

// Run updates.
func (c *updateCommand) Run(ctx context.Context, out *output, now clock) error {
	log, err := openLog(c.Trace)
	if err != nil {
		return err
	}
	defer log.Close()
	client, err := newClient(c.web(), log)
	if err != nil {
		return err
	}
	fetcher := &index.Fetcher{RoundTripper: client.RoundTripper, Auth: client.auth}
	defer fetcher.Close()
	if c.DryRun {
		done, err := c.rehearse(c.PythonDir)
		if err != nil {
			return err
		}
		defer done()
	}
	from, err := c.sourceFlags.open(c.Channel, c.PythonDir, client, fetcher, now)
	if err != nil {
		return err
	}
	defer from.close()
	updater, err := c.updater(ctx, from, out)
	if err != nil {
		return err
	}
	if from.trusted == nil {
		out.warn("this update configuration is unsigned: whoever can write the store decides what Python runs here")
	}
	do := updater.Update
	if c.DryRun {
		do = updater.Plan
	}
	plan, err := do(ctx)
	if err != nil {
		return err
	}
	if from.trusted != nil {
		if err := warnExpiry(ctx, from.trusted, now, out); err != nil {
			return err
		}
	}
	out.result(newUpdateJSON(plan), func(w io.Writer) { c.write(w, plan) })
	return nil
}

func (c *updateCommand) updater(ctx context.Context, from *opened, out *output) (*bundle.Updater, error) {
	u := &bundle.Updater{
		Source: from.source, Fetcher: from.fetcher, Platform: c.Platform, Tag: c.Tag, PythonDir: c.PythonDir,
		ClientVersion: c.ClientVersion, Retry: c.Retry, Verify: c.Verify, LockTimeout: c.wait(), Observer: out.observe,
	}
	for _, text := range c.AllowPth {
		name, err := pep508.ParseName(text)
		if err != nil {
			return nil, usage("--allow-pth: %v", err)
		}
		u.AllowPth = append(u.AllowPth, name)
	}
	if c.Platform == "auto" {
		return u, c.detect(ctx, u, out)
	}
	return u, nil
}

func (c *updateCommand) wait() time.Duration {
	if c.Wait == 0 {
		return -1
	}
	return c.Wait
}

// release is a Source that was asked already.
type release struct{ m *manifest.Manifest }

// Latest gives it.
func (r release) Latest(context.Context) (*manifest.Manifest, error) { return r.m, nil }

// detect asks the interpreter which of the released platforms it is.
func (c *updateCommand) detect(ctx context.Context, u *bundle.Updater, out *output) error {
	m, err := u.Source.Latest(ctx)
	if err != nil {
		return &bundle.Error{Step: bundle.StepSource, Err: err}
	}
	u.Source = release{m}
	python := c.Python
	if python == "" {
		if python, err = interpreter.Find(c.PythonDir); err != nil {
			return usage("%v", err)
		}
	}
	answer, err := interpreter.Ask(ctx, python)
	if err != nil {
		return usage("%v", err)
	}
	platform, tag, err := interpreter.Match(answer, m.Meta.Platforms)
	if err != nil {
		return usage("%v", err)
	}
	u.Platform = platform
	if u.Tag == "" {
		u.Tag = tag
	}
	out.tell(fmt.Sprintf("%s is CPython %s: platform %s, %s", python, answer.Version, u.Platform, u.Tag))
	return nil
}

func (c *updateCommand) write(w io.Writer, p *bundle.UpdatePlan) {
	if p.Hold != "" {
		fmt.Fprintf(w, "nothing is changed: %s\n", heldBack(p))
		return
	}
	if !p.Changes() {
		fmt.Fprintf(w, "nothing to do: release %d of %s for %s is in place\n", p.Sequence, p.Channel, p.Platform)
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "LIBRARY\tFROM\tTO\tSIZE\tWHY")
	count := map[bundle.Do]int{}
	for _, a := range p.Actions {
		count[a.Do]++
		if a.Do != bundle.Keep {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", a.Library, orDash(strings.Join(a.From, ", ")), orDash(a.To), byteSize(a.Bytes), a.Why)
		}
	}
	t.Flush()
	fmt.Fprintf(w, "release %d of %s for %s: %d new, %d replaced, %d removed, %d kept, %s transferred", p.Sequence, p.Channel, p.Platform,
		count[bundle.Install], count[bundle.Replace], count[bundle.Remove], count[bundle.Keep], byteSize(p.Download))
	if c.DryRun {
		fmt.Fprint(w, " would be the outcome; nothing was done")
	}
	fmt.Fprintln(w)
}

// heldBack says why a release is not taken.
func heldBack(p *bundle.UpdatePlan) string {
	switch p.Hold {
	case bundle.HoldRollout:
		return "not yet in the roll-out: " + p.Why
	case bundle.HoldBlocked:
		return fmt.Sprintf("release %d was rolled back here: a later one with other content will be installed, or this one with --retry", p.Sequence)
	}
	return p.Why
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// updateJSON is the result of update; its field names are part of the command's promise.
type updateJSON struct {
	Channel   string                `json:"channel"`
	Sequence  uint64                `json:"sequence"`
	Platform  string                `json:"platform"`
	Changed   bool                  `json:"changed"`
	Hold      bundle.Hold           `json:"hold,omitempty"` // why the release is not taken: "rollout", "blocked"
	Actions   []bundle.UpdateAction `json:"actions"`
	Downloads int                   `json:"downloads"` // bundles
	Bytes     int64                 `json:"bytes"`     // of them
	Unpacked  int64                 `json:"unpacked"`  // bytes
}

func newUpdateJSON(p *bundle.UpdatePlan) updateJSON {
	j := updateJSON{Channel: p.Channel, Sequence: p.Sequence, Platform: p.Platform, Changed: p.Changes(), Hold: p.Hold, Actions: p.Actions, Bytes: p.Download, Unpacked: p.Unpacked}
	if j.Actions == nil {
		j.Actions = []bundle.UpdateAction{}
	}
	for _, a := range p.Actions {
		if a.Bytes > 0 {
			j.Downloads++
		}
	}
	return j
}

type rollbackCommand struct {
	PythonDir string `required:"" type:"path" placeholder:"DIR" help:"The application's python folder."`
}

// Run puts back what the last change replaced.
func (c *rollbackCommand) Run(ctx context.Context, out *output) error {
	if err := (&bundle.Updater{PythonDir: c.PythonDir, Observer: out.observe}).Rollback(ctx); err != nil {
		return err
	}
	out.result(map[string]string{"python_dir": c.PythonDir}, func(w io.Writer) { fmt.Fprintf(w, "%s is as it was before its last change\n", c.PythonDir) })
	return nil
}

type recoverCommand struct {
	PythonDir string `required:"" type:"path" placeholder:"DIR" help:"The application's python folder."`
}

// Run completes or undoes what was interrupted.
func (c *recoverCommand) Run(ctx context.Context, out *output) error {
	if err := bundle.Recover(ctx, c.PythonDir); err != nil {
		return err
	}
	out.result(map[string]string{"python_dir": c.PythonDir}, func(w io.Writer) { fmt.Fprintf(w, "%s is whole\n", c.PythonDir) })
	return nil
}
