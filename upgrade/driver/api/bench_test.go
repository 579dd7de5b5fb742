package api

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// What the component of a real cloud comes to.
const (
	benchReleases  = 130
	benchModules   = 500 // in each release
	benchLibraries = 20
	benchNeeds     = 1000
)

// bigIndex is an index of the size of cinder's: about 3 % of the modules change from one release to the next.
func bigIndex() *Index {
	rnd := rand.New(rand.NewPCG(1, 2))
	ix := &Index{Component: "cinder", Libraries: map[pep508.Name][]*Release{}}
	for i := range benchLibraries {
		name := pep508.Name(fmt.Sprint("oslo-lib", i))
		ix.Libraries[name] = bigReleases(rnd, name, fmt.Sprint("oslo_lib", i), 30, 20)
	}
	ix.Releases = bigReleases(rnd, "cinder", "cinder", benchReleases, benchModules)
	for i, r := range ix.Releases {
		r.Libraries = map[pep508.Name]version{}
		for name, of := range ix.Libraries {
			r.Libraries[name] = of[i*len(of)/benchReleases].Version
		}
	}
	return ix
}

func bigReleases(rnd *rand.Rand, name pep508.Name, top string, releases, size int) (list []*Release) {
	now := modules{top: {Package: true}}
	for i := range releases {
		now = maps.Clone(now)
		for j := range size {
			if i == 0 || rnd.IntN(33) == 0 {
				now[fmt.Sprintf("%s.part%d.m%d", top, j%20, j)] = bigModule(rnd, top)
			}
			now[fmt.Sprintf("%s.part%d", top, j%20)] = now[top]
		}
		r := release(string(name), fmt.Sprint(i+1), now)
		for k := range 80 {
			r.Requires = append(r.Requires, fmt.Sprintf("required%d>=%d.0", k, i))
		}
		list = append(list, r)
	}
	return list
}

func bigModule(rnd *rand.Rand, top string) *Module {
	other := func() string { j := rnd.IntN(benchModules); return fmt.Sprintf("%s.part%d.m%d.", top, j%20, j) }
	m := &Module{Names: names{"LOG": value(), "CONF": value()}}
	for i := range 12 {
		m.Names[fmt.Sprint("function", i)] = def(fmt.Sprintf("context, volume%d, name=, *, deep=", rnd.IntN(3)))
		m.Names[fmt.Sprint("import", i)] = alias(other() + fmt.Sprint("function", rnd.IntN(12)))
	}
	m.Names["Base"] = classOf("object", bigMembers(rnd, 10))
	m.Names["Driver"] = classOf(other()+"Base "+other()+"Base", bigMembers(rnd, 20))
	for range 2 {
		m.Options = append(m.Options, Option{fmt.Sprint("option", rnd.IntN(2000)), "", "StrOpt"})
	}
	return m
}

func bigMembers(rnd *rand.Rand, n int) names {
	members := names{"configuration": ofSelf()}
	for range n {
		members[fmt.Sprint("method", rnd.IntN(40))] = def(fmt.Sprintf("self, volume%d, deep=", rnd.IntN(3)))
	}
	return members
}

// bigDriver asks for what an index of bigIndex may have.
func bigDriver() *Driver {
	rnd := rand.New(rand.NewPCG(3, 4))
	module := func() string { j := rnd.IntN(benchModules); return fmt.Sprintf("cinder.part%d.m%d", j%20, j) }
	d := &Driver{Modules: modules{}}
	for i := range 10 {
		d.Modules[fmt.Sprint("cinder.part1.vendor", i)] = &Module{Names: names{"D": classOf(module()+".Driver", bigMembers(rnd, 20))}}
	}
	for i := range benchNeeds {
		class := fmt.Sprint("cinder.part1.vendor", rnd.IntN(10), ".D")
		switch i % 10 {
		case 0, 1, 2:
			d.Needs = append(d.Needs, Need{Kind: NeedName, Symbol: module() + fmt.Sprint(".import", rnd.IntN(13))})
		case 3, 4, 5:
			d.Needs = append(d.Needs, Need{Kind: NeedCall, Symbol: module() + fmt.Sprint(".function", rnd.IntN(13)), Call: call("1 volume1=")})
		case 6, 7, 8:
			d.Needs = append(d.Needs, Need{Kind: NeedMethod, Class: class, Symbol: class + fmt.Sprint(".method", rnd.IntN(50)), Call: call("1")})
		default:
			d.Needs = append(d.Needs, Need{Kind: NeedOption, Symbol: fmt.Sprint("option", rnd.IntN(2000))}, Need{Kind: NeedDistribution, Symbol: fmt.Sprint("required", rnd.IntN(90))})
		}
	}
	return d
}

// BenchmarkJudge judges a driver of 1,000 needs against 130 releases, each with 20 libraries.
func BenchmarkJudge(b *testing.B) {
	ix, driver := bigIndex(), bigDriver()
	b.ReportAllocs()
	answers := map[Answer]int{}
	for b.Loop() {
		clear(answers)
		view := ix.View(ix.Releases[0], driver)
		for _, r := range ix.Releases {
			view = view.Next(r)
			for i := range driver.Needs {
				answers[view.Judge(&driver.Needs[i]).Answer]++
			}
		}
	}
	b.ReportMetric(float64(len(driver.Needs)*len(ix.Releases)), "judged/op")
	require.Positive(b, answers[Satisfied])
	require.Positive(b, answers[Missing])
}

func BenchmarkRead(b *testing.B) {
	ix := bigIndex()
	file := written(b, ix)
	distinct := map[*Module]bool{}
	for _, list := range append(slices.Collect(maps.Values(ix.Libraries)), ix.Releases) {
		for _, r := range list {
			for _, m := range r.Modules {
				distinct[m] = true
			}
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		_, err := Read(bytes.NewReader(file))
		require.NoError(b, err)
	}
	b.ReportMetric(float64(len(file)), "file-bytes")
	b.ReportMetric(float64(len(distinct)), "modules")
}

func BenchmarkWrite(b *testing.B) {
	ix := bigIndex()
	b.ReportAllocs()
	for b.Loop() {
		require.NoError(b, Write(io.Discard, ix))
	}
}
