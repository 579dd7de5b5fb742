package resolve_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

func TestPolicyFor(t *testing.T) {
	general, own := time.Unix(1, 0), time.Unix(2, 0)
	p := resolve.Policy{
		Select:         resolve.LowestDirect,
		ExcludeNewer:   general,
		ExcludeNewerOf: map[pep508.Name]time.Time{"a": own, "b": {}},
		Prereleases:    resolve.Allow,
		PrereleasesOf:  map[pep508.Name]resolve.Prereleases{"a": resolve.IfNecessary, "b": resolve.Forbid},
		Sdists:         true,
		FormatsOf:      map[pep508.Name]resolve.Formats{"a": {Wheels: true}, "b": {Sdists: true}, "c": {}},
	}
	for name, want := range map[pep508.Name]resolve.Policy{
		"a": {Select: resolve.LowestDirect, ExcludeNewer: own},
		"b": {Select: resolve.LowestDirect, Prereleases: resolve.Forbid, Sdists: true, NoWheels: true},
		"c": {Select: resolve.LowestDirect, ExcludeNewer: general, Prereleases: resolve.Allow, NoWheels: true},
		"d": {Select: resolve.LowestDirect, ExcludeNewer: general, Prereleases: resolve.Allow, Sdists: true},
	} {
		assert.Equal(t, want, p.For(name), name)
		assert.Equal(t, want, p.For(name).For("a"), name)
	}
	assert.Equal(t, resolve.Policy{}, resolve.Policy{}.For("a"))
}

// TestCandidatesPolicyOf has what is said of single projects, and the reason of each refusal.
func TestCandidatesPolicyOf(t *testing.T) {
	const releases = `
platform linux 3.9.18 manylinux_2_17_x86_64
release a 3rc1
uploaded 2024-03-01T00:00:00Z
release a 2
uploaded 2024-02-01T00:00:00Z
file sdist
release a 1
uploaded 2024-01-01T00:00:00Z
file py3-none-any
file sdist
`
	for _, c := range []struct {
		policy  string
		want    string // the candidates with their kinds
		refused []resolve.RefusalReason
	}{
		{"policy allow", "3rc1 wheel, 1 wheel", []resolve.RefusalReason{resolve.NoUsableWheel}},
		{"policy lowest", "3rc1 wheel, 1 wheel", []resolve.RefusalReason{resolve.NoUsableWheel}},
		{"policy sdists", "3rc1 wheel, 2 sdist, 1 wheel", nil},
		{"policy sdists\npolicy-of a wheels", "3rc1 wheel, 1 wheel", []resolve.RefusalReason{resolve.NoUsableWheel}},
		{"policy-of a sdists", "2 sdist, 1 sdist", []resolve.RefusalReason{resolve.OtherFormat}},
		{"policy sdists no-wheels", "2 sdist, 1 sdist", []resolve.RefusalReason{resolve.OtherFormat}},
		{"policy sdists no-wheels\npolicy-of a wheels sdists", "3rc1 wheel, 2 sdist, 1 wheel", nil},
		{"policy-of a nothing", "", []resolve.RefusalReason{resolve.OtherFormat, resolve.OtherFormat, resolve.OtherFormat}},
		{"policy-of a forbid", "1 wheel", []resolve.RefusalReason{resolve.NotFinal, resolve.NoUsableWheel}},
		{"policy forbid\npolicy-of a if-necessary", "3rc1 wheel, 1 wheel", []resolve.RefusalReason{resolve.NoUsableWheel}},
		{"policy before=2024-02-01T00:00:00Z", "1 wheel", []resolve.RefusalReason{resolve.TooNew, resolve.TooNew}},
		{"policy-of a before=2024-02-01T00:00:00Z", "1 wheel", []resolve.RefusalReason{resolve.TooNew, resolve.TooNew}},
		{"policy before=2024-01-01T00:00:00Z\npolicy-of a before=never sdists wheels", "3rc1 wheel, 2 sdist, 1 wheel", nil},
		{"policy-of b before=2024-01-01T00:00:00Z nothing forbid", "3rc1 wheel, 1 wheel", []resolve.RefusalReason{resolve.NoUsableWheel}},
	} {
		u := universe(t, releases+c.policy)
		p, err := u.Index.Project(t.Context(), "a")
		require.NoError(t, err)
		got, refused := resolve.Candidates(p, u.Request.Platform, u.Request.Policy)
		assert.Equal(t, c.want, kinds(got), c.policy)
		var why []resolve.RefusalReason
		for _, r := range refused {
			why = append(why, r.Why)
		}
		assert.Equal(t, c.refused, why, c.policy)
	}
}

// kinds are candidates as text: "2 sdist, 1 wheel".
func kinds(list []resolve.Candidate) (text string) {
	for i, c := range list {
		if i > 0 {
			text += ", "
		}
		text += c.Version.String() + map[bool]string{true: " wheel", false: " sdist"}[len(c.Files[0].Tags) > 0]
	}
	return text
}
