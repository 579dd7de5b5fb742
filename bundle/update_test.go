package bundle

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// did is what a plan does, as "install numpy" …, without what it keeps.
func did(p *UpdatePlan) []string {
	var all []string
	for _, a := range p.Actions {
		if a.Do != Keep {
			all = append(all, string(a.Do)+" "+string(a.Library))
		}
	}
	return all
}

func TestUpdate(t *testing.T) {
	s := newUpdateSite(t, library("a", "1.0", "a/__init__.py", "x = 1\n", "a/sub/m.py", "m\n"), library("b", "1", "b.py", "b\n"), library("gone", "1"))
	dir := filepath.Join(t.TempDir(), "not", "there", "yet")
	u := s.updater(dir)
	planned, err := u.Plan(t.Context())
	require.NoError(t, err)
	assert.NoDirExists(t, dir, "planning changes nothing")
	done, err := u.Update(t.Context())
	require.NoError(t, err)
	assert.Equal(t, planned.Actions, done.Actions)
	assert.Equal(t, []string{"install a", "install b", "install gone"}, did(done))
	assert.Equal(t, "x = 1\n", liveTree(t, dir)["a/__init__.py"])
	requireSound(t, dir)

	s.release(t, library("a", "0.9", "a/__init__.py", "x = 0\n"), library("b", "1", "b.py", "b\n"), library("new", "2"))
	s.fetched = nil
	done, err = u.Update(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"replace a", "remove gone", "install new"}, did(done))
	assert.Len(t, s.fetched, 2, "what did not change is not transferred")
	live := liveTree(t, dir)
	assert.Equal(t, "x = 0\n", live["a/__init__.py"], "a lower version is installed too")
	assert.NotContains(t, live, "a/sub/m.py")
	assert.NotContains(t, live, "a/sub/")
	assert.NotContains(t, live, "gone.py")
	assert.NotContains(t, live, "a-1.0.dist-info/")
	requireSound(t, dir)
}

// stamped adds the times of change to a tree, so that a file that is written again shows.
func stamped(t *testing.T, dir string) map[string]string {
	got := diskTree(t, dir)
	for name := range got {
		fi, err := os.Lstat(filepath.Join(dir, name))
		require.NoError(t, err)
		if name != StateFolder+"/lock" {
			got[name] += fi.ModTime().String()
		}
	}
	return got
}

func TestUpdateNothingToDo(t *testing.T) {
	s := newUpdateSite(t, library("a", "1"), library("b", "1"))
	dir := t.TempDir()
	s.update(t, dir)
	s.fetched = nil
	before := stamped(t, dir)
	for range 3 {
		done, err := s.updater(dir).Update(t.Context())
		require.NoError(t, err)
		assert.False(t, done.Changes())
		assert.Len(t, done.Actions, 2)
	}
	assert.Empty(t, s.fetched)
	assert.Equal(t, before, stamped(t, dir))

	s.release(t, library("a", "1"), library("b", "1")) // a release for other platforms only
	_, err := s.updater(dir).Update(t.Context())
	require.NoError(t, err)
	assert.Empty(t, s.fetched)
	s.current.Meta.Sequence = 1
	_, err = s.updater(dir).Update(t.Context())
	require.ErrorIs(t, err, ErrRollback, "a release is seen also where it changed nothing")
}

