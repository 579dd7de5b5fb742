package api

import "github.com/chandlery-go/chandlery/resolve/pep508"

// Answer is a judgement on one need.
type Answer uint8

const (
	Unknown Answer = iota
	Satisfied
	Missing
)

// View is what a driver would find in one release: the release itself, the libraries of its series, and the driver's own modules, which lie on top.
//
// A View remembers what it has looked up, so its fields stay as they are from the first Judge on, and it is for one goroutine at a time. Views of one Index may be used beside each other.
type View struct {
	Release   *Release
	Libraries []*Release
	Driver    *Driver // nil: the release alone

	index  *Index // that the release is of; nil: no other release is known
	lookup *lookup
	memory *memory // of the view before
}

// Verdict is the judgement on one need with its reason.
type Verdict struct {
	Answer Answer

	// Lacks is, of Missing, the first thing of the chain that is not there, as a symbol. Of a call it is the argument:
	//
	//	cinder.volume.utils                                      a module, though more was asked below it
	//	cinder.volume.volume_utils.upload_volume(volume_fd=)     takes no such keyword
	//	cinder.utils.execute(3 by position)                      takes fewer
	//	cinder.utils.execute(without cmd)                        asks for one that the call does not give
	//	cinder.utils.execute(cmd= twice)                         gets it by position too
	//
	// Of an override it is the driver's method with what the host gives it. Of an option it is the name, with its group where told: [spdk] spdk_rpc_port. Of a distribution it is its name.
	Lacks string

	// Of NeedDistribution.
	Distribution pep508.Name // that has the module
	Supply       Supply
	Requirement  string // the Requires-Dist that names it, as written: of Required and ByExtra
}

// Supply says how an environment of the release comes by a distribution.
type Supply uint8

const (
	NoSupply   Supply = iota // not at all: an SDK that has to be added, or what only other releases require
	Required                 // the release or one of its libraries requires it
	WithDriver               // the driver's own metadata require it, or it is the driver's own module
	ByExtra                  // the release names it under an extra: an SDK that has to be added
)

// Judge says whether the view has what n asks for. It never fails: what cannot be told is Unknown.
//
// A distribution and an option that no release of the Index has ever had are Unknown: they come from elsewhere, so they are no evidence about a release. A View that Index.View did not make knows its own release alone.
func (v *View) Judge(n *Need) Verdict {
	l := v.open()
	switch n.Kind {
	case NeedOverride:
		return l.judgeOverride(n)
	case NeedDistribution:
		return l.judgeDistribution(n.Symbol)
	}
	key := *n
	key.File, key.Line, key.Guarded, key.Late = "", 0, false, false
	if verdict, state := l.verdicts.get(l.memory, key); state == done {
		return verdict
	}
	return l.verdicts.find(l.memory, key, func() Verdict { return l.judge(n) })
}

// judge judges what depends on modules that are asked for by their names.
func (l *lookup) judge(n *Need) Verdict {
	switch n.Kind {
	case NeedModule:
		return l.judgeModule(n.Symbol)
	case NeedName:
		return l.resolve(n.Symbol).exists()
	case NeedCall:
		return l.call(l.resolve(n.Symbol), n.Call)
	case NeedAttribute, NeedMethod:
		return l.judgeMember(n)
	case NeedOption:
		return l.judgeOption(n)
	}
	return Verdict{}
}

func (v *View) open() *lookup {
	if v.lookup == nil {
		v.lookup = newLookup(v)
	}
	return v.lookup
}

// Next is Index.View for another release and the same driver. It takes over what v has looked up, as far as the modules are the same there: so judging many releases, one after the other, costs little more than what is different. v may still
// be used, and begins anew.
func (v *View) Next(release *Release) *View {
	next := &View{Release: release, Driver: v.Driver}
	if v.index != nil {
		next = v.index.View(release, v.Driver)
	}
	if next.memory = v.memory; v.lookup != nil {
		next.memory = v.lookup.memory
	}
	v.lookup, v.memory = nil, nil
	return next
}
