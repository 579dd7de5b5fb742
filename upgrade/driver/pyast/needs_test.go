package pyast

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// needsCase is one case of testdata/needs: `== name`, the source of a driver or `-- file` and the source for each file, `-- want`, and what showNeed gives of the needs of the table's kinds.
type needsCase struct {
	name, want string
	kinds      []string
	tree       Tree
}

func needsCases(t testing.TB, table string) []needsCase {
	t.Helper()
	text, err := os.ReadFile(table)
	require.NoError(t, err)
	head, rest, ok := strings.Cut(string(text), "\n== ")
	require.True(t, ok)
	var found []needsCase
	for _, part := range strings.Split(rest, "\n== ") {
		name, body, _ := strings.Cut(part, "\n")
		sources, want, ok := strings.Cut("\n"+body, "\n-- want")
		require.True(t, ok, "%s: %s has no expectation", table, name)
		found = append(found, needsCase{name, strings.TrimSpace(want), strings.Fields(head)[1:], treeOf(sources)})
	}
	return found
}

func treeOf(sources string) Tree {
	if !strings.HasPrefix(sources, "\n-- ") {
		sources = "\n-- cinder/volume/drivers/d.py" + sources
	}
	tree := Tree{Component: "cinder"}
	for _, part := range strings.Split(sources, "\n-- ")[1:] {
		file, text, _ := strings.Cut(part, "\n")
		tree.Files = append(tree.Files, example{file: file, text: text + "\n"}.source())
	}
	return tree
}

func TestNeeds(t *testing.T) {
	tables, err := filepath.Glob("testdata/needs/*.txt")
	require.NoError(t, err)
	require.Len(t, tables, 9)
	for _, table := range tables {
		for _, c := range needsCases(t, table) {
			t.Run(strings.TrimSuffix(filepath.Base(table), ".txt")+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				driver, err := reader(t).Needs(t.Context(), c.tree)
				require.NoError(t, err)
				var got []string
				for _, n := range driver.Needs {
					if slices.Contains(c.kinds, string(n.Kind)) {
						got = append(got, showNeed(n, len(c.tree.Files) > 1))
					}
				}
				assert.Equal(t, c.want, strings.Join(got, "\n"))
			})
		}
	}
}

func showNeed(n api.Need, withFile bool) string {
	line := fmt.Sprintf("%d %s %s", n.Line, n.Kind, n.Symbol)
	if withFile {
		line = path.Base(n.File) + ":" + line
	}
	if n.Group != "" {
		line += " in " + n.Group
	}
	if n.Call != nil {
		line += showCall(n.Call)
	}
	if n.Sig != nil {
		line += showSignature(n.Sig)
	}
	for _, f := range []struct {
		set  bool
		name string
	}{{n.Super, " super"}, {n.Guarded, " guarded"}, {n.Late, " late"}} {
		if f.set {
			line += f.name
		}
	}
	return line
}

func showCall(c *api.Call) string {
	args := slices.Repeat([]string{"_"}, c.Positional)
	for _, k := range c.Keywords {
		args = append(args, k+"=")
	}
	if c.Star {
		args = append(args, "*")
	}
	if c.StarStar {
		args = append(args, "**")
	}
	return "(" + strings.Join(args, ", ") + ")"
}

func showSignature(s *api.Signature) string {
	var params []string
	for _, p := range s.Params {
		name := p.Name
		if p.Default {
			name += "="
		}
		params = append(params, []string{name + "/", name, "*" + name, "*," + name, "**" + name}[p.Kind])
	}
	return "(" + strings.Join(params, ", ") + ")" + []string{"", " class", " static", " property"}[s.Binding]
}

// driverText is a small driver, with a class that is registered behind one that is not.
const driverText = `from cinder import interface
from cinder.volume import driver
from cinder import exception

class Error(exception.VolumeDriverException): pass
class Client: pass
class Base(driver.VolumeDriver): pass
@interface.volumedriver
class D(Base): pass
`

