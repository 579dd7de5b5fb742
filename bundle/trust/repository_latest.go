package trust

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"path"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
)

// release is what a channel's role names; the zero one, where it names nothing.
type release struct {
	m      *manifest.Manifest // urls as written
	bytes  []byte
	target metadata.TargetFile
}

func (l release) sequence() uint64 {
	if l.m == nil {
		return 0
	}
	return l.m.Meta.Sequence
}

func targetName(channel string) string { return path.Join(channel, targetFile) }

// hashedName is where a release's update configuration is: for ever, and beside its channel's own, so that relative urls lead from both to the same.
func hashedName(channel string, t metadata.TargetFile) string {
	return metadata.HashedPath(targetName(channel), t.Hashes[metadata.SHA256])
}

// Latest gives what is released (bundle.Source), verified as clients do from Root on, but that it may have expired. Where the channel waits for its keys, the replaced ones count for
// what was released with them.
func (r Repository) Latest(ctx context.Context) (m *manifest.Manifest, err error) {
	err = r.inChannel(ctx, func(s *session) error {
		v, err := s.load(ctx)
		if err != nil {
			return err
		}
		if err := v.whole(); err != nil {
			return err
		}
		c, err := s.channel(ctx, v, r.Channel)
		if err != nil {
			return err
		}
		live, err := s.live(ctx, r.Channel, c)
		if err != nil {
			return err
		}
		if live.m == nil {
			return fmt.Errorf("%w: nothing is signed in the channel %s yet", bundle.ErrNoRelease, r.Channel)
		}
		address, err := r.Files.Address(targetName(r.Channel))
		if err != nil {
			return err
		}
		base, err := url.Parse(address)
		if err != nil {
			return err
		}
		m, err = live.m.Resolve(base)
		return err
	})
	return m, err
}

// Past gives what the channel released as the given sequence, verified, with urls as written: to look at it or, with a new sequence, to release it again. What is in the channel's
// folder is not signed, so this looks for the signed file that named it. One that can't be had any more wraps fs.ErrNotExist.
func (r Repository) Past(ctx context.Context, sequence uint64) (m *manifest.Manifest, err error) {
	err = r.inChannel(ctx, func(s *session) error {
		m, err = s.past(ctx, sequence)
		return err
	})
	return m, err
}

func (s *session) past(ctx context.Context, sequence uint64) (*manifest.Manifest, error) {
	v, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	if err := v.whole(); err != nil {
		return nil, err
	}
	versions, err := s.versions(ctx)
	if err != nil {
		return nil, err
	}
	for _, version := range descending(versions[s.Channel]) {
		if version > v.snapshot.Meta[s.Channel].Version { // begun, and never released
			continue
		}
		t, err := s.pastRole(ctx, v, version)
		if err != nil {
			return nil, err
		}
		custom, err := readCustom(t)
		switch {
		case err != nil:
		case custom.Sequence == sequence:
			l, err := s.target(ctx, s.Channel, t)
			return l.m, err
		case custom.Sequence < sequence:
			return nil, noPast(s.Channel, sequence)
		}
	}
	return nil, noPast(s.Channel, sequence)
}

func noPast(channel string, sequence uint64) error {
	return fmt.Errorf("the release %d of the channel %s: %w", sequence, channel, fs.ErrNotExist)
}

// pastRole is what an earlier file of the channel's role names; zero where it names nothing, or no keys that the channel had signed it.
func (s *session) pastRole(ctx context.Context, v *view, version int64) (t metadata.TargetFile, err error) {
	e, err := s.pastFile(ctx, s.Channel, version)
	if err != nil || e == nil {
		return t, err
	}
	if g, ok := channelGrant(v.targets, s.Channel); !ok || e.Verify(g.keys, g.role) != nil {
		err := s.verifyPast(ctx, v, s.Channel, e, ErrVerify)
		if err != nil {
			if errors.Is(err, ErrVerify) {
				err = nil
			}
			return t, err
		}
	}
	targets, err := e.Targets()
	if err != nil {
		return t, nil
	}
	return targets.Targets[targetName(s.Channel)], nil
}

// live reads what a channel's role names.
func (s *session) live(ctx context.Context, channel string, c *channelRole) (l release, err error) {
	if c.targets == nil {
		return release{}, nil
	}
	t, ok := c.targets.Targets[targetName(channel)]
	if !ok {
		return release{}, nil
	}
	return s.target(ctx, channel, t)
}

// target reads an update configuration, verified.
func (s *session) target(ctx context.Context, channel string, t metadata.TargetFile) (l release, err error) {
	name := hashedName(channel, t)
	if t.Length > MaxTarget {
		return release{}, fmt.Errorf("%s: %w: %d bytes were announced", name, ErrTooLarge, t.Length)
	}
	b, _, err := s.Files.Read(ctx, name, MaxTarget)
	if err != nil {
		return release{}, fmt.Errorf("%s: %w", name, err)
	}
	if err := t.Check(b); err != nil {
		return release{}, fmt.Errorf("%s: %w", name, err)
	}
	m, err := manifest.Parse(b)
	if err != nil {
		return release{}, fmt.Errorf("%s: %w", name, err)
	}
	if custom, err := readCustom(t); err != nil || custom.Channel != channel || m.Meta.Channel != channel || custom.Sequence != m.Meta.Sequence {
		return release{}, fmt.Errorf("%s: %w: it is release %d of %q where %d of %q was signed", name, ErrVerify, m.Meta.Sequence, m.Meta.Channel, custom.Sequence, custom.Channel)
	}
	return release{m, b, t}, nil
}

func readCustom(t metadata.TargetFile) (c Custom, err error) {
	if err := json.Unmarshal(t.Custom, &c); err != nil || c.Schema != CustomSchema {
		return Custom{}, fmt.Errorf("%w: its custom object is not of schema %d", ErrFormat, CustomSchema)
	}
	return c, nil
}
