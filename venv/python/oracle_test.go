//go:build oracle

package python

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var pythons = flag.String("pythons", os.Getenv("CHANDLERY_PYTHONS"), "the interpreters to compare, with spaces between; none: those on PATH")

// interpreters are those of -pythons, or of PATH.
func interpreters(t *testing.T) []string {
	files := strings.Fields(*pythons)
	if len(files) == 0 {
		files = candidates(filepath.SplitList(os.Getenv("PATH")))
	}
	require.NotEmpty(t, files)
	return files
}

// oracle needs packaging in the module's search path.
const oracle = `
import sys
sys.path.insert(0, sys.argv[1])
from packaging import markers, tags
print("\n".join("tag " + str(t) for t in tags.sys_tags()))
print("\n".join("marker %s=%s" % item for item in markers.default_environment().items()))
`

// TestOracle compares tags and markers with what packaging says when the interpreter itself runs it, for those that packaging supports.
func TestOracle(t *testing.T) {
	site := packaging(t)
	compared := 0
	for _, file := range interpreters(t) {
		i, err := Probe(t.Context(), file)
		if err != nil { // a shim of an interpreter that is not installed
			t.Logf("%s: %v", file, err)
			continue
		}
		if i.Supported() != nil || i.Minor() < 9 {
			t.Logf("%s %s: packaging does not run in it", i.Implementation, i.Version)
			continue
		}
		out, err := exec.CommandContext(t.Context(), file, "-I", "-c", oracle, site).CombinedOutput()
		require.NoError(t, err, string(out))
		var tags []string
		for line := range strings.Lines(string(out)) {
			line = strings.TrimSuffix(line, "\n")
			if tag, ok := strings.CutPrefix(line, "tag "); ok {
				tags = append(tags, tag)
			} else if key, value, ok := strings.Cut(strings.TrimPrefix(line, "marker "), "="); ok {
				assert.Equal(t, value, i.Markers[key], "%s: %s", i.Version, key)
			}
		}
		assert.Equal(t, tags, i.Tags, i.Version)
		compared++
	}
	require.Positive(t, compared)
	t.Logf("%d interpreters compared", compared)
}

// packaging is a folder with packaging in it.
func packaging(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	out, err := exec.CommandContext(t.Context(), onPath(t), "-m", "venv", dir).CombinedOutput()
	require.NoError(t, err, string(out))
	python := filepath.Join(dir, "bin", "python")
	out, err = exec.CommandContext(t.Context(), python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "packaging==26.3").CombinedOutput()
	require.NoError(t, err, string(out))
	out, err = exec.CommandContext(t.Context(), python, "-c", "import packaging; print(packaging.__file__)").Output()
	require.NoError(t, err)
	return filepath.Dir(filepath.Dir(regexp.MustCompile(`\s+$`).ReplaceAllString(string(out), "")))
}
