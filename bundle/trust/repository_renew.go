package trust

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
)

// Renew signs anew what expires within the given time and what waits for its keys, of all channels, as far as enough Signers are at hand, and gives the names of the roles that it
// signed. What is live in a channel that waits is signed as it is: where the old key was stolen, look at it first. Renew also brings up the channels' folders, and finishes
// a rotation of keys that was killed.
func (r Repository) Renew(ctx context.Context, within time.Duration) (renewed []string, err error) {
	err = r.call(ctx, func(s *session) error {
		return s.renew(ctx, within, &renewed)
	})
	slices.Sort(renewed)
	return slices.Compact(renewed), err
}

func (s *session) renew(ctx context.Context, within time.Duration, renewed *[]string) error {
	v, err := s.load(ctx)
	if err != nil {
		return err
	}
	if v.broken != nil {
		return v.broken
	}
	soon := func(expires time.Time) bool { return expires.Sub(s.now) <= within }
	if root := topGrant(v.root, metadata.RootRole); soon(v.root.Expires) && s.able(metadata.RootRole, root) == nil && !slices.Contains(*renewed, metadata.RootRole) {
		if err := s.renewRoot(ctx, v, root); err != nil {
			return err
		}
		*renewed = append(*renewed, metadata.RootRole)
		return s.renew(ctx, within, renewed)
	}
	if s.online(v.root) == nil {
		if err := s.renewOnline(ctx, v, soon, renewed); err != nil {
			return err
		}
	}
	var errs []error
	for _, channel := range channels(v.targets) {
		errs = append(errs, s.settle(ctx, channel, nil))
	}
	return errors.Join(errs...)
}

// renewRoot publishes the same root once more: it is live when it is there.
func (s *session) renewRoot(ctx context.Context, v *view, g grant) error {
	next := *v.root
	next.Version, next.Expires = v.root.Version+1, s.now.Add(s.lasts.Root)
	b, err := s.make(metadata.RootRole, &next, g)
	if err != nil {
		return err
	}
	return s.writeRoot(ctx, next.Version, b)
}

func (s *session) writeRoot(ctx context.Context, version int64, b []byte) error {
	err := s.Files.Write(ctx, metadataFile(metadata.RootRole, version), b, "")
	if errors.Is(err, bundle.ErrConflict) {
		return errRaced
	}
	return err
}

func (s *session) renewOnline(ctx context.Context, v *view, soon func(time.Time) bool, renewed *[]string) error {
	if v.late[metadata.TimestampRole] || v.late[metadata.SnapshotRole] {
		if err := s.rebuild(ctx, v, nil, v.root); err != nil {
			return err
		}
	}
	var names []string
	if g := topGrant(v.root, metadata.TargetsRole); (soon(v.targets.Expires) || v.late[metadata.TargetsRole]) && s.able(metadata.TargetsRole, g) == nil {
		file, err := s.claimTargets(ctx, metadata.TargetsRole, v.meta[metadata.TargetsRole].Version, s.lasts.Targets, *v.targets, g)
		if err != nil {
			return err
		}
		v.meta[metadata.TargetsRole], names = file, append(names, metadata.TargetsRole)
	}
	more, err := s.renewChannels(ctx, v, soon)
	if err != nil {
		return err
	}
	stays := false
	switch names = append(names, more...); {
	case v.changed() || soon(v.snapshot.Expires) || v.late[metadata.SnapshotRole]:
		names = append(names, metadata.SnapshotRole, metadata.TimestampRole)
	case soon(v.timestamp.Expires) || v.late[metadata.TimestampRole]:
		stays, names = true, append(names, metadata.TimestampRole)
	default:
		return nil
	}
	if err := s.publish(ctx, v, stays, v.root); err != nil {
		return err
	}
	*renewed = append(*renewed, names...)
	return nil
}

// renewChannels signs the channels' roles anew that wait or expire soon, with what they say now, or nothing where they say nothing yet. Where a channel's keys are not at hand it
// waits on, and where its bundles' addresses end (store.Lasting) it ends with them.
func (s *session) renewChannels(ctx context.Context, v *view, soon func(time.Time) bool) (names []string, err error) {
	for _, channel := range channels(v.targets) {
		c, err := s.channel(ctx, v, channel)
		if trustError(err) || errors.Is(err, fs.ErrNotExist) { // one channel's damage is not the others'
			s.log.Warn("a channel is damaged", "channel", channel, "cause", err)
			continue
		}
		if err != nil {
			return nil, err
		}
		if !c.waits && !soon(c.targets.Expires) || s.able(channel, c.grant) != nil {
			continue
		}
		t, lasts := metadata.Targets{}, s.lasts.Channel
		if c.targets != nil {
			t = *c.targets
		}
		if s.addresses > 0 && len(t.Targets) > 0 { // what was released names addresses that end with it: only a new release has new ones
			if lasts = t.Expires.Sub(s.now); !c.waits || lasts <= 0 {
				continue
			}
		}
		if v.meta[channel], err = s.claimTargets(ctx, channel, v.meta[channel].Version, lasts, t, c.grant); err != nil {
			return nil, err
		}
		names = append(names, channel)
	}
	return names, nil
}

