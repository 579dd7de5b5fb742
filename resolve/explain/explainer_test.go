package explain

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

const conflicting = `
platform linux 3.9.18 manylinux_2_17_x86_64
release app 1.0
requires lib>=2
release lib 1.0
release lib 2.0
release lib 2.1rc1
request app
request lib==1.0
`

const solvableText = `
platform linux 3.9.18 manylinux_2_17_x86_64
release app 1.0
requires lib
release lib 1.0
release lib 2.0
request app
`

func universe(t *testing.T, text string) *resolvetest.Universe {
	t.Helper()
	u, err := resolvetest.ParseUniverse(text)
	require.NoError(t, err)
	return u
}

func TestExplainerErrors(t *testing.T) {
	u := universe(t, solvableText)
	e := Explainer{Index: u.Index}
	_, err := e.Nearest(t.Context(), &u.Request)
	require.ErrorIs(t, err, ErrSolvable)

	_, err = e.Ask(t.Context(), &u.Request, nil, Question{})
	require.ErrorContains(t, err, "no platform")

	r, err := (&resolve.Solver{Index: u.Index}).Resolve(t.Context(), &u.Request)
	require.NoError(t, err)
	_, err = e.WhyNot(t.Context(), &u.Request, r, "libb", pep440.Specifiers{})
	var not *NotChosenError
	require.ErrorAs(t, err, &not)
	assert.Equal(t, &NotChosenError{Name: "libb", Platform: "linux", Nearest: "lib"}, not)

	for _, ask := range []func(*Explainer) error{
		func(e *Explainer) error { _, err := e.Nearest(t.Context(), &u.Request); return err },
		func(e *Explainer) error { _, err := e.Ask(t.Context(), &u.Request, nil, Question{}); return err },
		func(e *Explainer) error {
			_, err := e.WhyNot(t.Context(), &u.Request, r, "lib", pep440.Specifiers{})
			return err
		},
	} {
		require.ErrorContains(t, ask(&Explainer{}), "Index is missing")
	}
}

// TestMaxSolves: what was found so far is told, and that there may be more.
func TestMaxSolves(t *testing.T) {
	u := universe(t, conflicting)
	for solves := 1; ; solves++ {
		got, err := (&Explainer{Index: u.Index, MaxSolves: solves}).Nearest(t.Context(), &u.Request)
		require.NoError(t, err)
		require.LessOrEqual(t, got.Solves, solves)
		if got.Complete {
			require.Len(t, got.Remedies, 2)
			assert.Greater(t, solves, 3)
			return
		}
		require.Less(t, len(got.Remedies), 3)
		if len(got.Remedies) == 0 {
			assert.Equal(t, []string{"No change that would help was found; not all were tried."}, got.Lines())
		}
	}
}

func TestContext(t *testing.T) {
	u := universe(t, conflicting)
	ctx, cancel := context.WithCancel(t.Context())
	solves := 0
	e := Explainer{Index: u.Index, New: func(x resolve.Index) resolve.Resolver {
		return resolve.ResolverFunc(func(ctx context.Context, req *resolve.Request) (*resolve.Resolution, error) {
			if solves++; solves == 3 {
				cancel()
			}
			return (&resolve.Solver{Index: x}).Resolve(ctx, req)
		})
	}}
	_, err := e.Nearest(ctx, &u.Request)
	require.ErrorIs(t, err, context.Canceled)
	_, err = e.Ask(ctx, &u.Request, []resolve.Platform{u.Request.Platform}, Question{})
	require.ErrorIs(t, err, context.Canceled)
}

