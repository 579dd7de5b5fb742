package resolve_test

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

var (
	seed       = flag.Uint64("seed", 1, "seed of the random registries")
	registries = flag.Int("registries", defaultRegistries, "how many random registries are compared with brute force")
)

// world is a registry as its maker knows it, and a request. The yardstick below reads it; the solver sees the Index made of it.
type world struct {
	platform resolve.Platform
	projects map[pep508.Name][]edition // newest first
	request  resolve.Request
}

// edition is one version of a project.
type edition struct {
	version string
	v       pep440.Version
	yanked  bool
	offers  []offer

	// Variant by variant, of the offer that the policy prefers:
	fits   [2]bool // it can be used, as far as its page says
	broken [2]bool // its metadata says that it cannot
	needs  [2][]pep508.Requirement
}

// offer is one file of an edition.
type offer struct {
	sdist    bool
	serves   [2]bool // by its tags
	refused  bool    // by its page's Requires-Python
	broken   bool
	uploaded time.Time
	needs    []pep508.Requirement
}

// judge sets what the editions are worth under the policy: a wheel goes before an sdist.
func (w world) judge() {
	for name, list := range w.projects {
		for i := range list {
			e := &list[i]
			for variant := range e.fits {
				for _, o := range e.offers {
					if !o.serves[variant] || o.refused || !w.admits(name, o) || e.fits[variant] && o.sdist {
						continue
					}
					e.fits[variant], e.broken[variant], e.needs[variant] = true, o.broken, o.needs
				}
			}
		}
	}
}

// admits reports whether the policy lets a file be.
func (w world) admits(name pep508.Name, o offer) bool {
	p := w.request.Policy
	limit, ok := p.ExcludeNewerOf[name]
	if !ok {
		limit = p.ExcludeNewer
	}
	if !limit.IsZero() && (o.uploaded.IsZero() || o.uploaded.Unix() >= limit.Unix()) {
		return false
	}
	if f, ok := p.FormatsOf[name]; ok {
		return o.sdist && f.Sdists || !o.sdist && f.Wheels
	}
	return o.sdist && p.Sdists || !o.sdist && !p.NoWheels
}

func (w world) prereleases(name pep508.Name) resolve.Prereleases {
	if how, ok := w.request.Policy.PrereleasesOf[name]; ok {
		return how
	}
	return w.request.Policy.Prereleases
}

func (e edition) pre() bool { return e.v.IsPrerelease() }

// TestSolverEqualsBruteForce compares the solver with plain backtracking over the same order: solvable or not, and the same solution.
func TestSolverEqualsBruteForce(t *testing.T) {
	solvable := 0
	for n := range *registries {
		rng := rand.New(rand.NewPCG(*seed, uint64(n)))
		w, index := randomWorld(t, rng)
		want, ok := newYardstick(w).solve()
		got, err := (&resolve.Solver{Index: index}).Resolve(context.Background(), &w.request)
		if !ok {
			var none *resolve.NoSolutionError
			require.ErrorAs(t, err, &none, "registry %d of seed %d has no solution\n%s", n, *seed, w)
			require.NotEmpty(t, none.Report)
			require.Contains(t, strings.ToLower(none.Report[len(none.Report)-1]), "the request")
			continue
		}
		solvable++
		require.NoError(t, err, "registry %d of seed %d: want %v\n%s", n, *seed, want, w)
		have := map[pep508.Name]string{}
		for _, p := range got.Pins {
			have[p.Name] = p.Version.String()
		}
		require.Equal(t, want, have, "registry %d of seed %d\n%s", n, *seed, w)
		checkClosure(t, w, got)
	}
	t.Logf("seed %d: %d registries, %d solvable, %d not", *seed, *registries, solvable, *registries-solvable)
	assert.Greater(t, solvable, *registries/5)
	assert.Less(t, solvable, *registries*4/5)
}

