package bundle_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/internal/archive"
	"github.com/chandlery-go/chandlery/internal/wheelmake"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// shop is an index of made wheels, and their Fetcher.
type shop struct {
	resolvetest.Index
	t     testing.TB
	mu    sync.Mutex
	blobs map[string][]byte // by url
	fail  map[string]error  // by file name
	got   []string          // file names fetched
}

func newShop(t testing.TB, specs ...wheelmake.Spec) *shop {
	s := &shop{t: t, blobs: map[string][]byte{}, fail: map[string]error{}}
	for _, spec := range specs {
		s.add(spec, nil)
	}
	return s
}

// add offers a wheel; edit may change what the index says of it.
func (s *shop) add(spec wheelmake.Spec, edit func(*dist.File)) {
	b := wheelmake.Make(spec)
	name, err := dist.ParseFilename(spec.Filename())
	require.NoError(s.t, err)
	m, err := dist.ParseMetadata([]byte(spec.Metadata()))
	require.NoError(s.t, err)
	sum := sha256.Sum256(b)
	f := dist.File{Filename: name, RequiresPython: m.RequiresPython, Uploaded: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), Artifact: dist.Artifact{
		File: spec.Filename(), URL: "https://index.example/" + spec.Filename(), Size: int64(len(b)), Hashes: map[string]string{"sha256": hex.EncodeToString(sum[:])},
	}}
	if edit != nil {
		edit(&f)
	}
	s.blobs[f.URL] = b
	s.Add(f, m)
}

type blob struct{ *bytes.Reader }

func (blob) Close() error { return nil }

func (s *shop) Fetch(ctx context.Context, a dist.Artifact) (dist.Blob, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fail[a.File]; err != nil {
		return nil, err
	}
	s.got = append(s.got, a.File)
	b := s.blobs[a.URL]
	v := dist.NewVerifier(a)
	v.Write(b)
	return blob{bytes.NewReader(b)}, v.Check()
}

func (s *shop) fetched() []string {
	got := s.got
	s.got = nil
	slices.Sort(got)
	return got
}

func config(t testing.TB, text string) *manifest.Config {
	t.Helper()
	c, err := manifest.ParseConfig([]byte(text))
	require.NoError(t, err)
	return c
}

// publisher publishes into a fresh directory.
func publisher(t testing.TB, s *shop) (*bundle.Publisher, string) {
	dir := t.TempDir()
	return &bundle.Publisher{Index: s, Fetcher: s, Store: store.Dir{Path: dir}, WorkDir: t.TempDir(),
		Sink: store.Channel{Path: dir, Name: "stable", InsecureUnsigned: true}}, dir
}

// snapshot is every file of a directory and its content.
func snapshot(t testing.TB, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") {
			return err
		}
		b, err := os.ReadFile(p)
		rel, _ := filepath.Rel(dir, p)
		files[filepath.ToSlash(rel)] = string(b)
		return err
	}))
	return files
}

func library(name, version string, requires ...string) wheelmake.Spec {
	return wheelmake.Spec{Name: name, Version: version, Requires: requires, Deflate: true}
}

func tagged(name, version, tag string) wheelmake.Spec {
	return wheelmake.Spec{Name: name, Version: version, Tag: tag, Platlib: true}
}

// classroom has pure wheels, a dependency, and one library with a wheel for each machine.
func classroom(t testing.TB) *shop {
	return newShop(t,
		library("app", "1.0", "lib>=1"), library("app", "2.0", "lib>=1", `colour; sys_platform == "win32"`),
		library("lib", "1.0"), library("lib", "1.1"), library("lib", "2.0rc1"), library("colour", "0.4"),
		tagged("native", "1.0", "cp37-cp37m-win32"), tagged("native", "1.0", "cp37-cp37m-win_amd64"), tagged("native", "1.0", "cp37-cp37m-macosx_10_9_x86_64"),
		tagged("native", "1.0", "cp39-cp39-macosx_11_0_arm64"), tagged("native", "1.0", "cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64"),
	)
}

const classroomConfig = `{
  "app": {"expectedVersions": {"windows": "latest", "darwin": "1.0", "darwinbigsur": ">=1", "linux": "latest"}},
  "Native": {"expectedVersions": {"windows": "==1.0", "darwin": "1.0", "darwinbigsur": "1.0", "linux": "1.0"}}
}`

