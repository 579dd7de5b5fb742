//go:build oracle

package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
)

//go:embed resolve_oracle.py
var lockReader []byte

// tool runs a program of CHANDLERY_TOOLS.
func tool(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	tools := os.Getenv("CHANDLERY_TOOLS")
	require.NotEmpty(t, tools, "set CHANDLERY_TOOLS to a virtual environment with pip and packaging")
	command := exec.CommandContext(t.Context(), filepath.Join(tools, "bin", name), args...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	b, err := command.Output()
	require.NoError(t, err, "%s", stderr.String())
	return b
}

func chandlery(t *testing.T, args ...string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	require.Zero(t, run(t.Context(), append(args, "--cache", t.TempDir()), &stdout, &stderr), stderr.String())
	return stdout.Bytes()
}

// TestPipTakesOutput: pip in its hash-checking mode takes what --format requirements --hashes wrote, reports the same as --format inspect, and reads the lock.
func TestPipTakesOutput(t *testing.T) {
	dir := t.TempDir()
	wheels, files := filepath.Join(dir, "wheels"), filepath.Join(dir, "files")
	for _, folder := range []string{wheels, files} {
		require.NoError(t, os.Mkdir(folder, 0o755))
	}
	require.NoError(t, wheelmake.Folder(wheels, wheelmake.Spec{Name: "app", Version: "1.0", Requires: []string{"lib>=1", "extra; extra == 'x'"}, Extras: []string{"x"}, RequiresPython: ">=3"},
		wheelmake.Spec{Name: "lib", Version: "1.0"}, wheelmake.Spec{Name: "extra", Version: "2.0.post1"}))
	require.NoError(t, wheelmake.Folder(files, wheelmake.Spec{Name: "direct", Version: "3.0"}))
	python := strings.TrimSpace(string(tool(t, "python", "-c", "import platform; print(platform.python_version())")))
	request := []string{"resolve", "app[x]", filepath.Join(files, "direct-3.0-py3-none-any.whl"), "--platform", "manylinux_2_17_x86_64@" + python, "--index", wheels}
	pip := []string{"-I", "-m", "pip", "--isolated", "install", "--no-index", "--find-links", wheels, "--dry-run", "--ignore-installed", "--quiet", "--report", "-"}
	type item struct {
		Download struct {
			URL     string `json:"url"`
			Archive struct {
				Hashes map[string]string `json:"hashes"`
			} `json:"archive_info"`
		} `json:"download_info"`
		Direct   bool           `json:"is_direct"`
		Yanked   bool           `json:"is_yanked"`
		Metadata map[string]any `json:"metadata"`
	}
	items := func(b []byte) []item {
		var report struct {
			Version string `json:"version"`
			Install []item `json:"install"`
		}
		require.NoError(t, json.Unmarshal(b, &report))
		assert.Equal(t, "1", report.Version)
		slices.SortFunc(report.Install, func(a, b item) int { return strings.Compare(a.Download.URL, b.Download.URL) })
		for i, in := range report.Install {
			for key := range in.Metadata {
				if !slices.Contains([]string{"metadata_version", "name", "version", "requires_python", "requires_dist", "provides_extra"}, key) {
					delete(in.Metadata, key)
				}
			}
			for algorithm := range in.Download.Archive.Hashes {
				if algorithm != "sha256" {
					delete(report.Install[i].Download.Archive.Hashes, algorithm)
				}
			}
			if list, ok := in.Metadata["requires_dist"].([]any); ok {
				for n, text := range list {
					list[n] = strings.ReplaceAll(strings.ReplaceAll(text.(string), " ", ""), "'", "\"")
				}
			}
		}
		return report.Install
	}
	ours := items(chandlery(t, append(request, "--format", "inspect")...))
	require.Len(t, ours, 4)

	asked, lock := filepath.Join(dir, "requirements.txt"), filepath.Join(dir, "pylock.toml")
	chandlery(t, append(request, "--format", "requirements", "--hashes", "-o", asked)...)
	assert.Equal(t, ours, items(tool(t, "python", append(pip, "--require-hashes", "--no-deps", "-r", asked)...)))
	chandlery(t, append(request, "--format", "pylock", "-o", lock)...)
	// From a lock pip says of every file that it is direct.
	locked := items(tool(t, "python", append(pip, "-r", lock)...))
	for i := range locked {
		locked[i].Direct = ours[i].Direct
	}
	assert.Equal(t, ours, locked)

	b, err := os.ReadFile(asked)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(asked, wrongHash(b), 0o600))
	command := exec.CommandContext(t.Context(), filepath.Join(os.Getenv("CHANDLERY_TOOLS"), "bin", "python"), append(pip, "--require-hashes", "--no-deps", "-r", asked)...)
	assert.Error(t, command.Run(), "the comparison would see a wrong hash")
}

