//go:build live

package live

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// target is one kind of machine, in the words of each tool.
type target struct {
	platform string   // ours: the classroom's platform
	tag      string   // ours: the platform's tag
	python   string   // full
	uv       string   // --python-platform
	pip      []string // --platform, with what the machine takes besides (pip adds nothing itself)
	macos    string   // MACOSX_DEPLOYMENT_TARGET, from which alone uv takes the version of macOS
}

var manylinux217 = []string{"manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux_2_12_x86_64", "manylinux2010_x86_64", "manylinux_2_5_x86_64", "manylinux1_x86_64", "linux_x86_64"}

var targets = []target{
	{"windows", "win32", "3.7.4", "i686-pc-windows-msvc", []string{"win32"}, ""},
	{"windows", "win_amd64", "3.7.4", "x86_64-pc-windows-msvc", []string{"win_amd64"}, ""},
	{"darwin", "macosx_10_13_x86_64", "3.7.4", "x86_64-apple-darwin", []string{"macosx_10_13_x86_64"}, "10.13"},
	{"darwinbigsur", "macosx_11_0_arm64", "3.9.0", "aarch64-apple-darwin", []string{"macosx_11_0_arm64"}, "11.0"},
	{"linux", "manylinux_2_17_x86_64", "3.9.18", "x86_64-manylinux_2_17", manylinux217, ""},
}

// pick is what a tool chose for one project.
type pick struct {
	version, file string
	parents       []string // who asked for it; "" is the request itself
}

type picks map[pep508.Name]pick

var (
	selecting = regexp.MustCompile(`(?m)Selecting: (\S+?)==(\S+) \[\S+\] \((\S+\.whl)\)`)
	compiled  = regexp.MustCompile(`^(\S+?)==(\S+)$`)
)

// askUV lets uv choose for a target. The versions and parents are its answer; the file names stand in its log.
func askUV(t *testing.T, x target, requirements ...string) picks {
	t.Helper()
	cmd := exec.Command(tool(t, "uv"), "pip", "compile", "-", "-v", "--no-header", "--python", tool(t, "python"), "--python-platform", x.uv, "--python-version", x.python,
		"--only-binary", ":all:", "--cache-dir", filepath.Join(suite.cache, "uv"))
	cmd.Env = append(os.Environ(), "UV_NO_CONFIG=1", "UV_PYTHON_DOWNLOADS=never", "NO_COLOR=1")
	if x.macos != "" {
		cmd.Env = append(cmd.Env, "MACOSX_DEPLOYMENT_TARGET="+x.macos)
	}
	cmd.Stdin = strings.NewReader(strings.Join(requirements, "\n"))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	require.NoError(t, cmd.Run(), "%s", stderr.String())
	files := map[string]string{}
	for _, m := range selecting.FindAllStringSubmatch(stderr.String(), -1) {
		files[m[1]+"=="+m[2]] = m[3]
	}
	return readCompiled(t, stdout.String(), files)
}

// readCompiled reads `name==version` lines, each followed by `# via parent` or a list of parents.
func readCompiled(t *testing.T, text string, files map[string]string) picks {
	all := picks{}
	var name pep508.Name
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if m := compiled.FindStringSubmatch(line); m != nil {
			name = pep508.Name(m[1])
			require.NotEmpty(t, files[line], "uv's log has no file for %s", line)
			all[name] = pick{version: m[2], file: files[line]}
			continue
		}
		parent := strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(line, "#"), " via"))
		if p := all[name]; parent != "" && !strings.HasPrefix(parent, "-r") {
			p.parents = append(p.parents, strings.Fields(parent)[0])
			all[name] = p
		}
	}
	require.NotEmpty(t, all)
	return all
}

// report is the part that matters of pip's installation report.
type report struct {
	Install []struct {
		Metadata struct {
			Name, Version string
			RequiresDist  []string `json:"requires_dist"`
		}
		DownloadInfo struct{ URL string } `json:"download_info"`
		Requested    bool
	}
}

func pipFlags(x target) []string {
	flags := []string{"--python-version", x.python, "--implementation", "cp", "--only-binary", ":all:", "--no-cache-dir"}
	for _, p := range x.pip {
		flags = append(flags, "--platform", p)
	}
	return flags
}

// runPip asks pip what it would install on a target. The error is pip's own last line.
func runPip(t *testing.T, x target, args ...string) (report, string) {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "report.json")
	all := append([]string{"install", "-q", "--dry-run", "--ignore-installed", "--target", filepath.Join(dir, "t"), "--report", file}, pipFlags(x)...)
	out, err := exec.Command(tool(t, "pip"), append(all, args...)...).CombinedOutput()
	var r report
	if err != nil {
		return r, string(out)
	}
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &r))
	return r, ""
}

// picks reads a report; every parent whose Requires-Dist names a project counts, whatever its marker says.
func (r report) picks(t *testing.T) picks {
	t.Helper()
	all := picks{}
	for _, i := range r.Install {
		name, err := pep508.ParseName(i.Metadata.Name)
		require.NoError(t, err)
		p := pick{version: i.Metadata.Version, file: path.Base(i.DownloadInfo.URL)}
		if i.Requested {
			p.parents = []string{""}
		}
		all[name] = p
	}
	return all
}

func askPip(t *testing.T, x target, requirements ...string) (picks, report) {
	t.Helper()
	r, problem := runPip(t, x, requirements...)
	require.Empty(t, problem)
	return r.picks(t), r
}

// hostEnvironment is what pip evaluates markers with, for whatever target.
func hostEnvironment(t *testing.T) pep508.Environment {
	t.Helper()
	out, err := exec.Command(tool(t, "python"), "-c", "import json; from packaging.markers import default_environment as e; print(json.dumps(e()))").Output()
	require.NoError(t, err)
	var env pep508.Environment
	require.NoError(t, json.Unmarshal(out, &env))
	delete(env, "extra")
	return env
}

// resolution is what `chandlery resolve --json` answers.
type resolution struct {
	Pins []struct {
		Name, Version string
		Extras        []pep508.Name
		Files         []struct{ Tag, File string }
		RequiredBy    []reason `json:"required_by"`
	}
}

type reason struct{ By, Requirement string }

// askOurs resolves for one kind of machine of a platform; the reasons are kept by project.
func askOurs(t *testing.T, args []string, tag string) (picks, map[pep508.Name][]reason, map[string][]pep508.Name) {
	t.Helper()
	r := succeed[resolution](t, append([]string{"resolve", "--cache", suite.cache}, args...)...)
	all, why, extras := picks{}, map[pep508.Name][]reason{}, map[string][]pep508.Name{}
	for _, p := range r.Pins {
		extras[p.Name] = p.Extras
		for _, f := range p.Files {
			if f.Tag == tag {
				all[pep508.Name(p.Name)] = pick{version: p.Version, file: f.File}
				why[pep508.Name(p.Name)] = p.RequiredBy
			}
		}
	}
	require.NotEmpty(t, all)
	return all, why, extras
}
