package trust_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/bundletest"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
	"github.com/chandlery-go/chandlery/bundle/trust/trusttest"
)

// memory is a store's files, which fail as a test wants, and the web server of them.
type memory struct {
	mu     sync.Mutex
	files  map[string][]byte
	calls  int
	writes int // that changed something
	failAt int // the call that fails; 0: none
	late   bool
	dead   bool // all calls after it fail too
}

var errLost = errors.New("the connection is lost")

func newMemory() *memory { return &memory{files: map[string][]byte{}} }

func (m *memory) clone() *memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &memory{files: maps.Clone(m.files)}
}

// call runs do, unless this is the call that fails before it is done.
func (m *memory) call(ctx context.Context, do func() error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	m.calls++
	fails := m.failAt > 0 && (m.calls == m.failAt || m.dead && m.calls > m.failAt)
	if fails && !(m.late && m.calls == m.failAt) {
		return errLost
	}
	if err := do(); err != nil {
		return err
	}
	if fails {
		return errLost
	}
	return nil
}

func version(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func (m *memory) Read(ctx context.Context, name string, limit int64) (b []byte, v string, err error) {
	err = m.call(ctx, func() error {
		var ok bool
		if b, ok = m.files[name]; !ok {
			return fmt.Errorf("%s: %w", name, fs.ErrNotExist)
		}
		if v = version(b); int64(len(b)) > limit {
			return errors.New("too long")
		}
		return nil
	})
	if err != nil {
		return nil, "", err
	}
	return bytes.Clone(b), v, nil
}

func (m *memory) Write(ctx context.Context, name string, b []byte, v string) error {
	return m.call(ctx, func() error {
		if err := store.CheckName(name); err != nil {
			return err
		}
		old, ok := m.files[name]
		switch {
		case ok && bytes.Equal(old, b):
			return nil
		case ok && version(old) != v, !ok && v != "":
			return fmt.Errorf("%s: %w", name, bundle.ErrConflict)
		}
		m.writes++
		m.files[name] = bytes.Clone(b)
		return nil
	})
}

func (m *memory) Stat(ctx context.Context, key string) (e store.Entry, err error) {
	err = m.call(ctx, func() error {
		b, ok := m.files[key]
		if !ok {
			return fs.ErrNotExist
		}
		e = store.Entry{Key: key, Size: int64(len(b))}
		return nil
	})
	return e, err
}

func (m *memory) Address(name string) (string, error) { return "http://store.example/" + name, nil }

func (m *memory) List(ctx context.Context, prefix string) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		var all []store.Entry
		err := m.call(ctx, func() error {
			for name, b := range m.files {
				if strings.HasPrefix(name, prefix) {
					all = append(all, store.Entry{Key: name, Size: int64(len(b))})
				}
			}
			return nil
		})
		for _, e := range all {
			if !yield(e, nil) {
				return
			}
		}
		if err != nil {
			yield(store.Entry{}, err)
		}
	}
}

func (m *memory) Remove(ctx context.Context, key string) error {
	return m.call(ctx, func() error {
		delete(m.files, key)
		return nil
	})
}

func (m *memory) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, ok := m.files[strings.TrimPrefix(r.URL.Path, "/")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Write(b)
}

// shop is a publisher with its keys, its store and its clients.
type shop struct {
	t     *testing.T
	files *memory
	root  []byte
	now   time.Time
	keys  map[string]crypto.Signer // by name
}

func newShop(t *testing.T) *shop {
	return &shop{t: t, files: newMemory(), now: start, keys: map[string]crypto.Signer{}}
}

func (s *shop) key(name string) crypto.Signer {
	if s.keys[name] == nil {
		s.keys[name] = trusttest.NewKey()
	}
	return s.keys[name]
}

func (s *shop) signers(names ...string) (all []crypto.Signer) {
	for _, name := range names {
		all = append(all, s.key(name))
	}
	return all
}

