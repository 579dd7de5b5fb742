package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
)

type publishCommand struct {
	Config    string `required:"" type:"path" placeholder:"FILE" help:"The developer's configuration."`
	Plain     bool   `help:"Write the form without $$meta too, for simple clients."`
	DryRun    bool   `help:"Show what would be done, and do nothing."`
	Stage     bool   `help:"Upload everything, but leave the release to chandlery release."`
	MinClient string `placeholder:"VERSION" help:"SemVer of the oldest client that may install."`
	Explain   bool   `help:"Show the requirements that brought each library in."`
	Check     string `placeholder:"URL" help:"Look afterwards whether clients of this address see the release."`
	publisherFlags
	addressFlags
	rolloutFlag
	channelFlag
	platformsFlag
	indexFlags
}

// Validate is called by kong.
func (c *publishCommand) Validate() error {
	return cmp.Or(c.rolloutFlag.Validate(), c.channelFlag.Validate())
}

// garbage is how much a publish may let lie before it is collected, in hundredths of what it holds (GOGC): packing soon lets lie many times what it holds, and more memory would
// save it little time.
const garbage = 50

// Run publishes.
func (c *publishCommand) Run(ctx context.Context, out *output, p program) error {
	cfg, err := readConfig(c.Config)
	if err != nil {
		return err
	}
	c.wheels = wheelFolders(c.Config, cfg)
	source, err := c.indexFlags.open(ctx, cfg.Indexes)
	if err != nil {
		return err
	}
	defer source.close()
	to, err := c.destination(ctx, p, out)
	if err != nil {
		return err
	}
	if c.Check != "" {
		dir, err := os.MkdirTemp("", "chandlery-check-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		if err := to.check(c.Check, dir, p); err != nil {
			return err
		}
	}
	publisher, err := c.publisher(source, to, out)
	if err != nil {
		return err
	}
	if c.DryRun {
		plan, err := publisher.Plan(ctx, cfg)
		if err != nil {
			return err
		}
		out.result(newPlanJSON(plan), func(w io.Writer) { c.writePlan(w, plan) })
		return nil
	}
	if err := to.canSign(ctx); err != nil {
		return err
	}
	defer debug.SetGCPercent(debug.SetGCPercent(garbage))
	report, err := publisher.Publish(ctx, cfg)
	if err != nil {
		return err
	}
	if err := c.settle(ctx, to, report); err != nil {
		return err
	}
	if err := to.warn(ctx, p.now, out); err != nil {
		return err
	}
	out.result(newReportJSON(report, c.Stage), func(w io.Writer) { c.writeReport(w, to, report) })
	return nil
}

// destination is the channel that is published to.
func (c *publishCommand) destination(ctx context.Context, p program, out *output) (*channel, error) {
	s, err := c.storeFlag.open(ctx, c.addressFlags)
	if err != nil {
		return nil, err
	}
	w := toPublish
	if c.DryRun {
		w = toLook
	}
	to, err := c.channel(ctx, s, c.Channel, w, p, out)
	if err != nil {
		return nil, err
	}
	return to.withPlain(c.Plain), nil
}

// settle does what a release that was not made would have done: the plain form is written, and a release that was staged before, which is not what was published now, goes.
func (c *publishCommand) settle(ctx context.Context, to *channel, report *bundle.Report) error {
	switch {
	case c.Stage && !report.Released:
		return to.discard(ctx)
	case c.Plain && !c.Stage:
		return to.writePlain(ctx)
	}
	return nil
}

func (c *publishCommand) publisher(source *libraries, to *channel, out *output) (*bundle.Publisher, error) {
	platforms, err := c.platforms()
	if err != nil {
		return nil, err
	}
	clock, err := buildClock()
	if err != nil {
		return nil, err
	}
	var sink bundle.Sink = to
	if c.Stage {
		sink = stagedSink{to}
	}
	var current bundle.Source = everybody{to}
	if c.given() {
		current = preceding{to}
	}
	return &bundle.Publisher{
		Index:     source.index,
		Fetcher:   source.fetcher,
		Store:     to.site.objects,
		Sink:      sink,
		Current:   current,
		Rollout:   c.part(),
		Platforms: platforms,
		Channel:   c.Channel,
		MinClient: c.MinClient,
		Verdicts:  bundle.VerdictDir{Path: filepath.Join(c.Cache, "verdicts")},
		Clock:     clock,
		Observer:  out.observe,
	}, nil
}

