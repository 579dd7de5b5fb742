//go:build live

package build

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/archive"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/python"
)

var liveIndex = flag.String("index", os.Getenv("CHANDLERY_INDEX"), "the index for live tests, .../simple/")

// realSdists are what cinder 24 to 28 need and what comes as an sdist alone.
var realSdists = []string{
	"rtslib-fb==2.1.76",    // pyproject.toml with a backend
	"pyperclip==1.8.2",     // setup.py
	"pyperclip==1.9.0",     // setup.py
	"testresources==2.0.2", // setup.py that asks for pbr
	"pyinotify==0.9.6",     // setup.py of before wheels
	"netifaces==0.11.0",    // C
}

// sdistsOnly hides the wheels of these, which some of them have for old Pythons.
type sdistsOnly struct{ resolve.Index }

func (x sdistsOnly) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	p, err := x.Index.Project(ctx, name)
	if err != nil || !slices.ContainsFunc(realSdists, func(r string) bool { return strings.HasPrefix(r, string(name)+"==") }) {
		return p, err
	}
	wheel := func(f dist.File) bool { return f.Kind == dist.Wheel }
	return &dist.Project{Name: p.Name, Files: slices.DeleteFunc(slices.Clone(p.Files), wheel)}, nil
}

// Real sdists are built, and give the same files as pip wheel. A second run builds nothing.
func TestLive(t *testing.T) {
	require.NotEmpty(t, *liveIndex, "live tests need an index: set CHANDLERY_INDEX or -args -index to its address (.../simple/)")
	tools := os.Getenv("CHANDLERY_TOOLS")
	require.NotEmpty(t, tools, "set CHANDLERY_TOOLS to a virtual environment with pip")
	i, err := python.Probe(t.Context(), filepath.Join(tools, "bin", "python"))
	require.NoError(t, err)
	dir := t.TempDir()
	cache, err := index.OpenCache(filepath.Join(dir, "index"))
	require.NoError(t, err)
	round := func() map[string]dist.File {
		b := &Builder{
			Index:   sdistsOnly{&index.Client{URLs: []string{*liveIndex}, Cache: cache}},
			Fetcher: &index.Fetcher{Cache: cache}, Python: i, Cache: filepath.Join(dir, "built"),
		}
		defer func() { require.NoError(t, b.Close()) }()
		return buildAll(t, b)
	}
	begin := time.Now()
	built := round()
	first := time.Since(begin)
	begin = time.Now()
	require.Equal(t, built, round(), "the Cache has them all")
	t.Logf("%d sdists built in %v, and taken from the Cache in %v", len(built), first.Round(time.Millisecond), time.Since(begin).Round(time.Millisecond))
	equal, differ := 0, 0
	for _, requirement := range realSdists {
		same, other := compareWithPip(t, filepath.Join(tools, "bin", "pip"), requirement, built[requirement])
		equal, differ = equal+same, differ+other
	}
	t.Logf("%d files equal to those of pip wheel, %d differ as documented", equal, differ)
	assert.Greater(t, equal, 50)
}

// A build without a compiler says so.
func TestLiveNoCompiler(t *testing.T) {
	require.NotEmpty(t, *liveIndex, "live tests need an index: set CHANDLERY_INDEX or -args -index to its address (.../simple/)")
	fetcher := &index.Fetcher{}
	defer fetcher.Close()
	b := &Builder{Index: &index.Client{URLs: []string{*liveIndex}}, Fetcher: fetcher, Python: interpreter(t), Environ: []string{"PATH=" + t.TempDir()}}
	defer b.Close()
	p, err := b.Project(t.Context(), "netifaces")
	require.NoError(t, err)
	n := slices.IndexFunc(p.Files, func(f dist.File) bool { return f.File == "netifaces-0.11.0.tar.gz" })
	require.GreaterOrEqual(t, n, 0)
	_, err = b.Wheel(t.Context(), p.Files[n])
	var wrong *BuildError
	require.ErrorAs(t, err, &wrong)
	t.Log(err)
	require.NotNil(t, wrong.Missing, wrong.Output)
	assert.Equal(t, Compiler, wrong.Missing.Kind)
}

