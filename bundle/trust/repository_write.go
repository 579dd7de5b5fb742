package trust

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
)

// signer is the one at hand for a key; nil: none.
func signer(signers []crypto.Signer, key metadata.Key) crypto.Signer {
	for _, s := range signers {
		if own, err := metadata.NewKey(s.Public()); err == nil && sameKey(own, key) {
			return s
		}
	}
	return nil
}

// sameKey compares the public keys themselves: another program may write the same one in another way.
func sameKey(a, b metadata.Key) bool {
	p, err := a.PublicKey()
	q, err2 := b.PublicKey()
	e, ok := p.(interface{ Equal(crypto.PublicKey) bool })
	return err == nil && err2 == nil && ok && e.Equal(q)
}

// sameGrant reports whether two grants are of the same keys and threshold.
func sameGrant(a, b grant) bool {
	within := func(a, b grant) bool {
		return !slices.ContainsFunc(a.role.KeyIDs, func(id string) bool { return !has(b, a.keys[id]) })
	}
	return a.role.Threshold == b.role.Threshold && within(a, b) && within(b, a)
}

// held are the ids of a role's keys that signers have, each public key once.
func held(signers []crypto.Signer, g grant) []string {
	var ids []string
	for _, id := range g.role.KeyIDs {
		key := g.keys[id]
		if signer(signers, key) != nil && !slices.ContainsFunc(ids, func(other string) bool { return sameKey(g.keys[other], key) }) {
			ids = append(ids, id)
		}
	}
	return ids
}

// able reports, before anything is written, whether a role can be signed. The error is a *SignersError.
func (s *session) able(role string, grants ...grant) error {
	for _, g := range grants {
		ids := held(s.Signers, g)
		if len(ids) >= g.role.Threshold {
			continue
		}
		e := &SignersError{Role: role, Have: len(ids), Need: g.role.Threshold}
		for _, id := range g.role.KeyIDs {
			if !slices.Contains(ids, id) {
				e.Keys = append(e.Keys, id)
			}
		}
		return e
	}
	return nil
}

// signAll signs with every signer that has a key of one of the grants, and reports how many did.
func signAll(e *metadata.Envelope, signers []crypto.Signer, grants ...grant) (n int, err error) {
	done := map[string]bool{}
	for _, g := range grants {
		for _, id := range held(signers, g) {
			if done[id] {
				continue
			}
			if err := e.SignAs(id, signer(signers, g.keys[id])); err != nil {
				return n, err
			}
			done[id] = true
			n++
		}
	}
	return n, nil
}

// make signs a part as a role; what the grants ask for must be at hand.
func (s *session) make(role string, p metadata.Part, grants ...grant) ([]byte, error) {
	if err := s.able(role, grants...); err != nil {
		return nil, err
	}
	e, err := metadata.New(p)
	if err != nil {
		return nil, err
	}
	if _, err := signAll(e, s.Signers, grants...); err != nil {
		return nil, err
	}
	for _, g := range grants {
		if err := e.Verify(g.keys, g.role); err != nil {
			return nil, err
		}
	}
	return e.Encode()
}

// next is the version after one that is known; from fastForward on the first free one below that.
func (s *session) next(ctx context.Context, role string, known int64) (int64, error) {
	if known < fastForward-1 {
		return known + 1, nil
	}
	versions, err := s.versions(ctx)
	if err != nil {
		return 0, err
	}
	known = 0
	for _, version := range versions[role] {
		if version < fastForward/2 {
			known = max(known, version)
		}
	}
	return known + 1, nil
}

