//go:build oracle

package venv

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/venv/wheel"
)

// Real wheels: pure ones and those with extensions, namespace packages, .data of every kind, scripts of every kind.
var projects = flag.String("projects", `requests urllib3 idna certifi charset-normalizer numpy flask jinja2 markupsafe werkzeug itsdangerous click blinker ipython traitlets
jupyter-core jupyter-client jupyterlab-widgets notebook nbconvert pygments pyyaml cryptography cffi pycparser greenlet sqlalchemy attrs setuptools wheel pip protobuf
google-api-core googleapis-common-protos zope-interface pbr stevedore oslo-config virtualenv black ruff ninja terminado debugpy lxml`, "projects to install")

// tools is an environment with pip and uv, made once; CHANDLERY_TOOLS names one that is there.
func tools(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv("CHANDLERY_TOOLS"); dir != "" {
		return filepath.Join(dir, "bin")
	}
	dir := filepath.Join(t.TempDir(), "tools")
	run(t, interpreter(t).Executable, "-m", "venv", dir)
	run(t, filepath.Join(dir, "bin", "python"), "-m", "pip", "install", "-q", "-U", "pip", "uv")
	return filepath.Join(dir, "bin")
}

func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	require.NoError(t, err, "%s %q: %s", name, args, out)
	return string(out)
}

// TestInstallOracle installs the same wheels by us, by pip and by uv, and compares the trees file by file. The differences that are meant are in explained.
func TestInstallOracle(t *testing.T) {
	bin, dir := tools(t), t.TempDir()
	i := interpreter(t)
	names := strings.Fields(*projects)
	run(t, filepath.Join(bin, "pip"), append([]string{"--python", i.Executable, "download", "-q", "--no-deps", "--only-binary", ":all:", "-d", dir}, names...)...)
	plan := planOf(t, dir)
	require.Len(t, plan.Install, len(names))

	env := testEnv(t)
	w := &WheelInstaller{Fetcher: &testWheels{dir: dir}, Store: t.TempDir(), Compile: true}
	c, err := w.Apply(t.Context(), env, plan)
	require.NoError(t, err)
	require.NoError(t, c.Commit(t.Context()))
	ours := snapshot(t, env.Root, StateFolder)

	for _, rival := range []string{"pip", "uv"} {
		other := testEnv(t)
		python := filepath.Join(other.Scripts, "python")
		args := []string{"install", "--no-deps", "--no-index", "--find-links", dir}
		if rival == "pip" {
			run(t, filepath.Join(bin, "pip"), slices.Concat([]string{"--python", python}, args, names)...)
		} else {
			run(t, filepath.Join(bin, "uv"), slices.Concat([]string{"pip"}, args, []string{"--python", python, "--compile-bytecode", "--offline", "--cache-dir", t.TempDir()}, names)...)
		}
		compare(t, rival, env.Root, ours, other.Root, snapshot(t, other.Root))
		if rival == "pip" {
			assert.Equal(t, pip(t, other, "list"), pip(t, env, "list"))
			assert.Equal(t, pip(t, other, "check"), pip(t, env, "check"))
		}
	}

	installed, err := env.Installed(t.Context())
	require.NoError(t, err)
	site, err := env.Site()
	require.NoError(t, err)
	for _, in := range installed {
		assert.Empty(t, in.Check(t.Context(), site), in.Name)
	}
	c, err = w.Apply(t.Context(), env, &Plan{Remove: installed})
	require.NoError(t, err)
	require.NoError(t, c.Commit(t.Context()))
	assert.Equal(t, len(snapshot(t, testEnv(t).Root)), len(snapshot(t, env.Root, StateFolder)), "nothing is left")
}

func planOf(t *testing.T, dir string) *Plan {
	t.Helper()
	list, err := os.ReadDir(dir)
	require.NoError(t, err)
	p := &Plan{}
	for _, e := range list {
		in := fileInstall(filepath.Join(dir, e.Name()))
		in.Requested = true
		p.Install = append(p.Install, in)
	}
	return p
}

