package txn

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const state = ".chandlery"

// tree is a folder's files by path; a name that ends in "/" is an empty folder.
type tree map[string]string

func (tr tree) write(t testing.TB, dir string) {
	t.Helper()
	for name, body := range tr {
		p := filepath.Join(dir, name)
		if strings.HasSuffix(name, "/") {
			require.NoError(t, os.MkdirAll(p, 0o755))
			continue
		}
		require.NoError(t, os.MkdirAll(filepath.Dir(p), 0o755))
		require.NoError(t, os.WriteFile(p, []byte(body), 0o644))
	}
}

func readTree(t testing.TB, dir string) tree {
	t.Helper()
	got := tree{}
	require.NoError(t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, p)
		require.NoError(t, err)
		name = filepath.ToSlash(name)
		switch {
		case name == state:
			return fs.SkipDir
		case d.IsDir():
			entries, err := os.ReadDir(p)
			if err == nil && len(entries) == 0 && name != "." {
				got[name+"/"] = ""
			}
			return err
		}
		body, err := os.ReadFile(p)
		got[name] = string(body)
		return err
	}))
	return got
}

// scenario is a change of a folder.
type scenario struct {
	name  string
	live  tree
	drop  []string
	fresh tree
	want  tree
	ops   []string // "- path", "~ path", "+ path"
}

var scenarios = []scenario{
	{name: "fresh install", live: tree{}, fresh: tree{"a/x.py": "1", "a/b/y.py": "1", "a-1.dist-info/RECORD": "1"},
		want: tree{"a/x.py": "1", "a/b/y.py": "1", "a-1.dist-info/RECORD": "1"}, ops: []string{"+ a", "+ a-1.dist-info"}},
	{name: "upgrade", live: tree{"a/x.py": "1", "a/gone.py": "1", "a-1.dist-info/RECORD": "1", "other.py": "o"},
		drop: []string{"a/x.py", "a/gone.py", "a-1.dist-info/RECORD"}, fresh: tree{"a/x.py": "2", "a-2.dist-info/RECORD": "2"},
		want: tree{"a/x.py": "2", "a-2.dist-info/RECORD": "2", "other.py": "o"}, ops: []string{"- a-1.dist-info", "~ a", "+ a-2.dist-info"}},
	{name: "removal", live: tree{"a/x.py": "1", "bin/a": "1", "bin/b": "other", "share/doc/a/t": "1"}, drop: []string{"a/x.py", "bin/a", "share/doc/a/t"},
		want: tree{"bin/b": "other"}, ops: []string{"- a", "- bin/a", "- share"}},
	{name: "namespace package", live: tree{"google/protobuf/p.py": "1", "google/auth/a.py": "1"}, drop: []string{"google/protobuf/p.py"},
		fresh: tree{"google/protobuf/p.py": "2", "google/protobuf/q.py": "2"},
		want:  tree{"google/protobuf/p.py": "2", "google/protobuf/q.py": "2", "google/auth/a.py": "1"}, ops: []string{"~ google/protobuf"}},
	{name: "user files inside", live: tree{"a/x.py": "1", "a/old.py": "1", "a/user.txt": "u", "a/sub/s.py": "1"}, drop: []string{"a/x.py", "a/old.py", "a/sub/s.py"},
		fresh: tree{"a/x.py": "2", "a/new/n.py": "2"}, want: tree{"a/x.py": "2", "a/new/n.py": "2", "a/user.txt": "u"},
		ops: []string{"- a/old.py", "- a/sub", "~ a/x.py", "+ a/new"}},
	{name: "file to folder", live: tree{"a.py": "1", "b.py": "o"}, drop: []string{"a.py"}, fresh: tree{"a.py/__init__.py": "2", "a/__init__.py": "2"},
		want: tree{"a.py/__init__.py": "2", "a/__init__.py": "2", "b.py": "o"}, ops: []string{"~ a.py", "+ a"}},
	{name: "folder to file", live: tree{"a/__init__.py": "1", "a/sub/x.py": "1"}, drop: []string{"a/__init__.py", "a/sub/x.py"}, fresh: tree{"a": "2"},
		want: tree{"a": "2"}, ops: []string{"~ a"}},
	{name: "same bytes stay", live: tree{"ns/__init__.py": "", "ns/a.py": "1"}, drop: []string{"ns/a.py"}, fresh: tree{"ns/__init__.py": "", "ns/a.py": "2"},
		want: tree{"ns/__init__.py": "", "ns/a.py": "2"}, ops: []string{"~ ns/a.py"}},
	{name: "deep share", live: tree{"x/y/z/a.py": "1", "x/y/z/b.py": "o", "x/y/w/a.py": "1"}, drop: []string{"x/y/z/a.py", "x/y/w/a.py", "x/absent.py"},
		fresh: tree{"x/y/z/c.py": "2"}, want: tree{"x/y/z/b.py": "o", "x/y/z/c.py": "2"}, ops: []string{"- x/y/w", "- x/y/z/a.py", "+ x/y/z/c.py"}},
	{name: "nothing", live: tree{"a.py": "1"}, want: tree{"a.py": "1"}},
}

