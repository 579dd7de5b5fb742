package crawl

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/internal/archive"
	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
	"github.com/chandlery-go/chandlery/upgrade/driver/pyast"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// words reads texts of lines "def NAME", "class NAME registered"; a line "!" is a syntax error.
type words struct {
	mu   sync.Mutex
	read []string // modules
	err  error
}

func (w *words) Surface(ctx context.Context, sources []pyast.Source) ([]pyast.Surface, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := make([]pyast.Surface, len(sources))
	for i, s := range sources {
		w.read = append(w.read, s.Name)
		found[i] = wordsOf(s)
	}
	return found, errors.Join(w.err, ctx.Err())
}

func wordsOf(s pyast.Source) pyast.Surface {
	m := &api.Module{Package: s.Package, Names: map[string]*api.Symbol{}}
	for i, line := range strings.Split(string(s.Text), "\n") {
		switch f := strings.Fields(line); {
		case len(f) == 1:
			return pyast.Surface{Err: &pyast.SyntaxError{File: s.File, Line: i + 1, Text: "invalid syntax"}}
		case len(f) == 2:
			m.Names[f[1]] = &api.Symbol{Kind: api.Function}
		case len(f) == 3:
			m.Names[f[1]] = &api.Symbol{Kind: api.Class, Class: &api.ClassBody{}}
			m.Registered = append(m.Registered, f[1])
		}
	}
	return pyast.Surface{Module: m}
}

// world is an index of small wheels in a folder, and a crawler of it.
type world struct {
	*Crawler
	t       *testing.T
	folder  string
	reader  *words
	fetched []string
	plan    *Plan
}

func newWorld(t *testing.T, specs ...wheelmake.Spec) *world {
	w := &world{t: t, folder: t.TempDir(), reader: &words{}, plan: planOf("cinder", "1.0.0", "1.1.0")}
	require.NoError(t, wheelmake.Folder(w.folder, specs...))
	w.Crawler = &Crawler{Index: &index.Dir{Folders: []string{w.folder}}, Fetcher: dist.FetcherFunc(w.fetch), Reader: w.reader, Cache: filepath.Join(t.TempDir(), "cache"), Concurrent: 1}
	return w
}

func (w *world) fetch(ctx context.Context, a dist.Artifact) (dist.Blob, error) {
	w.fetched = append(w.fetched, a.File)
	var p Passing
	return p.Fetch(ctx, a)
}

// update runs the crawler anew, with what it does counted from 0.
func (w *world) update(old *api.Index) (*api.Index, *Report) {
	w.reader.read, w.fetched = nil, nil
	w.Index = &index.Dir{Folders: []string{w.folder}}
	i, report, err := w.Update(w.t.Context(), w.plan, old)
	require.NoError(w.t, err)
	return i, report
}

func planOf(component pep508.Name, versions ...string) *Plan {
	p := &Plan{Component: component, Pins: map[string]map[pep508.Name]pep440.Version{}}
	for _, v := range versions {
		p.Releases = append(p.Releases, Release{pep440.MustParse(v), "zed"})
	}
	return p
}

func cinder(version string, files map[string]string) wheelmake.Spec {
	return wheelmake.Spec{Name: "cinder", Version: version, Files: files}
}

// two are releases that have one file in common.
func two() []wheelmake.Spec {
	return []wheelmake.Spec{
		cinder("1.0.0", map[string]string{"cinder/__init__.py": "", "cinder/utils.py": "def old", "cinder/same.py": "def same"}),
		cinder("1.1.0", map[string]string{"cinder/__init__.py": "", "cinder/utils.py": "def new", "cinder/same.py": "def same"}),
	}
}

