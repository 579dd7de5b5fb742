package pep440

import "sort"

// Range is an immutable set of versions: sorted, disjoint intervals of exact keys. The zero Range is empty.
// No operation allocates where its answer is one of its operands, or empty.
type Range struct {
	iv []interval // sorted; between two there is a gap
}

// interval is [lo, hi), not empty, with lo at least floor; hi "" is no upper bound.
type interval struct{ lo, hi string }

// everything is the one interval of All; nothing writes to it.
var everything = []interval{{floor, ""}}

// All is the set of all versions.
func All() Range { return Range{everything} }

// None is the set of no version.
func None() Range { return Range{} }

// Only is the set of v in every spelling; its local versions are not in it.
func Only(v Version) Range {
	key := v.Key()
	return between(key, key+firstLocal)
}

// OnlyExact is the set of v in this spelling alone, in any case (PEP 440, "Arbitrary equality").
func OnlyExact(v Version) Range { return between(v.exact, v.exact+"\x00") }

// between is [lo, hi), empty where hi is not above lo.
func between(lo, hi string) Range {
	if lo < floor {
		lo = floor
	}
	if hi != "" && hi <= lo {
		return Range{}
	}
	return Range{[]interval{{lo, hi}}}
}

// below reports whether the upper bound a is lower than the upper bound b.
func below(a, b string) bool { return a != "" && (b == "" || a < b) }

// above reports whether the upper bound hi is above lo, so that an interval from lo to hi holds something.
func above(hi, lo string) bool { return hi == "" || lo < hi }

// Contains reports whether v, in its spelling, is in the set. The zero Version is in none.
func (r Range) Contains(v Version) bool {
	if len(r.iv) > 8 {
		i := sort.Search(len(r.iv), func(i int) bool { return above(r.iv[i].hi, v.exact) })
		return i < len(r.iv) && r.iv[i].lo <= v.exact
	}
	for i := range r.iv {
		if v.exact < r.iv[i].lo {
			return false
		}
		if above(r.iv[i].hi, v.exact) {
			return true
		}
	}
	return false
}

// Spans finds the set's members in a list of n versions that is sorted by ExactKey, which key gives by place. It calls found with each run of them, in order: they are
// the places from from to before to.
func (r Range) Spans(n int, key func(place int) string, found func(from, to int)) {
	to := 0
	for _, x := range r.iv {
		from := to
		if x.lo != floor {
			from += sort.Search(n-to, func(i int) bool { return key(to+i) >= x.lo })
		}
		if to = n; x.hi != "" {
			to = from + sort.Search(n-from, func(i int) bool { return key(from+i) >= x.hi })
		}
		if from < to {
			found(from, to)
		}
	}
}

// Intersect is the set of the versions in both.
func (r Range) Intersect(t Range) Range {
	switch {
	case r.SubsetOf(t):
		return r
	case t.SubsetOf(r):
		return t
	case r.Disjoint(t):
		return Range{}
	}
	a, b := r.iv, t.iv
	out := make([]interval, 0, len(a)+len(b)-1)
	for len(a) > 0 && len(b) > 0 {
		x := interval{max(a[0].lo, b[0].lo), a[0].hi}
		if below(b[0].hi, a[0].hi) {
			x.hi = b[0].hi
			b = b[1:]
		} else {
			a = a[1:]
		}
		if above(x.hi, x.lo) {
			out = append(out, x)
		}
	}
	return Range{out}
}

// Union is the set of the versions in either.
func (r Range) Union(t Range) Range {
	switch {
	case t.SubsetOf(r):
		return r
	case r.SubsetOf(t):
		return t
	}
	a, b := r.iv, t.iv
	out := make([]interval, 0, len(a)+len(b))
	for len(a) > 0 || len(b) > 0 {
		var x interval
		if len(b) == 0 || len(a) > 0 && a[0].lo <= b[0].lo {
			x, a = a[0], a[1:]
		} else {
			x, b = b[0], b[1:]
		}
		out = appendMerged(out, x)
	}
	if len(out) == 1 && out[0] == everything[0] {
		return All()
	}
	return Range{out}
}

// appendMerged adds an interval that begins no lower than the last one of out, joining the two where they touch.
func appendMerged(out []interval, x interval) []interval {
	if len(out) == 0 {
		return append(out, x)
	}
	last := &out[len(out)-1]
	if last.hi != "" && last.hi < x.lo {
		return append(out, x)
	}
	if below(last.hi, x.hi) {
		last.hi = x.hi
	}
	return out
}

// Complement is the set of all other versions.
func (r Range) Complement() Range {
	switch {
	case r.IsEmpty():
		return All()
	case r.IsAll():
		return Range{}
	}
	out := make([]interval, 0, len(r.iv)+1)
	lo := floor
	for _, x := range r.iv {
		if lo < x.lo {
			out = append(out, interval{lo, x.lo})
		}
		lo = x.hi
	}
	if lo != "" {
		out = append(out, interval{lo, ""})
	}
	return Range{out}
}

// IsEmpty reports whether no version is in the set.
func (r Range) IsEmpty() bool { return len(r.iv) == 0 }

// IsAll reports whether every version is in the set.
func (r Range) IsAll() bool { return len(r.iv) == 1 && r.iv[0] == everything[0] }

// Equal reports whether both hold the same versions.
func (r Range) Equal(t Range) bool {
	if len(r.iv) != len(t.iv) {
		return false
	}
	if len(r.iv) == 0 || &r.iv[0] == &t.iv[0] {
		return true
	}
	for i := range r.iv {
		if r.iv[i] != t.iv[i] {
			return false
		}
	}
	return true
}

// SubsetOf reports whether every version of r is in t.
func (r Range) SubsetOf(t Range) bool {
	if len(r.iv) == 0 || t.IsAll() {
		return true
	}
	b := t.iv
	for i := range r.iv {
		x := &r.iv[i]
		for len(b) > 0 && !above(b[0].hi, x.lo) {
			b = b[1:]
		}
		if len(b) == 0 || x.lo < b[0].lo || below(b[0].hi, x.hi) {
			return false
		}
	}
	return true
}

// Disjoint reports whether no version is in both.
func (r Range) Disjoint(t Range) bool {
	a, b := r.iv, t.iv
	for len(a) > 0 && len(b) > 0 {
		switch {
		case !above(a[0].hi, b[0].lo):
			a = a[1:]
		case !above(b[0].hi, a[0].lo):
			b = b[1:]
		default:
			return false
		}
	}
	return true
}
