package house

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// mayImport says which rooms a room's own code may import directly. Imports run downwards only: a room stands below all that name it. A
// contract never imports its implementations, and nothing imports examples, which is another module. Rooms in a room's own internal folder may be
// imported by it, and may import what it may.
var mayImport = map[string]string{
	".": "",

	"internal/archive":      "internal/durable internal/inflate",
	"internal/chaos":        "",
	"internal/childtest":    "",
	"internal/corpus":       "",
	"internal/differential": "",
	"internal/digest":       "",
	"internal/durable":      "",
	"internal/house":        "",
	"internal/inflate":      "",
	"internal/lazy":         "",
	"internal/leaktest":     "",
	"internal/mirror":       "resolve/index " + vocabulary + " internal/durable internal/transport",
	"internal/soak":         "internal/durable",
	"internal/transport":    "resolve/dist",
	"internal/truth":        "",
	"internal/txn":          "internal/durable",
	"internal/wheelmake":    "",

	"resolve/pep440":            "",
	"resolve/pep508":            "resolve/pep440 resolve/internal/platform",
	"resolve/tag":               "resolve/internal/platform",
	"resolve/dist":              "resolve/pep440 resolve/pep508 resolve/tag",
	"resolve/internal/platform": "",
	"resolve/internal/pubgrub":  "",
	"resolve":                   vocabulary + " resolve/internal/pubgrub",
	"resolve/resolvetest":       "resolve " + vocabulary + " internal/leaktest internal/wheelmake",
	"resolve/internal/toml":     "",
	"resolve/explain":           "resolve " + vocabulary,
	"resolve/pylock":            "resolve resolve/internal/toml " + vocabulary,
	"resolve/pyproject":         "resolve/internal/toml resolve/pep440 resolve/pep508",
	"resolve/index":             "resolve " + vocabulary + " internal/archive internal/durable internal/transport",
	"resolve/wheelhouse":        "resolve " + vocabulary + " internal/durable",

	"venv/wheel":    vocabulary + " internal/archive",
	"venv/python":   "resolve " + vocabulary + " internal/durable",
	"venv":          "venv/python venv/wheel resolve " + vocabulary + " internal/archive internal/durable internal/txn",
	"venv/build":    "venv venv/python venv/wheel resolve resolve/index " + vocabulary + " internal/archive internal/durable",
	"venv/launcher": "venv/wheel",
	"venv/venvtest": "venv venv/python venv/wheel resolve internal/wheelmake " + vocabulary,

	"bundle/manifest":   "resolve " + vocabulary,
	"bundle":            "bundle/manifest venv/launcher venv/wheel resolve resolve/explain " + vocabulary + " internal/archive internal/durable internal/transport internal/txn",
	"bundle/store":      "bundle bundle/manifest resolve/dist internal/durable internal/transport",
	"bundle/bundletest": "bundle bundle/manifest resolve/pep508",

	"bundle/trust/metadata":             "",
	"bundle/trust":                      "bundle bundle/manifest bundle/store bundle/trust/metadata resolve/dist internal/durable internal/transport",
	"bundle/trust/keys":                 "bundle/trust/metadata",
	"bundle/trust/offline":              "bundle bundle/manifest bundle/trust resolve/dist internal/archive internal/durable",
	"bundle/trust/internal/conformance": "bundle/trust internal/durable",
	"bundle/trust/internal/mutate":      "bundle/trust bundle/trust/metadata bundle/trust/trusttest",
	"bundle/trust/trusttest":            "bundle/trust/metadata",

	"upgrade":                "venv resolve internal/durable " + vocabulary,
	"upgrade/release":        "upgrade resolve " + vocabulary + " internal/transport",
	"upgrade/driver/api":     "resolve/pep440 resolve/pep508",
	"upgrade/driver/pyast":   "upgrade/driver/api " + vocabulary,
	"upgrade/driver/crawl":   "upgrade/driver/api upgrade/driver/pyast upgrade/release venv/wheel resolve resolve/index " + vocabulary + " internal/archive internal/durable",
	"upgrade/driver/data":    "upgrade/driver/api " + vocabulary,
	"upgrade/driver":         "upgrade upgrade/driver/api upgrade/driver/data upgrade/driver/pyast upgrade/openstack venv/wheel resolve " + vocabulary + " internal/archive internal/durable",
	"upgrade/openstack":      "upgrade upgrade/openstack/oslo venv venv/wheel resolve " + vocabulary + " internal/durable",
	"upgrade/openstack/oslo": "",
	"upgrade/supervise":      "upgrade venv internal/durable " + vocabulary,
	"upgrade/probe":          "upgrade venv " + vocabulary + " internal/durable upgrade/probe/internal/api upgrade/probe/internal/oslolog upgrade/probe/internal/redact",

	"upgrade/probe/internal/api":     "upgrade/probe/internal/redact",
	"upgrade/probe/internal/oslolog": "",
	"upgrade/probe/internal/redact":  "",

	"upgrade/environment": "upgrade upgrade/openstack venv venv/build venv/python venv/wheel resolve resolve/index resolve/pylock " + vocabulary + " internal/durable",

	"upgrade/upgradetest": "upgrade venv venv/python " + vocabulary,
	"upgrade/deploy":      "upgrade upgrade/driver upgrade/driver/api upgrade/driver/pyast upgrade/environment upgrade/openstack upgrade/openstack/oslo upgrade/probe upgrade/release upgrade/supervise venv venv/build venv/python venv/wheel resolve resolve/index " + vocabulary + " internal/durable",
}

