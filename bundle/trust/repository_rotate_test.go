package trust_test

import (
	"crypto"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/bundle/trust/metadata"
	"github.com/chandlery-go/chandlery/bundle/trust/trusttest"
)

const week = 7 * 24 * time.Hour

// TestLifetimes: what is left alone expires, and Renew in time keeps it.
func TestLifetimes(t *testing.T) {
	s := newShop(t)
	s.create(s.large(), "ann", "ben", "ci", "ci-stable")
	s.release(1, "ci", "ci-stable")
	dir := t.TempDir()
	renew := func(want []string, names ...string) {
		t.Helper()
		got, err := s.repository(names...).Renew(ctx, week)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	renew(nil, "ann", "ben", "ci", "ci-stable")
	for range 4 { // the CI's keys are enough from day to day
		s.now = s.now.AddDate(0, 0, 25)
		before := s.files.clone()
		renew(nil)
		renew(nil, "ci-stable")
		require.Equal(t, before.files, s.files.files, "nothing at hand, nothing changed")
		_, err := s.repository("ci", "ci-stable").Renew(ctx, week)
		require.NoError(t, err)
		s.get(1, dir)
	}
	require.Greater(t, s.status("stable").Version, int64(2), "renewed after its 90 days")
	for s.now.Before(start.AddDate(0, 0, 360)) {
		s.now = s.now.AddDate(0, 0, 20)
		_, err := s.repository("ci", "ci-stable").Renew(ctx, week)
		require.NoError(t, err)
	}
	s.get(1, dir)
	s.now = start.AddDate(0, 0, 359)
	renew([]string{"root", "snapshot", "targets", "timestamp"}, "ann", "cem", "ci")
	s.now = start.AddDate(0, 0, 366)
	s.get(1, dir)
	require.EqualValues(t, 2, s.status("root").Version)
	s.release(2, "ci", "ci-stable")

	s.now = s.now.AddDate(0, 0, 31)
	_, err := s.reads(dir)
	require.ErrorIs(t, err, trust.ErrFrozen)
	m, err := s.repository().Latest(ctx)
	require.NoError(t, err, "the publisher reads what has expired")
	require.EqualValues(t, 2, m.Meta.Sequence)
	s.release(3, "ci", "ci-stable")
	s.get(3, dir)
	s.now = s.now.AddDate(3, 0, 0)
	names := []string{"ann", "ben", "ci", "ci-stable"}
	require.ErrorIs(t, s.repository(names...).Release(ctx, configuration(4)), trust.ErrFrozen)
	renew([]string{"root", "snapshot", "stable", "targets", "timestamp"}, names...)
	s.release(4, names...)
	s.get(4, dir)

	r := s.repository(names...)
	r.Lifetimes = trust.Lifetimes{Snapshot: week, Timestamp: 24 * time.Hour}
	require.NoError(t, r.Release(ctx, configuration(5)))
	require.Equal(t, s.now.Add(24*time.Hour), s.status("timestamp").Expires)
	require.Equal(t, s.now.Add(week), s.status("snapshot").Expires)
	require.Equal(t, s.now.AddDate(0, 0, 90), s.status("stable").Expires)
}

// TestRenewOnce: what expires later than its own lifetime allows is signed once, not for ever.
func TestRenewOnce(t *testing.T) {
	s := newShop(t)
	s.create(s.small(), "only")
	s.release(1, "only")
	renewed, err := s.repository("only").Renew(ctx, 10*365*24*time.Hour)
	require.NoError(t, err)
	require.Equal(t, []string{"root", "snapshot", "stable", "targets", "timestamp"}, renewed)
	s.get(1)
}

// TestRotate walks through the life of a repository: each key is replaced, by those who still have theirs.
func TestRotate(t *testing.T) {
	s := newShop(t)
	s.create(s.small(), "only")
	sequence, dir := uint64(0), t.TempDir()
	release := func(names ...string) {
		t.Helper()
		sequence++
		s.release(sequence, names...)
		s.get(sequence, dir)
	}
	release("only")
	ptr := func(k trust.RoleKeys) *trust.RoleKeys { return &k }

	// From one key to three people and a CI.
	c := s.large()
	grow := trust.Change{Root: &c.Root, Targets: &c.Targets, Online: &c.Online, Channels: c.Channels}
	require.ErrorIs(t, s.change(grow, []string{"only"}, []string{"only", "ci"}), trust.ErrSigners, "the new keys must sign too")
	require.NoError(t, s.change(grow, []string{"only", "ann", "ben"}, []string{"only", "ci", "ci-stable"}))
	s.get(sequence, dir)
	require.ErrorIs(t, s.repository("only").Release(ctx, configuration(sequence+1)), trust.ErrSigners)
	release("ci", "ci-stable")

	// ann's key is lost: the other two give her a new one.
	require.NoError(t, s.change(trust.Change{Root: ptr(s.of(2, "ann2", "ben", "cem")), Targets: ptr(s.of(2, "ann2", "ben", "cem"))}, []string{"ben", "cem"}, []string{"ci"}))
	s.get(sequence, dir)
	require.ErrorIs(t, s.change(trust.Change{Renew: true}, nil, []string{"ci"}), trust.ErrSigners)
	d, err := s.repository().NewDraft(ctx, trust.Change{Renew: true})
	require.NoError(t, err)
	require.ErrorIs(t, d.Sign(s.key("ann")), trust.ErrSigners, "her old key is none any more")
	require.NoError(t, s.change(trust.Change{Renew: true}, []string{"ann2", "cem"}, []string{"ci"}))

	// More people, and a higher threshold; then fewer.
	require.NoError(t, s.change(trust.Change{Root: ptr(s.of(3, "ann2", "ben", "cem", "dan"))}, []string{"ann2", "ben", "dan"}, nil), "nothing online changes")
	require.ErrorIs(t, s.change(trust.Change{Root: ptr(s.of(1, "dan"))}, []string{"dan", "ben"}, nil), trust.ErrSigners)
	require.NoError(t, s.change(trust.Change{Root: ptr(s.of(1, "dan"))}, []string{"dan", "ben", "cem"}, nil))
	s.get(sequence, dir)

	// The CI's keys.
	require.NoError(t, s.change(trust.Change{Online: ptr(s.of(1, "ci2"))}, []string{"dan"}, []string{"ci", "ci2"}))
	s.get(sequence, dir)
	release("ci2", "ci-stable")

	// A channel's key, that is not at hand: the channel waits until the CI has signed.
	require.NoError(t, s.change(trust.Change{Channels: map[string]trust.RoleKeys{"stable": s.of(1, "ci-stable2")}}, []string{"ben", "cem"}, []string{"ci2"}))
	require.True(t, s.status("stable").Waits)
	_, err = s.reads(dir)
	require.ErrorIs(t, err, trust.ErrVerify)
	m, err := s.repository().Latest(ctx)
	require.NoError(t, err, "a publisher must know the number")
	require.Equal(t, sequence, m.Meta.Sequence)
	renewed, err := s.repository("ci2", "ci-stable").Renew(ctx, 0)
	require.NoError(t, err)
	require.Empty(t, renewed, "the old key is none")
	renewed, err = s.repository("ci2", "ci-stable2").Renew(ctx, 0)
	require.NoError(t, err)
	require.Equal(t, []string{"snapshot", "stable", "timestamp"}, renewed)
	s.get(sequence, dir)
	require.False(t, s.status("stable").Waits)
	release("ci2", "ci-stable2")
	require.NoError(t, s.change(trust.Change{Channels: map[string]trust.RoleKeys{"stable": s.of(1, "ci-stable3")}}, []string{"ben", "cem"}, []string{"ci2"}))
	release("ci2", "ci-stable3")
	require.NoError(t, s.change(trust.Change{Channels: map[string]trust.RoleKeys{"stable": s.of(1, "ci-stable4")}}, []string{"ben", "cem"}, []string{"ci2"}))
	s.release(sequence, "ci2", "ci-stable4")
	s.get(sequence, dir)

	// A channel ends, and comes back with another key: its number goes on.
	require.NoError(t, s.change(trust.Change{Drop: []string{"stable"}}, []string{"ben", "cem"}, []string{"ci2"}))
	_, err = s.reads(dir)
	require.ErrorIs(t, err, bundle.ErrNoRelease)
	require.ErrorIs(t, s.repository("ci2", "ci-stable4").Release(ctx, configuration(sequence+1)), trust.ErrNoChannel)
	require.NoError(t, s.change(trust.Change{Channels: map[string]trust.RoleKeys{"stable": s.of(1, "ci-stable5")}}, []string{"ben", "cem"}, []string{"ci2"}))
	release("ci2", "ci-stable5")

	for past := range sequence {
		m, err := s.repository().Past(ctx, past+1)
		require.NoError(t, err, "release %d, signed by keys that were replaced", past+1)
		require.Equal(t, past+1, m.Meta.Sequence)
	}
	root, err := s.repository().NewestRoot(ctx)
	require.NoError(t, err)
	require.Equal(t, string(s.files.files["metadata/7.root.json"]), string(root))
	m, err = s.client(root, t.TempDir(), "stable").Latest(ctx)
	require.NoError(t, err)
	require.Equal(t, sequence, m.Meta.Sequence)
}

// forge signs a part with keys of the shop and puts it into the store: what a thief of the keys does.
func (s *shop) forge(name string, p metadata.Part, names ...string) []byte {
	b := trusttest.Sign(p, s.signers(names...)...)
	s.files.files["metadata/"+name] = b
	return b
}

// TestFastForward: a thief of the online keys gave the highest numbers that there are. New online keys begin below, and clients that believed the thief take them.
func TestFastForward(t *testing.T) {
	const far = 1<<63 - 1
	for name, lost := range map[string]bool{"the key is there": false, "the key is lost": true} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			s.create(s.large(), "ann", "ben", "ci", "ci-stable")
			s.release(1, "ci", "ci-stable")
			s.release(2, "ci", "ci-stable")
			dir := s.seen()
			meta := map[string]metadata.MetaFile{"targets": {Version: 1}, "stable": {Version: far}}
			snapshot := s.forge("9223372036854775807.snapshot.json", &metadata.Snapshot{Version: far, Expires: s.now.AddDate(9, 0, 0), Meta: meta}, "ci")
			s.forge("timestamp.json", &metadata.Timestamp{Version: far, Expires: s.now.AddDate(9, 0, 0), Snapshot: metadata.NewMetaFile(far, snapshot)}, "ci")
			_, err := s.reads(dir)
			require.Error(t, err)
			require.Error(t, s.repository("ci", "ci-stable").Release(ctx, configuration(3)))
			k := s.of(1, "ci2")
			publishers := []string{"ci", "ci2"}
			if lost {
				publishers = publishers[1:]
			}
			require.NoError(t, s.change(trust.Change{Online: &k}, []string{"ann", "ben"}, publishers))
			s.get(2, dir)
			s.release(3, "ci2", "ci-stable")
			s.get(3, dir)
			require.Less(t, s.status("timestamp").Version, int64(1<<53))
			require.Less(t, s.status("snapshot").Version, int64(1<<53))
		})
	}
}