func TestUpdate(t *testing.T) {
	spec := cinder("1.0.0", map[string]string{
		"cinder/__init__.py": "", "cinder/objects/__init__.py": "def register_all", "cinder/objects/volume.py": "class Volume registered", "cinder/tests/unit/x.py": "def never",
		"cinder/db/migrations/env.py": "def never", "cinder/fast.cpython-311-x86_64-linux-gnu.so": "\x7fELF", "cinder/bad.py": "!", "cinder/not-a-name.py": "def never", "cinder/text.txt": "def never",
		"cinder-1.0.0.data/purelib/cinder/placed.py": "def placed", "cinder-1.0.0.data/data/etc/x.py": "def never",
	})
	spec.RequiresPython, spec.Requires = ">=3.8", []string{"os-brick>=6.0", "six; python_version < '3'"}
	spec.EntryPoints = "[cinder.drivers]\nrbd = cinder.rbd:Driver\n"
	library := wheelmake.Spec{Name: "os-brick", Version: "6.1.0", Files: map[string]string{"os_brick/__init__.py": "def connect"}}
	w := newWorld(t, spec, library, wheelmake.Spec{Name: "cinder", Version: "3.0.0"}, wheelmake.Spec{Name: "cinder", Version: "3.0.0rc1"}, wheelmake.Spec{Name: "cinder", Version: "2015.1.0"})
	w.plan.Skip = []string{"cinder.db.migrations"}
	w.plan.Pins["zed"] = map[pep508.Name]pep440.Version{"os-brick": pep440.MustParse("6.1"), "oslo-log": pep440.MustParse("5.0.0")}
	var events []Event
	w.Events = func(e Event) { events = append(events, e) }
	i, report := w.update(nil)

	require.Len(t, i.Releases, 1)
	r := i.Releases[0]
	assert.Equal(t, []any{pep508.Name("cinder"), pep508.Name("cinder"), "1.0.0", "zed"}, []any{i.Component, r.Distribution, r.Version.String(), r.Series})
	assert.Equal(t, map[pep508.Name]pep440.Version{"os-brick": pep440.MustParse("6.1")}, r.Libraries, "oslo-log is pinned, but not in the index")
	assert.Equal(t, []any{">=3.8", []string{"os-brick>=6.0", `six; python_version < "3"`}}, []any{r.RequiresPython, r.Requires})
	assert.Equal(t, map[string]map[string]string{"cinder.drivers": {"rbd": "cinder.rbd:Driver"}}, r.EntryPoints)
	assert.Equal(t, []string{"cinder", "cinder.bad", "cinder.db.migrations", "cinder.fast", "cinder.objects", "cinder.objects.volume", "cinder.placed", "cinder.tests"}, slices.Sorted(maps.Keys(r.Modules)))
	for _, opaque := range []string{"cinder.tests", "cinder.db.migrations", "cinder.fast", "cinder.bad"} {
		assert.True(t, r.Modules[opaque].Dynamic, opaque)
	}
	assert.Equal(t, &api.Symbol{Kind: api.Alias, Target: "cinder.objects.volume.Volume"}, r.Modules["cinder.objects"].Names["Volume"])
	assert.Contains(t, i.Libraries["os-brick"][0].Modules["os_brick"].Names, "connect")

	assert.Equal(t, []Named{{"cinder", pep440.MustParse("1.1.0")}, {"oslo-log", pep440.MustParse("5.0.0")}}, report.Absent)
	assert.Equal(t, []Named{{"cinder", pep440.MustParse("3.0.0")}}, report.Newer)
	assert.Empty(t, report.Failed)
	require.Len(t, report.Unreadable, 1)
	assert.Equal(t, "cinder.bad", report.Unreadable[0].Module)
	assert.Contains(t, report.Unreadable[0].Reason, "invalid syntax")
	assert.Equal(t, []int{0, 0, 2, 6, 6}, []int{report.Kept, report.Cached, report.Fetched, report.Sources, report.Parsed})
	require.Len(t, events, 4)
	assert.Equal(t, []any{4, 4, report.Bytes}, []any{events[3].Done, events[3].Total, events[3].Bytes})
}