// checkClosure asserts from the answer alone that it is complete, consistent and without excess.
func checkClosure(t *testing.T, w world, got *resolve.Resolution) {
	t.Helper()
	type need struct {
		name, extra pep508.Name
		variant     int
	}
	seen := map[need]bool{}
	var open []need
	require1 := func(list []pep508.Requirement, variant int, extra pep508.Name) {
		for _, q := range w.inForce(list, variant, extra) {
			p := got.Pin(q.Name)
			require.NotNil(t, p, "%s is missing", q)
			require.True(t, q.Specifiers.Contains(p.Version), "%s is not met by %s", q, p.Version)
			for _, x := range append([]pep508.Name{""}, q.Extras...) {
				if n := (need{q.Name, x, variant}); !seen[n] {
					seen[n] = true
					open = append(open, n)
				}
			}
		}
	}
	for i := range w.platform.Variants {
		require1(w.request.Requirements, i, "")
	}
	for len(open) > 0 {
		n := open[0]
		open = open[1:]
		p := got.Pin(n.name)
		require.NotZero(t, p.Files[n.variant], "%s has no file for variant %d", n.name, n.variant)
		require.True(t, p.Files[n.variant].RequiresPython.Contains(w.platform.Python))
		require.True(t, p.Metadata[n.variant].RequiresPython.Contains(w.platform.Python))
		for _, c := range w.request.Constraints {
			if c.Name == n.name && w.truth(c.Marker, n.variant) != pep508.False {
				require.True(t, c.Specifiers.Contains(p.Version), "constraint %s", c)
			}
		}
		require1(p.Metadata[n.variant].RequiresDist, n.variant, n.extra)
	}
	for _, p := range got.Pins {
		for i, f := range p.Files {
			require.Equal(t, seen[need{p.Name, "", i}], f.Kind != dist.Other, "%s, variant %d", p.Name, i)
		}
		require.True(t, slices.ContainsFunc(p.RequiredBy, func(r resolve.Reason) bool { return !r.Constraint }), "%s is not required", p.Name)
		require.NotEmpty(t, got.Why(p.Name))
	}
}

func (w world) truth(m pep508.Marker, variant int, extras ...pep508.Name) pep508.Truth {
	best := pep508.False
	for _, env := range w.platform.Variants[variant].Environments {
		best = max(best, m.Evaluate(env, extras...))
	}
	return best
}

// inForce is what a list of requirements asks of a variant, overrides applied.
func (w world) inForce(list []pep508.Requirement, variant int, extra pep508.Name) (out []pep508.Requirement) {
	for _, q := range list {
		in := w.truth(q.Marker, variant) != pep508.False
		if extra != "" {
			in = !in && w.truth(q.Marker, variant, extra) != pep508.False
		}
		if !in {
			continue
		}
		replaced := false
		for _, o := range w.request.Overrides {
			if o.Name == q.Name {
				replaced = true
				if w.truth(o.Marker, variant) != pep508.False {
					out = append(out, o)
				}
			}
		}
		if !replaced {
			out = append(out, q)
		}
	}
	return out
}

func (w world) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "request %v constraints %v overrides %v policy %+v\n", w.request.Requirements, w.request.Constraints, w.request.Overrides, w.request.Policy)
	for i := range 9 {
		name := pep508.Name(fmt.Sprintf("p%d", i))
		for _, e := range w.projects[name] {
			fmt.Fprintf(&b, "%s %s yanked=%v fits=%v broken=%v %v | %v of %v\n", name, e.version, e.yanked, e.fits, e.broken, e.needs[0], e.needs[1], e.offers)
		}
	}
	return b.String()
}

// yardstick is the plain search: no learning, no jumps, everything computed anew at each step.
type yardstick struct {
	world
	rank   map[pep508.Name]int
	how    map[pep508.Name]string // "": last resort; "admitted"; "refused"
	chosen map[pep508.Name]edition
	direct map[pep508.Name]bool                // named by the request's requirements
	pins   map[pep508.Name][]pep440.Specifiers // by the request or in the survey
}

// demand is a requirement in force.
type demand struct {
	pep508.Requirement
	variant int
	by      pep508.Name
}

