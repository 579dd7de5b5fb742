package resolve

import (
	"iter"
	"math/bits"
	"slices"
)

// versionSet is a set of a project's releases, by their place in its list, oldest first: a bit set, so that the solver's algebra is a few machine
// instructions. Inverted, the bits are what is not in it. The zero value is empty.
type versionSet struct {
	inverted bool
	low      uint64
	high     []uint64 // bits from 64 on; never changed, no zero at its end
}

func oneOf(i int) versionSet { return versionSet{}.with(i) }

// anything is the set of all there is.
func anything() versionSet { return versionSet{inverted: true} }

// with is s and i; s is not inverted.
func (s versionSet) with(i int) versionSet {
	if i < 64 {
		s.low |= 1 << i
		return s
	}
	high := make([]uint64, max(len(s.high), i/64))
	copy(high, s.high)
	high[i/64-1] |= 1 << (i % 64)
	s.high = high
	return s
}

// without is s but i; s is not inverted.
func (s versionSet) without(i int) versionSet { return s.minus(oneOf(i)) }

// put puts place i in: for a set in the making, of places below n; sealed is what comes of it.
func (s *versionSet) put(n, i int) {
	if i < 64 {
		s.low |= 1 << i
		return
	}
	if s.high == nil {
		s.high = make([]uint64, (n-1)/64)
	}
	s.high[i/64-1] |= 1 << (i % 64)
}

// add puts the places from from to before to in, as put does.
func (s *versionSet) add(n, from, to int) {
	if to > 64 && s.high == nil {
		s.high = make([]uint64, (n-1)/64)
	}
	s.low |= span(from, to)
	for w := range s.high {
		s.high[w] |= span(from-64*(w+1), to-64*(w+1))
	}
}

func (s versionSet) sealed() versionSet {
	s.high = trimmed(s.high)
	return s
}

// span is a word with the bits from from to before to, of which either may lie outside.
func span(from, to int) uint64 {
	from, to = max(from, 0), min(to, 64)
	if from >= to {
		return 0
	}
	return (1<<(to-from) - 1) << from
}

// oldest lists the members of a set that is not inverted, newest does so from the end.
func (s versionSet) oldest() iter.Seq[int] {
	return func(yield func(int) bool) {
		for w := -1; w < len(s.high); w++ {
			for bitset := s.word(w); bitset != 0; bitset &= bitset - 1 {
				if !yield(64*(w+1) + bits.TrailingZeros64(bitset)) {
					return
				}
			}
		}
	}
}

func (s versionSet) newest() iter.Seq[int] {
	return func(yield func(int) bool) {
		for w := len(s.high) - 1; w >= -1; w-- {
			for bitset := s.word(w); bitset != 0; {
				top := 63 - bits.LeadingZeros64(bitset)
				if !yield(64*(w+1) + top) {
					return
				}
				bitset &^= 1 << top
			}
		}
	}
}

// word is low (w is -1) or one of high.
func (s versionSet) word(w int) uint64 {
	if w < 0 {
		return s.low
	}
	return s.high[w]
}

// oldestIn is the least member of s, which is not inverted, that is in t too; -1 where there is none. newestIn is the greatest.
func (s versionSet) oldestIn(t versionSet) int {
	for w := -1; w < len(s.high); w++ {
		if in := s.wordIn(w, t); in != 0 {
			return 64*(w+1) + bits.TrailingZeros64(in)
		}
	}
	return -1
}

func (s versionSet) newestIn(t versionSet) int {
	for w := len(s.high) - 1; w >= -1; w-- {
		if in := s.wordIn(w, t); in != 0 {
			return 64*(w+1) + 63 - bits.LeadingZeros64(in)
		}
	}
	return -1
}

func (s versionSet) wordIn(w int, t versionSet) uint64 {
	var u uint64
	if w < len(t.high) {
		u = t.word(w)
	}
	return common(s.word(w), u, t.inverted)
}

func (s versionSet) has(i int) bool {
	var w uint64
	if i < 64 {
		w = s.low
	} else if n := i/64 - 1; n < len(s.high) {
		w = s.high[n]
	}
	return (w>>(i%64)&1 == 1) != s.inverted
}

// count is the number of members of a set that is not inverted.
func (s versionSet) count() int {
	n := bits.OnesCount64(s.low)
	for _, w := range s.high {
		n += bits.OnesCount64(w)
	}
	return n
}

func (s versionSet) Complement() versionSet {
	s.inverted = !s.inverted
	return s
}

func (s versionSet) Intersect(t versionSet) versionSet {
	switch {
	case s.inverted && t.inverted:
		return s.join(t)
	case s.inverted:
		return t.minus(s)
	case t.inverted:
		return s.minus(t)
	}
	r := versionSet{low: s.low & t.low}
	if n := min(len(s.high), len(t.high)); n > 0 {
		high := make([]uint64, n)
		for i := range high {
			high[i] = s.high[i] & t.high[i]
		}
		r.high = trimmed(high)
	}
	return r
}

func (s versionSet) Union(t versionSet) versionSet {
	return s.Complement().Intersect(t.Complement()).Complement()
}

// join ors the bits of two inverted sets.
func (s versionSet) join(t versionSet) versionSet {
	if len(s.high) < len(t.high) {
		s, t = t, s
	}
	s.low |= t.low
	if len(t.high) > 0 {
		s.high = slices.Clone(s.high)
		for i, w := range t.high {
			s.high[i] |= w
		}
	}
	return s
}

// minus is the bits of s without those of t.
func (s versionSet) minus(t versionSet) versionSet {
	r := versionSet{low: s.low &^ t.low, high: s.high}
	if min(len(s.high), len(t.high)) > 0 {
		high := slices.Clone(s.high)
		for i := range min(len(high), len(t.high)) {
			high[i] &^= t.high[i]
		}
		r.high = trimmed(high)
	}
	return r
}

func trimmed(words []uint64) []uint64 {
	for len(words) > 0 && words[len(words)-1] == 0 {
		words = words[:len(words)-1]
	}
	return words
}

func (s versionSet) IsEmpty() bool { return !s.inverted && s.low == 0 && len(s.high) == 0 }

func (s versionSet) Equal(t versionSet) bool {
	return s.inverted == t.inverted && s.low == t.low && slices.Equal(s.high, t.high)
}

func (s versionSet) SubsetOf(t versionSet) bool { return s.Disjoint(t.Complement()) }

func (s versionSet) Disjoint(t versionSet) bool {
	if s.inverted {
		s, t = t, s
	}
	if s.inverted {
		return false // what no list holds is in both
	}
	if common(s.low, t.low, t.inverted) != 0 {
		return false
	}
	for i, w := range s.high {
		var u uint64
		if i < len(t.high) {
			u = t.high[i]
		}
		if common(w, u, t.inverted) != 0 {
			return false
		}
	}
	return true
}

// common is the bits of w that are also in the set whose word is u.
func common(w, u uint64, inverted bool) uint64 {
	if inverted {
		return w &^ u
	}
	return w & u
}
