package driver

import (
	"context"
	"encoding/json"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// release makes a release of cinder whose module cinder.u has functions of one keyword each: "f(x)".
func release(version string, functions ...string) *api.Release {
	names := map[string]*api.Symbol{}
	for _, f := range functions {
		name, rest, _ := strings.Cut(f, "(")
		sig := &api.Signature{}
		for _, p := range strings.Fields(strings.TrimSuffix(rest, ")")) {
			sig.Params = append(sig.Params, api.Param{Name: p, Kind: api.PositionalOrKeyword, Default: true})
		}
		names[name] = &api.Symbol{Kind: api.Function, Sig: sig}
	}
	series, _, _ := strings.Cut(version, ".")
	return &api.Release{Distribution: "cinder", Version: pep440.MustParse(version), Series: "s" + series, Modules: map[string]*api.Module{
		"cinder": {Package: true}, "cinder.u": {Names: names},
	}}
}

func indexOf(releases ...*api.Release) *api.Index {
	return &api.Index{Component: "cinder", Releases: releases}
}

// asks makes needs of words: "f" is a name, "f(x)" a call by keyword; "!" before it shows late. The line is the place among the words.
func asks(words ...string) *api.Driver {
	d := &api.Driver{Modules: map[string]*api.Module{"cinder.volume.drivers.x": {}}, Source: []string{"x.py"}}
	for i, word := range words {
		n := api.Need{Kind: api.NeedName, File: "x.py", Line: i + 1}
		word, n.Late = strings.CutPrefix(word, "!")
		name, rest, called := strings.Cut(word, "(")
		if n.Symbol = "cinder.u." + name; called {
			n.Kind, n.Call = api.NeedCall, &api.Call{Keywords: strings.Fields(strings.TrimSuffix(rest, ")"))}
		}
		d.Needs = append(d.Needs, n)
	}
	return d
}

func infer(t *testing.T, q Question) *Inference {
	t.Helper()
	in, err := Infer(t.Context(), q)
	require.NoError(t, err)
	return in
}

func strs[T fmt.Stringer](all []T) (words []string) {
	for _, s := range all {
		words = append(words, s.String())
	}
	return words
}

func TestInfer(t *testing.T) {
	history := indexOf(
		release("12.0.0", "old", "f"), release("13.0.0", "f"), release("13.0.1", "f(x)"), release("14.0.0", "f"), release("14.0.1", "f(x)"), release("15.0.0", "f(x)", "new"),
	)
	for name, c := range map[string]struct {
		needs    []string
		feasible string
		floor    []string
		ceiling  []string
		bounds   []string
		holes    []string
		conflict []string
	}{
		"all":   {needs: []string{"f"}, feasible: "12.0.0 to 15.0.0, the newest"},
		"floor": {needs: []string{"f", "new", "!new"}, feasible: "15.0.0, the newest", floor: []string{"cinder.u.new, x.py:2, x.py:3"}, bounds: []string{"needs >= 15.0.0 (s15): cinder.u.new, x.py:2, x.py:3"}},
		"late":  {needs: []string{"!new"}, feasible: "15.0.0, the newest", floor: []string{"cinder.u.new, x.py:1, late"}, bounds: []string{"needs >= 15.0.0 (s15): cinder.u.new, x.py:1, late"}},
		"hole": {
			needs: []string{"f(x)"}, feasible: "13.0.1; 14.0.1 to 15.0.0, the newest", floor: []string{"cinder.u.f(x=), x.py:1"},
			bounds: []string{"needs >= 13.0.1 (s13), not 14.0.0: cinder.u.f(x=), x.py:1"}, holes: []string{"14.0.0"},
		},
		"ceiling": {needs: []string{"old"}, feasible: "12.0.0", ceiling: []string{"cinder.u.old, x.py:1"}, bounds: []string{"needs < 13.0.0 (s13): cinder.u.old, x.py:1"}},
		"mixed": {
			needs: []string{"f(x)", "old", "new"}, feasible: "none",
			bounds:   []string{"needs >= 15.0.0 (s15): cinder.u.new, x.py:3", "needs >= 13.0.1 (s13), not 14.0.0: cinder.u.f(x=), x.py:1", "needs < 13.0.0 (s13): cinder.u.old, x.py:2"},
			conflict: []string{"needs >= 15.0.0 (s15): cinder.u.new, x.py:3", "needs < 13.0.0 (s13): cinder.u.old, x.py:2"},
		},
		"nowhere": {needs: []string{"none", "new"}, feasible: "none", bounds: []string{"needs >= 15.0.0 (s15): cinder.u.new, x.py:2"}, conflict: []string{"no release has cinder.u.none, x.py:1"}},
	} {
		t.Run(name, func(t *testing.T) {
			in := infer(t, Question{Driver: asks(c.needs...), Index: history})
			assert.Equal(t, c.feasible, spans(in.Feasible))
			edge := func(e *Edge) []string {
				if e == nil {
					return nil
				}
				return strs(e.Witnesses)
			}
			assert.Equal(t, c.floor, edge(in.Floor))
			assert.Equal(t, c.ceiling, edge(in.Ceiling))
			assert.Equal(t, c.bounds, strs(in.Bounds))
			assert.Equal(t, c.conflict, strs(in.Conflict))
			var holes []string
			for _, j := range in.Holes() {
				holes = append(holes, j.Version.String())
			}
			assert.Equal(t, c.holes, holes)
			var unsatisfiable *UnsatisfiableError
			if err := in.Err(); c.conflict == nil {
				assert.NoError(t, err)
			} else if assert.ErrorAs(t, err, &unsatisfiable) {
				assert.Len(t, unsatisfiable.Judged, 6)
				for _, b := range c.conflict {
					assert.ErrorContains(t, err, b)
				}
			}
		})
	}
}

func TestInfer_otherwise(t *testing.T) {
	in := infer(t, Question{Driver: asks("none", "new"), Index: indexOf(release("1"), release("2", "new"))})
	assert.Empty(t, in.Feasible)
	assert.Equal(t, []string{"cinder.u.none, x.py:1"}, strs(in.Nowhere))
	assert.Equal(t, "2, the newest", spans(in.Otherwise))
}

// TestInfer_flaws: what no release has and shows only when it is called counts for and against none; what one has in this form and one in that is no flaw.
func TestInfer_flaws(t *testing.T) {
	in := infer(t, Question{Driver: asks("!none", "new"), Index: indexOf(release("1"), release("2", "new"))})
	assert.NoError(t, in.Err())
	assert.Equal(t, "2, the newest", spans(in.Feasible))
	assert.Equal(t, []string{"cinder.u.none, x.py:1, late"}, strs(in.Flaws))
	assert.Empty(t, in.Nowhere)
	var text strings.Builder
	require.NoError(t, in.WriteText(&text))
	assert.Contains(t, text.String(), "No release has these: the driver fails wherever it comes to them, which says nothing of the version:\n  cinder.u.none, x.py:1, late\n")

	in = infer(t, Question{Driver: asks("!f(a b)"), Index: indexOf(release("1", "f(a)"), release("2", "f(b)"))})
	assert.Empty(t, in.Flaws)
	assert.Empty(t, in.Feasible)
}

// What no release has is said as far along the chain as any release leads.
func TestInfer_nowhere(t *testing.T) {
	ix := indexOf(release("1", "f(a)"), release("2", "f(b)"), release("3"))
	delete(ix.Releases[2].Modules, "cinder.u")
	in := infer(t, Question{Driver: asks("g", "f(a b)"), Index: ix})
	assert.Equal(t, []string{"cinder.u.g, x.py:1", "cinder.u.f(b=) with cinder.u.f(a=), x.py:2"}, strs(in.Nowhere))
	assert.ErrorContains(t, in.Err(), "no release has cinder.u.g, x.py:1")
}

// What the driver can do without, and what cannot be told, speaks neither for nor against a release.
func TestInfer_unknown(t *testing.T) {
	ix := indexOf(release("1"), release("2", "new"))
	ix.Releases[0].Modules["cinder.u"].Dynamic = true
	d := asks("new", "none")
	d.Needs[1].Guarded = true
	in := infer(t, Question{Driver: d, Index: ix})
	assert.Equal(t, "1 to 2, the newest", spans(in.Feasible))
	assert.Equal(t, []int{1, 0}, []int{in.Judged[0].Unknown, in.Judged[1].Unknown})
	assert.Equal(t, []int{1, 0, 1}, []int{in.Needs, in.Untold, in.Guarded})
	d.Needs = append(d.Needs, api.Need{Kind: api.NeedName, Symbol: "elsewhere.f", File: "x.py", Line: 9})
	assert.Equal(t, 1, infer(t, Question{Driver: d, Index: ix}).Untold)
}

// The installed release counts in place of the index's: a distribution takes changes back.
func TestInfer_current(t *testing.T) {
	ix := indexOf(release("1.0"), release("1.1"), release("2.0", "new"))
	in := infer(t, Question{Driver: asks("!new"), Index: ix, Current: release("1.0")})
	require.NotNil(t, in.Current)
	assert.True(t, in.Current.Late())
	assert.False(t, in.Current.Feasible())
	assert.Len(t, in.Judged, 3)

	patched := release("1.0", "new")
	patched.Series = ""
	in = infer(t, Question{Driver: asks("new"), Index: ix, Current: patched})
	assert.True(t, in.Current.Feasible())
	assert.Equal(t, "s1", in.Current.Series)
	assert.Empty(t, patched.Series, "a Question is not changed")
	assert.Equal(t, "1.0; 2.0, the newest", spans(in.Feasible))
	assert.True(t, in.Judged[0].Installed)

	ix.Releases[0].Requires, patched.Requires = []string{"distro"}, []string{`acme; extra == "all"`}
	d := asks()
	d.Needs = []api.Need{{Kind: api.NeedDistribution, Symbol: "distro"}}
	assert.Empty(t, infer(t, Question{Driver: d, Index: ix, Current: patched}).SDKs(patched.Version), "a distribution's package does not tell what it requires")

	own := release("1.0.post1", "new")
	in = infer(t, Question{Driver: asks("new"), Index: ix, Current: own})
	require.Len(t, in.Judged, 4)
	assert.Equal(t, "1.0.post1", in.Judged[1].Version.String())
	assert.Same(t, in.Current, &in.Judged[1])
	assert.Len(t, ix.Releases, 3, "an Index is not changed")
}

// library makes a release of os-brick.
func library(version string, names ...string) *api.Release {
	m := &api.Module{Names: map[string]*api.Symbol{}}
	for _, name := range names {
		m.Names[name] = &api.Symbol{Kind: api.Value}
	}
	return &api.Release{Distribution: "os-brick", Version: pep440.MustParse(version), Modules: map[string]*api.Module{"os_brick": {Package: true}, "os_brick.c": m}}
}

func TestInfer_library(t *testing.T) {
	ix := indexOf(release("1"), release("2"), release("3"), release("4"))
	for i, pin := range []string{"6.1", "6.9", "6.11"} {
		ix.Releases[i].Libraries = map[pep508.Name]pep440.Version{"os-brick": pep440.MustParse(pin)}
	}
	ix.Libraries = map[pep508.Name][]*api.Release{"os-brick": {library("6.1"), library("6.9"), library("6.10", "NEW"), library("6.11", "NEW")}}
	d := asks()
	d.Needs = []api.Need{{Kind: api.NeedName, Symbol: "os_brick.c.NEW", File: "x.py", Line: 5}}
	in := infer(t, Question{Driver: d, Index: ix})
	assert.Equal(t, "3 to 4, the newest", spans(in.Feasible), "the libraries of 4 are not known")
	assert.Equal(t, []string{"needs >= 3 (s3): os_brick.c.NEW (os-brick >= 6.10), x.py:5"}, strs(in.Bounds))
	assert.Equal(t, 1, in.Judged[3].Unknown)

	ix.Releases[0].Libraries = nil // neither are those of 1
	in = infer(t, Question{Driver: d, Index: ix})
	assert.Equal(t, "1; 3 to 4, the newest", spans(in.Feasible))
	assert.Equal(t, []string{"needs >= 3 (s3): os_brick.c.NEW (os-brick >= 6.10), x.py:5"}, strs(in.Bounds))

	current := release("1")
	in = infer(t, Question{Driver: d, Index: ix, Current: current, Libraries: []*api.Release{library("6.1+vendor", "NEW")}})
	assert.True(t, in.Current.Feasible())
	in = infer(t, Question{Driver: d, Index: ix, Current: current, Libraries: []*api.Release{library("6.11")}})
	assert.False(t, in.Current.Feasible(), "what is installed counts, not what its version says")
}

func TestInfer_errors(t *testing.T) {
	_, err := Infer(t.Context(), Question{Driver: asks("f")})
	assert.ErrorIs(t, err, ErrNoIndex)
	_, err = Infer(t.Context(), Question{Driver: asks("f"), Index: indexOf()})
	assert.ErrorIs(t, err, ErrNoIndex)
	_, err = Infer(t.Context(), Question{Index: indexOf(release("1"))})
	assert.ErrorIs(t, err, ErrNoSource)

	words := make([]string, MaxNeeds+1)
	for i := range words {
		words[i] = fmt.Sprintf("n%d", i)
	}
	var limit *LimitError
	_, err = Infer(t.Context(), Question{Driver: asks(words...), Index: indexOf(release("1"))})
	assert.ErrorAs(t, err, &limit)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = Infer(ctx, Question{Driver: asks("f"), Index: indexOf(release("1"))})
	assert.ErrorIs(t, err, context.Canceled)
}

// As many needs as a driver may have, none of which any release has, or all of which only some have, cost no more than their number.
func BenchmarkInfer_hostile(b *testing.B) {
	words := make([]string, MaxNeeds)
	for i := range words {
		words[i] = fmt.Sprintf("n%d", i)
	}
	var releases []*api.Release
	for v := range 100 {
		r := release(fmt.Sprint(v))
		if v < 50 {
			delete(r.Modules, "cinder.u")
		} else {
			r = release(fmt.Sprint(v), words[(v-50)*100:MaxNeeds/2+(v-50)*50]...)
		}
		releases = append(releases, r)
	}
	d, ix := asks(words...), indexOf(releases...)
	b.ReportAllocs()
	for b.Loop() {
		in, err := Infer(b.Context(), Question{Driver: d, Index: ix})
		require.NoError(b, err)
		require.Empty(b, in.Feasible)
		_, err = json.Marshal(in)
		require.NoError(b, err)
	}
}

// The conflict is a smallest one: no smaller set of symbols leaves no release, by trying all sets.
func TestConflict(t *testing.T) {
	const seed, rounds, releases, symbols = 7, 300, 9, 8
	random, sizes := rand.New(rand.NewPCG(seed, 0)), map[int]int{}
	for range rounds {
		rows, masks := make([]*row, symbols), make([]int, symbols)
		for i := range rows {
			rows[i] = &row{lacks: make([]string, releases), has: make([]bool, releases)}
			for r := range releases {
				if random.IntN(3) == 0 {
					rows[i].lacks[r], masks[i] = "x", masks[i]|1<<r
				}
			}
		}
		least := symbols + 1
		for set := range 1 << symbols {
			union := 0
			for i, mask := range masks {
				if set>>i&1 == 1 {
					union |= mask
				}
			}
			if union == 1<<releases-1 {
				least = min(least, bits.OnesCount(uint(set)))
			}
		}
		if least > symbols {
			continue
		}
		sizes[least]++
		assert.Len(t, conflict(rows, releases), least)
	}
	t.Logf("seed %d: conflicts by size: %v", seed, sizes)
	assert.Greater(t, len(sizes), 2)
}

func TestInference_SDKs(t *testing.T) {
	ix := indexOf(release("1"), release("2"))
	ix.Releases[0].Requires = []string{`acme-client>=1 ; extra == "acme"`}
	ix.Releases[1].Requires = []string{`acme-client>=1 ; extra == "acme"`, "distro>=1.3"}
	d := asks()
	for i, module := range []string{"distro", "acme_client", "nobody.knows"} {
		d.Needs = append(d.Needs, api.Need{Kind: api.NeedDistribution, Symbol: module, File: "x.py", Line: i + 1})
	}
	in := infer(t, Question{Driver: d, Index: ix, Current: ix.Releases[0]})
	assert.Equal(t, "1 to 2, the newest", spans(in.Feasible), "what can be added is no evidence")
	names := func(all []Distribution) (names []pep508.Name) {
		for _, d := range all {
			names = append(names, d.Name)
		}
		return names
	}
	assert.Equal(t, []pep508.Name{"distro", "acme-client", "nobody"}, names(in.SDKs(pep440.MustParse("1"))))
	assert.Equal(t, []pep508.Name{"acme-client", "nobody"}, names(in.SDKs(pep440.MustParse("2"))))
	for _, have := range []string{"acme_client", "Acme.Client"} {
		assert.Equal(t, []pep508.Name{"nobody"}, names(infer(t, Question{Driver: d, Index: ix, Have: []string{have}}).SDKs(pep440.MustParse("2"))), have)
	}
	var missing *MissingSDKError
	require.ErrorAs(t, in.MissingSDK(pep440.MustParse("2"), "nobody"), &missing)
	assert.Equal(t, []pep508.Name{"acme-client"}, names(missing.Missing))
	assert.ErrorContains(t, missing, "acme-client (import acme_client, x.py:2)")
	assert.NoError(t, in.MissingSDK(pep440.MustParse("2"), "nobody", "acme-client"))

	var text strings.Builder
	require.NoError(t, in.WriteText(&text))
	assert.Contains(t, text.String(), "Distributions that only releases newer than 1 install by themselves:\n  distro (import distro, x.py:1), required by 2, the newest\n")
}

func TestInference_WriteText(t *testing.T) {
	ix := indexOf(release("1", "old"), release("2", "old"), release("3", "f(x)"))
	d := asks("!f(x)", "f")
	d.Needs[0].File, d.Needs[1].Late = "a\nb.py", true
	in := infer(t, Question{Driver: d, Index: ix, Current: ix.Releases[1]})
	var text strings.Builder
	require.NoError(t, in.WriteText(&text))
	assert.Equal(t, `All that the driver asks for is in 1 of 3 releases of cinder: 3, the newest
  needs >= 3 (s3): cinder.u.f, a?b.py:1, x.py:2, late
2, which is installed, lacks 1 symbol; each shows only when it is called, so the service would start cleanly and fail then:
  cinder.u.f, a?b.py:1, x.py:2, late
Evidence:
  needs >= 3 (s3): cinder.u.f, a?b.py:1, x.py:2, late
inferred: 2 needs judged; of 0 nothing could be told; 0 more it can do without. Nothing of the driver was run.
`, text.String())

	text.Reset()
	require.NoError(t, infer(t, Question{Driver: asks("old", "f"), Index: ix}).WriteText(&text))
	assert.Contains(t, text.String(), "None of 3 releases of cinder has all")
	assert.Contains(t, text.String(), "mixes code for several:\n  needs >= 3 (s3): cinder.u.f, x.py:2\n  needs < 3 (s3): cinder.u.old, x.py:1\n")
}

func TestInference_MarshalJSON(t *testing.T) {
	ix := indexOf(release("1"), release("2", "f"))
	b, err := json.Marshal(infer(t, Question{Driver: asks("!f"), Index: ix, Current: ix.Releases[0]}))
	require.NoError(t, err)
	assert.JSONEq(t, `{
		"component": "cinder", "files": ["x.py"], "classes": null, "confidence": "inferred",
		"releases": [
			{"version": "1", "series": "s1", "installed": true, "feasible": false, "unknown": 0, "missing": ["cinder.u.f"]},
			{"version": "2", "series": "s2", "feasible": true, "unknown": 0}],
		"current": {"version": "1", "series": "s1", "installed": true, "feasible": false, "late": true, "unknown": 0,
			"missing": [{"symbol": "cinder.u.f", "kind": "name", "where": [{"file": "x.py", "line": 1, "late": true}], "late": true}]},
		"feasible": [{"from": "2", "to": "2", "count": 1, "newest": true}],
		"floor": {"version": "2", "series": "s2", "witnesses": [{"symbol": "cinder.u.f", "kind": "name", "where": [{"file": "x.py", "line": 1, "late": true}], "late": true}]},
		"bounds": [{"op": ">=", "version": "2", "series": "s2", "witness": {"symbol": "cinder.u.f", "kind": "name", "where": [{"file": "x.py", "line": 1, "late": true}], "late": true}}],
		"needs": 1, "untold": 0, "guarded": 0}`, string(b))
}
