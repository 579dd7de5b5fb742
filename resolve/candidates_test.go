package resolve_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

func universe(t *testing.T, text string) *resolvetest.Universe {
	t.Helper()
	u, err := resolvetest.ParseUniverse(text)
	require.NoError(t, err)
	return u
}

func TestCandidates(t *testing.T) {
	u := universe(t, `
platform windows 3.7.4 win32 win_amd64
policy before=2024-01-01T00:00:00Z
release a 1.0
uploaded 2020-01-01T00:00:00Z
release a 1.0.post1
uploaded 2020-01-01T00:00:00Z
  file cp37-cp37m-win_amd64
  file py3-none-any
    yanked
release a 2.0
uploaded 2020-01-01T00:00:00Z
  file cp37-cp37m-linux_x86_64
  file sdist
release a 3.0
uploaded 2020-01-01T00:00:00Z
python >=3.8
release a 4.0
uploaded 2024-01-01T00:00:00Z
release a 5.0
`)
	p, err := u.Index.Project(context.Background(), "a")
	require.NoError(t, err)
	p.Files = append(p.Files, dist.File{Artifact: dist.Artifact{File: "a-9.egg"}})

	got, refused := resolve.Candidates(p, u.Request.Platform, u.Request.Policy)
	require.Len(t, got, 2)
	assert.Equal(t, "1.0.post1", got[0].Version.String())
	assert.True(t, got[0].Yanked)
	assert.Equal(t, "a-1.0.post1-py3-none-any.whl", got[0].Files[0].File)
	assert.Equal(t, "a-1.0.post1-cp37-cp37m-win_amd64.whl", got[0].Files[1].File)
	assert.Equal(t, "1.0", got[1].Version.String())
	assert.False(t, got[1].Yanked)

	require.Len(t, refused, 4)
	for i, want := range []struct {
		version string
		why     resolve.RefusalReason
	}{{"5.0", resolve.TooNew}, {"4.0", resolve.TooNew}, {"3.0", resolve.RequiresOtherPython}, {"2.0", resolve.NoUsableWheel}} {
		assert.Equal(t, want.version, refused[i].Version.String())
		assert.Equal(t, want.why, refused[i].Why)
	}
	assert.Equal(t, ">=3.8", refused[2].Python.String())
	assert.Equal(t, []string{"cp37-cp37m-linux_x86_64"}, refused[3].Tags)

	got, _ = resolve.Candidates(p, u.Request.Platform, resolve.Policy{Sdists: true, ExcludeNewer: time.Time{}})
	require.Len(t, got, 5)
	assert.Equal(t, dist.Sdist, got[2].Files[0].Kind)
}

func TestCandidatesForbidPrereleases(t *testing.T) {
	u := universe(t, "platform p 3.9.0 win32\nrelease a 1.0rc1\nrelease a 1.0.dev1\nrelease a 0.9")
	p, err := u.Index.Project(context.Background(), "a")
	require.NoError(t, err)
	got, refused := resolve.Candidates(p, u.Request.Platform, resolve.Policy{Prereleases: resolve.Forbid})
	require.Len(t, got, 1)
	require.Len(t, refused, 2)
	assert.Equal(t, resolve.NotFinal, refused[0].Why)
}

func TestNewPlatform(t *testing.T) {
	p, err := resolve.NewPlatform("windows", pep440.MustParse("3.7.4"), "win32", "win_amd64")
	require.NoError(t, err)
	require.Len(t, p.Variants, 2)
	assert.Equal(t, "win32", p.Variants[0].Tag)
	assert.Len(t, p.Variants[0].Environments, 2) // x86 and AMD64
	assert.Equal(t, "AMD64", p.Variants[1].Environments[0]["platform_machine"])

	for _, tags := range [][]string{nil, {"beos"}} {
		_, err := resolve.NewPlatform("odd", pep440.MustParse("3.7.4"), tags...)
		assert.ErrorContains(t, err, "platform odd")
	}
}