// vocabulary is the rooms whose words all others speak.
const vocabulary = "resolve/pep440 resolve/pep508 resolve/tag resolve/dist"

// everyones is rooms that any other may import: they know none.
const everyones = "internal/digest internal/lazy"

// confined says which rooms may link a third-party module; tests may use testify besides.
var confined = map[string]string{
	"github.com/Masterminds/semver/v3":      "bundle bundle/manifest upgrade upgrade/driver",
	"github.com/hashicorp/go-retryablehttp": "internal/transport",
	"github.com/pelletier/go-toml/v2":       "resolve/internal/toml resolve/pylock venv/build",
	"go.yaml.in/yaml/v3":                    "upgrade/release upgrade/deploy",
	"golang.org/x/sync":                     "*",
	"golang.org/x/sys":                      "internal/durable bundle",
	"golang.org/x/text":                     "internal/archive",
}

// nested are the modules of go.work beside the root and the examples: what each may import of the root's rooms, and which modules its importers link.
// What tests need besides is their own affair.
var nested = map[string]struct{ rooms, modules string }{
	"bundle/store/s3": {
		rooms: "bundle bundle/store resolve/dist",
		modules: "github.com/minio/minio-go/v7 golang.org/x/sync github.com/cespare/xxhash/v2 github.com/dustin/go-humanize github.com/google/uuid " +
			"github.com/klauspost/cpuid/v2 github.com/klauspost/crc32 github.com/minio/crc64nvme github.com/minio/md5-simd github.com/tinylib/msgp " +
			"github.com/philhofer/fwd github.com/rs/xid github.com/zeebo/xxh3 golang.org/x/crypto golang.org/x/net gopkg.in/ini.v1 github.com/klauspost/compress",
	},
	"bundle/trust/internal/oracle": {}, // tests alone
	"internal/bench":               {rooms: "internal/archive internal/mirror resolve/dist upgrade/release"},
}

// TestNestedModules: a dependency that not every importer wants lives in a module of its own, which the root does not know.
func TestNestedModules(t *testing.T) {
	work, err := os.ReadFile(filepath.Join(root, "go.work"))
	require.NoError(t, err)
	found := 0
	for _, m := range regexp.MustCompile(`(?m)^\t\./(\S+)$`).FindAllStringSubmatch(string(work), -1) {
		folder := m[1]
		if folder == "examples" {
			continue
		}
		may, listed := nested[folder]
		require.True(t, listed, "%s is a new module: say in imports_test.go what it may import", folder)
		found++
		file, err := os.ReadFile(filepath.Join(root, folder, "go.mod"))
		require.NoError(t, err)
		assert.Contains(t, string(file), "module "+module+"/"+folder+"\n")
		assert.Contains(t, string(file), "\ngo 1.25.0\n", "the go line binds every importer")
		assert.Contains(t, string(file), "\nreplace "+module+" => ")
		for _, p := range goListIn(t, filepath.Join(root, folder), "linux", "./...") {
			for _, imported := range p.Imports {
				room, ours := strings.CutPrefix(imported, module+"/")
				assert.True(t, !ours || slices.Contains(strings.Fields(may.rooms), room) || strings.HasPrefix(room, folder+"/"), "%s imports %s", p.room(), room)
			}
		}
		for _, p := range goListIn(t, filepath.Join(root, folder), "linux", "-deps", "./...") {
			if p.Standard || p.Module.Path == module || strings.HasPrefix(p.Module.Path, module+"/") {
				continue
			}
			path := p.Module.Path
			assert.True(t, confined[path] != "" || path == "github.com/hashicorp/go-cleanhttp" || slices.Contains(strings.Fields(may.modules), path), "%s links %s", folder, path)
		}
	}
	assert.Equal(t, len(nested), found)
}

