package venv

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/durable"
	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// testWheels is a Fetcher of wheels that lie in a folder.
type testWheels struct {
	dir   string
	fetch atomic.Int32
}

func (w *testWheels) Fetch(_ context.Context, a dist.Artifact) (dist.Blob, error) {
	w.fetch.Add(1)
	return dist.OpenFile(filepath.Join(w.dir, a.File))
}

// install makes a wheel and gives it as something to install, with its sha256.
func (w *testWheels) install(t testing.TB, spec wheelmake.Spec) Install {
	t.Helper()
	file, err := wheelmake.Write(w.dir, spec)
	require.NoError(t, err)
	return fileInstall(file)
}

// fileInstall is a wheel in a folder as something to install.
func fileInstall(file string) Install {
	b, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	name, err := dist.ParseFilename(filepath.Base(file))
	if err != nil {
		panic(err)
	}
	return Install{Name: name.Name, Version: name.Version.String(), File: dist.File{Filename: name,
		Artifact: dist.Artifact{File: filepath.Base(file), Size: int64(len(b)), Hashes: map[string]string{"sha256": fmt.Sprintf("%x", sha(b))}}}}
}

func testEnv(t testing.TB) *Env {
	t.Helper()
	env, err := new(Builder).Create(t.Context(), Spec{Root: filepath.Join(t.TempDir(), "env"), Python: interpreter(t)})
	require.NoError(t, err)
	return env
}

// TestRecoverKilled kills the recovery of an open change at every step, and the one after it.
func TestRecoverKilled(t *testing.T) {
	env, wheels := testEnv(t), &testWheels{dir: t.TempDir()}
	w := &WheelInstaller{Fetcher: wheels, Store: t.TempDir()}
	first := &Plan{Install: []Install{wheels.install(t, wheelmake.Spec{Name: "a", Version: "1", Files: map[string]string{"a/x.py": "1", "n/a.py": "1"}, EntryPoints: "[console_scripts]\na=a.x:f\n"})}}
	c, err := w.Apply(t.Context(), env, first)
	require.NoError(t, err)
	require.NoError(t, c.Commit(t.Context()))
	before := snapshot(t, env.Root, StateFolder)
	installed, err := env.Installed(t.Context())
	require.NoError(t, err)
	second := &Plan{Install: []Install{wheels.install(t, wheelmake.Spec{Name: "a", Version: "2", Files: map[string]string{"a/y.py": "2"}}),
		wheels.install(t, wheelmake.Spec{Name: "b", Version: "2", Files: map[string]string{"n/b.py": "2"}})}, Remove: installed}
	kills := 0
	for n, lived := 1, false; !lived; n++ {
		c, err := w.Apply(t.Context(), env, second)
		require.NoError(t, err)
		assert.NotEqual(t, before, snapshot(t, env.Root, StateFolder))
		c.(*change).Abandon()
		for again := range 2 {
			steps := 0
			f, err := openFolder(env.Root, func(string) error {
				if steps++; steps >= n {
					return errors.New("killed")
				}
				return nil
			})
			require.NoError(t, err)
			err = f.closeAfter(f.recoverIdle(t.Context()))
			if again == 0 {
				lived = err == nil
			}
			if steps >= n {
				kills++
			}
		}
		require.NoError(t, Recover(t.Context(), env.Root))
		require.Equal(t, before, snapshot(t, env.Root, StateFolder), "kill at step %d", n)
	}
	list, err := os.ReadDir(filepath.Join(env.Root, StateFolder))
	require.NoError(t, err)
	require.Len(t, list, 1, "only the lock stays")
	require.Greater(t, kills, 10)
	t.Logf("%d kills", kills)
}

func TestRecoverNothing(t *testing.T) {
	require.NoError(t, Recover(t.Context(), filepath.Join(t.TempDir(), "absent")))
	env := testEnv(t)
	before := snapshot(t, env.Root)
	require.NoError(t, Recover(t.Context(), env.Root))
	assert.Equal(t, before, snapshot(t, env.Root), "nothing is made")
	require.ErrorContains(t, Recover(t.Context(), ""), "no folder is named", "not the current one")
}

