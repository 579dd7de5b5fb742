package trust_test

import (
	"context"
	"crypto"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/bundletest"
	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
	"github.com/chandlery-go/chandlery/bundle/trust/trusttest"
	"github.com/chandlery-go/chandlery/internal/leaktest"
)

// The attacks by the numbers T1 to T15 of the design; T10, and the half of T9 that is about bundles, in attack_bundle_test.go.

// TestT1ArbitraryInstall: nothing is installed that the role's key did not sign.
func TestT1ArbitraryInstall(t *testing.T) {
	evil := trusttest.NewKey()
	for _, role := range []string{"timestamp", "snapshot", "targets"} {
		s := newSite(t)
		s.release(t, "targets", 1, "1.0")
		s.Publish()
		s.installs(t, "1.0")
		s.release(t, "targets", 2, "6.6.6")
		s.Signers[role] = []crypto.Signer{evil}
		s.Publish()
		s.refuses(t, trust.ErrVerify)
	}
	for file, role := range map[string]string{"timestamp.json": "timestamp", "3.snapshot.json": "snapshot", "3.targets.json": "targets"} { // under the right key's id
		s := newSite(t)
		s.Plain = true
		s.release(t, "targets", 1, "1.0")
		s.Publish()
		s.installs(t, "1.0")
		right, err := metadata.NewKey(s.Signers[role][0].Public())
		require.NoError(t, err)
		s.release(t, "targets", 2, "6.6.6")
		s.Publish()
		e, err := metadata.Open(s.File(file))
		require.NoError(t, err)
		require.NoError(t, e.SignAs(right.ID(), evil))
		b, err := e.Encode()
		require.NoError(t, err)
		s.Serve("metadata/"+file, b)
		s.refuses(t, trust.ErrVerify)
	}
	s := newSite(t)
	s.release(t, "targets", 1, "1.0")
	s.Publish()
	for path, b := range s.Files() {
		if strings.HasSuffix(path, "update.json") {
			s.Serve(path, []byte(strings.ReplaceAll(string(b), "1.0", "6.6")))
		}
	}
	s.refuses(t, trust.ErrVerify)
	s.Requests()
	s.refuses(t, trust.ErrVerify)
	assert.Len(t, s.Requests(), 3, "an error of trust is not tried again")
}

// endless is a RoundTripper that gives one path a body without an end, and counts what is read of it.
type endless struct {
	http.RoundTripper
	path string
	read int
}

func (e *endless) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := e.RoundTripper.RoundTrip(req)
	if err == nil && strings.HasSuffix(req.URL.Path, e.path) {
		resp.StatusCode, resp.ContentLength, resp.Body = 200, -1, e
	}
	return resp, err
}

func (e *endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	e.read += len(p)
	return len(p), nil
}

func (e *endless) Close() error { return nil }

// TestT2EndlessData: reading ends at the announced length, or at the limit of the kind where none is announced.
func TestT2EndlessData(t *testing.T) {
	for path, limit := range map[string]int{"2.root.json": metadata.MaxRoot, "timestamp.json": metadata.MaxTimestamp, "2.snapshot.json": 2000, "2.targets.json": 2000, ".update.json": 2000} {
		s := newSite(t)
		s.release(t, "targets", 1, "1.0")
		s.Publish()
		c := s.client()
		e := &endless{RoundTripper: s.net, path: path}
		c.RoundTripper = e
		_, err := c.Latest(ctx)
		require.ErrorIs(t, err, trust.ErrTooLarge, path)
		require.Equal(t, bundle.KindTrust, bundle.KindOf(err))
		assert.Positive(t, e.read)
		assert.LessOrEqual(t, e.read, 2*limit+64<<10, path)
		s.installs(t, "1.0")
	}
	s := newSite(t)
	s.Timestamp.Snapshot = metadata.MetaFile{Version: 1, Length: metadata.MaxSnapshot + 1}
	s.PublishTimestamp()
	s.refuses(t, trust.ErrTooLarge)
	s = newSite(t)
	s.Targets["targets"].Targets["stable/update.json"] = metadata.TargetFile{Length: trust.MaxTarget + 1, Hashes: map[string]string{"sha256": strings.Repeat("0", 64)}}
	s.Publish()
	s.refuses(t, trust.ErrTooLarge)
}

