package mutate

import (
	"crypto"
	"maps"
	"slices"
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

// Bases are repositories of several shapes, whose metadata expires at the given time.
func Bases(expires time.Time) []*Base {
	var all []*Base
	for shape := range 16 {
		all = append(all, newBase(expires, shape&1 == 0, shape&2 == 0, shape&4 == 0, shape&8 == 0))
	}
	return all
}

func newBase(expires time.Time, plain, delegate, rotate, several bool) *Base {
	r := trusttest.New(expires)
	b := &Base{Root: r.File("1.root.json"), names: map[string]string{}}
	r.Plain = plain
	role := metadata.TargetsRole
	if delegate {
		role = "demo.stable"
		r.Delegate(metadata.TargetsRole, metadata.Delegation{Name: "demo.other", Paths: []string{"*/*"}})
		r.Delegate(metadata.TargetsRole, metadata.Delegation{Name: role, Paths: []string{"stable/*"}, Terminating: rotate})
	}
	if several {
		r.SetKeys(metadata.TargetsRole, 2, trusttest.NewKey(), trusttest.NewKey(), trusttest.NewKey())
		r.SetKeys(metadata.TimestampRole, 1, trusttest.NewKey(), trusttest.NewKey())
	}
	r.PublishRoot()
	r.Add(role, Target, []byte("first"), []byte(`{"sequence":1}`))
	r.Add(role, "stable/other", []byte("other"), nil)
	r.Publish()
	b.First = r.Files()
	if rotate {
		old := r.Signers[metadata.RootRole]
		r.SetKeys(metadata.RootRole, 1, trusttest.NewKey())
		r.SetKeys(metadata.SnapshotRole, 1, trusttest.NewKey())
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