// TestRollbackByThief: a thief of the online keys leads back to the first release. With new online keys the newest that the channel's own keys signed is live again.
func TestRollbackByThief(t *testing.T) {
	s := newShop(t)
	s.create(s.large(), "ann", "ben", "ci", "ci-stable")
	s.release(1, "ci", "ci-stable")
	old := s.files.clone()
	s.release(2, "ci", "ci-stable")
	dir := s.seen()
	role := old.files["metadata/2.stable.json"]
	snapshot := s.forge("9.snapshot.json", &metadata.Snapshot{Version: 9, Expires: s.now.AddDate(1, 0, 0),
		Meta: map[string]metadata.MetaFile{"targets": {Version: 1}, "stable": metadata.NewMetaFile(2, role)}}, "ci")
	s.forge("timestamp.json", &metadata.Timestamp{Version: 9, Expires: s.now.AddDate(1, 0, 0), Snapshot: metadata.NewMetaFile(9, snapshot)}, "ci")
	_, err := s.reads(dir)
	require.ErrorIs(t, err, trust.ErrRollback)
	k := s.of(1, "ci2")
	require.NoError(t, s.change(trust.Change{Online: &k}, []string{"ann", "ben"}, []string{"ci2"}))
	s.get(2, dir)
}

// TestLostTimestamp: a damaged timestamp is not signed over with the same keys; new ones begin on what the roles signed.
func TestLostTimestamp(t *testing.T) {
	s := newShop(t)
	s.create(s.large(), "ann", "ben", "ci", "ci-stable")
	s.release(1, "ci", "ci-stable")
	dir := s.seen()
	delete(s.files.files, "metadata/timestamp.json")
	_, err := s.repository("ci", "ci-stable").Renew(ctx, week)
	require.ErrorIs(t, err, trust.ErrNoRepository)
	require.Error(t, s.change(trust.Change{Renew: true}, []string{"ann", "ben"}, []string{"ci"}))
	k := s.of(1, "ci2")
	require.NoError(t, s.change(trust.Change{Online: &k}, []string{"ann", "ben"}, []string{"ci2"}))
	s.get(1, dir)
}