func TestPublish(t *testing.T) {
	s := classroom(t)
	p, dir := publisher(t, s)
	report, err := p.Publish(context.Background(), config(t, classroomConfig))
	require.NoError(t, err)
	assert.True(t, report.Released)
	assert.EqualValues(t, 1, report.Manifest.Meta.Sequence)
	assert.Equal(t, 9, report.Wheels)
	assert.Equal(t, 9, report.Stored)

	var rows []string
	for _, r := range report.Rows {
		rows = append(rows, fmt.Sprintf("%s %s %v %s %v %v", r.Library, r.Platform, r.Tags, r.Version, r.New, r.Listed))
	}
	assert.Equal(t, []string{
		"app darwin [macosx_10_13_x86_64] 1.0 true true",
		"app darwinbigsur [macosx_11_0_arm64] 2.0 true true",
		"app linux [manylinux_2_17_x86_64] 2.0 true true",
		"app windows [win32 win_amd64] 2.0 true true",
		"colour windows [win32 win_amd64] 0.4 true false",
		"lib darwin [macosx_10_13_x86_64] 1.1 true false",
		"lib darwinbigsur [macosx_11_0_arm64] 1.1 true false",
		"lib linux [manylinux_2_17_x86_64] 1.1 true false",
		"lib windows [win32 win_amd64] 1.1 true false",
		"native darwin [macosx_10_13_x86_64] 1.0 true true",
		"native darwinbigsur [macosx_11_0_arm64] 1.0 true true",
		"native linux [manylinux_2_17_x86_64] 1.0 true true",
		"native windows [win32] 1.0 true true",
		"native windows [win_amd64] 1.0 true true",
	}, rows)

	m, err := manifest.Parse([]byte(snapshot(t, dir)["stable/update.json"]))
	require.NoError(t, err)
	assert.Equal(t, []string{"colour", "lib"}, m.Libraries["app"]["windows"].Requires)
	assert.Equal(t, []string{"lib"}, m.Libraries["app"]["linux"].Requires)
	assert.Equal(t, manifest.Platform{Python: "3.7.4", Tags: []string{"win32", "win_amd64"}}, m.Meta.Platforms["windows"])
	assert.Equal(t, m.Libraries["lib"]["windows"], m.Libraries["lib"]["linux"], "equal bytes are shared")
	assert.Equal(t, "cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64", m.Libraries["native"]["linux"].Tag)
	native := m.Libraries["native"]["windows"]
	assert.Empty(t, native.URL)
	require.Len(t, native.Variants, 2)
	assert.Equal(t, []string{"win32"}, native.Variants[0].Serves)
	assert.Equal(t, "cp37-cp37m-win_amd64", native.Variants[1].Tag)
	checkBundles(t, dir, m)

	left, err := os.ReadDir(p.WorkDir)
	require.NoError(t, err)
	assert.Empty(t, left, "temporary files are removed")
}

// checkBundles: what each leaf says of its bundles is true, and what they hold is installed as RECORD says.
func checkBundles(t *testing.T, dir string, m *manifest.Manifest) {
	for name, platforms := range m.Libraries {
		for _, leaf := range platforms {
			for _, b := range leaf.Bundles() {
				file := filepath.Join(dir, "stable", filepath.FromSlash(b.URL))
				raw, err := os.ReadFile(file)
				require.NoError(t, err)
				sum := sha256.Sum256(raw)
				assert.Equal(t, b.SHA256, hex.EncodeToString(sum[:]))
				assert.EqualValues(t, len(raw), b.Size)
				z, err := archive.Open(bytes.NewReader(raw), int64(len(raw)), archive.Limits{})
				require.NoError(t, err)
				assert.Len(t, z.Entries(), b.Files)
				assert.Equal(t, z.Size(), b.UnpackedSize)
				installed, faults := wheel.Scan(z)
				require.Empty(t, faults)
				require.Len(t, installed, 1)
				assert.Equal(t, name, installed[0].Name)
				assert.Equal(t, b.RecordSHA256, installed[0].RecordSHA256)
				assert.Equal(t, bundle.Installer, installed[0].Installer)
				assert.Empty(t, installed[0].Check(context.Background(), z))
				assert.Contains(t, b.Source.Wheel, b.Tag+".whl")
			}
		}
	}
}

func TestPublishTwice(t *testing.T) {
	s := classroom(t)
	p, dir := publisher(t, s)
	_, err := p.Publish(context.Background(), config(t, classroomConfig))
	require.NoError(t, err)
	before := snapshot(t, dir)
	for range 3 {
		report, err := p.Publish(context.Background(), config(t, classroomConfig))
		require.NoError(t, err)
		assert.False(t, report.Released)
		assert.Zero(t, report.Stored)
		assert.Equal(t, 9, report.Existed)
		assert.EqualValues(t, 1, report.Manifest.Meta.Sequence)
		assert.Equal(t, before, snapshot(t, dir), "no byte changes")
	}
	report, err := p.Publish(context.Background(), config(t, strings.Replace(classroomConfig, `"linux": "latest"`, `"linux": "1.0"`, 1)))
	require.NoError(t, err)
	assert.True(t, report.Released)
	assert.EqualValues(t, 2, report.Manifest.Meta.Sequence)
	assert.Zero(t, report.Stored, "another platform has this bundle already")
}