// wrongHash changes the first digit of the first hash.
func wrongHash(b []byte) []byte {
	at := bytes.Index(b, []byte("sha256:")) + len("sha256:")
	out := slices.Clone(b)
	out[at] = map[bool]byte{true: '1', false: '0'}[b[at] == '0']
	return out
}

// TestLockOracle: from a lock for several platforms packaging chooses, on each of them, what was resolved for it.
func TestLockOracle(t *testing.T) {
	const seed, rounds = 751, 40
	g := rand.New(rand.NewPCG(seed, 1))
	platforms := []string{
		"win_amd64@3.9.18", "windows", "macosx_11_0_arm64@3.11.2", "macosx_10_13_x86_64@3.9.18", "manylinux_2_17_x86_64@3.9.18", "manylinux_2_17_x86_64@3.12.1", "manylinux_2_17_aarch64@3.11.2",
		"manylinux_2_17_x86_64@3.12.4",
	}
	dir := t.TempDir()
	script := filepath.Join(dir, "read.py")
	require.NoError(t, os.WriteFile(script, lockReader, 0o600))
	locks, pins, marked := 0, 0, 0
	for round := range rounds {
		wheels := filepath.Join(dir, fmt.Sprint("wheels", round))
		require.NoError(t, os.Mkdir(wheels, 0o755))
		require.NoError(t, wheelmake.Folder(wheels, universe(g)...))
		some := slices.Clone(platforms)
		g.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
		some = some[:2+g.IntN(len(some)-1)]
		request := []string{"resolve", "root", "--index", wheels}
		for _, p := range some {
			request = append(request, "--platform", p)
		}
		var reports []struct {
			Tag     string `json:"tag"`
			Install []struct {
				Download struct {
					URL string `json:"url"`
				} `json:"download_info"`
			} `json:"install"`
			Environment map[string]string `json:"environment"`
		}
		require.NoError(t, json.Unmarshal(chandlery(t, append(request, "--format", "inspect")...), &reports))
		var machines []map[string]any
		want := [][]string{}
		for _, r := range reports {
			machines = append(machines, map[string]any{"environment": r.Environment, "platforms": []string{r.Tag}})
			files := []string{}
			for _, in := range r.Install {
				files = append(files, path.Base(in.Download.URL))
			}
			slices.Sort(files)
			want, pins = append(want, files), pins+len(files)
		}
		list, err := json.Marshal(machines)
		require.NoError(t, err)
		lock, targets := filepath.Join(wheels, "pylock.toml"), filepath.Join(wheels, "machines.json")
		require.NoError(t, os.WriteFile(targets, list, 0o600))
		chandlery(t, append(request, "--format", "pylock", "-o", lock)...)
		text, err := os.ReadFile(lock)
		require.NoError(t, err)
		var got [][]string
		require.NoError(t, json.Unmarshal(tool(t, "python", script, lock, targets), &got))
		require.Equal(t, want, got, "round %d: %s\n%s", round, strings.Join(some, " "), text)
		locks, marked = locks+1, marked+strings.Count(string(text), "\nmarker = ")
	}
	t.Logf("seed %d: %d locks, %d files chosen alike, %d markers", seed, locks, pins, marked)
	assert.Greater(t, marked, rounds)
}

// universe is a few projects that root asks for, most under markers, in versions of which not all machines can use every one.
func universe(g *rand.Rand) []wheelmake.Spec {
	one := func(list ...string) string { return list[g.IntN(len(list))] }
	root := wheelmake.Spec{Name: "root", Version: "1"}
	var out []wheelmake.Spec
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		marker := one("", "", "sys_platform == 'win32'", "sys_platform != 'darwin'", "python_version < '3.10'", "platform_machine == 'arm64' or platform_machine == 'AMD64'", "python_full_version >= '3.12.3'", "platform_system == 'Linux' and python_version >= '3.11'")
		requires := name
		if marker != "" {
			requires += "; " + marker
		}
		root.Requires = append(root.Requires, requires)
		out = append(out, wheelmake.Spec{Name: name, Version: "1"}) // for all
		for _, version := range []string{"2", "3"} {
			spec := wheelmake.Spec{Name: name, Version: version, Tag: one("py3-none-any", "cp39-cp39-win_amd64", "py3-none-win32", "cp311-abi3-macosx_11_0_arm64", "cp39-abi3-manylinux_2_17_x86_64", "py3-none-macosx_10_13_x86_64"), RequiresPython: one("", "", ">=3.8", ">=3.11", ">=3.12.2")}
			if g.IntN(3) == 0 {
				spec.Requires = []string{"f" + one("", "==1", ">1; sys_platform == 'linux'")}
			}
			out = append(out, spec)
		}
	}
	return append(out, root, wheelmake.Spec{Name: "f", Version: "1"}, wheelmake.Spec{Name: "f", Version: "2"})
}