func TestDraft(t *testing.T) {
	s := newShop(t)
	s.create(s.large(), "ann", "ben", "ci", "ci-stable")
	_, err := s.repository().NewDraft(ctx, trust.Change{})
	require.ErrorIs(t, err, trust.ErrChange)
	k := s.of(2, "ben", "ann", "cem")
	same := s.large()
	_, err = s.repository().NewDraft(ctx, trust.Change{Root: &same.Root, Online: &same.Online, Channels: same.Channels})
	require.ErrorIs(t, err, trust.ErrChange, "everything is so already")
	_, err = s.repository().NewDraft(ctx, trust.Change{Drop: []string{"gone"}})
	require.ErrorIs(t, err, trust.ErrNoChannel)

	k = s.of(1, "dan")
	d, err := s.repository().NewDraft(ctx, trust.Change{Root: &k, Channels: map[string]trust.RoleKeys{"nightly": s.of(1, "ci-stable")}, Drop: []string{"beta"}})
	require.NoError(t, err)
	id := func(name string) string {
		key, err := metadata.NewKey(s.key(name).Public())
		require.NoError(t, err)
		return key.ID()
	}
	words := strings.Join(d.Changes(), "\n")
	for _, want := range []string{"root 2, until 2027-11-22", "root: 1 of " + id("dan")[:16] + " (new), before 2", "root: no longer " + id("ann")[:16],
		"timestamp: 1 of " + id("ci")[:16], "targets 2, until", "channel nightly: 1 of " + id("ci-stable")[:16] + " (new)", "channel beta ends"} {
		assert.Contains(t, words, want)
	}
	missing := d.Missing()
	require.Len(t, missing, 3)
	assert.Equal(t, []any{"root", "root 1", 0, 2}, []any{missing[0].Role, missing[0].By, missing[0].Have, missing[0].Need})
	assert.Equal(t, []any{"root", "root 2", 0, 1, []string{id("dan")}}, []any{missing[1].Role, missing[1].By, missing[1].Have, missing[1].Need, missing[1].Keys})
	assert.Equal(t, []any{"targets", "root 2", 0, 2}, []any{missing[2].Role, missing[2].By, missing[2].Have, missing[2].Need})

	// Who else was first?
	require.NoError(t, s.change(trust.Change{Renew: true}, []string{"ann", "ben"}, []string{"ci"}))
	require.NoError(t, d.Sign(s.signers("ann", "ben", "dan")...))
	before := s.files.clone()
	require.ErrorIs(t, s.repository("ci").PublishDraft(ctx, d), bundle.ErrConflict)
	require.Equal(t, before.files, s.files.files)

	// One that was given up does not block another.
	d, err = s.repository().NewDraft(ctx, trust.Change{Drop: []string{"beta"}})
	require.NoError(t, err)
	require.NoError(t, d.Sign(s.signers("ann", "ben")...))
	s.files.calls, s.files.dead = 0, true
	for s.files.failAt = 1; s.files.failAt < 99; s.files.failAt++ { // until its targets are there, and no more
		s.files.calls = 0
		err := s.repository("ci").PublishDraft(ctx, d)
		require.True(t, err == nil || errors.Is(err, errLost))
		if s.files.files["metadata/3.targets.json"] != nil {
			break
		}
	}
	s.files.failAt, s.files.dead = 0, false
	require.NoError(t, s.change(trust.Change{Channels: map[string]trust.RoleKeys{"nightly": s.of(1, "ci-stable")}}, []string{"ann", "ben"}, []string{"ci", "ci-stable"}))
	require.EqualValues(t, 4, s.status("targets").Version)
	require.ErrorIs(t, s.repository("ci").PublishDraft(ctx, d), bundle.ErrConflict)
	require.False(t, s.status("nightly").Waits)
	require.True(t, s.status("beta").Waits)
}