// TestPublishSameBytes: two hosts that know nothing of each other publish the same.
func TestPublishSameBytes(t *testing.T) {
	issued := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
	var first map[string]string
	for i := range 3 {
		p, dir := publisher(t, classroom(t))
		p.Concurrency = i*3 + 1
		p.Clock = func() time.Time { return issued.In(time.FixedZone("", i*3600)).Add(time.Duration(i)) }
		_, err := p.Publish(context.Background(), config(t, classroomConfig))
		require.NoError(t, err)
		got := snapshot(t, dir)
		if first == nil {
			first = got
		}
		assert.Equal(t, first, got)
	}
}

func TestPlan(t *testing.T) {
	s := classroom(t)
	p, dir := publisher(t, s)
	plan, err := p.Plan(context.Background(), config(t, classroomConfig))
	require.NoError(t, err)
	assert.Len(t, plan.Rows, 14)
	assert.Nil(t, plan.Current)
	assert.Empty(t, s.fetched(), "a plan downloads no wheel")
	assert.Empty(t, snapshot(t, dir), "and changes nothing")
	i := slices.IndexFunc(plan.Rows, func(r bundle.Row) bool { return r.Library == "lib" && r.Platform == "linux" })
	assert.Equal(t, []string{"app: lib>=1"}, plan.Rows[i].Why)

	_, err = p.Publish(context.Background(), config(t, classroomConfig))
	require.NoError(t, err)
	s.add(library("lib", "1.2"), nil)
	plan, err = p.Plan(context.Background(), config(t, `{"app": {"expectedVersions": {"linux": "latest"}}}`))
	require.NoError(t, err)
	require.Len(t, plan.Rows, 2)
	assert.False(t, plan.Rows[0].Changed)
	assert.Equal(t, "2.0", plan.Rows[0].Was)
	assert.True(t, plan.Rows[1].Changed)
	assert.Equal(t, "1.1", plan.Rows[1].Was)
	assert.Equal(t, "1.2", plan.Rows[1].Version)
	assert.Len(t, plan.Removed, 11)
	assert.Contains(t, plan.Removed, bundle.Removed{Library: "native", Platform: "linux", Version: "1.0"})
}

func TestPublishLatest(t *testing.T) {
	s := newShop(t, library("a", "1.0"), library("a", "2.0"), library("a", "3.0b1"), library("b", "1.0", "a<2"), library("only", "1.0a1"))
	s.add(library("a", "2.5"), func(f *dist.File) { f.Yanked = true })
	s.add(wheelmake.Spec{Name: "a", Version: "2.1", RequiresPython: ">=3.10"}, nil)
	s.add(tagged("a", "2.2", "cp39-cp39-win_amd64"), nil)
	p, _ := publisher(t, s)
	plan, err := p.Plan(context.Background(), config(t, `{"a": {"expectedVersions": {"linux": "latest"}}}`))
	require.NoError(t, err)
	assert.Equal(t, "2.0", plan.Rows[0].Version)
	assert.Empty(t, plan.Rows[0].HeldBack)

	var warnings []bundle.Event
	p.Observer = func(e bundle.Event) {
		if e.Type == bundle.Warning {
			warnings = append(warnings, e)
		}
	}
	plan, err = p.Plan(context.Background(), config(t, `{"a": {"expectedVersions": {"linux": "latest"}}, "b": {"expectedVersions": {"linux": "1.0"}}}`))
	require.NoError(t, err)
	assert.Equal(t, "1.0", plan.Rows[0].Version)
	assert.Equal(t, "the newest is 2.0, held back by b (a<2)", plan.Rows[0].HeldBack)
	require.Len(t, warnings, 1)
	assert.Equal(t, plan.Rows[0].HeldBack, warnings[0].Message)

	_, err = p.Plan(context.Background(), config(t, `{"only": {"expectedVersions": {"linux": "latest"}}}`))
	assert.EqualError(t, err, "only on linux: resolve: no version matches latest; no version has a wheel that this platform can use")
	assert.Equal(t, bundle.KindNoVersion, bundle.KindOf(err))

	plan, err = p.Plan(context.Background(), config(t, `{"a": {"expectedVersions": {"linux": "==2.5"}}}`))
	require.NoError(t, err, "a pin takes what was yanked")
	assert.Equal(t, "2.5", plan.Rows[0].Version)
}