func (s *shop) of(threshold int, names ...string) trust.RoleKeys {
	k := trust.RoleKeys{Threshold: threshold}
	for _, name := range names {
		k.Keys = append(k.Keys, s.key(name).Public())
	}
	return k
}

func (s *shop) repository(names ...string) trust.Repository {
	return trust.Repository{Files: s.files, Root: s.root, Channel: "stable", Signers: s.signers(names...), Clock: func() time.Time { return s.now }}
}

// small is the ceremony of a small shop: one key for all.
func (s *shop) small() trust.Ceremony {
	k := s.of(1, "only")
	return trust.Ceremony{Root: k, Targets: k, Online: k, Channels: map[string]trust.RoleKeys{"stable": k}}
}

// large has root and targets offline with three people, two of whom must sign, and channels that are a CI's.
func (s *shop) large() trust.Ceremony {
	k := s.of(2, "ann", "ben", "cem")
	return trust.Ceremony{Root: k, Targets: k, Online: s.of(1, "ci"), Channels: map[string]trust.RoleKeys{"stable": s.of(1, "ci-stable"), "beta": s.of(1, "ci-beta")}}
}

// create begins the repository.
func (s *shop) create(c trust.Ceremony, names ...string) {
	s.t.Helper()
	var err error
	s.root, err = s.repository(names...).Create(ctx, c)
	require.NoError(s.t, err)
}

func configuration(sequence uint64) *manifest.Manifest {
	return bundletest.Configuration("stable", sequence, fmt.Sprintf("%d.0", sequence))
}

func (s *shop) release(sequence uint64, names ...string) {
	s.t.Helper()
	require.NoError(s.t, s.repository(names...).Release(ctx, configuration(sequence)))
}

// client is a client that was built with a root; dir is its folder.
func (s *shop) client(root []byte, dir, channel string) *trust.Client {
	return &trust.Client{Root: root, Dir: dir, Channel: channel, Clock: func() time.Time { return s.now }, RoundTripper: trusttest.Network{"store.example": s.files},
		Mirrors: []trust.Mirror{{Metadata: "http://store.example/metadata", Targets: "http://store.example"}}}
}

// reads gives the sequence that a client of a folder gets.
func (s *shop) reads(dir string) (uint64, error) {
	m, err := s.client(s.root, dir, "stable").Latest(ctx)
	if err != nil {
		return 0, err
	}
	if want := fmt.Sprintf("%d.0", m.Meta.Sequence); m.Libraries["demo"]["linux"].Version != want {
		return 0, fmt.Errorf("release %d has the content of %s", m.Meta.Sequence, m.Libraries["demo"]["linux"].Version)
	}
	return m.Meta.Sequence, nil
}

// get checks that clients get a release: those of the folders, and a new one.
func (s *shop) get(want uint64, dirs ...string) {
	s.t.Helper()
	for _, dir := range append(dirs, s.t.TempDir()) {
		got, err := s.reads(dir)
		require.NoError(s.t, err)
		require.Equal(s.t, want, got)
	}
}

// status is the status of one role.
func (s *shop) status(role string, names ...string) trust.RoleStatus {
	s.t.Helper()
	all, err := s.repository(names...).Status(ctx)
	require.NoError(s.t, err)
	i := slices.IndexFunc(all, func(r trust.RoleStatus) bool { return r.Name == role })
	require.GreaterOrEqual(s.t, i, 0)
	return all[i]
}

// change drafts, signs and publishes.
func (s *shop) change(c trust.Change, people, publisher []string) error {
	d, err := s.repository().NewDraft(ctx, c)
	if err != nil {
		return err
	}
	for _, name := range people { // each on a computer of their own
		b, err := d.Encode()
		require.NoError(s.t, err)
		d, err = trust.ReadDraft(b)
		require.NoError(s.t, err)
		require.NoError(s.t, d.Sign(s.key(name)))
	}
	return s.repository(publisher...).PublishDraft(ctx, d)
}