// world is a folder on disk, with what a scenario stages.
type world struct {
	dir string
	f   *Folder
}

func newWorld(t testing.TB, live tree) *world {
	t.Helper()
	dir := t.TempDir()
	live.write(t, dir)
	require.NoError(t, os.MkdirAll(filepath.Join(dir, state), 0o755))
	root, err := os.OpenRoot(dir)
	require.NoError(t, err)
	t.Cleanup(func() { root.Close() })
	return &world{dir: dir, f: &Folder{Root: root, State: state, NoSync: true}}
}

func (w *world) begin(t testing.TB, fresh tree) (*Txn, Change) {
	t.Helper()
	tx, err := w.f.Begin()
	require.NoError(t, err)
	fresh.write(t, filepath.Join(w.dir, tx.Stage(), "new"))
	return tx, Change{New: path.Join(tx.Stage(), "new"), Trash: path.Join(tx.Trash(), "old")}
}

func (s scenario) run(t testing.TB, w *world, files bool) error {
	t.Helper()
	tx, c := w.begin(t, s.fresh)
	c.Drop, c.Files = s.drop, files
	r, conflicts, err := w.f.Plan(c)
	require.NoError(t, err)
	require.Empty(t, conflicts)
	return tx.Commit(t.Context(), r)
}

func TestPlan(t *testing.T) {
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			w := newWorld(t, s.live)
			_, c := w.begin(t, s.fresh)
			c.Drop = s.drop
			r, conflicts, err := w.f.Plan(c)
			require.NoError(t, err)
			assert.Empty(t, conflicts)
			var ops []string
			for _, o := range r.Ops {
				ops = append(ops, []string{"- ", "~ ", "+ "}[o.kind()]+o.Path)
			}
			assert.Equal(t, s.ops, ops)
			assert.Empty(t, r.Prune)
			assert.Equal(t, s.live, readTree(t, w.dir), "planning changed the folder")
		})
	}
}

