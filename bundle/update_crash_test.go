package bundle

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
)

// errKilled is what a goroutine of a killed process sees in a test.
var errKilled = errors.New("killed")

// killer plays a kill before the n-th step: from then on no step is done. The steps of the flow itself panic; those of the goroutines that unpack
// end with errKilled, whereupon the flow panics at its next one.
type killer struct {
	mu   sync.Mutex
	n    int
	at   string // the step, once it came
	dead bool
}

func (k *killer) step(name string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.n--; k.n < 0 && !k.dead {
		k.dead, k.at = true, name
	}
	switch {
	case !k.dead:
		return nil
	case strings.HasPrefix(name, "unpack"):
		return errKilled
	}
	panic(k)
}

// run does fn; it reports whether fn came to its end.
func (k *killer) run(t *testing.T, fn func() error) (ended bool) {
	defer func() {
		if p := recover(); p != nil && p != any(k) {
			panic(p)
		}
	}()
	require.NoError(t, fn())
	return true
}

// crashScenario is an update from one release to another.
type crashScenario struct {
	name  string
	old   []wheelmake.Spec
	files []string // of the user, put in after old
	fresh []wheelmake.Spec
}

func crashScenarios() []crashScenario {
	a1 := library("a", "1", "a/__init__.py", "v = 1\n", "a/m.py", "1", "a/sub/s.py", "1")
	a2 := library("a", "2", "a/__init__.py", "v = 2\n", "a/new/n.py", "2", "a/sub/s.py", "2")
	g1 := library("googleapis-common", "1", "google/api/x.py", "1")
	return []crashScenario{
		{"fresh install", nil, nil, []wheelmake.Spec{a1}},
		{"upgrade", []wheelmake.Spec{a1}, nil, []wheelmake.Spec{a2}},
		{"downgrade", []wheelmake.Spec{a2}, nil, []wheelmake.Spec{a1}},
		{"removal", []wheelmake.Spec{a1, g1}, nil, []wheelmake.Spec{g1}},
		{"namespace package", []wheelmake.Spec{library("protobuf", "1", "google/protobuf/p.py", "1"), g1}, nil,
			[]wheelmake.Spec{library("protobuf", "2", "google/protobuf/p.py", "2", "google/_upb/u.py", "2"), g1}},
		{"module becomes package", []wheelmake.Spec{library("m", "1", "m.py", "1", "bin/m", "1")}, []string{"bin/mine", "u"},
			[]wheelmake.Spec{library("m", "2", "m/__init__.py", "2", "bin/m/tool", "2")}},
		{"user's files inside", []wheelmake.Spec{a1}, []string{"a/notes.txt", "u", "a/sub/notes.txt", "u", "app.py", "u"}, []wheelmake.Spec{a2}},
		{"two libraries", []wheelmake.Spec{a1, library("b", "1", "b.py", "1")}, []string{"a/__pycache__/m.cpython-39.pyc", "bytecode", "__pycache__/b.cpython-39.pyc", "bytecode"},
			[]wheelmake.Spec{a2, library("b", "2", "b.py", "2")}},
	}
}

// folders makes the old and the new folder of a scenario and the site that leads from one to the other.
func (c crashScenario) folders(t *testing.T) (s *updateSite, template string, old, fresh map[string]string) {
	s = newUpdateSite(t, c.old...)
	template = filepath.Join(t.TempDir(), "old")
	s.update(t, template)
	writeFiles(t, template, c.files...)
	old = liveTree(t, template)
	s.release(t, c.fresh...)
	fresh = s.update(t, copyFolder(t, template))
	return s, template, old, fresh
}

// TestUpdateKilled kills an update before each of its steps, then the recovery before each of its own, and recovers again. The folder is the old one or the new
// one, a kill past INTENT makes it the new one, and what follows works: the same update, and a step back.
func TestUpdateKilled(t *testing.T) {
	for _, c := range crashScenarios() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, template, old, fresh := c.folders(t)
			kills, past := 0, 0
			for at := 0; ; at++ {
				second, ended := 0, false
				for again := true; again && !ended; second++ {
					dir := copyFolder(t, template)
					k := &killer{n: at}
					u := s.updater(dir)
					u.seams.step, u.seams.noExchange = k.step, at%2 == 1
					ended = k.run(t, func() error { _, err := u.Update(t.Context()); return err })
					pending := exists(t, filepath.Join(dir, StateFolder, "journal"))
					committed := ended || k.at == "tidy" || strings.HasPrefix(k.at, "clean")
					kr := &killer{n: second}
					again = !kr.run(t, func() error { return recoverFolder(t.Context(), dir, seams{step: kr.step, noSync: true}) })
					if again {
						require.NoError(t, Recover(t.Context(), dir))
					}
					want := old
					if pending || committed {
						want, past = fresh, past+1
					}
					kills++
					require.Equal(t, want, liveTree(t, dir), "killed before %q, recovery before %q", k.at, kr.at)
					requireSound(t, dir)
					if second > 0 {
						continue
					}
					require.Equal(t, fresh, s.update(t, dir), "the update after")
					require.NoError(t, (&Updater{PythonDir: dir, seams: seams{noSync: true}}).Rollback(t.Context()))
					require.Equal(t, withoutBytecode(old), withoutBytecode(liveTree(t, dir)), "the step back after")
				}
				if ended {
					break
				}
			}
			t.Logf("%d kills, %d of them past INTENT", kills, past)
			assert.Greater(t, kills, 20)
			assert.Greater(t, past, 5)
		})
	}
}

func exists(t *testing.T, name string) bool {
	t.Helper()
	_, err := os.Lstat(name)
	if !errors.Is(err, os.ErrNotExist) {
		require.NoError(t, err)
	}
	return err == nil
}

func withoutBytecode(tree map[string]string) map[string]string {
	plain := map[string]string{}
	for name, body := range tree {
		if !strings.Contains(name, "__pycache__") {
			plain[name] = body
		}
	}
	return plain
}

// TestRollbackKilled kills a step back in the same way.
func TestRollbackKilled(t *testing.T) {
	for _, c := range crashScenarios() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, old, before, after := c.folders(t)
			template := copyFolder(t, old)
			s.update(t, template)
			kills, past := 0, 0
			for at := 0; ; at++ {
				dir := copyFolder(t, template)
				k := &killer{n: at}
				ended := k.run(t, func() error {
					return (&Updater{PythonDir: dir, seams: seams{step: k.step, noSync: true}}).Rollback(t.Context())
				})
				pending := exists(t, filepath.Join(dir, StateFolder, "journal"))
				require.NoError(t, Recover(t.Context(), dir))
				requireSound(t, dir)
				live, hold := liveTree(t, dir), Hold("")
				if pending || ended || k.at == "tidy" || strings.HasPrefix(k.at, "clean") {
					require.Equal(t, withoutBytecode(before), withoutBytecode(live), k.at)
					hold = HoldBlocked
					past++
				} else {
					require.Equal(t, after, live, k.at)
				}
				plan, err := s.updater(dir).Update(t.Context())
				require.NoError(t, err)
				require.Equal(t, hold, plan.Hold, "what was taken back is held off, and nothing else: killed before %q", k.at)
				require.Equal(t, live, liveTree(t, dir))
				if ended {
					break
				}
				kills++
				u := s.updater(dir)
				u.Retry = true
				_, err = u.Update(t.Context())
				require.NoError(t, err)
				require.Equal(t, after, liveTree(t, dir), "the update after")
			}
			t.Logf("%d kills, %d of them past INTENT", kills, past)
			assert.Greater(t, past, 3)
		})
	}
}
