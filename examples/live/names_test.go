//go:build live

package live

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNoVersionNamed: no file of the repository names a version that the classroom resolves to, so what was published came from the index alone.
func TestNoVersionNamed(t *testing.T) {
	var names []string
	for name, platforms := range released(t, suite.site).Libraries {
		if name == "packaging" {
			continue // the oracle's release is named: it is a tool of the tests
		}
		spelled := strings.ReplaceAll(regexp.QuoteMeta(string(name)), "-", "[-_.]")
		for _, leaf := range platforms {
			names = append(names, spelled+`(?:\s*==\s*|[-_/@ ]|": ?")`+regexp.QuoteMeta(leaf.Version)+`(?:[^0-9A-Za-z.]|\.[^0-9]|$)`)
		}
	}
	named := regexp.MustCompile(`(?i)(?:^|[^a-z0-9-])(?:` + strings.Join(names, "|") + `)`)
	require.True(t, named.MatchString(fmt.Sprintf("see flask-%s-py3", released(t, suite.site).Libraries["flask"]["linux"].Version)))
	list := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard")
	list.Dir = repository
	out, err := list.Output()
	require.NoError(t, err)
	files := strings.Fields(string(out))
	for _, file := range files {
		b, err := os.ReadFile(filepath.Join(repository, file))
		require.NoError(t, err)
		for i, line := range strings.Split(string(b), "\n") {
			assert.False(t, named.MatchString(line), "%s:%d: %s", file, i+1, line)
		}
	}
	t.Logf("%d names with versions, %d files", len(names), len(files))
}
