package pyast

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// render writes a module as the tables have it: a line for each thing, what a class has indented.
func render(m *api.Module) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	renderNames(&b, m.Names, "")
	if m.Package {
		line("package")
	}
	for _, s := range m.Stars {
		line("star %s", s)
	}
	if m.All != nil {
		line("all %s", strings.Join(m.All, " "))
	}
	for _, o := range m.Options {
		line("option %s", strings.Join(slices.DeleteFunc([]string{o.Name, o.Group, o.Shape}, func(s string) bool { return s == "" }), " "))
	}
	for _, c := range m.Calls {
		line("%d: %s%s", c.Line, c.Method, renderCall(c.Call))
	}
	if m.Registered != nil {
		line("registered %s", strings.Join(m.Registered, " "))
	}
	if m.Dynamic {
		line("dynamic")
	}
	return b.String()
}

func renderNames(b *strings.Builder, names map[string]*api.Symbol, indent string) {
	for _, n := range slices.Sorted(maps.Keys(names)) {
		s := names[n]
		b.WriteString(indent)
		switch {
		case s.Instance:
			fmt.Fprintf(b, "self.%s\n", n)
		case s.Kind == api.Alias:
			fmt.Fprintf(b, "%s -> %s\n", n, s.Target)
		case s.Kind == api.Function:
			fmt.Fprintf(b, "%sdef %s%s\n", bindings(s.Sig), n, renderSignature(s.Sig))
		case s.Kind == api.Class:
			c := s.Class
			fmt.Fprintf(b, "class %s(%s)", n, strings.Join(shown(c.Bases), ", "))
			if c.Abstract != nil {
				fmt.Fprintf(b, " abstract %s", strings.Join(c.Abstract, " "))
			}
			if c.Dynamic {
				b.WriteString(" dynamic")
			}
			b.WriteString("\n")
			renderNames(b, c.Members, indent+"  ")
		default:
			fmt.Fprintf(b, "%s\n", n)
		}
	}
}

func bindings(s *api.Signature) string {
	if s == nil {
		return ""
	}
	return [...]string{api.Plain: "", api.ClassWay: "class ", api.Static: "static ", api.Property: "property "}[s.Binding]
}

func renderSignature(s *api.Signature) string {
	if s == nil {
		return "(?)"
	}
	var words []string
	for i, p := range s.Params {
		word := p.Name
		switch p.Kind {
		case api.VarPositional:
			word = "*" + word
		case api.VarKeyword:
			word = "**" + word
		case api.KeywordOnly:
			if i == 0 || s.Params[i-1].Kind < api.VarPositional {
				words = append(words, "*")
			}
		}
		if p.Default {
			word += "="
		}
		words = append(words, word)
		if p.Kind == api.PositionalOnly && (i+1 == len(s.Params) || s.Params[i+1].Kind != api.PositionalOnly) {
			words = append(words, "/")
		}
	}
	return "(" + strings.Join(words, ", ") + ")"
}

func renderCall(c api.Call) string {
	words := slices.Repeat([]string{"_"}, c.Positional)
	if c.Star {
		words = append(words, "*")
	}
	for _, k := range c.Keywords {
		words = append(words, k+"=")
	}
	if c.StarStar {
		words = append(words, "**")
	}
	return "(" + strings.Join(words, ", ") + ")"
}

// shown writes ? for a base that cannot be told.
func shown(bases []string) []string {
	bases = slices.Clone(bases)
	for i, b := range bases {
		bases[i] = cmp.Or(b, "?")
	}
	return bases
}
