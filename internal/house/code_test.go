package house

import (
	"go/ast"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNoHiddenInput: the library's only inputs are its arguments.
func TestNoHiddenInput(t *testing.T) {
	environment := []string{"os.Getenv", "os.LookupEnv", "os.Environ", "os.ExpandEnv", "syscall.Getenv", "syscall.Environ", "unix.Getenv"}
	for _, s := range sources(t) {
		if s.example() || s.test() {
			continue
		}
		for _, name := range environment {
			assertUnused(t, s, name, "reads the environment")
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			assert.False(t, ok && f.Recv == nil && f.Name.Name == "init", "%s: has an init function", s.path)
		}
	}
}

// TestNoSkips: a test that does not run proves nothing; suites that need more than Go carry a build tag and are run by .ci/run.
func TestNoSkips(t *testing.T) {
	checked := 0
	for _, s := range sources(t) {
		if !s.test() {
			continue
		}
		checked++
		ast.Inspect(s.file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if sel, ok := call.Fun.(*ast.SelectorExpr); ok {
					switch sel.Sel.Name {
					case "Skip", "Skipf", "SkipNow":
						t.Errorf("%s:%d: skips a test", s.path, s.line(call.Pos()))
					}
				}
			}
			return true
		})
	}
	require.Positive(t, checked)
}

// TestZipReader: archive/zip's Reader hides "../evil.py" as a plain name when it is used as an fs.FS, and trusts the central directory:
// everything else reads zips through internal/archive. internal/mirror, which passes on what wheels say and judges nothing, reads one member by ranges.
func TestZipReader(t *testing.T) {
	for _, s := range sources(t) {
		if s.test() || strings.HasPrefix(s.path, "internal/archive/") || strings.HasPrefix(s.path, "internal/mirror/") {
			continue
		}
		for _, name := range []string{"zip.Reader", "zip.ReadCloser", "zip.NewReader", "zip.OpenReader"} {
			assertUnused(t, s, name, "use internal/archive")
		}
	}
}

// assertUnused reports every use of a package's name, written "package.Name".
func assertUnused(t *testing.T, s source, name, why string) {
	t.Helper()
	assertUnusedIn(t, s, s.file, name, why)
}

// assertUnusedIn is assertUnused for a part of a file.
func assertUnusedIn(t *testing.T, s source, part ast.Node, name, why string) {
	t.Helper()
	pkg, ident, _ := strings.Cut(name, ".")
	ast.Inspect(part, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == ident {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == pkg {
				t.Errorf("%s:%d: %s: %s", s.path, s.line(n.Pos()), name, why)
			}
		}
		return true
	})
}