// TestUpdateAgain: what was read once is not read again, by whichever way it is known.
func TestUpdateAgain(t *testing.T) {
	w := newWorld(t, two()...)
	w.plan = planOf("cinder", "1.0.0")
	first, _ := w.update(nil)
	assert.ElementsMatch(t, []string{"cinder", "cinder.utils", "cinder.same"}, w.reader.read)

	w.plan = planOf("cinder", "1.0.0", "1.1.0")
	second, report := w.update(nil)
	assert.Equal(t, []string{"cinder-1.1.0-py3-none-any.whl"}, w.fetched)
	assert.Equal(t, []string{"cinder.utils"}, w.reader.read, "only what differs")
	assert.Equal(t, []int{1, 1}, []int{report.Cached, report.Fetched})
	assert.Same(t, second.Releases[0].Modules["cinder.same"], second.Releases[1].Modules["cinder.same"])
	assert.NotSame(t, second.Releases[0].Modules["cinder.utils"], second.Releases[1].Modules["cinder.utils"])

	w.Cache, w.plan.Releases[0].Series = "", "yoga"
	third, report := w.update(first)
	assert.Equal(t, []string{"cinder-1.1.0-py3-none-any.whl"}, w.fetched, "the first is in the old index")
	assert.Equal(t, []int{1, 0, 1}, []int{report.Kept, report.Cached, report.Fetched})
	assert.Same(t, third.Releases[0].Modules["cinder.same"], third.Releases[1].Modules["cinder.same"], "shared with what is old")
	assert.Equal(t, "yoga", third.Releases[0].Series)
	assert.Equal(t, "zed", first.Releases[0].Series, "the old index stays as it was")
	for name, m := range second.Releases[1].Modules {
		assert.Equal(t, m, third.Releases[1].Modules[name], name)
	}
	_, _, err := w.Update(t.Context(), planOf("nova", "1.0.0"), first)
	assert.ErrorContains(t, err, "the old index is of cinder, not of nova")
}

// TestUpdateDamagedCache: an entry that is not what was written is read anew.
func TestUpdateDamagedCache(t *testing.T) {
	w := newWorld(t, two()...)
	want, _ := w.update(nil)
	damaged := 0
	require.NoError(t, filepath.WalkDir(w.Cache, func(p string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name()[0] < '8' {
			damaged++
			return os.Truncate(p, 20)
		}
		return err
	}))
	require.Positive(t, damaged)
	got, report := w.update(nil)
	assert.Positive(t, report.Fetched)
	assert.Equal(t, want, got)
	again, report := w.update(nil)
	assert.Equal(t, 2, report.Cached, "it is healed")
	assert.Equal(t, want, again)
}

// lying is an index that promises other bytes.
type lying struct{ resolve.Index }

func (l lying) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	p, err := l.Index.Project(ctx, name)
	if err != nil {
		return nil, err
	}
	p = &dist.Project{Name: p.Name, Files: slices.Clone(p.Files)}
	for i := range p.Files {
		p.Files[i].Hashes = map[string]string{"sha256": strings.Repeat("0", 64)}
	}
	return p, nil
}

