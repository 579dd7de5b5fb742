//go:build live

package live

import (
	"bufio"
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/store"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

type published struct {
	Sequence uint64
	Changed  bool
	Uploads  int
	Entries  []struct{ Library, Platform, Version string }
}

type updated struct {
	Changed   bool
	Downloads int
}

// TestPublishTrace: with an empty cache every project page of the answer was fetched in that run, and nothing was asked for by HEAD.
func TestPublishTrace(t *testing.T) {
	f, err := os.Open(suite.trace)
	require.NoError(t, err)
	defer f.Close()
	pages, requests := map[string]bool{}, 0
	for s := bufio.NewScanner(f); s.Scan(); requests++ {
		var r struct {
			Method, URL string
			Status      int
		}
		require.NoError(t, json.Unmarshal(s.Bytes(), &r))
		assert.Equal(t, http.MethodGet, r.Method, r.URL)
		u, err := url.Parse(r.URL)
		require.NoError(t, err)
		if r.Status == http.StatusOK && strings.HasSuffix(u.Path, "/") {
			pages[filepath.Base(u.Path)] = true
		}
	}
	libraries := released(t, suite.site).Libraries
	for name := range libraries {
		assert.True(t, pages[string(name)], "the page of %s was not fetched", name)
	}
	t.Logf("%d requests, %d project pages, %d libraries", requests, len(pages), len(libraries))
}

// TestPublishAgain: the same again uploads nothing and changes no byte.
func TestPublishAgain(t *testing.T) {
	var first published
	require.True(t, suite.published.OK, suite.published.Messages)
	require.NoError(t, json.Unmarshal(suite.published.Result, &first))
	assert.Positive(t, first.Uploads)
	before := hashes(t, suite.site)
	second := succeed[published](t, "publish", "--config", classroom, "--store", suite.site, "--cache", suite.cache)
	assert.Zero(t, second.Uploads)
	assert.False(t, second.Changed)
	assert.Equal(t, before, hashes(t, suite.site))
	t.Logf("%d entries, %d uploads first, %d again, %d files", len(first.Entries), first.Uploads, second.Uploads, len(before))
}

// TestUnpackAll: the bundles of all five kinds of machine, installed by the updater; every RECORD is true and nothing else is there.
func TestUnpackAll(t *testing.T) {
	m := released(t, suite.site)
	for _, x := range targets {
		dir := filepath.Join(t.TempDir(), "python")
		update(t, suite.site, x, dir)
		f := readFolder(t, dir)
		assert.Empty(t, f.problems, x.tag)
		assert.Equal(t, expected(m, x), f.versions, x.tag)
		t.Logf("%s: %d libraries, %d files", x.tag, len(f.versions), f.files)
		require.NoError(t, os.RemoveAll(dir))
	}
}

// allowPth: matplotlib for Python 3.7 brings a .pth file, which a client takes only from libraries that it names.
var allowPth = []string{"--allow-pth", "matplotlib"}

func update(t *testing.T, source string, x target, dir string, trust ...string) updated {
	t.Helper()
	if len(trust) == 0 {
		trust = []string{"--root", suite.root()}
	}
	return succeed[updated](t, slices.Concat([]string{"update", "--source", source, "--platform", x.platform, "--tag", x.tag, "--python-dir", dir}, allowPth, trust)...)
}

func expected(m *manifest.Manifest, x target) map[string]string {
	all := map[string]string{}
	for name, platforms := range m.Libraries {
		if leaf, ok := platforms[x.platform]; ok {
			if _, ok := leaf.For(x.tag); ok {
				all[string(name)] = leaf.Version
			}
		}
	}
	return all
}

// TestImports: a real CPython 3.9 works with the linux bundles.
func TestImports(t *testing.T) {
	python := os.Getenv("CHANDLERY_PYTHON")
	require.NotEmpty(t, python, "set CHANDLERY_PYTHON to a CPython 3.9")
	dir := filepath.Join(t.TempDir(), "python")
	auto := succeed[updated](t, "update", "--source", suite.site, "--root", suite.root(), "--platform", "auto", "--python", python, "--python-dir", dir)
	assert.Positive(t, auto.Downloads)
	const program = `
import sys
sys.path.insert(0, sys.argv[1])
import numpy, lxml.etree, cryptography.fernet, pandas, matplotlib, flask, PIL.Image, google.protobuf, requests, serial, websocket
for module in (numpy, lxml, cryptography, pandas, matplotlib, flask, google.protobuf, requests, serial, websocket):
    assert module.__file__.startswith(sys.argv[1]), module.__file__
a = numpy.arange(12.0).reshape(3, 4)
assert numpy.allclose(numpy.linalg.inv(a @ a.T + numpy.eye(3)) @ (a @ a.T + numpy.eye(3)), numpy.eye(3))
assert lxml.etree.fromstring("<a><b>1</b></a>").xpath("string(b)") == "1"
key = cryptography.fernet.Fernet.generate_key()
assert cryptography.fernet.Fernet(key).decrypt(cryptography.fernet.Fernet(key).encrypt(b"secret")) == b"secret"
assert pandas.DataFrame({"x": [1, 2]}).x.sum() == 3
print("imported", numpy.__version__, sys.version.split()[0])
`
	out, err := exec.Command(python, "-I", "-S", "-B", "-c", program, dir).CombinedOutput()
	require.NoError(t, err, "%s", out)
	t.Logf("%s", out)
}

// accessLog serves a store and notes the bundles that clients get.
type accessLog struct {
	mu      sync.Mutex
	bundles []string
}

func (l *accessLog) note(a store.Access) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if strings.HasPrefix(a.Path, "/sha256/") {
		l.bundles = append(l.bundles, a.Path)
	}
}