func TestUpdateDifferences(t *testing.T) {
	lib := library("a", "1.0", "a/__init__.py", "x = 1\n", "a/data", "12345")
	for _, c := range []struct {
		name   string
		spoil  func(t *testing.T, dir string)
		verify bool
		why    string
	}{
		{"a file is missing", func(t *testing.T, dir string) { require.NoError(t, os.Remove(filepath.Join(dir, "a/data"))) }, false, "a/data is missing"},
		{"a file has another size", func(t *testing.T, dir string) { writeFiles(t, dir, "a/data", "1") }, false, "a/data was changed"},
		{"a file has other bytes", func(t *testing.T, dir string) { writeFiles(t, dir, "a/data", "54321") }, false, ""},
		{"a file has other bytes, verified", func(t *testing.T, dir string) { writeFiles(t, dir, "a/data", "54321") }, true, "it is damaged: a/data: changed: its hash is another than RECORD's"},
		{"nothing, verified", func(*testing.T, string) {}, true, ""},
		{"a folder is missing", func(t *testing.T, dir string) { require.NoError(t, os.RemoveAll(filepath.Join(dir, "a"))) }, false, "a/__init__.py is missing"},
		{"installed by another", func(t *testing.T, dir string) {
			require.NoError(t, os.RemoveAll(filepath.Join(dir, "a-1.0.dist-info")))
			writeFiles(t, dir, "a-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: A\nVersion: 1.0\n", "a-1.0.dist-info/INSTALLER", "pip\n",
				"a-1.0.dist-info/RECORD", "a/__init__.py,,\na/data,,\na/gone.py,,\na-1.0.dist-info/METADATA,,\na-1.0.dist-info/INSTALLER,,\na-1.0.dist-info/RECORD,,\n", "a/gone.py", "")
		}, false, "it was installed by pip"},
		{"installed twice", func(t *testing.T, dir string) {
			writeFiles(t, dir, "a-0.9.dist-info/METADATA", "Metadata-Version: 2.1\nName: a\nVersion: 0.9\n",
				"a-0.9.dist-info/RECORD", "a/__init__.py,,\na/old.py,,\na-0.9.dist-info/METADATA,,\na-0.9.dist-info/RECORD,,\n", "a/old.py", "")
		}, false, "it is installed several times"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newUpdateSite(t, lib)
			dir := t.TempDir()
			want := s.update(t, dir)
			c.spoil(t, dir)
			u := s.updater(dir)
			u.Verify = c.verify
			done, err := u.Update(t.Context())
			require.NoError(t, err)
			if c.why == "" {
				assert.False(t, done.Changes())
				return
			}
			require.True(t, done.Changes())
			assert.Equal(t, c.why, done.Actions[0].Why)
			assert.Equal(t, want, liveTree(t, dir))
		})
	}
}

func TestUpdateLeavesOthersAlone(t *testing.T) {
	s := newUpdateSite(t, library("a", "1", "a/x.py", "1", "bin/a", "1"))
	dir := t.TempDir()
	writeFiles(t, dir, "app.py", "mine", "a/notes.txt", "mine", "bin/mine", "mine",
		"pipped-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: pipped\nVersion: 1\n", "pipped-1.dist-info/INSTALLER", "pip",
		"pipped-1.dist-info/RECORD", "pipped.py,,\nbin/shared,,\n", "pipped.py", "1", "bin/shared", "1", "~ld-1.dist-info/x", "remnant", "leftover-1.dist-info/mine", "mine")
	want := liveTree(t, dir)
	s.update2(t, dir)
	s.release(t, library("a", "2", "a/x.py", "2"))
	s.update2(t, dir)
	assert.Equal(t, "2", liveTree(t, dir)["a/x.py"])
	s.release(t)
	s.update2(t, dir)
	assert.Equal(t, want, liveTree(t, dir))
}

// update2 is update for folders with remnants of others.
func (s *updateSite) update2(t *testing.T, dir string) {
	t.Helper()
	_, err := s.updater(dir).Update(t.Context())
	require.NoError(t, err)
}

