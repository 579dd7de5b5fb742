package oracle

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"testing"
	"time"

	"github.com/sigstore/sigstore/pkg/signature"
	"github.com/stretchr/testify/require"
	gotuf "github.com/theupdateframework/go-tuf/v2/metadata"

	"github.com/chandlery-go/chandlery/bundle/bundletest"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/bundle/trust/internal/mutate"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
	"github.com/chandlery-go/chandlery/bundle/trust/trusttest"
)

// content is the bytes of mutate.Target that every publisher publishes.
const content = "a target with \x00 and é\n"

// publisher writes a repository: two of three keys, one of each kind, sign root (of which there is a second one, with other keys), targets and a delegated role.
// Where want is nil the target is content.
type publisher func(t *testing.T) (root []byte, files map[string][]byte, want []byte)

// TestInterop: every client installs what every publisher publishes.
func TestInterop(t *testing.T) {
	publishers := map[string]publisher{"trust.Repository": publishOurs, "trusttest": publishTest, "trusttest, without hashes": publishPlain, "go-tuf": publishGoTUF}
	for name, p := range morePublishers(t) {
		publishers[name] = p
	}
	for publisher, publish := range publishers {
		root, files, want := publish(t)
		if want == nil {
			want = []byte(content)
		}
		require.Contains(t, files, "metadata/2.root.json", publisher)
		clients, dir := all(t)
		for name, c := range clients {
			got, err := c.Install(dir(name), root, files)
			require.NoError(t, err, "%s reads %s", name, publisher)
			require.Equal(t, string(want), string(got), "%s reads %s", name, publisher)
		}
		t.Logf("%d clients read what %s publishes", len(clients), publisher)
	}
}

// newKeys makes a key of each kind.
func newKeys(t *testing.T) []crypto.Signer {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	rs, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(t, err)
	return []crypto.Signer{trusttest.NewKey(), ec, rs}
}

// publishOurs is what a shop does: a ceremony, a release, other root keys, another release.
func publishOurs(t *testing.T) ([]byte, map[string][]byte, []byte) {
	ctx, dir, keys := t.Context(), t.TempDir(), newKeys(t)
	var public []crypto.PublicKey
	for _, k := range keys {
		public = append(public, k.Public())
	}
	first, two := trusttest.NewKey(), trust.RoleKeys{Keys: public, Threshold: 2}
	r := trust.Repository{Files: store.Dir{Path: dir}, Channel: "stable", Signers: append(keys[1:], first)}
	var err error
	r.Root, err = r.Create(ctx, trust.Ceremony{Root: trust.RoleKeys{Keys: []crypto.PublicKey{first.Public()}}, Targets: two, Online: trust.RoleKeys{Keys: public[2:]},
		Channels: map[string]trust.RoleKeys{"stable": two}})
	require.NoError(t, err)
	require.NoError(t, r.Release(ctx, bundletest.Configuration("stable", 1, "1.0")))
	d, err := r.NewDraft(ctx, trust.Change{Root: &two})
	require.NoError(t, err)
	require.NoError(t, d.Sign(r.Signers...))
	require.NoError(t, r.PublishDraft(ctx, d))
	require.NoError(t, r.Release(ctx, bundletest.Configuration("stable", 2, "2.0")))
	want, err := bundletest.Configuration("stable", 2, "2.0").Encode()
	require.NoError(t, err)

	files := map[string][]byte{}
	require.NoError(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		require.NoError(t, err)
		files[filepath.ToSlash(rel)], err = os.ReadFile(name)
		return err
	}))
	return r.Root, files, want
}

func publishTest(t *testing.T) ([]byte, map[string][]byte, []byte)  { return publishRepo(t, false) }
func publishPlain(t *testing.T) ([]byte, map[string][]byte, []byte) { return publishRepo(t, true) }

func publishRepo(t *testing.T, plain bool) ([]byte, map[string][]byte, []byte) {
	r := trusttest.New(time.Now().AddDate(0, 0, 1))
	root := r.File("1.root.json")
	r.Plain = plain
	old, keys := r.Signers["root"], newKeys(t)
	for _, role := range []string{"root", "targets"} {
		r.SetKeys(role, 2, keys...)
		r.Signers[role] = keys[1:]
	}
	r.SetKeys("snapshot", 1, keys[1])
	r.SetKeys("timestamp", 1, keys[2])
	r.PublishRoot(old...)
	r.Delegate("targets", metadata.Delegation{Name: "demo.stable", Role: metadata.Role{Threshold: 2}, Paths: []string{"stable/*"}, Terminating: true}, keys...)
	r.Add("demo.stable", mutate.Target, []byte(content), []byte(`{"a":["é","\n\"\\",1,null]}`))
	r.Publish()
	return root, r.Files(), nil
}

