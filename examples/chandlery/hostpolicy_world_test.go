//go:build oracle

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

// world is an index of made-up files on the loopback interface, and what pip, uv and this program choose of it. Their results are "name==version" in order, or failed.
type world struct {
	index, tools, env, cache string
	t                        *testing.T
}

const failed = "failed"

//go:embed testdata/backend.py
var backendProgram string

// newWorld has, with the days of their uploads, app 1.0, which requires lib, of which 3.0rc1 is the newest, and wide, deep and made, of which some releases are sdists alone.
func newWorld(t *testing.T) *world {
	s := &resolvetest.Server{Metadata: true}
	wheel := func(name, version, day string, requires ...string) {
		f := resolvetest.Wheel{Name: name, Version: version, RequiresDist: requires}.File()
		f.Uploaded = noon(t, day)
		s.AddFile(name, f)
	}
	sdist := func(name, version string, requires ...string) {
		s.AddFile(name, resolvetest.ServerFile{Name: name + "-" + version + ".tar.gz", Content: makeSdist(t, name, version, requires), Uploaded: noon(t, "2019-01-01")})
	}
	wheel("app", "1.0", "2019-01-01", "lib")
	sdist("app", "1.0")
	wheel("lib", "1.0", "2020-01-01")
	sdist("lib", "1.0")
	wheel("lib", "2.0", "2021-06-01")
	wheel("lib", "3.0rc1", "2022-01-01")
	wheel("pre", "1.0a1", "2019-01-01")
	wheel("wide", "1.0", "2019-01-01")
	sdist("wide", "2.0")
	wheel("wide", "3.0", "2019-01-01")
	wheel("deep", "1.0", "2019-01-01")
	sdist("deep", "2.0")
	sdist("made", "1.0", "tool")
	wheel("tool", "1.0", "2019-01-01")
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	w := &world{index: server.URL + "/simple/", tools: os.Getenv("CHANDLERY_TOOLS"), cache: t.TempDir(), t: t}
	require.NotEmpty(t, w.tools, "set CHANDLERY_TOOLS to a virtual environment with pip and uv")
	w.env = filepath.Join(t.TempDir(), "env")
	var stderr bytes.Buffer
	require.Zero(t, run(t.Context(), []string{"venv", w.env, "--python", filepath.Join(w.tools, "bin", "python"), "-q"}, io.Discard, &stderr), stderr.String())
	return w
}

func noon(t *testing.T, day string) time.Time {
	at, err := time.ParseInLocation("2006-01-02 15", day+" 12", time.Local)
	require.NoError(t, err)
	return at
}

// makeSdist is an sdist with a backend of its own. One that requires something to be built does not state its metadata for good, so that a build is asked for it.
func makeSdist(t *testing.T, name, version string, requires []string) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	quoted, err := json.Marshal(append([]string{}, requires...))
	require.NoError(t, err)
	form := "2.2"
	if len(requires) > 0 {
		form = "2.1"
	}
	files := map[string]string{
		"PKG-INFO":       fmt.Sprintf("Metadata-Version: %s\nName: %s\nVersion: %s\n", form, name, version),
		"pyproject.toml": fmt.Sprintf("[build-system]\nrequires = %s\nbuild-backend = \"backend\"\nbackend-path = [\".\"]\n", quoted),
		"backend.py":     backendProgram,
	}
	for _, file := range slices.Sorted(maps.Keys(files)) {
		require.NoError(t, w.WriteHeader(&tar.Header{Name: name + "-" + version + "/" + file, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(files[file]))}))
		_, err := w.Write([]byte(files[file]))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.NoError(t, z.Close())
	return b.Bytes()
}

// setting is what a machine is configured with, and what is asked for there.
type setting struct {
	env, files map[string]string // {root} in them is the machine's folder; its home is home, the working folder is app
	flags      []string          // of both commands
	ask        string            // projects; "" is app
}

func (s setting) asked() []string {
	if s.ask == "" {
		return []string{"app"}
	}
	return strings.Fields(s.ask)
}

// machine writes the files of a setting, and gives the folder and the whole environment.
func (w *world) machine(t *testing.T, s setting) (root string, env map[string]string) {
	root = t.TempDir()
	fill := func(text string) string { return strings.ReplaceAll(text, "{root}", root) }
	for _, dir := range []string{"home", "app", "xdg"} {
		require.NoError(t, os.Mkdir(filepath.Join(root, dir), 0o700))
	}
	files := map[string]string{
		"app/one.txt": "lib<2\n", "app/two.txt": "lib!=1.0\n", "app/three.txt": "lib<3\n", "app/none.txt": "lib<1\n", "app/tool.txt": "tool<1\n", "app/pin.txt": "lib==1.0\n",
	}
	maps.Copy(files, s.files)
	for name, text := range files {
		require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o700))
		require.NoError(t, os.WriteFile(filepath.Join(root, name), []byte(fill(text)), 0o600))
	}
	env = map[string]string{"HOME": filepath.Join(root, "home"), "XDG_CONFIG_DIRS": filepath.Join(root, "xdg"), "PATH": os.Getenv("PATH"), "TZ": os.Getenv("TZ")}
	for name, value := range s.env {
		env[name] = fill(value)
	}
	return root, env
}

