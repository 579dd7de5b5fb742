package pubgrub

// room makes facts in lots, as there are many small ones that all stay.
type room[P Package, S Set[S]] struct {
	facts []Incompatibility[P, S]
	terms []term[S]
	lists []*Incompatibility[P, S]
}

const lot = 64

func (r *room[P, S]) incompatibility() *Incompatibility[P, S] {
	if len(r.facts) == 0 {
		r.facts = make([]Incompatibility[P, S], lot)
	}
	c := &r.facts[0]
	r.facts = r.facts[1:]
	return c
}

// few is an empty list with room for as many incompatibilities as are about most packages.
func (r *room[P, S]) few() []*Incompatibility[P, S] {
	const most = 4
	if len(r.lists) == 0 {
		r.lists = make([]*Incompatibility[P, S], most*lot)
	}
	list := r.lists[:0:most]
	r.lists = r.lists[most:]
	return list
}

// termList is an empty list with room for n terms.
func (r *room[P, S]) termList(n int) []term[S] {
	if len(r.terms) < n {
		r.terms = make([]term[S], max(n, 3*lot))
	}
	list := r.terms[:0:n]
	r.terms = r.terms[n:]
	return list
}
