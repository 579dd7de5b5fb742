package inflate

import "math/bits"

const (
	maxBits   = 15 // of a code
	firstBits = 10 // that a table looks at first
	firstMask = 1<<firstBits - 1
)

// A code is an entry of a table: what the next bits of the input mean.
//
//	bits 0-5    how many bits it takes, with the extra bits that follow it; none for a code of a second table
//	bits 6-9    how many of these come first; for a second table, how many bits it looks at
//	bits 10-13  what it is; none of these: nothing
//	bits 16-31  the byte, the base of a length or distance, or where the second table begins
type code uint32

const (
	isLiteral code = 1 << (10 + iota)
	isBase
	isEnd
	isOuter // of a second table
)

func (c code) taken() uint { return uint(c & 63) }
func (c code) first() uint { return uint(c >> 6 & 15) }
func (c code) value() int  { return int(c >> 16) }

// with is the base and what the extra bits add to it.
func (c code) with(word uint64) int { return c.value() + int(word&(1<<(c&63)-1)>>c.first()) }

// of is the code where it has n bits.
func (c code) of(n uint8) code { return c + code(n) + code(n)<<6 }

// table finds the code that the next bits are.
type table struct {
	first   [1 << firstBits]code
	second  []code
	longest [1 << firstBits]uint8 // code that begins with these bits, where that is longer
}

// build makes the table of codes of these lengths (RFC 1951, 3.2.2); meanings says what each symbol is. It reports false where they are no complete prefix code. One symbol alone with one bit is allowed, and so is none at all, as compress/flate has it.
func (t *table) build(lengths []uint8, meanings []code) bool {
	var count, next [maxBits + 1]int
	for _, n := range lengths {
		count[n]++
	}
	longest := maxBits
	for longest > 0 && count[longest] == 0 {
		longest--
	}
	sum := 0
	for n := 1; n <= longest; n++ {
		sum <<= 1
		next[n] = sum
		sum += count[n]
	}
	if longest > 0 && sum != 1<<longest && (sum != 1 || longest != 1) {
		return false
	}
	looked := min(longest, firstBits)
	clear(t.first[:1<<looked])
	if longest > firstBits {
		t.reserve(lengths, next)
	}
	for symbol, n := range lengths {
		if n == 0 {
			continue
		}
		at := bits.Reverse16(uint16(next[n])) >> (16 - n)
		next[n]++
		t.put(int(at), uint(n), meanings[symbol].of(n), 1<<looked)
	}
	for have := 1 << looked; have < len(t.first); have *= 2 {
		copy(t.first[have:], t.first[:have])
	}
	return true
}

// reserve makes the second tables: each as long as the longest code that begins with its bits needs.
func (t *table) reserve(lengths []uint8, next [maxBits + 1]int) {
	clear(t.longest[:])
	for _, n := range lengths {
		if n > 0 {
			at := bits.Reverse16(uint16(next[n])) >> (16 - n) & firstMask
			next[n]++
			t.longest[at] = max(t.longest[at], n)
		}
	}
	size := 0
	for at, n := range t.longest {
		if n > firstBits {
			t.first[at] = isOuter | code(n-firstBits)<<6 | code(size)<<16
			size += 1 << (n - firstBits)
		}
	}
	if cap(t.second) < size {
		t.second = make([]code, size)
	}
	t.second = t.second[:size]
}

// put enters a code of n bits, which in the order of the input are at, wherever the bits after it do not matter.
func (t *table) put(at int, n uint, c code, looked int) {
	if n <= firstBits {
		for ; at < looked; at += 1 << n {
			t.first[at] = c
		}
		return
	}
	outer := t.first[at&firstMask]
	part := t.second[outer.value():][:1<<outer.first()]
	for at >>= firstBits; at < len(part); at += 1 << (n - firstBits) {
		part[at] = c
	}
}

// What symbols mean (RFC 1951, 3.2.5). Those of literals and lengths from 286 on, and of distances from 30 on, are none.
var (
	literals  = literalMeanings()
	distances = distanceMeanings()
	plain     = plainMeanings()
)

func literalMeanings() []code {
	all := make([]code, 288)
	for i := range 256 {
		all[i] = isLiteral | code(i)<<16
	}
	all[256] = isEnd
	base := 3
	for i := 257; i < 285; i++ {
		extra := max(0, (i-261)/4)
		all[i] = isBase | code(extra) | code(base)<<16
		base += 1 << extra
	}
	all[285] = isBase | 258<<16
	return all
}

func distanceMeanings() []code {
	all := make([]code, 32)
	base := 1
	for i := range 30 {
		extra := max(0, (i-2)/2)
		all[i] = isBase | code(extra) | code(base)<<16
		base += 1 << extra
	}
	return all
}

// plainMeanings are those of the code of code lengths.
func plainMeanings() []code {
	all := make([]code, 19)
	for i := range all {
		all[i] = isBase | code(i)<<16
	}
	return all
}
