package pubgrub

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// versions is a set of the versions 0…127.
type versions [2]uint64

func one(v int) versions { return versions{}.with(v) }

func (a versions) with(v int) versions           { a[v/64] |= 1 << (v % 64); return a }
func (a versions) has(v int) bool                { return a[v/64]>>(v%64)&1 == 1 }
func (a versions) Intersect(b versions) versions { return versions{a[0] & b[0], a[1] & b[1]} }
func (a versions) Union(b versions) versions     { return versions{a[0] | b[0], a[1] | b[1]} }
func (a versions) Complement() versions          { return versions{^a[0], ^a[1]} }
func (a versions) IsEmpty() bool                 { return a == versions{} }
func (a versions) SubsetOf(b versions) bool      { return a.Intersect(b) == a }
func (a versions) Disjoint(b versions) bool      { return a.Intersect(b) == versions{} }
func (a versions) Equal(b versions) bool         { return a == b }

// newest is the largest version in the set.
func (a versions) newest() int {
	if a[1] != 0 {
		return 127 - bits.LeadingZeros64(a[1])
	}
	return 63 - bits.LeadingZeros64(a[0])
}

func span(lo, hi int) (s versions) {
	for v := lo; v <= hi; v++ {
		s = s.with(v)
	}
	return s
}

func (a versions) String() string {
	var vs []string
	for v := range 128 {
		if a.has(v) {
			vs = append(vs, fmt.Sprint(v))
		}
	}
	return strings.Join(vs, " or ")
}

type need struct {
	pkg int
	set versions
}

// because is the cause of a need's fact.
type because struct {
	pkg, version int
	need
}

func (b because) String() string {
	return fmt.Sprintf("%d@%d needs %d in %s", b.pkg, b.version, b.need.pkg, b.set)
}

// registry holds the needs of each version of each package; package 0, version 0 is the request.
type registry [][][]need

// plain is the Source of a registry: it decides the smallest package that a decided one needs, newest version first.
type plain struct {
	reg   registry
	told  map[[2]int]bool
	chose []int // version by package, -1: none
	stack []int
	wants []int // how many chosen versions need each package
}

func newPlain(reg registry) *plain {
	p := &plain{reg: reg, told: map[[2]int]bool{}, chose: make([]int, len(reg)), wants: make([]int, len(reg))}
	for i := range p.chose {
		p.chose[i] = -1
	}
	return p
}

func (p *plain) next() int {
	if len(p.stack) == 0 {
		return 0
	}
	for pkg, n := range p.wants {
		if n > 0 && p.chose[pkg] < 0 {
			return pkg
		}
	}
	return -1
}

func (p *plain) push(pkg, v int) {
	p.chose[pkg] = v
	p.stack = append(p.stack, pkg)
	for _, n := range p.reg[pkg][v] {
		p.wants[n.pkg]++
	}
}

func (p *plain) pop() {
	pkg := p.stack[len(p.stack)-1]
	for _, n := range p.reg[pkg][p.chose[pkg]] {
		p.wants[n.pkg]--
	}
	p.chose[pkg] = -1
	p.stack = p.stack[:len(p.stack)-1]
}

func (p *plain) Next(_ context.Context, s *Search[int, versions]) (Step[int, versions], error) {
	if s.Level() == 0 && !p.told[[2]int{0, 0}] {
		f := []Fact[int, versions]{{[]Term[int, versions]{NotIn(0, one(0))}, "request"}}
		for i, vs := range p.reg {
			all := versions{}
			for v := range vs {
				all = all.with(v)
			}
			f = append(f, Fact[int, versions]{[]Term[int, versions]{In(i, all.Complement())}, "what exists"})
		}
		p.told[[2]int{0, 0}] = true
		return Step[int, versions]{Facts: append(f, p.facts(0, 0)...)}, nil
	}
	for len(p.stack) > s.Level() {
		p.pop()
	}
	pkg := p.next()
	if pkg < 0 {
		return Step[int, versions]{Done: true}, nil
	}
	allowed, ok := s.Allowed(pkg)
	if !ok {
		return Step[int, versions]{}, errors.New("a package that a decided one needs is not allowed")
	}
	v := allowed.newest()
	if !p.told[[2]int{pkg, v}] {
		p.told[[2]int{pkg, v}] = true
		if f := p.facts(pkg, v); len(f) > 0 {
			return Step[int, versions]{Facts: f}, nil
		}
	}
	p.push(pkg, v)
	return Step[int, versions]{Package: pkg, Version: one(v)}, nil
}

