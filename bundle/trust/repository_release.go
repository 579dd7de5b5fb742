package trust

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
)

// Release signs m and releases it: the update configuration under its hash, the channel's role, the snapshot, and at last the timestamp, by which clients see it. m must follow what is
// signed, else the error wraps bundle.ErrConflict; where just that is released already, nothing changes. Afterwards the channel's folder is brought up to it, for the history and
// for who reads without signatures, and Check is asked; an error of these says that the release is live.
//
// A kill before the timestamp leaves clients with the old release whole, and files that the next Release takes up or passes over. Releases of other channels at the same time
// are waited out.
func (r Repository) Release(ctx context.Context, m *manifest.Manifest) error {
	if m == nil {
		return errors.New("there is no release: give an update configuration")
	}
	if m.Meta.Channel != r.Channel {
		return fmt.Errorf("a release of the channel %q cannot go to the channel %q", m.Meta.Channel, r.Channel)
	}
	b, err := m.Encode()
	if err != nil {
		return err
	}
	if err := r.inChannel(ctx, func(s *session) error { return s.release(ctx, m, b) }); err != nil {
		return err
	}
	if err := r.inChannel(ctx, func(s *session) error { return s.settle(ctx, r.Channel, nil) }); err != nil {
		return fmt.Errorf("release %d of %s is live; its history is not written yet, renew does that: %w", m.Meta.Sequence, m.Meta.Channel, err)
	}
	return r.arrived(ctx, m)
}

func (s *session) release(ctx context.Context, m *manifest.Manifest, b []byte) error {
	v, err := s.load(ctx)
	if err != nil {
		return err
	}
	if err := v.whole(); err != nil {
		return err
	}
	c, err := s.channel(ctx, v, s.Channel)
	if err != nil {
		return err
	}
	live, err := s.live(ctx, s.Channel, c)
	if err != nil {
		return err
	}
	if live.m != nil && live.sequence() == m.Meta.Sequence && live.m.SameContent(m) {
		if !c.waits {
			return nil
		}
		b = live.bytes
	} else if err := s.follows(ctx, m, live); err != nil {
		return err
	}
	if err := s.ready(v, c); err != nil {
		return err
	}
	if err := s.settle(ctx, s.Channel, v); err != nil { // what a killed run left, before it is no longer the last
		return err
	}
	return s.sign(ctx, v, c, m.Meta.Sequence, b)
}

// ready refuses, before anything is written, what can't be signed, and what clients would refuse all the same.
func (s *session) ready(v *view, c *channelRole) error {
	if !s.now.Before(v.root.Expires) {
		return &FrozenError{metadata.RootRole, v.root.Expires}
	}
	if !s.now.Before(v.targets.Expires) {
		return &FrozenError{metadata.TargetsRole, v.targets.Expires}
	}
	if err := s.able(s.Channel, c.grant); err != nil {
		return err
	}
	return s.online(v.root)
}

// online reports whether snapshot and timestamp can be signed.
func (s *session) online(roots ...*metadata.Root) error {
	for _, root := range roots {
		for _, role := range []string{metadata.SnapshotRole, metadata.TimestampRole} {
			if err := s.able(role, topGrant(root, role)); err != nil {
				return err
			}
		}
	}
	return nil
}

// sign writes a release from its update configuration to the timestamp.
func (s *session) sign(ctx context.Context, v *view, c *channelRole, sequence uint64, b []byte) error {
	custom, err := json.Marshal(Custom{Schema: CustomSchema, Channel: s.Channel, Sequence: sequence})
	if err != nil {
		return err
	}
	target := metadata.NewTargetFile(b)
	target.Custom = custom
	if err := s.put(ctx, hashedName(s.Channel, target), b); err != nil {
		return err
	}
	t := metadata.Targets{Targets: map[string]metadata.TargetFile{targetName(s.Channel): target}}
	if v.meta[s.Channel], err = s.claimTargets(ctx, s.Channel, v.meta[s.Channel].Version, s.lasts.Channel, t, c.grant); err != nil {
		return err
	}
	return s.publish(ctx, v, false, v.root)
}

// put brings a file to what it must be, whatever is there.
func (s *session) put(ctx context.Context, name string, b []byte) error {
	for range tries {
		old, version, err := s.read(ctx, name, manifest.MaxManifest)
		if err != nil {
			return err
		}
		if old != nil && string(old) == string(b) {
			return nil
		}
		if err := s.Files.Write(ctx, name, b, version); !errors.Is(err, bundle.ErrConflict) {
			return err
		}
	}
	return errRaced
}

// follows checks that m comes right after what is signed and names no bundle that is not there. Where nothing is signed yet, a release from before the channel
// was signed counts, as clients have seen its number.
func (s *session) follows(ctx context.Context, m *manifest.Manifest, live release) error {
	last := live.sequence()
	if live.m == nil {
		b, _, err := s.read(ctx, targetName(s.Channel), manifest.MaxManifest)
		if err != nil {
			return err
		}
		if old, err := manifest.Parse(b); err == nil && old.Meta.Channel == s.Channel {
			last = old.Meta.Sequence
		}
	}
	if m.Meta.Sequence != last+1 {
		return fmt.Errorf("%w: sequence %d cannot follow %d, which is released: publish again", bundle.ErrConflict, m.Meta.Sequence, last)
	}
	return store.CheckBundles(ctx, s.Files, s.Channel, m)
}

// arrived asks the Check whether clients get m, or what came after it.
func (r Repository) arrived(ctx context.Context, m *manifest.Manifest) error {
	if r.Check == nil {
		return nil
	}
	e := &UnseenError{Channel: m.Meta.Channel, Sequence: m.Meta.Sequence}
	got, err := r.Check.Latest(ctx)
	if err != nil {
		e.Err = err
		return e
	}
	if e.Seen = got.Meta.Sequence; e.Seen < e.Sequence {
		return e
	}
	return nil
}