func TestNeedsDriver(t *testing.T) {
	tree := Tree{Component: "cinder", Files: []Source{
		{Name: "acme.cinder.d", File: "acme/cinder/d.py", Text: []byte(driverText)},
		{Name: "acme", Package: true, File: "acme/__init__.py"},
	}}
	driver, err := reader(t).Needs(t.Context(), tree)
	require.NoError(t, err)
	assert.Equal(t, []string{"acme.cinder.d.D", "acme.cinder.d.Base"}, driver.Classes, "what is registered comes first; an exception and a client are no drivers")
	assert.Equal(t, []string{"acme/cinder/d.py", "acme/__init__.py"}, driver.Source)
	require.Contains(t, driver.Modules, "acme.cinder.d")
	assert.Contains(t, driver.Modules["acme.cinder.d"].Names, "D")
	assert.True(t, driver.Modules["acme"].Package)
	for _, n := range driver.Needs {
		assert.NotEqual(t, api.NeedDistribution, n.Kind, "neither the component nor the driver's own package is another distribution: %s", n.Symbol)
		assert.Equal(t, "acme/cinder/d.py", n.File)
	}
}

func TestNeedsUnread(t *testing.T) {
	r := reader(t)
	files := []Source{{Name: "a", File: "a.py", Text: []byte("import os\n")}, {Name: "b", File: "b.py", Text: []byte("print 'x'\n")}}
	_, err := r.Needs(t.Context(), Tree{Files: files})
	var syntax *SyntaxError
	require.ErrorAs(t, err, &syntax)
	assert.Equal(t, SyntaxError{File: "b.py", Line: 1, Text: syntax.Text, Python2: true}, *syntax)

	_, err = r.Needs(t.Context(), Tree{})
	require.ErrorContains(t, err, "one file at least")
	_, err = r.Needs(t.Context(), Tree{Files: []Source{{Name: "a", File: "x.py"}, {Name: "a", File: "y.py"}}})
	require.ErrorContains(t, err, "x.py and y.py are both the module a")
	large := Source{Name: "a", Text: make([]byte, MaxTree/4)}
	tree := Tree{}
	for i := range 5 {
		large.Name = fmt.Sprint("m", i)
		tree.Files = append(tree.Files, large)
	}
	_, err = r.Needs(t.Context(), tree)
	require.ErrorIs(t, err, ErrTooLarge)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = r.Needs(ctx, Tree{Files: files[:1]})
	require.ErrorIs(t, err, context.Canceled)
}

// TestNeedsHostile reads what is odd or broken on purpose: it gives needs or an error of the source, in time.
func TestNeedsHostile(t *testing.T) {
	r := reader(t)
	r.Timeout = 20 * time.Second
	for _, c := range hostile {
		if c.err != nil || len(c.text) > 2<<20 {
			continue // TestSurface has what does not parse
		}
		tree := Tree{Component: "cinder", Files: []Source{{Name: "cinder.volume.drivers.d", Text: []byte(c.text)}}}
		_, err := r.Needs(t.Context(), tree)
		assertOwnFault(t, c.name, err)
	}
	for name, tree := range hostileTrees() {
		driver, err := r.Needs(t.Context(), tree)
		assertOwnFault(t, name, err)
		if err == nil {
			for _, n := range driver.Needs {
				assert.LessOrEqual(t, len(n.Symbol), 1<<10, name)
			}
		}
	}
}

func FuzzNeeds(f *testing.F) {
	for _, table := range []string{"scopes", "members", "options", "guards", "late"} {
		for _, c := range needsCases(f, "testdata/needs/"+table+".txt") {
			f.Add(c.tree.Files[0].Text)
		}
	}
	r := reader(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		driver, err := r.Needs(t.Context(), Tree{Component: "cinder", Files: []Source{{Name: "cinder.volume.drivers.d", Text: text}}})
		assertOwnFault(t, "fuzzed", err)
		if err == nil {
			for _, n := range driver.Needs {
				require.NotEmpty(t, n.Symbol)
				require.Positive(t, n.Line)
			}
		}
	})
}