func TestPlanConflicts(t *testing.T) {
	for _, c := range []struct {
		name        string
		live, fresh tree
		drop        []string
		link        string
		folds       bool
		want        []Conflict
	}{
		{"other bytes", tree{"a.py": "user"}, tree{"a.py": "lib"}, nil, "", false, []Conflict{{"a.py", Occupied}}},
		{"folder in the way", tree{"a/u.txt": "user"}, tree{"a": "lib"}, nil, "", false, []Conflict{{"a", OccupiedFolder}}},
		{"folder with a stranger", tree{"a/u.txt": "user", "a/x": "1"}, tree{"a": "lib"}, []string{"a/x"}, "", false, []Conflict{{"a", OccupiedFolder}}},
		{"file in the way", tree{"a": "user"}, tree{"a/x": "lib"}, nil, "", false, []Conflict{{"a", OccupiedFolder}}},
		{"link to a folder", tree{"else/x": "1"}, tree{"a/x": "2"}, []string{"a/x"}, "a", false, []Conflict{{"a", Symlink}}},
		{"drop behind a link", tree{"else/x": "1"}, nil, []string{"a/x"}, "a", false, []Conflict{{"a", Symlink}}},
		{"case of a stranger", tree{"Readme": "user"}, tree{"README": "lib"}, nil, "", true, []Conflict{{"README", SameName}}},
		{"case on a file system that tells", tree{"Readme": "user"}, tree{"README": "lib"}, nil, "", false, nil},
		{"case of what goes", tree{"Readme": "old"}, tree{"README": "lib"}, []string{"readme"}, "", true, nil},
		{"case of an empty folder", tree{"Doc/": ""}, tree{"doc/x": "lib"}, nil, "", true, []Conflict{{"doc", SameName}}},
		{"drop below a file", tree{"a": "user"}, nil, []string{"a/x"}, "", false, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.live)
			if c.link != "" {
				require.NoError(t, os.Symlink("else", filepath.Join(w.dir, c.link)))
			}
			_, change := w.begin(t, c.fresh)
			change.Drop, change.Folds = c.drop, c.folds
			_, got, err := w.f.Plan(change)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestCommit(t *testing.T) {
	for _, s := range scenarios {
		for _, exchange := range []bool{true, false} {
			for _, files := range []bool{false, true} {
				if files && strings.HasPrefix(s.name, "folder to file") {
					continue // a folder cannot become a file without being renamed
				}
				t.Run(fmt.Sprintf("%s/exchange=%v/files=%v", s.name, exchange, files), func(t *testing.T) {
					w := newWorld(t, s.live)
					w.f.NoSync = false
					w.f.NoExchange = !exchange
					require.NoError(t, s.run(t, w, files))
					assert.Equal(t, s.want, readTree(t, w.dir))
					pending, err := w.f.Pending()
					require.NoError(t, err)
					assert.False(t, pending)
				})
			}
		}
	}
}

// crash is what a Step panics with where a kill is played.
type crash struct{ step string }

// crashAt runs fn and kills it before its n-th step; it reports whether fn came to its end instead.
func crashAt(w *world, n int, fn func() error) (ended bool, step string, err error) {
	w.f.Step = func(step string) error {
		if n--; n < 0 {
			panic(crash{step})
		}
		return nil
	}
	defer func() {
		w.f.Step = nil
		if p := recover(); p != nil {
			c, ok := p.(crash)
			if !ok {
				panic(p)
			}
			step = c.step
		}
	}()
	err = fn()
	return true, "", err
}

// TestRecoverAfterCrash kills a transaction before each of its steps, then recovers; and kills the recovery before each of its own, and recovers again.
func TestRecoverAfterCrash(t *testing.T) {
	kills := 0
	for _, s := range scenarios {
		for _, exchange := range []bool{true, false} {
			for _, files := range []bool{false, true} {
				if files && strings.HasPrefix(s.name, "folder to file") {
					continue
				}
				t.Run(fmt.Sprintf("%s/exchange=%v/files=%v", s.name, exchange, files), func(t *testing.T) {
					for at := 0; ; at++ {
						n, ended := s.killTwice(t, at, exchange, files)
						kills += n
						if ended {
							break
						}
					}
				})
			}
		}
	}
	t.Logf("%d kills", kills)
	require.Greater(t, kills, 1000)
}

// killTwice kills at a step, and the recovery from that at every step of its own; of recoveries that rename file by file at every fifth.
func (s scenario) killTwice(t *testing.T, at int, exchange, files bool) (kills int, ended bool) {
	stride := 1
	if files {
		stride = 5
	}
	for second := at % stride; ; second += stride {
		w := newWorld(t, s.live)
		w.f.NoExchange = !exchange
		ended, step, err := crashAt(w, at, func() error { return s.run(t, w, files) })
		if ended {
			require.NoError(t, err)
			assert.Equal(t, s.want, readTree(t, w.dir))
			return kills, true
		}
		kills++
		pending, err := w.f.Pending()
		require.NoError(t, err)
		recovered, step2, err := crashAt(w, second, func() error { return w.recoverAll(t) })
		require.NoError(t, err)
		if !recovered {
			kills++
			require.NoError(t, w.recoverAll(t), "after kills before %q and %q", step, step2)
		}
		want := s.live
		if pending || step == "tidy" {
			want = s.want
		}
		require.Equal(t, want, readTree(t, w.dir), "after kills before %q and %q", step, step2)
		if recovered {
			return kills, false
		}
	}
}

func (w *world) recoverAll(t *testing.T) error {
	if _, err := w.f.Recover(); err != nil {
		return err
	}
	if err := w.f.Clean(t.Context()); err != nil {
		return err
	}
	entries, err := os.ReadDir(filepath.Join(w.dir, state))
	require.NoError(t, err)
	for _, e := range entries {
		inner, err := os.ReadDir(filepath.Join(w.dir, state, e.Name()))
		require.NoError(t, err)
		assert.Empty(t, inner, "%s is left", e.Name())
	}
	return nil
}

// TestCommitRefused lets every single step fail, as a full or failing disk does: the folder must be the old one, or the new one where the failure came
// after COMMIT.
func TestCommitRefused(t *testing.T) {
	failures := 0
	for _, s := range scenarios {
		for _, exchange := range []bool{true, false} {
			for at := 0; ; at++ {
				w := newWorld(t, s.live)
				w.f.NoExchange = !exchange
				tx, c := w.begin(t, s.fresh)
				c.Drop = s.drop
				r, _, err := w.f.Plan(c)
				require.NoError(t, err)
				n, failed := at, ""
				w.f.Step = func(step string) error {
					if n--; n == -1 {
						failed = step
						return syscall.ENOSPC
					}
					return nil
				}
				err = tx.Commit(t.Context(), r)
				w.f.Step = nil
				if failed == "" {
					require.NoError(t, err)
					break
				}
				failures++
				if failed == "tidy" {
					require.NoError(t, err)
					require.Equal(t, s.want, readTree(t, w.dir))
					continue
				}
				require.ErrorIs(t, err, syscall.ENOSPC, failed)
				var unfinished *UnfinishedError
				if errors.As(err, &unfinished) {
					_, err := w.f.Recover()
					require.NoError(t, err)
					require.Equal(t, s.want, readTree(t, w.dir), "failed at %q", failed)
					continue
				}
				require.Equal(t, s.live, readTree(t, w.dir), "failed at %q", failed)
				pending, err := w.f.Pending()
				require.NoError(t, err)
				require.False(t, pending, "a journal is left after %q", failed)
				require.NoError(t, tx.Commit(t.Context(), r), "a second try after %q", failed)
				require.Equal(t, s.want, readTree(t, w.dir))
			}
		}
	}
	t.Logf("%d failures", failures)
	require.Greater(t, failures, 100)
}

// TestRecoverRefused: where going forward is refused, recovery goes back.
func TestRecoverRefused(t *testing.T) {
	s := scenarios[1]
	undone := 0
	for _, exchange := range []bool{true, false} {
		for at := 0; ; at++ {
			w := newWorld(t, s.live)
			w.f.NoExchange = !exchange
			ended, step, _ := crashAt(w, at, func() error { return s.run(t, w, false) })
			if ended {
				break
			}
			w.f.Step = func(step string) error {
				if strings.HasSuffix(step, "to a-2.dist-info") {
					return syscall.EACCES
				}
				return nil
			}
			outcome, err := w.f.Recover()
			if outcome == Undone {
				undone++
				require.ErrorIs(t, err, syscall.EACCES)
				require.Equal(t, s.live, readTree(t, w.dir), step)
			}
		}
	}
	assert.Positive(t, undone)
}

// TestCommitMeetsStranger: what appears at a path in the middle of a transaction is not replaced.
func TestCommitMeetsStranger(t *testing.T) {
	s := scenarios[1]
	for _, stranger := range []string{"a-2.dist-info", "a-2.dist-info/"} {
		w := newWorld(t, s.live)
		w.f.Step = func(step string) error {
			if step == "intended" {
				tree{stranger: "stranger"}.write(t, w.dir)
			}
			return nil
		}
		require.ErrorIs(t, s.run(t, w, false), fs.ErrExist)
		want := maps.Clone(s.live)
		want[stranger] = map[bool]string{true: "", false: "stranger"}[strings.HasSuffix(stranger, "/")]
		assert.Equal(t, want, readTree(t, w.dir))
		pending, err := w.f.Pending()
		require.NoError(t, err)
		assert.False(t, pending)
	}
}

func TestRecoverUndecided(t *testing.T) {
	s := scenarios[1]
	w := newWorld(t, s.live)
	w.f.Step = func(step string) error {
		if strings.HasPrefix(step, "exchange") {
			panic(crash{step})
		}
		return nil
	}
	func() {
		defer func() { require.NotNil(t, recover(), "no exchange on this file system") }()
		s.run(t, w, false)
	}()
	w.f.Step = nil
	copied := filepath.Join(t.TempDir(), "copy") // other file numbers
	require.NoError(t, os.CopyFS(copied, os.DirFS(w.dir)))
	root, err := os.OpenRoot(copied)
	require.NoError(t, err)
	defer root.Close()
	before := readTree(t, copied)
	_, err = (&Folder{Root: root, State: state}).Recover()
	require.ErrorIs(t, err, ErrUndecided)
	assert.Equal(t, before, readTree(t, copied), "nothing is guessed")
	_, err = w.f.Recover()
	require.NoError(t, err, "the original recovers")
}

func TestRecoverDamaged(t *testing.T) {
	s := scenarios[1]
	w := newWorld(t, s.live)
	w.f.Step = func(step string) error {
		if strings.HasPrefix(step, "rename") {
			panic(crash{step})
		}
		return nil
	}
	func() {
		defer func() { recover() }()
		s.run(t, w, false)
	}()
	w.f.Step = nil
	journal := filepath.Join(w.dir, state, "journal")
	good, err := os.ReadFile(journal)
	require.NoError(t, err)
	before := readTree(t, w.dir)
	rng := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		bad := slices.Clone(good)
		bad[rng.IntN(len(bad))] ^= 1 << rng.IntN(8)
		for _, b := range [][]byte{bad, good[:rng.IntN(len(good))]} {
			require.NoError(t, os.WriteFile(journal, b, 0o644))
			_, err = w.f.Recover()
			var je *JournalError
			require.ErrorAs(t, err, &je)
			require.ErrorIs(t, err, durable.ErrDamaged)
			require.Equal(t, before, readTree(t, w.dir))
		}
	}
	newer, err := durable.MarshalRecord(2, map[string]string{"unknown": "form"})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(journal, newer, 0o644))
	_, err = w.f.Recover()
	require.ErrorIs(t, err, durable.ErrNewer)
	_, err = w.f.Begin()
	require.Error(t, err, "nothing begins while a transaction is pending")

	require.NoError(t, os.WriteFile(journal, good, 0o644))
	outcome, err := w.f.Recover()
	require.NoError(t, err)
	assert.Equal(t, Completed, outcome)
	assert.Equal(t, s.want, readTree(t, w.dir))
}

