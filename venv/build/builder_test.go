package build

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/chandlery-go/chandlery/venv"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

func TestWheel(t *testing.T) {
	var s shop
	p := newProject(t, "demo")
	p.metadata = "Requires-Dist: other>=1\n"
	f := s.sdist(t, p.source())
	b := s.builder(t)
	resolvetest.CheckListing(t, b, "demo")
	resolvetest.CheckListing(t, b, "unknown")
	built, err := b.Wheel(context.Background(), f)
	require.NoError(t, err)
	assert.Equal(t, "demo-1.0-py3-none-any.whl", built.File)
	assert.Equal(t, dist.Wheel, built.Kind)
	assert.True(t, strings.HasPrefix(built.URL, "file:///"), built.URL)
	assertWheel(t, b, built.Artifact, "demo/__init__.py")
	assertWheel(t, b, f.Artifact, "demo/__init__.py") // the sdist's own artifact gives the wheel
	m, err := b.Metadata(context.Background(), f)
	require.NoError(t, err)
	assert.Equal(t, "other>=1", m.RequiresDist[0].String())
	assert.Equal(t, []string{"build_wheel"}, p.calls(t), "once")
	again, err := b.Wheel(context.Background(), built)
	require.NoError(t, err)
	assert.Equal(t, built, again, "a wheel is what it is")
}

func assertWheel(t *testing.T, b *Builder, a dist.Artifact, file string) {
	t.Helper()
	blob, err := b.Fetch(context.Background(), a)
	require.NoError(t, err)
	defer blob.Close()
	w, err := wheel.Open(blob, blob.Size(), "demo-1.0-py3-none-any.whl")
	require.NoError(t, err)
	require.NoError(t, w.Verify(context.Background()))
	tree, err := w.Layout(wheel.FlatScheme(), "test")
	require.NoError(t, err)
	assert.Contains(t, tree.Files(), file)
}