// TestUntried: what fails for another reason than that there is no solution counts as vain, and is told.
func TestUntried(t *testing.T) {
	u := universe(t, conflicting)
	e := Explainer{Index: u.Index, New: func(x resolve.Index) resolve.Resolver {
		return resolve.ResolverFunc(func(ctx context.Context, req *resolve.Request) (*resolve.Resolution, error) {
			if len(req.Requirements) < 2 {
				return nil, resolve.ErrTooManySteps
			}
			return (&resolve.Solver{Index: x}).Resolve(ctx, req)
		})
	}}
	got, err := e.Nearest(t.Context(), &u.Request)
	require.NoError(t, err)
	assert.False(t, got.Complete)
	assert.NotEmpty(t, got.Untried)
	assert.Contains(t, got.Lines()[len(got.Lines())-1], "drop the requirement app: too many steps")
}

// TestSilentResolver: a Resolver whose refusals say nothing is explained too.
func TestSilentResolver(t *testing.T) {
	u := universe(t, conflicting)
	e := Explainer{Index: u.Index, New: func(resolve.Index) resolve.Resolver {
		return resolve.ResolverFunc(func(ctx context.Context, req *resolve.Request) (*resolve.Resolution, error) {
			r, err := (&resolve.Solver{Index: u.Index}).Resolve(ctx, req)
			if errors.As(err, new(*resolve.NoSolutionError)) {
				err = &resolve.NoSolutionError{Platform: req.Platform.Name}
			}
			return r, err
		})
	}}
	got, err := e.Nearest(t.Context(), &u.Request)
	require.NoError(t, err)
	require.Len(t, got.Remedies, 2)
	assert.Equal(t, "ask for lib==2.0 instead of lib==1.0", got.Remedies[0].Text)
	assert.Equal(t, "drop the requirement app", got.Remedies[1].Text)
}

// TestMemory: all solves of an answer ask the index each question once, also those of a Resolver that prefetches.
func TestMemory(t *testing.T) {
	u := universe(t, conflicting)
	x := &prefetched{Index: u.Index}
	e := Explainer{Index: x, New: func(ix resolve.Index) resolve.Resolver {
		return resolve.ResolverFunc(func(ctx context.Context, req *resolve.Request) (*resolve.Resolution, error) {
			ix.(resolve.Prefetcher).Prefetch(ctx, "app", "lib")
			return (&resolve.Solver{Index: ix}).Resolve(ctx, req)
		})
	}}
	_, err := e.Nearest(t.Context(), &u.Request)
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, question := range u.Index.Asked() {
		assert.False(t, seen[question], "asked twice: %s", question)
		seen[question] = true
	}
	assert.NotEmpty(t, seen)
	assert.Equal(t, []pep508.Name{"app", "lib"}, x.names)
}

type prefetched struct {
	*resolvetest.Index
	names []pep508.Name
}

func (p *prefetched) Prefetch(_ context.Context, names ...pep508.Name) {
	p.names = append(p.names, names...)
}

// TestMemoryForgets: a failure that is no answer is not remembered.
func TestMemoryForgets(t *testing.T) {
	m := newMemory(&failing{})
	_, err := m.Project(t.Context(), "a")
	require.EqualError(t, err, "once")
	_, err = m.Project(t.Context(), "a")
	require.ErrorIs(t, err, dist.ErrNotFound)
	_, err = m.Project(t.Context(), "a")
	require.ErrorIs(t, err, dist.ErrNotFound)
}

type failing struct {
	resolve.Index
	asked int
}

func (f *failing) Project(context.Context, pep508.Name) (*dist.Project, error) {
	if f.asked++; f.asked == 1 {
		return nil, errors.New("once")
	}
	return nil, dist.ErrNotFound
}

