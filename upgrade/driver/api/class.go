package api

import (
	"maps"
	"slices"
)

// MaxBases bounds the classes that one inherits from; the rest cannot be told.
const MaxBases = 256

// class is one class of a linearisation.
type class struct {
	name string
	body *ClassBody // nil: a base that cannot be told
	own  bool       // the driver's
}

// lineage names a linearisation: bodies that say the same may be one.
type lineage struct {
	name string
	body *ClassBody
}

// order is the class's method resolution order without object. Where the bases contradict each other, or go in a circle, it ends with one that cannot be told.
func (l *lookup) order(c class) []class {
	key := lineage{c.name, c.body}
	order, state := l.orders.get(l.memory, key)
	if state == open {
		order = l.orders.find(l.memory, key, func() []class { return l.linearise(c) })
	}
	if order == nil { // in a circle
		return []class{c, {name: "?"}}
	}
	return order
}

func (l *lookup) linearise(c class) []class {
	cannot := []class{c, {name: "?"}}
	if len(c.body.Bases) > MaxBases {
		return cannot
	}
	var parents []class
	var lines [][]class
	for _, base := range c.body.Bases {
		if bases := l.base(base); len(bases) > 0 {
			parents, lines = append(parents, bases[0]), append(lines, bases)
		}
	}
	merged, ok := merge(append(lines, parents))
	if !ok || len(merged) >= MaxBases {
		return cannot
	}
	return append([]class{c}, merged...)
}

// transparent are the bases that add no name which a driver would ask for.
var transparent = []string{"object", "builtins.object", "abc.ABC"}

// base is the linearisation of a base; none for one that adds nothing.
func (l *lookup) base(name string) []class {
	if slices.Contains(transparent, name) {
		return nil
	}
	o := l.resolve(name)
	if o.kind != aClass {
		return []class{{name: "?" + name}}
	}
	if l.depth >= MaxChain {
		l.lowest = 0
		return []class{{name: "?" + name}}
	}
	return l.order(o.class())
}

func (o object) class() class { return class{o.name(), o.symbol.Class, o.own} }

// merge is the C3 merge (Python, "The Python 2.3 Method Resolution Order"): again and again the first head that is in no line's tail.
func merge(lines [][]class) (merged []class, ok bool) {
	tails := map[string]int{} // in how many a class is
	for _, line := range lines {
		for _, c := range line[min(1, len(line)):] {
			tails[c.name]++
		}
	}
	for {
		lines = slices.DeleteFunc(lines, func(line []class) bool { return len(line) == 0 })
		if len(lines) == 0 {
			return merged, true
		}
		at := slices.IndexFunc(lines, func(line []class) bool { return tails[line[0].name] == 0 })
		if at < 0 || len(merged) >= MaxBases {
			return nil, false
		}
		head := lines[at][0]
		merged = append(merged, head)
		for i, line := range lines {
			if line[0].name != head.name {
				continue
			}
			if lines[i] = line[1:]; len(line) > 1 {
				tails[line[1].name]--
			}
		}
	}
}

// found is a member of a class.
type found struct {
	symbol *Symbol // nil: not found
	in     class
	sure   bool // not found: there is none. Found: nothing that cannot be told stands before it or covers it
}

// find looks a name up along a linearisation. Attributes that methods assign to self are there for an instance alone, and cover what classes have.
func find(order []class, name string, instance bool) found {
	f := found{sure: true}
	for _, c := range order {
		if c.body == nil {
			f.sure = f.sure && f.symbol != nil
			continue
		}
		if c.body.Dynamic && f.symbol == nil {
			f.sure = false
		}
		s := c.body.Members[name]
		switch {
		case s == nil:
		case s.Instance && !instance:
		case f.symbol == nil:
			f.symbol, f.in = s, c
		case s.Instance:
			f.sure = false
		}
	}
	return f
}

// met is the object that a member of the class of stands for, and what it is given when it is called through an instance.
func (l *lookup) met(f found, of, part string, instance bool) object {
	switch {
	case f.symbol == nil && !f.sure:
		return object{}
	case f.symbol == nil && slices.Contains(objectAttributes, part):
		return object{kind: opaque}
	case f.symbol == nil:
		return object{kind: missing, at: of, part: part}
	}
	o := l.bound(f.symbol, f.in.name, part, f.in.own)
	o.doubt = !f.sure
	if o.kind != function || o.symbol.Sig == nil || f.symbol.Instance {
		return o
	}
	switch o.symbol.Sig.Binding {
	case Property:
		return object{kind: opaque}
	case ClassWay:
		o.given = 1
	case Plain:
		if instance {
			o.given = 1
		}
	}
	return o
}

// objectAttributes are what object and type give every class (Python reference, "Special attributes").
var objectAttributes = []string{
	"__bases__", "__class__", "__delattr__", "__dict__", "__dir__", "__doc__", "__eq__", "__format__", "__ge__", "__getattribute__", "__gt__", "__hash__", "__init__", "__init_subclass__", "__le__", "__lt__",
	"__module__", "__mro__", "__name__", "__ne__", "__new__", "__qualname__", "__reduce__", "__reduce_ex__", "__repr__", "__setattr__", "__sizeof__", "__str__", "__subclasses__", "__subclasshook__", "__weakref__", "mro",
}

// heirsOf are the driver's classes that are the class of that name or inherit from it, by name.
func (l *lookup) heirsOf(name string) []class {
	heirs, state := l.heirs.get(l.memory, "")
	if state == open {
		heirs = l.heirs.find(l.memory, "", l.gatherHeirs)
	}
	return heirs[name]
}

func (l *lookup) gatherHeirs() map[string][]class {
	heirs := map[string][]class{}
	if l.view.Driver == nil {
		return heirs
	}
	modules := l.view.Driver.Modules
	for _, m := range slices.Sorted(maps.Keys(modules)) {
		for _, name := range slices.Sorted(maps.Keys(modules[m].Names)) {
			s := modules[m].Names[name]
			if s.Kind != Class || s.Class == nil {
				continue
			}
			c := class{m + "." + name, s.Class, true}
			for _, above := range l.order(c) {
				if above.own {
					heirs[above.name] = append(heirs[above.name], c)
				}
			}
		}
	}
	return heirs
}
