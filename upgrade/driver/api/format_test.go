package api

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// smallIndex has every field of every type at least once, nil and empty lists and maps, and two releases that share a module.
func smallIndex() *Index {
	host, brick := hostModules(), libraryModules()
	host["cinder.empty"] = &Module{Names: names{}, Stars: []string{}, All: []string{}, Options: []Option{}, Calls: []HostCall{}, Registered: []string{}}
	host["cinder.full"] = &Module{
		Package: true, Dynamic: true, Stars: []string{"cinder.volume"}, All: []string{"b", "a"}, Registered: []string{"Volume"},
		Options: []Option{{"san_ip", "", "StrOpt"}, {"port", "spdk", "PortOpt"}},
		Calls:   []HostCall{{"create_volume", Call{Positional: 1, Keywords: []string{"host"}, Star: true}, 812}, {"delete", Call{StarStar: true, Keywords: []string{}}, -1}},
		Names: names{
			"f": def("a, /, b=, *rest, c, d=, **kw"), "C": {Kind: Class, Class: &ClassBody{Bases: []string{"", "x.y"}, Abstract: []string{"f"}, Members: names{"f": bound(Property, "self"), "x": ofSelf()}, Dynamic: true}},
			"odd": {Kind: Alias, Target: "x", Sig: sig(""), Class: &ClassBody{}, Instance: true}, "none": {Kind: Function}, "params": {Kind: Function, Sig: &Signature{Params: []Param{}}},
		},
	}
	next := modules{"cinder.new": host["cinder.full"]}
	for name, m := range host {
		if name != "cinder.stars.round" {
			next[name] = m
		}
	}
	first, second := release("cinder", "v1.0", host), release("cinder", "1.1.0", next)
	first.Series, first.RequiresPython, first.Requires = "zed", ">=3.8", []string{"six", "storops; extra == 'all'"}
	first.EntryPoints = map[string]map[string]string{"console_scripts": {"cinder-volume": "cinder.cmd.volume:main"}, "none": {}, "nil": nil}
	first.Libraries = map[pep508.Name]version{"os-brick": v("2.0"), "absent": v("1.0.0")}
	second.Libraries, second.Requires = map[pep508.Name]version{}, []string{}
	return &Index{
		Component: "cinder",
		Releases:  []*Release{first, second, release("cinder", "2.0", nil), release("cinder", "3.0", modules{}), release("cinder", "4.0", host)},
		Libraries: map[pep508.Name][]*Release{"os-brick": {release("os-brick", "2.0", brick)}, "empty": {}, "none": nil},
	}
}

func written(t testing.TB, ix *Index) []byte {
	var b bytes.Buffer
	require.NoError(t, Write(&b, ix))
	return b.Bytes()
}

func assertSame(t testing.TB, want, got *Index) {
	t.Helper()
	assert.Equal(t, want.Component, got.Component)
	require.Len(t, got.Releases, len(want.Releases))
	for i := range want.Releases {
		assert.Equal(t, want.Releases[i], got.Releases[i])
	}
	assert.True(t, reflect.DeepEqual(want.Releases, got.Releases), "nil and empty are told apart")
	assert.True(t, reflect.DeepEqual(want.Libraries, got.Libraries))
}

func TestWriteRead(t *testing.T) {
	for name, ix := range map[string]*Index{
		"small": smallIndex(),
		"none":  {Component: "cinder"},
		"empty": {Component: "cinder", Releases: []*Release{}, Libraries: map[pep508.Name][]*Release{}},
	} {
		t.Run(name, func(t *testing.T) {
			file := written(t, ix)
			got, err := Read(bytes.NewReader(file))
			require.NoError(t, err)
			assertSame(t, ix, got)
			assert.Equal(t, file, written(t, got), "the same bytes for the same Index")
			assert.Equal(t, file, written(t, ix))
		})
	}
}

func TestReadShares(t *testing.T) {
	ix := smallIndex()
	copied := *ix.Releases[0].Modules["cinder.full"]
	ix.Releases[1].Modules["cinder.full"] = &copied // says the same
	got, err := Read(bytes.NewReader(written(t, ix)))
	require.NoError(t, err)
	first, second := got.Releases[0].Modules, got.Releases[1].Modules
	assert.Same(t, first["cinder.full"], second["cinder.full"])
	assert.Same(t, first["cinder.full"], second["cinder.new"])
	assert.Same(t, first["cinder.volume.driver"], got.Releases[4].Modules["cinder.volume.driver"])
	base, inherits := first["cinder.volume.driver"].Names["BaseVD"], second["cinder.volume.driver"].Names["BaseVD"]
	assert.Same(t, base, inherits)
}

func TestWriteRandom(t *testing.T) {
	const seed = 7
	rnd := rand.New(rand.NewPCG(seed, seed))
	for range 20 {
		ix := randomIndex(rnd, 5, 20)
		got, err := Read(bytes.NewReader(written(t, ix)))
		require.NoError(t, err)
		assertSame(t, ix, got)
	}
}

