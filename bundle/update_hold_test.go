package bundle

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/manifest"
)

// rollOut stages the newest release.
func (s *updateSite) rollOut(percent int, salt string) {
	s.current.Meta.Rollout = &manifest.Rollout{Percent: percent, Salt: salt}
}

// state is what the folder's state.json holds.
func stateOf(t *testing.T, dir string) folderState {
	t.Helper()
	f, err := openFolder(dir, seams{})
	require.NoError(t, err)
	defer f.close()
	s, err := f.readState()
	require.NoError(t, err)
	return s
}

// setClient makes a folder that of the given client.
func setClient(t *testing.T, dir, id string) {
	t.Helper()
	f, err := openFolder(dir, seams{})
	require.NoError(t, err)
	defer f.close()
	s, err := f.readState()
	require.NoError(t, err)
	s.ClientID = id
	require.NoError(t, f.writeState(s))
}

// client finds an id that is among the given percent and not among fewer.
func clientAt(t *testing.T, percent int, salt string) string {
	t.Helper()
	for i := range 100_000 {
		id := fmt.Sprint("client", i)
		if (&manifest.Rollout{Percent: percent, Salt: salt}).Includes(id) && !(&manifest.Rollout{Percent: percent - 1, Salt: salt}).Includes(id) {
			return id
		}
	}
	t.Fatal("none")
	return ""
}

// look plans and updates, which must agree, and gives the hold and the version of the library a.
func (s *updateSite) look(t *testing.T, dir string) (Hold, string) {
	t.Helper()
	planned, err := s.updater(dir).Plan(t.Context())
	require.NoError(t, err)
	var kept []string
	u := s.updater(dir)
	u.Observer = func(e Event) {
		if e.Type == ItemKept && e.Step == StepPlan && e.Library == "" {
			kept = append(kept, e.Message)
		}
	}
	before := liveTree(t, dir)
	done, err := u.Update(t.Context())
	require.NoError(t, err)
	require.Equal(t, planned.Hold, done.Hold)
	require.Equal(t, planned.Why, done.Why)
	require.Equal(t, did(planned), did(done))
	requireSound(t, dir)
	if done.Hold != "" {
		require.Equal(t, []string{done.Why}, kept, "it is told")
		require.Equal(t, before, liveTree(t, dir))
		require.False(t, done.Changes())
	}
	return done.Hold, liveTree(t, dir)["a.py"]
}

func TestRollout(t *testing.T) {
	s := newUpdateSite(t, library("a", "1", "a.py", "1"))
	early, late := t.TempDir(), t.TempDir()
	for dir, percent := range map[string]int{early: 10, late: 60} {
		s.update(t, dir)
		require.NotEmpty(t, stateOf(t, dir).ClientID)
		setClient(t, dir, clientAt(t, percent, "2"))
	}
	want := func(dir string, hold Hold, version string) {
		t.Helper()
		gotHold, got := s.look(t, dir)
		require.Equal(t, hold, gotHold)
		require.Equal(t, version, got)
	}
	s.release(t, library("a", "2", "a.py", "2"))
	s.rollOut(25, "2")
	s.fetched = nil
	want(late, HoldRollout, "1")
	require.Empty(t, s.fetched, "it is decided before any download")
	want(early, "", "2")
	want(early, "", "2")
	require.EqualValues(t, 2, stateOf(t, late).Sequences["stable"], "it is seen")
	plan, err := s.updater(late).Plan(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, 2, plan.Sequence)
	assert.Equal(t, "release 2 goes to 25 of 100 clients so far, and this one is not among them", plan.Why)

	fresh := t.TempDir()
	setClientLater := func(dir string) { setClient(t, dir, clientAt(t, 99, "2")) }
	want(fresh, "", "2") // there is nothing to keep
	setClientLater(fresh)
	want(fresh, "", "2")
	require.NoError(t, os.Remove(filepath.Join(fresh, "a.py")))
	want(fresh, "", "2") // who has the release can mend it

	s.current.Meta.Sequence, s.current.Meta.Rollout = 3, &manifest.Rollout{Percent: 50, Salt: "2"} // raised
	want(late, HoldRollout, "1")
	want(early, "", "2")
	want(fresh, "", "2")
	require.NoError(t, os.Remove(filepath.Join(fresh, "a.py")))
	want(fresh, "", "2") // it is not among the half, but has what that has
	s.current.Meta.Sequence, s.current.Meta.Rollout = 4, &manifest.Rollout{Percent: 60, Salt: "2"}
	want(late, "", "2")

	s.release(t, library("a", "3", "a.py", "3"))
	s.current.Meta.Rollout = &manifest.Rollout{Percent: 0, Salt: "2"}
	for _, dir := range []string{early, late, fresh} {
		want(dir, HoldRollout, "2")
	}
	s.current.Meta.Sequence, s.current.Meta.Rollout = 6, nil
	for _, dir := range []string{early, late, fresh} {
		want(dir, "", "3")
	}
}

