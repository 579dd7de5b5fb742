//go:build live

package live

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

var (
	windows64 = target{tag: "win_amd64", python: "3.9.18", uv: "windows", pip: []string{"win_amd64"}}
	windows32 = target{tag: "win32", python: "3.9.18", uv: "i686-pc-windows-msvc", pip: []string{"win32"}}
	macARM    = target{tag: "macosx_11_0_arm64", python: "3.9.18", uv: "aarch64-apple-darwin", pip: []string{"macosx_11_0_arm64"}, macos: "11.0"}
	linux217  = target{tag: "manylinux_2_17_x86_64", python: "3.9.18", uv: "x86_64-manylinux_2_17", pip: []string{"manylinux_2_17_x86_64"}}
)

func (x target) at(python string) target {
	x.python = python
	return x
}

func resolveFor(t *testing.T, x target, requirements ...string) picks {
	t.Helper()
	ours, _, _ := askOurs(t, append([]string{"--platform", x.tag, "--python", x.python}, requirements...), x.tag)
	return ours
}

// TestTraps: real libraries for which uv or pip choose wrongly for another machine. What is right was read off the libraries' own metadata.
func TestTraps(t *testing.T) {
	for _, c := range []struct {
		name         string
		target       target
		requirements []string
		has, hasNot  []pep508.Name
		uvRight      bool // then every version equals uv's
	}{
		{"keyring on Windows", windows64, []string{"keyring"}, []pep508.Name{"pywin32-ctypes"}, []pep508.Name{"secretstorage", "jeepney", "cryptography"}, true},
		{"click and tqdm on Windows, Python 3.7", windows64.at("3.7.4"), []string{"click", "tqdm"}, []pep508.Name{"colorama", "importlib-metadata", "zipp", "typing-extensions"}, nil, true},
		{"jupyter-core on Windows", windows64, []string{"jupyter-core"}, []pep508.Name{"pywin32"}, nil, true},
		{"sqlalchemy on macOS arm64: its marker leaves arm64 out", macARM, []string{"sqlalchemy<2.1"}, nil, []pep508.Name{"greenlet"}, true},
		{"sqlalchemy on win32, which may say AMD64", windows32, []string{"sqlalchemy<2.1"}, []pep508.Name{"greenlet"}, nil, false},
		{"kiwisolver on manylinux_2_17 named alone", linux217, []string{"kiwisolver"}, []pep508.Name{"kiwisolver"}, nil, true},
		{"platform_machine on win_amd64", windows64.at("3.7.4"), []string{`six; platform_machine == "AMD64"`, `idna; platform_machine == "x86_64"`}, []pep508.Name{"six"}, []pep508.Name{"idna"}, true},
		{"a marker that nobody can know", windows64.at("3.7.4"), []string{`six; platform_release >= "10"`}, []pep508.Name{"six"}, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			ours := resolveFor(t, c.target, c.requirements...)
			for _, name := range c.has {
				assert.Contains(t, ours, name)
			}
			for _, name := range c.hasNot {
				assert.NotContains(t, ours, name)
			}
			if c.uvRight {
				assertSameVersions(t, ours, askUV(t, c.target, c.requirements...))
			}
		})
	}
}

func assertSameVersions(t *testing.T, ours, theirs picks) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(both(ours, theirs))) {
		assert.Equal(t, theirs[name].version, ours[name].version, name)
	}
}

// TestTrapRequiresPython: cryptography excludes 3.9.0 and 3.9.1 by `!=`, which uv overlooks and pip does not.
func TestTrapRequiresPython(t *testing.T) {
	x := windows64.at("3.9.0")
	ours := resolveFor(t, x, "cryptography")
	pip, _ := askPip(t, x, "cryptography")
	assert.Equal(t, pip["cryptography"].file, ours["cryptography"].file)
	later := resolveFor(t, windows64.at("3.9.2"), "cryptography")
	assert.NotEqual(t, later["cryptography"].version, ours["cryptography"].version)
	r := chandlery(t, "resolve", "--cache", suite.cache, "--platform", "win_amd64", "--python", "3.9.0", "cryptography=="+later["cryptography"].version)
	assert.False(t, r.OK)
	assert.Contains(t, r.Messages, "Python")
}

// TestTrapUpperBound: kedro 0.18.0 requires Python below 3.11.
func TestTrapUpperBound(t *testing.T) {
	r := chandlery(t, "resolve", "--cache", suite.cache, "--platform", "manylinux_2_17_x86_64", "--python", "3.12.1", "kedro==0.18.0")
	assert.False(t, r.OK)
	assert.Contains(t, r.Messages, "Python")
	require.NotEmpty(t, resolveFor(t, linux217, "kedro==0.18.0"))
}

// TestNearestUsable: a version without a usable wheel names the tags on offer and the nearest version that has one.
func TestNearestUsable(t *testing.T) {
	config := writeJSON(t, map[string]any{"numpy": map[string]any{"expectedVersions": map[string]string{"darwinbigsur": "1.19.5"}}})
	r := chandlery(t, "publish", "--config", config, "--store", t.TempDir(), "--cache", suite.cache)
	assert.Equal(t, "no-wheel", r.Kind)
	assert.Contains(t, r.Messages, "macosx_10_9_x86_64")
	assert.Regexp(t, `1\.2[0-9]\.[0-9]`, r.Messages)
}
