package resolve

import (
	"iter"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// setOf is the set of the places below n for which in holds.
func setOf(n int, in func(int) bool) versionSet {
	var s versionSet
	for i := range n {
		if in(i) {
			s.put(n, i)
		}
	}
	return s.sealed()
}

// TestVersionSet compares the algebra with what it means, place by place.
func TestVersionSet(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	const places = 200
	draw := func() versionSet {
		n, density := []int{0, 3, 64, 65, 130, 190}[rng.IntN(6)], rng.IntN(4)
		s := setOf(n, func(int) bool { return rng.IntN(4) <= density })
		if rng.IntN(2) == 0 {
			s = s.Complement()
		}
		return s
	}
	for range 3000 {
		a, b := draw(), draw()
		if rng.IntN(5) == 0 {
			b = a.Intersect(b)
		}
		subset, disjoint, equal := true, true, true
		both, either := a.Intersect(b), a.Union(b)
		for i := range places { // those from 190 on stand for all that no list holds
			x, y := a.has(i), b.has(i)
			require.Equal(t, x && y, both.has(i))
			require.Equal(t, x || y, either.has(i))
			require.Equal(t, !x, a.Complement().has(i))
			subset, disjoint, equal = subset && (!x || y), disjoint && !(x && y), equal && x == y
		}
		require.Equal(t, subset, a.SubsetOf(b))
		require.Equal(t, disjoint, a.Disjoint(b))
		require.Equal(t, equal, a.Equal(b))
		require.Equal(t, both.Disjoint(both), both.IsEmpty())
		require.True(t, a.Intersect(a).Equal(a))
		require.True(t, versionSet{}.Equal(a.Intersect(a.Complement())))
		i := rng.IntN(places)
		require.True(t, oneOf(i).has(i) && oneOf(i).count() == 1)
	}
}

// TestVersionSetMembers lists sets in both directions, and builds them anew from their spans.
func TestVersionSetMembers(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		n := rng.IntN(200)
		draw := func() versionSet { return setOf(rng.IntN(200), func(int) bool { return rng.IntN(4) == 0 }) }
		var want []int
		for i := range n {
			if rng.IntN(5) > 0 {
				want = append(want, i)
			}
		}
		s := setOf(n, func(i int) bool { return slices.Contains(want, i) })
		require.Equal(t, want, slices.Collect(s.oldest()))
		require.Equal(t, len(want), s.count())
		var again versionSet
		for from, to := range spansOf(want) {
			again.add(n, from, to)
		}
		again = again.sealed()
		require.True(t, s.Equal(again), "%v", want)
		for i := range s.oldest() {
			require.Equal(t, i, want[0], "stops where it is told to")
			break
		}
		some := draw()
		for _, class := range []versionSet{some, some.Complement()} {
			both := s.Intersect(class)
			oldest, newest := -1, -1
			for i := range both.oldest() {
				newest = i
				if oldest < 0 {
					oldest = i
				}
			}
			require.Equal(t, oldest, s.oldestIn(class))
			require.Equal(t, newest, s.newestIn(class))
		}
		backward := slices.Collect(s.newest())
		slices.Reverse(backward)
		require.Equal(t, want, backward)
		if len(want) > 0 {
			i := want[rng.IntN(len(want))]
			require.False(t, s.without(i).has(i))
			require.True(t, s.without(i).with(i).Equal(s))
		}
	}
}

// spansOf joins neighbours.
func spansOf(places []int) iter.Seq2[int, int] {
	return func(yield func(int, int) bool) {
		for i := 0; i < len(places); {
			from := places[i]
			to := from
			for ; i < len(places) && places[i] == to; i++ {
				to++
			}
			if !yield(from, to) {
				return
			}
		}
	}
}

func TestAgenda(t *testing.T) {
	ranked := func(rank int) *choosing { return &choosing{project: &project{rank: rank}} }
	other := func(name string) *choosing { return &choosing{project: &project{name: pep508.Name(name)}} }
	a, b, c, d, e := ranked(3), ranked(200), ranked(64), other("x"), other("w")
	var list agenda
	assert.Nil(t, list.first())
	for _, p := range []*choosing{d, b, e, a, c} {
		list.add(p)
	}
	for _, want := range []*choosing{a, c, b, e, d} {
		require.Same(t, want, list.first())
		list.remove(want)
		list.remove(want)
	}
	assert.Nil(t, list.first())
	list.add(c)
	list.add(d)
	assert.Same(t, c, list.first())
}

func TestPreference(t *testing.T) {
	p := &project{candidates: setOf(6, func(i int) bool { return i > 0 }), prereleases: oneOf(0).with(2).with(4), yanked: oneOf(3).with(4)}
	for _, c := range []struct {
		how    prereleases
		lowest bool
		want   []int
	}{
		{lastResort, false, []int{5, 1, 2, 4, 3}},
		{admitted, false, []int{5, 2, 1, 4, 3}},
		{refused, false, []int{5, 1, 3}},
		{lastResort, true, []int{1, 5, 2, 3, 4}},
		{admitted, true, []int{1, 2, 5, 3, 4}},
		{refused, true, []int{1, 5, 3}},
	} {
		p.how, p.lowest = c.how, c.lowest
		order := p.preference()
		assert.Equal(t, c.want, slices.Collect(order.among(anything())), "%+v", c)
		assert.Equal(t, c.want[1], order.first(oneOf(c.want[0]).Complement()))
		assert.Equal(t, -1, order.first(versionSet{}))
	}
}