// changed reports whether the next snapshot must name something else.
func (v *view) changed() bool {
	return v.snapshot == nil || !maps.EqualFunc(v.meta, v.snapshot.Meta, sameMeta)
}

func sameMeta(a, b metadata.MetaFile) bool {
	return a.Version == b.Version && a.Length == b.Length && maps.Equal(a.Hashes, b.Hashes)
}

// rebuild makes v.meta and the targets anew where the snapshot that is there is not to be believed, as its keys or the timestamp's were replaced: of each role the newest
// file that its keys signed, which may be one that a killed Release left. The first of the roots counts; the others where nothing by its keys is left. Of a channel whose keys are replaced too,
// by next or since the targets before, that would be what a thief of those likes best, so what was live counts if it can be had. next is the targets to come; nil: none.
func (s *session) rebuild(ctx context.Context, v *view, next *metadata.Targets, roots ...*metadata.Root) error {
	versions, err := s.versions(ctx)
	if err != nil {
		return err
	}
	maps.DeleteFunc(v.meta, func(_ string, m metadata.MetaFile) bool { return m.Version >= fastForward })
	before := v.targets
	if err := s.rebuildTargets(ctx, v, versions, roots); err != nil {
		return err
	}
	for _, channel := range channels(v.targets) {
		g, _ := channelGrant(v.targets, channel)
		if n, ok := channelGrant(next, channel); next == nil || ok && sameGrant(n, g) {
			found, err := s.enterNewest(ctx, v, channel, versions, g)
			if err != nil {
				return err
			}
			if found {
				continue
			}
			if old, ok := channelGrant(before, channel); ok {
				g = old
			}
		}
		if m, ok := v.meta[channel]; ok {
			if e, err := s.readMeta(ctx, channel, m); err == nil && e.Verify(g.keys, g.role) == nil {
				continue
			}
		}
		if _, err := s.enterNewest(ctx, v, channel, versions, g); err != nil {
			return err
		}
	}
	return nil
}

// enterNewest enters the newest file of a role that a grant accepts in v.meta.
func (s *session) enterNewest(ctx context.Context, v *view, role string, versions map[string][]int64, g grant) (found bool, err error) {
	e, file, err := s.newest(ctx, role, versions, g)
	if err != nil || e == nil {
		return false, err
	}
	v.meta[role] = file
	return true, nil
}

func (s *session) rebuildTargets(ctx context.Context, v *view, versions map[string][]int64, roots []*metadata.Root) error {
	for i, root := range roots {
		if i > 0 && v.targets != nil {
			return nil
		}
		e, file, err := s.newest(ctx, metadata.TargetsRole, versions, topGrant(root, metadata.TargetsRole))
		if err != nil {
			return err
		}
		if e == nil {
			continue
		}
		if v.targets, err = e.Targets(); err != nil {
			return err
		}
		v.meta[metadata.TargetsRole], v.files[metadata.TargetsRole] = file, e
		if i == 0 {
			delete(v.late, metadata.TargetsRole)
		}
		return nil
	}
	if v.targets == nil {
		return fmt.Errorf("%w: no targets are there that the root's keys signed", ErrVerify)
	}
	return nil
}

// newest is the newest file of a role that a grant accepts; nil where there is none.
func (s *session) newest(ctx context.Context, role string, versions map[string][]int64, g grant) (*metadata.Envelope, metadata.MetaFile, error) {
	for _, version := range descending(versions[role]) {
		b, _, err := s.read(ctx, metadataFile(role, version), metadata.MaxTargets)
		if err != nil {
			return nil, metadata.MetaFile{}, err
		}
		if e := usable(b, version, time.Time{}, []grant{g}); e != nil && e.Type == metadata.TargetsRole {
			return e, metadata.NewMetaFile(version, b), nil
		}
	}
	return nil, metadata.MetaFile{}, nil
}
