package house

import (
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestNoPatternAtStart: what a package makes for its variables, every process that links it makes before it does anything else. What the program's packages make in
// all, examples/chandlery's TestStart holds.
func TestNoPatternAtStart(t *testing.T) {
	for _, s := range sources(t) {
		if s.test() || strings.HasPrefix(s.path, "internal/bench/") {
			continue
		}
		for _, value := range atStart(s.file) {
			for _, name := range []string{"regexp.MustCompile", "regexp.Compile", "regexp.MustCompilePOSIX", "regexp.QuoteMeta", "template.Must"} {
				assertUnusedIn(t, s, value, name, "is work at every start: make it when it is first used, see internal/lazy")
			}
		}
	}
}

// TestPatternsCompile: else whoever uses a bad lazy.Regexp first would find out.
func TestPatternsCompile(t *testing.T) {
	all := sources(t)
	words := constants(all)
	compiled := 0
	for _, s := range all {
		for _, expr := range patterns(s.file) {
			text, known := textOf(expr, words[path.Dir(s.path)])
			if !known {
				assert.Equal(t, "upgrade/probe/rules.go", s.path, "%d: want a constant; elsewhere than here, where the package's own test compiles its table", s.line(expr.Pos()))
				continue
			}
			compiled++
			_, err := regexp.Compile(text)
			assert.NoError(t, err, "%s:%d", s.path, s.line(expr.Pos()))
		}
	}
	require.Greater(t, compiled, 70)
}

// atStart are the nodes of a file that are evaluated when its package starts, those within them apart: a function's body is not, unless it is called on the spot.
func atStart(f *ast.File) (nodes []ast.Node) {
	for _, d := range f.Decls {
		d, ok := d.(*ast.GenDecl)
		if !ok || d.Tok != token.VAR {
			continue
		}
		called := map[ast.Node]bool{}
		ast.Inspect(d, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				called[call.Fun] = true
				nodes = append(nodes, call.Fun)
			}
			_, body := n.(*ast.FuncLit)
			return !body || called[n]
		})
	}
	return nodes
}

// patterns are the expressions of a file's lazy.Regexp literals.
func patterns(f *ast.File) (all []ast.Expr) {
	ast.Inspect(f, func(n ast.Node) bool {
		literal, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		if kind, ok := literal.Type.(*ast.SelectorExpr); ok && kind.Sel.Name == "Regexp" && len(literal.Elts) == 1 {
			if x, ok := kind.X.(*ast.Ident); ok && x.Name == "lazy" {
				all = append(all, literal.Elts[0].(*ast.KeyValueExpr).Value)
			}
		}
		return true
	})
	return all
}

// constants are the expressions of all constants that packages declare, by folder and name.
func constants(all []source) map[string]map[string]ast.Expr {
	by := map[string]map[string]ast.Expr{}
	for _, s := range all {
		folder := path.Dir(s.path)
		if by[folder] == nil {
			by[folder] = map[string]ast.Expr{}
		}
		for _, d := range s.file.Decls {
			if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.CONST {
				addConstants(by[folder], d)
			}
		}
	}
	return by
}

func addConstants(to map[string]ast.Expr, d *ast.GenDecl) {
	for _, spec := range d.Specs {
		spec := spec.(*ast.ValueSpec)
		for i, name := range spec.Names {
			if i < len(spec.Values) {
				to[name.Name] = spec.Values[i]
			}
		}
	}
}

// textOf is the text of a constant expression of strings.
func textOf(e ast.Expr, constants map[string]ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		left, first := textOf(e.X, constants)
		right, second := textOf(e.Y, constants)
		return left + right, first && second && e.Op == token.ADD
	case *ast.Ident:
		value, declared := constants[e.Name]
		if declared {
			return textOf(value, constants)
		}
	}
	return "", false
}