// slow is a mirror that sends its headers and then a byte now and then.
type slow struct{}

func (slow) RoundTrip(req *http.Request) (*http.Response, error) {
	r, w := io.Pipe()
	go func() {
		for tick := time.NewTicker(10 * time.Millisecond); ; {
			select {
			case <-req.Context().Done():
				tick.Stop()
				w.CloseWithError(req.Context().Err())
				return
			case <-tick.C:
				w.Write([]byte(" "))
			}
		}
	}()
	return &http.Response{StatusCode: 200, Header: http.Header{}, ContentLength: -1, Body: r, Request: req, ProtoMajor: 1}, nil
}

// late is a mirror that is slow from the timestamp on.
type late struct{ http.RoundTripper }

func (l late) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.HasSuffix(req.URL.Path, ".root.json") {
		return l.RoundTripper.RoundTrip(req)
	}
	return slow{}.RoundTrip(req)
}

// route sends requests for some hosts elsewhere.
type route struct {
	http.RoundTripper
	hosts map[string]http.RoundTripper
}

func (r route) RoundTrip(req *http.Request) (*http.Response, error) {
	if to, ok := r.hosts[req.URL.Host]; ok {
		return to.RoundTrip(req)
	}
	return r.RoundTripper.RoundTrip(req)
}

// TestT3SlowRetrieval: a mirror that trickles is an error in bounded time, and the next one's business.
func TestT3SlowRetrieval(t *testing.T) {
	leaktest.Check(t)
	s := newSite(t)
	s.release(t, "targets", 1, "1.0")
	s.Publish()
	c := s.client()
	c.RoundTripper, c.Patience = slow{}, 100*time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	_, err := c.Latest(ctx)
	require.ErrorIs(t, err, trust.ErrTooSlow)

	s.hosts = []string{"slow.example", "one.example"}
	c = s.client()
	c.RoundTripper, c.Patience = route{s.net, map[string]http.RoundTripper{"slow.example": slow{}}}, 100*time.Millisecond
	m, err := c.Latest(ctx)
	require.NoError(t, err)
	require.Equal(t, uint64(1), m.Meta.Sequence)

	s.net["slow.example"] = s.Repo
	for _, test := range []struct { // the grace alone bounds it
		slow  http.RoundTripper
		hosts []string
	}{{slow{}, []string{"slow.example", "one.example"}}, {late{s.net}, []string{"one.example", "slow.example"}}} {
		s.hosts = test.hosts
		c = s.client()
		c.RoundTripper = route{s.net, map[string]http.RoundTripper{"slow.example": test.slow}}
		_, err = c.Latest(ctx)
		require.NoError(t, err)
	}

	s.hosts = []string{"slow.example"}
	stopped, cancel := context.WithCancel(ctx)
	time.AfterFunc(50*time.Millisecond, cancel)
	c = s.client()
	c.RoundTripper = slow{}
	_, err = c.Latest(stopped)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, bundle.KindCanceled, bundle.KindOf(err))
}