func TestPublishExcludeNewer(t *testing.T) {
	s := newShop(t, library("a", "1.0"))
	s.add(library("a", "2.0"), func(f *dist.File) { f.Uploaded = time.Date(2026, 11, 22, 23, 59, 59, 0, time.UTC) })
	p, _ := publisher(t, s)
	for day, want := range map[string]string{"2026-11-21": "1.0", "2026-11-22": "2.0"} {
		plan, err := p.Plan(context.Background(), config(t, `{"$excludeNewer": "`+day+`", "a": {"expectedVersions": {"linux": "latest"}}}`))
		require.NoError(t, err)
		assert.Equal(t, want, plan.Rows[0].Version)
	}
	_, err := p.Plan(context.Background(), config(t, `{"$excludeNewer": "2026-11-21", "a": {"expectedVersions": {"linux": "2.0"}}}`))
	assert.EqualError(t, err, "a 2.0 on linux: resolve: uploaded at or after 2026-11-22T00:00:00Z, or at a time that the index does not tell; the nearest version that this platform can use is 1.0")
}

func TestPublishOverrides(t *testing.T) {
	s := newShop(t, library("a", "1.0", "b<2"), library("b", "1.0"), library("b", "2.0"))
	p, _ := publisher(t, s)
	plan, err := p.Plan(context.Background(), config(t, `{"$overrides": ["b==2.0"], "a": {"expectedVersions": {"linux": "latest"}}}`))
	require.NoError(t, err)
	assert.Equal(t, "2.0", plan.Rows[1].Version)
}

