package trusttest

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
)

// Repo is a repository. Metadata is served below /metadata/, targets below /. Its fields may be changed between calls of Publish, and between requests.
type Repo struct {
	Root      *metadata.Root
	Timestamp *metadata.Timestamp
	Snapshot  *metadata.Snapshot
	Targets   map[string]*metadata.Targets // by role: "targets" and delegated ones
	Signers   map[string][]crypto.Signer   // by role: those that Publish signs with
	Expires   time.Time                    // of what Publish signs
	Plain     bool                         // snapshot and timestamp tell neither lengths nor hashes

	mu       sync.Mutex
	files    map[string][]byte
	requests []string
}

// New is a repository with one ed25519 key a role, version 1 of each published, and consistent snapshots.
func New(expires time.Time) *Repo {
	r := &Repo{
		Root:      &metadata.Root{ConsistentSnapshot: true, Keys: map[string]metadata.Key{}, Roles: map[string]metadata.Role{}},
		Timestamp: &metadata.Timestamp{},
		Snapshot:  &metadata.Snapshot{Meta: map[string]metadata.MetaFile{}},
		Targets:   map[string]*metadata.Targets{metadata.TargetsRole: {Targets: map[string]metadata.TargetFile{}}},
		Signers:   map[string][]crypto.Signer{}, Expires: expires, files: map[string][]byte{},
	}
	for _, role := range []string{metadata.RootRole, metadata.TimestampRole, metadata.SnapshotRole, metadata.TargetsRole} {
		r.SetKeys(role, 1, NewKey())
	}
	r.PublishRoot()
	r.Publish()
	return r
}

// NewKey makes an ed25519 key.
func NewKey() crypto.Signer {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	must(err)
	return key
}

// SetKeys gives a top-level role other keys, to be published with the root. Publish signs with all of them.
func (r *Repo) SetKeys(role string, threshold int, signers ...crypto.Signer) {
	r.Signers[role] = signers
	r.Root.Roles[role] = grant(r.Root.Keys, threshold, signers)
}

// Delegate adds a delegation to the role d.Name, whose targets are empty where it is new, and makes keys for it where signers is empty.
func (r *Repo) Delegate(from string, d metadata.Delegation, signers ...crypto.Signer) {
	if len(signers) == 0 {
		signers = []crypto.Signer{NewKey()}
	}
	t := r.Targets[from]
	if t.Delegations == nil {
		t.Delegations = &metadata.Delegations{Keys: map[string]metadata.Key{}}
	}
	d.Role = grant(t.Delegations.Keys, max(d.Threshold, 1), signers)
	t.Delegations.Roles = append(t.Delegations.Roles, d)
	r.Signers[d.Name] = append(r.Signers[d.Name], signers...)
	if r.Targets[d.Name] == nil {
		r.Targets[d.Name] = &metadata.Targets{Targets: map[string]metadata.TargetFile{}}
	}
}

func grant(keys map[string]metadata.Key, threshold int, signers []crypto.Signer) metadata.Role {
	role := metadata.Role{Threshold: threshold}
	for _, s := range signers {
		key, err := metadata.NewKey(s.Public())
		must(err)
		keys[key.ID()] = key
		role.KeyIDs = append(role.KeyIDs, key.ID())
	}
	return role
}

// Add puts a target into a role and serves its bytes. custom is nil or JSON.
func (r *Repo) Add(role, path string, b, custom []byte) {
	file := metadata.NewTargetFile(b)
	file.Custom = custom
	r.Targets[role].Targets[path] = file
	r.Serve(metadata.HashedPath(path, file.Hashes[metadata.SHA256]), b)
	r.Serve(path, b)
}

// Publish signs the next version of the named targets roles (none: of every one), then of the snapshot and the timestamp.
func (r *Repo) Publish(roles ...string) {
	if len(roles) == 0 {
		roles = slices.Sorted(maps.Keys(r.Targets))
	}
	for _, role := range roles {
		t := r.Targets[role]
		t.Version, t.Expires = t.Version+1, r.Expires
		r.Snapshot.Meta[role] = r.describe(t.Version, r.write(role, t.Version, t))
	}
	r.PublishSnapshot()
}

// PublishSnapshot signs the next version of the snapshot and the timestamp.
func (r *Repo) PublishSnapshot() {
	r.Snapshot.Version, r.Snapshot.Expires = r.Snapshot.Version+1, r.Expires
	r.Timestamp.Snapshot = r.describe(r.Snapshot.Version, r.write(metadata.SnapshotRole, r.Snapshot.Version, r.Snapshot))
	r.PublishTimestamp()
}

// PublishTimestamp signs the next version of the timestamp.
func (r *Repo) PublishTimestamp() {
	r.Timestamp.Version, r.Timestamp.Expires = r.Timestamp.Version+1, r.Expires
	r.write(metadata.TimestampRole, 0, r.Timestamp)
}

// PublishRoot signs the next version of the root, with further signers besides its own: those of the root before, where they were changed.
func (r *Repo) PublishRoot(also ...crypto.Signer) {
	r.Root.Version, r.Root.Expires = r.Root.Version+1, r.Expires
	r.Serve("metadata/"+metadata.FileName(metadata.RootRole, r.Root.Version), Sign(r.Root, append(slices.Clone(r.Signers[metadata.RootRole]), also...)...))
}

func (r *Repo) describe(version int64, b []byte) metadata.MetaFile {
	if r.Plain {
		return metadata.MetaFile{Version: version}
	}
	return metadata.NewMetaFile(version, b)
}

// write signs a part and serves it, under its version and without.
func (r *Repo) write(role string, version int64, p metadata.Part) []byte {
	b := Sign(p, r.Signers[role]...)
	r.Serve("metadata/"+metadata.FileName(role, version), b)
	r.Serve("metadata/"+metadata.FileName(role, 0), b)
	return b
}

// Sign is a metadata file of p.
func Sign(p metadata.Part, signers ...crypto.Signer) []byte {
	e, err := metadata.New(p)
	must(err)
	must(e.Sign(signers...))
	b, err := e.Encode()
	must(err)
	return b
}

// Serve puts bytes at a path; nil takes them away.
func (r *Repo) Serve(path string, b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if b == nil {
		delete(r.files, path)
		return
	}
	r.files[path] = b
}

// File is what is served at a path below /metadata/.
func (r *Repo) File(name string) []byte { return r.Files()["metadata/"+name] }

// Files is a copy of all that is served, by path.
func (r *Repo) Files() map[string][]byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.files)
}

// Restore serves what Files gave earlier, and nothing else.
func (r *Repo) Restore(files map[string][]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.files = map[string][]byte{}
	maps.Copy(r.files, files)
}

// Requests gives the paths asked for since the last call.
func (r *Repo) Requests() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	asked := r.requests
	r.requests = nil
	return asked
}

// ServeHTTP serves the files.
func (r *Repo) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	path := strings.TrimPrefix(req.URL.EscapedPath(), "/")
	r.mu.Lock()
	r.requests = append(r.requests, path)
	b, ok := r.files[path]
	r.mu.Unlock()
	if !ok {
		http.NotFound(w, req)
		return
	}
	w.Write(b)
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