func newYardstick(w world) *yardstick {
	y := &yardstick{world: w, how: map[pep508.Name]string{}, direct: map[pep508.Name]bool{}, pins: map[pep508.Name][]pep440.Specifiers{}}
	for i := range w.platform.Variants {
		for _, q := range w.inForce(w.request.Requirements, i, "") {
			y.direct[q.Name] = true
			y.pins[q.Name] = append(y.pins[q.Name], q.Specifiers)
			if q.Specifiers.NamesPrerelease() && w.prereleases(q.Name) == resolve.IfNecessary {
				y.how[q.Name] = "admitted"
			}
		}
		for _, q := range w.request.Constraints {
			if w.truth(q.Marker, i) != pep508.False {
				y.pins[q.Name] = append(y.pins[q.Name], q.Specifiers)
				if q.Specifiers.NamesPrerelease() && w.prereleases(q.Name) == resolve.IfNecessary {
					y.how[q.Name] = "admitted"
				}
			}
		}
	}
	for name := range w.projects {
		switch w.prereleases(name) {
		case resolve.Allow:
			y.how[name] = "admitted"
		case resolve.Forbid:
			y.how[name] = "refused"
		}
	}
	y.rank = y.survey()
	return y
}

func (y *yardstick) solve() (map[pep508.Name]string, bool) {
	for {
		y.chosen = map[pep508.Name]edition{}
		if !y.descend() {
			return nil, false
		}
		if !y.review() {
			out := map[pep508.Name]string{}
			for name, e := range y.chosen {
				out[name] = e.v.String()
			}
			return out, true
		}
	}
}

// descend chooses the required project of the smallest rank, each of its editions in turn.
func (y *yardstick) descend() bool {
	demands := y.demands()
	var next pep508.Name
	for _, d := range demands {
		if _, ok := y.chosen[d.Name]; !ok && (next == "" || y.before(d.Name, next)) {
			next = d.Name
		}
	}
	if next == "" {
		return true
	}
	for _, e := range y.preference(next) {
		y.chosen[next] = e
		if y.consistent(y.demands()) && y.descend() {
			return true
		}
		delete(y.chosen, next)
	}
	return false
}

func (y *yardstick) before(a, b pep508.Name) bool {
	ra, rb := y.rank[a], y.rank[b]
	switch {
	case ra > 0 && rb > 0:
		return ra < rb
	case ra == 0 && rb == 0:
		return a < b
	}
	return ra > 0
}

// demands is all that the request and the chosen editions ask for.
func (y *yardstick) demands() (all []demand) {
	seen := map[string]bool{}
	var visit func(list []pep508.Requirement, by pep508.Name, variant int, extra pep508.Name)
	visit = func(list []pep508.Requirement, by pep508.Name, variant int, extra pep508.Name) {
		for _, q := range y.inForce(list, variant, extra) {
			all = append(all, demand{q, variant, by})
			e, ok := y.chosen[q.Name]
			if !ok {
				continue
			}
			for _, x := range append([]pep508.Name{""}, q.Extras...) {
				if id := fmt.Sprint(q.Name, "/", x, "/", variant); !seen[id] {
					seen[id] = true
					visit(e.needs[variant], q.Name, variant, x)
				}
			}
		}
	}
	for i := range y.platform.Variants {
		visit(y.request.Requirements, "", i, "")
	}
	return all
}

func (y *yardstick) consistent(demands []demand) bool {
	for _, d := range demands {
		if e, ok := y.chosen[d.Name]; ok && !y.meets(e, d) {
			return false
		}
	}
	return true
}

// meets reports whether an edition serves a demand.
func (y *yardstick) meets(e edition, d demand) bool {
	return !e.broken[d.variant] && y.seemsToMeet(e, d)
}

// seemsToMeet is meets by what the page says.
func (y *yardstick) seemsToMeet(e edition, d demand) bool {
	if !e.fits[d.variant] || !d.Specifiers.Contains(e.v) {
		return false
	}
	for _, c := range y.request.Constraints {
		if c.Name == d.Name && y.truth(c.Marker, d.variant) != pep508.False && (!c.Specifiers.Contains(e.v) || !y.unyanked(e, c.Specifiers, d.Name)) {
			return false
		}
	}
	return y.unyanked(e, d.Specifiers, d.Name)
}

func (y *yardstick) unyanked(e edition, s pep440.Specifiers, name pep508.Name) bool {
	if !e.yanked || s.Pins(e.v) {
		return true
	}
	return slices.ContainsFunc(y.pins[name], func(s pep440.Specifiers) bool { return s.Pins(e.v) })
}