func TestPublishProblems(t *testing.T) {
	s := newShop(t, library("a", "1.0"), library("a", "1.1"), library("left", "1.0", "shared<2"), library("right", "1.0", "shared>=2"), library("shared", "1.0"), library("shared", "2.0"),
		library("lost", "1.0", "nowhere"),
		tagged("native", "1.19.2", "cp39-cp39-macosx_11_0_arm64"), tagged("native", "1.19.5", "cp39-cp39-win_amd64"), tagged("native", "1.19.5", "cp39-cp39-manylinux2014_x86_64"),
		tagged("native", "1.21.0", "cp39-cp39-macosx_11_0_arm64"), tagged("native", "1.22.0", "cp39-cp39-macosx_11_0_arm64"),
		tagged("half", "1.0", "cp37-cp37m-win32"), library("old", "1.0"))
	s.add(wheelmake.Spec{Name: "new", Version: "1.0", RequiresPython: ">=3.8"}, nil)
	s.add(library("yanked", "1.0"), func(f *dist.File) { f.Yanked = true })
	for name, tt := range map[string]struct {
		config string
		kind   bundle.Kind
		want   string
	}{
		"unknown library": {`{"gone": {"expectedVersions": {"linux": "1.0", "darwin": "1.0"}}}`, bundle.KindNotFound,
			"gone: resolve: no index knows this library; check its spelling and the indexes"},
		"no version": {`{"a": {"expectedVersions": {"linux": ">=9"}}}`, bundle.KindNoVersion,
			"a on linux: resolve: no version matches >=9; the newest that this platform can use is 1.1"},
		"no wheel": {`{"native": {"expectedVersions": {"darwinbigsur": "1.19.5"}}}`, bundle.KindNoWheel,
			"native 1.19.5 on darwinbigsur: resolve: no wheel for Python 3.9.0 on macosx_11_0_arm64; on offer are cp39-cp39-manylinux2014_x86_64, cp39-cp39-win_amd64; " +
				"the nearest version that this platform can use is 1.21.0"},
		"one machine's wheel": {`{"half": {"expectedVersions": {"windows": "1.0"}}}`, bundle.KindNoWheel,
			"half 1.0 on windows: resolve: no wheel for Python 3.7.4 on win32 and win_amd64; on offer are cp37-cp37m-win32; no version has a wheel that this platform can use"},
		"other Python": {`{"new": {"expectedVersions": {"darwin": "1.0"}}}`, bundle.KindNoVersion,
			"new 1.0 on darwin: resolve: not for Python 3.7.4 (Requires-Python: >=3.8); no version has a wheel that this platform can use"},
		"yanked": {`{"yanked": {"expectedVersions": {"darwin": ">=1"}}}`, bundle.KindNoVersion,
			"yanked on darwin: resolve: >=1 matches only yanked versions (1.0); pin it with ==1.0, if it must be that"},
		"unknown platform": {`{"a": {"expectedVersions": {"amiga": "1.0"}}}`, bundle.KindConfig,
			"a on amiga: configure: unknown platform (library of line 1); known are darwin, darwinbigsur, linux, windows; others need a platforms file"},
		"all at once": {`{"a": {"expectedVersions": {"linux": ">=9", "darwin": "8"}}, "native": {"expectedVersions": {"darwinbigsur": "1.19.5"}}}`, bundle.KindNoVersion,
			"a on darwin: resolve: no version matches 8; the newest that this platform can use is 1.1\n" +
				"native 1.19.5 on darwinbigsur: resolve: no wheel for Python 3.9.0 on macosx_11_0_arm64; on offer are cp39-cp39-manylinux2014_x86_64, cp39-cp39-win_amd64; " +
				"the nearest version that this platform can use is 1.21.0\n" +
				"a on linux: resolve: no version matches >=9; the newest that this platform can use is 1.1"},
		"kinds of all sorts at once": {`{"gone": {"expectedVersions": {"windows": "1.0"}}, "a": {"expectedVersions": {"darwin": "8"}},
			"left": {"expectedVersions": {"linux": "1.0"}}, "right": {"expectedVersions": {"linux": "1.0"}}}`, bundle.KindNotFound,
			"gone: resolve: no index knows this library; check its spelling and the indexes\n" +
				"a on darwin: resolve: no version matches 8; the newest that this platform can use is 1.1\n" +
				"linux: resolve: no solution for linux:\n" +
				"Because every version of right depends on shared>=2 and every version of left depends on shared<2, every version of left and every version of right cannot be used together.\n" +
				"And because the request asks for right==1.0, no version of left can be used.\nAnd because the request asks for left==1.0, the request cannot be satisfied on linux.\n" +
				"the nearest change with which there is one: drop the requirement left==1.0"},
	} {
		t.Run(name, func(t *testing.T) {
			p, dir := publisher(t, s)
			_, err := p.Publish(context.Background(), config(t, tt.config))
			assert.EqualError(t, err, tt.want)
			assert.Equal(t, tt.kind, bundle.KindOf(err))
			assert.Empty(t, snapshot(t, dir))
		})
	}
	for name, kind := range map[string]bundle.Kind{
		`{"left": {"expectedVersions": {"linux": "1.0", "darwin": "1.0"}}, "right": {"expectedVersions": {"linux": "1.0", "darwin": "1.0"}}}`: bundle.KindConflict,
		`{"lost": {"expectedVersions": {"linux": "1.0", "darwin": "1.0"}}}`:                                                                   bundle.KindNotFound,
	} {
		p, dir := publisher(t, s)
		_, err := p.Publish(context.Background(), config(t, name))
		var all bundle.Errors
		require.ErrorAs(t, err, &all)
		require.Len(t, all, 2, "the problems of both platforms come in one run")
		assert.Contains(t, all[0].Error(), "darwin: resolve: no solution")
		assert.Contains(t, all[1].Error(), "linux: resolve: no solution")
		assert.Equal(t, kind, bundle.KindOf(err), err)
		assert.Empty(t, snapshot(t, dir))
	}
}

