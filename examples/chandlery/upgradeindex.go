package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
	"github.com/chandlery-go/chandlery/upgrade/driver/crawl"
	"github.com/chandlery-go/chandlery/upgrade/driver/pyast"
)

type upgradeIndex struct {
	Component  string `arg:"" help:"cinder, glance-store (glance's drivers), neutron or nova."`
	Out        string `type:"path" placeholder:"FILE" help:"Where the index goes; by default COMPONENT.api here. What is there is replaced at once when all is read."`
	From       string `type:"path" placeholder:"FILE" help:"An earlier index: its releases are taken as they are, and not read again."`
	Releases   string `placeholder:"DIR|URL" help:"The releases data; by default those that this program carries."`
	Python     string `placeholder:"VERSION|FILE" default:"3" help:"The CPython, 3.6 or later, whose ast module reads the sources, by default the first Python 3 that is found: the newer the better. It runs nothing of what is read."`
	Concurrent int    `default:"8" placeholder:"N" help:"Releases that are fetched and opened at once, by default 8."`
	Keep       bool   `help:"Keep wheels and sdists in the cache. Without it they go when they were read; what was read of them is kept in any case."`
	indexFlags
}

// Help stands below the flags.
func (c *upgradeIndex) Help() string {
	return `The index says what every final release of a component offers to a vendor's driver: modules, classes, functions with their signatures, options, entry points and requirements; also those of the libraries, in the versions that the upper-constraints of each series pin. It is read from the wheels themselves, without installing or running them.

What was read stays in the cache, so that a second run, or one that was interrupted, fetches only what is new. Releases that cannot be read are left out and told; the index of the others is written, and the exit code says that some are missing.`
}

// Run builds it.
func (c *upgradeIndex) Run(ctx context.Context, out *output) error {
	old, err := readOffers(c.From)
	if err != nil {
		return err
	}
	name, err := pep508.ParseName(c.Component)
	if err != nil {
		return usage("%v", err)
	}
	plan, err := crawl.PlanOf(ctx, name, releasesData(c.Releases))
	if errors.Is(err, crawl.ErrComponent) {
		return usage("%v; known are %v", err, crawl.Components())
	}
	if err != nil {
		return err
	}
	crawler, done, err := c.crawler(ctx, out)
	if err != nil {
		return err
	}
	defer done()
	started := time.Now()
	built, report, err := crawler.Update(ctx, plan, old)
	if err != nil {
		return &bundle.Error{Step: stepRead, Err: err}
	}
	size, err := c.write(built)
	if err != nil {
		return err
	}
	return c.tell(out, newIndexJSON(c.Out, size, built, report, time.Since(started)), report)
}

func (c *upgradeIndex) crawler(ctx context.Context, out *output) (*crawl.Crawler, func(), error) {
	interpreter, err := c.prober().Find(ctx, c.Python, interpreterPath())
	if err != nil {
		return nil, nil, &bundle.Error{Kind: bundle.KindUsage, Err: err, Advice: "install it, or name another with --python"}
	}
	source, err := c.open(ctx, nil)
	if err != nil {
		return nil, nil, err
	}
	crawler := &crawl.Crawler{
		Index: source.index, Fetcher: source.fetcher, Reader: &pyast.Reader{Python: interpreter.Path}, Cache: filepath.Join(c.Cache, "driver-api"), Concurrent: c.Concurrent,
		Events: func(e crawl.Event) { indexEvent(out, e) },
	}
	if f, ok := source.fetcher.(*index.Fetcher); ok && !c.Keep {
		crawler.Fetcher = &crawl.Passing{RoundTripper: f.RoundTripper, Auth: f.Auth}
	}
	return crawler, func() { source.close() }, nil
}

// stepRead is the step that reads releases.
const stepRead bundle.Step = "read"

func indexEvent(out *output, e crawl.Event) {
	shown := bundle.Event{Type: bundle.ItemDone, Step: stepRead, Library: string(e.Distribution), Version: e.Version.String(), Items: e.Done, TotalItems: e.Total}
	if e.From == crawl.FromOld || e.From == crawl.FromCache {
		shown.Type = bundle.ItemKept
	}
	if e.Err != nil {
		shown.Message = e.Err.Error()
	}
	out.observe(shown)
	if e.Done == e.Total {
		out.observe(bundle.Event{Type: bundle.StepFinished, Step: stepRead, Items: e.Done, TotalItems: e.Total, Bytes: e.Bytes})
	}
}

func (c *upgradeIndex) write(built *api.Index) (int, error) {
	if c.Out == "" {
		c.Out = string(built.Component) + ".api"
	}
	var b bytes.Buffer
	if err := api.Write(&b, built); err != nil {
		return 0, err
	}
	return b.Len(), durable.WritePath(c.Out, b.Bytes(), 0o644)
}

// tell shows what was built, and ends with what is missing.
func (c *upgradeIndex) tell(out *output, j indexJSON, report *crawl.Report) error {
	for _, n := range report.Newer {
		out.warn(fmt.Sprintf("%s is on the index, and the releases data do not know it: refresh them (--releases)", n))
	}
	for _, u := range report.Unreadable {
		out.warn(fmt.Sprintf("%s: nothing is said of %s: %s", u.Named, u.Module, u.Reason))
	}
	if len(report.Failed) == 0 {
		out.result(j, j.human)
		return nil
	}
	writePartial(out, "index", []indexJSON{j}, j.human)
	var all bundle.Errors
	for _, e := range report.Failed {
		all = append(all, &bundle.Error{Library: e.Named.String(), Step: stepRead, Err: e.Err})
	}
	return all
}