// TestT4Rollback: nothing older than what was trusted.
func TestT4Rollback(t *testing.T) {
	for name, attack := range map[string]func(s *site, old map[string][]byte){
		"everything": func(s *site, old map[string][]byte) { s.Restore(old) },
		"timestamp":  func(s *site, _ map[string][]byte) { s.Timestamp.Version = 0; s.PublishTimestamp() },
		"snapshot":   func(s *site, _ map[string][]byte) { s.Snapshot.Version = 0; s.PublishSnapshot() },
		"targets":    func(s *site, _ map[string][]byte) { s.Targets["targets"].Version = 0; s.Publish() },
		"a role is gone": func(s *site, _ map[string][]byte) {
			delete(s.Snapshot.Meta, "other")
			s.PublishSnapshot()
		},
	} {
		for _, plain := range []bool{false, true} {
			s := newSite(t)
			s.Plain = plain
			s.Delegate("targets", metadata.Delegation{Name: "other", Paths: []string{"other/*"}})
			s.release(t, "targets", 1, "1.0")
			s.Publish()
			old := s.Files()
			s.release(t, "targets", 2, "2.0")
			s.Publish()
			s.installs(t, "2.0")
			attack(s, old)
			got, err := s.version()
			require.ErrorIs(t, err, trust.ErrRollback, "%s: installed %q", name, got)
			require.Equal(t, bundle.KindTrust, bundle.KindOf(err))
			s.Timestamp.Version, s.Snapshot.Version, s.Targets["targets"].Version = 10, 10, 10
			s.Publish()
			s.installs(t, "2.0")
		}
	}
}

// TestSameTimestamp: of one version there is one timestamp, the one that was trusted first (5.4.3.1).
func TestSameTimestamp(t *testing.T) {
	s := newSite(t)
	s.release(t, "targets", 1, "1.0")
	s.Publish()
	s.installs(t, "1.0")
	s.release(t, "targets", 2, "2.0")
	s.Timestamp.Version--
	s.Publish()
	s.installs(t, "1.0")
	s.Publish()
	s.installs(t, "2.0")
}

// TestT5RootRollback: once the client has trusted root 2, a mirror that hides it can't bring the revoked keys of root 1 back. go-tuf v2.4.2 installs the evil file.
func TestT5RootRollback(t *testing.T) {
	for name, local := range map[string]func(t *testing.T, s *site){
		"as it was": func(*testing.T, *site) {},
		"the kept root is damaged": func(t *testing.T, s *site) {
			require.NoError(t, os.WriteFile(filepath.Join(s.dir, "root_history", "2.root.json"), []byte("{}"), 0o644))
		},
		"the kept root is empty": func(t *testing.T, s *site) {
			require.NoError(t, os.WriteFile(filepath.Join(s.dir, "root_history", "2.root.json"), nil, 0o644))
		},
		"an old client, too": func(t *testing.T, s *site) { // the application was installed anew, with its first root
			require.NoError(t, os.Remove(filepath.Join(s.dir, "root_history", "1.root.json")))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			s.release(t, "targets", 1, "1.0")
			s.Publish()
			s.installs(t, "1.0")
			stolen := s.Files()
			attacker := &site{Repo: s.Repo, net: s.net, dir: s.dir, root: s.root, now: s.now, hosts: s.hosts}
			oldKeys := map[string][]crypto.Signer{}
			for _, role := range []string{"timestamp", "snapshot", "targets"} {
				oldKeys[role] = s.Signers[role]
				s.SetKeys(role, 1, trusttest.NewKey())
			}
			s.PublishRoot()
			s.release(t, "targets", 5, "5.0")
			s.Publish()
			s.installs(t, "5.0")
			good := s.Files()

			for role, keys := range oldKeys {
				attacker.Signers[role] = keys
			}
			attacker.Restore(stolen)
			attacker.release(t, "targets", 6, "6.6.6")
			attacker.Publish()
			attacker.Serve("metadata/2.root.json", nil)
			local(t, s)
			_, err := s.version()
			require.Error(t, err)
			require.Equal(t, bundle.KindTrust, bundle.KindOf(err), "%v", err)

			s.Restore(good)
			s.installs(t, "5.0")
		})
	}
}

