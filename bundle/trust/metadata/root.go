package metadata

import (
	"slices"
	"time"
)

// Root says which keys speak for which role, and how many of them must sign.
type Root struct {
	Version            int64
	Expires            time.Time      // UTC, whole seconds
	ConsistentSnapshot bool           // files are named by version or hash (specification, "Consistent snapshots")
	Keys               map[string]Key // by key id
	Roles              map[string]Role
}

// Role is the keys that speak for a role, by id, and how many of them must sign.
type Role struct {
	KeyIDs    []string
	Threshold int
}

// topRoles are those that a root must name.
var topRoles = []string{RootRole, TimestampRole, SnapshotRole, TargetsRole}

// Root is what is signed, where its type is root. The error is ErrFormat.
func (e *Envelope) Root() (r *Root, err error) {
	f := e.of(RootRole, &err, "consistent_snapshot", "keys", "roles")
	if err != nil {
		return nil, err
	}
	r = &Root{Version: e.Version, Expires: e.Expires, Keys: readKeys(f), Roles: map[string]Role{}}
	if f.has("consistent_snapshot") {
		r.ConsistentSnapshot = f.bool("consistent_snapshot")
	}
	roles := object(f.o["roles"], f.at("roles"), &err, topRoles...)
	for _, name := range topRoles {
		r.Roles[name] = readRole(object(roles.o[name], roles.at(name), &err, "keyids", "threshold"))
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

func readRole(f fields) Role {
	role := Role{KeyIDs: f.strings("keyids", MaxKeys, maxKeyID), Threshold: int(min(f.int("threshold", 1), MaxKeys+1))}
	if ids := slices.Sorted(slices.Values(role.KeyIDs)); len(slices.Compact(ids)) < len(role.KeyIDs) {
		f.fail("keyids", "a key id stands there twice")
	}
	return role
}

func (r *Root) tree() tree {
	t := common(RootRole, r.Version, r.Expires)
	roles := tree{}
	for name, role := range r.Roles {
		roles[name] = role.tree()
	}
	t["consistent_snapshot"], t["keys"], t["roles"] = r.ConsistentSnapshot, keysTree(r.Keys), roles
	return t
}

func (r Role) tree() tree { return tree{"keyids": list(r.KeyIDs), "threshold": int64(r.Threshold)} }

// list is s as a JSON list, and never null.
func list(s []string) []any {
	all := make([]any, len(s))
	for i := range s {
		all[i] = s[i]
	}
	return all
}
