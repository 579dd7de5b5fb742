package api

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// TestNext: what a view takes over from the one before is what it would find itself, in any order of the releases. The modules are few and lead to each other, in circles too.
func TestNext(t *testing.T) {
	const seed, rounds = 11, 150
	rnd := rand.New(rand.NewPCG(seed, seed))
	answers, judged := map[Answer]int{}, 0
	for range rounds {
		ix, driver := tangledIndex(rnd), tangledDriver(rnd)
		view := ix.View(ix.Releases[0], driver)
		for range 12 {
			r := ix.Releases[rnd.IntN(len(ix.Releases))]
			view = view.Next(r)
			for range 60 {
				n := &driver.Needs[rnd.IntN(len(driver.Needs))]
				want, got := ix.View(r, driver).Judge(n), view.Judge(n)
				require.Equal(t, want, got, "%+v in %s", n, r.Version)
				answers[got.Answer]++
				judged++
			}
		}
	}
	t.Logf("%d judged, seed %d: %v", judged, seed, answers)
	for _, a := range []Answer{Unknown, Satisfied, Missing} {
		assert.Greater(t, answers[a], judged/20)
	}
}

func TestNextLeavesTheViewBefore(t *testing.T) {
	ix := &Index{Component: "a", Releases: []*Release{
		release("a", "1", modules{"a": {Names: names{"x": value()}}}), release("a", "2", modules{"a": {}}),
	}}
	n := &Need{Kind: NeedName, Symbol: "a.x"}
	first := ix.View(ix.Releases[0], nil)
	assert.Equal(t, Satisfied, first.Judge(n).Answer)
	second := first.Next(ix.Releases[1])
	assert.Equal(t, Missing, second.Judge(n).Answer)
	assert.Equal(t, Satisfied, first.Judge(n).Answer)
	assert.Equal(t, Missing, second.Judge(n).Answer)
	assert.Equal(t, Satisfied, second.Next(ix.Releases[1]).Next(ix.Releases[0]).Judge(n).Answer)
	assert.Equal(t, Satisfied, (&View{Release: ix.Releases[1]}).Next(ix.Releases[0]).Judge(n).Answer)
}

// Names of tangled modules.
var (
	tangled      = []string{"a", "a.b", "a.c", "a.b.d", "lib", "lib.e", "a.vendor"}
	tangledParts = []string{"w", "x", "y", "_z", "b", "C", "D"}
)

func pick(rnd *rand.Rand, from []string) string { return from[rnd.IntN(len(from))] }

func tangledIndex(rnd *rand.Rand) *Index {
	ix := &Index{Component: "a", Libraries: map[pep508.Name][]*Release{}}
	for _, of := range []pep508.Name{"a", "lib"} {
		now := modules{}
		for i := range 5 {
			next := modules{}
			for _, name := range tangled[:6] {
				if pep508.Name(name[:1]) != of[:1] {
					continue
				}
				switch m := now[name]; {
				case m != nil && rnd.IntN(3) > 0:
					next[name] = m
				case rnd.IntN(8) > 0:
					next[name] = tangledModule(rnd)
				}
			}
			now = next
			r := release(string(of), fmt.Sprint(i+1), next)
			r.Requires = []string{pick(rnd, tangledParts) + ">1", pick(rnd, tangledParts) + "; extra == 'x'"}
			if of == "lib" {
				ix.Libraries[of] = append(ix.Libraries[of], r)
				continue
			}
			r.Libraries = map[pep508.Name]version{"lib": v(fmt.Sprint(rnd.IntN(5) + 1))}
			ix.Releases = append(ix.Releases, r)
		}
	}
	return ix
}

func tangledModule(rnd *rand.Rand) *Module {
	m := &Module{Names: names{}, Dynamic: rnd.IntN(12) == 0}
	for range rnd.IntN(5) {
		m.Names[pick(rnd, tangledParts)] = tangledSymbol(rnd, 2)
	}
	for rnd.IntN(3) == 0 {
		m.Stars = append(m.Stars, pick(rnd, tangled))
	}
	if rnd.IntN(6) == 0 {
		m.All = []string{pick(rnd, tangledParts), pick(rnd, tangledParts)}
	}
	for rnd.IntN(3) == 0 {
		m.Options = append(m.Options, Option{pick(rnd, tangledParts), pick(rnd, []string{"", "g", "h"}), "StrOpt"})
		m.Calls = append(m.Calls, HostCall{pick(rnd, tangledParts), *call(pick(rnd, []string{"", "1", "1 x="})), 1})
	}
	return m
}

func tangledSymbol(rnd *rand.Rand, depth int) *Symbol {
	target := pick(rnd, tangled) + "." + pick(rnd, tangledParts)
	switch rnd.IntN(5) {
	case 0:
		return &Symbol{Instance: depth < 2 && rnd.IntN(2) == 0}
	case 1:
		return def(pick(rnd, []string{"", "self", "self, x", "self, x=", "*args, **kw"}))
	case 2:
		return alias(target)
	}
	if depth == 0 {
		return value()
	}
	c := classOf(pick(rnd, []string{"object", "", target, target, target + " " + pick(rnd, tangled) + ".D"}), names{})
	for range rnd.IntN(4) {
		c.Class.Members[pick(rnd, tangledParts)] = tangledSymbol(rnd, depth-1)
	}
	c.Class.Dynamic = rnd.IntN(10) == 0
	return c
}

func tangledDriver(rnd *rand.Rand) *Driver {
	d := &Driver{Modules: modules{"a.vendor": tangledModule(rnd)}}
	for _, c := range []string{"C", "D"} {
		d.Modules["a.vendor"].Names[c] = classOf(pick(rnd, tangled)+".C "+pick(rnd, tangled)+".D", names{"w": tangledSymbol(rnd, 1)})
	}
	if rnd.IntN(2) == 0 {
		d.Modules["a.b"] = tangledModule(rnd)
	}
	kinds := []NeedKind{NeedModule, NeedName, NeedName, NeedCall, NeedAttribute, NeedMethod, NeedOverride, NeedOption, NeedDistribution}
	for range 80 {
		n := Need{Kind: kinds[rnd.IntN(len(kinds))], Call: call(pick(rnd, []string{"", "1", "1 x="}))}
		switch n.Kind {
		case NeedModule:
			n.Symbol = pick(rnd, append(tangled, "a.none", "none"))
		case NeedName, NeedCall:
			n.Symbol = pick(rnd, tangled) + "." + pick(rnd, tangledParts)
			if rnd.IntN(2) == 0 {
				n.Symbol += "." + pick(rnd, tangledParts)
			}
		case NeedAttribute, NeedMethod, NeedOverride:
			n.Class = "a.vendor." + pick(rnd, []string{"C", "D"})
			n.Symbol, n.Super, n.Sig = n.Class+"."+pick(rnd, tangledParts), rnd.IntN(3) == 0, sig(pick(rnd, []string{"self", "self, x=", "self, *args"}))
		default:
			n.Symbol, n.Group = pick(rnd, tangledParts), pick(rnd, []string{"", "g"})
		}
		d.Needs = append(d.Needs, n)
	}
	return d
}

// TestViewsBeside: views of one Index are used by several goroutines.
func TestViewsBeside(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 5))
	ix, driver := tangledIndex(rnd), tangledDriver(rnd)
	var all sync.WaitGroup
	for _, r := range ix.Releases {
		all.Go(func() {
			view := ix.View(r, driver)
			for i := range driver.Needs {
				assert.Equal(t, ix.View(r, driver).Judge(&driver.Needs[i]), view.Judge(&driver.Needs[i]))
			}
		})
	}
	all.Wait()
}