func TestRepositoryContract(t *testing.T) {
	for name, files := range map[string]trust.Files{"memory": newMemory(), "folder": store.Dir{Path: t.TempDir()}} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			r := s.repository("only")
			r.Files = files
			root, err := r.Create(ctx, s.small())
			require.NoError(t, err)
			r.Root = root
			bundletest.Release(t, "stable", r, r)
		})
	}
}

func TestRelease(t *testing.T) {
	s := newShop(t)
	_, err := s.repository("only").Latest(ctx)
	require.ErrorIs(t, err, trust.ErrNoRepository)
	s.create(s.small(), "only")
	_, err = s.reads(t.TempDir())
	require.ErrorIs(t, err, bundle.ErrNoRelease)
	_, err = s.repository().Latest(ctx)
	require.ErrorIs(t, err, bundle.ErrNoRelease)

	dir := t.TempDir()
	s.release(1, "only")
	s.get(1, dir)
	before := s.files.clone()
	s.release(1, "only")
	require.Equal(t, before.files, s.files.files, "the same content again changes no byte")
	s.now = s.now.Add(time.Hour)
	s.release(2, "only")
	s.get(2, dir)
	m, err := s.repository().Latest(ctx)
	require.NoError(t, err)
	require.EqualValues(t, 2, m.Meta.Sequence)

	past, err := store.History(ctx, archive{s.files}, "stable")
	require.NoError(t, err)
	require.Len(t, past, 2)
	for _, name := range []string{"stable/update.json", "stable/releases/2.json"} {
		got, err := manifest.Parse(s.files.files[name])
		require.NoError(t, err, name)
		require.True(t, got.SameContent(configuration(2)), name)
	}
	require.NotContains(t, s.files.files, "stable/update.plain.json")
	r := s.repository("only")
	r.Plain = true
	require.NoError(t, r.Release(ctx, configuration(3)))
	require.Contains(t, s.files.files, "stable/update.plain.json")
	s.release(4, "only")
	require.Contains(t, string(s.files.files["stable/update.plain.json"]), `"4.0"`, "kept up to date from then on")

	for _, sequence := range []uint64{1, 2, 3, 4} {
		m, err := s.repository().Past(ctx, sequence)
		require.NoError(t, err)
		require.True(t, m.SameContent(configuration(sequence)))
	}
	_, err = s.repository().Past(ctx, 5)
	require.ErrorIs(t, err, fs.ErrNotExist)
	s.files.files["stable/releases/1.json"] = []byte("changed by somebody")
	m, err = s.repository().Past(ctx, 1)
	require.NoError(t, err, "what is not signed is not asked")
	require.EqualValues(t, 1, m.Meta.Sequence)
}

// lasting is a memory whose bundles' addresses end.
type lasting struct{ *memory }

func (lasting) Lasts() time.Duration { return week }

// TestReleaseLasting: no release is signed for longer than the addresses in it can be used, nor renewed.
func TestReleaseLasting(t *testing.T) {
	s := newShop(t)
	s.create(s.small(), "only")
	r := s.repository("only")
	r.Files = lasting{s.files}
	require.NoError(t, r.Release(ctx, configuration(1)))
	ends := s.now.Add(week)
	require.Equal(t, ends, s.status("stable").Expires)
	s.now = s.now.AddDate(0, 0, 1)
	r.Clock = func() time.Time { return s.now }
	renewed, err := r.Renew(ctx, 60*24*time.Hour)
	require.NoError(t, err)
	require.NotContains(t, renewed, "stable")
	require.Contains(t, renewed, "timestamp")
	k := s.of(1, "other")
	require.NoError(t, s.change(trust.Change{Channels: map[string]trust.RoleKeys{"stable": k}}, []string{"only"}, []string{"only"}))
	require.True(t, s.status("stable").Waits)
	r.Signers = s.signers("only", "other")
	renewed, err = r.Renew(ctx, 0)
	require.NoError(t, err)
	require.Contains(t, renewed, "stable")
	require.Equal(t, ends, s.status("stable").Expires, "by the new key, for as long as before")
	s.get(1)
	s.now = ends.Add(time.Hour)
	_, err = s.reads(t.TempDir())
	require.ErrorIs(t, err, trust.ErrFrozen)
	require.NoError(t, r.Release(ctx, configuration(2)))
	s.get(2)
}

