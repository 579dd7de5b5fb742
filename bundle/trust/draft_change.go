package trust

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
)

// Change is what a Draft changes. What is zero stays.
type Change struct {
	Root, Targets, Online *RoleKeys           // nil: as they are
	Channels              map[string]RoleKeys // new ones, and those with other keys
	Drop                  []string            // channels that end
	Renew                 bool                // signs root and targets anew, even where nothing else changes
}

// NewCeremony is Create for several people: a Draft of the first root and targets, for each of them to Sign and one to publish.
func (r Repository) NewCeremony(c Ceremony) (*Draft, error) {
	now, lasts := r.time(), r.Lifetimes.orDefault()
	root := &metadata.Root{Version: 1, Expires: now.Add(lasts.Root), ConsistentSnapshot: true}
	if err := setRoles(root, Change{Root: &c.Root, Targets: &c.Targets, Online: &c.Online}); err != nil {
		return nil, err
	}
	targets := &metadata.Targets{Version: 1, Expires: now.Add(lasts.Targets)}
	if err := setChannels(targets, Change{Channels: c.Channels}); err != nil {
		return nil, err
	}
	return draftOf(nil, nil, root, targets)
}

// draftOf makes a draft of parts; nil: they stay.
func draftOf(base, baseTargets *metadata.Envelope, root *metadata.Root, targets *metadata.Targets) (*Draft, error) {
	var r, t *metadata.Envelope
	var err error
	if root != nil {
		if r, err = metadata.New(root); err != nil {
			return nil, err
		}
	}
	if targets != nil {
		if t, err = metadata.New(targets); err != nil {
			return nil, err
		}
	}
	return newDraft(base, baseTargets, r, t)
}

// NewDraft prepares a change of what the store has now. A change that is none is an ErrChange. What Renew or an earlier draft must finish first is an error, unless the change replaces
// the online keys: that is the way out where they are lost or stolen, or where what they signed is damaged.
func (r Repository) NewDraft(ctx context.Context, c Change) (d *Draft, err error) {
	err = r.call(ctx, func(s *session) error {
		d, err = s.draft(ctx, c)
		return err
	})
	return d, err
}

func (s *session) draft(ctx context.Context, c Change) (*Draft, error) {
	v, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	root, err := s.nextRoot(v, c)
	if err != nil {
		return nil, err
	}
	if root != nil && rotated(v.root, root) { // as PublishDraft will do
		err = s.rebuild(ctx, v, nil, v.root)
	} else {
		err = v.whole()
	}
	if err != nil {
		return nil, err
	}
	targets, err := s.nextTargets(ctx, v, c, root != nil)
	if err != nil {
		return nil, err
	}
	if root == nil && targets == nil {
		return nil, fmt.Errorf("%w: everything is so already", ErrChange)
	}
	return draftOf(v.rootFile, v.files[metadata.TargetsRole], root, targets)
}

// nextRoot is the root after the change; nil where it stays.
func (s *session) nextRoot(v *view, c Change) (*metadata.Root, error) {
	root := *v.root
	root.Keys, root.Roles, root.ConsistentSnapshot = maps.Clone(root.Keys), maps.Clone(root.Roles), true
	if err := setRoles(&root, c); err != nil {
		return nil, err
	}
	if !c.Renew && sameSigned(v.rootFile, &root) {
		return nil, nil
	}
	root.Version, root.Expires = root.Version+1, s.now.Add(s.lasts.Root)
	return &root, nil
}

// nextTargets is the targets after the change; nil where they stay. Its version is one that no file has yet: a draft that was given up may have left one.
func (s *session) nextTargets(ctx context.Context, v *view, c Change, newRoot bool) (*metadata.Targets, error) {
	t := *v.targets
	if t.Delegations != nil {
		t.Delegations = &metadata.Delegations{Keys: maps.Clone(t.Delegations.Keys), Roles: slices.Clone(t.Delegations.Roles)}
	}
	if err := setChannels(&t, c); err != nil {
		return nil, err
	}
	if !c.Renew && !(newRoot && c.Targets != nil) && sameSigned(v.files[metadata.TargetsRole], &t) {
		return nil, nil
	}
	version, err := s.next(ctx, metadata.TargetsRole, t.Version)
	if err != nil {
		return nil, err
	}
	for {
		b, _, err := s.read(ctx, metadataFile(metadata.TargetsRole, version), metadata.MaxTargets)
		if err != nil {
			return nil, err
		}
		if b == nil {
			break
		}
		version++
	}
	t.Version, t.Expires = version, s.now.Add(s.lasts.Targets)
	return &t, nil
}

