package venv

import (
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/childtest"
	"github.com/chandlery-go/chandlery/internal/wheelmake"
)

func TestMain(m *testing.M) { childtest.Main(m, killMe) }

// killMe replaces what is installed by all wheels, and dies before a step: STEP ROOT STORE WHEELS.
func killMe(args []string) error {
	at, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	env, err := Open(background, args[1])
	if err != nil {
		return err
	}
	plan := &Plan{}
	for _, file := range args[3:] {
		plan.Install = append(plan.Install, fileInstall(file))
	}
	if plan.Remove, err = env.Installed(background); err != nil {
		return err
	}
	w := &WheelInstaller{Fetcher: &testWheels{dir: filepath.Dir(args[3])}, Store: args[2], Step: childtest.KillAt(at)}
	c, err := w.Apply(background, env, plan)
	if err != nil {
		return err
	}
	return c.Commit(background)
}

// TestKilled kills a true process at steps drawn by a printed seed; every one of them is played in the conformance suite.
func TestKilled(t *testing.T) {
	env, dir := testEnv(t), t.TempDir()
	wheels := &testWheels{dir: dir}
	c, err := (&WheelInstaller{Fetcher: wheels}).Apply(t.Context(), env, &Plan{Install: []Install{wheels.install(t, wheelmake.Spec{Name: "a", Version: "1"}), wheels.install(t, wheelmake.Spec{Name: "b", Version: "1"})}})
	require.NoError(t, err)
	require.NoError(t, c.Commit(t.Context()))
	before := snapshot(t, env.Root, StateFolder)
	var files []string
	for _, spec := range []wheelmake.Spec{{Name: "a", Version: "2"}, {Name: "c", Version: "2"}} {
		file, err := wheelmake.Write(dir, spec)
		require.NoError(t, err)
		files = append(files, file)
	}
	steps := 1 // the commit's, before it is done
	plan := &Plan{Install: []Install{fileInstall(files[0]), fileInstall(files[1])}}
	plan.Remove, err = env.Installed(t.Context())
	require.NoError(t, err)
	c, err = (&WheelInstaller{Fetcher: wheels, Step: func(string) error { steps++; return nil }}).Apply(t.Context(), env, plan)
	require.NoError(t, err)
	last := steps
	require.NoError(t, c.Rollback(t.Context()))
	require.Equal(t, before, snapshot(t, env.Root, StateFolder))
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	draw := rand.New(rand.NewPCG(seed, 0))
	kills := 0
	for n := range 16 {
		at, store := 1+draw.IntN(last), ""
		if n%2 == 1 {
			store = t.TempDir()
		}
		out, err := childtest.Command(append([]string{strconv.Itoa(at), env.Root, store}, files...)...).CombinedOutput()
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit, "it lived past step %d: %s", at, out)
		require.Empty(t, string(out))
		kills++
		require.NoError(t, Recover(t.Context(), env.Root))
		require.Equal(t, before, snapshot(t, env.Root, StateFolder), "step %d", at)
		if store != "" {
			requireStore(t, store, wheels, plan)
		}
	}
	t.Logf("%d kills at %d steps", kills, last)
}

// requireStore installs from a store that a killed process left: it serves, and nothing of that process stays in it.
func requireStore(t *testing.T, store string, wheels *testWheels, plan *Plan) {
	t.Helper()
	fresh := testEnv(t)
	c, err := (&WheelInstaller{Fetcher: wheels, Store: store}).Apply(t.Context(), fresh, &Plan{Install: plan.Install})
	require.NoError(t, err)
	require.NoError(t, c.Commit(t.Context()))
	installed, err := fresh.Installed(t.Context())
	require.NoError(t, err)
	require.Len(t, installed, len(plan.Install))
	site, err := fresh.Site()
	require.NoError(t, err)
	for _, in := range installed {
		require.Empty(t, in.Check(t.Context(), site))
	}
	requirePublished(t, store, len(plan.Install))
}

// requirePublished finds that many wheels in a store, and what no process works in.
func requirePublished(t *testing.T, store string, wheels int) {
	t.Helper()
	entries, err := filepath.Glob(filepath.Join(store, storeRules, "??", "*", "index"))
	require.NoError(t, err)
	require.Len(t, entries, wheels)
	left, err := filepath.Glob(filepath.Join(store, storeRules, runPrefix+"*"))
	require.NoError(t, err)
	require.Empty(t, left)
}
