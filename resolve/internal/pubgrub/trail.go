package pubgrub

import "sort"

// assignment is one step of the trail: a decision (cause nil), or a term that a cause forced.
type assignment[P Package, S Set[S]] struct {
	own   term[S]
	all   term[S] // what is known of the package since: own and all before
	cause *Incompatibility[P, S]
	level int32 // decisions made, this included
	place int32 // in the trail
	stamp int   // unique over the whole search
}

// trail is the partial solution.
type trail[P Package, S Set[S]] struct {
	order     []step
	history   [][]assignment[P, S] // by package
	decisions []int32              // packages, in order
	stamps    int
	room      []assignment[P, S] // for the first few about a package
}

// step names an assignment: its package and its stamp.
type step struct {
	id    int32
	stamp int
}

func (t *trail[P, S]) grow(id int32) {
	for len(t.history) <= int(id) {
		t.history = append(t.history, nil)
	}
}

// last is the latest assignment about a package, nil where there is none.
func (t *trail[P, S]) last(id int32) *assignment[P, S] {
	if h := t.history[id]; len(h) > 0 {
		return &h[len(h)-1]
	}
	return nil
}

func (t *trail[P, S]) decide(x term[S]) {
	t.decisions = append(t.decisions, x.id)
	t.assign(x, nil)
}

func (t *trail[P, S]) assign(x term[S], cause *Incompatibility[P, S]) {
	all := x
	if before := t.last(x.id); before != nil {
		all = before.all.and(x)
	}
	if t.history[x.id] == nil {
		t.history[x.id] = t.few()
	}
	t.stamps++
	t.history[x.id] = append(t.history[x.id], assignment[P, S]{x, all, cause, int32(len(t.decisions)), int32(len(t.order)), t.stamps})
	t.order = append(t.order, step{x.id, t.stamps})
}

// few is room for as many assignments as most packages get.
func (t *trail[P, S]) few() []assignment[P, S] {
	const most = 4
	if len(t.room) == 0 {
		t.room = make([]assignment[P, S], most*lot)
	}
	list := t.room[:0:most]
	t.room = t.room[most:]
	return list
}

// backTo undoes all that came after the given number of decisions.
func (t *trail[P, S]) backTo(level int32) {
	for n := len(t.order); n > 0; n-- {
		id := t.order[n-1].id
		h := t.history[id]
		if h[len(h)-1].level <= level {
			break
		}
		h[len(h)-1] = assignment[P, S]{}
		t.history[id] = h[:len(h)-1]
		t.order = t.order[:n-1]
	}
	t.decisions = t.decisions[:level]
}

// satisfier is the earliest assignment since which x is true, given also with (nil: nothing more is given).
func (t *trail[P, S]) satisfier(x term[S], with *term[S]) *assignment[P, S] {
	h := t.history[x.id]
	i := sort.Search(len(h), func(i int) bool {
		if with != nil {
			return h[i].all.and(*with).implies(x)
		}
		return h[i].all.implies(x)
	})
	return &h[i]
}
