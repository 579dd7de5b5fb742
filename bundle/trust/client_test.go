package trust_test

import (
	"context"
	"crypto"
	"encoding/json"
	"errors"
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

var (
	start   = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	expires = start.AddDate(0, 0, 30)
	ctx     = context.Background()
)

// site is a repository with one mirror and a client of it.
type site struct {
	*trusttest.Repo
	net   trusttest.Network
	dir   string
	root  []byte
	now   time.Time
	hosts []string
}

func newSite(t *testing.T) *site {
	s := &site{Repo: trusttest.New(expires), dir: t.TempDir(), now: start, hosts: []string{"one.example"}}
	s.root = s.File("1.root.json")
	s.net = trusttest.Network{"one.example": s.Repo}
	return s
}

// client is a new process of the application.
func (s *site) client() *trust.Client {
	c := &trust.Client{Root: s.root, Dir: s.dir, Channel: "stable", Clock: func() time.Time { return s.now }, RoundTripper: s.net}
	for _, h := range s.hosts {
		c.Mirrors = append(c.Mirrors, trust.Mirror{Metadata: "http://" + h + "/metadata/", Targets: "http://" + h})
	}
	return c
}

// release adds an update configuration to a role, without publishing.
func (s *site) release(t *testing.T, role string, sequence uint64, version string) {
	b, err := bundletest.Configuration("stable", sequence, version).Encode()
	require.NoError(t, err)
	custom, err := json.Marshal(trust.Custom{Schema: trust.CustomSchema, Channel: "stable", Sequence: sequence})
	require.NoError(t, err)
	s.Add(role, "stable/update.json", b, custom)
}

// version is what a fresh client installs; an error where it refuses.
func (s *site) version() (string, error) {
	m, err := s.client().Latest(ctx)
	if err != nil {
		return "", err
	}
	return m.Libraries["demo"]["linux"].Version, nil
}

func (s *site) installs(t *testing.T, want string) {
	t.Helper()
	got, err := s.version()
	require.NoError(t, err)
	require.Equal(t, want, got)
}

// refuses checks that the error is one of trust.
func (s *site) refuses(t *testing.T, want error) {
	t.Helper()
	got, err := s.version()
	require.ErrorIs(t, err, want, "installed %q", got)
	require.Equal(t, bundle.KindTrust, bundle.KindOf(err), "%v", err)
}

func TestLatest(t *testing.T) {
	leaktest.Check(t)
	s := newSite(t)
	_, err := s.version()
	require.ErrorIs(t, err, bundle.ErrNoRelease)
	require.Equal(t, bundle.KindNoRelease, bundle.KindOf(err))
	s.release(t, "targets", 1, "1.0")
	s.Publish()
	s.Requests()
	s.installs(t, "1.0")
	require.Len(t, s.Requests(), 5, "root 2, timestamp, snapshot, targets, target")
	s.installs(t, "1.0")
	require.Equal(t, []string{"metadata/2.root.json", "metadata/timestamp.json"}, s.Requests(), "nothing new")

	s.Restore(nil)
	_, err = s.version()
	require.ErrorContains(t, err, "404")
	require.NotErrorIs(t, err, bundle.ErrNoRelease, "there was one")
	s2 := newSite(t)
	s2.Restore(nil)
	_, err = s2.version()
	require.ErrorIs(t, err, bundle.ErrNoRelease)
	s2.hosts = append(s2.hosts, "gone.example")
	_, err = s2.version()
	require.Error(t, err)
	require.NotErrorIs(t, err, bundle.ErrNoRelease, "the other mirror may have one")
}

func TestRoles(t *testing.T) {
	s := newSite(t)
	s.Delegate("targets", metadata.Delegation{Name: "stable", Paths: []string{"stable/*"}})
	s.release(t, "stable", 1, "1.0")
	s.Publish()
	c := s.client()
	roles, err := c.Roles(ctx)
	require.NoError(t, err)
	require.Empty(t, roles)
	_, err = c.Latest(ctx)
	require.NoError(t, err)
	roles, err = c.Roles(ctx)
	require.NoError(t, err)
	require.Equal(t, []trust.Role{{"root", 1, expires, false}, {"timestamp", 2, expires, false}, {"snapshot", 2, expires, false}, {"targets", 2, expires, false},
		{"stable", 1, expires, false}}, roles)
}

func TestExpiresSoon(t *testing.T) {
	s := newSite(t)
	s.Expires = start.AddDate(0, 0, 2)
	s.PublishTimestamp()
	c := s.client()
	roles, err := c.ExpiresSoon(ctx, 1000*time.Hour)
	require.NoError(t, err)
	require.Empty(t, roles, "nothing is trusted yet")
	require.NoError(t, c.Refresh(ctx))
	for days, want := range map[int][]string{0: nil, 1: nil, 2: {"timestamp"}, 29: {"timestamp"}, 30: {"timestamp", "root", "snapshot", "targets"}} {
		roles, err = c.ExpiresSoon(ctx, time.Duration(days)*24*time.Hour)
		require.NoError(t, err)
		var names []string
		for _, r := range roles {
			names = append(names, r.Name)
		}
		require.Equal(t, want, names, days)
	}
}

func TestMaxStaleness(t *testing.T) {
	const day = 24 * time.Hour
	s := newSite(t)
	s.release(t, "targets", 1, "1.0")
	s.Publish()
	old := s.Files()
	stale := func(days int, now time.Time) (*trust.Client, error) {
		c := s.client()
		s.now = now
		c.MaxStaleness = time.Duration(days) * day
		_, err := c.Latest(ctx)
		return c, err
	}
	for _, tt := range []struct {
		staleness int // days
		after     time.Duration
		frozen    bool
	}{{0, 0, true}, {-5, 0, true}, {-5, -1, false}, {5, -1, false}, {5, 0, false}, {5, 5*day - 1, false}, {5, 5 * day, true}, {5, 500 * day, true}} {
		s.dir = t.TempDir()
		c, err := stale(tt.staleness, expires.Add(tt.after))
		if tt.frozen {
			require.ErrorIs(t, err, trust.ErrFrozen, "%+v", tt)
			continue
		}
		require.NoError(t, err, "%+v", tt)
		roles, err := c.Roles(ctx)
		require.NoError(t, err)
		require.Len(t, roles, 4)
		for _, r := range roles {
			require.Equal(t, tt.after >= 0, r.Stale)
		}
	}

	s.dir = t.TempDir()
	s.release(t, "targets", 2, "2.0")
	s.Publish()
	_, err := stale(5, expires.Add(day))
	require.NoError(t, err)
	s.now = start
	s.installs(t, "2.0") // a clock that was wrong for a day does no lasting harm
	s.Restore(old)
	_, err = stale(5, expires.Add(day))
	require.ErrorIs(t, err, trust.ErrRollback, "however long it may be stale")
	s.Signers["timestamp"] = []crypto.Signer{trusttest.NewKey()}
	s.Publish()
	_, err = stale(5, expires.Add(day))
	require.ErrorIs(t, err, trust.ErrVerify)
}

func TestLookupRefreshes(t *testing.T) {
	s := newSite(t)
	s.Add("targets", "a", []byte("a"), nil)
	s.Publish()
	c := s.client()
	_, err := c.Lookup(ctx, "a")
	require.NoError(t, err)
	s.Requests()
	target, err := c.Lookup(ctx, "a")
	require.NoError(t, err)
	require.Empty(t, s.Requests(), "once is enough")
	b, err := c.Fetch(ctx, target)
	require.NoError(t, err)
	require.Equal(t, "a", string(b))
	s.now = expires
	_, err = c.Lookup(ctx, "a")
	require.ErrorIs(t, err, trust.ErrFrozen)
	s.Expires = expires.AddDate(0, 0, 1)
	s.PublishRoot()
	s.Publish()
	_, err = c.Lookup(ctx, "a")
	require.NoError(t, err)
}

func TestLatestURL(t *testing.T) {
	s := newSite(t)
	s.release(t, "targets", 1, "1.0")
	m := bundletest.Configuration("stable", 1, "1.0")
	leaf := m.Libraries["demo"]["linux"]
	leaf.URL = "../sha256/ab/" + leaf.SHA256 + ".zip"
	m.Libraries["demo"]["linux"] = leaf
	b, err := m.Encode()
	require.NoError(t, err)
	s.Add("targets", "stable/update.json", b, nil)
	s.Publish()
	got, err := s.client().Latest(ctx)
	require.NoError(t, err)
	assert.Equal(t, "http://one.example/sha256/ab/"+leaf.SHA256+".zip", got.Libraries["demo"]["linux"].URL)

	s.hosts = []string{"user:secret@gone.example", "one.example"}
	got, err = s.client().Latest(ctx)
	require.NoError(t, err)
	assert.Equal(t, "http://one.example/sha256/ab/"+leaf.SHA256+".zip", got.Libraries["demo"]["linux"].URL, "not from a mirror that failed")
	s.net["gone.example"] = s.Repo
	got, err = s.client().Latest(ctx)
	require.NoError(t, err)
	assert.Equal(t, "http://gone.example/sha256/ab/"+leaf.SHA256+".zip", got.Libraries["demo"]["linux"].URL, "and without credentials")
}

func TestMirrorOf(t *testing.T) {
	for address, want := range map[string]string{
		"https://store.example":            "https://store.example/metadata",
		"https://store.example/a/":         "https://store.example/a/metadata",
		"https://store.example/a?token=1":  "https://store.example/a/metadata?token=1",
		"https://store.example/a/?x=1&y=2": "https://store.example/a/metadata?x=1&y=2",
	} {
		assert.Equal(t, trust.Mirror{Metadata: want, Targets: address}, trust.MirrorOf(address))
	}
}

func TestClientFields(t *testing.T) {
	s := newSite(t)
	for field, c := range map[string]*trust.Client{
		"Root": {Dir: s.dir, Mirrors: []trust.Mirror{{}}, Channel: "x"}, "Dir": {Root: s.root, Mirrors: []trust.Mirror{{}}, Channel: "x"},
		"Mirrors": {Root: s.root, Dir: s.dir, Channel: "x"}, "Channel": {Root: s.root, Dir: s.dir, Mirrors: []trust.Mirror{{}}},
	} {
		_, err := c.Latest(ctx)
		var missing *bundle.MissingFieldError
		require.ErrorAs(t, err, &missing)
		assert.Equal(t, field, missing.Field)
	}
	for _, name := range []string{"", "/x", "x/", "a//b", "../x", "a/./b", "a\\b"} {
		_, err := s.client().Lookup(ctx, name)
		assert.Equal(t, bundle.KindUsage, bundle.KindOf(err), name)
	}
	_, err := s.client().Lookup(ctx, "none")
	assert.ErrorIs(t, err, trust.ErrNoTarget)
}

func TestRootsInARow(t *testing.T) {
	s := newSite(t)
	for range 5 {
		old := s.Signers["root"]
		s.SetKeys("root", 1, trusttest.NewKey())
		s.PublishRoot(old...)
	}
	s.release(t, "targets", 1, "1.0")
	s.Publish()
	s.installs(t, "1.0")
	s.Requests()
	s.installs(t, "1.0")
	require.Equal(t, []string{"metadata/7.root.json", "metadata/timestamp.json"}, s.Requests())
	s.root = s.File("4.root.json") // a newer application
	s.installs(t, "1.0")
	s.root = s.File("1.root.json") // an older one again
	s.installs(t, "1.0")

	other := newSite(t) // the application moved to another repository
	other.dir = s.dir
	other.release(t, "targets", 1, "7.0")
	other.Publish()
	other.installs(t, "7.0")
	other.installs(t, "7.0")
}

func TestRootNotSignedByBoth(t *testing.T) {
	for _, signer := range []string{"old", "new"} {
		s := newSite(t)
		s.release(t, "targets", 1, "1.0")
		s.Publish()
		old, new := s.Signers["root"], []crypto.Signer{trusttest.NewKey()}
		s.SetKeys("root", 1, new...)
		if signer == "old" {
			s.Signers["root"] = old
		}
		s.PublishRoot()
		s.refuses(t, trust.ErrVerify)
	}
	s := newSite(t)
	s.Serve("metadata/2.root.json", s.root)
	_, err := s.version()
	require.ErrorIs(t, err, trust.ErrVerify)
	require.ErrorContains(t, err, "it is root 1, not 2")
}

func TestNotConsistent(t *testing.T) {
	s := newSite(t)
	s.Root.ConsistentSnapshot = false
	s.PublishRoot()
	s.release(t, "targets", 1, "1.0")
	s.Publish()
	s.Requests()
	s.installs(t, "1.0")
	require.Equal(t, []string{"metadata/2.root.json", "metadata/3.root.json", "metadata/timestamp.json", "metadata/snapshot.json", "metadata/targets.json",
		"stable/update.json"}, s.Requests())
}

// TestBrokenOff: the network ends at any request; what is trusted is whole, and the next run goes on.
func TestBrokenOff(t *testing.T) {
	s := newSite(t)
	s.Delegate("targets", metadata.Delegation{Name: "stable", Paths: []string{"stable/*"}})
	s.release(t, "stable", 1, "1.0")
	s.Publish()
	s.installs(t, "1.0")
	old := s.Signers["root"]
	s.SetKeys("root", 1, trusttest.NewKey())
	s.SetKeys("snapshot", 1, trusttest.NewKey())
	s.PublishRoot(old...)
	s.release(t, "stable", 2, "2.0")
	s.Publish()
	before := t.TempDir()
	require.NoError(t, os.CopyFS(before, os.DirFS(s.dir)))
	for _, removed := range [][]string{{"timestamp.json"}, {"timestamp.json", "snapshot.json"}} { // killed before root 2 was kept
		s.dir = t.TempDir()
		require.NoError(t, os.CopyFS(s.dir, os.DirFS(before)))
		for _, name := range removed {
			require.NoError(t, os.Remove(filepath.Join(s.dir, name)))
		}
		s.installs(t, "2.0")
	}
	for k := range 8 {
		s.dir = t.TempDir()
		require.NoError(t, os.CopyFS(s.dir, os.DirFS(before)))
		stopped, cancel := context.WithCancel(ctx)
		n := 0
		c := s.client()
		c.RoundTripper = roundTripper(func(req *http.Request) (*http.Response, error) {
			if n++; n > k {
				cancel()
				return nil, errors.New("the network is gone")
			}
			return s.net.RoundTrip(req)
		})
		_, err := c.Latest(stopped)
		cancel()
		if k < 7 {
			require.ErrorIs(t, err, context.Canceled, k)
		} else {
			require.NoError(t, err)
		}
		s.installs(t, "2.0")
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// TestDamagedFolder: whatever kept file is lost or damaged, the client goes on, and believes nothing old.
func TestDamagedFolder(t *testing.T) {
	s := newSite(t)
	s.SetKeys("timestamp", 1, trusttest.NewKey())
	s.PublishRoot()
	s.release(t, "targets", 1, "1.0")
	s.Publish()
	s.installs(t, "1.0")
	files := 0
	err := filepath.WalkDir(s.dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		b, err := os.ReadFile(path)
		require.NoError(t, err)
		for name, damage := range map[string]func() error{
			"empty":   func() error { return os.WriteFile(path, nil, 0o644) },
			"short":   func() error { return os.WriteFile(path, b[:len(b)/2], 0o644) },
			"changed": func() error { return os.WriteFile(path, []byte(strings.ToUpper(string(b))), 0o644) },
			"gone":    func() error { return os.Remove(path) },
		} {
			require.NoError(t, damage())
			got, err := s.version()
			require.NoError(t, err, "%s %s", name, path)
			require.Equal(t, "1.0", got)
		}
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, 8, files)
}

func TestConcurrentClients(t *testing.T) {
	s := newSite(t)
	s.release(t, "targets", 1, "1.0")
	s.Publish()
	shared := s.client()
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			c := shared
			if i%2 == 0 {
				c = s.client()
			}
			m, err := c.Latest(ctx)
			if assert.NoError(t, err) {
				assert.Equal(t, uint64(1), m.Meta.Sequence)
			}
		})
	}
	wg.Wait()
}

