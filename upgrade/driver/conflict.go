package driver

import "slices"

// maxConflictSteps bounds the search for a smallest conflict; where it is not enough, the one that was found by always taking what excludes most is given.
const maxConflictSteps = 200_000

// conflict is a smallest set of rows of which each release lacks one: a smallest set cover, for a handful of symbols over some hundred releases.
func conflict(rows []*row, releases int) []*row {
	c := &cover{open: make([]int, releases), steps: maxConflictSteps}
	for _, r := range rows {
		c.add(r)
	}
	c.by = make([][]*row, releases)
	for _, r := range c.rows {
		for i, lacks := range r.lacks {
			if lacks != "" {
				c.by[i] = append(c.by[i], r)
			}
		}
	}
	best := c.greedy()
	for size := 1; size < len(best) && c.steps > 0; size++ {
		if found := c.search(size); found != nil {
			return found
		}
	}
	return best
}

// cover searches for rows that together leave no release open.
type cover struct {
	rows  []*row
	by    [][]*row // those that exclude a release
	open  []int    // by release: how many of the rows taken exclude it
	taken []*row
	steps int
}

// add takes a row unless another excludes all that it does.
func (c *cover) add(r *row) {
	excludes := func(a, b *row) bool { // all that b does
		for i := range a.lacks {
			if b.lacks[i] != "" && a.lacks[i] == "" {
				return false
			}
		}
		return true
	}
	if slices.ContainsFunc(c.rows, func(other *row) bool { return excludes(other, r) }) {
		return
	}
	c.rows = append(slices.DeleteFunc(c.rows, func(other *row) bool { return excludes(r, other) }), r)
}

// take adds a row to those taken; -1 takes it back.
func (c *cover) take(r *row, by int) {
	for i, lacks := range r.lacks {
		if lacks != "" {
			c.open[i] += by
		}
	}
}

func (c *cover) greedy() (chosen []*row) {
	left := func(r *row) (n int) {
		for i, lacks := range r.lacks {
			if lacks != "" && c.open[i] == 0 {
				n++
			}
		}
		return n
	}
	for slices.Contains(c.open, 0) {
		most := 0
		var best *row
		for _, r := range c.rows {
			if n := left(r); n > most {
				best, most = r, n
			}
		}
		if best == nil { // a release that lacks nothing
			break
		}
		c.take(best, 1)
		chosen = append(chosen, best)
	}
	clear(c.open)
	return chosen
}

// search tries to cover what is open with at most size rows, beginning where the choice is smallest.
func (c *cover) search(size int) []*row {
	at := c.hardest()
	if at < 0 {
		return slices.Clone(c.taken)
	}
	if c.steps--; size == 0 || c.steps < 0 {
		return nil
	}
	for _, r := range c.by[at] {
		c.take(r, 1)
		c.taken = append(c.taken, r)
		found := c.search(size - 1)
		c.taken = c.taken[:len(c.taken)-1]
		c.take(r, -1)
		if found != nil {
			return found
		}
	}
	return nil
}

// hardest is the open release that the fewest rows exclude; -1 where none is open.
func (c *cover) hardest() int {
	best := -1
	for i, n := range c.open {
		if n == 0 && (best < 0 || len(c.by[i]) < len(c.by[best])) {
			best = i
		}
	}
	return best
}