func TestCommitCanceled(t *testing.T) {
	s := scenarios[1]
	w := newWorld(t, s.live)
	tx, c := w.begin(t, s.fresh)
	c.Drop = s.drop
	r, _, err := w.f.Plan(c)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, tx.Commit(ctx, r), context.Canceled)
	assert.Equal(t, s.live, readTree(t, w.dir))

	ctx, cancel = context.WithCancel(t.Context())
	w.f.Step = func(step string) error {
		if step == "intent" {
			cancel()
		}
		return nil
	}
	require.NoError(t, tx.Commit(ctx, r), "past the last look at the context it completes")
	assert.Equal(t, s.want, readTree(t, w.dir))
}

func TestCommitChecks(t *testing.T) {
	for _, o := range []Op{
		{Path: "../a", New: state + "/x"}, {Path: ".", Old: state + "/x"}, {Path: state, Old: state + "/x"}, {Path: "/a", Old: state + "/x"},
		{Path: "a"}, {Path: "a", New: "b"}, {Path: "a", Old: state + "/../b"}, {Path: state + "/trash/x", New: state + "/x"}, {Path: "a/../b", Old: state + "/x"},
	} {
		assert.Error(t, Renames{Ops: []Op{o}}.check(state), "%+v", o)
	}
	nested := []Op{{Path: "a", Old: state + "/a"}, {Path: "a/b", Old: state + "/b"}}
	assert.Error(t, Renames{Ops: nested}.check(state))
	assert.Error(t, Renames{Ops: []Op{nested[0], nested[0]}}.check(state))
	assert.Error(t, Renames{Prune: []string{"../x"}}.check(state))
	assert.NoError(t, Renames{Ops: []Op{{Path: state + "/state.json", New: state + "/x"}}}.check(state), "the state folder's own files change along")
}

