package api

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// encoder makes the pools. It goes over the Index twice, as strings are numbered in their order.
type encoder struct {
	texts  map[string]int // numbers; -1 each while they are gathered
	sorted []string

	signatures, symbols, modules pool
	bySymbol                     map[*Symbol]int
	byModule                     map[*Module]int
	releases                     writer
	nesting                      int
	err                          error
}

// pool is entries by their content, in the order in which they came.
type pool struct {
	numbers map[string]int
	entries []string
}

func (p *pool) add(entry []byte) int {
	n, there := p.numbers[string(entry)]
	if !there {
		if p.numbers == nil {
			p.numbers = map[string]int{}
		}
		n = len(p.entries)
		p.entries = append(p.entries, string(entry))
		p.numbers[p.entries[n]] = n
	}
	return n
}

func (e *encoder) fail(format string, args ...any) {
	if e.err == nil {
		e.err = &FormatError{Reason: fmt.Sprintf(format, args...)}
	}
}

func (e *encoder) sortTexts() {
	e.sorted = slices.Sorted(maps.Keys(e.texts))
	for i, s := range e.sorted {
		e.texts[s] = i
	}
}

func (e *encoder) text(s string) int {
	n, there := e.texts[s]
	if !there {
		n = -1
		e.texts[s] = n
	}
	return max(n, 0)
}

func (e *encoder) index(ix *Index) {
	e.signatures, e.symbols, e.modules = pool{}, pool{}, pool{}
	e.bySymbol, e.byModule = map[*Symbol]int{}, map[*Module]int{}
	lists := [][]*Release{ix.Releases}
	libraries := slices.Sorted(maps.Keys(ix.Libraries))
	for _, name := range libraries {
		lists = append(lists, ix.Libraries[name])
	}
	for _, list := range lists {
		e.versionsOfModules(list)
	}
	e.releases = nil
	e.name(ix.Component)
	e.list(ix.Component, ix.Releases)
	e.releases.length(len(libraries), ix.Libraries == nil)
	for i, name := range libraries {
		e.name(name)
		e.list(name, lists[i+1])
	}
}

