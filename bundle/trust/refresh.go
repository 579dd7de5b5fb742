package trust

import (
	"context"
	"fmt"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
)

// trusted is what a refresh ends with.
type trusted struct {
	root      *metadata.Root
	timestamp *metadata.Timestamp
	snapshot  *metadata.Snapshot
	targets   *metadata.Targets
	delegated map[string]*metadata.Targets // roles that lookups since have read
}

func (t *trusted) expired(now time.Time) bool {
	for _, expires := range []time.Time{t.root.Expires, t.timestamp.Expires, t.snapshot.Expires, t.targets.Expires} {
		if !now.Before(expires) {
			return true
		}
	}
	return false
}

// refresh is the workflow's steps 5.3 to 5.6, for the top-level roles.
func (r *run) refresh(ctx context.Context) (err error) {
	r.seen = nil
	t := trusted{delegated: map[string]*metadata.Targets{}}
	if t.root, err = r.updateRoot(ctx); err != nil {
		return err
	}
	if t.timestamp, err = r.updateTimestamp(ctx, t.root); err != nil {
		return err
	}
	if t.snapshot, err = r.updateSnapshot(ctx, &t); err != nil {
		return err
	}
	if t.targets, err = r.targets(ctx, &t, metadata.TargetsRole, t.root.Keys, t.root.Roles[metadata.TargetsRole]); err != nil {
		return err
	}
	r.seen = &t
	return r.raiseFloor()
}

// fresh refuses what has expired at the run's time, by more than MaxStaleness.
func (r *run) fresh(role string, expires time.Time) error {
	switch {
	case r.now.Before(expires):
		return nil
	case r.now.Sub(expires) >= r.MaxStaleness:
		return &FrozenError{Role: role, Expired: expires}
	}
	r.stale = true
	r.log().Warn("expired metadata is taken", "role", role, "expired", expires, "max_staleness", r.MaxStaleness)
	return nil
}

// updateTimestamp is step 5.4.
func (r *run) updateTimestamp(ctx context.Context, root *metadata.Root) (*metadata.Timestamp, error) {
	keys, role := root.Keys, root.Roles[metadata.TimestampRole]
	var old *metadata.Timestamp
	e, _, err := r.kept(metadata.TimestampRole, keys, role)
	if err != nil {
		return nil, err
	}
	if e != nil {
		if old, err = e.Timestamp(); err != nil {
			old = nil
		}
	}
	found, err := r.newestTimestamp(ctx, keys, role)
	if allAbsent(err) && old == nil {
		return nil, fmt.Errorf("%w: %w", bundle.ErrNoRelease, err)
	}
	if err != nil {
		return nil, err
	}
	t := found.value
	switch {
	case old != nil && t.Version < old.Version:
		return nil, fmt.Errorf("timestamp %d is %w, %d", t.Version, ErrRollback, old.Version)
	case old != nil && t.Version == old.Version: // 5.4.3.1: the kept one stays, whatever the other says
		return old, r.fresh(metadata.TimestampRole, old.Expires)
	case old != nil && t.Snapshot.Version < old.Snapshot.Version:
		return nil, fmt.Errorf("the snapshot %d that timestamp %d names is %w, %d", t.Snapshot.Version, t.Version, ErrRollback, old.Snapshot.Version)
	}
	if err := r.fresh(metadata.TimestampRole, t.Expires); err != nil {
		return nil, err
	}
	return t, r.write(fileName(metadata.TimestampRole), found.bytes)
}

// updateSnapshot is step 5.5.
func (r *run) updateSnapshot(ctx context.Context, t *trusted) (*metadata.Snapshot, error) {
	keys, role, meta := t.root.Keys, t.root.Roles[metadata.SnapshotRole], t.timestamp.Snapshot
	var old *metadata.Snapshot
	e, b, err := r.kept(metadata.SnapshotRole, keys, role)
	if err != nil {
		return nil, err
	}
	if e != nil {
		if old, err = e.Snapshot(); err != nil {
			old = nil
		}
	}
	if old != nil && old.Version == meta.Version && meta.Check(b) == nil {
		return old, r.fresh(metadata.SnapshotRole, old.Expires)
	}
	var s *metadata.Snapshot
	b, err = r.fetchRole(ctx, metadata.SnapshotRole, t.root, meta, metadata.MaxSnapshot, keys, role, func(e *metadata.Envelope) (err error) {
		s, err = e.Snapshot()
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := newer(old, s); err != nil {
		return nil, err
	}
	if err := r.fresh(metadata.SnapshotRole, s.Expires); err != nil {
		return nil, err
	}
	return s, r.write(fileName(metadata.SnapshotRole), b)
}

// newer refuses a snapshot that lacks a role of the old one, or has an older version of it (5.5.5).
func newer(old, s *metadata.Snapshot) error {
	if old == nil {
		return nil
	}
	for role, was := range old.Meta {
		is, ok := s.Meta[role]
		if !ok {
			return fmt.Errorf("snapshot %d is %w, %d: it lacks the role %q", s.Version, ErrRollback, old.Version, role)
		}
		if is.Version < was.Version {
			return fmt.Errorf("%q %d of snapshot %d is %w, %d", role, is.Version, s.Version, ErrRollback, was.Version)
		}
	}
	return nil
}

// targets is step 5.6 for one targets role, top-level or delegated: what the snapshot says is current, signed by the role's keys as its delegator has them.
func (r *run) targets(ctx context.Context, t *trusted, name string, keys map[string]metadata.Key, role metadata.Role) (*metadata.Targets, error) {
	meta, ok := t.snapshot.Meta[name]
	if !ok {
		return nil, fmt.Errorf("%w: snapshot %d does not have the role %q", ErrVerify, t.snapshot.Version, name)
	}
	e, b, err := r.kept(name, keys, role)
	if err != nil {
		return nil, err
	}
	if e != nil && e.Version == meta.Version && meta.Check(b) == nil {
		if kept, err := e.Targets(); err == nil {
			return kept, r.fresh(name, kept.Expires)
		}
	}
	var targets *metadata.Targets
	b, err = r.fetchRole(ctx, name, t.root, meta, metadata.MaxTargets, keys, role, func(e *metadata.Envelope) (err error) {
		targets, err = e.Targets()
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := r.fresh(name, targets.Expires); err != nil {
		return nil, err
	}
	return targets, r.write(fileName(name), b)
}

// fetchRole fetches a role's file, of the version that meta says; read takes what is signed.
func (r *run) fetchRole(ctx context.Context, name string, root *metadata.Root, meta metadata.MetaFile, limit int64, keys map[string]metadata.Key,
	role metadata.Role, read func(*metadata.Envelope) error) ([]byte, error) {
	if meta.Length > limit {
		return nil, fmt.Errorf("%s %d: %w: %d bytes were announced", name, meta.Version, ErrTooLarge, meta.Length)
	}
	if meta.Length > 0 {
		limit = meta.Length
	}
	return r.fetch(ctx, address(root, name, meta.Version), limit, func(b []byte) error {
		if err := meta.Check(b); err != nil {
			return err
		}
		e, err := metadata.Open(b)
		if err != nil {
			return err
		}
		if err := e.Verify(keys, role); err != nil {
			return err
		}
		if e.Version != meta.Version {
			return fmt.Errorf("%w: it is version %d, not %d", ErrVerify, e.Version, meta.Version)
		}
		return read(e)
	})
}

// address is where a role's file is below Mirror.Metadata; root names its own files.
func address(root *metadata.Root, role string, version int64) string {
	if !root.ConsistentSnapshot || role == metadata.TimestampRole {
		version = 0
	}
	return metadata.FileName(role, version)
}
