package trust

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
)

// grant is what gives a role its say: the keys of the file that delegates to it, and which of them it has.
type grant struct {
	keys map[string]metadata.Key
	role metadata.Role
}

func topGrant(root *metadata.Root, role string) grant { return grant{root.Keys, root.Roles[role]} }

// channelGrant is a channel's; ok is false where targets don't delegate to it.
func channelGrant(t *metadata.Targets, channel string) (g grant, ok bool) {
	if t == nil || t.Delegations == nil {
		return grant{}, false
	}
	for _, d := range t.Delegations.Roles {
		if d.Name == channel {
			return grant{t.Delegations.Keys, d.Role}, true
		}
	}
	return grant{}, false
}

func channels(t *metadata.Targets) []string {
	var all []string
	if t != nil && t.Delegations != nil {
		for _, d := range t.Delegations.Roles {
			all = append(all, d.Name)
		}
	}
	return all
}

// view is what the store has: read once, verified from the Repository's root on.
type view struct {
	chain     []*metadata.Root // from the Repository's own to the newest
	root      *metadata.Root   // the newest
	rootFile  *metadata.Envelope
	rootBytes []byte

	stamp     []byte // timestamp.json; nil: none
	stampAs   string // its version in the store
	timestamp *metadata.Timestamp
	snapshot  *metadata.Snapshot
	targets   *metadata.Targets
	files     map[string]*metadata.Envelope // of these three roles
	meta      map[string]metadata.MetaFile  // what the snapshot names, and then what the next one will

	late   map[string]bool // top-level roles whose newest file only keys of an earlier root signed: a rotation was not finished
	broken error           // why the rest is not to be had; the fields below the root may be nil then
}

// load reads the store. Missing and wrong metadata below the root is no error but broken.
func (s *session) load(ctx context.Context) (*view, error) {
	v := &view{late: map[string]bool{}, files: map[string]*metadata.Envelope{}, meta: map[string]metadata.MetaFile{}}
	if err := s.loadRoots(ctx, v); err != nil {
		return nil, err
	}
	err := s.loadRest(ctx, v)
	if errors.Is(err, ErrVerify) || errors.Is(err, ErrFormat) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrNoRepository) {
		v.broken = err
		return v, nil
	}
	return v, err
}

// whole refuses what clients refuse, but for what has expired: who publishes mends that.
func (v *view) whole() error {
	if v.broken != nil {
		return v.broken
	}
	for _, role := range []string{metadata.TimestampRole, metadata.SnapshotRole, metadata.TargetsRole} {
		if v.late[role] {
			return fmt.Errorf("%w: the %s is signed by keys that root %d replaced: publish the draft again, or renew with the new keys", ErrVerify, role, v.root.Version)
		}
	}
	return nil
}

func (s *session) loadRoots(ctx context.Context, v *view) error {
	if len(s.Root) == 0 {
		return fmt.Errorf("%w: the field Root is empty", ErrNoRepository)
	}
	e, err := metadata.Open(s.Root)
	if err != nil {
		return fmt.Errorf("the repository's own root: %w", err)
	}
	v.rootFile, v.rootBytes = e, s.Root
	if v.root, err = e.Root(); err == nil {
		err = e.Verify(v.root.Keys, v.root.Roles[metadata.RootRole])
	}
	if err != nil {
		return fmt.Errorf("the repository's own root: %w", err)
	}
	v.chain = []*metadata.Root{v.root}
	for range MaxRotations {
		name := metadataFile(metadata.RootRole, v.root.Version+1)
		b, _, err := s.read(ctx, name, metadata.MaxRoot)
		if err != nil || b == nil {
			return err
		}
		next, err := successor(v.root, b)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if v.rootFile, err = metadata.Open(b); err != nil {
			return err
		}
		v.root, v.rootBytes, v.chain = next, b, append(v.chain, next)
	}
	return fmt.Errorf("%w: more than %d roots follow the repository's own: give it a newer one", ErrVerify, MaxRotations)
}

func (s *session) loadRest(ctx context.Context, v *view) (err error) {
	if v.stamp, v.stampAs, err = s.read(ctx, metadataFile(metadata.TimestampRole, 0), metadata.MaxTimestamp); err != nil {
		return err
	}
	if v.stamp == nil {
		return ErrNoRepository
	}
	e, err := metadata.Open(v.stamp)
	if err != nil {
		return err
	}
	if err := v.verify(metadata.TimestampRole, e); err != nil {
		return err
	}
	if v.timestamp, err = e.Timestamp(); err != nil {
		return err
	}
	if e, err = s.readMeta(ctx, metadata.SnapshotRole, v.timestamp.Snapshot); err != nil {
		return err
	}
	if err := v.verify(metadata.SnapshotRole, e); err != nil {
		return err
	}
	if v.snapshot, err = e.Snapshot(); err != nil {
		return err
	}
	v.meta = maps.Clone(v.snapshot.Meta)
	meta, ok := v.snapshot.Meta[metadata.TargetsRole]
	if !ok {
		return fmt.Errorf("%w: snapshot %d does not have the role targets", ErrVerify, v.snapshot.Version)
	}
	if e, err = s.readMeta(ctx, metadata.TargetsRole, meta); err != nil {
		return err
	}
	if err := v.verify(metadata.TargetsRole, e); err != nil {
		return err
	}
	v.targets, err = e.Targets()
	return err
}