func (y *yardstick) preference(name pep508.Name) (out []edition) {
	class := func(e edition) int {
		switch {
		case e.yanked:
			return 2
		case e.pre() && y.how[name] == "":
			return 1
		}
		return 0
	}
	for _, e := range y.projects[name] {
		if (e.fits[0] || e.fits[1]) && !(e.pre() && y.how[name] == "refused") {
			out = append(out, e)
		}
	}
	if s := y.request.Policy.Select; s == resolve.Lowest || s == resolve.LowestDirect && y.direct[name] {
		slices.Reverse(out)
	}
	slices.SortStableFunc(out, func(a, b edition) int { return cmp.Compare(class(a), class(b)) })
	return out
}

// review applies the rule for pre-releases to a solution.
func (y *yardstick) review() (again bool) {
	demands := y.demands()
	how := map[pep508.Name]string{}
	var unpin []pep508.Name
	for name, e := range y.chosen {
		var mine []demand
		names, pinned := false, false
		for _, d := range demands {
			if d.Name != name {
				continue
			}
			mine = append(mine, d)
			names = names || d.Specifiers.NamesPrerelease()
			pinned = pinned || d.Specifiers.Pins(e.v)
			for _, c := range y.request.Constraints {
				if c.Name == name && y.truth(c.Marker, d.variant) != pep508.False {
					names = names || c.Specifiers.NamesPrerelease()
					pinned = pinned || c.Specifiers.Pins(e.v)
				}
			}
		}
		offers := slices.ContainsFunc(y.preferenceOf(name, "admitted"), edition.pre)
		final := slices.ContainsFunc(y.preference(name), func(f edition) bool {
			return !f.pre() && !slices.ContainsFunc(mine, func(d demand) bool { return !y.meets(f, d) })
		})
		if e.yanked && !pinned {
			unpin = append(unpin, name)
		}
		switch {
		case y.how[name] == "admitted", y.prereleases(name) != resolve.IfNecessary:
		case names && offers:
			how[name] = "admitted"
		case e.pre() && final:
			how[name] = "refused"
		}
	}
	for name, h := range how {
		y.how[name] = h
	}
	for _, name := range unpin {
		delete(y.pins, name)
	}
	return len(how)+len(unpin) > 0
}

func (y *yardstick) preferenceOf(name pep508.Name, how string) []edition {
	before := y.how[name]
	y.how[name] = how
	defer func() { y.how[name] = before }()
	return y.preference(name)
}

// survey ranks projects: rounds of requirements, then a depth-first walk.
func (y *yardstick) survey() map[pep508.Name]int {
	type need struct {
		name, extra pep508.Name
		variant     int
	}
	var round []demand
	for i := range y.platform.Variants {
		for _, q := range y.inForce(y.request.Requirements, i, "") {
			round = append(round, demand{q, i, ""})
		}
	}
	met := map[pep508.Name][]demand{}
	best := map[pep508.Name]*edition{}
	on := map[pep508.Name][]pep508.Name{}
	seen := map[need]bool{}
	for len(round) > 0 {
		var fresh []need
		for _, d := range round {
			on[d.by] = append(on[d.by], d.Name)
			met[d.Name] = append(met[d.Name], d)
			for _, x := range append([]pep508.Name{""}, d.Extras...) {
				if n := (need{d.Name, x, d.variant}); !seen[n] {
					seen[n] = true
					fresh = append(fresh, n)
				}
			}
		}
		var next []demand
		for _, n := range fresh {
			if _, ok := best[n.name]; !ok {
				best[n.name] = y.standIn(n.name, met[n.name])
			}
		}
		for _, n := range fresh {
			if e := best[n.name]; e != nil && e.fits[n.variant] && !e.broken[n.variant] {
				for _, q := range y.inForce(e.needs[n.variant], n.variant, n.extra) {
					next = append(next, demand{q, n.variant, n.name})
				}
			}
		}
		round = next
	}
	for name, list := range met {
		for _, d := range list {
			y.pins[name] = append(y.pins[name], d.Specifiers)
		}
	}
	var after []pep508.Name
	done := map[pep508.Name]bool{}
	var walk func(pep508.Name)
	walk = func(name pep508.Name) {
		done[name] = true
		// Each dependency at its first mention, the last first.
		var list []pep508.Name
		for _, d := range on[name] {
			if !slices.Contains(list, d) {
				list = append(list, d)
			}
		}
		for _, d := range slices.Backward(list) {
			if !done[d] {
				walk(d)
			}
		}
		after = append(after, name)
	}
	walk("")
	rank := map[pep508.Name]int{}
	for i, name := range slices.Backward(after) {
		rank[name] = len(after) - 1 - i
	}
	delete(rank, "")
	return rank
}