func FuzzReadDraft(f *testing.F) {
	key := trusttest.NewKey()
	k := trust.RoleKeys{Keys: []crypto.PublicKey{key.Public()}}
	files := newMemory()
	r := trust.Repository{Files: files, Signers: []crypto.Signer{key}}
	ceremony := trust.Ceremony{Root: k, Targets: k, Online: k, Channels: map[string]trust.RoleKeys{"stable": k}}
	d, err := r.NewCeremony(ceremony)
	require.NoError(f, err)
	b, err := d.Encode()
	require.NoError(f, err)
	f.Add(b)
	r.Root, err = r.Create(ctx, ceremony)
	require.NoError(f, err)
	d, err = r.NewDraft(ctx, trust.Change{Renew: true, Drop: []string{"stable"}})
	require.NoError(f, err)
	require.NoError(f, d.Sign(key))
	b, err = d.Encode()
	require.NoError(f, err)
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := trust.ReadDraft(b)
		if err != nil {
			require.ErrorIs(t, err, trust.ErrFormat)
			return
		}
		words := d.Changes()
		require.NotEmpty(t, words)
		missing := d.Missing()
		again, err := d.Encode()
		require.NoError(t, err)
		same, err := trust.ReadDraft(again)
		require.NoError(t, err)
		require.Equal(t, words, same.Changes())
		require.Equal(t, missing, same.Missing())
		if err := d.Sign(key); err == nil {
			require.LessOrEqual(t, len(d.Missing()), len(missing))
		}
	})
}

