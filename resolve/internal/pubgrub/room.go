package pubgrub

// room makes facts in lots, as there are many small ones that all stay.
type room[P comparable, S Set[S]] struct {
	facts []Incompatibility[P, S]
	terms []term[S]
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

// termList is an empty list with room for n terms.
func (r *room[P, S]) termList(n int) []term[S] {
	if len(r.terms) < n {
		r.terms = make([]term[S], max(n, 3*lot))
	}
	list := r.terms[:0:n]
	r.terms = r.terms[n:]
	return list
}