// What one Builder built another takes from the Cache, unless the interpreter's or the build's own circumstances differ, or what lies there is damaged.
func TestCache(t *testing.T) {
	var s shop
	p := newProject(t, "demo")
	p.code = plainBuild + "def get_requires_for_build_wheel(config_settings=None):\n    note('requires')\n    return ['tool']\n" + prepares
	f := s.sdist(t, p.source())
	s.wheel(t, wheelmake.Spec{Name: "tool", Version: "1.0"})
	cache := filepath.Join(t.TempDir(), "cache")
	build := func(change func(b *Builder)) []string {
		t.Helper()
		os.Remove(p.log)
		b := s.builder(t)
		b.Cache = cache
		if change != nil {
			change(b)
		}
		_, err := b.Metadata(context.Background(), f)
		require.NoError(t, err)
		built, err := b.Wheel(context.Background(), f)
		require.NoError(t, err)
		assertWheel(t, b, built.Artifact, "demo/__init__.py")
		return p.calls(t)
	}
	assert.Equal(t, []string{"requires", "prepare", "build_wheel"}, build(nil))
	assert.Empty(t, build(nil), "a second run builds nothing")
	assert.Empty(t, build(func(b *Builder) { b.Environ = []string{"PATH=/usr/bin"} }))
	assert.Len(t, build(func(b *Builder) { b.Environ = []string{"CFLAGS=-g"} }), 3)
	assert.Empty(t, build(nil))

	wheels, err := filepath.Glob(filepath.Join(cache, f.Hashes["sha256"], "*", "*", "*.whl"))
	require.NoError(t, err)
	require.NotEmpty(t, wheels)
	for _, w := range wheels {
		require.NoError(t, os.WriteFile(w, []byte("damaged"), 0o644))
	}
	assert.Equal(t, []string{"build_wheel"}, build(nil), "a damaged wheel is built again")
	records, err := filepath.Glob(filepath.Join(cache, f.Hashes["sha256"], "*", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, records)
	for _, r := range records {
		require.NoError(t, os.Truncate(r, 10))
	}
	assert.Len(t, build(nil), 3)
	s.wheel(t, wheelmake.Spec{Name: "tool", Version: "2.0"})
	assert.Len(t, build(nil), 2, "a new build requirement means a new build; what the backend asks for depends on the first set alone")
}

// Metadata that an sdist states for good is believed, and nothing runs (PEP 643).
func TestStaticMetadata(t *testing.T) {
	final := "Metadata-Version: 2.2\nName: demo\nVersion: 1.0\nRequires-Dist: other\n"
	for name, c := range map[string]struct {
		pkgInfo string
		calls   int
	}{
		"final":                 {final, 0},
		"final but for another": {final + "Dynamic: Description\n", 0},
		"dynamic requirements":  {final + "Dynamic: Requires-Dist\n", 1},
		"dynamic python":        {final + "Dynamic: requires-python\n", 1},
		"dynamic extras":        {final + "Dynamic: Provides-Extra\n", 1},
		"old":                   {strings.Replace(final, "2.2", "2.1", 1), 1},
		"another's":             {strings.Replace(final, "demo", "other", 1), 1},
		"none":                  {"", 1},
	} {
		t.Run(name, func(t *testing.T) {
			var s shop
			p := newProject(t, "demo")
			p.code, p.metadata = plainBuild+prepares, "Requires-Dist: other\n"
			if c.pkgInfo != "" {
				p.files = map[string]string{"PKG-INFO": c.pkgInfo, "demo.egg-info/PKG-INFO": "Name: wrong\n"}
			}
			f := s.sdist(t, p.source())
			b := s.builder(t)
			m, err := b.Metadata(context.Background(), f)
			require.NoError(t, err)
			require.Len(t, m.RequiresDist, 1)
			assert.Len(t, p.calls(t), c.calls)
			blind := s.builder(t)
			blind.Python = nil
			_, err = blind.Metadata(context.Background(), f)
			if c.calls > 0 {
				require.ErrorIs(t, err, ErrNoPython)
			} else {
				require.NoError(t, err)
			}
		})
	}
}

// A backend without the hook for metadata is asked for the wheel, which counts.
func TestMetadataOfWheel(t *testing.T) {
	var s shop
	p := newProject(t, "demo")
	f := s.sdist(t, p.source())
	b := s.builder(t)
	_, err := b.Metadata(context.Background(), f)
	require.NoError(t, err)
	_, err = b.Wheel(context.Background(), f)
	require.NoError(t, err)
	assert.Equal(t, []string{"build_wheel"}, p.calls(t))
}

func TestBuildErrors(t *testing.T) {
	for name, c := range map[string]struct {
		code string
		step Step
		says string
	}{
		"raises":               {"def build(folder):\n    raise ValueError('no luck')", StepBuild, "ValueError: no luck"},
		"exits":                {"def build(folder):\n    sys.exit('no luck')", StepBuild, "sys.exit"},
		"dies":                 {"def build(folder):\n    os._exit(3)", StepBuild, "exit status 3"},
		"no module":            {"import surely_not_there", StepAsk, "imports surely_not_there"},
		"no backend":           {"del build_wheel", StepBuild, "no such hook"},
		"no name":              {"def build(folder):\n    return None", StepBuild, "PEP 517"},
		"no wheel":             {"def build(folder):\n    return 'demo-1.0-py3-none-any.whl'", StepCheck, "did not"},
		"a way out":            {"def build(folder):\n    return '../' + write_wheel(os.path.dirname(folder))", StepCheck, "no file name"},
		"a link":               {"def build(folder):\n    os.symlink('/etc/passwd', folder + '/demo-1.0-py3-none-any.whl')\n    return 'demo-1.0-py3-none-any.whl'", StepCheck, "did not"},
		"another name":         {"def build(folder):\n    return write_wheel(folder, name='other')", StepCheck, "the wheel is other 1.0, the sdist is demo 1.0"},
		"another version":      {"def build(folder):\n    return write_wheel(folder, version='1.0+local')", StepCheck, "demo 1.0+local"},
		"wrong RECORD":         {"def build(folder):\n    return write_wheel(folder, record='demo/__init__.py,sha256=AAAA,3\\n')", StepCheck, "RECORD"},
		"another system":       {"def build(folder):\n    return write_wheel(folder, tag='cp27-cp27m-win32')", StepCheck, "another interpreter"},
		"asks for nonsense":    {plainBuild + "def get_requires_for_build_wheel(c=None):\n    return ['==']", StepAsk, "=="},
		"asks for no list":     {plainBuild + "def get_requires_for_build_wheel(c=None):\n    return 7", StepAsk, "PEP 517"},
		"asks for the unknown": {plainBuild + "def get_requires_for_build_wheel(c=None):\n    return ['unknown']", StepRequirements, "unknown"},
		"removes the answer":   {"def build(folder):\n    import threading, atexit\n    atexit.register(lambda: os.remove(sys.argv[2]))\n    return write_wheel(folder)", StepBuild, "without an answer"},
	} {
		t.Run(name, func(t *testing.T) {
			var s shop
			p := newProject(t, "demo")
			p.code = c.code + "\n"
			f := s.sdist(t, p.source())
			b := s.builder(t)
			_, err := b.Wheel(context.Background(), f)
			var wrong *BuildError
			require.ErrorAs(t, err, &wrong)
			assert.Equal(t, "demo-1.0.tar.gz", wrong.File)
			assert.Equal(t, c.step, wrong.Step, err)
			assert.Contains(t, err.Error(), c.says)
			if name == "raises" {
				assert.Contains(t, wrong.Output, "Traceback")
			}
			if name == "no module" {
				assert.Equal(t, &Missing{Module, "surely_not_there"}, wrong.Missing)
			}
		})
	}
}

func TestNoBackend(t *testing.T) {
	var s shop
	for name, c := range map[string]struct {
		files map[string]string
		step  Step
	}{
		"neither file":      {map[string]string{"demo.py": ""}, StepBackend},
		"broken pyproject":  {map[string]string{"pyproject.toml": "["}, StepBackend},
		"outside":           {map[string]string{"pyproject.toml": "[build-system]\nrequires=[]\nbuild-backend='json'\nbackend-path=['.']"}, StepAsk},
		"unknown to python": {map[string]string{"pyproject.toml": "[build-system]\nrequires=[]\nbuild-backend='nothing'"}, StepAsk},
	} {
		t.Run(name, func(t *testing.T) {
			f := s.sdist(t, source{"demo", "1.0", c.files})
			_, err := s.builder(t).Wheel(context.Background(), f)
			var wrong *BuildError
			require.ErrorAs(t, err, &wrong)
			require.Equal(t, c.step, wrong.Step, err)
		})
	}
}

// A build sees the environment that is made for it, and nothing of this process's.
func TestIsolation(t *testing.T) {
	t.Setenv("PYTHONPATH", "/nowhere")
	t.Setenv("CHANDLERY_SECRET", "secret")
	var s shop
	s.wheel(t, wheelmake.Spec{Name: "tool", Version: "1.0", Files: map[string]string{"tool.py": "answer = 42\n"}})
	p := newProject(t, "demo")
	p.requires = []string{"tool"}
	p.code = plainBuild + `
import tool, json, importlib.util, importlib.metadata, tempfile
with open(LOG, "w") as f:
    json.dump({"environ": dict(os.environ), "path": sys.path, "cwd": os.getcwd(), "tmp": tempfile.gettempdir(),
        "prefix": sys.prefix, "pip": importlib.util.find_spec("pip") is not None,
        "all": sorted(d.metadata["Name"] for d in importlib.metadata.distributions())}, f)
LOG = LOG + ".calls"
`
	f := s.sdist(t, p.source())
	b := s.builder(t)
	b.Environ = []string{"CFLAGS=-g", "PATH=/opt/compilers", "LANG=en_GB.UTF-8"}
	_, err := b.Wheel(context.Background(), f)
	require.NoError(t, err)
	text, err := os.ReadFile(p.log)
	require.NoError(t, err)
	var seen struct {
		Environ   map[string]string
		Path, All []string
		Cwd, Tmp  string
		Prefix    string
		Pip       bool
	}
	require.NoError(t, json.Unmarshal(text, &seen))
	assert.Equal(t, []string{"tool"}, seen.All)
	assert.False(t, seen.Pip)
	assert.NotContains(t, seen.Path, seen.Cwd)
	assert.NotContains(t, seen.Path, "/nowhere")
	assert.True(t, strings.HasPrefix(seen.Prefix, b.work), seen.Prefix)
	assert.True(t, strings.HasPrefix(seen.Tmp, b.work), seen.Tmp)
	assert.True(t, strings.HasPrefix(seen.Environ["HOME"], b.work))
	assert.Equal(t, "demo-1.0", filepath.Base(seen.Cwd))
	assert.Equal(t, "-g", seen.Environ["CFLAGS"])
	assert.Equal(t, "en_GB.UTF-8", seen.Environ["LANG"])
	assert.Equal(t, "315532800", seen.Environ["SOURCE_DATE_EPOCH"])
	assert.Equal(t, filepath.Join(seen.Prefix, "bin")+":/opt/compilers", seen.Environ["PATH"])
	for name := range seen.Environ {
		assert.Contains(t, strings.Fields("HOME USERPROFILE TMPDIR TEMP TMP LANG LC_CTYPE TZ PYTHONNOUSERSITE PYTHONHASHSEED SOURCE_DATE_EPOCH CFLAGS PATH"), name)
	}
}

// Many who ask for the same at once share one build, and several builds share an environment.
func TestOnce(t *testing.T) {
	var s shop
	s.wheel(t, wheelmake.Spec{Name: "tool", Version: "1.0"})
	var projects []project
	var files []dist.File
	for i := range 4 {
		p := newProject(t, fmt.Sprintf("demo%d", i))
		p.requires = []string{"tool"}
		p.code = plainBuild + prepares
		projects, files = append(projects, p), append(files, s.sdist(t, p.source()))
	}
	counted := &countingBuilder{}
	b := s.builder(t)
	b.EnvBuilder = counted
	b.Concurrency = 4
	var all sync.WaitGroup
	for range 5 {
		for _, f := range files {
			all.Go(func() {
				_, err := b.Wheel(context.Background(), f)
				assert.NoError(t, err)
			})
		}
	}
	all.Wait()
	for _, p := range projects {
		assert.Equal(t, []string{"build_wheel"}, p.calls(t))
	}
	assert.EqualValues(t, 1, counted.made)
}

type countingBuilder struct {
	venv.Builder
	mu   sync.Mutex
	made int
}

func (c *countingBuilder) Create(ctx context.Context, spec venv.Spec) (*venv.Env, error) {
	c.mu.Lock()
	c.made++
	c.mu.Unlock()
	return c.Builder.Create(ctx, spec)
}

// A request over wheels and sdists: solve, build, and what comes of it is all wheels.
func TestWheels(t *testing.T) {
	var s shop
	s.wheel(t, wheelmake.Spec{Name: "lib", Version: "1.0"})
	p, q := newProject(t, "demo"), newProject(t, "extra")
	p.code, p.metadata = plainBuild+prepares, "Requires-Dist: lib\nRequires-Dist: extra; extra == 'more'\nProvides-Extra: more\n"
	s.sdist(t, p.source())
	s.sdist(t, q.source())
	b := s.builder(t)
	before := resolved(t, b, "demo[more]")
	after, err := b.Wheels(context.Background(), before)
	require.NoError(t, err)
	require.Len(t, after.Pins, 3)
	for i, pin := range after.Pins {
		assert.Equal(t, dist.Wheel, pin.Files[0].Kind, pin.Name)
		assert.Equal(t, before.Pins[i].Version, pin.Version)
		assert.NotNil(t, pin.Metadata[0])
	}
	assert.Equal(t, dist.Sdist, before.Pins[0].Files[0].Kind, "the given resolution is as it was")
	assert.Equal(t, []string{"prepare", "build_wheel"}, p.calls(t))
	assert.Equal(t, []string{"build_wheel"}, q.calls(t))

	env, err := (&venv.Builder{}).Create(context.Background(), venv.Spec{Root: filepath.Join(t.TempDir(), "env"), Python: b.Python})
	require.NoError(t, err)
	plan, err := venv.NewPlan(nil, after, true)
	require.NoError(t, err)
	change, err := (&venv.WheelInstaller{Fetcher: b}).Apply(context.Background(), env, plan)
	require.NoError(t, err)
	require.NoError(t, change.Commit(context.Background()))
	installed, err := env.Installed(context.Background())
	require.NoError(t, err)
	assert.Len(t, installed, 3)
}

// A wheel that asks for other things than the metadata that was resolved by is refused.
func TestBrokenPromise(t *testing.T) {
	var s shop
	s.wheel(t, wheelmake.Spec{Name: "lib", Version: "1.0"})
	p := newProject(t, "demo")
	p.metadata = "Requires-Dist: lib\n"
	p.code = "def build(folder):\n    return write_wheel(folder, requires='Requires-Dist: surprise\\n')\n" + prepares
	s.sdist(t, p.source())
	b := s.builder(t)
	_, err := b.Wheels(context.Background(), resolved(t, b, "demo"))
	var wrong *BuildError
	require.ErrorAs(t, err, &wrong)
	assert.Equal(t, StepCheck, wrong.Step)
	assert.ErrorContains(t, err, "the wheel requires surprise, but the sdist's metadata said lib")
}

// Build requirements that are sdists are built before.
func TestNested(t *testing.T) {
	var s shop
	tool, deep, p := newProject(t, "tool"), newProject(t, "deep"), newProject(t, "demo")
	tool.requires = []string{"deep"}
	tool.code = plainBuild + "import deep\n"
	p.requires = []string{"tool==1.0"}
	p.code = plainBuild + "import tool\nassert tool.answer == 42\n"
	s.sdist(t, deep.source())
	s.sdist(t, tool.source())
	f := s.sdist(t, p.source())
	b := s.builder(t)
	b.Concurrency = 1 // who waits for another build holds no place
	_, err := b.Wheel(context.Background(), f)
	require.NoError(t, err)
	for _, p := range []project{tool, deep, p} {
		assert.Equal(t, []string{"build_wheel"}, p.calls(t), p.name)
	}
}

func TestCycle(t *testing.T) {
	for name, static := range map[string]bool{"built metadata": false, "static metadata": true} {
		t.Run(name, func(t *testing.T) {
			var s shop
			p, q := newProject(t, "demo"), newProject(t, "tool")
			p.requires, q.requires = []string{"tool"}, []string{"demo"}
			if static {
				p.files = map[string]string{"PKG-INFO": "Metadata-Version: 2.2\nName: demo\nVersion: 1.0\n"}
				q.files = map[string]string{"PKG-INFO": "Metadata-Version: 2.2\nName: tool\nVersion: 1.0\n"}
			}
			files := []dist.File{s.sdist(t, p.source()), s.sdist(t, q.source())}
			b := s.builder(t)
			results := make(chan error, 2)
			for _, f := range files {
				go func() {
					_, err := b.Wheel(context.Background(), f)
					results <- err
				}()
			}
			for range files {
				var cycle *CycleError
				require.ErrorAs(t, <-results, &cycle)
				assert.Contains(t, cycle.Files, "demo-1.0.tar.gz")
				assert.Contains(t, cycle.Files, "tool-1.0.tar.gz")
			}
			assert.Empty(t, p.calls(t))
		})
	}
}

func TestExtra(t *testing.T) {
	var s shop
	s.wheel(t, wheelmake.Spec{Name: "tool", Version: "1.0", Files: map[string]string{"tool.py": "answer = 1\n"}})
	s.wheel(t, wheelmake.Spec{Name: "tool", Version: "2.0", Files: map[string]string{"tool.py": "answer = 2\n"}})
	p := newProject(t, "demo")
	p.code = plainBuild + "import tool\nassert tool.answer == 1\n"
	f := s.sdist(t, p.source())
	_, err := s.builder(t).Wheel(context.Background(), f)
	var wrong *BuildError
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, &Missing{Module, "tool"}, wrong.Missing)
	b := s.builder(t)
	b.Extra = map[pep508.Name][]pep508.Requirement{"demo": {pep508.MustParse("tool")}}
	b.Constraints = []pep508.Requirement{pep508.MustParse("tool<2")}
	_, err = b.Wheel(context.Background(), f)
	require.NoError(t, err)
}

