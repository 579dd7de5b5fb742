//go:build live

package live

import (
	"crypto/sha256"
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

type fetchResult struct {
	Platforms []struct {
		Platform string
		Tags     []string
		Files    []struct{ Do, Name, Version, File, SHA256 string }
	}
	Fetched, Replaced, Kept int
	Bytes                   int64
	Removed, Requirements   []string
}

// wanted is what a wheelhouse is filled with: much for any platform, and much that each has its own of.
var wanted = []string{"requests[socks]", "sqlalchemy", "pandas", "lxml", "jinja2"}

// TestFetch fills a wheelhouse for this machine and every target in one run, and has pip install and download from it without an index.
func TestFetch(t *testing.T) {
	house := filepath.Join(t.TempDir(), "wheels")
	args := append([]string{"fetch", "--dest", house, "--cache", suite.cache, "--requirements-txt", "--platform", "host"}, wanted...)
	for _, x := range targets {
		args = append(args, "--platform", x.tag+"@"+x.python)
	}
	first := succeed[fetchResult](t, args...)
	require.Len(t, first.Platforms, 1+len(targets))
	asked, files := 0, map[string]bool{}
	for _, p := range first.Platforms {
		require.Greater(t, len(p.Files), len(wanted), p.Platform)
		for _, f := range p.Files {
			asked, files[f.File] = asked+1, true
		}
	}
	assert.Equal(t, first.Fetched, len(files))
	assert.Less(t, len(files), asked, "some serve several platforms")
	lying, err := filepath.Glob(filepath.Join(house, "*.whl"))
	require.NoError(t, err)
	assert.Len(t, lying, len(files))

	second := succeed[fetchResult](t, args...)
	assert.Zero(t, second.Fetched)
	assert.Equal(t, len(files), second.Kept)
	offline := succeed[fetchResult](t, append(args, "--offline", "--clean")...)
	assert.Zero(t, offline.Fetched)
	assert.Empty(t, offline.Removed)

	t.Run("pip installs", func(t *testing.T) {
		env := filepath.Join(t.TempDir(), "env")
		succeed[json.RawMessage](t, "venv", env)
		pip(t, append([]string{"--python", filepath.Join(env, "bin", "python"), "install", "--no-compile", "--no-index", "--find-links", house}, wanted...)...)
		got := installed(t, env)
		require.Len(t, got, len(first.Platforms[0].Files))
		for _, f := range first.Platforms[0].Files {
			assert.Equal(t, f.Version, got[pep508.Name(f.Name)], f.Name)
		}
		checkInstalled(t, env)
		hashed := filepath.Join(t.TempDir(), "env")
		succeed[json.RawMessage](t, "venv", hashed)
		pip(t, "--python", filepath.Join(hashed, "bin", "python"), "install", "--no-compile", "--no-index", "--find-links", house, "--require-hashes", "-r", filepath.Join(house, "requirements-host.txt"))
		assert.Equal(t, got, installed(t, hashed))
	})
	for i, x := range targets {
		t.Run("pip downloads for "+x.tag, func(t *testing.T) {
			to := t.TempDir()
			list := filepath.Join(house, first.Requirements[1+i])
			pip(t, append([]string{"download", "-q", "--no-index", "--find-links", house, "--no-deps", "--require-hashes", "-r", list, "--dest", to}, pipFlags(x)...)...)
			entries, err := os.ReadDir(to)
			require.NoError(t, err)
			var came, want []string
			for _, e := range entries {
				came = append(came, e.Name())
			}
			for _, f := range first.Platforms[1+i].Files {
				want = append(want, f.File)
			}
			assert.ElementsMatch(t, want, came)
		})
	}
	t.Logf("%d wheels (%d MB) for %d platforms, which ask for %d", len(files), first.Bytes/1e6, len(first.Platforms), asked)
}

// pip runs pip without any index that is configured here.
func pip(t *testing.T, args ...string) {
	t.Helper()
	cmd := exec.Command(tool(t, "pip"), append(args, "--disable-pip-version-check")...)
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "PIP_FIND_LINKS=") {
			cmd.Env = append(cmd.Env, entry)
		}
	}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%v\n%s", cmd.Args, out)
}

// TestFetchKills kills the program at random moments: every wheel that bears its name is whole, and the next run ends the work.
func TestFetchKills(t *testing.T) {
	const kills = 12
	random := rand.New(rand.NewPCG(killerSeed, 5))
	dir := t.TempDir()
	args := func(house string) []string {
		return append([]string{"fetch", "--dest", house, "--cache", suite.cache, "--platform", "linux", "--platform", "windows", "--platform", "darwin"}, wanted...)
	}
	started := time.Now()
	whole := succeed[fetchResult](t, args(filepath.Join(dir, "whole"))...)
	takes := time.Since(started)
	sums := map[string]string{}
	for _, p := range whole.Platforms {
		for _, f := range p.Files {
			sums[f.File] = f.SHA256
		}
	}
	killed, midway := 0, 0
	for n := 0; killed < kills; n++ {
		require.Less(t, n, 20*kills)
		house := filepath.Join(dir, fmt.Sprint("house-", n))
		cmd := exec.Command(suite.program, args(house)...)
		require.NoError(t, cmd.Start())
		time.Sleep(takes/4 + time.Duration(random.Int64N(int64(takes))))
		require.NoError(t, cmd.Process.Kill())
		if cmd.Wait() == nil {
			continue // it had ended
		}
		killed++
		lying, err := filepath.Glob(filepath.Join(house, "*.whl"))
		require.NoError(t, err)
		for _, file := range lying {
			b, err := os.ReadFile(file)
			require.NoError(t, err)
			assert.Equal(t, sums[filepath.Base(file)], fmt.Sprintf("%x", sha256.Sum256(b)), file)
		}
		if len(lying) > 0 && len(lying) < len(sums) {
			midway++
		}
		after := succeed[fetchResult](t, args(house)...)
		assert.Equal(t, len(lying), after.Kept)
		assert.Equal(t, len(sums)-len(lying), after.Fetched)
		if after.Fetched > 0 {
			left, err := os.ReadDir(house)
			require.NoError(t, err)
			assert.Len(t, left, len(sums), "nothing but the wheels")
		}
	}
	assert.Positive(t, midway)
	t.Logf("seed %d: %d kills within %s, %d of them with some wheels there and others not", killerSeed, killed, takes, midway)
}
