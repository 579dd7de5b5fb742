package resolve

import (
	"iter"
	"math/bits"
	"slices"
)

// versionSet is a set of a project's releases, by their place in its list, oldest first: a bit set, so that the solver's algebra is a few machine
// instructions. Inverted, the bits are what is not in it. The zero value is empty. That of a project of up to 128 releases takes no memory of its own.
type versionSet struct {
	low      [lowWords]uint64
	high     *[]uint64 // bits from 64*lowWords on; never changed, no zero at its end; nil where there would be none
	inverted bool
}

const lowWords = 2

func oneOf(i int) versionSet { return versionSet{}.with(i) }

// anything is the set of all there is.
func anything() versionSet { return versionSet{inverted: true} }

// words is the number of words that hold a bit, or are low.
func (s versionSet) words() int {
	if s.high == nil {
		return lowWords
	}
	return lowWords + len(*s.high)
}

// word is the bits from 64*w on.
func (s versionSet) word(w int) uint64 {
	switch {
	case w < lowWords:
		return s.low[w]
	case s.high != nil && w-lowWords < len(*s.high):
		return (*s.high)[w-lowWords]
	}
	return 0
}

// setHigh takes over the words from lowWords on.
func (s *versionSet) setHigh(words []uint64) {
	for len(words) > 0 && words[len(words)-1] == 0 {
		words = words[:len(words)-1]
	}
	s.high = nil
	if len(words) > 0 {
		high := words // words itself would be on the heap in any case
		s.high = &high
	}
}

// with is s and i; s is not inverted.
func (s versionSet) with(i int) versionSet {
	w := i / 64
	if w < lowWords {
		s.low[w] |= 1 << (i % 64)
		return s
	}
	high := make([]uint64, max(s.words(), w+1)-lowWords)
	if s.high != nil {
		copy(high, *s.high)
	}
	high[w-lowWords] |= 1 << (i % 64)
	s.high = &high
	return s
}

// without is s but i; s is not inverted.
func (s versionSet) without(i int) versionSet { return s.minus(oneOf(i)) }

// put puts place i in: for a set in the making, of places below n; sealed is what comes of it.
func (s *versionSet) put(n, i int) { s.add(n, i, i+1) }

// add puts the places from from to before to in, as put does.
func (s *versionSet) add(n, from, to int) {
	for w := range s.low {
		s.low[w] |= span(from-64*w, to-64*w)
	}
	if to <= 64*lowWords {
		return
	}
	if s.high == nil {
		high := make([]uint64, (n-1)/64+1-lowWords)
		s.high = &high
	}
	for w := max(from/64, lowWords); w <= (to-1)/64; w++ {
		(*s.high)[w-lowWords] |= span(from-64*w, to-64*w)
	}
}

func (s versionSet) sealed() versionSet {
	if s.high != nil {
		s.setHigh(*s.high)
	}
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
		for w := range s.words() {
			for bitset := s.word(w); bitset != 0; bitset &= bitset - 1 {
				if !yield(64*w + bits.TrailingZeros64(bitset)) {
					return
				}
			}
		}
	}
}

func (s versionSet) newest() iter.Seq[int] {
	return func(yield func(int) bool) {
		for w := s.words() - 1; w >= 0; w-- {
			for bitset := s.word(w); bitset != 0; {
				top := 63 - bits.LeadingZeros64(bitset)
				if !yield(64*w + top) {
					return
				}
				bitset &^= 1 << top
			}
		}
	}
}

// oldestIn is the least member of s, which is not inverted, that is in t too; -1 where there is none. newestIn is the greatest.
func (s versionSet) oldestIn(t versionSet) int {
	for w := range s.words() {
		if in := common(s.word(w), t.word(w), t.inverted); in != 0 {
			return 64*w + bits.TrailingZeros64(in)
		}
	}
	return -1
}

func (s versionSet) newestIn(t versionSet) int {
	for w := s.words() - 1; w >= 0; w-- {
		if in := common(s.word(w), t.word(w), t.inverted); in != 0 {
			return 64*w + 63 - bits.LeadingZeros64(in)
		}
	}
	return -1
}

func (s versionSet) has(i int) bool { return (s.word(i/64)>>(i%64)&1 == 1) != s.inverted }

// count is the number of members of a set that is not inverted.
func (s versionSet) count() int {
	n := 0
	for w := range s.words() {
		n += bits.OnesCount64(s.word(w))
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
	r := versionSet{}
	for w := range r.low {
		r.low[w] = s.low[w] & t.low[w]
	}
	if s.high != nil && t.high != nil {
		high := slices.Clone((*s.high)[:min(len(*s.high), len(*t.high))])
		for i := range high {
			high[i] &= (*t.high)[i]
		}
		r.setHigh(high)
	}
	return r
}

func (s versionSet) Union(t versionSet) versionSet {
	return s.Complement().Intersect(t.Complement()).Complement()
}

// join ors the bits of two inverted sets.
func (s versionSet) join(t versionSet) versionSet {
	if s.words() < t.words() {
		s, t = t, s
	}
	for w := range s.low {
		s.low[w] |= t.low[w]
	}
	if t.high != nil {
		high := slices.Clone(*s.high)
		for i, w := range *t.high {
			high[i] |= w
		}
		s.high = &high
	}
	return s
}

// minus is the bits of s without those of t.
func (s versionSet) minus(t versionSet) versionSet {
	r := versionSet{high: s.high}
	for w := range r.low {
		r.low[w] = s.low[w] &^ t.low[w]
	}
	if s.high != nil && t.high != nil {
		high := slices.Clone(*s.high)
		for i := range min(len(high), len(*t.high)) {
			high[i] &^= (*t.high)[i]
		}
		r.setHigh(high)
	}
	return r
}

func (s versionSet) IsEmpty() bool {
	return !s.inverted && s.low == [lowWords]uint64{} && s.high == nil
}

func (s versionSet) Equal(t versionSet) bool {
	if s.inverted != t.inverted || s.low != t.low || s.words() != t.words() {
		return false
	}
	return s.high == t.high || slices.Equal(*s.high, *t.high)
}

func (s versionSet) SubsetOf(t versionSet) bool { return s.Disjoint(t.Complement()) }

func (s versionSet) Disjoint(t versionSet) bool {
	if s.inverted {
		s, t = t, s
	}
	if s.inverted {
		return false // what no list holds is in both
	}
	for w := range s.low {
		if common(s.low[w], t.low[w], t.inverted) != 0 {
			return false
		}
	}
	for w := lowWords; w < s.words(); w++ {
		if common(s.word(w), t.word(w), t.inverted) != 0 {
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
