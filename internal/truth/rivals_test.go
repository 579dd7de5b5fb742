//go:build live

package truth

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

var patience = flag.Duration("patience", time.Minute, "how long a rival may take for one set and platform, before it counts as having given up")

// outcome is how a resolver ended.
type outcome string

const (
	solved outcome = "solved"
	none   outcome = "no solution"
	gaveUp outcome = "gave up" // by a limit, of whosesoever, or by a failure of its own
)

// answer is what a resolver said of a set.
type answer struct {
	Outcome outcome `json:"outcome"`
	Pins    []pin   `json:"pins,omitempty"`
	Problem string  `json:"problem,omitempty"`
	Seconds float64 `json:"seconds"`
}

// pin is a chosen version; File, SHA256 and the extras are given where the resolver tells them.
type pin struct {
	Name    string   `json:"name"`
	Version string   `json:"version"`
	File    string   `json:"file,omitempty"`
	SHA256  string   `json:"sha256,omitempty"`
	Extras  []string `json:"extras"`
	Unknown []string `json:"unknown"`
}

// ours asks our Solver.
func (s *stand) ours(ctx context.Context, client *index.Client, x target, requirements []string) answer {
	begin := time.Now()
	resolution, err := s.resolve(ctx, client, x, requirements)
	a := answer{Outcome: solved, Seconds: time.Since(begin).Seconds()}
	var noSolution *resolve.NoSolutionError
	switch {
	case errors.As(err, &noSolution):
		a.Outcome, a.Problem = none, shortened(strings.Join(noSolution.Report, " "))
	case err != nil:
		a.Outcome, a.Problem = gaveUp, err.Error()
	default:
		for _, p := range resolution.Pins {
			a.Pins = append(a.Pins, pin{string(p.Name), p.Version.String(), p.Files[0].File, p.Files[0].Hashes["sha256"], texts(p.Extras), texts(p.UnknownExtras)})
		}
	}
	return a
}

func (s *stand) resolve(ctx context.Context, client *index.Client, x target, requirements []string) (*resolve.Resolution, error) {
	platform, err := x.platform()
	if err != nil {
		return nil, err
	}
	request := &resolve.Request{Platform: platform, Policy: resolve.Policy{ExcludeNewer: s.before}}
	for _, text := range requirements {
		r, err := pep508.Parse(text)
		if err != nil {
			return nil, err
		}
		request.Requirements = append(request.Requirements, r)
	}
	return (&resolve.Solver{Index: client}).Resolve(ctx, request)
}

func texts(names []pep508.Name) []string {
	list := []string{}
	for _, n := range names {
		list = append(list, string(n))
	}
	return list
}

var compiled = regexp.MustCompile(`(?m)^([A-Za-z0-9._-]+)==(\S+)$`)

// uv asks uv.
func (s *stand) uv(ctx context.Context, x target, requirements []string) answer {
	cmd := s.command(ctx, "uv", "pip", "compile", "-", "--quiet", "--no-header", "--no-annotate", "--python", filepath.Join(s.tools, "bin", "python"),
		"--python-platform", x.UV, "--python-version", x.Python, "--only-binary", ":all:", "--exclude-newer", Before, "--default-index", s.index,
		"--cache-dir", filepath.Join(s.dir, "uv"))
	cmd.Env = append(cmd.Env, "UV_NO_CONFIG=1", "UV_PYTHON_DOWNLOADS=never", "NO_COLOR=1", "MACOSX_DEPLOYMENT_TARGET="+x.MacOS)
	cmd.Stdin = strings.NewReader(strings.Join(requirements, "\n"))
	out, a := run(cmd)
	if a.Outcome == gaveUp && strings.Contains(a.Problem, "No solution found") {
		a.Outcome = none
	}
	for _, m := range compiled.FindAllStringSubmatch(string(out), -1) {
		a.Pins = append(a.Pins, pin{Name: m[1], Version: m[2]})
	}
	return a
}

//go:embed pip.py
var pipText string

