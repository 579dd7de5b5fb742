//go:build oracle

package pyast

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// interpreters are those of CHANDLERY_PYTHONS.
func interpreters(t *testing.T) []*Reader {
	t.Helper()
	var found []*Reader
	for _, p := range strings.Fields(os.Getenv("CHANDLERY_PYTHONS")) {
		found = append(found, &Reader{Python: p})
	}
	require.NotEmpty(t, found, "CHANDLERY_PYTHONS lists no interpreter")
	return found
}

// real is what testdata/oracle.py says of a module that it has imported.
type real struct {
	Names   map[string]realName
	Classes map[string]map[string]realName // by qualified name
}

type realName struct {
	Symbol, Class string
	Bases         []string
}

func imported(t *testing.T, python string, names ...string) map[string]real {
	t.Helper()
	script, err := filepath.Abs("testdata/oracle.py")
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), python, append([]string{"-B", script}, names...)...)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+filepath.Join(filepath.Dir(script), "sample"))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	var found map[string]real
	require.NoError(t, json.Unmarshal(out, &found))
	return found
}

func sample(t *testing.T) (files []Source, names []string) {
	t.Helper()
	root := os.DirFS("testdata/sample")
	require.NoError(t, fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(p, ".py") {
			return err
		}
		text, err := fs.ReadFile(root, p)
		files = append(files, example{file: p, text: string(text)}.source())
		names = append(names, files[len(files)-1].Name)
		return err
	}))
	return files, names
}

// TestSurfaceOracle holds what is read of the sample against what each interpreter has after importing it: no name more, none fewer, the same signatures.
func TestSurfaceOracle(t *testing.T) {
	files, names := sample(t)
	for _, r := range interpreters(t) {
		found, err := r.Surface(t.Context(), files)
		require.NoError(t, err)
		truth := imported(t, r.Python, names...)
		compared := 0
		for i, f := range found {
			require.NoError(t, f.Err)
			c := comparison{t: t, module: names[i], truth: truth[names[i]], stars: f.Module.Stars != nil}
			c.names(f.Module.Names, truth[names[i]].Names, "")
			compared += c.compared
		}
		t.Logf("%s: %d names", r.Python, compared)
	}
}

type comparison struct {
	t        *testing.T
	module   string
	truth    real
	stars    bool
	compared int
}

// implied are the names that an interpreter gives to modules and classes by itself.
func implied(name string) bool {
	return strings.HasPrefix(name, "__") && strings.HasSuffix(name, "__")
}

func (c *comparison) names(got map[string]*api.Symbol, want map[string]realName, owner string) {
	c.t.Helper()
	for n, w := range want {
		s := got[n]
		where := c.module + ":" + owner + n
		if s == nil {
			assert.True(c.t, implied(n) || c.stars && owner == "" || different[where] != "", "%s is there", where)
			continue
		}
		c.compared++
		if s.Kind == api.Function {
			assert.Equal(c.t, w.Symbol, strings.TrimPrefix(symbol(s), "property def"), where)
		}
		if s.Kind == api.Class && w.Class != "" {
			assert.Equal(c.t, w.Bases, append([]string{}, s.Class.Bases...), where)
			c.names(s.Class.Members, c.truth.Classes[w.Class], owner+n+".")
		}
	}
	for n, s := range got {
		where := c.module + ":" + owner + n
		_, there := want[n]
		assert.True(c.t, there || s.Instance || different[where] != "", "%s is not there", where)
	}
}

// different are the names of the sample that its text and its import tell differently, by design.
var different = map[string]string{
	"sample:shapes":             "importing a submodule binds it in its package",
	"sample.inner:not_ours":     "another module sets it",
	"sample.shapes:Shape.never": "what a branch may bind is bound",
}

// symbol writes a function as oracle.py does.
func symbol(s *api.Symbol) string {
	if s.Sig != nil && s.Sig.Binding == api.Property {
		return "property"
	}
	return bindings(s.Sig) + "def " + renderSignature(s.Sig)
}

// TestSurfaceNewer reads syntax that only newer interpreters have; each must be there.
func TestSurfaceNewer(t *testing.T) {
	tables, err := filepath.Glob("testdata/newer/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, tables)
	for _, table := range tables {
		read := 0
		for _, r := range interpreters(t) {
			version := strings.TrimSuffix(filepath.Base(table), ".txt")
			if !atLeast(t, r.Python, version) {
				continue
			}
			testTable(t, r, table)
			read++
		}
		assert.Positive(t, read, "no interpreter of CHANDLERY_PYTHONS reads %s", table)
		t.Logf("%s: %d interpreters", table, read)
	}
}

func atLeast(t *testing.T, python, version string) bool {
	t.Helper()
	major, minor, _ := strings.Cut(version, ".")
	out, err := exec.CommandContext(t.Context(), python, "-c", "import sys; print(sys.version_info >= ("+major+", "+minor+"))").Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out)) == "True"
}

// TestSurfaceEverywhere reads the tables by each interpreter.
func TestSurfaceEverywhere(t *testing.T) {
	tables, err := filepath.Glob("testdata/surface/*.txt")
	require.NoError(t, err)
	for _, r := range interpreters(t) {
		testTable(t, r, tables...)
	}
}