func TestUpdateConflicts(t *testing.T) {
	for _, c := range []struct {
		name  string
		specs []wheelmake.Spec
		files []string
		link  string
		want  FileConflictError
	}{
		{"a file of no library", []wheelmake.Spec{library("a", "1", "a/x.py", "lib")}, []string{"a/x.py", "mine"}, "", FileConflictError{Path: "a/x.py", Library: "a"}},
		{"a folder of no library", []wheelmake.Spec{library("a", "1", "a.py", "lib")}, []string{"a.py/mine", "mine"}, "", FileConflictError{Path: "a.py", Library: "a"}},
		{"a file where a folder comes", []wheelmake.Spec{library("a", "1", "a/x.py", "lib")}, []string{"a", "mine"}, "", FileConflictError{Path: "a", Library: "a"}},
		{"another library's", []wheelmake.Spec{library("a", "1", "bin/x", "lib")},
			[]string{"other-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: other\nVersion: 1\n", "other-1.dist-info/RECORD", "bin/x,,\n", "bin/x", "theirs"}, "",
			FileConflictError{Path: "bin/x", Library: "a", Owner: "other"}},
		{"two new libraries", []wheelmake.Spec{library("a", "1", "bin/x", "1"), library("b", "1", "bin/x", "2")}, nil, "", FileConflictError{Path: "bin/x", Library: "b", Owner: "a"}},
		{"a link", []wheelmake.Spec{library("a", "1", "a/x.py", "lib")}, []string{"elsewhere/y", "mine"}, "a", FileConflictError{Path: "a", Library: "a", Symlink: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newUpdateSite(t, c.specs...)
			dir := t.TempDir()
			writeFiles(t, dir, c.files...)
			if c.link != "" {
				require.NoError(t, os.Symlink("elsewhere", filepath.Join(dir, c.link)))
			}
			before := liveTree(t, dir)
			_, err := s.updater(dir).Update(t.Context())
			var got *FileConflictError
			require.ErrorAs(t, err, &got)
			assert.Equal(t, c.want, *got)
			assert.Equal(t, KindState, KindOf(err))
			assert.Equal(t, before, liveTree(t, dir))
			assertNoStage(t, dir)
		})
	}
}

func assertNoStage(t *testing.T, dir string) {
	t.Helper()
	for _, kind := range []string{"stage", "trash"} {
		left, err := os.ReadDir(filepath.Join(dir, StateFolder, kind))
		if !errors.Is(err, os.ErrNotExist) {
			require.NoError(t, err)
		}
		assert.Empty(t, left, kind)
	}
}

func TestUpdateSharesFiles(t *testing.T) {
	a, b := library("a", "1", "ns/__init__.py", "", "ns/a.py", "1"), library("b", "1", "ns/__init__.py", "", "ns/b.py", "1")
	s := newUpdateSite(t, a, b)
	dir := t.TempDir()
	s.update(t, dir)
	s.release(t, library("a", "2", "ns/__init__.py", "", "ns/a.py", "2"), b)
	s.update(t, dir)
	s.release(t, b)
	live := s.update(t, dir)
	assert.Contains(t, live, "ns/__init__.py", "it is also b's")
	assert.NotContains(t, live, "ns/a.py")
	s.release(t)
	assert.Empty(t, s.update(t, dir))
}