// TestRecoverDamaged leaves an environment alone whose state cannot be read.
func TestRecoverDamaged(t *testing.T) {
	env := testEnv(t)
	require.NoError(t, os.Mkdir(filepath.Join(env.Root, StateFolder), 0o755))
	for _, text := range []string{"", "{}", `{"schema":1,"crc32c":"00000000","body":{}}` + "\n"} {
		require.NoError(t, os.WriteFile(filepath.Join(env.Root, appliedName), []byte(text), 0o644))
		require.ErrorIs(t, Recover(t.Context(), env.Root), durable.ErrDamaged)
	}
}

// TestStore counts what is fetched, and mends what was edited.
func TestStore(t *testing.T) {
	wheels, dir := &testWheels{dir: t.TempDir()}, t.TempDir()
	w := &WheelInstaller{Fetcher: wheels, Store: dir, Link: LinkHard}
	in := wheels.install(t, wheelmake.Spec{Name: "a", Version: "1", Files: map[string]string{"a.py": "a = 1\n"}})
	apply := func() *Env {
		env := testEnv(t)
		c, err := w.Apply(t.Context(), env, &Plan{Install: []Install{in}})
		require.NoError(t, err)
		require.NoError(t, c.Commit(t.Context()))
		return env
	}
	env := apply()
	apply()
	assert.Equal(t, 1, int(wheels.fetch.Load()), "fetched and verified once")
	file := filepath.Join(env.Root, env.Scheme.Purelib, "a.py")
	require.NoError(t, os.WriteFile(file, []byte("edited"), 0o644)) // through the link, as an editor may
	env = apply()
	assert.Equal(t, 2, int(wheels.fetch.Load()), "the store noticed")
	b, err := os.ReadFile(filepath.Join(env.Root, env.Scheme.Purelib, "a.py"))
	require.NoError(t, err)
	assert.Equal(t, "a = 1\n", string(b))

	index := filepath.Join(dir, storeRules, in.File.Hashes["sha256"][:2], in.File.Hashes["sha256"], "index")
	require.NoError(t, os.WriteFile(index, []byte("rubbish"), 0o644))
	apply()
	assert.Equal(t, 3, int(wheels.fetch.Load()))
	list, err := os.ReadDir(filepath.Join(dir, storeRules))
	require.NoError(t, err)
	assert.Len(t, list, 1, "no temporary folder is left")
}

// TestStoreKeeps publishes what was unpacked although it cannot be installed.
func TestStoreKeeps(t *testing.T) {
	wheels, dir := &testWheels{dir: t.TempDir()}, t.TempDir()
	w := &WheelInstaller{Fetcher: wheels, Store: dir}
	a := wheels.install(t, wheelmake.Spec{Name: "a", Version: "1", Files: map[string]string{"x.py": "a"}})
	b := wheels.install(t, wheelmake.Spec{Name: "b", Version: "1", Files: map[string]string{"x.py": "b"}})
	env := testEnv(t)
	before := snapshot(t, env.Root, StateFolder)
	_, err := w.Apply(t.Context(), env, &Plan{Install: []Install{a, b}})
	var conflict *ConflictError
	require.ErrorAs(t, err, &conflict)
	assert.Equal(t, before, snapshot(t, env.Root, StateFolder))
	requirePublished(t, dir, 2)
	c, err := w.Apply(t.Context(), env, &Plan{Install: []Install{b}})
	require.NoError(t, err)
	require.NoError(t, c.Commit(t.Context()))
	assert.Equal(t, 2, int(wheels.fetch.Load()), "it is in the store")
}

// TestApplyFileAndFolder has one wheel bring a file where another needs a folder, in either order.
func TestApplyFileAndFolder(t *testing.T) {
	wheels, dir := &testWheels{dir: t.TempDir()}, t.TempDir()
	file := wheels.install(t, wheelmake.Spec{Name: "file", Version: "1", Files: map[string]string{"x/y": "file"}})
	folder := wheels.install(t, wheelmake.Spec{Name: "folder", Version: "1", Files: map[string]string{"x/y/z.py": "", "x/y/deep/er.py": ""}})
	for _, install := range [][]Install{{file, folder}, {folder, file}} {
		for _, store := range []string{"", dir} {
			env := testEnv(t)
			before := snapshot(t, env.Root, StateFolder)
			_, err := (&WheelInstaller{Fetcher: wheels, Store: store}).Apply(t.Context(), env, &Plan{Install: install})
			var conflict *ConflictError
			require.ErrorAs(t, err, &conflict)
			assert.Equal(t, &ConflictError{env.Scheme.Purelib + "/x/y", "file", "folder", conflict.Why}, conflict)
			assert.Equal(t, before, snapshot(t, env.Root, StateFolder))
		}
	}
}