func TestChangeApply(t *testing.T) {
	u := universe(t, `
platform windows 3.7.4 win32 win_amd64
policy allow before=2024-01-01T00:00:00Z
policy-of b forbid wheels
release a 1
request a<2
constraint a<3
override b
`)
	req := &u.Request
	for _, c := range []struct {
		change Change
		text   string
		err    string
	}{
		{Change{Kind: Loosen, List: Requirements, From: "a<2", To: "a"}, "ask for a instead of a<2", ""},
		{Change{Kind: Repin, List: Constraints, From: "a<3", To: "a==2"}, "use the constraint a==2 instead of a<3", ""},
		{Change{Kind: Drop, List: Overrides, From: "b"}, "drop the override b", ""},
		{Change{Kind: Drop, List: Constraints, From: "a<2"}, "drop the constraint a<2", "the constraints have no a<2"},
		{Change{Kind: Loosen, List: Requirements, From: "a<2", To: "!"}, "ask for ! instead of a<2", "requirement"},
		{Change{Kind: ExcludeNewer, Name: "b", From: "x", To: "2024-02-01T00:00:00Z"}, "move exclude-newer for b from x to 2024-02-01T00:00:00Z", ""},
		{Change{Kind: ExcludeNewer, From: "x", To: "soon"}, "move exclude-newer from x to soon", "cannot parse"},
		{Change{Kind: ExcludeNewer, From: "x"}, "lift exclude-newer, which is x", ""},
		{Change{Kind: Prereleases, Name: "b", To: "allow"}, "allow pre-releases of b", ""},
		{Change{Kind: Prereleases, To: "if-necessary"}, "allow pre-releases where no final release will do", ""},
		{Change{Kind: Prereleases, To: "never"}, "allow pre-releases where no final release will do", "unknown policy"},
		{Change{Kind: Formats, From: "wheels", To: "wheels,sdists"}, "allow source distributions", ""},
		{Change{Kind: Formats, Name: "b", From: "sdists", To: "wheels,sdists"}, "allow wheels of b", ""},
		{Change{Kind: Python, From: "3.7.4", To: "3.9.1"}, "use Python 3.9.1 instead of 3.7.4", ""},
		{Change{Kind: Python, From: "3.7.4", To: "nine"}, "use Python nine instead of 3.7.4", "version"},
		{Change{Kind: Floor, From: "win32", To: "win_arm64"}, "support win_arm64 and later systems only, instead of win32", ""},
		{Change{Kind: Floor, From: "win32", To: "amiga"}, "support amiga and later systems only, instead of win32", "amiga"},
		{Change{Kind: "guess"}, "support  and later systems only, instead of ", "unknown kind"},
	} {
		assert.Equal(t, c.text, c.change.String())
		got, err := c.change.Apply(req)
		if c.err != "" {
			require.ErrorContains(t, err, c.err, c.text)
			continue
		}
		require.NoError(t, err, c.text)
		assert.NotEqual(t, req, got, c.text)
	}
	assert.Equal(t, "a<2", req.Requirements[0].String(), "the request itself was changed")
	assert.Len(t, req.Policy.FormatsOf, 1)
	assert.Equal(t, "3.7.4", req.Platform.Python.String())

	got, err := Change{Kind: Floor, From: "win32", To: "win_arm64"}.Apply(req)
	require.NoError(t, err)
	assert.Equal(t, "win_arm64", got.Platform.Variants[0].Tag)
	assert.Equal(t, "win_amd64", got.Platform.Variants[1].Tag)
	got, err = Change{Kind: Formats, To: "wheels,sdists"}.Apply(req)
	require.NoError(t, err)
	assert.True(t, got.Policy.Sdists && !got.Policy.NoWheels)
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "ab", 2}, {"flask", "flsk", 1}, {"lib", "bil", 2}, {"same", "same", 0}, {"kitten", "sitting", 3}} {
		assert.Equal(t, c.want, distance(c.a, c.b), "%s %s", c.a, c.b)
		assert.Equal(t, c.want, distance(c.b, c.a), "%s %s", c.b, c.a)
	}
}

// TestNearestDeterministic: the same answer each time.
func TestNearestDeterministic(t *testing.T) {
	u := universe(t, conflicting+"constraint lib!=2.0,!=3\nrequest other\n")
	e := Explainer{Index: u.Index}
	first, err := e.Nearest(t.Context(), &u.Request)
	require.NoError(t, err)
	for range 20 {
		again, err := e.Nearest(t.Context(), &u.Request)
		require.NoError(t, err)
		assert.Equal(t, first.Lines(), again.Lines())
	}
}
