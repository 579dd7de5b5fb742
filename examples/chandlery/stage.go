package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
)

const (
	// stagedProof has signatures of the staged release: what lies in a store until somebody releases it must be what was staged.
	stagedProof = "update.next.signed.json"
	// stagedLasts is how long a staged release can be released.
	stagedLasts = 30 * day
)

// stagedSink takes a release and keeps it from clients. Nothing is written where the same was staged before.
type stagedSink struct{ *channel }

// Release stages m.
func (s stagedSink) Release(ctx context.Context, m *manifest.Manifest) error {
	c := s.channel
	if c.unsigned != nil {
		u := *c.unsigned
		u.Staged = true
		return u.Release(ctx, m)
	}
	if err := c.ensure(ctx); err != nil {
		return err
	}
	if staged, err := c.staged(ctx); err == nil && staged.Meta.Sequence == m.Meta.Sequence && staged.SameContent(m) {
		return nil
	}
	b, err := m.Encode()
	if err != nil {
		return err
	}
	proof, err := c.prove(ctx, b)
	if err != nil {
		return err
	}
	return errors.Join(c.replace(ctx, stagedProof, proof), c.replace(ctx, store.StagedFile, b))
}

// prove signs a staged release, as a target of the channel that no client asks for.
func (c *channel) prove(ctx context.Context, b []byte) ([]byte, error) {
	t := &metadata.Targets{Version: 1, Expires: c.signed.Clock().Add(stagedLasts).UTC().Truncate(time.Second),
		Targets: map[string]metadata.TargetFile{path.Join(c.name, store.StagedFile): metadata.NewTargetFile(b)}}
	e, err := metadata.New(t)
	if err != nil {
		return nil, err
	}
	_, held, err := c.ownKeys(ctx)
	if err != nil {
		return nil, err
	}
	for _, h := range held {
		if err := e.Sign(h.Signer); err != nil {
			return nil, err
		}
	}
	return e.Encode()
}

// ownKeys are those at hand that speak for the channel.
func (c *channel) ownKeys(ctx context.Context) (map[string]metadata.Key, []heldKey, error) {
	roles, err := c.signed.Status(ctx)
	if err != nil {
		return nil, nil, err
	}
	public, held := map[string]metadata.Key{}, []heldKey{}
	i := slices.IndexFunc(roles, func(r trust.RoleStatus) bool { return r.Channel && r.Name == c.name })
	for _, h := range c.keys.held {
		key, err := metadata.NewKey(h.Public())
		if err != nil {
			return nil, nil, err
		}
		if i >= 0 && slices.Contains(roles[i].Keys, key.ID()) {
			public[key.ID()] = key
			held = append(held, h)
		}
	}
	if len(held) == 0 {
		return nil, nil, noKeys("no key at hand speaks for the channel %s", c.name)
	}
	return public, held, nil
}

// staged gives the staged release, which one of the keys at hand must have signed. None is bundle.ErrNoRelease.
func (c *channel) staged(ctx context.Context) (*manifest.Manifest, error) {
	b, err := c.read(ctx, store.StagedFile, manifest.MaxManifest)
	if err != nil {
		return nil, err
	}
	proof, err := c.read(ctx, stagedProof, metadata.MaxTargets)
	if err != nil {
		return nil, err
	}
	if err := c.verifyStaged(ctx, b, proof); err != nil {
		return nil, fmt.Errorf("%s: %w: stage it again", path.Join(c.name, store.StagedFile), err)
	}
	m, err := manifest.Parse(b)
	if err == nil && m.Meta.Channel != c.name {
		err = fmt.Errorf("%w: it is of the channel %q", trust.ErrVerify, m.Meta.Channel)
	}
	return m, err
}

func (c *channel) verifyStaged(ctx context.Context, b, proof []byte) error {
	public, _, err := c.ownKeys(ctx)
	if err != nil {
		return err
	}
	e, err := metadata.Open(proof)
	if err != nil {
		return err
	}
	ids := make([]string, 0, len(public))
	for id := range public {
		ids = append(ids, id)
	}
	if err := e.Verify(public, metadata.Role{KeyIDs: ids, Threshold: 1}); err != nil {
		return err
	}
	t, err := e.Targets()
	if err != nil {
		return err
	}
	if !c.signed.Clock().Before(t.Expires) {
		return &trust.FrozenError{Role: "staged", Expired: t.Expires}
	}
	file, ok := t.Targets[path.Join(c.name, store.StagedFile)]
	if !ok {
		return trust.ErrVerify
	}
	return file.Check(b)
}

func (c *channel) read(ctx context.Context, name string, limit int64) ([]byte, error) {
	b, _, err := c.site.Read(ctx, path.Join(c.name, name), limit)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: the store has no %s: stage one first", bundle.ErrNoRelease, path.Join(c.name, name))
	}
	return b, err
}

// replace writes a file of the channel, whatever is there.
func (c *channel) replace(ctx context.Context, name string, b []byte) error {
	name = path.Join(c.name, name)
	_, version, err := c.site.Read(ctx, name, max(manifest.MaxManifest, metadata.MaxTargets))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return c.site.Write(ctx, name, b, version)
}

// discard removes a staged release; none is no error.
func (c *channel) discard(ctx context.Context) error {
	return errors.Join(c.site.Remove(ctx, path.Join(c.name, store.StagedFile)), c.site.Remove(ctx, path.Join(c.name, stagedProof)))
}

// promoteStaged makes the staged release live.
func (c *channel) promoteStaged(ctx context.Context) (*manifest.Manifest, error) {
	if c.unsigned != nil {
		return c.unsigned.Promote(ctx)
	}
	m, err := c.staged(ctx)
	if err != nil {
		return nil, err
	}
	if err := c.Release(ctx, m); err != nil {
		return nil, err
	}
	return m, c.discard(ctx)
}
