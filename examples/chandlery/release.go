package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strconv"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
)

// rolloutFlag gives a release to a part of the clients.
type rolloutFlag struct {
	Rollout int `placeholder:"PERCENT" default:"-1" help:"Give the release to so many percent of the clients; each decides by itself, and tells nobody. 100 is all, as without it."`
}

// Validate is called by kong.
func (f *rolloutFlag) Validate() error {
	if f.Rollout < -1 || f.Rollout > 100 {
		return fmt.Errorf("--rollout %d: from 0 to 100", f.Rollout)
	}
	return nil
}

func (f *rolloutFlag) given() bool { return f.Rollout >= 0 }

// part is what the update configuration says of it, but for the salt; nil: everybody.
func (f *rolloutFlag) part() *manifest.Rollout {
	if !f.given() || f.Rollout == 100 {
		return nil
	}
	return &manifest.Rollout{Percent: f.Rollout}
}

// salted is part with a salt: the same clients are the first while the content is the same.
func (f *rolloutFlag) salted(live *manifest.Rollout, sequence uint64) *manifest.Rollout {
	part := f.part()
	switch {
	case part == nil:
	case live != nil:
		part.Salt = live.Salt
	default:
		part.Salt = strconv.FormatUint(sequence, 10)
	}
	return part
}

// everybody is a Source whose releases look as if they were for all clients: what a publisher without --rollout compares with, so that the same content published again leaves the part
// as it is.
type everybody struct{ *channel }

// Latest asks the channel.
func (e everybody) Latest(ctx context.Context) (*manifest.Manifest, error) {
	m, err := e.before(ctx)
	if err != nil {
		return nil, err
	}
	all := *m
	all.Meta.Rollout = nil
	return &all, nil
}

// preceding is a Source of what a release follows.
type preceding struct{ *channel }

// Latest asks the channel.
func (p preceding) Latest(ctx context.Context) (*manifest.Manifest, error) { return p.before(ctx) }

type releaseCommand struct {
	Sequence uint64 `placeholder:"N" help:"Release what was release N again, as a new one, in place of what was staged."`
	Plain    bool   `help:"Write the form without $$meta too, for simple clients."`
	publisherFlags
	presignFlag
	rolloutFlag
	channelFlag
}

// Validate is called by kong.
func (c *releaseCommand) Validate() error {
	if c.given() && c.Sequence > 0 {
		return fmt.Errorf("--rollout is for the live release, --sequence makes another one live: one of them")
	}
	return cmp.Or(c.rolloutFlag.Validate(), c.channelFlag.Validate())
}

// Run makes the staged release, an earlier one or the same for more clients live.
func (c *releaseCommand) Run(ctx context.Context, out *output, p program) error {
	s, err := c.existing(ctx, c.presignFlag)
	if err != nil {
		return err
	}
	to, err := c.channel(ctx, s, c.Channel, toSign, p, out)
	if err != nil {
		return err
	}
	to = to.withPlain(c.Plain)
	do := to.promoteStaged
	switch {
	case c.Sequence > 0:
		do = func(ctx context.Context) (*manifest.Manifest, error) { return c.again(ctx, to) }
	case c.given():
		do = func(ctx context.Context) (*manifest.Manifest, error) { return c.share(ctx, to) }
	}
	m, err := do(ctx)
	if err != nil {
		return stepOf(err)
	}
	if err := to.warn(ctx, p.now, out); err != nil {
		return err
	}
	writeReleased(out, c.Channel, m)
	return nil
}

// stepOf says that an error came while releasing.
func stepOf(err error) error {
	if k := bundle.KindOf(err); k == bundle.KindUsage {
		return err
	}
	return &bundle.Error{Step: bundle.StepRelease, Err: err}
}

func writeReleased(out *output, channel string, m *manifest.Manifest) {
	result := map[string]any{"channel": channel, "sequence": m.Meta.Sequence}
	if m.Meta.Rollout != nil {
		result["rollout"] = m.Meta.Rollout.Percent
	}
	out.result(result, func(w io.Writer) {
		fmt.Fprintf(w, "%s is now at release %d", channel, m.Meta.Sequence)
		if m.Meta.Rollout != nil {
			fmt.Fprintf(w, ", for %d%% of the clients", m.Meta.Rollout.Percent)
		}
		fmt.Fprintln(w)
	})
}

func (c *releaseCommand) again(ctx context.Context, to *channel) (*manifest.Manifest, error) {
	past, err := to.past(ctx, c.Sequence)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &bundle.Error{Kind: bundle.KindState, Err: fmt.Errorf("release %d of %s is not in the store any more: chandlery releases lists those that are", c.Sequence, c.Channel)}
	}
	if err != nil {
		return nil, err
	}
	now, err := buildClock()
	if err != nil {
		return nil, err
	}
	m, _, err := to.again(ctx, past, now(), func(meta *manifest.Meta) { meta.Rollout = nil })
	return m, err
}

// share releases the same for another part of the clients. Those that have it keep it, also where the part shrinks.
func (c *releaseCommand) share(ctx context.Context, to *channel) (*manifest.Manifest, error) {
	live, err := to.Latest(ctx)
	if err != nil {
		return nil, err
	}
	now, err := buildClock()
	if err != nil {
		return nil, err
	}
	m, _, err := to.again(ctx, live, now(), func(meta *manifest.Meta) { meta.Rollout = c.salted(live.Meta.Rollout, meta.Sequence) })
	return m, err
}