// buildAll resolves each requirement alone, metadata included, and builds the sdists together.
func buildAll(t *testing.T, b *Builder) map[string]dist.File {
	platform, err := b.Python.Platform("here")
	require.NoError(t, err)
	all := &resolve.Resolution{Platform: platform}
	for _, requirement := range realSdists {
		r := pep508.MustParse(requirement)
		solved, err := (&resolve.Solver{Index: b.For(platform)}).Resolve(t.Context(), &resolve.Request{
			Requirements: []pep508.Requirement{r}, Platform: platform, Policy: resolve.Policy{Sdists: true},
		})
		require.NoError(t, err, requirement)
		pin := solved.Pin(r.Name)
		require.Equal(t, dist.Sdist, pin.Files[0].Kind, requirement)
		all.Pins = append(all.Pins, *pin)
	}
	wheels, err := b.Wheels(t.Context(), all)
	require.NoError(t, err)
	out := map[string]dist.File{}
	for n, pin := range wheels.Pins {
		out[realSdists[n]] = pin.Files[0]
	}
	return out
}

// onlyOurs are files that pip's wheel lacks. pip hands the folder of prepare_metadata_for_build_wheel to build_wheel, and pbr's pbr.json is not in that; uv and we let
// build_wheel make its metadata, and check what it requires.
var onlyOurs = []string{"testresources-2.0.2.dist-info/pbr.json"}

// compareWithPip has pip build the same, and compares names, modes and contents. Differences: onlyOurs; compiled code has the path that it was built in; the RECORD of
// such wheels.
func compareWithPip(t *testing.T, pip, requirement string, built dist.File) (equal, differ int) {
	dir := t.TempDir()
	cmd := exec.Command(pip, "wheel", "-q", "--no-deps", "--no-cache-dir", "--index-url", *liveIndex, "--wheel-dir", dir,
		"--no-binary", strings.Split(requirement, "==")[0], requirement)
	cmd.Env = append(os.Environ(), fmt.Sprintf("SOURCE_DATE_EPOCH=%d", SourceDate))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	theirs, err := dist.OpenFile(filepath.Join(dir, built.File))
	require.NoError(t, err, "pip's wheel has another name")
	defer theirs.Close()
	ours, err := (&index.Fetcher{}).Fetch(context.Background(), built.Artifact)
	require.NoError(t, err)
	defer ours.Close()
	want, got := openZip(t, theirs), openZip(t, ours)
	more := slices.DeleteFunc(names(got), func(n string) bool { return slices.Contains(names(want), n) })
	require.Subset(t, names(got), names(want), requirement)
	require.Subset(t, onlyOurs, more, requirement)
	differ += len(more)
	for _, e := range want.Entries() {
		a, err := fs.ReadFile(want, e.Name)
		require.NoError(t, err)
		b, err := fs.ReadFile(got, e.Name)
		require.NoError(t, err)
		mine, _ := got.Lookup(e.Name)
		assert.Equal(t, e.Mode, mine.Mode, e.Name)
		compiled := strings.HasSuffix(e.Name, ".so")
		otherRecord := strings.HasSuffix(e.Name, ".dist-info/RECORD") && (len(more) > 0 || strings.Contains(string(a), ".so,"))
		switch {
		case string(a) == string(b):
			equal++
		case compiled || otherRecord:
			differ++
		default:
			t.Errorf("%s: %s differs from pip's:\n%s\n---\n%s", requirement, e.Name, a, b)
		}
	}
	return equal, differ
}

func openZip(t *testing.T, b dist.Blob) *archive.Reader {
	z, err := archive.Open(b, b.Size(), archive.Limits{})
	require.NoError(t, err)
	return z
}

func names(z *archive.Reader) (all []string) {
	for _, e := range z.Entries() {
		all = append(all, e.Name)
	}
	return all
}