// rival runs a tool of CHANDLERY_TOOLS; ok is false where it fails.
func (w *world) rival(t *testing.T, root string, env map[string]string, name string, args ...string) (stdout string, ok bool) {
	cmd := exec.CommandContext(t.Context(), filepath.Join(w.tools, "bin", name), args...)
	cmd.Dir = filepath.Join(root, "app")
	for _, name := range slices.Sorted(maps.Keys(env)) { // pip reads its variables as they come: of two that exclude each other the last decides
		cmd.Env = append(cmd.Env, name+"="+env[name])
	}
	cmd.Env = append(cmd.Env, "PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_RETRIES=0", "PIP_NO_INPUT=1", "PIP_CACHE_DIR="+w.cache, "UV_CACHE_DIR="+w.cache, "UV_PYTHON_DOWNLOADS=never", "UV_HTTP_RETRIES=0")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if err != nil {
		t.Logf("%s: %s", name, lastLines(errs.String()))
	}
	return out.String(), err == nil
}

func lastLines(text string) string {
	list := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(list[max(0, len(list)-3):], " | ")
}

// pip is what pip install chooses.
func (w *world) pip(t *testing.T, s setting) string {
	root, env := w.machine(t, s)
	args := append([]string{"install", "--dry-run", "--ignore-installed", "-qq", "--report", "-", "--index-url", w.index}, append(s.flags, s.asked()...)...)
	out, ok := w.rival(t, root, env, "pip", args...)
	if !ok {
		return failed
	}
	var report struct {
		Install []struct {
			Metadata struct{ Name, Version string }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(out), &report), out)
	var all []string
	for _, i := range report.Install {
		all = append(all, i.Metadata.Name+"=="+i.Metadata.Version)
	}
	return joined(all)
}

// uv is what uv pip compile chooses.
func (w *world) uv(t *testing.T, s setting) string {
	root, env := w.machine(t, s)
	args := append([]string{"pip", "compile", "-q", "--no-header", "--no-annotate", "--default-index", w.index, "--python", filepath.Join(w.env, "bin", "python")}, s.flags...)
	in := filepath.Join(root, "app", "asked.in")
	require.NoError(t, os.WriteFile(in, []byte(strings.Join(s.asked(), "\n")+"\n"), 0o600))
	out, ok := w.rival(t, root, env, "uv", append(args, in)...)
	if !ok {
		return failed
	}
	return pins(out)
}

// uvProject is what uv chooses for a project, which has variables that uv pip does not have.
func (w *world) uvProject(t *testing.T, s setting) string {
	root, env := w.machine(t, s)
	quoted, err := json.Marshal(s.asked())
	require.NoError(t, err)
	project := fmt.Sprintf("[project]\nname = \"project\"\nversion = \"1\"\nrequires-python = \">=3.9\"\ndependencies = %s\n", quoted)
	require.NoError(t, os.WriteFile(filepath.Join(root, "app", "pyproject.toml"), []byte(project), 0o600))
	out, ok := w.rival(t, root, env, "uv", "export", "-q", "--no-hashes", "--no-header", "--no-annotate", "--no-emit-project", "--default-index", w.index, "--python", filepath.Join(w.env, "bin", "python"))
	if !ok {
		return failed
	}
	return pins(out)
}

func pins(out string) string {
	var all []string
	line := regexp.MustCompile(`(?m)^(?: \+ )?([a-z]+==\S+)`)
	for _, m := range line.FindAllStringSubmatch(out, -1) {
		all = append(all, m[1])
	}
	return joined(all)
}

func joined(all []string) string {
	slices.Sort(all)
	return strings.Join(all, " ")
}

// ours is what chandlery install chooses.
func (w *world) ours(t *testing.T, s setting) string {
	root, env := w.machine(t, s)
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "PIP_") || strings.HasPrefix(name, "UV_") || strings.HasPrefix(name, "XDG_") {
			t.Setenv(name, "")
		}
	}
	for name, value := range env {
		t.Setenv(name, value)
	}
	t.Chdir(filepath.Join(root, "app"))
	args := append([]string{"install", "--dry-run", "--json", "--env", w.env, "--index", w.index, "--cache", w.cache}, append(s.flags, s.asked()...)...)
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), args, &stdout, &stderr); code != 0 {
		t.Logf("chandlery: %s", lastLines(stderr.String()+stdout.String()))
		return failed
	}
	lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	var answer struct{ Result installJSON }
	require.NoError(t, json.Unmarshal([]byte(lines[len(lines)-1]), &answer), stdout.String())
	var all []string
	for _, a := range answer.Result.Actions {
		all = append(all, a.Name+"=="+a.To)
	}
	return joined(all)
}
