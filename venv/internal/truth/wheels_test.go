//go:build live

package truth

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"iter"
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

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/python"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

var (
	all    = flag.Bool("truth.all", false, "take every project, in place of a sample")
	sample = flag.Int("truth.sample", 40, "how many projects a sample has")
	seed   = flag.Uint64("truth.seed", 0, "draw the sample by this seed; 0: by a new one")
	wheels = flag.String("truth.wheels", "", "folder in which wheels are kept")
	report = flag.Bool("truth.report", false, "write report/wheels.md")
)

// TestWheels installs and removes; the package's text has the steps.
func TestWheels(t *testing.T) {
	found, err := exec.LookPath("python3")
	require.NoError(t, err)
	i, err := python.Probe(t.Context(), found)
	require.NoError(t, err)
	names, draw := drawn(t)
	chosen, lacking := choose(t, i, names)
	groups, c := group(chosen), newComparison()
	for n, g := range groups {
		b := &bench{T: t, python: i, dir: filepath.Join(t.TempDir(), fmt.Sprint(n)), wheels: g, draw: draw, comparison: c}
		b.run()
		t.Logf("environment %d of %d: %d wheels; so far %d files, %d equal", n+1, len(groups), len(b.wheels), c.files, c.equal)
		require.NoError(t, os.RemoveAll(b.dir))
	}
	t.Logf("%d projects, %d wheels, %d lacking, %d files, %d lines of RECORD, meant %v, refused %v, declined by pip %v", len(names), len(chosen), len(lacking), c.files, c.lines, c.meant, c.refused, c.declined)
	require.Positive(t, c.equal)
	if *all {
		assert.GreaterOrEqual(t, len(chosen)-len(c.refused)-len(c.declined), 300, "wheels")
	}
	assert.Empty(t, c.unmeant[:min(40, len(c.unmeant))], "%d differences that nobody meant", len(c.unmeant))
	if *report {
		write(t, c, len(names), len(chosen), len(groups), lacking)
	}
}

// bench is one group of wheels under test.
type bench struct {
	*testing.T
	python     *python.Interpreter
	dir        string
	wheels     []*choice
	draw       *rand.Rand
	comparison *comparison
}

// site is an environment, and how it was before anything was installed.
type site struct {
	*venv.Env
	bare tree
}

func (s *site) root() string { return s.Root }

func (s *site) now(t *testing.T) tree { return treeOf(t, s.Root) }

func (b *bench) site(name string) *site {
	env, err := (&venv.Builder{}).Create(b.Context(), venv.Spec{Root: filepath.Join(b.dir, name, "env"), Python: b.python})
	require.NoError(b, err)
	return &site{env, treeOf(b.T, env.Root)}
}

func (b *bench) run() {
	ours, theirs := b.site("a"), b.site("b")
	b.install(ours)
	place(b.T, b.files(), b.wheels)
	if b.decline(theirs) {
		b.remove(ours, b.installed(ours))
		b.install(ours)
	}
	full := ours.now(b.T)
	b.comparison.trees(b.T, ours, theirs)

	installed := b.installed(ours)
	require.Len(b, installed, len(b.wheels))
	b.draw.Shuffle(len(installed), func(i, j int) { installed[i], installed[j] = installed[j], installed[i] })
	half := installed[:len(installed)/2]
	b.remove(ours, half)
	b.same("half removed", full.without(brought(ours, half), ours.bare), ours.now(b.T))
	b.remove(ours, installed[len(half):])
	b.same("all removed", ours.bare, ours.now(b.T))

	b.install(ours)
	b.same("installed again", full, ours.now(b.T))
	b.pip(ours, append([]string{"uninstall", "-y"}, b.names()...)...)
	b.removedByPip(ours)

	b.remove(theirs, b.installed(theirs))
	b.same("pip's removed", theirs.bare, theirs.now(b.T))
}

// removedByPip holds what pip left to what it should have, but for folders in which there is no file.
func (b *bench) removedByPip(s *site) {
	left := s.now(b.T)
	files := left.without(nil, s.bare)
	b.comparison.meant[becausePipLeaves] += len(left) - len(files)
	if _, ok := files[s.Scheme.Purelib]; !ok {
		b.comparison.meant[becausePipTakes]++
		files[s.Scheme.Purelib] = s.bare[s.Scheme.Purelib]
	}
	b.same("pip removed ours", s.bare, files)
}

func (b *bench) files() string { return filepath.Join(b.dir, "wheels") }