func readConfig(file string) (*manifest.Config, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, configError(file, err)
	}
	cfg, err := manifest.ParseConfig(b)
	if err != nil {
		return nil, configError(file, err)
	}
	return cfg, nil
}

// wheelFolders are relative to the configuration's own folder.
func wheelFolders(file string, cfg *manifest.Config) []string {
	all := make([]string, len(cfg.Wheels))
	for i, dir := range cfg.Wheels {
		if all[i] = dir; !filepath.IsAbs(dir) {
			all[i] = filepath.Join(filepath.Dir(file), dir)
		}
	}
	return all
}

// buildClock is SOURCE_DATE_EPOCH where it is set, so that a release can be made again to the byte.
func buildClock() (func() time.Time, error) {
	text := os.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		return time.Now, nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, usage("SOURCE_DATE_EPOCH=%s is no number of seconds", text)
	}
	return func() time.Time { return time.Unix(seconds, 0) }, nil
}

func (c *publishCommand) writeReport(w io.Writer, to *channel, r *bundle.Report) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "LIBRARY\tPLATFORM\tVERSION\tFILE\tSIZE\tSTORE\tWHY")
	for _, row := range r.Rows {
		state := "there"
		if row.New {
			state = "new"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", row.Library, row.Platform, row.Version, row.Wheel.File, byteSize(row.Bundle.Size), state, c.why(row.Row))
	}
	t.Flush()
	writeRemoved(w, r.Removed)
	fmt.Fprintf(w, "%d bundles: %d new (%s), %d already there (%s)\n", r.Wheels, r.Stored, byteSize(r.StoredBytes), r.Existed, byteSize(r.ExistedBytes))
	switch {
	case !r.Released && c.Stage:
		fmt.Fprintf(w, "%s stays at release %d: nothing changed, and nothing is staged\n", c.Channel, r.Manifest.Meta.Sequence)
	case !r.Released:
		fmt.Fprintf(w, "%s stays at release %d: nothing changed\n", c.Channel, r.Manifest.Meta.Sequence)
	case c.Stage:
		fmt.Fprintf(w, "%s: release %d is staged; chandlery release --store %s makes it live\n", c.Channel, r.Manifest.Meta.Sequence, c.Store)
	default:
		fmt.Fprintf(w, "%s is now at release %d: %s\n", c.Channel, r.Manifest.Meta.Sequence, to.liveFile())
	}
	if part := r.Manifest.Meta.Rollout; part != nil {
		fmt.Fprintf(w, "it is for %d%% of the clients: chandlery release --store %s --rollout changes that\n", part.Percent, c.Store)
	}
}

func (c *publishCommand) writePlan(w io.Writer, p *bundle.Plan) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "LIBRARY\tPLATFORM\tNOW\tTHEN\tFILE\tSIZE\tWHY")
	for _, row := range p.Rows {
		was := row.Was
		if was == "" {
			was = "-"
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", row.Library, row.Platform, was, row.Version, row.Wheel.File, sizeOf(row.Wheel.Size), c.why(row))
	}
	t.Flush()
	writeRemoved(w, p.Removed)
	changed := 0
	for _, row := range p.Rows {
		if row.Changed {
			changed++
		}
	}
	fmt.Fprintf(w, "%d of %d would change, %d would go; nothing was done\n", changed, len(p.Rows), len(p.Removed))
}

func writeRemoved(w io.Writer, removed []bundle.Removed) {
	for _, r := range removed {
		fmt.Fprintf(w, "%s on %s: %s goes\n", r.Library, r.Platform, r.Version)
	}
}

// why says in short who asked for a row's library, or with --explain by which requirements.
func (c *publishCommand) why(row bundle.Row) string {
	if c.Explain {
		return strings.Join(row.Why, "; ")
	}
	by := map[string]bool{}
	for _, why := range row.Why {
		name, _, _ := strings.Cut(why, ":")
		by[name] = true
	}
	if row.Listed {
		return "listed"
	}
	return "for " + strings.Join(slices.Sorted(maps.Keys(by)), ", ")
}

// channelFlag names a channel.
type channelFlag struct {
	Channel string `default:"stable" help:"The channel."`
}

// Validate is called by kong.
func (f *channelFlag) Validate() error {
	if !manifest.CheckWord(f.Channel) {
		return fmt.Errorf("--channel %q: letters, digits, dots, dashes and underscores only", f.Channel)
	}
	return nil
}