func (y *yardstick) standIn(name pep508.Name, met []demand) *edition {
	list := y.preference(name)
	for i, e := range list {
		if !slices.ContainsFunc(met, func(d demand) bool { return !y.seemsToMeet(e, d) }) {
			return &list[i]
		}
	}
	if len(list) == 0 {
		return nil
	}
	return &list[0]
}

// randomWorld makes a registry for a platform with two variants (or one), with all that may trip a solver, and its Index.
func randomWorld(t *testing.T, rng *rand.Rand) (world, *resolvetest.Index) {
	t.Helper()
	tags := []string{"win32", "win_amd64"}
	if rng.IntN(3) == 0 {
		tags = tags[1:]
	}
	platform, err := resolve.NewPlatform("windows", pep440.MustParse("3.7.4"), tags...)
	require.NoError(t, err)
	w := world{platform: platform, projects: map[pep508.Name][]edition{}, request: resolve.Request{Platform: platform}}
	index := &resolvetest.Index{}
	m := maker{rng, 2 + rng.IntN(6)}
	for i := range m.projects {
		name := pep508.Name(fmt.Sprintf("p%d", i))
		if rng.IntN(15) > 0 {
			w.projects[name] = m.project(t, index, name, tags)
		}
	}
	for range 1 + rng.IntN(3) {
		w.request.Requirements = append(w.request.Requirements, m.requirement(true))
	}
	for range max(0, rng.IntN(6)-3) {
		c := m.requirement(false)
		c.Extras = nil
		w.request.Constraints = append(w.request.Constraints, c)
	}
	if rng.IntN(8) == 0 {
		w.request.Overrides = append(w.request.Overrides, m.requirement(false))
	}
	w.request.Policy = m.policy()
	w.judge()
	return w, index
}

type maker struct {
	*rand.Rand
	projects int
}

func (m maker) policy() (p resolve.Policy) {
	p.Select = []resolve.Select{resolve.Newest, resolve.Newest, resolve.Lowest, resolve.LowestDirect}[m.IntN(4)]
	p.Prereleases = m.prereleases()
	p.Sdists, p.NoWheels = m.IntN(2) == 0, m.IntN(40) == 0
	if m.IntN(5) == 0 {
		p.ExcludeNewer = day(6 + m.IntN(4))
	}
	name := pep508.Name(fmt.Sprintf("p%d", m.IntN(m.projects)))
	switch m.IntN(8) {
	case 0:
		p.PrereleasesOf = map[pep508.Name]resolve.Prereleases{name: m.prereleases()}
	case 1:
		p.ExcludeNewerOf = map[pep508.Name]time.Time{name: day(m.IntN(10))}
	case 2:
		p.FormatsOf = map[pep508.Name]resolve.Formats{name: {Wheels: m.IntN(2) == 0, Sdists: m.IntN(3) > 0}}
	}
	return p
}

func (m maker) prereleases() resolve.Prereleases {
	return []resolve.Prereleases{resolve.IfNecessary, resolve.IfNecessary, resolve.IfNecessary, resolve.Allow, resolve.Forbid}[m.IntN(5)]
}

// day is a time of upload; day 0 is none.
func day(n int) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Date(2024, 1, n, 0, 0, 0, 0, time.UTC)
}

var versionsOf = []string{"1.0", "1.1", "2.0rc1", "2.0", "2.1", "3.0b1", "3.0"}

var markers = []string{
	`platform_machine == "x86"`, `platform_machine == "AMD64"`, `sys_platform == "win32"`, `sys_platform == "linux"`,
	`python_version < "3.8"`, `python_full_version >= "3.7.5"`, `platform_release >= "10"`, `platform_machine != "x86" and python_version < "3.8"`,
}