// archive is a memory as store.History wants it.
type archive struct{ *memory }

func TestReleaseRefused(t *testing.T) {
	s := newShop(t)
	s.create(s.large(), "ann", "ben", "ci", "ci-stable")
	ci := []string{"ci", "ci-stable"}
	release := func(change func(*trust.Repository), m *manifest.Manifest) error {
		r := s.repository(ci...)
		change(&r)
		before := s.files.clone()
		err := r.Release(ctx, m)
		require.Error(t, err)
		require.Equal(t, before.files, s.files.files, "nothing was written")
		return err
	}
	none := func(*trust.Repository) {}
	require.ErrorIs(t, release(none, configuration(2)), bundle.ErrConflict)
	require.ErrorContains(t, release(none, bundletest.Configuration("beta", 1, "1.0")), "cannot go to the channel")
	require.ErrorIs(t, release(func(r *trust.Repository) { r.Channel = "gone" }, bundletest.Configuration("gone", 1, "1.0")), trust.ErrNoChannel)

	var missing *trust.SignersError
	err := release(func(r *trust.Repository) { r.Signers = s.signers("ci") }, configuration(1))
	require.ErrorAs(t, err, &missing)
	require.Equal(t, "stable", missing.Role)
	require.Equal(t, []int{0, 1}, []int{missing.Have, missing.Need})
	key, err := metadata.NewKey(s.key("ci-stable").Public())
	require.NoError(t, err)
	require.Equal(t, []string{key.ID()}, missing.Keys)
	require.Equal(t, bundle.KindUsage, bundle.KindOf(release(func(r *trust.Repository) { r.Signers = s.signers("ci-stable") }, configuration(1))))

	m := configuration(1)
	leaf := m.Libraries["demo"]["linux"]
	leaf.URL = "../sha256/ab/" + leaf.SHA256 + ".zip"
	m.Libraries["demo"]["linux"] = leaf
	err = release(none, m)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.Equal(t, bundle.KindState, bundle.KindOf(err))
	s.files.files["sha256/ab/"+leaf.SHA256+".zip"] = []byte("22")
	require.ErrorContains(t, release(none, m), "2 bytes in the store")
	s.files.files["sha256/ab/"+leaf.SHA256+".zip"] = []byte("1")
	require.NoError(t, s.repository(ci...).Release(ctx, m))

	s.now = s.now.AddDate(2, 0, 0)
	require.ErrorIs(t, release(none, configuration(2)), trust.ErrFrozen)
}

