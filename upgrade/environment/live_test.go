//go:build live

package environment

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/openstack"
	"github.com/chandlery-go/chandlery/upgrade/release"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/python"
)

var targets = flag.String("targets", "26.3.0", "cinders to make: 24.5.0 and 28.0.0 are tried by hand")

// shopFront is the real index, with caches below one folder.
type shopFront struct {
	dir   string
	url   string
	tools string
	host  *python.Interpreter
	bytes atomic.Int64
}

func openShop(t testing.TB) *shopFront {
	t.Helper()
	s := &shopFront{dir: t.TempDir(), url: os.Getenv("CHANDLERY_INDEX"), tools: os.Getenv("CHANDLERY_TOOLS")}
	require.NotEmpty(t, s.url, "live tests need an index: set CHANDLERY_INDEX to its address (.../simple/)")
	require.NotEmpty(t, s.tools, "set CHANDLERY_TOOLS to a virtual environment with uv and pip")
	pythons := strings.Fields(os.Getenv("CHANDLERY_PYTHONS"))
	require.NotEmpty(t, pythons, "set CHANDLERY_PYTHONS to interpreters, the host's own first")
	var err error
	s.host, err = python.Probe(t.Context(), pythons[0])
	require.NoError(t, err)
	return s
}

// provisioner looks at the index anew, over the caches.
func (s *shopFront) provisioner(t testing.TB) *Provisioner {
	t.Helper()
	cache, err := index.OpenCache(filepath.Join(s.dir, "index"))
	require.NoError(t, err)
	count := func(r index.Request) { s.bytes.Add(r.Bytes) }
	return &Provisioner{
		Index:   &index.Client{URLs: []string{s.url}, Cache: cache, Observer: count},
		Fetcher: &index.Fetcher{Cache: cache, Observer: count},
		Cache:   filepath.Join(s.dir, "built"),
		Store:   filepath.Join(s.dir, "store"),
		Pythons: []*python.Interpreter{s.host},
	}
}

// want is a version as the picker has it, under the embedded upper-constraints of its series.
func want(t testing.TB, version, root string) upgrade.Wanted {
	t.Helper()
	c := openstack.Cinder()
	target, err := (&release.Picker{Want: version}).PickTarget(context.Background(), upgrade.Query{Component: c, Current: pep440.MustParse("21.3.1")})
	require.NoError(t, err)
	require.NotEmpty(t, target.Constraints)
	return upgrade.Wanted{Component: c, Target: target, Root: root}
}

func make1(t testing.TB, p *Provisioner, w upgrade.Wanted) (env *venv.Env, resolve, provision time.Duration) {
	t.Helper()
	begin := time.Now()
	r, err := p.Resolve(context.Background(), w)
	require.NoError(t, err)
	resolve = time.Since(begin)
	begin = time.Now()
	env, err = p.Provision(context.Background(), w, r)
	require.NoError(t, err)
	return env, resolve, time.Since(begin)
}

// uv installs the same by uv, into an environment that it makes.
func (s *shopFront) uv(t testing.TB, w upgrade.Wanted, root string, more ...string) time.Duration {
	t.Helper()
	constraints := filepath.Join(s.dir, "constraints-"+w.Target.Version.String()+".txt")
	var text strings.Builder
	for _, r := range slices.Concat(w.Target.Constraints, DefaultConstraints()) {
		fmt.Fprintln(&text, r)
	}
	require.NoError(t, os.WriteFile(constraints, []byte(text.String()), 0o644))
	begin := time.Now()
	s.runUV(t, "venv", "-q", "--no-project", "--python", s.host.Path, root)
	s.runUV(t, slices.Concat([]string{"pip", "install", "-q", "--python", filepath.Join(root, "bin", "python"), "--default-index", s.url, "-c", constraints}, more,
		[]string{fmt.Sprintf("%s==%s", w.Component.Distribution, w.Target.Version)})...)
	return time.Since(begin)
}

func (s *shopFront) runUV(t testing.TB, args ...string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(s.tools, "bin", "uv"), append(args, "--no-config", "--cache-dir", filepath.Join(s.dir, "uv"))...)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "uv %s: %s", args[0], out)
}

func installed(t testing.TB, root string) map[pep508.Name]string {
	t.Helper()
	env, err := venv.Open(context.Background(), root)
	require.NoError(t, err)
	all, err := env.Installed(context.Background())
	require.NoError(t, err)
	versions := map[pep508.Name]string{}
	for _, in := range all {
		versions[in.Name] = in.Version.String()
	}
	return versions
}