func (m maker) project(t *testing.T, index *resolvetest.Index, name pep508.Name, tags []string) (list []edition) {
	index.AddProject(name)
	for _, version := range slices.Backward(versionsOf) {
		if m.IntN(5) < 2 {
			continue
		}
		e := edition{version: version, v: pep440.MustParse(version), yanked: m.IntN(9) == 0}
		common := m.metadata(name, e.v)
		switch m.IntN(8) {
		case 0: // a wheel for one variant, or for neither
			i := m.IntN(3)
			wheelTag := append(slices.Clone(tags), "win_arm64", "win_arm64")[i]
			e.put(t, index, common, m, "-cp37-cp37m-"+wheelTag+".whl", func(v int) bool { return v == i && i < len(tags) })
		case 1: // one for each, with its own metadata
			for i, wheelTag := range tags {
				e.put(t, index, m.metadata(name, e.v), m, "-cp37-cp37m-"+wheelTag+".whl", func(v int) bool { return v == i })
			}
		case 2: // an sdist alone
		default:
			e.put(t, index, common, m, "-py3-none-any.whl", func(int) bool { return true })
		}
		if len(e.offers) == 0 || m.IntN(4) == 0 {
			e.put(t, index, m.metadata(name, e.v), m, ".tar.gz", func(int) bool { return true })
		}
		list = append(list, e)
	}
	return list
}

// put adds a file that serves some variants.
func (e *edition) put(t *testing.T, index *resolvetest.Index, md *dist.Metadata, m maker, end string, serves func(int) bool) {
	t.Helper()
	name := fmt.Sprintf("%s-%s%s", md.Name, e.version, end)
	parsed, err := dist.ParseFilename(name)
	require.NoError(t, err)
	f := dist.File{Filename: parsed, Artifact: dist.Artifact{File: name}, Yanked: e.yanked, Uploaded: day(m.IntN(10))}
	onPage, inMetadata := m.IntN(12) == 0, m.IntN(20) == 0
	other := pep440.MustParseSpecifiers([]string{">=3.8", "!=3.7.4", "<3.7.4", ">=3.7.5"}[m.IntN(4)])
	own := *md
	if onPage {
		f.RequiresPython = other
	}
	if inMetadata {
		own.RequiresPython = other
	}
	index.Add(f, &own)
	o := offer{parsed.Kind == dist.Sdist, [2]bool{serves(0), serves(1)}, onPage, inMetadata, f.Uploaded, md.RequiresDist}
	e.offers = append(e.offers, o)
}

func (m maker) metadata(name pep508.Name, v pep440.Version) *dist.Metadata {
	md := &dist.Metadata{Version: "2.1", Name: name, ProjectVersion: v, ProvidesExtra: []pep508.Name{"a", "b"}}
	for range m.IntN(4) {
		md.RequiresDist = append(md.RequiresDist, m.requirement(true))
	}
	for _, x := range md.ProvidesExtra {
		if m.IntN(4) == 0 {
			q := m.requirement(false)
			q.Marker = marker(fmt.Sprintf("extra == %q", x))
			if m.IntN(4) == 0 {
				q = pep508.Requirement{Name: name, Extras: []pep508.Name{"b"}, Marker: marker(`extra == "a"`)}
			}
			md.RequiresDist = append(md.RequiresDist, q)
		}
	}
	return md
}

func marker(s string) pep508.Marker {
	m, err := pep508.ParseMarker(s)
	if err != nil {
		panic(err)
	}
	return m
}

func (m maker) requirement(mayMark bool) pep508.Requirement {
	q := pep508.Requirement{Name: pep508.Name(fmt.Sprintf("p%d", m.IntN(m.projects)))}
	v := versionsOf[m.IntN(len(versionsOf))]
	switch m.IntN(9) {
	case 0, 1:
		q.Specifiers = pep440.MustParseSpecifiers(">=" + v)
	case 2, 3:
		q.Specifiers = pep440.MustParseSpecifiers("<" + v)
	case 4:
		q.Specifiers = pep440.MustParseSpecifiers("==" + v)
	case 5:
		q.Specifiers = pep440.MustParseSpecifiers("!=" + v)
	case 6:
		q.Specifiers = pep440.MustParseSpecifiers("~=" + v)
	}
	if m.IntN(6) == 0 {
		q.Extras = [][]pep508.Name{{"a"}, {"b"}, {"a", "b"}, {"c"}}[m.IntN(4)]
	}
	if mayMark && m.IntN(4) == 0 {
		q.Marker = marker(markers[m.IntN(len(markers))])
	}
	return q
}