func (b *bench) names() (names []string) {
	for _, c := range b.wheels {
		names = append(names, string(c.name))
	}
	return names
}

// same is a step at which a tree must be as wanted.
func (b *bench) same(what string, want, got tree) {
	b.Helper()
	for _, line := range difference(want, got) {
		b.comparison.fault("%s: %s", what, line)
	}
}

// install brings all wheels in; one that is refused is noted and left out from here on.
func (b *bench) install(s *site) {
	for {
		plan := &venv.Plan{}
		for _, c := range b.wheels {
			plan.Install = append(plan.Install, c.install())
		}
		err := b.apply(s, plan)
		var bad *venv.DistributionError
		if !errors.As(err, &bad) {
			require.NoError(b, err)
			return
		}
		b.comparison.refused[string(bad.Name)] = strings.ReplaceAll(bad.Err.Error(), b.dir, "")
		b.drop(bad.Name)
	}
}

func (b *bench) drop(name pep508.Name) {
	count := len(b.wheels)
	b.wheels = slices.DeleteFunc(slices.Clone(b.wheels), func(c *choice) bool { return c.name == name })
	require.Len(b, b.wheels, count-1, name)
}

// apply names pip as the installer, so that INSTALLER and its line in RECORD are the same.
func (b *bench) apply(s *site, plan *venv.Plan) error {
	w := &venv.WheelInstaller{Fetcher: b, Store: filepath.Join(b.dir, "store"), Name: "pip"}
	change, err := w.Apply(b.Context(), s.Env, plan)
	if err != nil {
		return err
	}
	return change.Commit(b.Context())
}

// Fetch implements dist.Fetcher: the wheels are here.
func (b *bench) Fetch(ctx context.Context, a dist.Artifact) (dist.Blob, error) {
	n := slices.IndexFunc(b.wheels, func(c *choice) bool { return c.file.File == a.File })
	f, err := os.Open(b.wheels[n].path)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	return blob{f, st.Size()}, errors.Join(err, ctx.Err())
}

type blob struct {
	*os.File
	size int64
}

func (b blob) Size() int64 { return b.size }

func (b *bench) installed(s *site) []wheel.Installed {
	installed, err := s.Installed(b.Context())
	require.NoError(b, err)
	return installed
}

func (b *bench) remove(s *site, installed []wheel.Installed) {
	require.NoError(b, b.apply(s, &venv.Plan{Remove: installed}))
}

// brought are the paths of the RECORDs, which the wheels of one environment do not share.
func brought(s *site, installed []wheel.Installed) map[string]bool {
	paths := map[string]bool{}
	for _, in := range installed {
		for _, e := range in.Record {
			paths[path.Join(s.Scheme.Purelib, e.Path)] = true
		}
	}
	return paths
}

// pip runs pip for an environment.
func (b *bench) pip(s *site, args ...string) {
	out, err := b.tryPip(s, args...)
	require.NoError(b, err, "pip %v: %s", args, out)
}

func (b *bench) tryPip(s *site, args ...string) (string, error) {
	tools := os.Getenv("CHANDLERY_TOOLS")
	require.NotEmpty(b, tools, "set CHANDLERY_TOOLS to a virtual environment with pip")
	args = append([]string{"--python", filepath.Join(s.Scripts, "python"), "--disable-pip-version-check", "--no-cache-dir", "--no-input"}, args...)
	out, err := exec.CommandContext(b.Context(), filepath.Join(tools, "bin", "pip"), args...).CombinedOutput()
	return string(out), err
}

// decline has pip install the wheels. Those that it will not have, found one by one where it will not have all, are noted and left out; it says whether there are any.
func (b *bench) decline(s *site) (any bool) {
	install := []string{"install", "-q", "--no-deps", "--no-compile", "--no-index", "--find-links", b.files()}
	if _, err := b.tryPip(s, append(install, b.names()...)...); err == nil {
		return false
	}
	for _, name := range b.names() {
		if out, err := b.tryPip(s, append(install, name)...); err != nil {
			b.comparison.declined[name] = strings.TrimSpace(strings.ReplaceAll(out, b.dir, ""))
			b.drop(pep508.Name(name))
			any = true
		}
	}
	return any
}

// keys are those of both maps, each once.
func keys[V any](a, b map[string]V) iter.Seq[string] {
	return func(yield func(string) bool) {
		for k := range a {
			if !yield(k) {
				return
			}
		}
		for k := range b {
			if _, both := a[k]; !both && !yield(k) {
				return
			}
		}
	}
}