// claim signs and writes the next version of a role's file, which can be created once. A leftover of a killed run is taken where it says what is wanted, lasts
// half as long as a new one at least and is signed as it must be; else the version after it is tried.
func (s *session) claim(ctx context.Context, role string, known int64, lasts time.Duration, part func(version int64, expires time.Time) metadata.Part,
	wanted func(*metadata.Envelope) bool, grants ...grant) (metadata.MetaFile, error) {
	version, err := s.next(ctx, role, known)
	if err != nil {
		return metadata.MetaFile{}, err
	}
	for range claims {
		b, err := s.make(role, part(version, s.now.Add(lasts)), grants...)
		if err != nil {
			return metadata.MetaFile{}, err
		}
		err = s.Files.Write(ctx, metadataFile(role, version), b, "")
		if err == nil {
			return metadata.NewMetaFile(version, b), nil
		}
		if !errors.Is(err, bundle.ErrConflict) {
			return metadata.MetaFile{}, err
		}
		left, _, err := s.read(ctx, metadataFile(role, version), metadata.MaxTargets)
		if e := usable(left, version, s.now.Add(lasts/2), grants); err == nil && e != nil && wanted(e) {
			return metadata.NewMetaFile(version, left), nil
		}
		s.log.Info("a file that no release has is passed over", "role", role, "version", version)
		version++
	}
	return metadata.MetaFile{}, fmt.Errorf("%w: %d files of the role %s are there that no release has", bundle.ErrConflict, claims, role)
}

// usable opens a leftover, if it is a file of this version that the grants accept and that lasts until a time.
func usable(b []byte, version int64, until time.Time, grants []grant) *metadata.Envelope {
	e, err := metadata.Open(b)
	if err != nil || e.Version != version || e.Expires.Before(until) || slices.ContainsFunc(grants, func(g grant) bool { return e.Verify(g.keys, g.role) != nil }) {
		return nil
	}
	return e
}

// claimTargets is claim for a targets role.
func (s *session) claimTargets(ctx context.Context, role string, known int64, lasts time.Duration, t metadata.Targets, grants ...grant) (metadata.MetaFile, error) {
	part := func(version int64, expires time.Time) metadata.Part {
		p := t
		p.Version, p.Expires = version, expires
		return &p
	}
	wanted := func(e *metadata.Envelope) bool { return sameSigned(e, part(e.Version, e.Expires)) }
	return s.claim(ctx, role, known, lasts, part, wanted, grants...)
}

// sameSigned reports whether a file says what a part says.
func sameSigned(e *metadata.Envelope, p metadata.Part) bool {
	o, err := metadata.New(p)
	return err == nil && slices.Equal(e.Canonical(), o.Canonical())
}

// publish signs a snapshot of v.meta, unless the one there is stays, and then the timestamp: the write after which clients see it. Both are signed as each of the
// roots wants it.
func (s *session) publish(ctx context.Context, v *view, stays bool, roots ...*metadata.Root) (err error) {
	var snapshots, stamps []grant
	for _, root := range roots {
		snapshots, stamps = append(snapshots, topGrant(root, metadata.SnapshotRole)), append(stamps, topGrant(root, metadata.TimestampRole))
	}
	stamp := metadata.Timestamp{Expires: s.now.Add(s.lasts.Timestamp)}
	if v.timestamp != nil {
		stamp.Version, stamp.Snapshot = v.timestamp.Version, v.timestamp.Snapshot
	}
	if stamp.Version++; stamp.Version >= fastForward || stamp.Version < 1 {
		stamp.Version = 1
	}
	if !stays {
		if stamp.Snapshot, err = s.claimSnapshot(ctx, v, snapshots); err != nil {
			return err
		}
	}
	b, err := s.make(metadata.TimestampRole, &stamp, stamps...)
	if err != nil {
		return err
	}
	err = s.Files.Write(ctx, metadataFile(metadata.TimestampRole, 0), b, v.stampAs)
	if errors.Is(err, bundle.ErrConflict) {
		return errRaced
	}
	return err
}

// claimSnapshot is claim for a snapshot of v.meta.
func (s *session) claimSnapshot(ctx context.Context, v *view, grants []grant) (metadata.MetaFile, error) {
	known := int64(0)
	if v.snapshot != nil {
		known = v.snapshot.Version
	}
	part := func(version int64, expires time.Time) metadata.Part {
		return &metadata.Snapshot{Version: version, Expires: expires, Meta: v.meta}
	}
	wanted := func(e *metadata.Envelope) bool { return sameSigned(e, part(e.Version, e.Expires)) }
	return s.claim(ctx, metadata.SnapshotRole, known, s.lasts.Snapshot, part, wanted, grants...)
}
