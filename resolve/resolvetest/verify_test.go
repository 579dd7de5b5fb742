package resolvetest

import (
	"flag"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

const verifiedText = `
platform windows 3.9.18 win32 win_amd64
policy before=2024-06-01T00:00:00Z
release app 1.0
uploaded 2024-01-01T00:00:00Z
requires lib[x]>=1
requires narrow ; platform_machine == "x86"
requires maybe ; platform_release >= "10"
release lib 1.0
uploaded 2024-01-01T00:00:00Z
extra x
requires extra-lib ; extra == "x"
release lib 1.1rc1
uploaded 2024-01-01T00:00:00Z
extra x
requires extra-lib ; extra == "x"
release lib 1.2
uploaded 2024-01-01T00:00:00Z
yanked
extra x
requires extra-lib ; extra == "x"
release lib 1.3
uploaded 2024-07-01T00:00:00Z
extra x
requires extra-lib ; extra == "x"
release lib 1.4
uploaded 2024-01-01T00:00:00Z
python >=3.10
extra x
requires extra-lib ; extra == "x"
release lib 1.5
uploaded 2024-01-01T00:00:00Z
metadata-python >=3.10
extra x
requires extra-lib ; extra == "x"
release lib 1.6
uploaded 2024-01-01T00:00:00Z
extra x
requires extra-lib ; extra == "x"
file cp39-cp39-manylinux_2_17_x86_64
release lib 1.7
uploaded 2024-01-01T00:00:00Z
extra x
requires extra-lib ; extra == "x"
file sdist
release lib 1.8
uploaded 2024-01-01T00:00:00Z
release lib 0.9
uploaded 2024-01-01T00:00:00Z
extra x
requires extra-lib ; extra == "x"
release extra-lib 1
uploaded 2024-01-01T00:00:00Z
release narrow 1
uploaded 2024-01-01T00:00:00Z
release maybe 1
uploaded 2024-01-01T00:00:00Z
release other 1
uploaded 2024-01-01T00:00:00Z
request app
constraint lib<1.8
`

// TestVerify takes an answer that is right, and spoils it in every way that Verify shall see.
func TestVerify(t *testing.T) {
	u := mustParse(t, verifiedText)
	answer := func() *resolve.Resolution {
		r, err := solver(u.Index).Resolve(t.Context(), &u.Request)
		require.NoError(t, err)
		return r
	}
	require.NoError(t, Verify(t.Context(), u.Index, &u.Request, answer()))
	require.ErrorContains(t, Verify(t.Context(), u.Index, &u.Request, nil), "there is no resolution")
	take := func(version string) func(*resolve.Resolution) {
		return func(r *resolve.Resolution) { replace(t, u, r.Pin("lib"), version) }
	}
	without := func(name pep508.Name) func(*resolve.Resolution) {
		return func(r *resolve.Resolution) {
			r.Pins = slices.DeleteFunc(r.Pins, func(p resolve.Pin) bool { return p.Name == name })
		}
	}
	for _, c := range []struct {
		what  string
		spoil func(*resolve.Resolution)
		want  string
	}{
		{"another platform", func(r *resolve.Resolution) { r.Platform.Name = "linux" }, `for the platform "linux"`},
		{"another Python", func(r *resolve.Resolution) { r.Platform.Python = pep440.MustParse("3.9.1") }, "the platform"},
		{"order", func(r *resolve.Resolution) { slices.Reverse(r.Pins) }, "sorted by name"},
		{"twice", func(r *resolve.Resolution) { r.Pins = append(r.Pins[:1:1], r.Pins...) }, "each once"},
		{"files", func(r *resolve.Resolution) { r.Pins[0].Files = r.Pins[0].Files[:1] }, "1 files and 2 metadata"},
		{"missing", without("maybe"), "maybe; platform_release"},
		{"missing of an extra", without("extra-lib"), "is missing"},
		{"missing of one variant", without("narrow"), "is missing"},
		{"nothing", func(r *resolve.Resolution) { r.Pins = nil }, "app, required by"},
		{"requirement", take("0.9"), "lib[x]>=1, required by \"app\", is not met by 0.9"},
		{"constraint", take("1.8"), "the constraint lib<1.8 is not met"},
		{"pre-release", take("1.1rc1"), "the final release 1.0 will do"},
		{"yanked", take("1.2"), "is yanked"},
		{"too new", take("1.3"), "was uploaded too late"},
		{"Python", take("1.4"), "is not for Python 3.9.18"},
		{"metadata's Python", take("1.5"), "is not for Python 3.9.18"},
		{"tag", take("1.6"), "does not suit win32"},
		{"sdist", take("1.7"), "of a kind that the policy does not admit"},
		{"superfluous", func(r *resolve.Resolution) {
			p := resolve.Pin{Name: "other", Files: make([]dist.File, 2), Metadata: make([]*dist.Metadata, 2)}
			replace(t, u, &p, "1")
			r.Pins = append(r.Pins, p)
		}, "superfluous"},
		{"needless file", func(r *resolve.Resolution) {
			p := r.Pin("narrow")
			p.Files[1], p.Metadata[1] = p.Files[0], p.Metadata[0]
		}, "which does not need it"},
		{"file is lacking", func(r *resolve.Resolution) { p := r.Pin("lib"); p.Files[0], p.Metadata[0] = dist.File{}, nil }, "has no file for win32"},
		{"version", func(r *resolve.Resolution) { r.Pin("lib").Version = pep440.MustParse("1.1") }, "is not of the version 1.1"},
		{"not on the page", func(r *resolve.Resolution) { r.Pin("lib").Files[0].URL = "https://elsewhere.example/" }, "is not on the page"},
		{"metadata", func(r *resolve.Resolution) { r.Pin("lib").Metadata[0] = &dist.Metadata{} }, "is not the index's"},
		{"extras", func(r *resolve.Resolution) { r.Pin("lib").Extras = nil }, "[x] were asked for"},
		{"unknown extra", func(r *resolve.Resolution) {
			p := r.Pin("lib")
			p.Extras, p.UnknownExtras = nil, p.Extras
		}, "provides the extra x"},
		{"no reason", func(r *resolve.Resolution) { p := r.Pin("lib"); p.RequiredBy = p.RequiredBy[1:] }, "its reasons are"},
		{"reason twice", func(r *resolve.Resolution) { p := r.Pin("lib"); p.RequiredBy = append(p.RequiredBy, p.RequiredBy[0]) }, "stands twice"},
		{"unknown marker", func(r *resolve.Resolution) { r.Pin("maybe").RequiredBy[0].Unknown = false }, "told wrongly"},
	} {
		r := answer()
		for i := range r.Pins { // answers share nothing that is changed here
			p := &r.Pins[i]
			p.Files, p.Metadata, p.RequiredBy = slices.Clone(p.Files), slices.Clone(p.Metadata), slices.Clone(p.RequiredBy)
		}
		c.spoil(r)
		assert.ErrorContains(t, Verify(t.Context(), u.Index, &u.Request, r), c.want, c.what)
	}
}

// replace makes a pin one of another version, in all variants.
func replace(t *testing.T, u *Universe, p *resolve.Pin, version string) {
	t.Helper()
	page, err := u.Index.Project(t.Context(), p.Name)
	require.NoError(t, err)
	p.Version = pep440.MustParse(version)
	for _, f := range page.Files {
		if f.Version.Equal(p.Version) {
			m, err := u.Index.Metadata(t.Context(), f)
			require.NoError(t, err)
			for i := range p.Files {
				p.Files[i], p.Metadata[i] = f, m
			}
		}
	}
}

// TestVerifyPolicy: what is not the pins' fault but the request's.
func TestVerifyPolicy(t *testing.T) {
	for _, c := range []struct{ change, want string }{
		{"policy forbid", "which the policy forbids"},
		{"policy no-wheels sdists", "of a kind that the policy does not admit"},
		{"policy-of b before=2020-01-01T00:00:00Z", "was uploaded too late"},
		{"override b>2", "b>2, required by \"a\", is not met by 2rc1"},
		{"override b ; sys_platform == 'win32'", "superfluous"},
		{"request c @ https://files.index.example/c-1-py3-none-any.whl", "by address"},
	} {
		const text = "platform linux 3.9.18 manylinux_2_17_x86_64\nrelease a 1\nrequires b>=2rc1\nrelease b 2rc1\nuploaded 2024-01-01T00:00:00Z\nrequest a\n"
		u, changed := mustParse(t, text), mustParse(t, text+c.change)
		r, err := solver(u.Index).Resolve(t.Context(), &u.Request)
		require.NoError(t, err)
		require.NoError(t, Verify(t.Context(), u.Index, &u.Request, r))
		assert.ErrorContains(t, Verify(t.Context(), u.Index, &changed.Request, r), c.want, c.change)
	}
}

var (
	seed   = flag.Uint64("seed", 1, "seed of the random universes")
	random = flag.Int("universes", 1000, "how many random universes the default Resolver's answers are verified on")
)

// TestVerifyRandom: two decisions of what is valid, the default Resolver's and Verify's, are compared.
func TestVerifyRandom(t *testing.T) {
	solvable := 0
	for n := range *random {
		text := RandomUniverse(rand.New(rand.NewPCG(*seed, uint64(n))))
		u := mustParse(t, text)
		r, err := solver(u.Index).Resolve(t.Context(), &u.Request)
		checkAny(t, u, err == nil, r, err)
		require.False(t, t.Failed(), "universe %d of seed %d:\n%s", n, *seed, text)
		if err == nil {
			solvable++
		}
	}
	t.Logf("seed %d: %d universes, %d solvable", *seed, *random, solvable)
	assert.Greater(t, solvable, *random/5)
	assert.Less(t, solvable, *random*4/5)
}

// TestCheckAnyFails: the suite must be able to fail, at each of its claims.
func TestCheckAnyFails(t *testing.T) {
	u := mustParse(t, "platform p 3.9.0 win32\nrelease a 1\nrequest a")
	right, err := solver(u.Index).Resolve(t.Context(), &u.Request)
	require.NoError(t, err)
	none := &resolve.NoSolutionError{Platform: "p"}
	for _, c := range []struct {
		what     string
		solvable bool
		got      *resolve.Resolution
		err      error
		fails    bool
	}{
		{"right", true, right, nil, false},
		{"refused", false, nil, none, false},
		{"by address", false, nil, &resolve.DirectURLError{}, false},
		{"a solution where there is none", false, right, nil, true},
		{"an invalid solution", true, &resolve.Resolution{}, nil, true},
		{"none where there is one", true, nil, none, true},
		{"another kind of error", false, nil, resolve.ErrTooManySteps, true},
		{"for another platform", false, nil, &resolve.NoSolutionError{}, true},
	} {
		probe := &recorder{TB: t}
		checkAny(probe, u, c.solvable, c.got, c.err)
		assert.Equal(t, c.fails, probe.failed, c.what)
	}
}