// TestStoreFlushes installs more than is unpacked between two flushes, and once more from the store.
func TestStoreFlushes(t *testing.T) {
	wheels, dir := &testWheels{dir: t.TempDir()}, t.TempDir()
	plan := &Plan{}
	body := "x = 1\n" + strings.Repeat("# padding\n", flushSize/16)
	for n := range 6 {
		name := fmt.Sprintf("p%d", n)
		plan.Install = append(plan.Install, wheels.install(t, wheelmake.Spec{Name: name, Version: "1", Files: map[string]string{name + ".py": body}}))
	}
	ended, cancel := context.WithCancel(t.Context())
	w := &WheelInstaller{Fetcher: wheels, Store: dir, Step: func(step string) error { cancel(); return nil }}
	_, err := w.Apply(ended, testEnv(t), plan)
	require.ErrorIs(t, err, context.Canceled)
	for range 2 {
		w := &WheelInstaller{Fetcher: wheels, Store: dir}
		env := testEnv(t)
		c, err := w.Apply(t.Context(), env, plan)
		require.NoError(t, err)
		require.NoError(t, c.Commit(t.Context()))
		for n := range 6 {
			b, err := os.ReadFile(filepath.Join(env.Root, env.Scheme.Purelib, fmt.Sprintf("p%d.py", n)))
			require.NoError(t, err)
			assert.Equal(t, body, string(b))
		}
	}
	assert.LessOrEqual(t, int(wheels.fetch.Load()), 12, "the second time nothing is fetched")
	list, err := os.ReadDir(filepath.Join(dir, storeRules))
	require.NoError(t, err)
	for _, e := range list {
		assert.Len(t, e.Name(), 2, "no temporary folder is left")
	}
}

func TestLargestFirst(t *testing.T) {
	var all []Install
	for _, size := range []int64{5, -1, 7, 5} {
		in := Install{}
		in.File.Size = size
		all = append(all, in)
	}
	assert.Equal(t, []int{2, 0, 3, 1}, largestFirst(all))
	assert.Empty(t, largestFirst(nil))
}

func TestParseIndex(t *testing.T) {
	c := &wheel.Contents{File: "a-1-py3-none-any.whl", DistInfo: "a-1.dist-info", Purelib: true,
		Files:       []wheel.ContentsFile{{Name: "a b.py", Hash: "sha256=x", Size: 3, Time: 5}, {Name: "b", Hash: "sha256=y", Size: 0, Executable: true, Time: -6}},
		EntryPoints: []wheel.EntryPoint{{Group: "console_scripts", Name: "a", Module: "a", Attr: "f"}}}
	got, err := parseIndex(formatIndex(c))
	require.NoError(t, err)
	assert.Equal(t, c, got)
}

func FuzzParseIndex(f *testing.F) {
	f.Add("wheel\ta-1-py3-none-any.whl\ta-1.dist-info\t\ttrue\nfile\ta\tsha256=x\t1\tfalse\t7\n")
	f.Add("point\tconsole_scripts\ta\tb\tc\n")
	f.Fuzz(func(t *testing.T, body string) {
		text := framed(indexHead + "\n" + body)
		c, err := parseIndex(text)
		if err != nil {
			return
		}
		again, err := parseIndex(formatIndex(c))
		if err != nil || len(again.Files) != len(c.Files) {
			t.Fatalf("%q: read, but not again: %v", body, err)
		}
	})
}

// TestApplyLocked has two changes of one environment.
func TestApplyLocked(t *testing.T) {
	env, wheels := testEnv(t), &testWheels{dir: t.TempDir()}
	w := &WheelInstaller{Fetcher: wheels}
	c, err := w.Apply(t.Context(), env, &Plan{Install: []Install{wheels.install(t, wheelmake.Spec{Name: "a", Version: "1"})}})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = w.Apply(ctx, env, &Plan{})
	var locked *durable.LockedError
	require.ErrorAs(t, err, &locked)
	require.NoError(t, c.Rollback(t.Context()))
}