// verify looks for the newest root whose keys signed a top-level role's file, and notes where that is not the newest there is.
func (v *view) verify(role string, e *metadata.Envelope) error {
	v.files[role] = e
	first := e.Verify(v.root.Keys, v.root.Roles[role])
	if first == nil {
		return nil
	}
	for _, root := range slices.Backward(v.chain) {
		if e.Verify(root.Keys, root.Roles[role]) == nil {
			v.late[role] = true
			return nil
		}
	}
	return fmt.Errorf("%s: %w", role, first)
}

// readMeta reads a role's file as another file tells of it.
func (s *session) readMeta(ctx context.Context, role string, meta metadata.MetaFile) (*metadata.Envelope, error) {
	name := metadataFile(role, meta.Version)
	b, _, err := s.Files.Read(ctx, name, metadata.MaxTargets)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := meta.Check(b); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	e, err := metadata.Open(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if e.Version != meta.Version {
		return nil, fmt.Errorf("%s: %w: it is version %d", name, ErrVerify, e.Version)
	}
	return e, nil
}

// channelRole is what a channel's role says now.
type channelRole struct {
	grant   grant
	targets *metadata.Targets // nil: it has no file yet
	waits   bool              // the file is not signed by the keys that it has now, or there is none
}

// channel reads a channel's role. Where its keys were replaced since, the file counts by the delegation of its own time.
func (s *session) channel(ctx context.Context, v *view, name string) (*channelRole, error) {
	g, ok := channelGrant(v.targets, name)
	if !ok {
		return nil, fmt.Errorf("%w: %q", ErrNoChannel, name)
	}
	c := &channelRole{grant: g, waits: true}
	meta, ok := v.meta[name]
	if !ok {
		return c, nil
	}
	e, err := s.readMeta(ctx, name, meta)
	if err != nil {
		return nil, err
	}
	if err := e.Verify(g.keys, g.role); err == nil {
		c.waits = false
	} else if err := s.verifyPast(ctx, v, name, e, err); err != nil {
		return nil, err
	}
	c.targets, err = e.Targets()
	return c, err
}

// verifyPast looks for an earlier delegation whose keys signed a channel's file; now says why the newest doesn't count.
func (s *session) verifyPast(ctx context.Context, v *view, name string, e *metadata.Envelope, now error) error {
	versions, err := s.versions(ctx)
	if err != nil {
		return err
	}
	for _, version := range descending(versions[metadata.TargetsRole]) {
		if version >= v.targets.Version {
			continue
		}
		old, err := s.pastTargets(ctx, v, version)
		if err != nil {
			return err
		}
		if g, ok := channelGrant(old, name); ok && e.Verify(g.keys, g.role) == nil {
			return nil
		}
	}
	return fmt.Errorf("%s %d: %w", name, e.Version, now)
}

// pastTargets is an earlier version of the targets; nil where no root's keys signed it.
func (s *session) pastTargets(ctx context.Context, v *view, version int64) (*metadata.Targets, error) {
	e, err := s.pastFile(ctx, metadata.TargetsRole, version)
	if err != nil || e == nil || !slices.ContainsFunc(v.chain, func(r *metadata.Root) bool { return e.Verify(r.Keys, r.Roles[metadata.TargetsRole]) == nil }) {
		return nil, err
	}
	t, err := e.Targets()
	if err != nil {
		return nil, nil
	}
	return t, nil
}

// pastFile opens a role's file of which nothing else tells; nil where it is no such file. Nothing is verified.
func (s *session) pastFile(ctx context.Context, role string, version int64) (*metadata.Envelope, error) {
	b, _, err := s.read(ctx, metadataFile(role, version), metadata.MaxTargets)
	if err != nil || b == nil {
		return nil, err
	}
	e, err := metadata.Open(b)
	if err != nil || e.Version != version {
		return nil, nil
	}
	return e, nil
}

func descending(versions []int64) []int64 {
	return slices.SortedFunc(slices.Values(versions), func(a, b int64) int { return cmp.Compare(b, a) })
}
