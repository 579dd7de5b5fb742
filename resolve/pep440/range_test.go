package pep440

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestRange_laws builds random sets by the operations, beside the same sets by brute force over all versions of a pool.
func TestRange_laws(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	var pool []Version
	for range poolSize {
		pool = append(pool, MustParse(randomReference(r).String()))
	}
	sorted := slices.SortedFunc(slices.Values(pool), func(a, b Version) int { return strings.Compare(a.ExactKey(), b.ExactKey()) })
	sets := []modelled{{All(), membersOf(All(), pool)}, {None(), bitmap{}}}
	for range 4000 {
		made := randomSet(r, sets, pool)
		checkShape(t, made.set)
		require.Equal(t, made.members, membersOf(made.set, pool))
		checkSpans(t, made.set, sorted)
		if len(made.set.iv) > 40 || len(sets) > 200 {
			sets = sets[:2]
		}
		sets = append(sets, made)
		checkRelations(t, made, sets[r.IntN(len(sets))])
	}
}

// checkSpans compares Spans with Contains, place by place.
func checkSpans(t *testing.T, set Range, sorted []Version) {
	t.Helper()
	place := 0
	check := func(to int, want bool) {
		for ; place < to; place++ {
			require.Equal(t, want, set.Contains(sorted[place]), "%s", sorted[place])
		}
	}
	set.Spans(len(sorted), func(i int) string { return sorted[i].ExactKey() }, func(from, to int) {
		require.True(t, from >= place && from < to)
		check(from, false)
		check(to, true)
	})
	check(len(sorted), false)
}

// modelled is a set and which versions of the pool are in it, by index.
type modelled struct {
	set     Range
	members bitmap
}

// bitmap is a set of the pool's indexes.
type bitmap [poolSize]bool

const poolSize = 400

func membersOf(set Range, pool []Version) (b bitmap) {
	for i, v := range pool {
		b[i] = set.Contains(v)
	}
	return b
}

func combine(a, b bitmap, f func(x, y bool) bool) bitmap {
	for i := range a {
		a[i] = f(a[i], b[i])
	}
	return a
}

func and(x, y bool) bool { return x && y }
func or(x, y bool) bool  { return x || y }
func not(x, _ bool) bool { return !x }

func randomSet(r *rand.Rand, sets []modelled, pool []Version) modelled {
	a, b := sets[r.IntN(len(sets))], sets[r.IntN(len(sets))]
	switch r.IntN(6) {
	case 0:
		return modelled{a.set.Intersect(b.set), combine(a.members, b.members, and)}
	case 1:
		return modelled{a.set.Union(b.set), combine(a.members, b.members, or)}
	case 2:
		return modelled{a.set.Complement(), combine(a.members, a.members, not)}
	case 3:
		return only(Only, Version.Equal, pool, r)
	case 4:
		return only(OnlyExact, func(v, w Version) bool { return strings.EqualFold(v.Original(), w.Original()) }, pool, r)
	default:
		text, op, s, wildcard := randomClause(r)
		var b bitmap
		for i, v := range pool {
			b[i] = referenceOf(v).admits(op, s, wildcard)
		}
		return modelled{MustParseSpecifiers(text).Range(), b}
	}
}

func only(set func(Version) Range, same func(v, w Version) bool, pool []Version, r *rand.Rand) modelled {
	v := pool[r.IntN(len(pool))]
	var b bitmap
	for i, w := range pool {
		b[i] = same(v, w)
	}
	return modelled{set(v), b}
}

// referenceOf takes a pool's version apart again.
func referenceOf(v Version) reference {
	p, _ := scan(v.String())
	ref := reference{post: -1, dev: -1}
	fmt.Sscan(p.epoch, &ref.epoch)
	for n := range strings.SplitSeq(p.release, ".") {
		ref.release = append(ref.release, int(n[0]-'0'))
	}
	ref.pre = []string{"a", "b", "rc", ""}[p.pre-preA]
	fmt.Sscan(p.preN, &ref.preN)
	if p.post {
		fmt.Sscan(p.postN, &ref.post)
	}
	if p.dev {
		fmt.Sscan(p.devN, &ref.dev)
	}
	if p.local != "" {
		ref.local = strings.Split(p.local, ".")
	}
	return ref
}

// checkShape: intervals are sorted and not empty, with gaps between them.
func checkShape(t *testing.T, r Range) {
	t.Helper()
	for i, x := range r.iv {
		require.GreaterOrEqual(t, x.lo, floor)
		require.True(t, above(x.hi, x.lo), "%q", r.iv)
		if i > 0 {
			require.NotEmpty(t, r.iv[i-1].hi)
			require.Less(t, r.iv[i-1].hi, x.lo, "%q", r.iv)
		}
	}
}

// checkRelations: the laws that hold for any two sets, and what membership tells.
func checkRelations(t *testing.T, x, y modelled) {
	t.Helper()
	a, b := x.set, y.set
	require.True(t, a.Complement().Complement().Equal(a))
	require.True(t, a.Union(a.Complement()).IsAll())
	require.True(t, a.Intersect(a.Complement()).IsEmpty())
	require.True(t, a.Intersect(b).Equal(b.Intersect(a)))
	require.True(t, a.Union(b).Equal(b.Union(a)))
	require.True(t, a.Intersect(b).Complement().Equal(a.Complement().Union(b.Complement())))
	require.Equal(t, a.SubsetOf(b), a.Union(b).Equal(b))
	require.Equal(t, a.SubsetOf(b), a.Intersect(b).Equal(a))
	require.Equal(t, a.Disjoint(b), a.Intersect(b).IsEmpty())
	require.Equal(t, a.Disjoint(b), a.SubsetOf(b.Complement()))
	require.Equal(t, a.Equal(b), a.SubsetOf(b) && b.SubsetOf(a))
	if a.SubsetOf(b) {
		require.Equal(t, x.members, combine(x.members, y.members, and))
	}
	if a.Disjoint(b) {
		require.Equal(t, bitmap{}, combine(x.members, y.members, and))
	}
}

