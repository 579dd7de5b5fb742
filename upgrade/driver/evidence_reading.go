package driver

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// reading is one thing that a symbol in a log may mean.
type reading struct {
	symbol string // absolute, in the form of api.Verdict.Lacks
	judge  func(*api.View) api.Answer
}

func readingOf(symbol string, n api.Need) reading {
	return reading{symbol, func(v *api.View) api.Answer { return v.Judge(&n).Answer }}
}

// read gives all that the evidence's symbol may mean, or why it means nothing that the index knows of.
func (l *learner) read(e upgrade.Evidence) (readings []reading, why string) {
	switch {
	case len(l.views) == 0:
		return nil, "the index knows no release"
	case e.Symbol == "":
		return nil, "no traceback says which symbol"
	case e.Class == upgrade.MissingOption && strings.Contains(e.Text, "no such group"):
		return nil, "the index does not list groups of options"
	case e.Class == upgrade.MissingOption:
		return []reading{readingOf(e.Symbol, api.Need{Kind: api.NeedOption, Symbol: e.Symbol})}, ""
	case strings.Contains(e.Text, "Can't instantiate abstract class"):
		return nil, "the driver's class lacks what its base asks of it: it is not whole, or for another host, which its own text tells"
	case revisionID.MatchString(e.Symbol):
		return []reading{{"the database's revision " + e.Symbol, revised(e.Symbol)}}, ""
	}
	m, ok := parseSymbol(e.Symbol)
	if !ok {
		return nil, "it names no symbol"
	}
	readings, why = l.meanings(m)
	if len(readings) > MaxReadings {
		return nil, fmt.Sprintf("%s may mean any of %d", m.name, len(readings))
	}
	return readings, why
}

// revised looks for a revision among the component's migrations (Alembic, "Create a Migration Script": a script's file begins with its revision).
func revised(id string) func(*api.View) api.Answer {
	return func(v *api.View) api.Answer {
		answer := api.Unknown
		for name := range v.Release.Modules {
			if at := strings.LastIndex(name, ".versions."); at >= 0 {
				if strings.HasPrefix(name[at+len(".versions."):], id+"_") {
					return api.Satisfied
				}
				answer = api.Missing
			}
		}
		return answer
	}
}

func (l *learner) meanings(m logSymbol) (readings []reading, why string) {
	first, rest, dotted := strings.Cut(m.name, ".")
	switch {
	case dotted && l.indexed(first) && !m.called:
		return []reading{readingOf(m.name, api.Need{Kind: api.NeedName, Symbol: m.name})}, ""
	case dotted && first == "super":
		readings = l.asked(func(n api.Need) bool { return n.Super && strings.HasSuffix(n.Symbol, "."+rest) })
		why = "the driver's text does not show who asks super() for " + rest
	case dotted:
		return l.ofClass(first, rest, m)
	case m.called:
		readings = l.ofFunction(m)
		why = fmt.Sprintf("no function %s in %s %s or its libraries, or no call of it in the driver's text", first, l.q.Index.Component, l.ran)
	default:
		why = "it says no module of " + m.name
	}
	return readings, why
}

// asked are the driver's own needs of a kind: they say exactly what was asked.
func (l *learner) asked(is func(api.Need) bool) (readings []reading) {
	if l.q.Driver == nil {
		return nil
	}
	seen := map[string]bool{}
	for _, n := range l.q.Driver.Needs {
		if key := keyOf(n); is(n) && !seen[key] {
			seen[key] = true
			readings = append(readings, readingOf(n.Symbol, n))
		}
	}
	return readings
}

