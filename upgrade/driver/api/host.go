package api

import (
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// host is what a lookup knows of the release as a whole: each part is gathered when it is first asked for.
type host struct {
	gathered bool               // the view's options
	calls    map[string][]*Call // of the host on drivers, by method
	requires map[pep508.Name]requirement
}

// judgeOverride judges the driver's method by the host's calls. The host calls more than one kind of driver, so a call counts only where the host's own declaration of the method, in a base of the driver's class, takes it.
func (l *lookup) judgeOverride(n *Need) Verdict {
	method := n.Symbol[strings.LastIndexByte(n.Symbol, '.')+1:]
	asking := l.resolve(n.Class)
	if n.Sig == nil || n.Sig.Binding == Property || asking.kind != aClass {
		return Verdict{}
	}
	declared, there := l.declared(asking, method)
	given := n.Sig.given()
	for _, c := range l.hostCalls()[method] {
		lacks := n.Sig.Lacks(c, given)
		if lacks == "" {
			continue
		}
		if !there || !l.reached(asking, method) {
			return Verdict{}
		}
		if declared.Lacks(c, declared.given()) == "" {
			return Verdict{Answer: Missing, Lacks: n.Symbol + lacks}
		}
	}
	return Verdict{Answer: Satisfied}
}

// reached reports whether the host's call of a method comes to that of this class: not where all of the driver's classes that inherit from it have their own, as then it may be called by super() alone.
func (l *lookup) reached(c object, method string) bool {
	heirs := l.heirsOrSelf(c)
	for _, heir := range heirs {
		order := l.order(heir)
		before := order[:max(0, slices.IndexFunc(order, func(above class) bool { return above.name == c.name() }))]
		if len(before) > 0 && find(before, method, false).symbol == nil {
			return true
		}
	}
	return len(heirs) == 1
}

// given counts what a method gets by position when it is called through an instance.
func (s *Signature) given() int {
	if s.Binding == Static {
		return 0
	}
	return 1
}

// declared is the host's signature of a method that the driver overrides.
func (l *lookup) declared(c object, method string) (*Signature, bool) {
	for _, heir := range l.heirsOrSelf(c) {
		for _, above := range l.order(heir) {
			if above.own || above.body == nil {
				continue
			}
			if s := above.body.Members[method]; s != nil {
				return s.Sig, s.Kind == Function && s.Sig != nil && s.Sig.Binding != Property
			}
		}
	}
	return nil, false
}

// hostCalls are the release's calls on drivers. What drivers and tests of the release's own call is no matter.
func (l *lookup) hostCalls() map[string][]*Call {
	if l.calls != nil {
		return l.calls
	}
	l.calls = map[string][]*Call{}
	if l.view.Release == nil {
		return l.calls
	}
	var callers []string
	for name, m := range l.view.Release.Modules {
		if len(m.Calls) > 0 && isHost(name) && !l.look(name).own {
			callers = append(callers, name)
		}
	}
	slices.Sort(callers)
	for _, name := range callers {
		calls := l.view.Release.Modules[name].Calls
		for i := range calls {
			l.calls[calls[i].Method] = append(l.calls[calls[i].Method], &calls[i].Call)
		}
	}
	return l.calls
}

// isHost reports whether a module of the component is neither a driver nor a test.
func isHost(module string) bool {
	for part := range strings.SplitSeq(module, ".") {
		if part == "drivers" || part == "_drivers" || part == "tests" {
			return false
		}
	}
	return true
}

// judgeOption looks for the option in all modules of the view.
func (l *lookup) judgeOption(n *Need) Verdict {
	name := optionName(n.Symbol)
	l.gatherOptions()
	for _, o := range slices.Backward(l.options.byName[name]) {
		if o.group != "" && n.Group != "" && o.group != n.Group {
			continue
		}
		if l.look(o.in.name).module == o.in.module {
			l.place(o.in.name) // on which the answer depends
			return Verdict{Answer: Satisfied}
		}
	}
	l.on.set(never)
	if ix := l.view.index; ix != nil && !ix.known().options[name] {
		return Verdict{}
	}
	lacks := n.Symbol
	if n.Group != "" {
		lacks = "[" + n.Group + "] " + lacks
	}
	return Verdict{Answer: Missing, Lacks: lacks}
}

// optionName is the name by which oslo.config finds an option: its dest, in which - is _.
func optionName(s string) string {
	if strings.IndexByte(s, '-') < 0 { // as most
		return s
	}
	return strings.ReplaceAll(s, "-", "_")
}

// options are where options are registered, in any view of a memory, by optionName.
type options struct {
	byName map[string][]option
	seen   map[named]bool
}

type option struct {
	in    named
	group string // "": not told
}

type named struct {
	name   string
	module *Module
}

// gatherOptions adds those of modules that no view before had.
func (l *lookup) gatherOptions() {
	if l.gathered {
		return
	}
	l.gathered = true
	for _, with := range l.layers {
		for _, y := range with {
			l.addOptions(y.modules)
		}
	}
}

func (l *lookup) addOptions(modules map[string]*Module) {
	for name, m := range modules {
		in := named{name, m}
		if len(m.Options) == 0 || l.options.seen[in] {
			continue
		}
		l.options.seen[in] = true
		for _, o := range m.Options {
			l.options.byName[optionName(o.Name)] = append(l.options.byName[optionName(o.Name)], option{in, o.Group})
		}
	}
}
