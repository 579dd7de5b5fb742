package resolve

import "math/bits"

// agenda is the projects of a search that are to be decided: those that the survey ranked come by rank, after them the others by name.
type agenda struct {
	ranked []*choosing // by rank
	words  []uint64    // which of them are in
	others []*choosing
}

func (a *agenda) add(c *choosing) {
	if c.rank == 0 {
		a.others = append(a.others, c)
		return
	}
	for len(a.ranked) <= c.rank {
		a.ranked = append(a.ranked, nil)
	}
	for len(a.words) <= c.rank/64 {
		a.words = append(a.words, 0)
	}
	a.ranked[c.rank] = c
	a.words[c.rank/64] |= 1 << (c.rank % 64)
}

// remove takes c out; it need not be in.
func (a *agenda) remove(c *choosing) {
	if c.rank > 0 {
		a.words[c.rank/64] &^= 1 << (c.rank % 64)
		return
	}
	for i, d := range a.others {
		if c == d {
			a.others = append(a.others[:i], a.others[i+1:]...)
			return
		}
	}
}

// first is the one to decide next, nil where there is none.
func (a *agenda) first() *choosing {
	for i, w := range a.words {
		if w != 0 {
			return a.ranked[64*i+bits.TrailingZeros64(w)]
		}
	}
	var best *choosing
	for _, c := range a.others {
		if best == nil || c.name < best.name {
			best = c
		}
	}
	return best
}