// ofClass reads D.x and D.f(k=): of the driver's own class where it has one of that name, else of those of what ran.
func (l *learner) ofClass(class, member string, m logSymbol) (readings []reading, why string) {
	own, host := l.named(func(of *api.Module) bool {
		s := of.Names[class]
		return s != nil && s.Kind == api.Class && s.Class != nil
	})
	for _, module := range own {
		readings = append(readings, l.ofOwn(module+"."+class, member, m)...)
	}
	switch {
	case len(own) > 0:
		return readings, fmt.Sprintf("the driver's own %s.%s.%s is for another host, but it overrides nothing of this one's", own[0], class, member)
	case len(host) == 0:
		return nil, fmt.Sprintf("no class %s in %s %s, its libraries or what was read of the driver", class, l.q.Index.Component, l.ran)
	case m.called && m.call == nil:
		return nil, fmt.Sprintf("how %s.%s was called is not known", class, member)
	}
	for _, module := range host {
		readings = append(readings, ofHost(module+"."+class, member, m))
	}
	return readings, ""
}

// ofHost reads what the driver asked of a class of the host.
func ofHost(class, member string, m logSymbol) reading {
	need := api.Need{Kind: api.NeedAttribute, Symbol: class + "." + member, Class: class}
	switch {
	case m.called && member == "__init__":
		need = api.Need{Kind: api.NeedCall, Symbol: class, Call: m.without()}
	case m.called:
		need.Kind, need.Call = api.NeedMethod, m.without()
	}
	return readingOf(class+"."+member+m.argument(), need)
}

// ofOwn reads what the host asked of a class of the driver: an attribute that a release's base classes may have, or a method that a release's calls may fit.
func (l *learner) ofOwn(class, member string, m logSymbol) []reading {
	if !m.called {
		return []reading{readingOf(class+"."+member, api.Need{Kind: api.NeedAttribute, Symbol: class + "." + member, Class: class})}
	}
	return l.asked(func(n api.Need) bool {
		return n.Kind == api.NeedOverride && n.Class == class && strings.HasSuffix(n.Symbol, "."+member)
	})
}

// ofFunction reads f(k=): by the driver's own calls of a function of that name, else as every function of that name in what ran. Before Python 3.10 a method is named so too: there may be one of the driver's.
func (l *learner) ofFunction(m logSymbol) (readings []reading) {
	readings = l.asked(func(n api.Need) bool {
		return n.Kind == api.NeedCall && n.Symbol[strings.LastIndexByte(n.Symbol, '.')+1:] == m.name && (m.key == "" || n.Call != nil && slices.Contains(n.Call.Keywords, m.key))
	})
	if m.call == nil {
		return readings
	}
	symbols := symbolsOf(readings)
	if len(symbols) == 0 {
		_, host := l.named(func(of *api.Module) bool { s := of.Names[m.name]; return s != nil && s.Kind == api.Function })
		for _, module := range host {
			symbols = append(symbols, module+"."+m.name)
		}
	}
	if len(symbols) == 0 {
		return l.asked(func(n api.Need) bool { return n.Kind == api.NeedOverride && strings.HasSuffix(n.Symbol, "."+m.name) })
	}
	readings = nil
	for _, name := range symbols {
		readings = append(readings, readingOf(name+m.argument(), api.Need{Kind: api.NeedCall, Symbol: name, Call: m.call}))
	}
	return readings
}

func symbolsOf(readings []reading) (symbols []string) {
	for _, r := range readings {
		if !slices.Contains(symbols, r.symbol) {
			symbols = append(symbols, r.symbol)
		}
	}
	return symbols
}

// named lists the modules for which is holds, but for tests: the driver's, and those of what ran that none of the driver's replaces.
func (l *learner) named(is func(*api.Module) bool) (own, host []string) {
	if l.q.Driver != nil {
		own = modulesThat(l.q.Driver.Modules, is)
	}
	if l.running == nil {
		return own, nil
	}
	for _, r := range append([]*api.Release{l.running.Release}, l.running.Libraries...) {
		host = append(host, modulesThat(r.Modules, is)...)
	}
	if l.q.Driver != nil {
		host = slices.DeleteFunc(host, func(name string) bool { return l.q.Driver.Modules[name] != nil })
	}
	return own, host
}

func modulesThat(modules map[string]*api.Module, is func(*api.Module) bool) (names []string) {
	for name, m := range modules {
		if is(m) && !slices.Contains(strings.Split(name, "."), "tests") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