func TestImportDirections(t *testing.T) {
	for _, goos := range []string{"linux", "windows", "darwin"} {
		for _, p := range goList(t, goos, "./...") {
			owner, _, _ := strings.Cut(p.room(), "/internal/")
			if _, listed := mayImport[p.room()]; listed {
				owner = p.room()
			}
			allowed, known := mayImport[owner]
			require.True(t, known, "%s is a new room: say in imports_test.go what it may import", p.room())
			for _, imported := range p.Imports {
				room, ours := strings.CutPrefix(imported, module+"/")
				assert.True(t, !ours || slices.Contains(strings.Fields(everyones), room) || slices.Contains(strings.Fields(allowed), room) || strings.HasPrefix(room, owner+"/internal/"), "%s imports %s (%s)", p.room(), room, goos)
			}
		}
	}
}

func TestImportsAcyclic(t *testing.T) {
	var visit func(room string, above []string)
	visit = func(room string, above []string) {
		require.NotContains(t, above, room, "the table itself has a cycle")
		for _, below := range strings.Fields(mayImport[room]) {
			require.Contains(t, mayImport, below)
			visit(below, append(slices.Clone(above), room))
		}
	}
	for room := range mayImport {
		visit(room, nil)
		flow, _, _ := strings.Cut(room, "/")
		assert.False(t, flow == "bundle" && reaches(room, "upgrade") || flow == "upgrade" && reaches(room, "bundle"), "%s: the two flows never import each other", room)
	}
}

// reaches reports whether a room may import a flow, by whatever way.
func reaches(room, flow string) bool {
	for _, below := range strings.Fields(mayImport[room]) {
		if below == flow || strings.HasPrefix(below, flow+"/") || reaches(below, flow) {
			return true
		}
	}
	return false
}

// TestDependencies holds what an importer of the library links, and what go.mod requires.
func TestDependencies(t *testing.T) {
	for _, goos := range []string{"linux", "windows", "darwin"} {
		for _, p := range goList(t, goos, "-deps", "./...") {
			if p.Standard || p.Module.Path == module {
				continue
			}
			path := p.Module.Path
			assert.True(t, confined[path] != "" || path == "github.com/hashicorp/go-cleanhttp", "the library links %s", path)
		}
		for _, p := range goList(t, goos, "./...") {
			for _, imported := range p.Imports {
				assertConfined(t, p.room(), imported)
			}
		}
	}
	b, err := os.ReadFile(filepath.Join(root, "go.mod"))
	require.NoError(t, err)
	approved := []string{"github.com/stretchr/testify", "github.com/hashicorp/go-cleanhttp"}
	required := regexp.MustCompile(`(?m)^\t(\S+) v`).FindAllStringSubmatch(string(b), -1)
	require.NotEmpty(t, required)
	for _, m := range required {
		assert.True(t, confined[m[1]] != "" || slices.Contains(approved, m[1]), "go.mod requires %s", m[1])
	}
	assert.Contains(t, string(b), "\ngo 1.25.0\n", "the go line binds every importer")
}

func assertConfined(t *testing.T, room, imported string) {
	t.Helper()
	for path, rooms := range confined {
		if imported == path || strings.HasPrefix(imported, path+"/") {
			assert.True(t, rooms == "*" || slices.Contains(strings.Fields(rooms), room), "%s links %s", room, path)
		}
	}
}

// TestTestImports: a conformance suite is run by implementations elsewhere, so it needs no more than contracts and the standard library.
func TestTestImports(t *testing.T) {
	suites := 0
	for _, p := range goList(t, "linux", "./...") {
		if !strings.HasSuffix(p.room(), "test") {
			continue
		}
		suites++
		for _, imported := range p.Imports {
			own := strings.HasPrefix(imported, module+"/")
			assert.True(t, own || !strings.Contains(strings.Split(imported, "/")[0], "."), "%s imports %s", p.room(), imported)
		}
	}
	require.Positive(t, suites)
}
