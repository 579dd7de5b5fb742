package api

import (
	"slices"
	"strings"
)

// MaxChain bounds how many names are followed, one from the other, to answer for one; what lies farther is Unknown.
const MaxChain = 256

// lookup resolves absolute dotted names in a View.
type lookup struct {
	view   *View
	layers map[string][]*layer // by top-level package: who has modules in it, the driver first
	spaces map[string]bool     // packages without a file of their own

	*memory
	host
}

type layer struct {
	modules map[string]*Module
	own     bool // the driver's
}

func newLookup(v *View) *lookup {
	l := &lookup{view: v, layers: map[string][]*layer{}, spaces: map[string]bool{}, memory: v.memory}
	if v.Driver != nil {
		l.lay(&layer{v.Driver.Modules, true})
	}
	if v.Release != nil {
		l.lay(&layer{v.Release.Modules, false})
	}
	for _, r := range v.Libraries {
		l.lay(&layer{r.Modules, false})
	}
	if v.memory = nil; l.memory == nil {
		l.memory = newMemory()
	}
	l.renew()
	return l
}

// lay puts a layer below those that are there.
func (l *lookup) lay(y *layer) {
	for name := range y.modules {
		top, _, _ := strings.Cut(name, ".")
		if with := l.layers[top]; len(with) == 0 || with[len(with)-1] != y {
			l.layers[top] = append(with, y)
		}
		for dot := strings.LastIndexByte(name, '.'); dot > 0; dot = strings.LastIndexByte(name[:dot], '.') {
			parent := name[:dot]
			if y.modules[parent] != nil || l.spaces[parent] {
				break
			}
			l.spaces[parent] = true
		}
	}
}

// look finds what the view has at a name.
func (l *lookup) look(name string) place {
	top, _, _ := strings.Cut(name, ".")
	for _, y := range l.layers[top] {
		if m := y.modules[name]; m != nil {
			return place{name, m, y.own, false}
		}
	}
	return place{name: name, space: l.spaces[name]}
}

// objectKind says what a name led to.
type objectKind uint8

const (
	unknown  objectKind = iota // it cannot be told whether there is anything
	missing                    // there is nothing
	circular                   // it leads to itself
	opaque                     // there is something, of which no more is known
	module                     // with or, as a namespace package, without a file
	function                   // or a method
	aClass
)

// object is what a name led to.
type object struct {
	kind   objectKind
	at     string // of a module: its name; of a function or class: that of the module or class that defines it; of missing: that of what lacks it
	part   string // its name there, "" of a module
	module *Module
	symbol *Symbol // of a function or class
	own    bool    // the driver's
	given  int     // of a function: arguments by position that it gets without being passed them, as self
	doubt  bool    // another may stand there instead
}

// name is absolute. Of missing it is that of the first part that is not there.
func (o object) name() string {
	if o.part == "" {
		return o.at
	}
	return o.at + "." + o.part
}

func (o object) exists() Verdict {
	switch o.kind {
	case unknown:
		return Verdict{}
	case missing:
		return Verdict{Answer: Missing, Lacks: o.name()}
	}
	return Verdict{Answer: Satisfied}
}

// resolve finds what an absolute dotted name leads to, part by part.
func (l *lookup) resolve(name string) object {
	o, state := l.names.get(l.memory, name)
	switch {
	case state == done:
		return o
	case state == busy:
		return object{kind: circular}
	case l.depth >= MaxChain:
		l.lowest = 0
		return object{}
	}
	return l.names.find(l.memory, name, func() object { return l.step(name) })
}

func (l *lookup) step(name string) object {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return l.top(name)
	}
	return l.below(l.resolve(name[:dot]), name[dot+1:])
}

func (l *lookup) below(above object, part string) object {
	switch above.kind {
	case missing:
		return above
	case module:
		return l.attribute(above, part)
	case aClass:
		order := l.order(above.class())
		o := l.met(find(order, part, false), above.name(), part, false)
		if above.doubt && o.kind == missing {
			return object{}
		}
		return o
	}
	return object{}
}

