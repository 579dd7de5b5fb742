package house

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite testdata/api.txt")

// TestAPI compares what importers may use with the listing that was last agreed on.
func TestAPI(t *testing.T) {
	var got strings.Builder
	for _, p := range public(t) {
		fmt.Fprintf(&got, "# %s\n", p.room())
		got.WriteString(strings.Join(api(t, p), ""))
	}
	golden := filepath.Join("testdata", "api.txt")
	if *update {
		require.NoError(t, os.WriteFile(golden, []byte(got.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	if string(want) != got.String() { // the listing is long: only what differs is told
		gone, come := differing(string(want), got.String())
		t.Errorf("the exported API changed: if it should, run go test ./internal/house -run API -update, and tell it in CHANGELOG.md\n%s%s", gone, come)
	}
}

// differing gives the lines, each below its package, that only want has, and those that only got has. A line that stands more often than in the other counts.
func differing(want, got string) (gone, come string) {
	count := map[string]int{}
	each := func(text string, visit func(line string)) {
		room := ""
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "# ") {
				room = strings.TrimSpace(line[2:])
			}
			visit(room + ": " + line)
		}
	}
	each(got, func(line string) { count[line]++ })
	each(want, func(line string) {
		if count[line]--; count[line] < 0 {
			gone += "- " + line
		}
	})
	clear(count)
	each(want, func(line string) { count[line]++ })
	each(got, func(line string) {
		if count[line]--; count[line] < 0 {
			come += "+ " + line
		}
	})
	return gone, come
}

func TestDiffering(t *testing.T) {
	gone, come := differing("# a\nfunc F()\nfunc F()\n# b\nfunc F()\n", "# a\nfunc F()\n# b\nfunc F()\nfunc G()\n")
	assert.Equal(t, "- a: func F()\n", gone)
	assert.Equal(t, "+ b: func G()\n", come)
	gone, come = differing("# a\nx\n", "# a\nx\n")
	assert.Empty(t, gone+come)
}

// TestDocumented: every exported name says what it promises, and every package what it is.
func TestDocumented(t *testing.T) {
	for _, p := range goList(t, "linux", "./...") {
		documented := false
		for _, f := range parse(t, p) {
			documented = documented || f.Doc != nil
			for _, d := range f.Decls {
				for _, name := range undocumented(d) {
					t.Errorf("%s: %s has no comment", p.room(), name)
				}
			}
		}
		assert.True(t, documented || len(p.GoFiles) == 0, "%s: the package has no comment", p.room())
	}
}

// TestFrontPage: the front page names every room that others may import, or the room above it.
func TestFrontPage(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(root, "doc.go"))
	require.NoError(t, err)
	named := map[string]bool{}
	for line := range strings.Lines(string(b)) {
		if words := strings.Fields(line); len(words) > 1 && strings.HasPrefix(line, "//\t") {
			named[words[1]] = true
		}
	}
	for _, p := range public(t) {
		room := strings.Split(p.room(), "/")
		above := strings.Join(room[:min(2, len(room))], "/")
		assert.True(t, room[0] == "." || named[above], "doc.go does not name %s", above)
	}
}

// public lists the root module's packages that others may import.
func public(t *testing.T) []listed {
	return slices.DeleteFunc(goList(t, "linux", "./..."), func(p listed) bool {
		return p.Name == "main" || len(p.GoFiles) == 0 || slices.Contains(strings.Split(p.room(), "/"), "internal")
	})
}

func parse(t *testing.T, p listed) []*ast.File {
	t.Helper()
	var all []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.ParseComments)
		require.NoError(t, err)
		all = append(all, f)
	}
	return all
}

// api gives the exported declarations of a package as sorted source text, without bodies and comments.
func api(t *testing.T, p listed) []string {
	t.Helper()
	var all []string
	for _, f := range parse(t, p) {
		f.Comments = nil
		ast.FileExports(f)
		for _, d := range f.Decls {
			all = append(all, declarations(t, d)...)
		}
	}
	slices.Sort(all)
	return all
}

func declarations(t *testing.T, d ast.Decl) []string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		d.Body, d.Doc = nil, nil
		return []string{source2text(t, d)}
	case *ast.GenDecl:
		var all []string
		for i, spec := range d.Specs {
			stripComments(spec)
			one := &ast.GenDecl{Tok: d.Tok, Specs: []ast.Spec{spec}}
			text := source2text(t, one)
			if d.Tok == token.CONST && len(d.Specs) > 1 {
				text = fmt.Sprintf("%s // %d\n", strings.TrimSpace(text), i)
			}
			all = append(all, text)
		}
		return all
	}
	return nil
}

func stripComments(n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			n.Doc, n.Comment = nil, nil
		case *ast.TypeSpec:
			n.Doc, n.Comment = nil, nil
		case *ast.ValueSpec:
			n.Doc, n.Comment = nil, nil
		}
		return true
	})
}

func source2text(t *testing.T, n ast.Node) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, (&printer.Config{Mode: printer.UseSpaces, Tabwidth: 4}).Fprint(&b, token.NewFileSet(), n))
	return strings.TrimSpace(b.String()) + "\n"
}

// selfEvident are methods whose meaning the standard library's interfaces give.
var selfEvident = []string{"Error", "Unwrap", "Is", "String", "MarshalJSON", "UnmarshalJSON", "MarshalText", "UnmarshalText", "Len", "Less", "Swap"}

func undocumented(d ast.Decl) []string {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if !d.Name.IsExported() || d.Doc != nil {
			return nil
		}
		if d.Recv == nil {
			return []string{d.Name.Name}
		}
		recv := receiver(d.Recv.List[0].Type)
		if !ast.IsExported(recv) || slices.Contains(selfEvident, d.Name.Name) {
			return nil
		}
		return []string{recv + "." + d.Name.Name}
	case *ast.GenDecl:
		return undocumentedSpecs(d)
	}
	return nil
}

// undocumentedSpecs accepts a comment on the name, beside it, or on the group that it stands in.
func undocumentedSpecs(d *ast.GenDecl) []string {
	var bare []string
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && s.Doc == nil && d.Doc == nil {
				bare = append(bare, s.Name.Name)
			}
		case *ast.ValueSpec:
			for _, n := range s.Names {
				if n.IsExported() && s.Doc == nil && s.Comment == nil && d.Doc == nil && !enumerated(d) {
					bare = append(bare, n.Name)
				}
			}
		}
	}
	return bare
}

// enumerated tells a block of constants of one named type, whose type's comment explains them.
func enumerated(d *ast.GenDecl) bool {
	first, ok := d.Specs[0].(*ast.ValueSpec)
	if !ok || d.Tok != token.CONST {
		return false
	}
	t, ok := first.Type.(*ast.Ident)
	return ok && t.IsExported()
}

func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}
