//go:build oracle

package differential

import (
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep440"
)

const candidates = 12

var specifierKind = kind{
	name: "specifier",
	fixed: [][]string{
		{"<1.7", "1.7rc1", "1.7.dev0", "1.6", "1.6.post1"}, {">1.7", "1.7.post1", "1.7+x", "1.7.1.dev0", "1.7.0.1a1"},
		{">1.7.post1", "1.7.post1+x", "1.7.post2", "1.7.post2.dev0"}, {"<1.0rc1", "1.0.dev0", "1.0b1", "1.0rc1.dev1", "1.0rc1"},
		{"==1.0", "1.0+local", "1.0.0", "1.0.post1"}, {"<=1.0", "1.0+local"}, {"!=1.0", "1.0+local", "1.0.post1"},
		{"==1.0+abc", "1.0", "1.0+ABC", "1.0+abc.0"}, {"===1.0", "1.0.0", "1.0"}, {"===1.0.0RC1", "1.0.0rc1", "1.0rc1"},
		{"===lolwat", "1.0"}, {"~=2.2.post3", "2.2", "2.3", "3.0.dev0", "2.2.post4"}, {"~=1.4.5.0", "1.4.5", "1.4.6"},
		{"~=1"}, {"==1.1.*", "1.1a1", "1.1.post1", "1.1+x", "1.1.dev0", "1.10"}, {"==1.0.0.*", "1", "1.0.0.1", "1.0.1"},
		{"==1.0a1.*"}, {"==1.0+x.*"}, {">=1.0.*"}, {">=1.0+x"}, {"~=1.0+x"}, {"<1.0+x"}, {"==*"}, {">=1.0 .dev1"}, {""}, {",,"},
		{">=1.0,", "1.0"}, {" >= 1.0 , < 2 ", "1.5"}, {"> =1.0"}, {"=1.0"}, {"===", "1.0"}, {"=== ,>=1", "1.0"}, {"<0", "0.dev0"},
		{"<0.dev0", "0.dev0"}, {"==1!0.*", "0", "1!0.5"}, {"!=1.0a1", "1.0a1", "1.0a2"}, {"1.0"}, {"===1.0 x"}, {"===1.0;"}, {"==v1.0", "1"},
	},
	generate: func(g *generator) []string {
		base := g.version()
		text := g.specifiers(base)
		if g.chance(37) {
			text = g.corruptSpecifiers(text)
		}
		args := []string{text}
		for range candidates {
			args = append(args, g.spell(g.near(base), true))
		}
		return args
	},
	answer:  answerSpecifier,
	minimum: 0.3,
}

func answerSpecifier(args []string) []string {
	s, err := pep440.ParseSpecifiers(args[0])
	if err != nil {
		return invalid
	}
	var admitted, final []bool
	anyFinal := false
	for _, text := range args[1:] {
		v := pep440.MustParse(text)
		in := s.Contains(v)
		admitted = append(admitted, in)
		final = append(final, in && !v.IsPrerelease())
		anyFinal = anyFinal || in && !v.IsPrerelease()
	}
	usual := admitted // PEP 440, "Handling of pre-releases"
	if anyFinal && !s.NamesPrerelease() {
		usual = final
	}
	return []string{
		s.String(), flags(s.NamesPrerelease()),
		flags(admitted...), flags(admitted...), flags(usual...), flags(final...),
	}
}

// specifiers makes a set around a version.
func (g *generator) specifiers(base version) string {
	var clauses []string
	for range 1 + g.IntN(3) {
		clauses = append(clauses, g.clause(g.near(base)))
	}
	return g.space() + strings.Join(clauses, g.space()+","+g.space()) + g.space()
}

func (g *generator) clause(v version) string {
	switch op := g.pick(">=", ">=", "<=", "<", "<", ">", ">", "==", "==", "!=", "!=", "~=", "===", "wildcard"); op {
	case "==", "!=", "===":
		return op + g.space() + g.spell(v, true)
	case "~=":
		if len(v.release) == 1 {
			v.release = append(v.release, "1")
		}
		return op + g.space() + g.spell(v, false)
	case "wildcard":
		only := version{epoch: v.epoch, release: v.release}
		return g.pick("==", "!=") + g.space() + g.spell(only, false) + ".*"
	default:
		return op + g.space() + g.spell(v, false)
	}
}

// corruptSpecifiers makes most sets invalid, by edits or by what the grammar of one operator forbids.
func (g *generator) corruptSpecifiers(s string) string {
	switch g.IntN(4) {
	case 0:
		return s + "," + g.pick(">=1.0.*", "<1+x", "~=1", "==1.0a1.*", "==1.*.*", "=1.0", "1.0", "=>1.0", "==*", "<>1", "~=1.0.*", "!=", ">=1 0",
			"===a b", "==1.0+x.*", "==1.0+", ">= >1", "== =1.0", "===", "~=v1", "==１.0")
	case 1:
		return g.pick(">", "=", "!", "~", "x", "@", "(") + s
	default:
		return g.corrupt(s, "<>=!~,,..**++-_ 01xvé;)１")
	}
}

// rangeKind asks about whole sets: is one empty, part of another, apart from it. Sets with === have no answer there.
var rangeKind = kind{
	name: "range",
	fixed: [][]string{
		{">1.0.dev1", ">=1.0.dev2"}, {">1.0.post1", ">=1.0.post2.dev0"}, {">1.0a1", ">=1.0a2.dev0"}, {"<=1.0", "<1.0.post0.dev0"},
		{"==1.0", ">=1.0,<=1.0"}, {">1.0,<1.0.1.dev0", "==1.0.0.*"}, {"<0", "<0.dev0"}, {"!=1.0", "<1.0"}, {"~=1.4", "==1.*"}, {"", ">=1"},
		{">1.0a1,<1.0a2.dev0", ""}, {">=1.0+x", ""}, {"==1.0+a,==1.0+b", "==1.0"}, {"!=1.0.*,==1.0", ">1"},
	},
	generate: func(g *generator) []string {
		base := g.version()
		args := []string{g.withoutArbitrary(base), g.withoutArbitrary(base)}
		if g.chance(37) {
			i := g.IntN(2)
			args[i] = strings.ReplaceAll(g.corruptSpecifiers(args[i]), "===", "==")
		}
		return args
	},
	answer:  answerRange,
	minimum: 0.3,
}

func (g *generator) withoutArbitrary(base version) string {
	return strings.ReplaceAll(g.specifiers(base), "===", "==")
}

func answerRange(args []string) []string {
	a, err := pep440.ParseSpecifiers(args[0])
	if err != nil {
		return invalid
	}
	b, err := pep440.ParseSpecifiers(args[1])
	if err != nil {
		return invalid
	}
	r, t := a.Range(), b.Range()
	return []string{
		flags(r.IsEmpty(), t.IsEmpty(), r.Intersect(t).IsEmpty()),
		flags(r.SubsetOf(t), t.SubsetOf(r), r.Disjoint(t)),
	}
}