// TestT6Freeze: what has expired is refused, by name; a clock that was set back changes nothing.
func TestT6Freeze(t *testing.T) {
	for _, role := range []string{"root", "timestamp", "snapshot", "targets", "stable"} {
		s := newSite(t)
		s.Delegate("targets", metadata.Delegation{Name: "stable", Paths: []string{"stable/*"}, Terminating: true})
		s.release(t, "stable", 1, "1.0")
		s.Publish()
		s.installs(t, "1.0")
		s.now = expires.Add(-time.Second)
		s.installs(t, "1.0")
		s.Expires = expires.AddDate(1, 0, 0)
		s.PublishRoot()
		s.Publish()
		s.Expires = expires
		switch role {
		case "root":
			s.PublishRoot()
		case "timestamp":
			s.PublishTimestamp()
		case "snapshot":
			s.Snapshot.Version, s.Snapshot.Expires = s.Snapshot.Version+1, s.Expires
			b := trusttest.Sign(s.Snapshot, s.Signers["snapshot"]...)
			s.Serve("metadata/"+metadata.FileName("snapshot", s.Snapshot.Version), b)
			s.Timestamp.Snapshot = metadata.NewMetaFile(s.Snapshot.Version, b)
			s.Expires = expires.AddDate(1, 0, 0)
			s.PublishTimestamp()
		default:
			target := s.Targets[role]
			target.Version, target.Expires = target.Version+1, s.Expires
			b := trusttest.Sign(target, s.Signers[role]...)
			s.Serve("metadata/"+metadata.FileName(role, target.Version), b)
			s.Snapshot.Meta[role] = metadata.NewMetaFile(target.Version, b)
			s.Expires = expires.AddDate(1, 0, 0)
			s.PublishSnapshot()
		}
		s.installs(t, "1.0")
		s.now = expires
		_, err := s.version()
		var frozen *trust.FrozenError
		require.ErrorAs(t, err, &frozen, role)
		require.ErrorIs(t, err, trust.ErrFrozen)
		assert.Equal(t, trust.FrozenError{Role: role, Expired: expires}, *frozen)
		assert.Equal(t, bundle.KindTrust, bundle.KindOf(err))
		assert.Contains(t, err.Error(), "2026-12-22T12:00:00Z")
		s.dir = t.TempDir() // a client that never saw it valid
		_, err = s.version()
		require.ErrorAs(t, err, &frozen)
		assert.Equal(t, role, frozen.Role)
		roles, err := filepath.Glob(filepath.Join(s.dir, role+".json"))
		require.NoError(t, err)
		assert.Empty(t, roles, "what has expired is not kept")
	}
}

func TestClockSetBack(t *testing.T) {
	s := newSite(t)
	s.Expires = start.AddDate(0, 0, 60)
	s.release(t, "targets", 1, "1.0")
	s.PublishRoot()
	s.Publish()
	s.now = start.AddDate(0, 0, 40)
	s.installs(t, "1.0")
	s.now = start.AddDate(0, 0, -300)
	s.Expires = start.AddDate(0, 0, 20)
	s.Publish()
	s.refuses(t, trust.ErrFrozen)
	require.NoError(t, os.WriteFile(filepath.Join(s.dir, "last-refresh"), []byte("damaged"), 0o644))
	s.Expires = start.AddDate(0, 0, 60)
	s.Publish()
	s.installs(t, "1.0")
}