// pip asks pip.
func (s *stand) pip(ctx context.Context, x target, requirements []string) answer {
	file, err := os.CreateTemp(s.dir, "report-*.json")
	if err != nil {
		return answer{Outcome: gaveUp, Problem: err.Error()}
	}
	file.Close()
	defer os.Remove(file.Name())
	environment, err := json.Marshal(x.environment())
	if err != nil {
		return answer{Outcome: gaveUp, Problem: err.Error()}
	}
	args := []string{"-I", "-c", pipText, string(environment), "install", "--quiet", "--dry-run", "--ignore-installed", "--isolated", "--disable-pip-version-check", "--no-cache-dir",
		"--target", filepath.Join(s.dir, "nothing"), "--report", file.Name(), "--index-url", s.index, "--uploaded-prior-to", Before,
		"--implementation", "cp", "--python-version", x.Python, "--only-binary", ":all:"}
	for _, p := range x.pipPlatforms() {
		args = append(args, "--platform", p)
	}
	_, a := run(s.command(ctx, "python", append(args, requirements...)...))
	if a.Outcome == solved {
		a.Pins, err = readReport(file.Name())
	} else if strings.Contains(a.Problem, "ResolutionImpossible") || strings.Contains(a.Problem, "No matching distribution") {
		a.Outcome = none
	}
	if err != nil {
		return answer{Outcome: gaveUp, Problem: err.Error()}
	}
	return a
}

// environment is the target's marker values: those of its likeliest machine.
func (x target) environment() map[string]string {
	return map[string]string{
		"os_name": x.OSName, "sys_platform": x.SysPlatform, "platform_system": x.PlatformSystem, "platform_machine": x.PlatformMachine[0],
		"platform_release": "", "platform_version": "", "implementation_name": "cpython", "platform_python_implementation": "CPython", "implementation_version": x.Python,
		"python_full_version": x.Python, "python_version": x.Python[:strings.LastIndexByte(x.Python, '.')],
	}
}

// pipPlatforms is the platform's tag with all that it takes besides, where pip adds nothing itself; in the order of `packaging`.
func (x target) pipPlatforms() []string {
	var minor int
	if _, err := fmt.Sscanf(x.Tag, "manylinux_2_%d_x86_64", &minor); err != nil {
		return []string{x.Tag}
	}
	list := []string{"linux_x86_64"}
	for ; minor >= 5; minor-- {
		list = append(list, fmt.Sprintf("manylinux_2_%d_x86_64", minor))
		if alias := map[int]string{17: "manylinux2014_x86_64", 12: "manylinux2010_x86_64", 5: "manylinux1_x86_64"}[minor]; alias != "" {
			list = append(list, alias)
		}
	}
	return list
}

// readReport reads pip's installation report.
func readReport(file string) ([]pin, error) {
	var report struct {
		Install []struct {
			Metadata     struct{ Name, Version string }
			DownloadInfo struct{ URL string } `json:"download_info"`
		}
	}
	b, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(b, &report)
	}
	var pins []pin
	for _, i := range report.Install {
		name, invalid := pep508.ParseName(i.Metadata.Name)
		address, unreadable := url.Parse(i.DownloadInfo.URL)
		if err = errors.Join(err, invalid, unreadable); err != nil {
			return nil, err
		}
		pins = append(pins, pin{Name: string(name), Version: i.Metadata.Version, File: path.Base(address.Path)})
	}
	slices.SortFunc(pins, func(a, b pin) int { return strings.Compare(a.Name, b.Name) })
	return pins, err
}

func (s *stand) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(s.tools, "bin", name), args...)
	cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "UV_") || strings.HasPrefix(v, "PIP_") || strings.HasPrefix(v, "MACOSX_")
	})
	return cmd
}

// run runs a rival; its problem is what it said last.
func run(cmd *exec.Cmd) ([]byte, answer) {
	var said strings.Builder
	cmd.Stderr = &said
	begin := time.Now()
	out, err := cmd.Output()
	a := answer{Outcome: solved, Seconds: time.Since(begin).Seconds()}
	if err != nil {
		a.Outcome, a.Problem = gaveUp, shortened(said.String()+" ("+err.Error()+")")
	}
	return out, a
}

// shortened is a text in one line, of its beginning and its end where it is long.
func shortened(s string) string {
	const most = 600
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= 2*most {
		return s
	}
	return strings.ToValidUTF8(s[:most]+" … "+s[len(s)-most:], "")
}