func TestWriteRefuses(t *testing.T) {
	deep := classOf("", nil)
	for range MaxNesting {
		deep = classOf("", names{"C": deep})
	}
	round := classOf("", names{})
	round.Class.Members["C"] = round
	one := func(s *Symbol) *Index {
		return &Index{Component: "a", Releases: []*Release{release("a", "1", modules{"a": {Names: names{"x": s}}})}}
	}
	for reason, ix := range map[string]*Index{
		"is no normalised name": {Component: "Cinder"},
		"nest deeper":           one(deep),
		"classes nest":          one(round),
		"has no symbol":         one(nil),
		"symbol of kind 9":      one(&Symbol{Kind: 9}),
		"parameter of kind 9":   one(&Symbol{Sig: &Signature{Params: []Param{{Kind: 9}}}}),
		"binding 9":             one(&Symbol{Sig: &Signature{Binding: 9}}),
		"has no module":         {Component: "a", Releases: []*Release{release("a", "1", modules{"a": nil})}},
		"comes after":           {Component: "a", Releases: []*Release{release("a", "1", nil), release("a", "1.0", nil)}},
		"among the releases":    {Component: "a", Releases: []*Release{release("b", "1", nil)}},
	} {
		var format *FormatError
		err := Write(io.Discard, ix)
		require.ErrorAs(t, err, &format)
		assert.Contains(t, err.Error(), reason)
	}
	assert.NoError(t, Write(io.Discard, one(deep.Class.Members["C"])))
}

// TestReadDamaged: no damaged file is taken, and none does harm.
func TestReadDamaged(t *testing.T) {
	file := written(t, smallIndex())
	for n := range file {
		_, err := Read(bytes.NewReader(file[:n]))
		require.Error(t, err, "of %d bytes", n)
	}
	text, err := encode(smallIndex())
	require.NoError(t, err)
	for n := range text {
		_, err := decode(text[:n], MaxMemory)
		var format *FormatError
		require.ErrorAs(t, err, &format, "of %d bytes", n)
	}
	_, err = decode(append(text, 0), MaxMemory)
	require.ErrorContains(t, err, "something follows")
	for i := range text {
		for _, b := range []byte{0, 1, 0x7f, 0x80, 0xff} {
			hostile := bytes.Clone(text)
			hostile[i] = b
			ix, err := decode(hostile, MaxMemory)
			assert.True(t, err != nil || ix != nil)
		}
	}
}

// TestReadHostile: few bytes that ask for much are refused before it is taken.
func TestReadHostile(t *testing.T) {
	text := func(parts ...any) []byte {
		w := writer(magic)
		for _, p := range parts {
			switch p := p.(type) {
			case int:
				w.count(p)
			case string:
				w = append(w, p...)
			}
		}
		return w
	}
	grow := text(1 << 12)
	for i := range 1 << 12 { // each string is the one before with a letter more
		w := writer(grow)
		w.count(i, 1)
		grow = append(w, 'x')
	}
	clones := text(3, 0, 0, 0, 1, "1", 0, 1, "a", 0, 0, 1<<16+0)
	for name, hostile := range map[string][]byte{
		"strings":    text(1 << 30),
		"signatures": text(0, 1<<30),
		"prefixes":   grow,
		"unsorted":   text(2, 0, 1, "b", 0, 1, "a"),
		"twice":      text(2, 0, 1, "a", 1, 0),
		"early":      text(1, 0, 1000, "a"),
		"pools":      clones,
		"long":       append(text(), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
		"other":      []byte("chandlery api index 2\n"),
		"nothing":    nil,
	} {
		var format *FormatError
		_, err := decode(hostile, 1<<20)
		assert.ErrorAs(t, err, &format, name)
	}
	_, err := Read(strings.NewReader("no compressed text"))
	assert.ErrorIs(t, err, gzip.ErrHeader)
	_, err = Read(io.MultiReader(strings.NewReader("\x1f\x8b"), errorReader{}))
	assert.ErrorIs(t, err, errBroken)
}

// TestReadCrowds: releases that each repeat the one before take memory that is accounted for.
func TestReadCrowds(t *testing.T) {
	crowd := modules{}
	one := &Module{}
	for i := range 1000 {
		crowd[fmt.Sprint("m", i)] = one
	}
	ix := &Index{Component: "a"}
	for i := range 100 {
		ix.Releases = append(ix.Releases, release("a", fmt.Sprint(i), crowd))
	}
	text, err := encode(ix)
	require.NoError(t, err)
	require.Less(t, len(text), 10_000)
	_, err = decode(text, 100*1000*mapEntry/2)
	assert.ErrorContains(t, err, "MaxMemory")
	_, err = decode(text, 2*100*1000*mapEntry)
	assert.NoError(t, err)
}

func TestReadLimits(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, err := io.CopyN(z, zeros{}, MaxText+2)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	_, err = Read(&bomb)
	assert.ErrorContains(t, err, "MaxText")
	var large bytes.Buffer
	z, err = gzip.NewWriterLevel(&large, gzip.NoCompression)
	require.NoError(t, err)
	_, err = io.CopyN(z, zeros{}, MaxFile)
	require.NoError(t, err)
	require.NoError(t, z.Close())
	_, err = Read(&large)
	assert.ErrorContains(t, err, "MaxFile")
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

var errBroken = errors.New("broken")

type errorReader struct{}

func (errorReader) Read([]byte) (int, error) { return 0, errBroken }

func FuzzRead(f *testing.F) {
	text, err := encode(smallIndex())
	require.NoError(f, err)
	f.Add(text)
	f.Add([]byte(magic))
	f.Add(append([]byte(magic), 0, 0, 0, 0, 0, 0))
	f.Fuzz(func(t *testing.T, text []byte) {
		ix, err := decode(text, MaxMemory)
		if err != nil {
			var format *FormatError
			require.ErrorAs(t, err, &format)
			return
		}
		again, err := encode(ix)
		require.NoError(t, err)
		got, err := decode(again, MaxMemory)
		require.NoError(t, err)
		assertSame(t, ix, got)
		v := &View{Driver: &Driver{Modules: modules{}}}
		if len(ix.Releases) > 0 {
			v = ix.View(ix.Releases[0], &Driver{})
		}
		judgeAllOf(v)
	})
}

func FuzzReadCompressed(f *testing.F) {
	f.Add(written(f, smallIndex()))
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, file []byte) {
		ix, err := Read(bytes.NewReader(file))
		assert.True(t, (ix == nil) != (err == nil))
	})
}