// TestT7FastForward: an attacker had the keys and drove the versions up; the publisher rotates them and begins low again.
func TestT7FastForward(t *testing.T) {
	for _, role := range []string{"timestamp", "snapshot"} {
		for _, threshold := range []int{1, 2} {
			s := newSite(t)
			if threshold == 2 { // only one of two keys is rotated, so that the old files have a good signature left
				s.SetKeys(role, 1, trusttest.NewKey(), s.Signers[role][0])
				s.PublishRoot()
			}
			s.release(t, "targets", 1, "1.0")
			s.Timestamp.Version, s.Snapshot.Version, s.Targets["targets"].Version = 1<<52, 1<<52, 1<<52
			s.Publish()
			s.installs(t, "1.0")
			keys := []crypto.Signer{trusttest.NewKey()}
			if threshold == 2 {
				keys = append(keys, s.Signers[role][1])
			}
			s.SetKeys(role, 1, keys...)
			s.PublishRoot()
			s.Timestamp.Version, s.Snapshot.Version, s.Targets["targets"].Version = 5, 5, 5
			s.release(t, "targets", 2, "2.0")
			s.Publish()
			s.installs(t, "2.0")
		}
	}
	for _, role := range []string{"timestamp", "snapshot"} { // the application comes with the root that took the stolen key out; the old files have a good signature left
		s := newSite(t)
		stays := s.Signers[role][0]
		s.SetKeys(role, 1, trusttest.NewKey(), stays)
		s.PublishRoot()
		s.release(t, "targets", 1, "1.0")
		s.Timestamp.Version, s.Snapshot.Version = 1<<52, 1<<52
		s.Publish()
		s.installs(t, "1.0")
		s.SetKeys(role, 1, trusttest.NewKey(), stays)
		s.PublishRoot()
		s.root = s.File("3.root.json")
		s.Timestamp.Version, s.Snapshot.Version = 5, 5
		s.release(t, "targets", 2, "2.0")
		s.Publish()
		s.installs(t, "2.0")
	}
}

// TestT8MixAndMatch: files of two releases never stand together.
func TestT8MixAndMatch(t *testing.T) {
	for _, plain := range []bool{false, true} {
		for _, file := range []string{"snapshot", "targets"} {
			s := newSite(t)
			s.Plain = plain
			s.release(t, "targets", 1, "1.0")
			s.Publish()
			s.installs(t, "1.0")
			old := s.File(fmt.Sprintf("2.%s.json", file))
			s.release(t, "targets", 2, "2.0")
			s.Publish()
			s.Serve(fmt.Sprintf("metadata/3.%s.json", file), old)
			s.refuses(t, trust.ErrVerify)
		}
	}
	for _, file := range []string{"snapshot", "targets"} { // the announced version, rightly signed, and yet not the announced bytes
		s := newSite(t)
		s.release(t, "targets", 1, "1.0")
		s.Publish()
		e, err := metadata.Open(s.File("2." + file + ".json"))
		require.NoError(t, err)
		b, err := e.Encode()
		require.NoError(t, err)
		s.Serve("metadata/2."+file+".json", append(b[:len(b)-1], ' '))
		s.refuses(t, trust.ErrVerify)
	}
	for _, file := range []string{"snapshot", "targets"} { // the kept file is of the announced version, and not the announced one
		s := newSite(t)
		s.release(t, "targets", 1, "1.0")
		s.Publish()
		s.installs(t, "1.0")
		other := metadata.NewMetaFile(2, []byte("another"))
		if file == "snapshot" {
			s.Timestamp.Snapshot = other
			s.PublishTimestamp()
		} else {
			s.Snapshot.Meta["targets"] = other
			s.PublishSnapshot()
		}
		_, err := s.version()
		require.Error(t, err, file)
		require.Equal(t, bundle.KindTrust, bundle.KindOf(err), "%v", err)
	}
	s := newSite(t) // a snapshot as a timestamp
	s.SetKeys("timestamp", 1, s.Signers["snapshot"]...)
	s.PublishRoot()
	s.Snapshot.Meta = map[string]metadata.MetaFile{"snapshot": {Version: 1}}
	s.PublishSnapshot()
	s.Serve("metadata/timestamp.json", s.File("snapshot.json"))
	s.refuses(t, trust.ErrFormat)
}

