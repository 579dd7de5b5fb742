package trust

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
)

// PublishDraft publishes a draft that enough have signed; the Signers sign snapshot and timestamp, where the draft needs that, and the roles of channels that get other keys, where theirs are
// at hand. Again it finishes what a kill interrupted, and changes nothing where it was done. A store that has moved on since is bundle.ErrConflict: make the draft
// anew.
//
// A new root comes last where the replaced keys are at hand too: then everything is signed by both before, and clients pass over without a gap. Else it comes first, and clients refuse what
// there is until the rest is done.
func (r Repository) PublishDraft(ctx context.Context, d *Draft) error {
	return r.call(ctx, func(s *session) error {
		for _, m := range d.Missing() {
			return &SignersError{Role: m.Role, Have: m.Have, Need: m.Need, Keys: m.Keys}
		}
		return s.publishDraft(ctx, d)
	})
}

// publication is a draft on its way into the store.
type publication struct {
	*session
	d    *Draft
	v    *view
	next *metadata.Root // by which everything must be signed in the end
	old  *metadata.Root // the newest in the store, where next is yet to be written; else nil
}

func (s *session) publishDraft(ctx context.Context, d *Draft) error {
	if d.base == nil {
		if err := s.found(ctx, d); err != nil {
			return err
		}
	}
	v, err := s.load(ctx)
	if err != nil {
		return err
	}
	if d.base == nil && v.stamp != nil { // it was published before
		return v.whole()
	}
	p := &publication{session: s, d: d, v: v}
	if err := p.followRoot(); err != nil {
		return err
	}
	seamless := v.whole() == nil
	if err := p.believe(ctx); err != nil {
		return err
	}
	targets, err := p.followTargets()
	if err != nil {
		return err
	}
	rest := targets || v.changed() || !v.verified(p.next)
	if rest {
		if err := s.online(p.next); err != nil {
			return err
		}
	}
	if rest && seamless && p.seamless() {
		if err := p.rest(ctx, targets, p.next, p.old); err != nil {
			return err
		}
		return p.root(ctx)
	}
	if err := p.root(ctx); err != nil || !rest {
		return err
	}
	return p.rest(ctx, targets, p.next)
}

// sameFile reports whether two files differ in no more than their signatures.
func sameFile(a, b *metadata.Envelope) bool {
	return a != nil && b != nil && slices.Equal(a.Canonical(), b.Canonical())
}

// followRoot checks that the draft's root comes next in the store, or is there.
func (p *publication) followRoot() error {
	switch p.next = p.v.root; {
	case p.d.root == nil: // where a new root came since, its keys must have signed too
		if p.v.root.Version < p.d.before.Version {
			break
		}
		return p.d.targets.Verify(p.v.root.Keys, p.v.root.Roles[metadata.TargetsRole])
	case sameFile(p.v.rootFile, p.d.root):
		return nil
	case sameFile(p.v.rootFile, p.d.base):
		p.old, p.next = p.v.root, p.d.after
		return nil
	}
	return fmt.Errorf("%w: root %d is there, which the draft does not know: make it anew", bundle.ErrConflict, p.v.root.Version)
}

// believe decides what of the store counts. Where keys of the timestamp or the snapshot are replaced, they may have been stolen, and what they signed last is not asked.
func (p *publication) believe(ctx context.Context) error {
	if p.d.base == nil {
		return nil // there is nothing yet
	}
	before, roots := p.d.before, []*metadata.Root{p.next}
	if p.old != nil {
		before, roots = p.old, append(roots, p.old)
	} else if n := len(p.v.chain); n > 1 { // what the draft says of the past is its own word
		before, roots = p.v.chain[n-2], append(roots, p.v.chain[n-2])
	}
	replaced := p.d.root != nil && rotated(before, p.d.after)
	if p.v.broken != nil && !replaced {
		return p.v.broken
	}
	if !replaced && !p.v.late[metadata.TimestampRole] && !p.v.late[metadata.SnapshotRole] {
		return nil
	}
	return p.rebuild(ctx, p.v, p.d.newTargets, roots...)
}

// followTargets checks that the draft's targets come next in the store; writes is false where there are none, or where they are there.
func (p *publication) followTargets() (writes bool, err error) {
	now := p.v.files[metadata.TargetsRole]
	switch {
	case p.d.targets == nil || sameFile(now, p.d.targets):
		return false, nil
	case now == nil && p.d.baseTargets == nil || sameFile(now, p.d.baseTargets):
		return true, nil
	}
	return false, fmt.Errorf("%w: the targets were changed since the draft was made: make it anew", bundle.ErrConflict)
}

// verified reports whether timestamp, snapshot and targets are as a root wants them.
func (v *view) verified(root *metadata.Root) bool {
	for _, role := range []string{metadata.TimestampRole, metadata.SnapshotRole, metadata.TargetsRole} {
		if e := v.files[role]; e == nil || e.Verify(root.Keys, root.Roles[role]) != nil {
			return false
		}
	}
	return true
}

// seamless reports whether everything can be signed so that both the old root and the next accept it.
func (p *publication) seamless() bool {
	if p.old == nil || p.online(p.old) != nil || p.v.timestamp.Version >= fastForward-1 || p.v.snapshot.Version >= fastForward-1 {
		return false
	}
	targets := p.v.files[metadata.TargetsRole]
	if p.d.targets != nil {
		targets = p.d.targets
	}
	return targets.Verify(p.old.Keys, p.old.Roles[metadata.TargetsRole]) == nil && newer(p.v.snapshot, &metadata.Snapshot{Meta: p.v.meta}) == nil
}

// root writes the draft's root where it is not there yet.
func (p *publication) root(ctx context.Context) error {
	if p.old == nil {
		return nil
	}
	b, err := p.d.root.Encode()
	if err != nil {
		return err
	}
	return p.writeRoot(ctx, p.next.Version, b)
}

// rest writes everything else, signed as each of the roots wants it.
func (p *publication) rest(ctx context.Context, targets bool, roots ...*metadata.Root) error {
	if targets {
		if err := p.targets(ctx); err != nil {
			return err
		}
	}
	if _, err := p.renewChannels(ctx, p.v, func(time.Time) bool { return false }); err != nil {
		return err
	}
	return p.publish(ctx, p.v, false, roots...)
}

// targets writes the draft's targets. Other bytes are there where the draft was published before with other signatures.
func (p *publication) targets(ctx context.Context) error {
	b, err := p.d.targets.Encode()
	if err != nil {
		return err
	}
	name := metadataFile(metadata.TargetsRole, p.d.newTargets.Version)
	err = p.Files.Write(ctx, name, b, "")
	if errors.Is(err, bundle.ErrConflict) {
		left, _, lerr := p.read(ctx, name, metadata.MaxTargets)
		if lerr != nil {
			return lerr
		}
		g := topGrant(p.next, metadata.TargetsRole)
		if e := usable(left, p.d.newTargets.Version, time.Time{}, []grant{g}); !sameFile(e, p.d.targets) {
			return fmt.Errorf("%w: there are other targets %d, of a draft that was given up: make this one anew", bundle.ErrConflict, p.d.newTargets.Version)
		}
		b, err = left, nil
	}
	if err != nil {
		return err
	}
	p.v.meta[metadata.TargetsRole] = metadata.NewMetaFile(p.d.newTargets.Version, b)
	p.v.targets, p.v.files[metadata.TargetsRole] = p.d.newTargets, p.d.targets
	return nil
}
