package trust

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
)

// Create begins a repository: signs its first root, targets, snapshot and timestamp with the Signers, and gives the root file, which applications are built with. Channels whose
// keys are at hand begin without a release; the others wait for their first.
//
// Again with the same ceremony it finishes what a kill interrupted, and changes nothing where it was done. A store that has another repository is bundle.ErrConflict. Where
// the keys of root or targets are with several people, use NewCeremony.
func (r Repository) Create(ctx context.Context, c Ceremony) (root []byte, err error) {
	d, err := r.NewCeremony(c)
	if err != nil {
		return nil, err
	}
	err = r.call(ctx, func(s *session) error {
		root, err = s.create(ctx, d)
		return err
	})
	return root, err
}

func (s *session) create(ctx context.Context, d *Draft) ([]byte, error) {
	err := errors.Join(s.able(metadata.RootRole, topGrant(d.after, metadata.RootRole)), s.able(metadata.TargetsRole, topGrant(d.after, metadata.TargetsRole)), s.online(d.after))
	if err != nil {
		return nil, err
	}
	root, err := s.adopt(ctx, metadata.RootRole, 1, d.after.Expires, func(expires time.Time) metadata.Part {
		p := *d.after
		p.Expires = expires
		return &p
	})
	if err != nil {
		return nil, err
	}
	if root == nil {
		return nil, errOther
	}
	var targets *metadata.Envelope
	for version := int64(1); targets == nil; version++ {
		targets, err = s.adopt(ctx, metadata.TargetsRole, version, d.newTargets.Expires, func(expires time.Time) metadata.Part {
			p := *d.newTargets
			p.Version, p.Expires = version, expires
			return &p
		})
		if err != nil {
			return nil, err
		}
	}
	if d, err = newDraft(nil, nil, root, targets); err != nil {
		return nil, err
	}
	if err := d.Sign(s.Signers...); err != nil {
		return nil, err
	}
	if err := s.publishDraft(ctx, d); err != nil {
		return nil, err
	}
	v, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	return v.rootBytes, nil
}

var errOther = fmt.Errorf("%w: the store has another repository", bundle.ErrConflict)

// adopt is the file that a killed Create left, if it says what this one would; nil where it says anything else. Where there is none it is a new one.
func (s *session) adopt(ctx context.Context, role string, version int64, expires time.Time, part func(time.Time) metadata.Part) (*metadata.Envelope, error) {
	b, _, err := s.read(ctx, metadataFile(role, version), metadata.MaxTargets)
	if err != nil {
		return nil, err
	}
	if b == nil {
		return metadata.New(part(expires))
	}
	e, err := metadata.Open(b)
	if err != nil || !sameSigned(e, part(e.Expires)) {
		return nil, nil
	}
	return e, nil
}

// found writes the first root, which decides between two who create at once, and makes it the one that is trusted.
func (s *session) found(ctx context.Context, d *Draft) error {
	if err := s.online(d.after); err != nil {
		return err
	}
	b, err := d.root.Encode()
	if err != nil {
		return err
	}
	err = s.Files.Write(ctx, metadataFile(metadata.RootRole, 1), b, "")
	if err != nil && !errors.Is(err, bundle.ErrConflict) {
		return err
	}
	if err != nil {
		e, err := s.pastFile(ctx, metadata.RootRole, 1)
		if err != nil {
			return err
		}
		if !sameFile(e, d.root) {
			return errOther
		}
	}
	s.Root = b
	return nil
}