// TestT9WrongSoftware: an update configuration of another channel, or of another release than was signed with it.
func TestT9WrongSoftware(t *testing.T) {
	encode := func(channel string, sequence uint64) []byte {
		b, err := bundletest.Configuration(channel, sequence, "1.0").Encode()
		require.NoError(t, err)
		return b
	}
	plain, err := bundletest.Configuration("stable", 1, "1.0").EncodePlain()
	require.NoError(t, err)
	for name, test := range map[string]struct {
		b      []byte
		custom string
		want   error
	}{
		"another channel":         {encode("beta", 1), "", trust.ErrVerify},
		"another channel, signed": {encode("beta", 1), `{"schema":1,"channel":"stable","sequence":1}`, trust.ErrVerify},
		"another sequence":        {encode("stable", 1), `{"schema":1,"channel":"stable","sequence":2}`, trust.ErrVerify},
		"another custom channel":  {encode("stable", 1), `{"schema":1,"channel":"beta","sequence":1}`, trust.ErrVerify},
		"custom of a new schema":  {encode("stable", 1), `{"schema":2}`, trust.ErrFormat},
		"custom of other types":   {encode("stable", 1), `{"schema":"1"}`, trust.ErrFormat},
		"plain":                   {plain, "", trust.ErrVerify},
	} {
		s := newSite(t)
		s.Add("targets", "stable/update.json", test.b, []byte(test.custom))
		s.Publish()
		got, err := s.version()
		require.ErrorIs(t, err, test.want, "%s: %s", name, got)
	}
	s := newSite(t)
	s.Add("targets", "stable/update.json", []byte("{"), nil)
	s.Publish()
	_, err = s.version()
	require.Equal(t, bundle.KindConfig, bundle.KindOf(err), "signed, and yet no update configuration: %v", err)
}

// TestT11Threshold: one of three keys is stolen, where two must sign. Duplicates are in the metadata room's test of that name.
func TestT11Threshold(t *testing.T) {
	for _, role := range []string{"root", "targets"} {
		s := newSite(t)
		old := s.Signers["root"]
		a, b, c := trusttest.NewKey(), trusttest.NewKey(), trusttest.NewKey()
		s.SetKeys(role, 2, a, b, c)
		s.PublishRoot(old...)
		s.release(t, "targets", 1, "1.0")
		s.Publish()
		s.installs(t, "1.0")
		s.Signers[role] = []crypto.Signer{a}
		if role == "root" {
			s.PublishRoot()
		}
		s.release(t, "targets", 2, "2.0")
		s.Publish()
		s.refuses(t, trust.ErrVerify)
		s.Signers[role] = []crypto.Signer{a, c}
		if role == "root" {
			s.Root.Version--
			s.PublishRoot()
		}
		s.Publish()
		s.installs(t, "2.0")
	}
}