func assertOwnFault(t *testing.T, name string, err error) {
	t.Helper()
	var syntax *SyntaxError
	var source *SourceError
	assert.True(t, err == nil || errors.As(err, &syntax) || errors.As(err, &source), "%s: %v", name, err)
	if err != nil {
		assert.NotContains(t, err.Error(), "provokes", name) // an error of the reader's own
	}
}

func hostileTrees() map[string]Tree {
	one := func(text string) Tree {
		return Tree{Component: "cinder", Files: []Source{{Name: "cinder.volume.drivers.d", Text: []byte("from cinder import utils\nfrom cinder.volume import driver\n" + text)}}}
	}
	repeat := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i, i+1)
		}
		return b.String()
	}
	stars := Tree{Component: "cinder"}
	for i := range 60 {
		stars.Files = append(stars.Files, Source{Name: fmt.Sprintf("m%d", i), Text: []byte(repeat(60, "from m%d import * # %d\n") + "nowhere\nclass C(nowhere): pass\n")})
	}
	return map[string]Tree{
		"aliases that double":         one("x0 = utils\n" + repeat(200, "x%[2]d = x%[1]d.a\nx%[2]d = x%[1]d.b\n") + "x64.y\n"),
		"aliases in a row":            one("x0 = utils\n" + repeat(20_000, "x%[2]d = x%[1]d.a\n") + "x20000.y\n"),
		"aliases in a ring":           one("a = b\nb = c\nc = a\na.x\nclass D(a): pass\n"),
		"stars in every direction":    stars,
		"class of itself":             one("class D(D): pass\nclass E(F): pass\nclass F(E):\n    def m(self): self.x\n"),
		"a tower of classes":          one("class C0(driver.VolumeDriver): pass\n" + repeat(3000, "class C%[2]d(C%[1]d):\n    def m(self): self.x%[1]d\n")),
		"a wide class":                one("class C(driver.VolumeDriver):\n    def m(self): self.x\n" + repeat(5000, "class C%[2]d(C): pass # %[1]d\n")),
		"classes that meet":           one("class A0(driver.VolumeDriver): pass\n" + repeat(100, "class B%[1]d(A%[1]d): pass\nclass C%[1]d(A%[1]d): pass\nclass A%[2]d(B%[1]d, C%[1]d):\n    def m(self): self.x\n")),
		"many guards":                 one("def f():\n" + repeat(10_000, "    if not hasattr(utils, 'x%d'): return %d\n") + "    utils.y\n"),
		"a long chain":                one("utils" + strings.Repeat(".a", 700) + "\n"),
		"names that are none":         one("import importlib\nimportlib.import_module('a\\n..b')\nimportlib.import_module('" + strings.Repeat("a.", 5000) + "a')\ngetattr(utils, 'a b')\ngetattr(utils, '')\n"),
		"functions that call anybody": one("class D(driver.VolumeDriver):\n" + repeat(2000, "    def do_setup(self): self.m%[2]d(); self.do_setup()\n    def m%[1]d(self): self.m%[2]d()\n")),
		"globals of nowhere":          one("global utils\ndef f():\n    nonlocal nowhere\n    nowhere.x\n"),
	}
}

func BenchmarkNeeds(b *testing.B) {
	text := []byte(driverText + strings.Repeat("def f(self, a):\n    exception.E(a, b=1)\n    self.configuration.san_ip\n", 1000))
	tree := Tree{Component: "cinder", Files: []Source{{Name: "cinder.volume.drivers.d", Text: text}}}
	r := reader(b)
	b.ReportAllocs()
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		_, err := r.Needs(b.Context(), tree)
		require.NoError(b, err)
	}
}