// versionsOfModules puts the versions of each module one after the other into the pool, where they compress well.
func (e *encoder) versionsOfModules(list []*Release) {
	names := map[string]bool{}
	for _, r := range list {
		for name := range r.Modules {
			names[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		for _, r := range list {
			if m, there := r.Modules[name]; there {
				e.module(m)
			}
		}
	}
}

func (e *encoder) name(name pep508.Name) {
	if n, err := pep508.ParseName(string(name)); err != nil || n != name {
		e.fail("%q is no normalised name", string(name))
	}
	e.releases.count(e.text(string(name)))
}

func (e *encoder) list(name pep508.Name, list []*Release) {
	e.releases.length(len(list), list == nil)
	var above map[string]*Module
	for i, r := range list {
		switch {
		case r.Distribution != name:
			e.fail("%s %s is among the releases of %s", r.Distribution, r.Version, name)
		case i > 0 && list[i-1].Version.Compare(r.Version) >= 0:
			e.fail("%s %s comes after %s", name, r.Version, list[i-1].Version)
		}
		e.release(r, above)
		above = r.Modules
	}
}

func (e *encoder) release(r *Release, above map[string]*Module) {
	w := &e.releases
	w.count(e.version(r.Version))
	w.count(e.text(r.Series))
	w.count(e.text(r.RequiresPython))
	e.strings(w, r.Requires)
	keyed(e, w, r.EntryPoints, func(group map[string]string) {
		keyed(e, w, group, func(reference string) { w.count(e.text(reference)) })
	})
	e.changes(above, r.Modules)
	keyed(e, w, r.Libraries, func(v pep440.Version) { w.count(e.version(v)) })
}

func (e *encoder) version(v pep440.Version) int { return e.text(v.Original()) }

// changes writes a release's modules as what differs from the release before: who went, and who came or is another.
func (e *encoder) changes(above, modules map[string]*Module) {
	w := &e.releases
	*w = append(*w, bit(1, modules == nil))
	if modules == nil {
		return
	}
	gone := map[string]*Module{}
	for name := range above {
		if modules[name] == nil {
			gone[name] = nil
		}
	}
	keyed(e, w, gone, func(*Module) {})
	set := map[string]*Module{}
	for name, m := range modules {
		if before := above[name]; before == nil || e.module(before) != e.module(m) {
			set[name] = m
		}
	}
	last := 0
	keyed(e, w, set, func(m *Module) {
		n := e.module(m)
		w.signed(n - last)
		last = n
	})
}

// keyed writes a map in the order of its keys, which are numbered in that order too.
func keyed[K ~string, V any](e *encoder, w *writer, m map[K]V, value func(V)) {
	w.length(len(m), m == nil)
	last := 0
	for _, k := range slices.SortedFunc(maps.Keys(m), func(a, b K) int { return strings.Compare(string(a), string(b)) }) {
		n := e.text(string(k))
		w.count(max(n-last, 0))
		last = n
		value(m[k])
	}
}

func (e *encoder) strings(w *writer, list []string) {
	w.length(len(list), list == nil)
	for _, s := range list {
		w.count(e.text(s))
	}
}

func (e *encoder) module(m *Module) int {
	if n, done := e.byModule[m]; done {
		return n
	}
	if m == nil {
		e.fail("a name has no module")
		return 0
	}
	var w writer
	w = append(w, bit(dynamicBit, m.Dynamic)|bit(packageBit, m.Package))
	e.members(&w, m.Names)
	e.strings(&w, m.Stars)
	e.strings(&w, m.All)
	e.strings(&w, m.Registered)
	w.length(len(m.Options), m.Options == nil)
	for _, o := range m.Options {
		w.count(e.text(o.Name), e.text(o.Group), e.text(o.Shape))
	}
	w.length(len(m.Calls), m.Calls == nil)
	for _, c := range m.Calls {
		w.count(e.text(c.Method))
		w.signed(c.Line)
		w.signed(c.Call.Positional)
		e.strings(&w, c.Call.Keywords)
		w = append(w, bit(starBit, c.Call.Star)|bit(starStarBit, c.Call.StarStar))
	}
	e.byModule[m] = e.modules.add(w)
	return e.byModule[m]
}

func (e *encoder) members(w *writer, members map[string]*Symbol) {
	keyed(e, w, members, func(s *Symbol) {
		if s == nil {
			e.fail("a name has no symbol")
			return
		}
		w.count(e.symbol(s))
	})
}

func (e *encoder) symbol(s *Symbol) int {
	if n, done := e.bySymbol[s]; done {
		return n
	}
	if s.Kind > Alias {
		e.fail("symbol of kind %d", s.Kind)
	}
	var w writer
	w = append(w, byte(s.Kind)|bit(instanceBit, s.Instance)|bit(sigBit, s.Sig != nil)|bit(classBit, s.Class != nil)|bit(targetBit, s.Target != ""))
	if s.Sig != nil {
		w.count(e.signature(s.Sig))
	}
	if s.Class != nil {
		e.class(&w, s.Class)
	}
	if s.Target != "" {
		w.count(e.text(s.Target))
	}
	e.bySymbol[s] = e.symbols.add(w)
	return e.bySymbol[s]
}

func (e *encoder) class(w *writer, c *ClassBody) {
	if e.nesting++; e.nesting > MaxNesting {
		e.fail("classes nest deeper than MaxNesting")
	} else {
		*w = append(*w, bit(dynamicBit, c.Dynamic))
		e.strings(w, c.Bases)
		e.strings(w, c.Abstract)
		e.members(w, c.Members)
	}
	e.nesting--
}

func (e *encoder) signature(s *Signature) int {
	var w writer
	if s.Binding > Property {
		e.fail("binding %d", s.Binding)
	}
	w = append(w, byte(s.Binding))
	w.length(len(s.Params), s.Params == nil)
	for _, p := range s.Params {
		if p.Kind > VarKeyword {
			e.fail("parameter of kind %d", p.Kind)
		}
		w.count(e.text(p.Name))
		w = append(w, byte(p.Kind)|bit(defaultBit, p.Default))
	}
	return e.signatures.add(w)
}
