//go:build live

package live

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// asked are libraries with many dependencies and with compiled code, and one that has no wheel on the index.
const asked = `
# what an application would ask for
jupyterlab
pandas >= 2 ; python_version >= "3.9"
requests[socks]
sqlalchemy \
    >= 2
docopt   # an sdist only
`

type installResult struct {
	Changed bool
	Actions []struct{ Do, Name, From, To string }
	Kept    int
}

// installed is what pip says of an environment, by normalised name.
func installed(t *testing.T, env string) map[pep508.Name]string {
	t.Helper()
	out, err := exec.Command(tool(t, "pip"), "--python", filepath.Join(env, "bin", "python"), "list", "--format", "json", "--disable-pip-version-check").Output()
	require.NoError(t, err)
	var list []struct{ Name, Version string }
	require.NoError(t, json.Unmarshal(out, &list))
	all := map[pep508.Name]string{}
	for _, p := range list {
		all[pep508.NormalizeName(p.Name)] = p.Version
	}
	require.Len(t, all, len(list), "nothing is there twice")
	return all
}

// checkInstalled holds an environment to pip check.
func checkInstalled(t *testing.T, env string) {
	t.Helper()
	out, err := exec.Command(tool(t, "pip"), "--python", filepath.Join(env, "bin", "python"), "check", "--disable-pip-version-check").CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// TestInstall brings an environment from the real index, as a user does, and has pip judge it.
func TestInstall(t *testing.T) {
	dir := t.TempDir()
	env, requirements, lock := filepath.Join(dir, "env"), filepath.Join(dir, "requirements.txt"), filepath.Join(dir, "pylock.toml")
	require.NoError(t, os.WriteFile(requirements, []byte(asked), 0o600))
	succeed[json.RawMessage](t, "venv", env)
	install := func(env string, args ...string) installResult {
		return succeed[installResult](t, append([]string{"install", "--env", env, "--cache", suite.cache}, args...)...)
	}

	first := install(env, "-r", requirements, "--lock", lock)
	got := installed(t, env)
	require.Greater(t, len(got), 80)
	assert.Len(t, first.Actions, len(got))
	for _, a := range first.Actions {
		assert.Equal(t, a.To, got[pep508.Name(a.Name)], a.Name)
	}
	assert.Contains(t, got, pep508.Name("docopt"))
	checkInstalled(t, env)
	out, err := exec.Command(filepath.Join(env, "bin", "python"), "-c", "import pandas, jupyterlab, requests, socks, sqlalchemy, docopt; pandas.DataFrame({'a': [1]}).sum()").CombinedOutput()
	require.NoError(t, err, "%s", out)

	second := install(env, "-r", requirements)
	assert.False(t, second.Changed)
	assert.Equal(t, len(got), second.Kept)

	removed := install(env, "requests[socks]", "--exact")
	checkInstalled(t, env)
	left := installed(t, env)
	assert.Len(t, left, len(got)-len(removed.Actions))
	for _, a := range removed.Actions {
		assert.Equal(t, "remove", a.Do)
	}
	assert.Contains(t, left, pep508.Name("pysocks"))
	assert.NotContains(t, left, pep508.Name("pandas"))

	other := filepath.Join(dir, "other")
	succeed[json.RawMessage](t, "venv", other)
	install(other, "--from-lock", lock)
	assert.Equal(t, got, installed(t, other))
	checkInstalled(t, other)
	t.Logf("%d libraries installed, locked, removed but for %d, and installed again from the lock", len(got), len(left))

	uv, err := exec.Command(tool(t, "uv"), "pip", "install", "--dry-run", "--quiet", "--python", filepath.Join(other, "bin", "python"), "-r", lock).CombinedOutput()
	require.NoError(t, err, "uv reads the lock: %s", uv)
}

// TestInstallKills kills installs at random moments: the next run mends the environment and brings it to the end.
func TestInstallKills(t *testing.T) {
	const kills = 12
	random := rand.New(rand.NewPCG(killerSeed, 4))
	dir := t.TempDir()
	env := filepath.Join(dir, "env")
	succeed[json.RawMessage](t, "venv", env)
	sets := [][]string{{"flask", "sqlalchemy", "pandas"}, {"requests[socks]"}}
	var want [2]map[pep508.Name]string
	var whole time.Duration
	for n, set := range sets {
		started := time.Now()
		succeed[installResult](t, append([]string{"install", "--env", env, "--cache", suite.cache, "--exact"}, set...)...)
		want[n], whole = installed(t, env), time.Since(started)
	}
	killed, between := 0, map[string]int{}
	for n := 0; killed < kills; n++ {
		require.Less(t, n, 10*kills)
		to := n % 2
		cmd := exec.Command(suite.program, append([]string{"install", "--env", env, "--cache", suite.cache, "--exact"}, sets[to]...)...)
		require.NoError(t, cmd.Start())
		if n%4 < 2 {
			time.Sleep(time.Duration(random.Int64N(int64(whole))))
		} else { // while what was renamed can still be taken back
			waitFor(filepath.Join(env, ".chandlery"), "journal", "applied")
		}
		require.NoError(t, cmd.Process.Kill())
		if cmd.Wait() == nil {
			continue // it had ended
		}
		killed++
		entries, err := os.ReadDir(filepath.Join(env, ".chandlery"))
		require.True(t, err == nil || os.IsNotExist(err))
		var left []string
		for _, e := range entries {
			left = append(left, e.Name())
		}
		between[fmt.Sprint(left)]++
		succeed[installResult](t, append([]string{"install", "--env", env, "--cache", suite.cache, "--exact"}, sets[to]...)...)
		require.Equal(t, want[to], installed(t, env))
		checkInstalled(t, env)
	}
	midway := 0
	var states []string
	for state, count := range between {
		if strings.Contains(state, "journal") || strings.Contains(state, "applied") {
			midway += count
		}
		states = append(states, fmt.Sprintf("%d× %s", count, state))
	}
	assert.Positive(t, midway)
	t.Logf("seed %d: %d kills within %s; what they left: %s", killerSeed, killed, whole, strings.Join(states, ", "))
}

// waitFor waits until one of the names is in a folder, at most 20 seconds.
func waitFor(dir string, names ...string) {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Microsecond) {
		for _, name := range names {
			if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
				return
			}
		}
	}
}