// Nothing of an sdist runs for a target that the interpreter is not of.
func TestForeign(t *testing.T) {
	var s shop
	p := newProject(t, "demo")
	p.code = plainBuild + prepares
	s.sdist(t, p.source())
	b := s.builder(t)
	target, err := resolve.NewPlatform("windows", b.Python.Version, "win32", "win_amd64")
	require.NoError(t, err)
	req := &resolve.Request{Platform: target, Policy: resolve.Policy{Sdists: true}, Requirements: []pep508.Requirement{pep508.MustParse("demo")}}
	_, err = (&resolve.Solver{Index: b.For(target)}).Resolve(context.Background(), req)
	var foreign *PlatformError
	require.ErrorAs(t, err, &foreign)
	assert.Equal(t, "windows", foreign.Platform)
	assert.Empty(t, p.calls(t))

	blind := s.builder(t)
	blind.Python = nil
	_, err = (&resolve.Solver{Index: blind.For(target)}).Resolve(context.Background(), req)
	require.ErrorIs(t, err, ErrNoPython)
	require.ErrorContains(t, err, "demo-1.0.tar.gz: find the build backend: nothing is built for windows here, as no interpreter to build with is given")

	own := resolved(t, b, "demo")
	own.Platform = target
	_, err = b.Wheels(context.Background(), own)
	require.ErrorAs(t, err, &foreign)

	q := newProject(t, "static")
	q.files = map[string]string{"PKG-INFO": "Metadata-Version: 2.2\nName: static\nVersion: 1.0\n"}
	s.sdist(t, q.source())
	req.Requirements = []pep508.Requirement{pep508.MustParse("static")}
	_, err = (&resolve.Solver{Index: b.For(target)}).Resolve(context.Background(), req)
	require.NoError(t, err, "what needs no build is told for any target")
	here, err := b.Python.Platform("here")
	require.NoError(t, err)
	require.NoError(t, b.Suits(here))
	require.ErrorIs(t, (&Builder{}).Suits(here), ErrNoPython)
	require.Error(t, b.Suits(resolve.Platform{Name: "nothing"}))
}

