package mutate

import (
	"crypto"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
	"github.com/chandlery-go/chandlery/bundle/trust/trusttest"
)

// Target is the target that clients look for.
const Target = "stable/update.json"

// Base is a repository at two times.
type Base struct {
	Root          []byte // the first root
	First, Second map[string][]byte
	signers       map[string][]crypto.Signer // by role, of Second
	names         map[string]string          // path in Second -> role
}

// Bases are repositories of several shapes, whose metadata expires at the given time. They are the same each time, keys too, so that a seed always makes the same case.
func Bases(expires time.Time) []*Base {
	var all []*Base
	var keys keyring
	for shape := range 16 {
		all = append(all, newBase(&keys, expires, shape&1 == 0, shape&2 == 0, shape&4 == 0, shape&8 == 0))
	}
	return all
}

// newRepo is trusttest.New with keys of the ring.
func newRepo(keys *keyring, expires time.Time) *trusttest.Repo {
	r := trusttest.New(expires)
	r.Restore(nil)
	r.Root.Keys = map[string]metadata.Key{}
	r.Root.Version, r.Timestamp.Version, r.Snapshot.Version, r.Targets[metadata.TargetsRole].Version = 0, 0, 0, 0
	for _, role := range []string{metadata.RootRole, metadata.TimestampRole, metadata.SnapshotRole, metadata.TargetsRole} {
		r.SetKeys(role, 1, keys.next())
	}
	r.PublishRoot()
	r.Publish()
	return r
}

func newBase(keys *keyring, expires time.Time, plain, delegate, rotate, several bool) *Base {
	r := newRepo(keys, expires)
	b := &Base{Root: r.File("1.root.json"), names: map[string]string{}}
	r.Plain = plain
	role := metadata.TargetsRole
	if delegate {
		role = "demo.stable"
		other := metadata.Delegation{Name: "demo.other", Paths: []string{"*/*"}}
		if several && !rotate {
			other = metadata.Delegation{Name: "demo.prefixed", PathHashPrefixes: strings.Split("0123456789abcdef", "")}
		}
		r.Delegate(metadata.TargetsRole, other, keys.next())
		r.Delegate(metadata.TargetsRole, metadata.Delegation{Name: role, Paths: []string{"stable/*"}, Terminating: rotate}, keys.ecdsa())
	}
	if several {
		r.SetKeys(metadata.TargetsRole, 2, keys.next(), keys.ecdsa(), keys.next())
		r.SetKeys(metadata.TimestampRole, 1, keys.next(), keys.ecdsa())
	}
	r.PublishRoot()
	r.Add(role, Target, []byte("first"), []byte(`{"sequence":1}`))
	r.Add(role, "stable/other", []byte("other"), nil)
	r.Publish()
	b.First = r.Files()
	if rotate {
		old := r.Signers[metadata.RootRole]
		r.SetKeys(metadata.RootRole, 1, keys.next())
		r.SetKeys(metadata.SnapshotRole, 1, keys.next())
		r.PublishRoot(old...)
		r.Signers[metadata.RootRole] = append(slices.Clone(r.Signers[metadata.RootRole]), old...)
	} else {
		r.PublishRoot()
	}
	r.Add(role, Target, []byte("second"), []byte(`{"sequence":2}`))
	r.Publish()
	b.Second, b.signers = r.Files(), maps.Clone(r.Signers)
	b.names["metadata/3.root.json"] = metadata.RootRole
	b.names["metadata/timestamp.json"] = metadata.TimestampRole
	b.names["metadata/"+metadata.FileName(metadata.SnapshotRole, r.Snapshot.Version)] = metadata.SnapshotRole
	for name, t := range r.Targets {
		b.names["metadata/"+metadata.FileName(name, t.Version)] = name
	}
	return b
}