func TestUpdateRefusesBundles(t *testing.T) {
	good := library("a", "1", "a.py", "x")
	other := func(spec wheelmake.Spec) func(*testing.T, *updateSite) {
		return func(t *testing.T, s *updateSite) {
			b := s.add(t, spec)
			s.edit("a", func(l *manifest.Leaf) { l.Bundle = b })
		}
	}
	for _, c := range []struct {
		name  string
		spoil func(*testing.T, *updateSite)
		kind  Kind
		text  string
	}{
		{"of another project", other(library("evil", "1", "a.py", "x")), KindHostile, "it holds evil 1, not a 1"},
		{"of another version", other(library("a", "2", "a.py", "x")), KindHostile, "it holds a 2, not a 1"},
		{"with another RECORD", func(t *testing.T, s *updateSite) {
			s.edit("a", func(l *manifest.Leaf) { l.RecordSHA256 = strings.Repeat("0", 64) })
		}, KindHostile, "its RECORD is another"},
		{"with other bytes", func(t *testing.T, s *updateSite) {
			s.bundles[s.current.Libraries["a"]["linux"].URL][100] ^= 1
		}, KindHash, "sha256"},
		{"that is gone", func(t *testing.T, s *updateSite) { clear(s.bundles) }, KindNotFound, "not found"},
		{"that is no zip", func(t *testing.T, s *updateSite) {
			b := s.addBytes([]byte("<html>log in first</html>"))
			s.edit("a", func(l *manifest.Leaf) { l.URL, l.SHA256, l.Size = b.URL, b.SHA256, b.Size })
		}, KindHostile, ""},
		{"larger than promised", func(t *testing.T, s *updateSite) { s.edit("a", func(l *manifest.Leaf) { l.UnpackedSize = 10 }) }, KindHostile, ""},
		{"of more files than promised", func(t *testing.T, s *updateSite) { s.edit("a", func(l *manifest.Leaf) { l.Files = 1 }) }, KindHostile, ""},
		{"of an unknown format", func(t *testing.T, s *updateSite) { s.edit("a", func(l *manifest.Leaf) { l.Format = "rar" }) }, KindConfig, `format "rar" is unknown`},
		{"of no version", func(t *testing.T, s *updateSite) { s.edit("a", func(l *manifest.Leaf) { l.Version = "one" }) }, KindConfig, ""},
		{"with a start-up file", other(library("a", "1", "a.pth", "import os")), KindHostile, "a.pth would run whenever Python starts"},
		{"with our own folder", other(library("a", "1", ".chandlery/journal", "{}")), KindHostile, ".chandlery/journal lies where updates keep their own files"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newUpdateSite(t, good)
			dir := t.TempDir()
			s.release(t, good)
			c.spoil(t, s)
			_, err := s.updater(dir).Update(t.Context())
			require.ErrorContains(t, err, c.text)
			assert.Equal(t, c.kind, KindOf(err), "%v", err)
			var e *Error
			require.ErrorAs(t, err, &e)
			assert.Equal(t, "a", e.Library)
			assert.Equal(t, "linux", e.Platform)
			assert.Empty(t, liveTree(t, dir))
			assertNoStage(t, dir)
		})
	}
}

