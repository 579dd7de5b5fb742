package chandlery_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestReadme: the programs in README.md are the examples that are run here.
func TestReadme(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	text, err := os.ReadFile("example_test.go")
	require.NoError(t, err)
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "example_test.go", text, 0)
	require.NoError(t, err)
	checked := 0
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || !slices.Contains([]string{"Example_publish", "Example_update", "Example_upgrade"}, f.Name.Name) {
			continue
		}
		checked++
		body := string(text[fset.Position(f.Body.Lbrace).Offset+1 : fset.Position(f.Body.Rbrace).Offset])
		if _, after, ok := strings.Cut(body, "\n\n"); ok { // after what only the example needs
			body = after
		}
		body, _, _ = strings.Cut(body, "\t// Output:")
		code := strings.ReplaceAll(strings.ReplaceAll(body, "\n\t", "\n    "), "\t", "    ")
		assert.Contains(t, string(readme), strings.Trim(code, "\n"), f.Name.Name)
	}
	assert.Equal(t, 3, checked)
}
