package pep508

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
)

func TestParse(t *testing.T) {
	for _, test := range []struct {
		name, in string
		want     string // canonical
	}{
		{"name", "A", "a"},
		{"trap 27: names are normalised", "Foo.Bar__baz", "foo-bar-baz"},
		{"white space around", " \tfoo\t ", "foo"},
		{"specifiers", "foo>=1.0,<2", "foo<2,>=1.0"},
		{"trap 20: white space before the comma", "foo >=1.0 ,<2", "foo<2,>=1.0"},
		{"trap 20: parentheses of before PEP 508", "name[a,b] (>=1,<2)", "name[a,b]<2,>=1"},
		{"trap 20: parentheses and marker", "foo (==1.0) ; extra == 'x'", `foo==1.0; extra == "x"`},
		{"empty parentheses", "foo ( )", "foo"},
		{"trap 20: trailing comma", "foo>=1,", "foo>=1"},
		{"trap 20: trailing comma in parentheses", "foo (>=1 , )", "foo>=1"},
		{"white space after an operator", "foo>=\n1.0", "foo>=1.0"},
		{"arbitrary equality", "foo === lolwat", "foo===lolwat"},
		{"extras are normalised, sorted and unique", "foo[Security,tests,SECURITY,a_b]", "foo[a-b,security,tests]"},
		{"no extras", "foo[ ]", "foo"},
		{"white space in extras", "foo [ a\t, b ] >= 1", "foo[a,b]>=1"},
		{"trap 20: URL and marker", "name @ https://h.example/x.whl ; os_name=='nt'", `name @ https://h.example/x.whl ; os_name == "nt"`},
		{"trap 20: a semicolon in the URL is the URL's", "name @ https://h.example/x;os_name=='nt'", "name @ https://h.example/x;os_name=='nt'"},
		{"URL without white space", "foo@file:///x", "foo @ file:///x"},
		{"URL with extras and white space at the end", "foo[b,a]@ git+ssh://h.example/x@v1 \t", "foo[a,b] @ git+ssh://h.example/x@v1"},
		{"URL with letters beyond ASCII", "foo @ https://h.example/ü", "foo @ https://h.example/ü"},
		{"marker", "foo;os_name=='nt'", `foo; os_name == "nt"`},
		{"trap 20: old variable names", "foo; os.name=='nt' and python_implementation=='CPython'", `foo; os_name == "nt" and platform_python_implementation == "CPython"`},
		{"trap 17", `importlib-metadata ; python_version<"3.8"`, `importlib-metadata; python_version < "3.8"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := Parse(test.in)
			require.NoError(t, err)
			assert.Equal(t, test.want, r.String())
			again, err := Parse(r.String())
			require.NoError(t, err)
			assert.Equal(t, r.String(), again.String())
		})
	}
}

func TestParseFields(t *testing.T) {
	r := MustParse("Foo_Bar [B,a] (>=1.0) ; extra == 'Dev_Tools'")
	assert.Equal(t, Name("foo-bar"), r.Name)
	assert.Equal(t, []Name{"a", "b"}, r.Extras)
	assert.True(t, r.Specifiers.Contains(pep440.MustParse("1.1")))
	assert.False(t, r.Specifiers.Contains(pep440.MustParse("0.9")))
	assert.Empty(t, r.URL)
	assert.Equal(t, True, r.Marker.Evaluate(nil, "dev-tools"))

	r = MustParse("foo @ https://h.example/x")
	assert.Equal(t, "https://h.example/x", r.URL)
	assert.Nil(t, r.Extras)
	assert.True(t, r.Specifiers.IsEmpty())
	assert.True(t, r.Marker.IsZero())
}

func TestParseErrors(t *testing.T) {
	for _, test := range []struct {
		name, in string
		column   int
		reason   string
	}{
		{"empty", "", 1, "want a project's name"},
		{"white space only", " \t", 3, "want a project's name"},
		{"no name", ">=1.0", 1, "want a project's name"},
		{"name with a separator first", "-foo", 1, "begins with a letter or digit"},
		{"name with a separator last", "foo_ >=1", 4, "ends with a letter or digit"},
		{"name beyond ASCII", "é", 1, "want a project's name"},
		{"name goes on beyond ASCII", "fooé", 4, "want a version specifier"},
		{"two names", "foo bar", 5, "want a version specifier such as >=1.0"},
		{"trap 20: trailing line break", "foo\n", 4, "want a version specifier"},
		{"trap 20: trailing line break after a version", "foo>=1.0\n", 9, "white space is spaces and tabs"},
		{"trap 20: trailing line break after a URL", "foo @ x\n", 8, "a URL has no line breaks"},
		{"trap 20: trailing line break after a marker", "foo; os_name=='nt'\n", 19, "want and, or, or the end"},
		{"trap 20: comment", "foo>=1.0 # why", 9, "want the end of the version, or a comma"},
		{"two commas", "foo>=1,,<2", 8, "want a version specifier"},
		{"two commas at the end", "foo>=1,,", 8, "want a version specifier"},
		{"comma only", "foo,", 4, "want a version specifier"},
		{"comma only in parentheses", "foo (,)", 6, "want a version specifier"},
		{"no comma", "foo>=1 <2", 7, "want the end of the version, or a comma"},
		{"after parentheses", "foo (>=1) <2", 11, "want a version specifier, ; or the end"},
		{"parenthesis not closed", "foo (>=1", 5, "want a ) for this ("},
		{"parenthesis not closed before a marker", "foo (>=1; os_name=='nt')", 5, "want a ) for this ("},
		{"parenthesis not opened", "foo>=1)", 7, "want a version specifier, ; or the end"},
		{"bare version", "foo 1.0", 5, "want a version specifier such as >=1.0"},
		{"bad version", "foo>=one", 6, "want a version"},
		{"second bad version", "foo>=1, ==x", 11, "want a version"},
		{"extras not closed", "foo[a", 6, "want a comma or ]"},
		{"extras without comma", "foo[a b]", 7, "want a comma or ]"},
		{"comma after the last extra", "foo[a,]", 7, "want the name of an extra"},
		{"comma before the first extra", "foo[,a]", 5, "want the name of an extra"},
		{"no URL", "foo @ ", 7, "want a URL after @"},
		{"URL then text", "foo @ x y", 9, "want ; or the end after the URL"},
		{"URL then marker without semicolon", "foo @ x os_name=='nt'", 9, "want ; or the end after the URL"},
		{"control character in a URL", "foo @ x\x1by", 8, "a URL has no line breaks"},
		{"no marker", "foo;", 5, "want a marker variable"},
		{"column counts characters", "foo; os_name == 'é' x", 21, "want and, or, or the end"},
		{"not UTF-8", "foo; os_name == '\xff'", 1, "not UTF-8"},
		{"too long", "foo" + strings.Repeat(" ", MaxRequirement), 1, "longer than"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Parse(test.in)
			var parseErr *ParseError
			require.ErrorAs(t, err, &parseErr)
			assert.Contains(t, parseErr.Reason, test.reason)
			assert.Equal(t, test.column, parseErr.Column())
			assert.Equal(t, "requirement", parseErr.Kind)
			assert.Equal(t, test.in, parseErr.Input)
			assert.Less(t, len(err.Error()), 300)
		})
	}
}

func TestParseErrorHidesCredentials(t *testing.T) {
	for _, in := range []string{"foo @ https://u:secret@h.example/x y", "https://u:secret@h.example/x", "foo; os_name == 'https://u:secret@h.example' x"} {
		_, err := Parse(in)
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "secret")
	}
}

func TestMustParse(t *testing.T) {
	assert.Panics(t, func() { MustParse("foo,") })
}

func TestParseName(t *testing.T) {
	for in, want := range map[string]Name{
		"a":              "a",
		"Foo.Bar__baz":   "foo-bar-baz",
		"a-_.-b":         "a-b",
		"zope.interface": "zope-interface",
		"9":              "9",
		"already-normal": "already-normal",
	} {
		got, err := ParseName(in)
		require.NoError(t, err, in)
		assert.Equal(t, want, got)
	}
	for _, in := range []string{"", "-a", "a-", ".", "a b", "é", "aé", "a/b", " a", "a ", "a\n", "a[b]"} {
		_, err := ParseName(in)
		var parseErr *ParseError
		if assert.ErrorAs(t, err, &parseErr, in) {
			assert.Equal(t, "name", parseErr.Kind)
		}
	}
}

func TestNormalizeName(t *testing.T) {
	for in, want := range map[string]Name{"": "", "Foo.Bar__baz": "foo-bar-baz", "_a._": "-a-", "--a": "-a", "É_b": "é-b", "a b": "a b"} {
		assert.Equal(t, want, NormalizeName(in), in)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"Foo.Bar[a,B_c] (>=1.0,<2,) ; python_version < '3.8' or extra == 'X'",
		"foo @ https://h.example/x ; os_name == \"it's\"",
		"foo===1.0,!=2.*,~=1.1",
		"foo>=\n1.0",
		"a[]()",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := Parse(s)
		if err != nil {
			_ = err.Error()
			return
		}
		again, err := Parse(r.String())
		if err != nil {
			t.Fatalf("%q: its canonical text does not parse: %v", s, err)
		}
		if again.String() != r.String() {
			t.Fatalf("%q: %q parses to %q", s, r, again)
		}
		if name, err := ParseName(string(r.Name)); err != nil || name != r.Name {
			t.Fatalf("%q: name %q parses to %q, %v", s, r.Name, name, err)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for _, test := range []struct{ name, in string }{
		{"name", "requests"},
		{"specifiers", "numpy>=1.21.0,<2"},
		{"marker", `importlib-metadata>=3.6.0; python_version < "3.10"`},
		{"long", `greenlet>=1; python_version >= "3" and (platform_machine == "aarch64" or (platform_machine == "ppc64le" or (platform_machine == "x86_64" or (platform_machine == "amd64" or platform_machine == "AMD64"))))`},
	} {
		b.Run(test.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(test.in); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
