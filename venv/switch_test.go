package venv

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// TestSwitchFiles refuses to rename folders that were there before, as an overlay does with those of its lower layer: it goes file by file, and back.
func TestSwitchFiles(t *testing.T) {
	env, wheels := testEnv(t), &testWheels{dir: t.TempDir()}
	var lower map[string]string
	w := &WheelInstaller{Fetcher: wheels, Step: func(step string) error {
		for _, word := range strings.Fields(step) {
			if strings.HasPrefix(step, "prune") {
				continue
			}
			if strings.HasPrefix(lower[word], "d") {
				return errors.New("no folder is renamed here")
			}
		}
		return nil
	}}
	apply := func(plan *Plan) Change {
		c, err := w.Apply(t.Context(), env, plan)
		require.NoError(t, err)
		return c
	}
	require.NoError(t, apply(&Plan{Install: []Install{wheels.install(t, wheelmake.Spec{Name: "a", Version: "1", Files: map[string]string{"a/b/x.py": "1", "a/y.py": "1"}})}}).Commit(t.Context()))
	require.NoError(t, os.Chmod(filepath.Join(env.Root, env.Scheme.Purelib, "a", "b"), 0o700))
	before := snapshot(t, env.Root, StateFolder)
	installed, err := env.Installed(t.Context())
	require.NoError(t, err)
	lower = before
	c := apply(&Plan{Install: []Install{wheels.install(t, wheelmake.Spec{Name: "a", Version: "2", Files: map[string]string{"a/y.py": "2"}})}, Remove: installed})
	after := snapshot(t, env.Root, StateFolder)
	assert.NotContains(t, after, env.Scheme.Purelib+"/a/b")
	assert.Contains(t, after[env.Scheme.Purelib+"/a/y.py"], "2")
	require.NoError(t, c.Rollback(t.Context()))
	assert.Equal(t, before, snapshot(t, env.Root, StateFolder))
}

// TestApplyRefused has environments that a plan cannot be for.
func TestApplyRefused(t *testing.T) {
	env, wheels := testEnv(t), &testWheels{dir: t.TempDir()}
	w := &WheelInstaller{Fetcher: wheels}
	site := filepath.Join(env.Root, env.Scheme.Purelib)
	require.NoError(t, os.Mkdir(filepath.Join(site, "old-1.0.egg-info"), 0o755))
	require.NoError(t, os.Mkdir(filepath.Join(site, "bare-1.0.dist-info"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(site, "bare-1.0.dist-info", "METADATA"), []byte("Metadata-Version: 2.1\nName: bare\nVersion: 1.0\n"), 0o644))
	before := snapshot(t, env.Root)
	installed, err := env.Installed(t.Context())
	require.NoError(t, err)
	require.Len(t, installed, 1)
	eggs, err := env.Eggs(t.Context())
	require.NoError(t, err)
	assert.Contains(t, eggs, installedName("old"))

	_, err = w.Apply(t.Context(), env, &Plan{Install: []Install{wheels.install(t, wheelmake.Spec{Name: "old", Version: "2"})}})
	assert.ErrorIs(t, err, wheel.ErrEgg)
	_, err = w.Apply(t.Context(), env, &Plan{Remove: installed})
	assert.ErrorIs(t, err, wheel.ErrNoRecord)
	_, err = w.Apply(t.Context(), env, &Plan{Install: []Install{wheels.install(t, wheelmake.Spec{Name: "bare", Version: "2"})}})
	assert.ErrorIs(t, err, ErrStale)
	twice := wheels.install(t, wheelmake.Spec{Name: "c", Version: "2"})
	_, err = w.Apply(t.Context(), env, &Plan{Install: []Install{twice, twice}})
	assert.ErrorContains(t, err, "twice")
	_, err = (&WheelInstaller{}).Apply(t.Context(), env, &Plan{})
	assert.ErrorContains(t, err, "set Fetcher")
	_, err = (&WheelInstaller{Fetcher: wheels, Name: "a\nb"}).Apply(t.Context(), env, &Plan{})
	assert.ErrorContains(t, err, "control characters")
	require.NoError(t, os.RemoveAll(filepath.Join(env.Root, StateFolder)))
	assert.Equal(t, before, snapshot(t, env.Root))
}

// TestOwn: a RECORD that lists the environment's own files takes none of them with it.
func TestOwn(t *testing.T) {
	env := testEnv(t)
	for name, own := range map[string]bool{
		"pyvenv.cfg": true, "bin/python": true, "bin/python3.11": true, "bin/activate.fish": true, "bin/Activate.ps1": true, "lib64/x": true, ".chandlery/lock": true,
		"bin/pip": false, "bin/python-config": false, "share/pyvenv.cfg": false, "lib/python/x.py": false,
	} {
		assert.Equal(t, own, env.own(name), name)
	}
	for path, want := range map[string]string{
		"../../../bin/pip": "bin/pip", "../../../pyvenv.cfg": "", "../../../../x": "", "/etc/passwd": "", "../../../bin/python3": "", "a/../b.py": env.Scheme.Purelib + "/b.py", `a\b`: "",
	} {
		assert.Equal(t, want, env.recorded(env.Scheme.Purelib, path), path)
	}
}
