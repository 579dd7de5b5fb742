//go:build live

package truth

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/environment"
	"github.com/chandlery-go/chandlery/upgrade/openstack"
	"github.com/chandlery-go/chandlery/upgrade/release"
	"github.com/chandlery-go/chandlery/venv/python"
)

// place is a release that is made a real environment of.
type place struct {
	version string
	series  string   // whose upper-constraints it is made under
	instead []string // constraints in place of the series'
	pythons []string // that run it, the best first
}

// places are the releases with real environments. Room release embeds constraints from yoga on; older releases are made under yoga's. Those before 16 cannot be made by an installer of today: they need
// suds-jurko, whose setup.py asks for what setuptools dropped (use_2to3), or libraries that no longer go together.
var places = []place{
	{"16.4.2", "yoga", []string{"SQLAlchemy<1.4", "oslo.db<11"}, []string{"3.8"}},
	{"17.4.0", "yoga", []string{"SQLAlchemy<1.4", "oslo.db<11"}, []string{"3.8", "3.9"}},
	{"18.2.1", "yoga", nil, []string{"3.8", "3.9"}},
	{"19.3.0", "yoga", nil, []string{"3.8", "3.9"}},
	{"20.3.2", "yoga", nil, []string{"3.9", "3.8"}},
	{"21.3.2", "zed", nil, []string{"3.10", "3.9"}},
	{"22.1.2", "2023.1", nil, []string{"3.10", "3.9"}},
	{"22.3.0", "2023.1", nil, []string{"3.10", "3.9"}},
	{"23.0.0", "2023.2", nil, []string{"3.11", "3.10", "3.9"}},
	{"23.5.0", "2023.2", nil, []string{"3.11", "3.10", "3.9"}},
	{"24.5.0", "2024.1", nil, []string{"3.11", "3.9"}},
	{"25.3.1", "2024.2", nil, []string{"3.11", "3.9"}},
	{"26.3.0", "2025.1", nil, []string{"3.11", "3.9"}},
	{"27.0.0", "2025.2", nil, []string{"3.11", "3.10"}},
	{"28.0.0", "2026.1", nil, []string{"3.11", "3.10"}},
}

// interpreter is the first of a place's that is at hand; nil where there is none.
func (p place) interpreter() *python.Interpreter {
	for _, minor := range p.pythons {
		for _, i := range suite.pythons {
			if fmt.Sprintf("%d.%d", i.Version.Release(0), i.Version.Release(1)) == minor {
				return i
			}
		}
	}
	return nil
}

// constraints are the series', but for those that have others in their stead.
func (p place) constraints(ctx context.Context) ([]pep508.Requirement, error) {
	all, err := release.ReadSeries(ctx, release.Embedded())
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(all, func(s release.Series) bool { return s.Is(p.series) })
	if at < 0 {
		return nil, fmt.Errorf("no series %s", p.series)
	}
	limits, err := release.ReadConstraints(ctx, release.Embedded(), all[at])
	if err != nil {
		return nil, err
	}
	for _, text := range p.instead {
		r, err := pep508.Parse(text)
		if err != nil {
			return nil, err
		}
		limits = append(slices.DeleteFunc(limits, func(l pep508.Requirement) bool { return l.Name == r.Name }), r)
	}
	return limits, nil
}

// build makes a place's environment where the folder has none yet, and gives its interpreter. One that is there is taken as it is: remove it when its place changes.
func (p place) build(ctx context.Context, t *testing.T) (string, error) {
	root := filepath.Join(suite.dir, "cinder-"+p.version)
	interpreter := filepath.Join(root, "bin", "python")
	if _, err := os.Stat(environment.LockPath(root)); err == nil {
		return interpreter, nil
	}
	i := p.interpreter()
	if i == nil {
		return "", fmt.Errorf("cinder %s needs one of CPython %s among CHANDLERY_PYTHONS", p.version, strings.Join(p.pythons, ", "))
	}
	limits, err := p.constraints(ctx)
	if err != nil {
		return "", err
	}
	setuptools, err := pep508.Parse("setuptools<80") // pkg_resources, which old ones import and none names
	if err != nil {
		return "", err
	}
	provisioner := &environment.Provisioner{
		Index: suite.client, Fetcher: suite.fetcher, Cache: filepath.Join(suite.dir, "built"), Store: filepath.Join(suite.dir, "store"), Pythons: []*python.Interpreter{i},
	}
	wanted := upgrade.Wanted{
		Component: openstack.Cinder(), Root: root,
		Target: upgrade.Target{Version: pep440.MustParse(p.version), Series: p.series, Constraints: limits, Extra: []pep508.Requirement{setuptools}},
	}
	began := time.Now()
	resolution, err := provisioner.Resolve(ctx, wanted)
	if err != nil {
		return "", err
	}
	if _, err := provisioner.Provision(ctx, wanted, resolution); err != nil {
		return "", err
	}
	t.Logf("cinder %s on CPython %s: %d distributions, %.1f s", p.version, i.Version, len(resolution.Pins), time.Since(began).Seconds())
	return interpreter, nil
}

// question is one that truth.py answers.
type question struct {
	Kind   string     `json:"kind"`
	Symbol string     `json:"symbol"`
	Name   string     `json:"name,omitempty"`  // of a member: its own name
	Bases  [][]string `json:"bases,omitempty"` // of a member: the host's classes that each class inherits from which the driver may be asked through
	Call   *shape     `json:"call,omitempty"`
	Params []param    `json:"params,omitempty"` // of a driver's method that the host calls
	Given  int        `json:"given"`            // arguments that it gets without being passed them
}

type param struct {
	Name    string `json:"name"`
	Kind    uint8  `json:"kind"` // api.ParamKind
	Default bool   `json:"default"`
}

type shape struct {
	Positional int      `json:"positional"`
	Keywords   []string `json:"keywords"`
	Star       bool     `json:"star"`
	StarStar   bool     `json:"starstar"`
}

// told is an answer of truth.py.
type told struct {
	Answer string `json:"answer"` // yes, no, instance, unknown
	Why    string `json:"why"`
}

// answers are all of one environment.
type answers struct {
	Python        string            `json:"python"`
	Distributions map[string]string `json:"distributions"`
	Answers       []told            `json:"answers"`
}

// ask has an environment answer, in one process.
func ask(t *testing.T, interpreter string, questions []question) answers {
	t.Helper()
	in, err := json.Marshal(map[string]any{"questions": questions})
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), interpreter, "-I", "truth.py")
	var stderr bytes.Buffer
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), &stderr
	out, err := cmd.Output()
	require.NoError(t, err, "%s", tail(stderr.String()))
	var a answers
	require.NoError(t, json.Unmarshal(out, &a))
	require.Len(t, a.Answers, len(questions))
	return a
}

func tail(text string) string { return text[max(0, len(text)-2000):] }