func TestPublishHostileWheels(t *testing.T) {
	broken := library("broken", "1.0")
	broken.Edit = wheelmake.Replace("broken.py", "evil")
	slip := library("slip", "1.0")
	slip.Edit = wheelmake.Add(wheelmake.Member{Name: "../evil.py", Body: "x", Mode: 0o100644})
	s := newShop(t, library("good", "1.0"), broken, slip, library("swapped", "1.0"))
	s.blobs["https://index.example/swapped-1.0-py3-none-any.whl"] = []byte("something else")
	p, dir := publisher(t, s)
	_, err := p.Publish(context.Background(), config(t, `{"good": {"expectedVersions": {"linux": "1.0", "darwin": "1.0"}}, "broken": {"expectedVersions": {"linux": "1.0", "darwin": "1.0"}},
		"slip": {"expectedVersions": {"linux": "1.0"}}, "swapped": {"expectedVersions": {"linux": "1.0"}}}`))
	var all bundle.Errors
	require.ErrorAs(t, err, &all)
	require.Len(t, all, 3, "%v", err)
	assert.Contains(t, all[0].Error(), "broken 1.0 on darwin, linux: verify: ")
	assert.Contains(t, all[0].Error(), "broken.py")
	assert.Contains(t, all[1].Error(), "slip 1.0 on linux: verify: ")
	assert.Contains(t, all[2].Error(), "swapped 1.0 on linux: fetch: ")
	assert.Equal(t, []bundle.Kind{bundle.KindHostile, bundle.KindHostile, bundle.KindHash}, []bundle.Kind{bundle.KindOf(all[0]), bundle.KindOf(all[1]), bundle.KindOf(all[2])})
	assert.NotContains(t, slices.Collect(maps.Keys(snapshot(t, dir))), "stable/update.json", "nothing is half published")
	left, err := os.ReadDir(p.WorkDir)
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestPublishFalseMetadata(t *testing.T) {
	s := newShop(t)
	s.add(library("a", "1.0", "b"), nil)
	m, err := dist.ParseMetadata([]byte(library("a", "1.0").Metadata()))
	require.NoError(t, err)
	project, err := s.Project(context.Background(), "a")
	require.NoError(t, err)
	f := project.Files[0]
	project.Files = nil
	s.Add(f, m)
	p, _ := publisher(t, s)
	_, err = p.Publish(context.Background(), config(t, `{"a": {"expectedVersions": {"linux": "1.0"}}}`))
	assert.ErrorContains(t, err, "a 1.0 on linux: verify: the index gave other metadata for this wheel than the wheel has; clear the cache")
	assert.Equal(t, bundle.KindHash, bundle.KindOf(err))
}

func TestPublishOverlap(t *testing.T) {
	a, b, c := library("a", "1.0"), library("b", "1.0"), library("c", "1.0")
	a.Files = map[string]string{"a.py": "", "tests/__init__.py": "a"}
	b.Files = map[string]string{"b.py": "", "tests/__init__.py": "b"}
	c.Files = map[string]string{"c.py": "", "tests/__init__.py": "a"}
	p, _ := publisher(t, newShop(t, a, b, c))
	_, err := p.Publish(context.Background(), config(t, `{"a": {"expectedVersions": {"linux": "1.0"}}, "b": {"expectedVersions": {"linux": "1.0"}}, "c": {"expectedVersions": {"linux": "1.0"}}}`))
	assert.EqualError(t, err, "b on linux: compose: tests/__init__.py is installed by a too, with other content; choose versions that do not overlap")
	assert.Equal(t, bundle.KindConflict, bundle.KindOf(err))
	_, err = p.Publish(context.Background(), config(t, `{"a": {"expectedVersions": {"linux": "1.0", "darwin": "1.0"}}, "b": {"expectedVersions": {"windows": "1.0"}}, "c": {"expectedVersions": {"linux": "1.0"}}}`))
	assert.NoError(t, err, "the same content, or another platform, is no overlap")
}

// faulty fails as a full disk does.
type faulty struct {
	mu   sync.Mutex
	puts int
}

func (f *faulty) Put(context.Context, string, bundle.Object) (bundle.Placed, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.puts++
	return bundle.Placed{}, &fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
}

func TestPublishFullDisk(t *testing.T) {
	p, dir := publisher(t, classroom(t))
	full := &faulty{}
	p.Store, p.Concurrency = full, 1
	_, err := p.Publish(context.Background(), config(t, classroomConfig))
	assert.Equal(t, bundle.KindNoSpace, bundle.KindOf(err))
	assert.Equal(t, 1, full.puts, "what every wheel would meet ends the run")
	assert.Empty(t, snapshot(t, dir))
}

func TestPublishUnreachableIndex(t *testing.T) {
	s := classroom(t)
	p, _ := publisher(t, s)
	s.fail["lib-1.1-py3-none-any.whl"] = errors.New("no route")
	_, err := p.Publish(context.Background(), config(t, classroomConfig))
	assert.EqualError(t, err, "lib 1.1 on darwin, darwinbigsur, linux, windows: fetch: no route")
	assert.Equal(t, bundle.KindNetwork, bundle.KindOf(err))
}

func TestPublishTwoPublishers(t *testing.T) {
	p, dir := publisher(t, classroom(t))
	other := *p
	late := &lateSink{Channel: store.Channel{Path: dir, Name: "stable", InsecureUnsigned: true}, before: func() {
		_, err := other.Publish(context.Background(), config(t, `{"lib": {"expectedVersions": {"linux": "1.0"}}}`))
		require.NoError(t, err)
	}}
	p.Sink = late
	_, err := p.Publish(context.Background(), config(t, classroomConfig))
	assert.ErrorIs(t, err, bundle.ErrConflict)
	assert.ErrorContains(t, err, "nothing was released: publish again")
	assert.Equal(t, bundle.KindPublishConflict, bundle.KindOf(err))
	late.before = func() {}
	report, err := p.Publish(context.Background(), config(t, classroomConfig))
	require.NoError(t, err)
	assert.EqualValues(t, 2, report.Manifest.Meta.Sequence)
}

// lateSink lets another publisher pass just before it releases.
type lateSink struct {
	store.Channel
	before func()
}

func (s *lateSink) Release(ctx context.Context, m *manifest.Manifest) error {
	s.before()
	return s.Channel.Release(ctx, m)
}

func TestPublishCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	p, dir := publisher(t, classroom(t))
	p.Observer = func(e bundle.Event) {
		if e.Step == bundle.StepFetch && e.Type == bundle.ItemDone {
			cancel()
		}
	}
	_, err := p.Publish(ctx, config(t, classroomConfig))
	assert.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, bundle.KindCanceled, bundle.KindOf(err))
	assert.NotContains(t, slices.Collect(maps.Keys(snapshot(t, dir))), "stable/update.json")
	left, err := os.ReadDir(p.WorkDir)
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestPublishEvents(t *testing.T) {
	p, _ := publisher(t, classroom(t))
	last := map[bundle.Step]bundle.Event{}
	var steps []bundle.Step
	p.Observer = func(e bundle.Event) {
		before := last[e.Step]
		assert.GreaterOrEqual(t, e.Items, before.Items)
		assert.GreaterOrEqual(t, e.Bytes, before.Bytes)
		if e.Type == bundle.StepStarted {
			steps = append(steps, e.Step)
		}
		last[e.Step] = e
	}
	report, err := p.Publish(context.Background(), config(t, classroomConfig))
	require.NoError(t, err)
	assert.Equal(t, []bundle.Step{"configure", "resolve", "fetch", "verify", "pack", "store", "compose", "release"}, steps)
	for step, e := range last {
		assert.Equal(t, bundle.StepFinished, e.Type, step)
		assert.NoError(t, e.Err)
	}
	assert.Equal(t, 9, last[bundle.StepFetch].Items)
	assert.Equal(t, report.DownloadBytes, last[bundle.StepFetch].Bytes)
	assert.Equal(t, report.DownloadBytes, last[bundle.StepFetch].TotalBytes)
	assert.Equal(t, report.StoredBytes, last[bundle.StepStore].Bytes)
}