func TestMissingFields(t *testing.T) {
	var s shop
	var missing *venv.MissingFieldError
	_, err := (&Builder{Fetcher: &s}).Metadata(context.Background(), dist.File{})
	require.ErrorAs(t, err, &missing)
	_, err = (&Builder{Index: &s}).Fetch(context.Background(), dist.Artifact{})
	require.ErrorAs(t, err, &missing)
	b := &Builder{Index: &s, Fetcher: &s}
	require.NoError(t, b.Close())
	_, err = b.Wheel(context.Background(), dist.File{})
	require.ErrorIs(t, err, os.ErrClosed)
}

// What is neither an sdist nor built here comes from the Fetcher.
func TestFetchOthers(t *testing.T) {
	var s shop
	spec := wheelmake.Spec{Name: "lib", Version: "1.0"}
	f := s.wheel(t, spec)
	b := s.builder(t)
	blob, err := b.Fetch(context.Background(), f.Artifact)
	require.NoError(t, err)
	got := make([]byte, blob.Size())
	_, err = blob.ReadAt(got, 0)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(wheelmake.Make(spec), got))
	_, err = b.Fetch(context.Background(), dist.Artifact{File: "gone-1.0.tar.gz"})
	require.ErrorIs(t, err, dist.ErrNotFound)
}