// TestT12Mirrors: one bad mirror of three changes nothing but that it is asked last.
func TestT12Mirrors(t *testing.T) {
	leaktest.Check(t)
	garbage := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<html>log in</html>") })
	missing := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(404) })
	broken := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(501) })
	for name, bad := range map[string]http.Handler{"garbage": garbage, "missing": missing, "broken": broken, "unreachable": nil, "old": nil, "stale": nil} {
		s := newSite(t)
		s.release(t, "targets", 1, "1.0")
		s.Publish()
		if name == "old" || name == "stale" {
			old := trusttest.New(expires)
			old.Restore(s.Files())
			bad = old
		}
		if bad != nil {
			s.net["bad.example"] = bad
		}
		if name != "stale" { // of which the timestamp is older, and verifies
			s.SetKeys("timestamp", 1, trusttest.NewKey())
			s.PublishRoot()
		}
		s.release(t, "targets", 2, "2.0")
		s.Publish()
		s.net["two.example"] = s.Repo
		s.hosts = []string{"bad.example", "one.example", "two.example"}
		c := s.client()
		for range 2 {
			m, err := c.Latest(ctx)
			require.NoError(t, err, name)
			require.Equal(t, uint64(2), m.Meta.Sequence, name)
		}
		if old, ok := bad.(*trusttest.Repo); ok {
			for _, path := range old.Requests() {
				assert.Contains(t, []string{"metadata/2.root.json", "metadata/3.root.json", "metadata/timestamp.json"}, path, "%s: nothing else is asked", name)
			}
		}
		s.release(t, "targets", 3, "3.0")
		s.Publish()
		var log sync.Map
		if bad != nil {
			s.net["bad.example"] = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { log.Store(r.URL.Path, true); bad.ServeHTTP(w, r) })
		}
		m, err := c.Latest(ctx)
		require.NoError(t, err, name)
		require.Equal(t, uint64(3), m.Meta.Sequence, name)
		log.Range(func(path, _ any) bool {
			assert.Contains(t, []string{"/metadata/timestamp.json", "/metadata/3.root.json", "/metadata/2.root.json"}, path, "%s: it is asked last", name)
			return true
		})
	}
	s := newSite(t) // bad from the snapshot on
	s.release(t, "targets", 1, "1.0")
	s.Publish()
	turned := trusttest.New(expires)
	turned.Restore(s.Files())
	turned.Serve("metadata/2.snapshot.json", []byte("{}"))
	turned.Requests()
	s.net["turned.example"], s.hosts = turned, []string{"turned.example", "one.example"}
	s.installs(t, "1.0")
	assert.Equal(t, []string{"metadata/2.root.json", "metadata/timestamp.json", "metadata/2.snapshot.json"}, turned.Requests())

	s = newSite(t)
	s.release(t, "targets", 1, "1.0")
	s.Publish()
	s.installs(t, "1.0")
	s.net["one.example"], s.net["two.example"] = broken, garbage
	s.hosts = []string{"one.example", "two.example"}
	_, err := s.version()
	require.ErrorIs(t, err, trust.ErrFormat)
	require.Equal(t, bundle.KindTrust, bundle.KindOf(err), "an error of trust decides: %v", err)
}