// top finds a top-level module. What is in no part of the view is another distribution's affair.
func (l *lookup) top(name string) object {
	if o, there := l.file(name); there {
		return o
	}
	return object{}
}

// file finds a module by its name alone, as the import system does.
func (l *lookup) file(name string) (object, bool) {
	p := l.place(name)
	return object{kind: module, at: name, module: p.module, own: p.own}, p.module != nil || p.space
}

// attribute finds a name in a module: what its file binds, else a submodule, else what stars bring.
func (l *lookup) attribute(of object, part string) object {
	if of.module == nil {
		return l.inSpace(of.at, part)
	}
	o := object{kind: missing, at: of.at, part: part}
	name := of.at + "." + part
	if s := of.module.Names[part]; s != nil && s.Kind == Alias && s.Target == name {
		o.kind = circular
	} else if s != nil {
		if o = l.bound(s, of.at, part, of.own); o.kind != missing && o.kind != circular {
			return o
		}
	}
	if sub, there := l.file(name); there { // as where a package says: from . import part
		return sub
	}
	if o.kind == circular {
		return o
	}
	if found := l.starred(of, part, &[]string{of.at}); found.kind != missing {
		return found
	}
	switch {
	case of.module.Dynamic:
		return object{}
	case slices.Contains(moduleAttributes, part):
		return object{kind: opaque}
	}
	return o
}

// moduleAttributes are what the import system and the language give every module (Python reference, "Module objects").
var moduleAttributes = []string{"__name__", "__doc__", "__file__", "__path__", "__package__", "__spec__", "__loader__", "__cached__", "__builtins__", "__dict__", "__class__", "__annotations__"}

// inSpace finds a submodule of a package without a file. Any distribution may add to such a package, unless it lies in one that has a file (PEP 420, "Dynamic path computation").
func (l *lookup) inSpace(space, part string) object {
	if o, there := l.file(space + "." + part); there {
		return o
	}
	top, _, _ := strings.Cut(space, ".")
	if l.place(top).module == nil {
		return object{}
	}
	return object{kind: missing, at: space, part: part}
}

// starred finds a name among those that `from x import *` brings into a module: those of x's __all__, or without one its public names. A file that stars bring round to itself adds nothing.
func (l *lookup) starred(of object, part string, seen *[]string) object {
	answer := object{kind: missing}
	if len(*seen) > MaxChain {
		return object{}
	}
	for _, star := range slices.Backward(of.module.Stars) {
		if slices.Contains(*seen, star) {
			continue
		}
		*seen = append(*seen, star)
		from, there := l.file(star)
		if !there || from.module == nil {
			answer = object{}
			continue
		}
		if o := l.exported(from, part, seen); o.kind > missing {
			return o
		} else if o.kind == unknown {
			answer = o
		}
	}
	return answer
}

func (l *lookup) exported(from object, part string, seen *[]string) object {
	listed := slices.Contains(from.module.All, part)
	hidden := from.module.All != nil && !listed || from.module.All == nil && strings.HasPrefix(part, "_")
	if hidden && !from.module.Dynamic {
		return object{kind: missing}
	}
	if hidden {
		return object{}
	}
	if s := from.module.Names[part]; s != nil {
		return l.bound(s, from.at, part, from.own)
	}
	if sub, there := l.file(from.at + "." + part); there {
		return sub
	}
	o := l.starred(from, part, seen)
	if o.kind == missing && (from.module.Dynamic || listed) {
		return object{}
	}
	return o
}

// bound is what a symbol of a module or class stands for.
//
// What a file of a release or library imports is there, even if it cannot be found: they were published with it. Only the driver's own imports may fail.
func (l *lookup) bound(s *Symbol, at, part string, own bool) object {
	switch s.Kind {
	case Function:
		return object{kind: function, at: at, part: part, symbol: s, own: own}
	case Class:
		if s.Class == nil {
			return object{kind: opaque}
		}
		return object{kind: aClass, at: at, part: part, symbol: s, own: own}
	case Alias:
		o := l.resolve(s.Target)
		if o.kind > missing || o.kind == missing && own {
			return o
		}
	}
	return object{kind: opaque}
}
