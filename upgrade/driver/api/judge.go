package api

import (
	"slices"
	"strings"
)

// judgeModule finds a module as `import a.b.c` does: by files alone.
func (l *lookup) judgeModule(name string) Verdict {
	for end := 0; end < len(name); end++ {
		if next := strings.IndexByte(name[end:], '.'); next >= 0 {
			end += next
		} else {
			end = len(name)
		}
		if _, there := l.file(name[:end]); !there {
			return l.noFile(name[:end])
		}
	}
	if name == "" {
		return Verdict{}
	}
	return Verdict{Answer: Satisfied}
}

// noFile judges a module that is not there, though the package that it is in is.
func (l *lookup) noFile(name string) Verdict {
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return Verdict{}
	}
	above, _ := l.file(name[:dot])
	if above.module != nil {
		if above.module.Dynamic {
			return Verdict{}
		}
		return Verdict{Answer: Missing, Lacks: name}
	}
	return l.inSpace(name[:dot], name[dot+1:]).exists()
}

// call judges a call of what was found.
func (l *lookup) call(o object, c *Call) Verdict {
	switch {
	case o.kind == missing:
		return o.exists()
	case c == nil:
		return o.exists()
	case o.kind == function && o.symbol.Sig == nil:
		return Verdict{Answer: Satisfied}
	case o.kind == function && o.symbol.Sig.Binding != Property:
		return takes(o, o, c)
	case o.kind == aClass:
		return l.construct(o, c)
	}
	return Verdict{}
}

// takes judges a call by what is called in the end, said by the name that is asked for.
func takes(o, asked object, c *Call) Verdict {
	lacks := o.symbol.Sig.Lacks(c, o.given)
	switch {
	case lacks == "":
		return Verdict{Answer: Satisfied}
	case o.doubt:
		return Verdict{}
	}
	return Verdict{Answer: Missing, Lacks: asked.name() + lacks}
}

// construct judges a call of a class by its __init__. A __new__ of its own may do what it likes with the arguments.
func (l *lookup) construct(o object, c *Call) Verdict {
	order := l.order(o.class())
	init := find(order, "__init__", false)
	if new := find(order, "__new__", false); o.doubt || new.symbol != nil || !init.sure {
		init.sure = false
	}
	if init.symbol == nil {
		if init.sure && !c.Star && !c.StarStar {
			return takes(object{symbol: &Symbol{Sig: &Signature{}}}, o, c)
		}
		return Verdict{}
	}
	got := l.met(init, "", "__init__", true)
	if got.kind != function {
		return Verdict{}
	}
	if got.symbol.Sig == nil {
		return Verdict{Answer: Satisfied}
	}
	if o.own && !got.own { // the driver's class has the host's
		return takes(got, got, c)
	}
	return takes(got, o, c)
}

// MaxHeirs bounds the driver's classes that are looked at for what one of them may have; where more inherit from it, what it asks of self is Unknown.
const MaxHeirs = 1000

// judgeMember judges what the driver asks of self or super(). The object may be of any of the driver's classes that inherit from the one that asks, so what one of them has will do.
func (l *lookup) judgeMember(n *Need) Verdict {
	asking := l.resolve(n.Class)
	if asking.kind != aClass {
		return Verdict{}
	}
	part := strings.TrimPrefix(n.Symbol, n.Class+".")
	if part == n.Symbol {
		part = n.Symbol[strings.LastIndexByte(n.Symbol, '.')+1:]
	}
	heirs := l.heirsOrSelf(asking)
	if len(heirs) > MaxHeirs {
		return Verdict{}
	}
	var verdict *Verdict
	for _, heir := range heirs {
		v, asked := l.memberOf(l.order(heir), asking.name(), part, n)
		switch {
		case v.Answer == Satisfied:
			return v
		case asked && (verdict == nil || v.Answer == Unknown):
			verdict = &v
		}
	}
	if verdict == nil {
		return Verdict{}
	}
	return *verdict
}

func (l *lookup) heirsOrSelf(c object) []class {
	if heirs := l.heirsOf(c.name()); len(heirs) > 0 {
		return heirs
	}
	return []class{c.class()}
}

// memberOf judges what is asked of an object whose class has the given order. Where none of its classes is the host's, the host is not asked.
func (l *lookup) memberOf(order []class, asking, part string, n *Need) (v Verdict, asked bool) {
	if n.Super {
		order = after(order, asking)
	}
	if !slices.ContainsFunc(order, func(c class) bool { return !c.own }) {
		return Verdict{}, false
	}
	first, rest, more := strings.Cut(part, ".")
	o := l.met(find(order, first, !n.Super), "", first, true)
	if o.kind == missing && o.at == "" {
		o.at = l.mainBase(order)
	}
	for more && o.kind != missing {
		first, rest, more = strings.Cut(rest, ".")
		o = l.below(o, first)
	}
	if n.Kind == NeedMethod {
		return l.call(o, n.Call), true
	}
	return o.exists(), true
}

func after(order []class, name string) []class {
	return order[slices.IndexFunc(order, func(c class) bool { return c.name == name })+1:]
}

// mainBase names the class of the host that something is said to be missing from: of those that no other of them inherits from the last, as mixins stand before it.
func (l *lookup) mainBase(order []class) (name string) {
	inherited := map[string]bool{}
	for _, c := range order {
		if c.own || c.body == nil || inherited[c.name] {
			continue
		}
		name = c.name
		for _, above := range l.order(c) {
			inherited[above.name] = true
		}
	}
	return name
}
