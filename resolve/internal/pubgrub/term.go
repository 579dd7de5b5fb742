package pubgrub

// Set is an immutable set of versions of one package. The zero value is the empty set.
type Set[S any] interface {
	Intersect(S) S
	Union(S) S
	Complement() S
	IsEmpty() bool
	SubsetOf(S) bool
	Disjoint(S) bool
	Equal(S) bool
}

// Package is the number of a package. A Source numbers them from 0 on without large gaps, as tables go by it.
type Package interface{ ~int | ~int32 }

// Term is a statement about one package: with Positive, a version in Set is selected; without, none in Set is.
type Term[P Package, S Set[S]] struct {
	Package  P
	Positive bool
	Set      S
}

// In states that the selected version of p is in set.
func In[P Package, S Set[S]](p P, set S) Term[P, S] { return Term[P, S]{p, true, set} }

// NotIn states that no version of p that is in set is selected.
func NotIn[P Package, S Set[S]](p P, set S) Term[P, S] { return Term[P, S]{p, false, set} }

// term is a Term about the package numbered id.
type term[S Set[S]] struct {
	id       int32
	positive bool
	set      S
}

func (t term[S]) negated() term[S] {
	t.positive = !t.positive
	return t
}

// always reports whether t holds in every selection.
func (t term[S]) always() bool { return !t.positive && t.set.IsEmpty() }

// never reports whether t holds in none.
func (t term[S]) never() bool { return t.positive && t.set.IsEmpty() }

// and is the term that holds where both do.
func (t term[S]) and(u term[S]) term[S] {
	switch {
	case t.positive && u.positive:
		t.set = t.set.Intersect(u.set)
	case t.positive:
		t.set = t.set.Intersect(u.set.Complement())
	case u.positive:
		t.positive, t.set = true, u.set.Intersect(t.set.Complement())
	default:
		t.set = t.set.Union(u.set)
	}
	return t
}

// or is the term that holds where either does.
func (t term[S]) or(u term[S]) term[S] { return t.negated().and(u.negated()).negated() }

// implies reports whether u holds wherever t does. "Nothing selected" makes every negative term true, so a negative term never implies a positive one.
func (t term[S]) implies(u term[S]) bool {
	switch {
	case t.positive && u.positive:
		return t.set.SubsetOf(u.set)
	case t.positive:
		return t.set.Disjoint(u.set)
	case u.positive:
		return false
	default:
		return u.set.SubsetOf(t.set)
	}
}

// excludes reports whether t and u never hold together.
func (t term[S]) excludes(u term[S]) bool {
	switch {
	case t.positive && u.positive:
		return t.set.Disjoint(u.set)
	case t.positive:
		return t.set.SubsetOf(u.set)
	case u.positive:
		return u.set.SubsetOf(t.set)
	default:
		return false
	}
}