// time is now, as metadata can say it.
func (r Repository) time() time.Time {
	now := time.Now()
	if r.Clock != nil {
		now = r.Clock()
	}
	return now.UTC().Truncate(time.Second)
}

// setRoles gives top-level roles their keys, and drops keys that no role has.
func setRoles(root *metadata.Root, c Change) error {
	all := map[string]metadata.Key{}
	roles := map[string]metadata.Role{}
	for _, top := range []struct {
		name string
		keys *RoleKeys
	}{{metadata.RootRole, c.Root}, {metadata.TargetsRole, c.Targets}, {metadata.SnapshotRole, c.Online}, {metadata.TimestampRole, c.Online}} {
		if top.keys == nil {
			roles[top.name] = root.Roles[top.name]
			for _, id := range root.Roles[top.name].KeyIDs {
				if key, ok := root.Keys[id]; ok {
					all[id] = key
				}
			}
			continue
		}
		role, err := top.keys.role(top.name, all)
		if err != nil {
			return err
		}
		roles[top.name] = role
	}
	root.Keys, root.Roles = all, roles
	return nil
}

// role is the keys as metadata has them, entered in keys.
func (k RoleKeys) role(name string, keys map[string]metadata.Key) (metadata.Role, error) {
	role := metadata.Role{Threshold: max(k.Threshold, 1)}
	for _, pub := range k.Keys {
		key, err := metadata.NewKey(pub)
		if err != nil {
			return role, fmt.Errorf("%w: the role %s: %w", ErrChange, name, err)
		}
		id := key.ID()
		if slices.Contains(role.KeyIDs, id) {
			return role, fmt.Errorf("%w: the role %s has the key %.12s twice", ErrChange, name, id)
		}
		keys[id], role.KeyIDs = key, append(role.KeyIDs, id)
	}
	if k.Threshold < 0 || role.Threshold > len(role.KeyIDs) || len(role.KeyIDs) > metadata.MaxSignatures {
		return role, fmt.Errorf("%w: the role %s: %d of %d keys cannot sign; it needs from 1 to %d keys, and a threshold that they can reach", ErrChange, name, role.Threshold, len(role.KeyIDs), metadata.MaxSignatures)
	}
	return role, nil
}

// setChannels gives channels their delegations, terminating and for <channel>/* alone.
func setChannels(t *metadata.Targets, c Change) error {
	d := t.Delegations
	if d == nil {
		d = &metadata.Delegations{Keys: map[string]metadata.Key{}}
	}
	for _, name := range c.Drop {
		if _, ok := channelGrant(t, name); !ok {
			return fmt.Errorf("%w: %q", ErrNoChannel, name)
		}
		d.Roles = slices.DeleteFunc(d.Roles, func(d metadata.Delegation) bool { return d.Name == name })
	}
	for _, name := range slices.Sorted(maps.Keys(c.Channels)) {
		if err := checkChannel(name); err != nil {
			return err
		}
		role, err := c.Channels[name].role(name, d.Keys)
		if err != nil {
			return err
		}
		next := metadata.Delegation{Name: name, Role: role, Paths: []string{name + "/*"}, Terminating: true}
		switch i := slices.IndexFunc(d.Roles, func(d metadata.Delegation) bool { return strings.EqualFold(d.Name, name) }); {
		case i < 0:
			d.Roles = append(d.Roles, next)
		case d.Roles[i].Name != name:
			return fmt.Errorf("%w: the channels %s and %s differ in case alone, which some stores do not tell apart", ErrChange, d.Roles[i].Name, name)
		default:
			d.Roles[i] = next
		}
	}
	maps.DeleteFunc(d.Keys, func(id string, _ metadata.Key) bool {
		return !slices.ContainsFunc(d.Roles, func(d metadata.Delegation) bool { return slices.Contains(d.KeyIDs, id) })
	})
	if t.Delegations = d; len(d.Roles) == 0 {
		t.Delegations = nil
	}
	return nil
}