func TestPublisherMissingFields(t *testing.T) {
	for _, field := range []string{"Index", "Fetcher", "Store", "Sink", "Current"} {
		p, _ := publisher(t, newShop(t))
		switch field {
		case "Index":
			p.Index = nil
		case "Fetcher":
			p.Fetcher = nil
		case "Store":
			p.Store = nil
		case "Sink":
			p.Sink = nil
		case "Current":
			p.Sink = sinkOnly{}
		}
		_, err := p.Publish(context.Background(), config(t, classroomConfig))
		var missing *bundle.MissingFieldError
		require.ErrorAs(t, err, &missing)
		assert.Equal(t, field, missing.Field)
		assert.Equal(t, bundle.KindUsage, bundle.KindOf(err))
	}
	p, _ := publisher(t, newShop(t))
	p.MinClient, p.Channel = "1", "../x"
	_, err := p.Plan(context.Background(), config(t, classroomConfig))
	assert.ErrorContains(t, err, `"1" is no semantic version`)
	assert.ErrorContains(t, err, `"../x" is no name of a channel`)
}

type sinkOnly struct{}

func (sinkOnly) Release(context.Context, *manifest.Manifest) error { return nil }

func TestPublishVerdicts(t *testing.T) {
	s := classroom(t)
	p, _ := publisher(t, s)
	p.Verdicts = bundle.VerdictDir{Path: filepath.Join(t.TempDir(), "verdicts")}
	count := func() (kept int) {
		p.Observer = func(e bundle.Event) {
			if e.Step == bundle.StepVerify && e.Type == bundle.ItemKept {
				kept++
			}
		}
		_, err := p.Publish(context.Background(), config(t, classroomConfig))
		require.NoError(t, err)
		return kept
	}
	assert.Equal(t, 0, count())
	assert.Equal(t, 9, count())
}

func TestVerdictDir(t *testing.T) {
	d := bundle.VerdictDir{Path: filepath.Join(t.TempDir(), "a", "b")}
	sum := strings.Repeat("ab", 32)
	assert.False(t, d.Verified(sum))
	require.NoError(t, d.Keep(sum))
	require.NoError(t, d.Keep(sum))
	assert.True(t, d.Verified(sum))
	file := filepath.Join(d.Path, "ab", sum)
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	assert.False(t, d.Verified(sum), "an empty file is no verdict")
	for _, bad := range []string{"", "..", "../../x", strings.Repeat("AB", 32)} {
		assert.False(t, d.Verified(bad))
		assert.Error(t, d.Keep(bad))
	}
}