// TestCanceled: whatever a Client waits for, it ends when its caller does.
func TestCanceled(t *testing.T) {
	leaktest.Check(t)
	s := newSite(t)
	s.release(t, "targets", 1, "1.0")
	s.Publish()
	asked := make(chan bool, 1)
	hangs := roundTripper(func(req *http.Request) (*http.Response, error) {
		select {
		case asked <- true:
		default:
		}
		<-req.Context().Done()
		return nil, req.Context().Err()
	})
	fails := roundTripper(func(*http.Request) (*http.Response, error) {
		select {
		case asked <- true:
		default:
		}
		return nil, errors.New("no route")
	})
	for name, client := range map[string]func(c, busy *trust.Client) *trust.Client{
		"a mirror that hangs":          func(c, _ *trust.Client) *trust.Client { c.RoundTripper = hangs; return c },
		"a mirror that is tried again": func(c, _ *trust.Client) *trust.Client { c.RoundTripper = fails; return c },
		"another call":                 func(_, busy *trust.Client) *trust.Client { return busy },
		"another process's lock":       func(c, _ *trust.Client) *trust.Client { return c },
	} {
		t.Run(name, func(t *testing.T) {
			s.dir = t.TempDir()
			busy := s.client()
			busy.RoundTripper = hangs
			c := client(s.client(), busy)
			holding, release := context.WithCancel(ctx)
			held := make(chan error, 1)
			if strings.HasPrefix(name, "another") {
				go func() { held <- busy.Refresh(holding) }()
				<-asked
			} else {
				held <- nil
			}
			least := time.Hour
			for range 5 {
				stopped, cancel := context.WithCancel(ctx)
				done := make(chan error, 1)
				go func() { _, err := c.Latest(stopped); done <- err }()
				time.Sleep(20 * time.Millisecond)
				begin := time.Now()
				cancel()
				require.ErrorIs(t, <-done, context.Canceled)
				least = min(least, time.Since(begin))
			}
			assert.Less(t, least, 100*time.Millisecond)
			release()
			<-held
			select {
			case <-asked:
			default:
			}
		})
	}
}