func TestCleanKeeps(t *testing.T) {
	w := newWorld(t, tree{})
	tree{"trash/one/old/x": "1", "trash/two/old/x": "1", "stage/three/new/x": "1", durable.TempPrefix + "x": "", "lock": "", "state.json": ""}.write(t, filepath.Join(w.dir, state))
	litter, err := w.f.Litter("two")
	require.NoError(t, err)
	assert.True(t, litter)
	require.NoError(t, w.f.Clean(t.Context(), "two"))
	litter, err = w.f.Litter("two")
	require.NoError(t, err)
	assert.False(t, litter)
	assert.Equal(t, []string{"lock", "stage/", "state.json", "trash/two/old/x"}, slices.Sorted(maps.Keys(readTree(t, filepath.Join(w.dir, state)))))
}

func FuzzParseIntent(f *testing.F) {
	good, err := durable.MarshalRecord(journalSchema, intent{ID: "x", Renames: Renames{Ops: []Op{{Path: "a", New: state + "/n", Old: state + "/o"}}}})
	require.NoError(f, err)
	f.Add([]byte(good))
	body := func(s string) []byte {
		b, err := durable.MarshalRecord(journalSchema, []byte(s))
		require.NoError(f, err)
		return b
	}
	f.Add(body(hex.EncodeToString(good)))
	f.Fuzz(func(t *testing.T, b []byte) {
		in, err := parseIntent(b, state)
		if err != nil {
			return
		}
		for _, o := range in.Ops {
			require.True(t, fs.ValidPath(o.Path))
		}
	})
}

// BenchmarkCommit activates 3000 files of 30 libraries in place of as many.
func BenchmarkCommit(b *testing.B) {
	for _, exchange := range []bool{true, false} {
		b.Run(fmt.Sprintf("exchange=%v", exchange), func(b *testing.B) { benchmarkCommit(b, exchange) })
	}
}

func benchmarkCommit(b *testing.B, exchange bool) {
	files := tree{}
	for i := range 3000 {
		files[fmt.Sprintf("lib%d/sub%d/f%d.py", i%30, i%7, i)] = strings.Repeat("x", 1000)
	}
	w := newWorld(b, files)
	w.f.NoExchange, w.f.NoSync = !exchange, false
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		tx, c := w.begin(b, files)
		c.Drop = slices.Collect(maps.Keys(files))
		require.NoError(b, durable.SyncTree(b.Context(), w.f.Root, tx.Stage()))
		b.StartTimer()
		r, _, err := w.f.Plan(c)
		if err == nil {
			err = tx.Commit(b.Context(), r)
		}
		b.StopTimer()
		require.NoError(b, err)
		require.NoError(b, w.f.Clean(b.Context()))
		b.StartTimer()
	}
}