func (p *plain) facts(pkg, v int) (f []Fact[int, versions]) {
	for _, n := range p.reg[pkg][v] {
		f = append(f, Fact[int, versions]{
			[]Term[int, versions]{In(pkg, one(v)), NotIn(n.pkg, n.set)},
			because{pkg, v, n},
		})
	}
	return f
}

// backtrack is the same search without learning: the yardstick.
func backtrack(reg registry, p *plain) bool {
	pkg := p.next()
	if pkg < 0 {
		return true
	}
	for v := len(reg[pkg]) - 1; v >= 0; v-- {
		p.push(pkg, v)
		if consistent(reg, p) && backtrack(reg, p) {
			return true
		}
		p.pop()
	}
	return false
}

func consistent(reg registry, p *plain) bool {
	for _, d := range p.stack {
		for _, n := range reg[d][p.chose[d]] {
			if v := p.chose[n.pkg]; v >= 0 && !n.set.has(v) {
				return false
			}
		}
	}
	return true
}

func randomRegistry(rng *rand.Rand, packages, most, needs int) registry {
	reg := make(registry, packages)
	for i := range reg {
		n := 1
		if i > 0 {
			n = rng.IntN(most + 1)
		}
		reg[i] = make([][]need, n)
		for v := range reg[i] {
			for range rng.IntN(needs + 1) {
				lo, hi := rng.IntN(most), rng.IntN(most)
				reg[i][v] = append(reg[i][v], need{1 + rng.IntN(packages-1), span(min(lo, hi), max(lo, hi))})
			}
		}
	}
	return reg
}

var (
	seed  = flag.Uint64("seed", 1, "seed of the random registries")
	count = flag.Int("registries", 5_000, "how many random registries to solve")
)

func TestSolveEqualsBacktracking(t *testing.T) {
	solvable, conflicts := 0, 0
	for n := range *count {
		rng := rand.New(rand.NewPCG(*seed, uint64(n)))
		reg := randomRegistry(rng, 2+rng.IntN(7), 1+rng.IntN(5), 1+rng.IntN(4))
		want := newPlain(reg)
		ok := backtrack(reg, want)
		got := newPlain(reg)
		stats, err := Solve(context.Background(), got)
		conflicts += stats.Conflicts
		if ok {
			solvable++
			require.NoError(t, err, "registry %d: %v", n, reg)
			require.Equal(t, want.chose, got.chose, "registry %d: %v", n, reg)
			continue
		}
		var failure *Failure[int, versions]
		require.ErrorAs(t, err, &failure, "registry %d: %v", n, reg)
		checkProof(t, failure.Proof)
	}
	t.Logf("seed %d: %d registries, %d solvable, %d conflicts", *seed, *count, solvable, conflicts)
	assert.Greater(t, solvable, *count/5)
	assert.Less(t, solvable, *count*4/5)
}

// checkProof asserts that each conclusion follows from its causes: no selection makes all its terms true and neither cause's all.
// A selection matters only on the packages of the causes; each is tried with nothing selected and with every version.
func checkProof(t *testing.T, proof *Incompatibility[int, versions]) {
	t.Helper()
	require.Empty(t, proof.Terms())
	seen := map[*Incompatibility[int, versions]]bool{}
	var walk func(c *Incompatibility[int, versions])
	walk = func(c *Incompatibility[int, versions]) {
		if seen[c] || c.Left == nil {
			return
		}
		seen[c] = true
		for _, s := range selections(c.Left.Terms(), c.Right.Terms()) {
			if holds(c.Terms(), s) {
				require.True(t, holds(c.Left.Terms(), s) || holds(c.Right.Terms(), s), "%v does not follow", c.Terms())
			}
		}
		walk(c.Left)
		walk(c.Right)
	}
	walk(proof)
}

func selections(a, b []Term[int, versions]) []map[int]int {
	out := []map[int]int{{}}
	done := map[int]bool{}
	for _, t := range slices.Concat(a, b) {
		if done[t.Package] || len(out) > 2000 {
			continue
		}
		done[t.Package] = true
		var next []map[int]int
		for _, s := range out {
			for v := -1; v < 7; v++ {
				c := map[int]int{t.Package: v}
				for k, x := range s {
					c[k] = x
				}
				next = append(next, c)
			}
		}
		out = next
	}
	return out
}

func holds(terms []Term[int, versions], s map[int]int) bool {
	for _, t := range terms {
		v, ok := s[t.Package]
		in := ok && v >= 0 && t.Set.has(v)
		if in != t.Positive {
			return false
		}
	}
	return true
}

