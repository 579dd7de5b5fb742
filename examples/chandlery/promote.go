package main

import (
	"context"
	"fmt"

	"github.com/chandlery-go/chandlery/bundle/manifest"
)

type promoteCommand struct {
	From  string `required:"" placeholder:"CHANNEL" help:"The channel whose live release is taken."`
	To    string `required:"" placeholder:"CHANNEL" help:"The channel that releases it: the same bytes, signed anew."`
	Plain bool   `help:"Write the form without $$meta too, for simple clients."`
	publisherFlags
	presignFlag
	rolloutFlag
}

// Validate is called by kong.
func (c *promoteCommand) Validate() error {
	for _, name := range []string{c.From, c.To} {
		if !manifest.CheckWord(name) {
			return fmt.Errorf("%q is no channel: letters, digits, dots, dashes and underscores only", name)
		}
	}
	if c.From == c.To {
		return fmt.Errorf("--from and --to are one channel")
	}
	return c.rolloutFlag.Validate()
}

// Run promotes.
func (c *promoteCommand) Run(ctx context.Context, out *output, p program) error {
	s, err := c.existing(ctx, c.presignFlag)
	if err != nil {
		return err
	}
	from, err := c.channel(ctx, s, c.From, toLook, p, out)
	if err != nil {
		return err
	}
	m, err := from.Latest(ctx)
	if err != nil {
		return err
	}
	to, err := c.channel(ctx, s, c.To, toSign, p, out)
	if err != nil {
		return err
	}
	to = to.withPlain(c.Plain)
	if err := to.canSign(ctx); err != nil {
		return err
	}
	now, err := buildClock()
	if err != nil {
		return err
	}
	released, changed, err := to.again(ctx, m, now(), func(meta *manifest.Meta) { meta.Rollout = c.salted(nil, meta.Sequence) })
	if err != nil {
		return stepOf(err)
	}
	if err := to.warn(ctx, p.now, out); err != nil {
		return err
	}
	if !changed {
		out.tell(fmt.Sprintf("release %d of %s has the content of %s already", released.Meta.Sequence, c.To, c.From))
	}
	writeReleased(out, c.To, released)
	return nil
}