// TestT13Delegations: cycles end, chains are bounded, and a role speaks only for a delegator that trusts its keys.
func TestT13Delegations(t *testing.T) {
	any := []string{"*/*"}
	t.Run("cycle", func(t *testing.T) {
		s := newSite(t)
		s.Delegate("targets", metadata.Delegation{Name: "a", Paths: any})
		s.Delegate("a", metadata.Delegation{Name: "b", Paths: any})
		s.Delegate("b", metadata.Delegation{Name: "a", Paths: any}, s.Signers["a"]...)
		s.Publish()
		_, err := s.version()
		require.ErrorIs(t, err, bundle.ErrNoRelease)
	})
	t.Run("chain", func(t *testing.T) {
		for _, extra := range []int{0, 1} {
			s := newSite(t)
			from := "targets"
			for i := range trust.MaxRoles + extra {
				name := fmt.Sprintf("r%d", i)
				s.Delegate(from, metadata.Delegation{Name: name, Paths: any})
				from = name
			}
			s.release(t, from, 1, "1.0")
			s.Publish()
			if extra == 0 {
				s.installs(t, "1.0")
			} else {
				s.refuses(t, trust.ErrVerify)
			}
		}
	})
	t.Run("not in the snapshot", func(t *testing.T) {
		s := newSite(t)
		s.Delegate("targets", metadata.Delegation{Name: "a", Paths: any})
		s.release(t, "a", 1, "1.0")
		s.Publish()
		delete(s.Snapshot.Meta, "a")
		s.PublishSnapshot()
		s.refuses(t, trust.ErrVerify)
		require.NotContains(t, s.Requests(), "metadata/a.json", "it is not asked for")
	})
	t.Run("diamond", func(t *testing.T) {
		s := newSite(t)
		s.Delegate("targets", metadata.Delegation{Name: "a", Paths: []string{"a/*"}})
		s.Delegate("targets", metadata.Delegation{Name: "b", Paths: []string{"b/*"}})
		s.Delegate("a", metadata.Delegation{Name: "shared", Paths: []string{"a/*"}})
		s.Delegate("b", metadata.Delegation{Name: "shared", Paths: []string{"b/*"}})
		s.Signers["shared"] = s.Signers["shared"][:1] // only a's key signs
		s.Add("shared", "a/x", []byte("by a"), nil)
		s.Add("shared", "b/x", []byte("evil"), nil)
		s.Publish()
		c := s.client()
		target, err := c.Lookup(ctx, "a/x")
		require.NoError(t, err)
		require.Equal(t, "shared", target.Role)
		b, err := c.Fetch(ctx, target)
		require.NoError(t, err)
		require.Equal(t, "by a", string(b))
		_, err = c.Lookup(ctx, "b/x")
		require.ErrorIs(t, err, trust.ErrVerify, "a cached role is verified against its present delegator")
	})
	t.Run("outside its paths", func(t *testing.T) {
		s := newSite(t)
		s.Delegate("targets", metadata.Delegation{Name: "a", Paths: []string{"beta/*"}})
		s.release(t, "a", 1, "6.6.6")
		s.Publish()
		_, err := s.version()
		require.ErrorIs(t, err, bundle.ErrNoRelease)
	})
	t.Run("terminating", func(t *testing.T) {
		s := newSite(t)
		s.Delegate("targets", metadata.Delegation{Name: "a", Paths: any, Terminating: true})
		s.Delegate("targets", metadata.Delegation{Name: "b", Paths: any})
		s.release(t, "b", 1, "6.6.6")
		s.Publish()
		_, err := s.version()
		require.ErrorIs(t, err, bundle.ErrNoRelease)
	})
	t.Run("names", func(t *testing.T) {
		s := newSite(t)
		for i, name := range []string{"../x", "CON", "con", "a/b", "?", "#", "é", ".."} {
			s.Delegate("targets", metadata.Delegation{Name: name, Paths: any})
			s.Add(name, fmt.Sprintf("n/%d", i), []byte(name), nil)
		}
		s.Publish()
		c := s.client()
		for i := range 8 {
			_, err := c.Lookup(ctx, fmt.Sprintf("n/%d", i))
			require.NoError(t, err, i)
		}
		outside, err := filepath.Glob(filepath.Join(filepath.Dir(s.dir), "*.json"))
		require.NoError(t, err)
		require.Empty(t, outside)
		require.NoFileExists(t, filepath.Join(s.dir, "con.json"), "a device of Windows")
		s.Requests()
		_, err = s.client().Lookup(ctx, "n/7")
		require.NoError(t, err)
		require.Len(t, s.Requests(), 2, "every role was kept under a name of its own")
	})
}

// TestT14Format: metadata that is meant to break its reader; the kinds of it are in the metadata room's tests T14.
func TestT14Format(t *testing.T) {
	for _, file := range []string{"2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json"} {
		s := newSite(t)
		s.Plain = true
		s.release(t, "targets", 1, "1.0")
		s.Publish()
		good := s.Files()
		for _, b := range []string{"", "[]", strings.Repeat("[", 10_000), `{"signed": {}, "signed": {}}`} {
			s.Serve("metadata/"+file, []byte(b))
			s.refuses(t, trust.ErrFormat)
		}
		s.Restore(good)
		s.installs(t, "1.0")
	}
	s := newSite(t)
	s.Targets["targets"].Targets["stable/update.json"] = metadata.TargetFile{Length: 1, Hashes: map[string]string{"unknown": "00"}}
	s.Publish()
	s.refuses(t, trust.ErrVerify)
}

// TestT15SpecVersion: another major version of the specification is not read, though it be signed.
func TestT15SpecVersion(t *testing.T) {
	s := newSite(t)
	s.root = []byte(strings.Replace(string(s.root), `"1.0.34"`, `"2.0.0"`, 1))
	s.refuses(t, trust.ErrFormat)
	s = newSite(t)
	s.Serve("metadata/timestamp.json", []byte(strings.Replace(string(s.File("timestamp.json")), `"1.0.34"`, `"2.0.0"`, 1)))
	s.refuses(t, trust.ErrFormat)
}
