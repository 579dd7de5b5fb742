//go:build slow

package pyast

import (
	"bytes"
	"encoding/json"
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

	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// latent are needs of the installed release's own drivers that it does not meet, each an error of the driver's.
var latent = map[string]string{
	"datera cinder.exception.DateraAPIException": "its own datera_common has it",
	"huawei san_protocol":                        "nobody registers it",
	"ibm cinder.i18n._":                          "is given the values too",
	"solidfire.py cinder.i18n._":                 "is given the values too",
	"yadro cinder.i18n._":                        "is given the values too",
	"netapp cinder.version.version_info.release": "is asked under try of who calls it",
	"storpool.py cinder.volume.drivers.storpool.StorPoolDriver.backup_volume": "the base lost it",
}

// installed finds the interpreter of CHANDLERY_PYTHONS that has cinder, and the folder of its drivers.
func installed(t *testing.T) (python, folder string) {
	t.Helper()
	for _, p := range strings.Fields(os.Getenv("CHANDLERY_PYTHONS")) {
		out, err := exec.CommandContext(t.Context(), p, "-c", "import cinder.volume.drivers as d; print(d.__path__[0])").Output()
		if err == nil {
			return p, strings.TrimSpace(string(out))
		}
	}
	require.Fail(t, "no interpreter of CHANDLERY_PYTHONS has cinder")
	return "", ""
}

// inTree gives each driver of a folder as a Tree: a file, or a folder.
func inTree(t *testing.T, folder string) map[string]Tree {
	t.Helper()
	trees := map[string]Tree{}
	root := os.DirFS(folder)
	require.NoError(t, fs.WalkDir(root, ".", func(p string, _ fs.DirEntry, err error) error {
		name, _, _ := strings.Cut(p, "/")
		if err != nil || !strings.HasSuffix(p, ".py") || p == "__init__.py" {
			return err
		}
		text, err := fs.ReadFile(root, p)
		source := example{file: "cinder/volume/drivers/" + p, text: string(text)}.source()
		source.File = p
		trees[name] = Tree{Component: "cinder", Files: append(trees[name].Files, source)}
		return err
	}))
	return trees
}

// TestNeedsInTree reads every driver of the installed cinder and asks the real modules for all that they need: they fit their own release.
func TestNeedsInTree(t *testing.T) {
	python, folder := installed(t)
	r, counts := &Reader{Python: python}, map[api.NeedKind][3]int{}
	var asked bytes.Buffer
	started, trees := time.Now(), inTree(t, folder)
	require.Greater(t, len(trees), 40)
	for name, tree := range trees {
		driver, err := r.Needs(t.Context(), tree)
		require.NoError(t, err, name)
		count(counts, driver.Needs)
		require.NoError(t, json.NewEncoder(&asked).Encode(map[string]any{"Tree": name, "Needs": driver.Needs}))
	}
	t.Logf("%d drivers read in %v; all, guarded, late:", len(trees), time.Since(started).Round(time.Millisecond))
	for kind, n := range counts {
		t.Logf("%-12s %5d %5d %5d", kind, n[0], n[1], n[2])
	}
	ask(t, python, &asked)
}

func count(counts map[api.NeedKind][3]int, needs []api.Need) {
	for _, n := range needs {
		c := counts[n.Kind]
		c[0]++
		if n.Guarded {
			c[1]++
		}
		if n.Late {
			c[2]++
		}
		counts[n.Kind] = c
	}
}

// ask holds needs against the real modules.
func ask(t *testing.T, python string, needs *bytes.Buffer) {
	t.Helper()
	script, err := filepath.Abs("testdata/needs_truth.py")
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), python, "-B", script)
	cmd.Stdin = needs
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	var told struct {
		Asked   int
		Missing []struct {
			Tree, File, Symbol, Why string
			Line                    int
			Kind                    api.NeedKind
		}
	}
	require.NoError(t, json.Unmarshal(out, &told))
	var absent, wrong int
	for _, m := range told.Missing {
		top, _, _ := strings.Cut(m.Symbol, ".")
		switch {
		case !slices.Contains([]string{"cinder", "os_brick"}, top) && m.Kind != api.NeedOption && strings.Contains(m.Why, "No module named"):
			absent++ // an SDK that is not installed
		case latent[m.Tree+" "+m.Symbol] != "":
			t.Logf("error of the driver's: %s/%s:%d %s %s (%s)", m.Tree, m.File, m.Line, m.Symbol, m.Why, latent[m.Tree+" "+m.Symbol])
		default:
			wrong++
			assert.Fail(t, "false need", "%s/%s:%d %s %s: %s", m.Tree, m.File, m.Line, m.Kind, m.Symbol, m.Why)
		}
	}
	t.Logf("asked %d, false %d, of distributions that are not installed %d", told.Asked, wrong, absent)
	assert.Greater(t, told.Asked, 5000)
}