// judgeAllOf asks for everything that the view's modules have.
func judgeAllOf(v *View) {
	if v.Release == nil {
		return
	}
	for name, m := range v.Release.Modules {
		v.Judge(&Need{Kind: NeedModule, Symbol: name})
		for part := range m.Names {
			v.Judge(&Need{Kind: NeedCall, Symbol: name + "." + part + ".x", Call: &Call{Positional: 1}})
			v.Judge(&Need{Kind: NeedMethod, Class: name + "." + part, Symbol: name + "." + part + ".x", Call: &Call{}})
		}
	}
}

// randomIndex makes an index in which each release changes some of the modules of the one before.
func randomIndex(rnd *rand.Rand, releases, size int) *Index {
	ix := &Index{Component: "cinder", Libraries: map[pep508.Name][]*Release{}}
	current := modules{}
	for i := range releases {
		next := modules{}
		for name, m := range current {
			if rnd.IntN(10) > 0 {
				next[name] = m
			}
		}
		for j := range size {
			if i == 0 || rnd.IntN(25) == 0 {
				next[fmt.Sprint("cinder.m", j)] = randomModule(rnd)
			}
		}
		r := release("cinder", fmt.Sprint(i+1, ".0"), next)
		r.Version = v(fmt.Sprintf("%d.0", i+1))
		ix.Releases, current = append(ix.Releases, r), next
	}
	return ix
}

func randomModule(rnd *rand.Rand) *Module {
	m := &Module{Package: rnd.IntN(5) == 0, Names: names{}}
	for range rnd.IntN(20) {
		m.Names[randomName(rnd)] = randomSymbol(rnd, 2)
	}
	for range rnd.IntN(3) {
		m.Options = append(m.Options, Option{randomName(rnd), "", "StrOpt"})
		m.Calls = append(m.Calls, HostCall{randomName(rnd), Call{Positional: rnd.IntN(4), Keywords: []string{randomName(rnd)}}, rnd.IntN(1000)})
	}
	return m
}

func randomSymbol(rnd *rand.Rand, depth int) *Symbol {
	switch k := SymbolKind(rnd.IntN(4)); {
	case k == Function:
		s := &Signature{Binding: Binding(rnd.IntN(4))}
		for range rnd.IntN(6) {
			s.Params = append(s.Params, Param{randomName(rnd), ParamKind(rnd.IntN(5)), rnd.IntN(2) == 0})
		}
		return &Symbol{Kind: k, Sig: s}
	case k == Class && depth > 0:
		c := &ClassBody{Bases: []string{"cinder.m" + fmt.Sprint(rnd.IntN(20)) + "." + randomName(rnd)}, Members: names{}}
		for range rnd.IntN(12) {
			c.Members[randomName(rnd)] = randomSymbol(rnd, depth-1)
		}
		return &Symbol{Kind: k, Class: c}
	case k == Alias:
		return alias("cinder.m" + fmt.Sprint(rnd.IntN(20)) + "." + randomName(rnd))
	}
	return &Symbol{Instance: rnd.IntN(3) == 0}
}

func randomName(rnd *rand.Rand) string { return fmt.Sprint("name_", rnd.IntN(300)) }