// TestUpdateFailures: a release that cannot be read is left out, and the other one is there.
func TestUpdateFailures(t *testing.T) {
	files := map[string]string{"cinder/__init__.py": "def good"}
	outside := cinder("1.0.0", files)
	outside.Edit = wheelmake.Add(wheelmake.Member{Name: "cinder/../../evil.py", Body: "def evil", Mode: 0o100644})
	twice := cinder("1.0.0", files)
	twice.Edit = wheelmake.Add(wheelmake.Member{Name: "cinder/__init__.py", Body: "def evil", Mode: 0o100644})
	nameless := cinder("1.0.0", files)
	nameless.Edit = wheelmake.Drop("METADATA")
	good := cinder("1.1.0", files)
	var format *archive.FormatError
	var structure *wheel.FormatError
	for name, c := range map[string]struct {
		spec   wheelmake.Spec
		change func(b []byte) []byte
		target any
	}{
		"path outside":  {spec: outside, target: &structure},
		"name twice":    {spec: twice, target: &structure},
		"no METADATA":   {spec: nameless, target: &structure},
		"cut":           {spec: cinder("1.0.0", files), change: func(b []byte) []byte { return b[:len(b)-10] }, target: &structure},
		"changed":       {spec: cinder("1.0.0", files), change: func(b []byte) []byte { return bytes.Replace(b, []byte("def good"), []byte("def evil"), 1) }, target: &format},
		"no zip at all": {spec: cinder("1.0.0", files), change: func(b []byte) []byte { return []byte("hello") }, target: &structure},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, good)
			b := wheelmake.Make(c.spec)
			if c.change != nil {
				b = c.change(b)
			}
			require.NoError(t, os.WriteFile(filepath.Join(w.folder, c.spec.Filename()), b, 0o644))
			i, report := w.update(nil)
			require.Len(t, i.Releases, 1)
			assert.Equal(t, "1.1.0", i.Releases[0].Version.String())
			require.Len(t, report.Failed, 1)
			assert.ErrorAs(t, report.Failed[0], c.target)
			assert.ErrorContains(t, report.Failed[0], "cinder 1.0.0: cinder-1.0.0-py3-none-any.whl: ")
			i, report = w.update(nil)
			assert.Len(t, report.Failed, 1, "a failure is not kept")
			assert.Len(t, i.Releases, 1)
		})
	}
	t.Run("another hash", func(t *testing.T) {
		w := newWorld(t, two()...)
		w.Index = lying{w.Index}
		_, report, err := w.Update(t.Context(), w.plan, nil)
		var hash *dist.HashError
		assert.ErrorAs(t, err, &hash)
		assert.ErrorIs(t, err, ErrNothing)
		assert.Len(t, report.Failed, 2)
	})
	t.Run("not on the index", func(t *testing.T) {
		w := newWorld(t)
		_, report, err := w.Update(t.Context(), w.plan, nil)
		assert.ErrorIs(t, err, ErrNothing)
		assert.ErrorIs(t, err, dist.ErrNotFound)
		assert.Len(t, report.Absent, 2)
	})
	t.Run("no interpreter", func(t *testing.T) {
		w := newWorld(t, two()...)
		w.reader.err = &pyast.ProcessError{Python: "python", Err: errors.New("none")}
		_, _, err := w.Update(t.Context(), w.plan, nil)
		assert.ErrorIs(t, err, w.reader.err)
	})
	t.Run("no cache", func(t *testing.T) {
		w := newWorld(t, two()...)
		w.Cache = filepath.Join(w.folder, two()[0].Filename(), "below a file")
		_, _, err := w.Update(t.Context(), w.plan, nil)
		assert.ErrorContains(t, err, "cache folder")
	})
}

// TestUpdateCancelled: whatever a run that ended early left in the cache, the next one has everything.
func TestUpdateCancelled(t *testing.T) {
	want, _ := newWorld(t, two()...).update(nil)
	for at := range 3 {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			w := newWorld(t, two()...)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w.Events = func(e Event) {
				if e.Done == at {
					cancel()
				}
			}
			if at == 0 {
				cancel()
			}
			_, report, err := w.Update(ctx, w.plan, nil)
			assert.ErrorIs(t, err, context.Canceled)
			assert.NotNil(t, report)
			got, report := w.update(nil)
			assert.Equal(t, want, got)
			assert.Equal(t, 2, report.Fetched+report.Cached)
		})
	}
}

// TestUpdateTogether: several runs share a cache.
func TestUpdateTogether(t *testing.T) {
	w := newWorld(t, two()...)
	want, _ := w.update(nil)
	folder := t.TempDir()
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			c := &Crawler{Index: &index.Dir{Folders: []string{w.folder}}, Fetcher: &Passing{}, Reader: &words{}, Cache: folder}
			got, _, err := c.Update(t.Context(), w.plan, nil)
			assert.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
	wait.Wait()
}
