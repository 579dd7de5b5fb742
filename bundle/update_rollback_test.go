package bundle

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/durable"
)

func (s *updateSite) rollback(t *testing.T, dir string) error {
	t.Helper()
	return (&Updater{PythonDir: dir, seams: seams{noSync: true}}).Rollback(t.Context())
}

func TestRollback(t *testing.T) {
	s := newUpdateSite(t, library("a", "1", "a/x.py", "1"), library("gone", "1"))
	dir := t.TempDir()
	first := s.update(t, dir)
	s.release(t, library("a", "2", "a/x.py", "2", "a/y.py", "2"), library("new", "1"))
	second := s.update(t, dir)
	_, err := s.updater(dir).Update(t.Context()) // nothing to do: the step back stays
	require.NoError(t, err)
	s.bundles, s.fetched = nil, nil
	for range 3 {
		require.NoError(t, s.rollback(t, dir))
		requireSound(t, dir)
		assert.Equal(t, first, liveTree(t, dir))
		require.NoError(t, s.rollback(t, dir))
		requireSound(t, dir)
		assert.Equal(t, second, liveTree(t, dir))
	}
	assert.Empty(t, s.fetched, "it is offline")
	trash, err := os.ReadDir(filepath.Join(dir, StateFolder, "trash"))
	require.NoError(t, err)
	assert.Len(t, trash, 1, "one step back is kept")
}

func TestRollbackOfTheFirstInstall(t *testing.T) {
	s := newUpdateSite(t, library("a", "1"))
	dir := t.TempDir()
	require.ErrorIs(t, s.rollback(t, dir), ErrNoPrevious)
	require.ErrorIs(t, s.rollback(t, filepath.Join(dir, "absent")), ErrNoPrevious)
	live := s.update(t, dir)
	require.NoError(t, s.rollback(t, dir))
	assert.Empty(t, liveTree(t, dir))
	require.NoError(t, s.rollback(t, dir))
	assert.Equal(t, live, liveTree(t, dir))
}

func TestRollbackKeepsWhatIsNotOurs(t *testing.T) {
	s := newUpdateSite(t, library("a", "1", "a/x.py", "1"))
	dir := t.TempDir()
	s.update(t, dir)
	s.release(t, library("a", "2", "a/x.py", "2", "a/y.py", "2"))
	s.update(t, dir)
	writeFiles(t, dir, "a/mine.txt", "mine", "app.py", "mine", "a/__pycache__/x.cpython-39.pyc", "of version 2")
	require.NoError(t, s.rollback(t, dir))
	live := liveTree(t, dir)
	assert.Equal(t, "1", live["a/x.py"])
	assert.Equal(t, "mine", live["a/mine.txt"])
	assert.Equal(t, "mine", live["app.py"])
	assert.NotContains(t, live, "a/__pycache__/x.cpython-39.pyc")
	assert.NotContains(t, live, "a/y.py")

	writeFiles(t, dir, "a/y.py", "mine now")
	var conflict *FileConflictError
	require.ErrorAs(t, s.rollback(t, dir), &conflict)
	assert.Equal(t, FileConflictError{Path: "a/y.py", Library: "a"}, *conflict)
	assert.Equal(t, "1", liveTree(t, dir)["a/x.py"])
}

func TestRollbackWithoutTrash(t *testing.T) {
	s := newUpdateSite(t, library("a", "1"))
	dir := t.TempDir()
	s.update(t, dir)
	s.release(t, library("a", "2"))
	live := s.update(t, dir)
	require.NoError(t, os.RemoveAll(filepath.Join(dir, StateFolder, "trash")))
	err := s.rollback(t, dir)
	require.ErrorIs(t, err, ErrNoPrevious)
	assert.Equal(t, live, liveTree(t, dir))
}