// TestRolloutNothingToKeep: a folder without libraries, or of another channel, takes what is live.
func TestRolloutNothingToKeep(t *testing.T) {
	s := newUpdateSite(t, library("a", "1", "a.py", "1"))
	emptied, switched := t.TempDir(), t.TempDir()
	for _, dir := range []string{emptied, switched} {
		s.update(t, dir)
	}
	require.NoError(t, os.RemoveAll(filepath.Join(emptied, "a.py")))
	require.NoError(t, os.RemoveAll(filepath.Join(emptied, "a-1.dist-info")))
	s.release(t, library("a", "2", "a.py", "2"))
	s.rollOut(0, "x")
	hold, version := s.look(t, emptied)
	assert.Empty(t, hold)
	assert.Equal(t, "2", version)
	s.current.Meta.Channel = "beta"
	hold, version = s.look(t, switched)
	assert.Empty(t, hold)
	assert.Equal(t, "2", version)
	s.release(t, library("a", "3", "a.py", "3"))
	hold, version = s.look(t, switched)
	assert.Equal(t, HoldRollout, hold, "of this channel it has one now")
	assert.Equal(t, "2", version)
}

// TestRolloutOfOthers: what is wrong with a release does not concern who is not to take it yet.
func TestRolloutOfOthers(t *testing.T) {
	s := newUpdateSite(t, library("a", "1", "a.py", "1"))
	dir := t.TempDir()
	s.update(t, dir)
	s.release(t, library("a", "2", "a.py", "2"))
	s.current.Meta.MinClient = "9.0.0"
	s.rollOut(0, "x")
	hold, version := s.look(t, dir)
	assert.Equal(t, HoldRollout, hold)
	assert.Equal(t, "1", version)
	s.fetched = nil
	s.rollOut(100, "x")
	_, err := s.updater(dir).Update(t.Context())
	var old *ClientTooOldError
	require.ErrorAs(t, err, &old)
	assert.Equal(t, ClientTooOldError{Need: "9.0.0"}, *old)
	assert.Empty(t, s.fetched, "it is known before any download")
}

// TestRolloutClients: real folders of many clients, of which a quarter takes the release and no more than the raised share later.
func TestRolloutClients(t *testing.T) {
	const clients = 10_000
	s := newUpdateSite(t, library("a", "1", "a.py", "1"))
	dir := t.TempDir()
	s.update(t, dir)
	s.release(t, library("a", "2", "a.py", "2"))
	f, err := openFolder(dir, seams{})
	require.NoError(t, err)
	defer f.close()
	state, err := f.readState()
	require.NoError(t, err)
	run, err := s.updater(dir).begin()
	require.NoError(t, err)
	source := rand.NewChaCha8([32]byte{3})
	taken := map[int]int{}
	for range clients {
		var b [16]byte
		source.Read(b[:])
		state.ClientID = hex.EncodeToString(b[:])
		in := false
		for _, percent := range []int{25, 50, 100} {
			s.rollOut(percent, "2")
			p, _, err := run.source(t.Context(), f, state)
			require.NoError(t, err)
			require.False(t, in && p.Hold != "", "a client falls out when the share is raised")
			if in = p.Hold == ""; in {
				taken[percent]++
			}
		}
	}
	t.Logf("%d clients: %v", clients, taken)
	assert.InDelta(t, clients/4, taken[25], clients/100)
	assert.InDelta(t, clients/2, taken[50], clients/100)
	assert.Equal(t, clients, taken[100])
}

