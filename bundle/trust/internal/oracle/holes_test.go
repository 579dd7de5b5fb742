package oracle

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/bundle/trust/internal/mutate"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
	"github.com/chandlery-go/chandlery/bundle/trust/trusttest"
)

// all are the clients, each with a folder of its own.
func all(t *testing.T) (clients map[string]client, dir func(name string) string) {
	clients = peers(t)
	clients["ours"] = ours{}
	work := t.TempDir()
	for name := range clients {
		require.NoError(t, os.Mkdir(filepath.Join(work, name), 0o755))
	}
	return clients, func(name string) string { return filepath.Join(work, name) }
}

// publish puts the target's next bytes into a role.
func publish(r *trusttest.Repo, role, content string) map[string][]byte {
	r.Add(role, mutate.Target, []byte(content), nil)
	r.Publish()
	return r.Files()
}

// TestRootRollback is the attack T5: every client has installed what root 2 stands for, which revoked the keys of root 1. Somebody who holds those, and answers in the mirror's
// place, hides root 2. All clients see the same bytes in the same three runs.
func TestRootRollback(t *testing.T) {
	r := trusttest.New(time.Now().AddDate(0, 0, 7))
	root, revoked := r.File("1.root.json"), maps.Clone(r.Signers)
	first := publish(r, "targets", "good")
	for _, role := range []string{"timestamp", "snapshot", "targets"} {
		r.SetKeys(role, 1, trusttest.NewKey())
	}
	r.PublishRoot()
	second := publish(r, "targets", "better")
	r.Restore(first)
	r.Signers = revoked
	attack := publish(r, "targets", "evil")
	require.Contains(t, second, "metadata/2.root.json")
	require.NotContains(t, attack, "metadata/2.root.json")

	clients, dir := all(t)
	for name, c := range clients {
		for _, honest := range []struct {
			files map[string][]byte
			want  string
		}{{first, "good"}, {second, "better"}} {
			got, err := c.Install(dir(name), root, honest.files)
			require.NoError(t, err, name)
			require.Equal(t, honest.want, string(got), name)
		}
		got, err := c.Install(dir(name), root, attack)
		if name == "go-tuf" {
			require.NoError(t, err)
			require.Equal(t, "evil", string(got), "go-tuf falls for it")
			continue
		}
		require.Error(t, err, "%s installs %q", name, got)
		if name == "ours" {
			require.ErrorIs(t, err, trust.ErrVerify)
			require.Equal(t, bundle.KindTrust, bundle.KindOf(err))
		}
		got, err = c.Install(dir(name), root, second)
		require.NoError(t, err, "%s goes on", name)
		require.Equal(t, "better", string(got))
	}
}

// resign changes the text of what is signed, and signs it anew: also what package metadata does not write.
func resign(t *testing.T, r *trusttest.Repo, name string, signer crypto.Signer, old, new string) {
	e, err := metadata.Open(r.File(name))
	require.NoError(t, err)
	signed := strings.Replace(string(e.Canonical()), old, new, 1)
	require.NotEqual(t, string(e.Canonical()), signed)
	sig, err := signer.Sign(rand.Reader, []byte(signed), crypto.Hash(0))
	require.NoError(t, err)
	b, err := json.Marshal(map[string]any{"signed": json.RawMessage(signed), "signatures": []any{map[string]any{"keyid": e.Signatures[0].KeyID, "sig": hex.EncodeToString(sig)}}})
	require.NoError(t, err)
	r.Serve("metadata/"+name, b)
}

// TestHoles are repositories on which go-tuf is wrong: it installs what it must not, does not find what is there, or breaks.
func TestHoles(t *testing.T) {
	sum := sha256.Sum256([]byte(mutate.Target))
	for name, test := range map[string]struct {
		make   func(r *trusttest.Repo)
		wrong  string // what go-tuf does: words of its error, or what it installs
		refuse error  // of ours; nil: it installs
	}{
		"a specification of another major version": {
			func(r *trusttest.Repo) {
				resign(t, r, "timestamp.json", r.Signers["timestamp"][0], `"1.0.34"`, `"2.0.0"`)
			}, "content", trust.ErrFormat},
		"a key of an unknown scheme": {
			func(r *trusttest.Repo) {
				for id, key := range r.Root.Keys {
					r.Root.Keys[id] = metadata.Key{Type: key.Type, Scheme: "new", Public: key.Public}
				}
				r.PublishRoot()
			}, "content", trust.ErrVerify},
		"a timestamp without a snapshot": {
			func(r *trusttest.Repo) {
				resign(t, r, "timestamp.json", r.Signers["timestamp"][0], `"snapshot.json"`, `"other.json"`)
			}, "panic: ", trust.ErrFormat},
		"a delegation by the hash of the path": {
			func(r *trusttest.Repo) {
				delete(r.Targets["targets"].Targets, mutate.Target)
				r.Delegate("targets", metadata.Delegation{Name: "bin", PathHashPrefixes: []string{hex.EncodeToString(sum[:1])}})
				publish(r, "bin", "content")
			}, "not found", nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := trusttest.New(time.Now().AddDate(0, 0, 7))
			root := r.File("1.root.json")
			publish(r, "targets", "content")
			test.make(r)
			got, err := goTUF{}.Install(t.TempDir(), root, r.Files())
			if err != nil {
				require.ErrorContains(t, err, test.wrong)
			} else {
				require.Equal(t, test.wrong, string(got))
			}
			got, err = ours{}.Install(t.TempDir(), root, r.Files())
			require.ErrorIs(t, err, test.refuse)
			if test.refuse == nil {
				require.Equal(t, "content", string(got))
			}
		})
	}
}

// TestCachedRole: a role that was read under one delegator is taken by go-tuf under another too, whose keys did not sign it.
func TestCachedRole(t *testing.T) {
	r := trusttest.New(time.Now().AddDate(0, 0, 7))
	for _, from := range []string{"a", "b"} {
		r.Delegate("targets", metadata.Delegation{Name: from, Paths: []string{from + "/*"}})
		r.Delegate(from, metadata.Delegation{Name: "shared", Paths: []string{from + "/*"}})
		r.Add("shared", from+"/x", []byte(from), nil)
	}
	r.Signers["shared"] = r.Signers["shared"][:1] // the key that a trusts
	r.Publish()

	cfg, err := config.New(host+"metadata", r.File("1.root.json"))
	require.NoError(t, err)
	cfg.Fetcher, cfg.LocalMetadataDir, cfg.LocalTargetsDir = memory(r.Files()), t.TempDir(), t.TempDir()
	u, err := updater.New(cfg)
	require.NoError(t, err)
	_, err = u.GetTargetInfo("a/x")
	require.NoError(t, err)
	_, err = u.GetTargetInfo("b/x")
	require.NoError(t, err, "go-tuf believes what b's key did not sign")

	c := &trust.Client{Root: r.File("1.root.json"), Dir: t.TempDir(), Mirrors: []trust.Mirror{{Metadata: host + "metadata", Targets: host}},
		RoundTripper: trusttest.Network{"mirror.example": r}}
	_, err = c.Lookup(context.Background(), "a/x")
	require.NoError(t, err)
	_, err = c.Lookup(context.Background(), "b/x")
	require.ErrorIs(t, err, trust.ErrVerify)
}