// pip asks the pip that was installed.
func pip(t *testing.T, env *Env, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), env.Python.Path, append([]string{"-m", "pip", "--disable-pip-version-check", "--no-cache-dir"}, args...)...).CombinedOutput()
	require.True(t, err == nil || args[0] == "check", string(out)) // check fails where requirements are absent, as they are here
	lines := strings.Split(string(out), "\n")
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

var infoFile = regexp.MustCompile(`\.dist-info/(INSTALLER|RECORD|REQUESTED|direct_url\.json|uv_[a-z]+\.json)$`)

// explained says why a file may differ; "" is: it may not.
func explained(rival, name string, scripts map[string]bool) string {
	switch {
	case name == ".lock" || name == StateFolder:
		return "a lock"
	case name == "pyvenv.cfg" || strings.HasPrefix(name, "bin/activate"), name == "bin/Activate.ps1":
		return "the place of the environment"
	case infoFile.MatchString(name):
		return "what tells of the installation"
	case strings.HasSuffix(name, ".pyc"):
		return "bytecode has the place and time of its source"
	case strings.HasPrefix(name, "bin/") && scripts[name]:
		return "launchers are in own words, and scripts have the interpreter's path"
	}
	return ""
}

func compare(t *testing.T, rival, root string, ours map[string]string, otherRoot string, theirs map[string]string) {
	t.Helper()
	scripts := map[string]bool{}
	for name := range ours {
		if strings.HasPrefix(name, "bin/") {
			scripts[name] = true
		}
	}
	counts := map[string]int{}
	var differences []string
	for name := range union(ours, theirs) {
		a, isOurs := ours[name]
		b, isTheirs := theirs[name]
		a, b = strings.ReplaceAll(a, root, "ROOT"), strings.ReplaceAll(b, otherRoot, "ROOT")
		why := explained(rival, name, scripts)
		switch {
		case isOurs && isTheirs && a == b:
			counts["equal"]++
		case why != "" && (isOurs == isTheirs || infoFile.MatchString(name) || !scripts[name] && !strings.HasSuffix(name, ".pyc")):
			counts[why]++
			if isOurs && isTheirs && a[:10] != b[:10] && !(rival == "uv" && infoFile.MatchString(name)) { // uv keeps the mode that the wheel's own RECORD has
				differences = append(differences, "mode of "+name+" "+a[:10]+" "+b[:10])
			}
		default:
			differences = append(differences, fmt.Sprintf("%s: ours %t, %s %t", name, isOurs, rival, isTheirs))
		}
		if strings.HasSuffix(name, ".dist-info/RECORD") && isOurs && isTheirs {
			differences = append(differences, compareRecords(t, rival, name, a, b)...)
		}
	}
	slices.Sort(differences)
	assert.Empty(t, differences[:min(20, len(differences))], "%s: %d differences", rival, len(differences))
	t.Logf("%s: %d files %v", rival, len(ours), counts)
}

func union(a, b map[string]string) map[string]bool {
	all := map[string]bool{}
	for name := range a {
		all[name] = true
	}
	for name := range b {
		all[name] = true
	}
	return all
}

// compareRecords holds lines of two RECORDs against each other: same paths, but for what the two write beside; same hashes, but for scripts and what tells of the installation.
func compareRecords(t *testing.T, rival, record, a, b string) (differences []string) {
	t.Helper()
	read := func(s string) map[string]wheel.RecordEntry {
		entries, err := wheel.ParseRecord([]byte(s[len("-rw-r--r-- "):]))
		require.NoError(t, err)
		all := map[string]wheel.RecordEntry{}
		for _, e := range entries {
			all[e.Path] = e
		}
		return all
	}
	ours, theirs := read(a), read(b)
	for name, e := range ours {
		other, ok := theirs[name]
		switch {
		case infoFile.MatchString(name) || strings.HasPrefix(name, "../../../bin/"):
		case rival == "uv" && strings.HasSuffix(name, ".pyc"): // uv does not list bytecode
		case !ok:
			differences = append(differences, record+": "+name+" is ours alone")
		case other != e:
			differences = append(differences, fmt.Sprintf("%s: %v, theirs is %v", record, e, other))
		}
	}
	for name := range theirs {
		if _, ok := ours[name]; !ok && !infoFile.MatchString(name) {
			differences = append(differences, record+": "+name+" is theirs alone")
		}
	}
	return differences
}
