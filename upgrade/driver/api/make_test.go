package api

import (
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// What hand-made modules consist of.
type (
	names   = map[string]*Symbol
	modules = map[string]*Module
)

func value() *Symbol              { return &Symbol{} }
func ofSelf() *Symbol             { return &Symbol{Instance: true} }
func alias(target string) *Symbol { return &Symbol{Kind: Alias, Target: target} }
func def(params string) *Symbol   { return &Symbol{Kind: Function, Sig: sig(params)} }

func bound(b Binding, params string) *Symbol {
	s := def(params)
	s.Sig.Binding = b
	return s
}

func classOf(bases string, members names) *Symbol {
	return &Symbol{Kind: Class, Class: &ClassBody{Bases: strings.Fields(bases), Members: members}}
}

func dynamicClass(bases string, members names) *Symbol {
	s := classOf(bases, members)
	s.Class.Dynamic = true
	return s
}

// sig reads parameters as Python writes them; a default is written x=.
func sig(params string) *Signature {
	s := &Signature{}
	kind := PositionalOrKeyword
	for _, p := range strings.Split(params, ", ") {
		name, _, hasDefault := strings.Cut(p, "=")
		switch {
		case p == "":
		case p == "/":
			for i := range s.Params {
				s.Params[i].Kind = PositionalOnly
			}
		case p == "*":
			kind = KeywordOnly
		case strings.HasPrefix(p, "**"):
			s.Params = append(s.Params, Param{Name: p[2:], Kind: VarKeyword})
		case strings.HasPrefix(p, "*"):
			s.Params = append(s.Params, Param{Name: p[1:], Kind: VarPositional})
			kind = KeywordOnly
		default:
			s.Params = append(s.Params, Param{name, kind, hasDefault})
		}
	}
	return s
}

// call reads arguments: 1 by position, x= by keyword, * and **.
func call(args string) *Call {
	c := &Call{}
	for _, a := range strings.Fields(args) {
		switch a {
		case "*":
			c.Star = true
		case "**":
			c.StarStar = true
		default:
			if k, keyword := strings.CutSuffix(a, "="); keyword {
				c.Keywords = append(c.Keywords, k)
			} else {
				c.Positional++
			}
		}
	}
	return c
}

func release(distribution, version string, m modules) *Release {
	return &Release{Distribution: pep508.Name(distribution), Version: pep440.MustParse(version), Modules: m}
}

type version = pep440.Version

func v(text string) version { return pep440.MustParse(text) }
