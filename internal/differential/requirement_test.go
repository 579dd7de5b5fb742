//go:build oracle

package differential

import (
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

var requirementKind = kind{
	name: "requirement",
	fixed: withOurRequirement(
		"", "a", "A.B-_c", "requests[socks]>=2", "requests [ socks , a.b ] ( >=2 , <3 )", "foo>=1,", "foo (>=1)", "foo(>=1", "foo>=1)", "foo=1.0",
		"foo bar", "foo @", "foo @ https://host.example/a.whl", "foo@https://host.example/a.whl", "foo @ https://host.example/a;os_name=='nt'",
		"foo @ https://host.example/a ; os_name=='nt'", "foo @ https://host.example/a; os_name=='nt'", "foo[a] @ file:///a b", "foo[]", "foo[,]", "foo[a,]",
		"foo[a b]", "foo[a,,b]", "foo>=1 ; python_version<'3.8'", "foo;python_version<'3.8'", "foo>=1;", "foo;", "foo>=1\n", "\nfoo", " foo ",
		"foo\t>=1", "-foo", "foo-", "foo.", "_foo", "foo_", "f", "1", "foo==1.*", "foo>=1.*", "foo>=1+x", "foo==1+x", "foo===1", "foo===a;os_name=='nt'",
		"foo>=1,<2,!=1.5", "foo >= 1 , < 2", "foo ()", "foo()", "foo ( )", "foo[a]()", "foo,>=1", "foo>=1,,<2", "foo>=1<2", "foo # comment", "foo>=1 # c",
		"foo; extra == 'Foo_Bar'", "föo", "foo[ö]", "foo ~=1", "foo==1.0.post1.dev1", "foo v1", "foo==v1", "foo<1;python_version>='3' and os_name=='nt'",
		"foo @ git+https://host.example/r.git@v1#egg=foo", "foo @ ../local", "foo @ x[y]", "foo [a]@https://host.example/x",
		"foo\u00a0>=1", "foo>=\u00a01", "foo>=1\u202f,<2", "foo===1,>=0", "foo===1,,", "foo===1, <2", "foo===", "foo=== ", "foo<", "foo(>=1),<2", "foo((>=1))",
	),
	generate: func(g *generator) []string {
		text := g.requirement()
		if g.chance(42) {
			text = g.corrupt(text, "[](),,;;@=<>!~'\"  \n\u00a0.-_#éa1")
		}
		return []string{text, ourRequirement(text)}
	},
	answer:  answerRequirement,
	minimum: 0.3,
}

func withOurRequirement(texts ...string) [][]string {
	var out [][]string
	for _, text := range texts {
		out = append(out, []string{text, ourRequirement(text)})
	}
	return out
}

// ourRequirement is the canonical form that the oracle must read as the same requirement; "" where we refuse the text.
func ourRequirement(text string) string {
	r, err := pep508.Parse(text)
	if err != nil {
		return ""
	}
	return r.String()
}

func answerRequirement(args []string) []string {
	r, err := pep508.Parse(args[0])
	if err != nil {
		return invalid
	}
	var extras []string
	for _, e := range r.Extras {
		extras = append(extras, string(e))
	}
	out := []string{string(r.Name), strings.Join(extras, ","), r.Specifiers.String(), r.URL}
	if r.Marker.IsZero() {
		out = append(out, "no marker")
	} else {
		out = append(out, evaluations(r.Marker)...)
	}
	return slices.Repeat(out, 2) // once for the text, once for our canonical form of it
}

func (g *generator) requirement() string {
	var b strings.Builder
	b.WriteString(g.blank() + g.name() + g.blank())
	if g.chance(30) {
		b.WriteString("[" + g.blank() + g.extras() + g.blank() + "]" + g.blank())
	}
	switch g.IntN(10) {
	case 0, 1:
	case 2:
		return b.String() + "@" + g.blank() + g.url() + g.optional(" "+g.blank()+";"+g.blank()+g.marker(2))
	case 3:
		b.WriteString("(" + g.blank() + g.plainSpecifiers() + g.blank() + ")")
	default:
		b.WriteString(g.plainSpecifiers())
	}
	return b.String() + g.blank() + g.optional(";"+g.blank()+g.marker(2)) + g.blank()
}

func (g *generator) optional(s string) string {
	if g.chance(40) {
		return s
	}
	return ""
}

func (g *generator) extras() string {
	names := []string{g.name()}
	for range g.IntN(3) {
		names = append(names, g.name())
	}
	return strings.Join(names, g.blank()+","+g.blank())
}

// plainSpecifiers are sets with the white space that a requirement admits within them.
func (g *generator) plainSpecifiers() string {
	var clauses []string
	for range 1 + g.IntN(3) {
		c := g.clause(g.version())
		clauses = append(clauses, strings.TrimRightFunc(c, isPythonSpace))
	}
	return strings.Join(clauses, g.blank()+","+g.blank()) + g.pick("", "", "", "", "", "", "", ",")
}

func isPythonSpace(r rune) bool {
	return strings.ContainsRune(" \t\n\r\v\f\u00a0\u202f\u2003\u3000\x1c\x1f\u0085", r)
}

func (g *generator) name() string {
	const first, middle = "abzA9", "abzZ09._-"
	letters := []byte{first[g.IntN(len(first))]}
	for range g.IntN(7) {
		letters = append(letters, middle[g.IntN(len(middle))])
	}
	return string(append(letters, first[g.IntN(len(first))]))
}

func (g *generator) url() string {
	return g.pick("https://host.example/p/a-1.0-py3-none-any.whl", "file:///tmp/a.whl", "git+ssh://host.example/r.git@main#egg=a&x[1]",
		"https://user@host.example:8443/a%20b;c=d?q='1'", "./here", "https://host.example/ü", "a;b", "x;os_name=='nt'")
}