func TestUpdateAfterRollback(t *testing.T) {
	s := newUpdateSite(t, library("a", "1"))
	dir := t.TempDir()
	s.update(t, dir)
	s.release(t, library("a", "2"))
	second := s.update(t, dir)
	require.NoError(t, s.rollback(t, dir))
	s.current.Meta.Sequence = 1
	_, err := s.updater(dir).Update(t.Context())
	require.ErrorIs(t, err, ErrRollback, "the newer release stays seen")
	s.current.Meta.Sequence = 2
	u := s.updater(dir)
	u.Retry = true
	_, err = u.Update(t.Context())
	require.NoError(t, err)
	assert.Equal(t, second, liveTree(t, dir))
}

func TestRecover(t *testing.T) {
	require.Equal(t, KindUsage, KindOf(Recover(t.Context(), "")), "not the current folder")
	dir := t.TempDir()
	require.NoError(t, Recover(t.Context(), filepath.Join(dir, "absent")))
	require.NoError(t, Recover(t.Context(), dir))
	assert.Empty(t, diskTree(t, dir), "a folder that was never updated stays as it is")
	s := newUpdateSite(t, library("a", "1"))
	s.update(t, dir)
	before := stamped(t, dir)
	require.NoError(t, Recover(t.Context(), dir))
	assert.Equal(t, before, stamped(t, dir))

	writeFiles(t, dir, StateFolder+"/stage/killed/lib/0/a.py", "half", StateFolder+"/trash/killed/old/a.py", "half", StateFolder+"/"+durable.TempPrefix+"x", "half")
	require.NoError(t, Recover(t.Context(), dir))
	assert.NotContains(t, diskTree(t, dir), StateFolder+"/stage/killed/")
	assert.NotContains(t, diskTree(t, dir), StateFolder+"/trash/killed/")
	assert.NotContains(t, diskTree(t, dir), StateFolder+"/"+durable.TempPrefix+"x")
}

func TestStateDamaged(t *testing.T) {
	s := newUpdateSite(t, library("a", "1"))
	dir := t.TempDir()
	live := s.update(t, dir)
	name := filepath.Join(dir, StateFolder, "state.json")
	good, err := os.ReadFile(name)
	require.NoError(t, err)
	for i := 0; i < len(good); i += 7 {
		bad := append([]byte{}, good...)
		bad[i] ^= 4
		for _, b := range [][]byte{bad, good[:i]} {
			require.NoError(t, os.WriteFile(name, b, 0o644))
			require.NoError(t, Recover(t.Context(), dir))
			require.ErrorIs(t, s.rollback(t, dir), ErrNoPrevious, "what is not known is not guessed")
			warned := false
			u := s.updater(dir)
			u.Observer = func(e Event) { warned = warned || e.Type == Warning }
			_, err := u.Update(t.Context())
			require.NoError(t, err)
			assert.True(t, warned)
			assert.Equal(t, live, liveTree(t, dir))
		}
	}
	newer, err := durable.MarshalRecord(stateSchema+1, map[string]string{"a": "b"})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(name, newer, 0o644))
	for what, err := range map[string]error{"recover": Recover(t.Context(), dir), "rollback": s.rollback(t, dir)} {
		require.ErrorIs(t, err, durable.ErrNewer, what)
		assert.Equal(t, KindState, KindOf(err))
	}
	_, err = s.updater(dir).Update(t.Context())
	require.ErrorIs(t, err, durable.ErrNewer)
}

func TestJournalDamaged(t *testing.T) {
	s := newUpdateSite(t, library("a", "1"))
	dir := t.TempDir()
	s.update(t, dir)
	before := diskTree(t, dir)
	writeFiles(t, dir, StateFolder+"/journal", "{")
	for what, err := range map[string]error{"recover": Recover(t.Context(), dir), "rollback": s.rollback(t, dir)} {
		require.ErrorIs(t, err, durable.ErrDamaged, what)
		assert.Equal(t, KindState, KindOf(err))
		assert.ErrorContains(t, err, "update again")
	}
	require.NoError(t, os.Remove(filepath.Join(dir, StateFolder, "journal")))
	assert.Equal(t, before, diskTree(t, dir), "nothing is guessed")
}