// TestPublishOwnParts: every part of a Publisher can be another's.
func TestPublishOwnParts(t *testing.T) {
	s := newShop(t, library("a", "1.0"))
	objects := &memory{objects: map[string][]byte{}}
	tags, err := resolve.NewPlatform("mine", pep440.MustParse("3.12.1"), "manylinux_2_28_aarch64")
	require.NoError(t, err)
	p := &bundle.Publisher{
		Resolver: resolve.ResolverFunc(func(ctx context.Context, req *resolve.Request) (*resolve.Resolution, error) {
			project, err := s.Project(ctx, "a")
			if err != nil {
				return nil, err
			}
			return &resolve.Resolution{Platform: req.Platform, Pins: []resolve.Pin{{Name: "a", Version: pep440.MustParse("1.0"), Files: project.Files}}}, nil
		}),
		Fetcher: dist.FetcherFunc(s.Fetch), Store: objects, Sink: objects, Current: objects, Packager: marked{}, Channel: "beta", MinClient: "1.2.0",
		Platforms: map[string]resolve.Platform{"mine": tags},
	}
	report, err := p.Publish(context.Background(), config(t, `{"a": {"expectedVersions": {"mine": "latest"}}}`))
	require.NoError(t, err)
	leaf := report.Manifest.Libraries["a"]["mine"]
	assert.Equal(t, "marked", leaf.Format)
	assert.Equal(t, "https://objects.example/sha256/"+leaf.SHA256[:2]+"/"+leaf.SHA256+".marked", leaf.URL)
	assert.Equal(t, "beta", objects.m.Meta.Channel)
	assert.Equal(t, "1.2.0", objects.m.Meta.MinClient)
}

type marked struct{ bundle.Zip }

func (marked) Format() string { return "marked" }

// memory is a Store, Sink and Source.
type memory struct {
	mu      sync.Mutex
	objects map[string][]byte
	m       *manifest.Manifest
}

func (s *memory) Put(ctx context.Context, key string, obj bundle.Object) (bundle.Placed, error) {
	r, err := obj.Open()
	if err != nil {
		return bundle.Placed{}, err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	_, existed := s.objects[key]
	s.objects[key] = b
	return bundle.Placed{URL: "https://objects.example/" + key, Existed: existed}, err
}

func (s *memory) Release(ctx context.Context, m *manifest.Manifest) error {
	s.m = m
	return nil
}

func (s *memory) Latest(ctx context.Context) (*manifest.Manifest, error) {
	if s.m == nil {
		return nil, bundle.ErrNoRelease
	}
	return s.m, nil
}

func TestPublishRefusesBadResolutions(t *testing.T) {
	s := newShop(t, library("a", "1.0"), library("a", "2.0a1"))
	project, err := s.Project(context.Background(), "a")
	require.NoError(t, err)
	pin := resolve.Pin{Name: "a", Version: pep440.MustParse("1.0"), Files: project.Files[:1]}
	pre := resolve.Pin{Name: "a", Version: pep440.MustParse("2.0a1"), Files: project.Files[1:]}
	for want, pins := range map[string][]resolve.Pin{
		"a on linux: resolve: not in the resolution":                           {},
		"a 1.0 on linux: resolve: pinned twice":                                {pin, pin},
		"a 1.0 on linux: resolve: no file for some machine of the platform":    {{Name: "a", Version: pin.Version}},
		`a 2.0a1 on linux: resolve: "latest" means a final release, and no fi`: {pre},
	} {
		p, _ := publisher(t, s)
		p.Resolver = resolve.ResolverFunc(func(context.Context, *resolve.Request) (*resolve.Resolution, error) {
			return &resolve.Resolution{Platform: manifest.BuiltinPlatforms()["linux"], Pins: pins}, nil
		})
		_, err := p.Publish(context.Background(), config(t, `{"a": {"expectedVersions": {"linux": "latest"}}}`))
		assert.ErrorContains(t, err, want)
	}
}

func TestPublishNothing(t *testing.T) {
	for _, cfg := range []*manifest.Config{nil, {}} {
		p, _ := publisher(t, newShop(t))
		_, err := p.Publish(t.Context(), cfg)
		require.Equal(t, bundle.KindUsage, bundle.KindOf(err), "%v", err)
	}
}