// TestChannelThief: a thief of a channel's key, who can write to the store too, but has no online key, never gets a release to clients: not even by the rotation of all keys.
func TestChannelThief(t *testing.T) {
	s := newShop(t)
	s.create(s.large(), "ann", "ben", "ci", "ci-stable")
	s.release(1, "ci", "ci-stable")
	dir := s.seen()
	s.forge("99.stable.json", &metadata.Targets{Version: 99, Expires: s.now.AddDate(9, 0, 0)}, "ci-stable")
	s.get(1, dir)
	k := s.of(1, "ci2")
	for _, publishers := range [][]string{{"ci2"}, {"ci2", "st2"}, {"ci", "ci2", "st2"}} {
		c := *s
		c.files = s.files.clone()
		dir := copied(t, dir)
		require.NoError(t, c.change(trust.Change{Online: &k, Channels: map[string]trust.RoleKeys{"stable": s.of(1, "st2")}}, []string{"ann", "ben"}, publishers))
		if len(publishers) == 1 {
			require.True(t, c.status("stable").Waits)
			_, err := c.repository("ci2", "st2").Renew(ctx, 0)
			require.NoError(t, err)
		}
		c.get(1, dir)
		c.release(2, "ci2", "st2")
		c.get(2, dir)
	}
}

// TestCreateRace: of several who begin a repository one does.
func TestCreateRace(t *testing.T) {
	s := newShop(t)
	errs := make(chan error)
	for range 4 {
		key := trusttest.NewKey()
		k := trust.RoleKeys{Keys: []crypto.PublicKey{key.Public()}}
		go func() {
			_, err := trust.Repository{Files: s.files, Signers: []crypto.Signer{key}}.Create(ctx, trust.Ceremony{Root: k, Targets: k, Online: k})
			errs <- err
		}()
	}
	won := 0
	for range 4 {
		if err := <-errs; err == nil {
			won++
		} else {
			require.ErrorIs(t, err, bundle.ErrConflict)
		}
	}
	require.Equal(t, 1, won)
}

