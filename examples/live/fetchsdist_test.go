//go:build live

package live

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// withoutWheels are what cinder needed for years and what comes as an sdist alone: one with a pyproject.toml, one of before wheels. Neither says for good what it requires.
var withoutWheels = []string{"rtslib-fb==2.1.76", "pyinotify==0.9.6"}

// TestFetchSdists fills a folder for this machine with sdists and what they are built with, and has pip build and install from it without an index. For another platform they are
// refused, as nothing of theirs may run for it.
func TestFetchSdists(t *testing.T) {
	house := filepath.Join(t.TempDir(), "house")
	args := append([]string{"fetch", "--dest", house, "--cache", suite.cache, "--sdists", "--requirements-txt", "--python", tool(t, "python"), "setuptools", "wheel"}, withoutWheels...)
	first := succeed[fetchResult](t, args...)
	sdists, names := 0, map[string]bool{}
	for _, f := range first.Platforms[0].Files {
		names[f.Name] = true
		if strings.HasSuffix(f.File, ".tar.gz") {
			sdists++
			assert.FileExists(t, filepath.Join(house, f.File))
		}
	}
	assert.Equal(t, len(withoutWheels), sdists)
	assert.True(t, names["six"] && names["pyudev"], "only a build tells what rtslib-fb requires: %v", names)
	assert.Zero(t, succeed[fetchResult](t, append(args, "--offline")...).Fetched, "what a build taught is kept")

	env := filepath.Join(t.TempDir(), "env")
	succeed[json.RawMessage](t, "venv", "--python", tool(t, "python"), env)
	pip(t, append([]string{"--python", filepath.Join(env, "bin", "python"), "install", "--no-compile", "--no-index", "--find-links", house}, withoutWheels...)...)
	got := installed(t, env)
	for _, requirement := range withoutWheels {
		name, version, _ := strings.Cut(requirement, "==")
		assert.Equal(t, version, got[pep508.Name(name)], name)
	}

	other := filepath.Join(t.TempDir(), "other")
	refused := chandlery(t, append([]string{"fetch", "--dest", other, "--cache", suite.cache, "--sdists", "--platform", "windows"}, withoutWheels...)...)
	require.False(t, refused.OK)
	assert.Equal(t, "no-wheel", refused.Kind)
	assert.Contains(t, refused.Messages, ".tar.gz: find the build backend: nothing is built for windows here")
	_, err := os.Stat(other)
	assert.ErrorIs(t, err, os.ErrNotExist)
	t.Logf("%d sdists and %d wheels", sdists, len(names)-sdists)
}