// TestUpdateRefusesUnrecorded: bundles whose RECORD is not true, with every promised hash.
func TestUpdateRefusesUnrecorded(t *testing.T) {
	for _, c := range []struct {
		name string
		edit func(map[string]string)
		text string
	}{
		{"a file that RECORD does not list", func(f map[string]string) { f["more.py"] = "x" }, "more.py is not in RECORD"},
		{"a file without a hash", func(f map[string]string) {
			f["more.py"] = "x"
			f["a-1.dist-info/RECORD"] += "more.py,,\n"
		}, "more.py has no hash in RECORD"},
		{"a file that differs", func(f map[string]string) { f["a.py"] = "y" }, "a.py: changed"},
		{"a file that is missing", func(f map[string]string) { delete(f, "a.py") }, "a.py: missing"},
		{"a path that leads out", func(f map[string]string) { f["a-1.dist-info/RECORD"] += "../x,sha256=x,1\n" }, "../x leads out of the folder"},
		{"two distributions", func(f map[string]string) {
			f["b-1.dist-info/METADATA"] = "Metadata-Version: 2.1\nName: b\nVersion: 1\n"
		}, "it holds 2 distributions"},
		{"no distribution", func(f map[string]string) { clear(f); f["a.py"] = "x" }, "it holds 0 distributions"},
		{"another INSTALLER", func(f map[string]string) { f["a-1.dist-info/INSTALLER"] = "pip\n" }, `its INSTALLER is "pip"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newUpdateSite(t, library("a", "1", "a.py", "x"))
			scratch := t.TempDir()
			files := s.update(t, filepath.Join(scratch, "first"))
			c.edit(files)
			tree := t.TempDir()
			for name, body := range files {
				if !strings.HasSuffix(name, "/") {
					writeFiles(t, tree, name, body)
				}
			}
			var packed strings.Builder
			require.NoError(t, Zip{}.Pack(t.Context(), &packed, os.DirFS(tree)))
			b := s.addBytes([]byte(packed.String()))
			b.RecordSHA256 = sha256Hex(files["a-1.dist-info/RECORD"])
			s.edit("a", func(l *manifest.Leaf) { l.Bundle = b })
			dir := filepath.Join(scratch, "second")
			_, err := s.updater(dir).Update(t.Context())
			var got *BundleError
			require.ErrorAs(t, err, &got)
			assert.Contains(t, err.Error(), c.text)
			assert.Empty(t, liveTree(t, dir))
		})
	}
}

func TestUpdateAllowPth(t *testing.T) {
	s := newUpdateSite(t, library("a", "1", "a.pth", "import os"))
	dir := t.TempDir()
	u := s.updater(dir)
	u.AllowPth = []pep508.Name{"a"}
	_, err := u.Update(t.Context())
	require.NoError(t, err)
	assert.Contains(t, liveTree(t, dir), "a.pth")
}

func TestUpdateChecksConfiguration(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*updateSite, *Updater)
		kind   Kind
		text   string
	}{
		{"an unknown platform", func(_ *updateSite, u *Updater) { u.Platform = "amiga" }, KindUsage, `no platform "amiga"; use one of linux`},
		{"an unknown tag", func(_ *updateSite, u *Updater) { u.Tag = "win32" }, KindUsage, "it has manylinux_2_17_x86_64"},
		{"which tag", func(s *updateSite, u *Updater) {
			s.current.Meta.Platforms["linux"] = manifest.Platform{Tags: []string{"win32", "win_amd64"}}
		}, KindUsage, "field Tag is required: set it in the struct literal; the platform has win32, win_amd64"},
		{"a newer client", func(s *updateSite, u *Updater) { s.current.Meta.MinClient, u.ClientVersion = "2.0.0", "1.9.9" }, KindClientTooOld, "2.0.0"},
		{"a client of no version", func(s *updateSite, u *Updater) { s.current.Meta.MinClient = "2.0.0" }, KindClientTooOld, "set ClientVersion"},
		{"a client of a wrong version", func(s *updateSite, u *Updater) { s.current.Meta.MinClient, u.ClientVersion = "2.0.0", "2" }, KindUsage, "write it like 1.2.0"},
		{"a pre-release of the client", func(s *updateSite, u *Updater) { s.current.Meta.MinClient, u.ClientVersion = "2.0.0", "2.0.0-rc.1" }, KindClientTooOld, ""},
		{"a source that fails", func(s *updateSite, u *Updater) { u.Source = failingSource{ErrNoRelease} }, KindNoRelease, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newUpdateSite(t, library("a", "1"))
			u := s.updater(t.TempDir())
			c.change(s, u)
			_, err := u.Update(t.Context())
			require.ErrorContains(t, err, c.text)
			assert.Equal(t, c.kind, KindOf(err))
			assert.Empty(t, s.fetched, "it is known before any download")
			assert.Empty(t, liveTree(t, u.PythonDir))
		})
	}
	s := newUpdateSite(t, library("a", "1"))
	s.current.Meta.MinClient = "1.2.0"
	u := s.updater(t.TempDir())
	u.ClientVersion = "1.10.0"
	_, err := u.Update(t.Context())
	require.NoError(t, err)
}

type failingSource struct{ err error }

func (s failingSource) Latest(context.Context) (*manifest.Manifest, error) { return nil, s.err }

func TestUpdateVariants(t *testing.T) {
	s := newUpdateSite(t, library("a", "1"), library("b", "1"))
	b32, b64 := s.add(t, library("a", "1", "a.py", "32")), s.add(t, library("a", "1", "a.py", "64"))
	b32.Serves, b64.Serves = []string{"win32"}, []string{"win_amd64"}
	only := s.current.Libraries["b"]["linux"].Bundle
	only.Serves = []string{"win32"}
	s.current.Meta.Platforms["linux"] = manifest.Platform{Tags: []string{"win32", "win_amd64"}}
	s.edit("a", func(l *manifest.Leaf) { *l = manifest.Leaf{Version: "1", Variants: []manifest.Bundle{b32, b64}} })
	s.edit("b", func(l *manifest.Leaf) { *l = manifest.Leaf{Version: "1", Variants: []manifest.Bundle{only}} })
	dir := t.TempDir()
	u := s.updater(dir)
	u.Tag = "win32"
	_, err := u.Update(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "32", liveTree(t, dir)["a.py"])
	u.Tag = "win_amd64"
	done, err := u.Update(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []string{"replace a", "remove b"}, did(done))
	assert.Equal(t, "64", liveTree(t, dir)["a.py"])
}

func TestUpdatePlainForm(t *testing.T) {
	s := newUpdateSite(t, library("a", "1"))
	s.current.Meta = manifest.Meta{}
	dir := t.TempDir()
	assert.Contains(t, s.update(t, dir), "a.py")
	u := s.updater(dir)
	u.Platform = "windows"
	_, err := u.Update(t.Context())
	assert.Equal(t, KindUsage, KindOf(err), "it names nothing for the platform, which may be a wrong name: nothing is removed")

	full := newUpdateSite(t, library("a", "1"))
	full.update(t, dir)
	_, err = s.updater(dir).Update(t.Context())
	require.ErrorIs(t, err, ErrRollback)
}

func TestUpdateRequiredFields(t *testing.T) {
	s := newUpdateSite(t)
	for field, clear := range map[string]func(*Updater){
		"Source": func(u *Updater) { u.Source = nil }, "Fetcher": func(u *Updater) { u.Fetcher = nil },
		"Platform": func(u *Updater) { u.Platform = "" }, "PythonDir": func(u *Updater) { u.PythonDir = "" },
	} {
		u := s.updater(filepath.Join(t.TempDir(), "x"))
		clear(u)
		for name, do := range map[string]func() error{
			"Update": func() error { _, err := u.Update(t.Context()); return err },
			"Plan":   func() error { _, err := u.Plan(t.Context()); return err },
		} {
			var missing *MissingFieldError
			require.ErrorAs(t, do(), &missing, "%s without %s", name, field)
			assert.Equal(t, field, missing.Field)
		}
	}
	var missing *MissingFieldError
	require.ErrorAs(t, (&Updater{}).Rollback(t.Context()), &missing)
}

func TestUpdateNoSpace(t *testing.T) {
	s := newUpdateSite(t, library("a", "1"))
	dir := t.TempDir()
	u := s.updater(dir)
	u.seams.freeSpace = func(string) (uint64, error) { return 100, nil }
	_, err := u.Update(t.Context())
	var space *SpaceError
	require.ErrorAs(t, err, &space)
	assert.EqualValues(t, 100, space.Have)
	assert.Equal(t, KindNoSpace, KindOf(err))
	assert.Empty(t, s.fetched, "it is known before the transfer")
	assert.Empty(t, liveTree(t, dir))
}

// TestUpdateFails lets every step fail in turn, as a full disk does.
func TestUpdateFails(t *testing.T) {
	s := newUpdateSite(t, library("a", "1", "a/x.py", "1"), library("b", "1"))
	template := t.TempDir()
	old := s.update(t, template)
	s.release(t, library("a", "2", "a/x.py", "2", "a/y.py", "2"), library("c", "1"))
	failed := map[string]bool{}
	for at := 0; ; at++ {
		dir := copyFolder(t, template)
		u := s.updater(dir)
		n, step := at, ""
		u.seams.step = serial(func(name string) error {
			if n--; n == -1 {
				step = name
				return syscall.ENOSPC
			}
			return nil
		})
		_, err := u.Update(t.Context())
		if step == "" {
			require.NoError(t, err)
			break
		}
		failed[strings.Fields(step)[0]] = true
		if err == nil && (strings.HasPrefix(step, "rename ") || strings.HasPrefix(step, "exchange ")) {
			assert.Equal(t, "2", liveTree(t, dir)["a/x.py"], "the second try, file by file, succeeded")
			requireSound(t, dir)
			continue
		}
		if strings.HasPrefix(step, "clean") || step == "tidy" || step == "discard" {
			require.NoError(t, err, step)
			assert.Equal(t, "2", liveTree(t, dir)["a/x.py"])
			continue
		}
		require.ErrorIs(t, err, syscall.ENOSPC, step)
		assert.Equal(t, KindNoSpace, KindOf(err), step)
		if unfinished(err) {
			require.NoError(t, Recover(t.Context(), dir))
			assert.Equal(t, "2", liveTree(t, dir)["a/x.py"])
			requireSound(t, dir)
			continue
		}
		require.Equal(t, old, liveTree(t, dir), "failed at %q", step)
		u.seams.step = nil
		_, err = u.Update(t.Context())
		require.NoError(t, err, "the next run succeeds")
		requireSound(t, dir)
	}
	t.Log(slices.Sorted(maps.Keys(failed)))
	for _, step := range []string{"prepare", "lock", "begin", "unpack", "merge", "stage", "make", "sync", "intent", "exchange", "rename"} {
		assert.True(t, failed[step], "%s never failed", step)
	}
}

// serial lets a step be called by several goroutines.
func serial(step func(string) error) func(string) error {
	var mu sync.Mutex
	return func(name string) error {
		mu.Lock()
		defer mu.Unlock()
		return step(name)
	}
}

// copyFolder is a folder with the same files and times.
func copyFolder(t testing.TB, from string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "python")
	require.NoError(t, os.CopyFS(to, os.DirFS(from)))
	for name := range diskTree(t, from) {
		fi, err := os.Stat(filepath.Join(from, name))
		require.NoError(t, err)
		require.NoError(t, os.Chtimes(filepath.Join(to, name), time.Time{}, fi.ModTime()))
	}
	return to
}

// TestUpdateFolderRefused: where a folder cannot be renamed, as one in use or in a lower layer of an overlay, its files are.
func TestUpdateFolderRefused(t *testing.T) {
	s := newUpdateSite(t, library("a", "1", "a/x.py", "1", "a/old/z.py", "1"), library("gone", "1", "gone/g.py", "1"))
	dir := t.TempDir()
	s.update(t, dir)
	s.release(t, library("a", "2", "a/x.py", "2", "a/new/y.py", "2"))
	u := s.updater(dir)
	folders := map[string]bool{"a": true, "gone": true, "a-1.dist-info": true, "gone-1.dist-info": true}
	u.seams.step = func(step string) error {
		words := strings.Fields(step)
		if (words[0] == "rename" || words[0] == "exchange") && folders[words[1]] {
			return syscall.EXDEV
		}
		return nil
	}
	warned := 0
	u.Observer = func(e Event) {
		if e.Type == Warning {
			warned++
		}
	}
	_, err := u.Update(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, warned)
	requireSound(t, dir)
	assert.Equal(t, s.update(t, filepath.Join(t.TempDir(), "fresh")), liveTree(t, dir), "no empty folder is left")
}

func TestUpdateCanceled(t *testing.T) {
	s := newUpdateSite(t, library("a", "1", "a/x.py", "1"), library("b", "1"))
	template := t.TempDir()
	old := s.update(t, template)
	s.release(t, library("a", "2", "a/x.py", "2"), library("c", "1"))
	fresh := s.update(t, filepath.Join(t.TempDir(), "fresh"))
	stopped, completed := 0, 0
	for at := 0; ; at++ {
		dir := copyFolder(t, template)
		ctx, cancel := context.WithCancel(t.Context())
		n := at
		u := s.updater(dir)
		u.seams.step = serial(func(string) error {
			if n--; n == -1 {
				cancel()
			}
			return nil
		})
		_, err := u.Update(ctx)
		cancel()
		if err != nil {
			stopped++
			require.ErrorIs(t, err, context.Canceled)
			assert.Equal(t, KindCanceled, KindOf(err))
			require.Equal(t, old, liveTree(t, dir))
			left, err := os.ReadDir(filepath.Join(dir, StateFolder, "stage"))
			if !errors.Is(err, os.ErrNotExist) {
				require.NoError(t, err)
			}
			assert.Empty(t, left)
			continue
		}
		completed++
		require.Equal(t, fresh, liveTree(t, dir))
		if n >= 0 {
			break
		}
	}
	t.Logf("%d stopped, %d completed", stopped, completed)
	assert.Greater(t, stopped, 5)
	assert.Greater(t, completed, 5)
}

func TestUpdateEvents(t *testing.T) {
	s := newUpdateSite(t, library("a", "1"), library("b", "1"))
	u := s.updater(t.TempDir())
	var events []Event
	u.Observer = func(e Event) { events = append(events, e) }
	done, err := u.Update(t.Context())
	require.NoError(t, err)
	open := map[Step]bool{}
	last := map[Step]Event{}
	for _, e := range events {
		switch e.Type {
		case StepStarted:
			assert.False(t, open[e.Step], e.Step)
			open[e.Step] = true
		case StepFinished:
			assert.True(t, open[e.Step], e.Step)
			open[e.Step] = false
		}
		last[e.Step] = e
	}
	for step, isOpen := range open {
		assert.False(t, isOpen, step)
	}
	assert.Equal(t, done.Download, last[StepFetch].Bytes)
	assert.Equal(t, done.Download, last[StepFetch].TotalBytes)
	assert.Equal(t, done.Unpacked, last[StepStage].Bytes)
	assert.Equal(t, 2, last[StepSwitch].Items)
	for _, step := range []Step{StepLock, StepRecover, StepSource, StepInspect, StepPlan, StepFetch, StepStage, StepSwitch, StepClean} {
		assert.Contains(t, last, step)
	}
}

func TestUpdateRace(t *testing.T) {
	s := newUpdateSite(t, library("a", "1"), library("b", "1"))
	dir := filepath.Join(t.TempDir(), "python")
	type result struct {
		plan *UpdatePlan
		err  error
	}
	results := make(chan result)
	for range 16 {
		go func() {
			plan, err := s.updater(dir).Update(t.Context())
			results <- result{plan, err}
		}()
	}
	changed := 0
	for range 16 {
		r := <-results
		require.NoError(t, r.err)
		if r.plan.Changes() {
			changed++
		}
	}
	assert.Equal(t, 1, changed)
	assert.Len(t, s.fetched, 2)
	requireSound(t, dir)
}

func TestUpdateLocked(t *testing.T) {
	s := newUpdateSite(t, library("a", "1"))
	dir := t.TempDir()
	f, err := createFolder(dir, seams{})
	require.NoError(t, err)
	require.NoError(t, f.acquire(t.Context(), -1))
	u := s.updater(dir)
	u.LockTimeout = 20 * time.Millisecond
	_, err = u.Update(t.Context())
	require.ErrorIs(t, err, ErrLocked)
	assert.ErrorContains(t, err, fmt.Sprintf("process %d on ", os.Getpid()))
	assert.Equal(t, KindLocked, KindOf(err))
	require.NoError(t, Recover(t.Context(), dir), "nothing is pending, so recovery does not wait")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	u.LockTimeout = time.Hour
	_, err = u.Update(ctx)
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, KindCanceled, KindOf(err))
	require.NoError(t, f.close())
	_, err = u.Update(t.Context())
	require.NoError(t, err)
}

func TestUpdateThroughLink(t *testing.T) {
	s := newUpdateSite(t, library("a", "1"))
	base := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(base, "real"), 0o755))
	link := filepath.Join(base, "link")
	require.NoError(t, os.Symlink("real", link))
	s.update2(t, link)
	assert.Contains(t, liveTree(t, filepath.Join(base, "real")), "a.py")
	fi, err := os.Lstat(link)
	require.NoError(t, err)
	assert.NotZero(t, fi.Mode()&os.ModeSymlink, "the link stays a link")

	odd := t.TempDir()
	require.NoError(t, os.Symlink(base, filepath.Join(odd, StateFolder)))
	_, err = s.updater(odd).Update(t.Context())
	require.Error(t, err, "the state folder is never a link")
	assert.Len(t, liveTree(t, odd), 1)
}

func TestUpdateFetcherFails(t *testing.T) {
	s := newUpdateSite(t, library("a", "1"), library("b", "1"))
	dir := t.TempDir()
	u := s.updater(dir)
	u.Fetcher = dist.FetcherFunc(func(context.Context, dist.Artifact) (dist.Blob, error) { return nil, syscall.ECONNRESET })
	_, err := u.Update(t.Context())
	assert.Equal(t, KindNetwork, KindOf(err))
	assert.Empty(t, liveTree(t, dir))
	assertNoStage(t, dir)
}