func TestClientIDStays(t *testing.T) {
	s := newUpdateSite(t, library("a", "1", "a.py", "1"))
	dir, other := t.TempDir(), t.TempDir()
	s.update(t, dir)
	s.update(t, other)
	id := stateOf(t, dir).ClientID
	assert.NotEqual(t, id, stateOf(t, other).ClientID)
	s.release(t, library("a", "2", "a.py", "2"))
	s.update(t, dir)
	require.NoError(t, s.rollback(t, dir))
	s.release(t, library("a", "3", "a.py", "3"))
	s.update(t, dir)
	assert.Equal(t, id, stateOf(t, dir).ClientID)
}

func TestBlocked(t *testing.T) {
	s := newUpdateSite(t, library("a", "1", "a.py", "1"))
	dir := t.TempDir()
	want := func(hold Hold, version string) {
		t.Helper()
		gotHold, got := s.look(t, dir)
		require.Equal(t, hold, gotHold)
		require.Equal(t, version, got)
	}
	s.update(t, dir)
	s.release(t, library("a", "2", "a.py", "2"))
	s.update(t, dir)
	require.NoError(t, s.rollback(t, dir))
	s.fetched = nil
	for range 3 {
		want(HoldBlocked, "1")
	}
	require.Empty(t, s.fetched)
	s.current.Meta.Sequence = 3
	want(HoldBlocked, "1") // as when the share of a roll-out is raised: the same thing under another number
	s.release(t, library("a", "1", "a.py", "1"))
	want("", "1") // the publisher took it back too
	s.release(t, library("a", "2.1", "a.py", "2.1"))
	want("", "2.1")
	require.Empty(t, stateOf(t, dir).Blocked)

	require.NoError(t, s.rollback(t, dir))
	want(HoldBlocked, "1")
	require.NoError(t, s.rollback(t, dir)) // and forward again
	want("", "2.1")
	require.NoError(t, s.rollback(t, dir))
	want(HoldBlocked, "1")
	u := s.updater(dir)
	u.Retry = true
	done, err := u.Update(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"replace a"}, did(done))
	want("", "2.1")
	require.Empty(t, stateOf(t, dir).Blocked)
}

func TestBlockedFirstInstall(t *testing.T) {
	s := newUpdateSite(t, library("a", "1", "a.py", "1"))
	dir := t.TempDir()
	s.update(t, dir)
	require.NoError(t, s.rollback(t, dir))
	hold, version := s.look(t, dir)
	assert.Equal(t, HoldBlocked, hold)
	assert.Empty(t, version)
	s.release(t, library("a", "2", "a.py", "2"))
	s.rollOut(0, "x")
	hold, version = s.look(t, dir)
	assert.Empty(t, hold)
	assert.Equal(t, "2", version)
}

// TestBlockedPlain: the plain form has no sequence, so its content alone counts.
func TestBlockedPlain(t *testing.T) {
	s := newUpdateSite(t, library("a", "1", "a.py", "1"))
	dir := t.TempDir()
	plain := func() { s.current.Meta = manifest.Meta{} }
	plain()
	s.update(t, dir)
	s.release(t, library("a", "2", "a.py", "2"))
	plain()
	s.update(t, dir)
	require.NoError(t, s.rollback(t, dir))
	hold, _ := s.look(t, dir)
	assert.Equal(t, HoldBlocked, hold)
	s.release(t, library("a", "3", "a.py", "3"))
	plain()
	hold, version := s.look(t, dir)
	assert.Empty(t, hold)
	assert.Equal(t, "3", version)
}

// TestRollbackForEveryone: the publisher releases an older content as a new sequence, and every client goes back.
func TestRollbackForEveryone(t *testing.T) {
	s := newUpdateSite(t, library("a", "1", "a.py", "1"))
	up, behind, back := t.TempDir(), t.TempDir(), t.TempDir()
	for _, dir := range []string{up, behind, back} {
		s.update(t, dir)
	}
	first := s.current
	s.release(t, library("a", "2", "a.py", "2"), library("new", "1"))
	s.update(t, up)
	s.update(t, back)
	require.NoError(t, s.rollback(t, back))
	again := *first
	again.Meta.Sequence = 3
	s.current = &again
	for _, dir := range []string{up, behind, back} {
		hold, version := s.look(t, dir)
		assert.Empty(t, hold)
		assert.Equal(t, "1", version)
		assert.NotContains(t, liveTree(t, dir), "new.py")
		assert.EqualValues(t, 3, stateOf(t, dir).Sequences["stable"])
	}
}