func TestResolutionWhy(t *testing.T) {
	u := universe(t, `
platform p 3.9.0 win32
release app 1
requires web
requires core>=1 ; platform_release >= "10"
release web 1
requires core<3
release core 2
request app
request web
constraint core!=9
`)
	got, err := (&resolve.Solver{Index: u.Index}).Resolve(context.Background(), &u.Request)
	require.NoError(t, err)
	chains := got.Why("core")
	require.Len(t, chains, 2)
	assert.Equal(t, pep508.Name("app"), chains[0][1].By)
	assert.Equal(t, "app", chains[0][0].Requirement.String())
	assert.True(t, chains[0][1].Unknown, "platform_release is not known")
	assert.Equal(t, pep508.Name("web"), chains[1][1].By)
	require.Len(t, chains[1], 2)
	assert.Nil(t, got.Why("nowhere"))
	assert.True(t, got.Pin("core").RequiredBy[0].Constraint)
	assert.Nil(t, got.Pin("nowhere"))
}

func TestPinExtras(t *testing.T) {
	u := universe(t, `
platform p 3.9.0 win32
release a 1
extra x
requires b ; extra == 'x'
release b 1
request a[x,y]
`)
	got, err := (&resolve.Solver{Index: u.Index}).Resolve(context.Background(), &u.Request)
	require.NoError(t, err)
	assert.Equal(t, []pep508.Name{"x"}, got.Pin("a").Extras)
	assert.Equal(t, []pep508.Name{"y"}, got.Pin("a").UnknownExtras)
}

func TestResolveRefusesRequests(t *testing.T) {
	u := universe(t, "platform p 3.9.0 win32\nrelease a 1\nrelease b 1\nrequest a\nrequest b")
	s := &resolve.Solver{Index: u.Index}

	direct := u.Request
	direct.Requirements = []pep508.Requirement{pep508.MustParse("a @ https://host.example/a-1-py3-none-any.whl")}
	_, err := s.Resolve(context.Background(), &direct)
	var byAddress *resolve.DirectURLError
	require.ErrorAs(t, err, &byAddress)
	assert.NotContains(t, err.Error(), "host.example", "an address may hold credentials")

	_, err = s.Resolve(context.Background(), &resolve.Request{})
	assert.ErrorContains(t, err, "NewPlatform")
	_, err = (&resolve.Solver{}).Resolve(context.Background(), &u.Request)
	assert.ErrorContains(t, err, "Index")
	_, err = (&resolve.Solver{Index: u.Index, MaxSteps: 1}).Resolve(context.Background(), &u.Request)
	assert.ErrorIs(t, err, resolve.ErrTooManySteps)
	got, err := s.Resolve(context.Background(), &resolve.Request{Platform: u.Request.Platform})
	require.NoError(t, err)
	assert.Empty(t, got.Pins)
}

// TestResolveAsksLittle: without conflicts one page and one metadata file for each pin, in as many rounds as the dependencies are deep, where no answer takes longer than another.
func TestResolveAsksLittle(t *testing.T) {
	u := universe(t, `
platform windows 3.7.4 win32 win_amd64
release app 2
requires a
requires b
release app 1
release a 2
requires c<2
release a 1
release b 1
requires c
release c 1
release c 2
request app
`)
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := (&resolve.Solver{Index: paced{u.Index, evenly}}).Resolve(t.Context(), &u.Request)
		require.NoError(t, err)
		assert.Equal(t, 6*time.Second, time.Since(start))
	})
	assert.ElementsMatch(t, []string{
		"project app", "metadata app-2-py3-none-any.whl", "project a", "metadata a-2-py3-none-any.whl",
		"project b", "metadata b-1-py3-none-any.whl", "project c", "metadata c-1-py3-none-any.whl",
	}, u.Index.Asked())
}

// endless is an index on which every project requires another one.
type endless struct{}

func (endless) Project(_ context.Context, name pep508.Name) (*dist.Project, error) {
	f, err := dist.ParseFilename(string(name) + "-1-py3-none-any.whl")
	return &dist.Project{Name: name, Files: []dist.File{{Filename: f, Artifact: dist.Artifact{File: string(name)}}}}, err
}

func (endless) Metadata(_ context.Context, f dist.File) (*dist.Metadata, error) {
	next := pep508.Requirement{Name: f.Name + "x"}
	return &dist.Metadata{Name: f.Name, ProjectVersion: f.Version, RequiresDist: []pep508.Requirement{next}}, nil
}

func TestResolveEndsOnEndlessIndex(t *testing.T) {
	u := universe(t, "platform p 3.9.0 win32\nrequest x")
	_, err := (&resolve.Solver{Index: endless{}, MaxSteps: 100}).Resolve(context.Background(), &u.Request)
	assert.ErrorIs(t, err, resolve.ErrTooManySteps)
}
