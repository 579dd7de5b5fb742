package trust

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/internal/transport"
)

// targetFile is the update configuration's name in a channel's folder, as in bundle/store.
const targetFile = "update.json"

// Custom is the custom object of an update configuration's target: what its signers say of it.
type Custom struct {
	Schema   int    `json:"schema"`   // CustomSchema
	Channel  string `json:"channel"`  // as $meta has it
	Sequence uint64 `json:"sequence"` // as $meta has it
}

// CustomSchema is the version of Custom's form.
const CustomSchema = 1

// Latest refreshes and gives the channel's update configuration. What is not of the channel, or not of the sequence that was signed with it, is ErrVerify; that
// nothing is published yet is bundle.ErrNoRelease. Relative urls lead from the mirror that served best.
func (c *Client) Latest(ctx context.Context) (m *manifest.Manifest, err error) {
	name, err := c.targetName()
	if err != nil {
		return nil, err
	}
	err = c.run(ctx, func(r *run) error {
		_, _, m, err = r.latest(ctx, name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// targetName is what Latest reads.
func (c *Client) targetName() (string, error) {
	switch {
	case c.Channel == "":
		return "", &bundle.MissingFieldError{Type: "trust.Client", Field: "Channel"}
	case c.Target != "":
		return c.Target, nil
	}
	return path.Join(c.Channel, targetFile), nil
}

// latest gives the update configuration, the target that it is, and its bytes.
func (r *run) latest(ctx context.Context, name string) (t Target, b []byte, m *manifest.Manifest, err error) {
	if err = r.refresh(ctx); err != nil {
		return t, nil, nil, err
	}
	t, err = r.find(ctx, name)
	if errors.Is(err, ErrNoTarget) {
		return t, nil, nil, fmt.Errorf("%w: %w", bundle.ErrNoRelease, err)
	}
	if err != nil {
		return t, nil, nil, err
	}
	if b, err = r.keptTarget(ctx, t); err != nil {
		return t, nil, nil, err
	}
	if m, err = manifest.Parse(b); err != nil {
		return t, nil, nil, fmt.Errorf("target %q: %w", name, err)
	}
	if err = r.match(t, m.Meta); err != nil {
		return t, nil, nil, err
	}
	base, err := r.base(name)
	if err != nil {
		return t, nil, nil, err
	}
	m, err = m.Resolve(base)
	return t, b, m, err
}

// base is the target's address at the best mirror, from which relative urls lead.
func (r *run) base(name string) (*url.URL, error) {
	best := r.Mirrors[r.order[0]].Targets
	base, err := url.Parse(join(best, name))
	if err != nil || base.Host == "" {
		return nil, fmt.Errorf("%q is no http: or https: address of targets", transport.Redact(best))
	}
	base.User, base.RawQuery, base.Fragment = nil, "", ""
	return base, nil
}

// keptTarget gives a target's bytes from the folder if they are there, so that asking for news costs no more than metadata.
func (r *run) keptTarget(ctx context.Context, t Target) ([]byte, error) {
	sum := sha256.Sum256([]byte(t.Name))
	file := "target-" + hex.EncodeToString(sum[:8])
	b, err := r.read(file, MaxTarget)
	if err != nil {
		return nil, err
	}
	if b != nil && t.Check(b) == nil {
		return b, nil
	}
	if b, err = r.fetchTarget(ctx, t); err != nil {
		return nil, err
	}
	return b, r.write(file, b)
}

// match refuses an update configuration that was signed for another channel or release.
func (r *run) match(t Target, meta manifest.Meta) error {
	if meta.Channel != r.Channel { // the plain form has none
		return fmt.Errorf("target %q: %w: it is of the channel %q, not %q", t.Name, ErrVerify, meta.Channel, r.Channel)
	}
	if t.Custom == nil {
		return nil
	}
	var custom Custom
	if err := json.Unmarshal(t.Custom, &custom); err != nil || custom.Schema != CustomSchema {
		return fmt.Errorf("target %q: %w: its custom object is not of schema %d", t.Name, ErrFormat, CustomSchema)
	}
	if custom.Channel != meta.Channel || custom.Sequence != meta.Sequence {
		return fmt.Errorf("target %q: %w: it is release %d of %q where %d of %q was signed", t.Name, ErrVerify, meta.Sequence, meta.Channel, custom.Sequence, custom.Channel)
	}
	return nil
}