func (l *accessLog) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.bundles
	l.bundles = nil
	slices.Sort(taken)
	return taken
}

func serve(t *testing.T, site string) (string, *accessLog) {
	t.Helper()
	log := &accessLog{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &http.Server{Handler: &store.Handler{Path: site, Log: log.note}}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return "http://" + l.Addr().String() + "/", log
}

// TestTransfers: by the web server's own log, the second update gets no bundle, and after one library changed an update gets that one's
// bundle and those of its dependencies that changed with it.
func TestTransfers(t *testing.T) {
	site := filepath.Join(t.TempDir(), "site")
	require.NoError(t, os.CopyFS(site, os.DirFS(suite.site)))
	address, log := serve(t, site)
	linux := targets[4]
	dir := filepath.Join(t.TempDir(), "python")

	update(t, address, linux, dir)
	before := released(t, site)
	all := log.take()
	assert.Len(t, all, len(expected(before, linux)))
	assert.Zero(t, update(t, address, linux, dir).Downloads)
	assert.Empty(t, log.take(), "the second update")

	config := changed(t, "flask", "<"+before.Libraries["flask"]["linux"].Version)
	succeed[published](t, "publish", "--config", config, "--store", site, "--keys", filepath.Dir(suite.root()), "--cache", suite.cache)
	after := released(t, site)
	differing := differences(before, after, linux)
	assert.Contains(t, differing, pep508.Name("flask"))
	update(t, address, linux, dir)
	var want []string
	for _, b := range differing {
		want = append(want, "/"+strings.TrimPrefix(b, "../"))
	}
	slices.Sort(want)
	assert.Equal(t, want, log.take(), "after one library changed")
	f := readFolder(t, dir)
	assert.Empty(t, f.problems)
	assert.Equal(t, expected(after, linux), f.versions)
	t.Logf("first update %d bundles, second 0, after a change of flask: %v", len(all), slices.Sorted(maps.Keys(differing)))
}

// changed writes the classroom's configuration with one library limited on linux.
func changed(t *testing.T, library, specifier string) string {
	t.Helper()
	b, err := os.ReadFile(classroom)
	require.NoError(t, err)
	var config map[string]map[string]map[string]string
	require.NoError(t, json.Unmarshal(b, &config))
	config[library]["expectedVersions"]["linux"] = specifier
	return writeJSON(t, config)
}

func writeJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "dev.json")
	require.NoError(t, os.WriteFile(file, b, 0o600))
	return file
}

// differences lists the urls of the bundles that a client must get for a new release.
func differences(before, after *manifest.Manifest, x target) map[pep508.Name]string {
	all := map[pep508.Name]string{}
	for name, platforms := range after.Libraries {
		now, ok := platforms[x.platform].For(x.tag)
		was, _ := before.Libraries[name][x.platform].For(x.tag)
		if ok && now.SHA256 != was.SHA256 {
			all[name] = now.URL
		}
	}
	return all
}
