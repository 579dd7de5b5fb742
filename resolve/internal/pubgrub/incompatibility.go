package pubgrub

// Fact is a rule of the problem: Terms are never all true, because of Cause. Terms on one package are combined.
type Fact[P Package, S Set[S]] struct {
	Terms []Term[P, S]
	Cause any
}

// Incompatibility is a fact, or what follows from two others.
type Incompatibility[P Package, S Set[S]] struct {
	Cause       any                    // of a fact
	Left, Right *Incompatibility[P, S] // what it follows from; nil for a fact

	terms []term[S]
	names *names[P]

	// The assignment that was last seen to make a term false: while it stands, the incompatibility has nothing to say.
	deadAt    int32
	deadStamp int
}

// Terms are the terms, in the order of their packages' first mention.
func (c *Incompatibility[P, S]) Terms() []Term[P, S] {
	out := make([]Term[P, S], len(c.terms))
	for i, t := range c.terms {
		out[i] = Term[P, S]{c.names.list[t.id], t.positive, t.set}
	}
	return out
}

// names numbers packages anew, in the order of their first mention.
type names[P Package] struct {
	ids  []int32 // by package; -1: not mentioned
	list []P
}

func (n *names[P]) id(p P) int32 {
	for len(n.ids) <= int(p) {
		n.ids = append(n.ids, -1)
	}
	if n.ids[p] < 0 {
		n.ids[p] = int32(len(n.list))
		n.list = append(n.list, p)
	}
	return n.ids[p]
}

// insert adds t to terms, which are sorted by package, combining it by join with a term of the same package.
func insert[S Set[S]](terms []term[S], t term[S], join func(a, b term[S]) term[S]) []term[S] {
	i := 0
	for i < len(terms) && terms[i].id < t.id {
		i++
	}
	if i < len(terms) && terms[i].id == t.id {
		terms[i] = join(terms[i], t)
		return terms
	}
	terms = append(terms, t)
	copy(terms[i+1:], terms[i:])
	terms[i] = t
	return terms
}

// trim drops the terms that always hold; ok is false where one never does, so that the whole says nothing.
func trim[S Set[S]](terms []term[S]) (_ []term[S], ok bool) {
	kept := terms[:0]
	for _, t := range terms {
		if t.never() {
			return nil, false
		}
		if !t.always() {
			kept = append(kept, t)
		}
	}
	return kept, true
}

// follow is what follows from c and d, which disagree about the package numbered id: {x, c…} and {not y, d…} give {x or not y, c… and d…}.
func follow[P Package, S Set[S]](c, d *Incompatibility[P, S], id int32) *Incompatibility[P, S] {
	terms := make([]term[S], 0, len(c.terms)+len(d.terms))
	terms = append(terms, c.terms...)
	for _, t := range d.terms {
		if t.id == id {
			terms = insert(terms, t, term[S].or)
		} else {
			terms = insert(terms, t, term[S].and)
		}
	}
	terms, _ = trim(terms)
	return &Incompatibility[P, S]{Left: c, Right: d, terms: terms, names: c.names, deadAt: -1}
}
