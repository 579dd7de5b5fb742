package pyast

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hostile are sources that are odd or broken on purpose, each with a good one's worth of expectation: what it binds, or "" where it must cost itself and nothing else.
var hostile = []struct {
	name, text, binds string
	err               any  // *SyntaxError or *SourceError; nil: read
	open              bool // whether it is read depends on the interpreter
}{
	{name: "nothing", text: ""},
	{name: "comment alone, no line end", text: "# x"},
	{name: "zero byte", text: "a = 1\n\x00b = 2\n", err: &SyntaxError{}},
	{name: "mark at the start", text: "\xef\xbb\xbfa = 1\n", binds: "a"},
	{name: "mark and another encoding", text: "\xef\xbb\xbf# coding: latin-1\na = 1\n", err: &SyntaxError{}},
	{name: "not UTF-8", text: "a = '\xff'\n", err: &SyntaxError{}},
	{name: "latin-1 by cookie", text: "# -*- coding: latin-1 -*-\na = '\xe9'\n\xe9 = 1\n", binds: "a é"},
	{name: "cookie in the second line", text: "#!/bin/sh\n# vim: set fileencoding=cp1252 :\na = '\x80'\n", binds: "a"},
	{name: "cookie of no encoding", text: "# coding: no-such\na = 1\n", err: &SyntaxError{}},
	{name: "cookie of a codec that is none of text", text: "# coding: zlib\na = 1\n", err: &SyntaxError{}},
	{name: "cookie that hides the text", text: "# coding: rot13\nn = 1\n", err: &SyntaxError{}},
	{name: "UTF-16", text: "\xff\xfea\x00=\x001\x00\n\x00", err: &SyntaxError{}},
	{name: "carriage returns", text: "if x:\r\n    a = 1\r\nb = '''1\r\n2'''\r\n", binds: "a b"},
	{name: "old carriage returns", text: "a = 1\rb = 2\r", binds: "a b"},
	{name: "form feeds", text: "a = 1\n\x0c\nclass B:\n    \x0c\n    c = 1\n", binds: "B a"},
	{name: "no line end", text: "def a():\n    pass", binds: "a"},
	{name: "wide letters", text: "ｘ = 1\nﬁ = 2\nπ = 3\n", binds: "fi x π"},
	{name: "lone surrogate", text: "a = '\\ud800'\n__all__ = ['\\udfff']\n", binds: "__all__ a"},
	{name: "escape that is none", text: "a = '\\d'\n", binds: "a"},
	{name: "warned about", text: "a = 1 is 1\nassert (1, 'x')\n", binds: "a"},
	{name: "tabs and spaces", text: "if x:\n\ta = 1\n        b = 2\n", err: &SyntaxError{}},
	{name: "large literal", text: "a = '" + strings.Repeat("x", MaxSource-100) + "'\n", binds: "a"},
	{name: "too large", text: "a = '" + strings.Repeat("x", 10<<20) + "'\n", err: &SourceError{}},
	{name: "large number", text: "a = " + strings.Repeat("9", 3000) + "\nb = 10 ** 10 ** 10\n", binds: "a b"},
	{name: "long sum", text: "a = " + strings.Repeat("1 + ", 100_000) + "1\n", binds: "a", open: true},
	{name: "long chain of calls", text: "a = x" + strings.Repeat(".y()", 50_000) + "\n", binds: "a", open: true},
	{name: "deep parentheses", text: "a = " + strings.Repeat("(", 100_000) + strings.Repeat(")", 100_000) + "\n", open: true},
	{name: "deep lists", text: "a = " + strings.Repeat("[", 90) + strings.Repeat("]", 90) + "\n", binds: "a"},
	{name: "deep signs", text: "a = " + strings.Repeat("-", 1_000_000) + "1\n", binds: "a", open: true},
	{name: "deep lambdas", text: "a = " + strings.Repeat("lambda: ", 100_000) + "1\n", binds: "a", open: true},
	{name: "deep elif", text: "if x: pass\n" + strings.Repeat("elif x: a = 1\n", 20_000), binds: "a", open: true},
	{name: "deep blocks", text: deep("if x:", 99) + "a = 1\n", binds: "a", open: true},
	{name: "too deep blocks", text: deep("if x:", 200) + "a = 1\n", err: &SyntaxError{}},
	{name: "deep classes", text: deep("class a:", 60) + "pass\n", binds: "a"},
	{name: "class in itself", text: "class a:\n    pass\na.me = a\na.me.me = a\n", binds: "a"},
	{name: "classes that double", text: doubling(64), binds: "C0 C1 C10"},
	{name: "import out of the top", text: "from " + strings.Repeat(".", 1000) + " import a\n", binds: "a"},
	{name: "long name", text: strings.Repeat("a", 100_000) + " = 1\n", binds: strings.Repeat("a", 100_000)},
	{name: "many aliases", text: "import " + strings.Repeat("a, ", 100_000) + "a\n", binds: "a"},
	{name: "gives too much", text: "import " + strings.Repeat("x", 20_000) + " as a\n" + copies(2_000), err: &SourceError{}},
}

func deep(opening string, levels int) string {
	var b strings.Builder
	for i := range levels {
		b.WriteString(strings.Repeat(" ", i) + opening + "\n")
	}
	return b.String() + strings.Repeat(" ", levels)
}

// doubling has classes of which each has the one before it twice.
func doubling(n int) string {
	var b strings.Builder
	b.WriteString("class C0: pass\n")
	for i := range n {
		fmt.Fprintf(&b, "class C%d:\n    a = C%d\n    b = C%[2]d\n", i+1, i)
	}
	return b.String()
}

func copies(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "b%d = a\n", i)
	}
	return b.String()
}

// TestSurfaceHostile reads all hostile sources in one call, with a good one behind each: what one source does to the interpreter costs no other.
func TestSurfaceHostile(t *testing.T) {
	var files []Source
	for _, h := range hostile {
		files = append(files, Source{Name: "m", Text: []byte(h.text), File: h.name}, Source{Name: "good", Text: []byte("good = 1\n")})
	}
	found, err := reader(t).Surface(t.Context(), files)
	require.NoError(t, err)
	for i, h := range hostile {
		got, good := found[2*i], found[2*i+1]
		if assert.NoError(t, good.Err, "behind %s", h.name) {
			assert.Contains(t, good.Module.Names, "good")
		}
		assert.False(t, (got.Module == nil) == (got.Err == nil), h.name)
		if h.err == nil && got.Err == nil {
			for _, n := range strings.Fields(h.binds) {
				assert.Contains(t, got.Module.Names, n, h.name)
			}
			continue
		}
		var syntax *SyntaxError
		var source *SourceError
		switch h.err.(type) {
		case *SyntaxError:
			require.ErrorAs(t, got.Err, &syntax, h.name)
			assert.Equal(t, h.name, syntax.File)
		case *SourceError:
			require.ErrorAs(t, got.Err, &source, h.name)
			assert.Equal(t, h.name, source.File)
		default:
			require.True(t, h.open, "%s: %v", h.name, got.Err)
			assert.True(t, errors.As(got.Err, &syntax) || errors.As(got.Err, &source), "%s: %v", h.name, got.Err)
		}
		assert.Less(t, len(got.Err.Error()), 4<<10, h.name)
		assert.False(t, bytes.ContainsRune([]byte(got.Err.Error()), 0), h.name)
	}
}