// TestReleaseHostile: whatever the store's owner changes, nothing is signed on top of it.
func TestReleaseHostile(t *testing.T) {
	s := newShop(t)
	s.create(s.small(), "only")
	s.release(1, "only")
	s.release(2, "only")
	other := newShop(t)
	other.create(other.small(), "only")
	other.release(1, "only")
	for name, change := range map[string]func(map[string][]byte){
		"no timestamp":        func(f map[string][]byte) { delete(f, "metadata/timestamp.json") },
		"garbage timestamp":   func(f map[string][]byte) { f["metadata/timestamp.json"] = []byte("{}") },
		"another's timestamp": func(f map[string][]byte) { f["metadata/timestamp.json"] = other.files.files["metadata/timestamp.json"] },
		"no snapshot":         func(f map[string][]byte) { delete(f, "metadata/3.snapshot.json") },
		"another's snapshot": func(f map[string][]byte) {
			f["metadata/3.snapshot.json"] = other.files.files["metadata/2.snapshot.json"]
		},
		"no targets":            func(f map[string][]byte) { delete(f, "metadata/1.targets.json") },
		"another's targets":     func(f map[string][]byte) { f["metadata/1.targets.json"] = other.files.files["metadata/1.targets.json"] },
		"no channel role":       func(f map[string][]byte) { delete(f, "metadata/3.stable.json") },
		"another's role":        func(f map[string][]byte) { f["metadata/3.stable.json"] = other.files.files["metadata/2.stable.json"] },
		"an older role":         func(f map[string][]byte) { f["metadata/3.stable.json"] = f["metadata/2.stable.json"] },
		"a wrong root after it": func(f map[string][]byte) { f["metadata/2.root.json"] = other.files.files["metadata/1.root.json"] },
		"another update configuration": func(f map[string][]byte) {
			for name, b := range f {
				if strings.HasSuffix(name, ".update.json") {
					f[name] = append(bytes.Clone(b), ' ')
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := *s
			c.files = s.files.clone()
			change(c.files.files)
			before := c.files.clone()
			require.Error(t, c.repository("only").Release(ctx, configuration(3)))
			_, err := c.repository("only").Latest(ctx)
			require.Error(t, err)
			require.NotErrorIs(t, err, bundle.ErrNoRelease, "a publisher would begin anew")
			require.Equal(t, before.files, c.files.files)
		})
	}
	t.Run("unsigned files are no word", func(t *testing.T) {
		c := *s
		c.files = s.files.clone()
		c.files.files["stable/update.json"] = []byte("{}")
		b, err := configuration(9).Encode()
		require.NoError(t, err)
		c.files.files["stable/releases/3.json"] = b
		c.release(3, "only")
		c.get(3)
		require.Equal(t, c.files.files["stable/update.json"], c.files.files["stable/releases/3.json"])
	})
}

// TestReleaseAfterUnsigned: clients have seen the numbers of a channel that was not signed.
func TestReleaseAfterUnsigned(t *testing.T) {
	s := newShop(t)
	for _, sequence := range []uint64{1, 2} {
		require.NoError(t, store.FileChannel{Files: s.files, Name: "stable", InsecureUnsigned: true}.Release(ctx, configuration(sequence)))
	}
	s.create(s.small(), "only")
	_, err := s.repository().Latest(ctx)
	require.ErrorIs(t, err, bundle.ErrNoRelease)
	require.ErrorIs(t, s.repository("only").Release(ctx, configuration(1)), bundle.ErrConflict)
	s.release(3, "only")
	s.get(3)
}

// lagging is a source that gives what it is told.
type lagging struct {
	m   *manifest.Manifest
	err error
}

func (l lagging) Latest(context.Context) (*manifest.Manifest, error) { return l.m, l.err }

func TestReleaseCheck(t *testing.T) {
	s := newShop(t)
	s.create(s.small(), "only")
	r := s.repository("only")
	r.Check = s.client(s.root, t.TempDir(), "stable")
	require.NoError(t, r.Release(ctx, configuration(1)))
	r.Check = lagging{m: configuration(1)}
	err := r.Release(ctx, configuration(2))
	var unseen *trust.UnseenError
	require.ErrorAs(t, err, &unseen)
	require.Equal(t, trust.UnseenError{Channel: "stable", Sequence: 2, Seen: 1}, *unseen)
	require.ErrorIs(t, err, trust.ErrUnseen)
	s.get(2)
	r.Check = lagging{err: trust.ErrRollback}
	err = r.Release(ctx, configuration(3))
	require.ErrorIs(t, err, trust.ErrUnseen)
	require.ErrorIs(t, err, trust.ErrRollback)
	r.Check = lagging{m: configuration(9)}
	require.NoError(t, r.Release(ctx, configuration(4)), "another release came since")
}

func TestCreate(t *testing.T) {
	s := newShop(t)
	s.create(s.small(), "only")
	before := s.files.clone()
	s.now = s.now.Add(time.Hour)
	again, err := s.repository("only").Create(ctx, s.small())
	require.NoError(t, err)
	require.Equal(t, s.root, again)
	require.Equal(t, before.files, s.files.files)

	other := newShop(t)
	other.files = s.files
	_, err = other.repository("only").Create(ctx, other.small())
	require.ErrorIs(t, err, bundle.ErrConflict)
	require.Equal(t, before.files, s.files.files)

	fresh := newShop(t)
	_, err = fresh.repository("ann", "ci").Create(ctx, fresh.large())
	var missing *trust.SignersError
	require.ErrorAs(t, err, &missing)
	require.Equal(t, []any{"root", 1, 2}, []any{missing.Role, missing.Have, missing.Need})
	require.Empty(t, fresh.files.files)

	for name, c := range map[string]trust.Ceremony{
		"no keys":         {},
		"threshold":       {Root: s.of(2, "only"), Targets: s.of(1, "only"), Online: s.of(1, "only")},
		"a key twice":     {Root: s.of(1, "only", "only"), Targets: s.of(1, "only"), Online: s.of(1, "only")},
		"top-level name":  {Root: s.of(1, "only"), Targets: s.of(1, "only"), Online: s.of(1, "only"), Channels: map[string]trust.RoleKeys{"Snapshot": s.of(1, "only")}},
		"folder's name":   {Root: s.of(1, "only"), Targets: s.of(1, "only"), Online: s.of(1, "only"), Channels: map[string]trust.RoleKeys{"metadata": s.of(1, "only")}},
		"no word":         {Root: s.of(1, "only"), Targets: s.of(1, "only"), Online: s.of(1, "only"), Channels: map[string]trust.RoleKeys{"a*": s.of(1, "only")}},
		"differs in case": {Root: s.of(1, "only"), Targets: s.of(1, "only"), Online: s.of(1, "only"), Channels: map[string]trust.RoleKeys{"a": s.of(1, "only"), "A": s.of(1, "only")}},
	} {
		_, err := newShop(t).repository("only").Create(ctx, c)
		assert.ErrorIs(t, err, trust.ErrChange, name)
	}
}

// TestCeremony: three people found a repository, of whom two are there; the third's key is never seen.
func TestCeremony(t *testing.T) {
	s := newShop(t)
	d, err := s.repository().NewCeremony(s.large())
	require.NoError(t, err)
	require.Len(t, d.Missing(), 2)
	require.ErrorIs(t, d.Sign(s.key("nobody")), trust.ErrSigners)
	require.NoError(t, d.Sign(s.key("ann")))
	require.Equal(t, 1, d.Missing()[0].Have)
	var missing *trust.SignersError
	require.ErrorAs(t, s.repository("ci").PublishDraft(ctx, d), &missing)
	require.Equal(t, "root", missing.Role)
	require.NoError(t, d.Sign(s.key("cem")))
	require.Empty(t, d.Missing())
	require.ErrorIs(t, s.repository().PublishDraft(ctx, d), trust.ErrSigners)
	require.Empty(t, s.files.files)
	require.NoError(t, s.repository("ci").PublishDraft(ctx, d))
	before := s.files.clone()
	require.NoError(t, s.repository("ci").PublishDraft(ctx, d), "again")
	require.Equal(t, before.files, s.files.files)
	s.root = s.files.files["metadata/1.root.json"]

	require.True(t, s.status("stable").Waits, "its key was not there")
	s.release(1, "ci", "ci-stable")
	s.get(1)
	status := s.status("stable", "ci-stable")
	require.False(t, status.Waits)
	require.EqualValues(t, 1, status.Sequence)
	require.True(t, status.CanSign())
	require.False(t, s.status("root", "ann").CanSign())
	require.True(t, s.status("root", "ann", "ben").CanSign())
}

func TestReleaseNothing(t *testing.T) {
	require.ErrorContains(t, trust.Repository{}.Release(t.Context(), nil), "there is no release")
}