// TestRange_Equal: clauses that admit the same versions are the same range.
func TestRange_Equal(t *testing.T) {
	for _, row := range [][2]string{
		{">1.0.dev1", ">=1.0.dev2"},
		{">1.0.post1", ">=1.0.post2.dev0"},
		{">1.0a1", ">=1.0a2.dev0"},
		{">1.0a9", ">=1.0a10.dev0"},
		{"<=1.0", "<1.0.post0.dev0"},
		{"<=1.0.dev1", "<1.0.dev2"},
		{"<1.0", "<1.0.dev0"},
		{"<1.0.post1", "<1.0.post1.dev0"},
		{"==1.0", ">=1.0,<=1.0"},
		{"==1.0", "==1.0.0.0"},
		{"==1.*", ">=1.dev0,<2.dev0"},
		{"~=1.4.2", ">=1.4.2,==1.4.*"},
		{"!=1.0.*,==1.0.*", ">1,<1"},
		{"<0", "<0.dev0"},
		{">=0.dev0", ""},
		{">1.0a1,<1.0a2.dev0", "<0"},
		{"===lolwat", "<0"},
	} {
		a, b := MustParseSpecifiers(row[0]).Range(), MustParseSpecifiers(row[1]).Range()
		assert.True(t, a.Equal(b), "%s and %s", row[0], row[1])
		assert.True(t, a.SubsetOf(b) && b.SubsetOf(a), "%s and %s", row[0], row[1])
	}
	assert.False(t, MustParseSpecifiers("==1.0").Range().Equal(MustParseSpecifiers("===1.0").Range()))
}

func TestRange_IsEmpty(t *testing.T) {
	for text, want := range map[string]bool{
		"<0": true, "<0.dev0": true, "<=0.dev0": false, "<0a1": false, ">1,<1": true, ">1.0,<1.0.post1": true, ">=1,<1.post1": false,
		"==1.0,==1.0.0": false, "==1,!=1": true, "==1+a,!=1": true, "==1,!=1+a": false, ">1,<1.0.1.dev0": false, "===1,===1.0": true, "==1.*,>1.999": false,
	} {
		assert.Equal(t, want, MustParseSpecifiers(text).Range().IsEmpty(), text)
	}
	assert.True(t, Range{}.IsEmpty())
	assert.True(t, None().IsEmpty())
	assert.False(t, None().IsAll())
	assert.True(t, All().IsAll())
	assert.True(t, None().Complement().IsAll())
	assert.True(t, All().Complement().IsEmpty())
	assert.True(t, None().SubsetOf(None()))
	assert.True(t, None().Disjoint(None()))
}

func TestOnly(t *testing.T) {
	v := MustParse("1.0")
	assert.True(t, Only(v).Contains(MustParse("1.0.0")))
	assert.False(t, Only(v).Contains(MustParse("1.0+x")))
	assert.True(t, OnlyExact(v).Contains(v))
	assert.False(t, OnlyExact(v).Contains(MustParse("1.0.0")))
	assert.True(t, OnlyExact(v).SubsetOf(Only(v)))
	assert.True(t, OnlyExact(v).Equal(MustParseSpecifiers("===1.0").Range()))
	assert.True(t, Only(v).SubsetOf(MustParseSpecifiers("==1").Range()))
	assert.False(t, All().Contains(Version{}))
	assert.False(t, None().Contains(v))
}

// TestRange_Contains_many: many intervals are searched by halves.
func TestRange_Contains_many(t *testing.T) {
	set := None()
	for i := range 100 {
		set = set.Union(Only(MustParse(fmt.Sprint(2 * i))))
	}
	for i := range 200 {
		assert.Equal(t, i%2 == 0, set.Contains(MustParse(fmt.Sprint(i))), i)
		assert.Equal(t, i%2 != 0, set.Complement().Contains(MustParse(fmt.Sprint(i))), i)
	}
}

// TestRange_allocations: what the doc of Range promises the solver.
func TestRange_allocations(t *testing.T) {
	small, big := MustParseSpecifiers(">=1.2,<1.5,!=1.3").Range(), MustParseSpecifiers(">=1,<2").Range()
	apart, v := MustParseSpecifiers(">=3").Range(), MustParse("1.4")
	for name, f := range map[string]func(){
		"Intersect subset":   func() { _, _ = small.Intersect(big), big.Intersect(small) },
		"Intersect disjoint": func() { _ = small.Intersect(apart) },
		"Intersect all":      func() { _, _ = small.Intersect(All()), All().Intersect(small) },
		"Union subset":       func() { _, _ = small.Union(big), big.Union(small) },
		"Union none":         func() { _, _ = small.Union(None()), None().Union(small) },
		"Complement":         func() { _, _ = All().Complement(), None().Complement() },
		"relations":          func() { _, _, _ = small.SubsetOf(big), small.Disjoint(big), small.Equal(big) },
		"Contains":           func() { _ = small.Contains(v) },
		"Compare":            func() { _, _ = v.Compare(v), v.Equal(v) },
	} {
		assert.Zero(t, testing.AllocsPerRun(10, f), name)
	}
}
