package house

import (
	"go/ast"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// trustPage is the README's page whose every sentence names the test that proves it.
const trustPage = "## What is trusted, by whom, and what happens when a key is stolen"

// TestTrustPage: each row of the page's last table names tests, as `folder TestName`, that there are.
func TestTrustPage(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	require.NoError(t, err)
	_, page, found := strings.Cut(string(readme), trustPage+"\n")
	require.True(t, found, "README.md lacks %q", trustPage)
	page, _, _ = strings.Cut(page, "\n## ")
	_, table, found := strings.Cut(page, "| proven by |\n")
	require.True(t, found, "the page lacks its table of proofs")
	there := map[string]bool{}
	for _, s := range sources(t) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && s.test() && f.Recv == nil {
				there[path.Dir(s.path)+" "+f.Name.Name] = true
			}
		}
	}
	proof := regexp.MustCompile("`([a-z0-9/_]+ (?:Test[A-Za-z0-9_]+|[a-z_]+\\.txtar))`")
	rows := strings.Split(strings.TrimSpace(strings.SplitAfter(table, "|---|---|\n")[1]), "\n")
	require.Greater(t, len(rows), 10)
	for _, row := range rows {
		named := proof.FindAllStringSubmatch(row, -1)
		assert.NotEmpty(t, named, "no test proves %q", row)
		for _, m := range named {
			folder, file, _ := strings.Cut(m[1], " ")
			_, err := os.Stat(filepath.Join(root, folder, "testdata", "script", file))
			assert.True(t, there[m[1]] || err == nil, "there is no %s", m[1])
		}
	}
}