// gotufRepo is a repository that go-tuf's metadata API writes.
type gotufRepo struct {
	t     *testing.T
	files map[string][]byte
}

// sign writes a file, signed by go-tuf.
func sign[T gotuf.Roles](r gotufRepo, name string, m *gotuf.Metadata[T], signers ...crypto.Signer) []byte {
	m.Signatures = nil
	for _, s := range signers {
		var signer signature.Signer
		var err error
		if key, ok := s.(*rsa.PrivateKey); ok {
			signer, err = signature.LoadRSAPSSSigner(key, crypto.SHA256, &rsa.PSSOptions{Hash: crypto.SHA256})
		} else {
			signer, err = signature.LoadSigner(s, crypto.SHA256)
		}
		require.NoError(r.t, err)
		_, err = m.Sign(signer)
		require.NoError(r.t, err)
	}
	b, err := m.ToBytes(true)
	require.NoError(r.t, err)
	r.files["metadata/"+name] = b
	return b
}

func (r gotufRepo) meta(b []byte) *gotuf.MetaFiles {
	m := gotuf.MetaFile(1)
	sum := sha256.Sum256(b)
	m.Length, m.Hashes = int64(len(b)), gotuf.Hashes{"sha256": sum[:]}
	return m
}

func publishGoTUF(t *testing.T) ([]byte, map[string][]byte, []byte) {
	r := gotufRepo{t, map[string][]byte{}}
	expires, keys, first := time.Now().AddDate(0, 0, 1).UTC().Truncate(time.Second), newKeys(t), trusttest.NewKey()
	add := func(to interface {
		AddKey(*gotuf.Key, string) error
	}, role string, signers ...crypto.Signer) {
		for _, s := range signers {
			key, err := gotuf.KeyFromPublicKey(s.Public())
			require.NoError(t, err)
			require.NoError(t, to.AddKey(key, role))
		}
	}
	root := gotuf.Root(expires)
	add(&root.Signed, "root", first)
	add(&root.Signed, "timestamp", keys[0])
	add(&root.Signed, "snapshot", keys[2])
	add(&root.Signed, "targets", keys...)
	root.Signed.Roles["targets"].Threshold = 2
	anchor := sign(r, "1.root.json", root, first)
	root.Signed.Version = 2
	root.Signed.Roles["root"].KeyIDs, root.Signed.Roles["root"].Threshold = nil, 2
	add(&root.Signed, "root", keys...)
	root.Signed.UnrecognizedFields = map[string]any{"x-note": map[string]any{"é": []any{"\"\\\n", nil, true}}}
	sign(r, "2.root.json", root, first, keys[0], keys[1])

	file, err := gotuf.TargetFile().FromBytes(mutate.Target, []byte(content), "sha256")
	require.NoError(t, err)
	custom := json.RawMessage(`{"sequence":1}`)
	file.Custom = &custom
	dir, base := path.Split(mutate.Target)
	r.files[fmt.Sprintf("%s%x.%s", dir, []byte(file.Hashes["sha256"]), base)] = []byte(content)
	stable, targets := gotuf.Targets(expires), gotuf.Targets(expires)
	stable.Signed.Targets[mutate.Target] = file
	targets.Signed.Delegations = &gotuf.Delegations{Keys: map[string]*gotuf.Key{}, Roles: []gotuf.DelegatedRole{
		{Name: "demo.stable", Threshold: 2, Terminating: true, Paths: []string{"stable/*"}}}}
	add(&targets.Signed, "demo.stable", keys...)

	snapshot, timestamp := gotuf.Snapshot(expires), gotuf.Timestamp(expires)
	snapshot.Signed.Meta["demo.stable.json"] = r.meta(sign(r, "1.demo.stable.json", stable, keys[0], keys[2]))
	snapshot.Signed.Meta["targets.json"] = r.meta(sign(r, "1.targets.json", targets, keys[1], keys[2]))
	timestamp.Signed.Meta["snapshot.json"] = r.meta(sign(r, "1.snapshot.json", snapshot, keys[2]))
	sign(r, "timestamp.json", timestamp, keys[0])
	return anchor, r.files, nil
}