func TestReadDraft(t *testing.T) {
	s := newShop(t)
	s.create(s.small(), "only")
	d, err := s.repository().NewDraft(ctx, trust.Change{Renew: true})
	require.NoError(t, err)
	b, err := d.Encode()
	require.NoError(t, err)
	again, err := trust.ReadDraft(b)
	require.NoError(t, err)
	same, err := again.Encode()
	require.NoError(t, err)
	require.Equal(t, string(b), string(same))
	var f map[string]any
	require.NoError(t, json.Unmarshal(b, &f))
	base := f["base"].(map[string]any)
	for name, change := range map[string]func(map[string]any){
		"schema":                  func(f map[string]any) { f["schema"] = 2 },
		"unknown field":           func(f map[string]any) { f["more"] = 1 },
		"nothing":                 func(f map[string]any) { delete(f, "root"); delete(f, "targets") },
		"no base":                 func(f map[string]any) { delete(f, "base") },
		"an older root":           func(f map[string]any) { f["root"] = base["root"] },
		"the same targets":        func(f map[string]any) { f["targets"] = base["targets"] },
		"root where targets are":  func(f map[string]any) { f["targets"] = f["root"] },
		"targets where a root is": func(f map[string]any) { f["root"] = f["targets"] },
		"no root at all":          func(f map[string]any) { delete(f, "root"); delete(f, "base") },
		"no metadata":             func(f map[string]any) { f["root"] = map[string]any{"signed": 1} },
	} {
		c := maps.Clone(f)
		change(c)
		b, err := json.Marshal(c)
		require.NoError(t, err)
		_, err = trust.ReadDraft(b)
		assert.ErrorIs(t, err, trust.ErrFormat, name)
	}
	for _, wrong := range [][]byte{nil, []byte("{}"), append(b, b...), make([]byte, trust.MaxDraft+1)} {
		_, err := trust.ReadDraft(wrong)
		assert.ErrorIs(t, err, trust.ErrFormat)
	}
}

// TestDraftSignedTwice: people of a threshold sign copies, and both copies are published.
func TestDraftSignedTwice(t *testing.T) {
	s := newShop(t)
	s.create(s.large(), "ann", "ben", "ci", "ci-stable", "ci-beta")
	s.release(1, "ci", "ci-stable")
	k := s.of(1, "ci2")
	d, err := s.repository().NewDraft(ctx, trust.Change{Renew: true, Online: &k})
	require.NoError(t, err)
	b, err := d.Encode()
	require.NoError(t, err)
	other, err := trust.ReadDraft(b)
	require.NoError(t, err)
	require.NoError(t, d.Sign(s.signers("ann", "ben")...))
	require.NoError(t, other.Sign(s.signers("ben", "cem")...))
	for at := 1; ; at++ {
		c := *s
		c.files = s.files.clone()
		c.files.failAt, c.files.dead = at, true
		first := c.repository("ci2").PublishDraft(ctx, d)
		c.files.failAt = 0
		require.NoError(t, c.repository("ci2").PublishDraft(ctx, other))
		c.get(1)
		if first == nil {
			break
		}
	}
}

func TestRepositoryErrors(t *testing.T) {
	assert.EqualError(t, &trust.SignersError{Role: "root", Have: 1, Need: 2, Keys: []string{"0123456789abcdef", "fedcba9876543210"}},
		"the role root needs 2 of its keys to sign and has 1: add signers of the keys 0123456789ab, fedcba987654, or let their people sign a draft")
	assert.EqualError(t, &trust.UnseenError{Channel: "stable", Sequence: 2, Seen: 1}, "release 2 of stable is live in the store, but clients do not see it yet: they get 1")
	assert.EqualError(t, &trust.UnseenError{Channel: "stable", Sequence: 2, Err: errLost}, "release 2 of stable is live in the store, but clients do not see it yet: the connection is lost")
	for _, r := range []trust.Repository{{}, {Files: newMemory()}} {
		_, err := r.Latest(ctx)
		require.Equal(t, bundle.KindUsage, bundle.KindOf(err))
	}
	_, err := trust.Repository{Files: newMemory(), Channel: "stable"}.Latest(ctx)
	require.ErrorIs(t, err, trust.ErrNoRepository)
	require.Equal(t, bundle.KindUsage, bundle.KindOf(err))
}
