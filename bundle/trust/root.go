package trust

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
	"github.com/chandlery-go/chandlery/internal/durable"
)

// updateRoot is step 5.3 of the workflow: from the application's own root over the kept ones to the newest that a mirror has.
func (r *run) updateRoot(ctx context.Context) (*metadata.Root, error) {
	root, newest, err := r.loadRoot()
	if err != nil {
		return nil, err
	}
	for range MaxRotations {
		next, err := r.nextRoot(ctx, root)
		if err != nil {
			return nil, err
		}
		if next == nil {
			return root, r.checkRoot(root, newest)
		}
		root = next
	}
	return nil, fmt.Errorf("%w: %d new roots and more at once", ErrVerify, MaxRotations)
}

// checkRoot refuses a root older than one that was trusted before, whose copy here is damaged, and an expired one.
func (r *run) checkRoot(root *metadata.Root, newest int64) error {
	if root.Version < newest {
		return fmt.Errorf("root %d is %w, %d, of which the copy kept here is damaged and no mirror has one; if the application moved to another repository, remove its folder", root.Version, ErrRollback, newest)
	}
	return r.fresh(metadata.RootRole, root.Expires)
}

// loadRoot follows the chain of kept roots. newest is the version of the newest that was ever kept.
func (r *run) loadRoot() (root *metadata.Root, newest int64, err error) {
	e, err := metadata.Open(r.Root)
	if err == nil {
		root, err = e.Root()
	}
	if err == nil {
		err = e.Verify(root.Keys, root.Roles[metadata.RootRole])
	}
	if err != nil {
		return nil, 0, fmt.Errorf("the application's own root: %w", err)
	}
	newest, err = r.anchor(e, root)
	if err != nil {
		return nil, 0, err
	}
	for root.Version < newest {
		b, err := r.read(historyName(root.Version+1), metadata.MaxRoot)
		if err != nil {
			return nil, 0, err
		}
		next, err := successor(root, b)
		if err != nil {
			r.log().Warn("a kept root is damaged", "version", root.Version+1, "cause", err)
			break
		}
		root = next
	}
	return root, newest, nil
}

// anchor keeps the application's own root, and gives the version of the newest root that was ever kept.
func (r *run) anchor(own *metadata.Envelope, root *metadata.Root) (newest int64, err error) {
	r.before("mkdir " + historyDir)
	if err := r.dir.Mkdir(historyDir, 0o755); err != nil && !errors.Is(err, os.ErrExist) {
		return 0, err
	}
	versions, newest, err := r.history()
	if err != nil {
		return 0, err
	}
	if err := r.settleRotation(newest); err != nil {
		return 0, err
	}
	last, err := r.keptRoot(min(newest, own.Version))
	if err != nil {
		return 0, err
	}
	var before *metadata.Root
	switch {
	case last == nil:
	case last.Version < own.Version: // the application was updated past what is kept
		if before, err = last.Root(); err != nil {
			before = nil
		}
	case slices.Equal(last.Canonical(), own.Canonical()):
		return newest, nil
	default:
		r.log().Warn("the application has another root: what was trusted is forgotten", "version", own.Version)
		if err := r.forget(versions, own.Version); err != nil {
			return 0, err
		}
		newest = 0
	}
	if err := r.keepRoot(before, root, r.Root); err != nil {
		return 0, err
	}
	return max(newest, own.Version), durable.SyncDir(r.dir, ".")
}

// keptRoot opens a root of the history; nil where it is absent or damaged.
func (r *run) keptRoot(version int64) (*metadata.Envelope, error) {
	b, err := r.read(historyName(version), metadata.MaxRoot)
	if err != nil || b == nil {
		return nil, err
	}
	e, err := metadata.Open(b)
	if err != nil {
		return nil, nil
	}
	return e, nil
}

// nextRoot fetches, verifies and keeps the root after the given one; nil where there is none.
func (r *run) nextRoot(ctx context.Context, root *metadata.Root) (*metadata.Root, error) {
	next, b, err := r.anyRoot(ctx, root)
	if err != nil || next == nil {
		return nil, err
	}
	return next, r.keepRoot(root, next, b)
}

// successor reads the root that follows root: signed by enough keys of both.
func successor(root *metadata.Root, b []byte) (*metadata.Root, error) {
	e, err := metadata.Open(b)
	if err != nil {
		return nil, err
	}
	next, err := e.Root()
	if err != nil {
		return nil, err
	}
	if next.Version != root.Version+1 {
		return nil, fmt.Errorf("%w: it is root %d, not %d", ErrVerify, next.Version, root.Version+1)
	}
	if err := e.Verify(root.Keys, root.Roles[metadata.RootRole]); err != nil {
		return nil, fmt.Errorf("by the keys of root %d: %w", root.Version, err)
	}
	return next, e.Verify(next.Keys, next.Roles[metadata.RootRole])
}

// keepRoot keeps a root, and forgets the timestamp and the snapshot where it takes a key from them (5.3.11, "Recover from fast-forward attacks"). Both happen
// or, after a kill, neither: an old timestamp that stays would stand in the way of new ones, and one that goes too early would let the removed keys speak again.
func (r *run) keepRoot(old, next *metadata.Root, b []byte) error {
	turned := old != nil && rotated(old, next)
	if turned {
		if err := r.write(rotatedName, strconv.AppendInt(nil, next.Version, 10)); err != nil {
			return err
		}
	}
	if err := r.write(historyName(next.Version), b); err != nil || !turned {
		return err
	}
	return r.settleRotation(next.Version)
}

// settleRotation ends what keepRoot began; newest is the newest root that is kept.
func (r *run) settleRotation(newest int64) error {
	b, err := r.read(rotatedName, 32)
	if err != nil || b == nil {
		return err
	}
	if n, err := strconv.ParseInt(string(b), 10, 64); err != nil || n <= newest {
		if err := r.remove(fileName(metadata.TimestampRole), fileName(metadata.SnapshotRole)); err != nil {
			return err
		}
	}
	return r.remove(rotatedName)
}

// rotated reports whether a key of the timestamp or the snapshot was taken out.
func rotated(old, next *metadata.Root) bool {
	for _, name := range []string{metadata.TimestampRole, metadata.SnapshotRole} {
		for _, id := range old.Roles[name].KeyIDs {
			stays := slices.ContainsFunc(next.Roles[name].KeyIDs, func(n string) bool { return next.Keys[n] == old.Keys[id] })
			if !stays {
				return true
			}
		}
	}
	return false
}