// assertRequested: REQUESTED stands for what the request itself names (PyPA "Recording installed projects"): the component, and of what uv marks nothing else.
func assertRequested(t testing.TB, w upgrade.Wanted, root string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, "lib", "python*", "site-packages", "*.dist-info", "REQUESTED"))
	require.NoError(t, err)
	require.Len(t, found, 1)
	name, _, _ := strings.Cut(filepath.Base(filepath.Dir(found[0])), "-")
	assert.Equal(t, w.Component.Distribution, pep508.NormalizeName(name))
}

// TestLiveSameAsUV: the environment of a real cinder under its series' upper-constraints is what uv makes of the same, file by file, but for the rules in compare_test.go.
func TestLiveSameAsUV(t *testing.T) {
	s := openShop(t)
	for _, version := range strings.Fields(*targets) {
		t.Run(version, func(t *testing.T) {
			root := filepath.Join(s.dir, "cinder-"+version)
			w := want(t, version, root)
			s.bytes.Store(0)
			env, resolve, provision := make1(t, s.provisioner(t), w)
			t.Logf("cold: resolve and build %.1f s, provision %.1f s, %.1f MB over the wire", resolve.Seconds(), provision.Seconds(), float64(s.bytes.Load())/1e6)

			again := w
			again.Root += "-warm"
			_, resolve, provision = make1(t, s.provisioner(t), again)
			t.Logf("warm: resolve %.2f s, provision %.2f s", resolve.Seconds(), provision.Seconds())
			_, resolve, provision = make1(t, s.provisioner(t), w)
			t.Logf("there already: resolve %.2f s, provision %.2f s", resolve.Seconds(), provision.Seconds())

			other := filepath.Join(s.dir, "uv-"+version)
			took := s.uv(t, w, other, "--compile-bytecode")
			t.Logf("uv, cold: %.1f s", took.Seconds())
			require.Equal(t, installed(t, other), installed(t, root), "distributions")
			equal, explained := compare(t, root, other)
			assertRequested(t, w, root)
			files, bytes := weigh(t, root)
			t.Logf("%d distributions; %d files equal, explained: %v; ours has %d files, %.1f MB", len(installed(t, root)), equal, explained, files, float64(bytes)/1e6)
			assert.Greater(t, equal, 10_000)

			out, err := exec.Command(filepath.Join(s.tools, "bin", "pip"), "--python", env.Python.Path, "check").CombinedOutput()
			require.NoError(t, err, "pip check: %s", out)
			out, err = exec.Command(filepath.Join(env.Scripts, "cinder-manage"), "--version").CombinedOutput()
			require.NoError(t, err, "%s", out)
			assert.Contains(t, string(out), version)
			text, err := os.ReadFile(LockPath(root))
			require.NoError(t, err)
			assert.NotContains(t, string(text), "@", "no user info")
		})
	}
}

// BenchmarkWarm makes the environment from warm caches by us and by uv, in turn, each resolution included.
func BenchmarkWarm(b *testing.B) {
	s := openShop(b)
	root := filepath.Join(s.dir, "env")
	for _, bytecode := range []bool{false, true} {
		var more []string
		name := "plain"
		if bytecode {
			name, more = "bytecode", []string{"--compile-bytecode"}
		}
		w := want(b, strings.Fields(*targets)[0], root+"-"+name)
		ours := func() time.Duration {
			p := s.provisioner(b)
			p.NoBytecode = !bytecode
			_, resolve, provision := make1(b, p, w)
			return resolve + provision
		}
		clean := func() {
			require.NoError(b, os.RemoveAll(w.Root))
			require.NoError(b, os.RemoveAll(root+"-uv"))
		}
		ours()
		s.uv(b, w, root+"-uv", more...)
		b.Run(name, func(b *testing.B) {
			var us, uv []float64
			for b.Loop() {
				b.StopTimer()
				clean()
				b.StartTimer()
				us = append(us, ours().Seconds())
				uv = append(uv, s.uv(b, w, root+"-uv", more...).Seconds())
			}
			b.ReportMetric(median(us), "ours-s")
			b.ReportMetric(median(uv), "uv-s")
			b.ReportMetric(median(us)/median(uv), "ratio")
		})
		clean()
	}
}

func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}