func TestTermAlgebra(t *testing.T) {
	rng := rand.New(rand.NewPCG(*seed, 0))
	draw := func() term[versions] {
		return term[versions]{0, rng.IntN(2) == 0, versions{rng.Uint64() & 7}}
	}
	true1 := func(x term[versions], v int) bool {
		return holds([]Term[int, versions]{{0, x.positive, x.set}}, map[int]int{0: v})
	}
	for range 2000 {
		a, b := draw(), draw()
		implies, excludes := true, true
		for v := -1; v < 5; v++ {
			assert.Equal(t, true1(a, v) && true1(b, v), true1(a.and(b), v))
			assert.Equal(t, true1(a, v) || true1(b, v), true1(a.or(b), v))
			assert.Equal(t, !true1(a, v), true1(a.negated(), v))
			implies = implies && (!true1(a, v) || true1(b, v))
			excludes = excludes && !(true1(a, v) && true1(b, v))
		}
		assert.Equal(t, implies, a.implies(b), "%v %v", a, b)
		assert.Equal(t, excludes, a.excludes(b), "%v %v", a, b)
	}
}

// An earlier public implementation answers "no solution" here.
func TestSolvePartialSatisfier(t *testing.T) {
	reg := registry{
		{{{2, span(1, 2)}}},
		{nil, {{2, one(3)}}},
		{nil, {{3, one(2)}}, {{1, one(1)}}},
		{nil, nil, nil},
	}
	p := newPlain(reg)
	_, err := Solve(context.Background(), p)
	require.NoError(t, err)
	assert.Equal(t, []int{0, -1, 1, 2}, p.chose)
}

func TestSolveEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := Solve(ctx, newPlain(registry{{nil}}))
	assert.ErrorIs(t, err, context.Canceled)
}

// big is a registry of 1000 packages of 100 versions. Each version needs up to 4 later packages, at a band of versions around its own age; a share of conflict of
// the needs is on a narrow band elsewhere, so that newest versions often do not fit together.
func big(rng *rand.Rand, conflict float64) registry {
	const packages, most = 1000, 100
	reg := make(registry, packages+1)
	reg[0] = make([][]need, 1)
	for i := 1; i <= packages; i++ {
		reg[0][0] = append(reg[0][0], need{i, span(0, most-1)})
		reg[i] = make([][]need, most)
		for v := range reg[i] {
			for range rng.IntN(5) {
				if i == packages {
					break
				}
				on, lo := i+1+rng.IntN(min(20, packages-i)), max(0, v-20)
				hi := most - 1
				if rng.Float64() < conflict {
					hi = min(most-1, lo+5+rng.IntN(40))
				}
				reg[i][v] = append(reg[i][v], need{on, span(lo, hi)})
			}
		}
	}
	return reg
}

func BenchmarkSolve1000x100(b *testing.B) {
	for _, conflict := range []float64{0, 0.2, 0.5} {
		b.Run(fmt.Sprintf("seed=1,conflict=%.2f", conflict), func(b *testing.B) {
			reg := big(rand.New(rand.NewPCG(1, 1)), conflict)
			b.ReportAllocs()
			var stats Stats
			for b.Loop() {
				var err error
				if stats, err = Solve(context.Background(), newPlain(reg)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(stats.Conflicts), "conflicts")
			b.ReportMetric(float64(stats.Decisions), "decisions")
			b.ReportMetric(float64(stats.Facts), "facts")
		})
	}
}

// batch tells facts step by step, decides z, and looks whether all that it told was concluded from.
type batch struct {
	step   int
	forced bool
}

func (b *batch) Next(_ context.Context, s *Search[int, versions]) (Step[int, versions], error) {
	const x, y, z = 0, 1, 2
	b.step++
	switch b.step {
	case 1:
		return Step[int, versions]{Facts: []Fact[int, versions]{
			{Terms: []Term[int, versions]{NotIn(x, span(0, 1))}},
			{Terms: []Term[int, versions]{NotIn(z, span(0, 1))}},
		}}, nil
	case 2:
		return Step[int, versions]{Package: z, Version: one(1)}, nil
	case 3: // the second conflicts with the decision; the first, about x too, has a consequence all the same
		return Step[int, versions]{Facts: []Fact[int, versions]{
			{Terms: []Term[int, versions]{In(x, span(0, 1)), NotIn(y, one(0))}},
			{Terms: []Term[int, versions]{In(x, span(0, 1)), In(z, one(1))}},
		}}, nil
	}
	_, b.forced = s.Allowed(y)
	return Step[int, versions]{Done: true}, nil
}

func TestSolveConcludesAfterConflict(t *testing.T) {
	b := &batch{}
	stats, err := Solve(context.Background(), b)
	require.NoError(t, err)
	assert.Equal(t, 1, stats.Conflicts)
	assert.True(t, b.forced)
}
