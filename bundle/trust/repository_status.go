package trust

import (
	"context"
	"slices"

	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
)

// Status tells how every role stands. What below the root can't be read is an error, with the root's status.
func (r Repository) Status(ctx context.Context) (all []RoleStatus, err error) {
	err = r.call(ctx, func(s *session) error {
		all, err = s.status(ctx)
		return err
	})
	return all, err
}

func (s *session) status(ctx context.Context) (all []RoleStatus, err error) {
	v, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	root := RoleStatus{Name: metadata.RootRole, Version: v.root.Version, Expires: v.root.Expires}
	all = []RoleStatus{s.stand(root, topGrant(v.root, metadata.RootRole))}
	if v.broken != nil {
		return all, v.broken
	}
	for _, top := range []RoleStatus{
		{Name: metadata.TargetsRole, Version: v.targets.Version, Expires: v.targets.Expires},
		{Name: metadata.SnapshotRole, Version: v.snapshot.Version, Expires: v.snapshot.Expires},
		{Name: metadata.TimestampRole, Version: v.timestamp.Version, Expires: v.timestamp.Expires},
	} {
		top.Waits = v.late[top.Name]
		all = append(all, s.stand(top, topGrant(v.root, top.Name)))
	}
	for _, name := range channels(v.targets) {
		c, err := s.channel(ctx, v, name)
		if err != nil {
			return all, err
		}
		status := RoleStatus{Name: name, Channel: true, Waits: c.waits}
		if c.targets != nil {
			status.Version, status.Expires = c.targets.Version, c.targets.Expires
			if custom, err := readCustom(c.targets.Targets[targetName(name)]); err == nil {
				status.Sequence = custom.Sequence
			}
		}
		all = append(all, s.stand(status, c.grant))
	}
	return all, nil
}

// stand enters the keys.
func (s *session) stand(status RoleStatus, g grant) RoleStatus {
	status.Threshold, status.Keys, status.Held = g.role.Threshold, slices.Clone(g.role.KeyIDs), held(s.Signers, g)
	return status
}

// NewestRoot is the newest root file, verified: what applications should be built with from now on, and the next Root.
func (r Repository) NewestRoot(ctx context.Context) (b []byte, err error) {
	err = r.call(ctx, func(s *session) error {
		v, err := s.load(ctx)
		if err == nil {
			b = v.rootBytes
		}
		return err
	})
	return b, err
}
