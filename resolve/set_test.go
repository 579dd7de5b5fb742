package resolve

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

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
