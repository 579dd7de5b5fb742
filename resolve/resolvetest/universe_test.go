package resolvetest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseUniverseErrors(t *testing.T) {
	const platform = "platform p 3.9.0 win32\n"
	for _, c := range []struct{ text, want string }{
		{"", "no platform"},
		{"platform p", "line 1"},
		{"platform p 3.9.0 amiga", "amiga"},
		{platform + "nonsense", "line 2: nonsense: unknown"},
		{platform + "release a", "want a name and a version"},
		{platform + "release a x", "line 2"},
		{platform + "release a 1\nfrobnicate", "unknown statement"},
		{platform + "release a 1\nuploaded yesterday", "line 3"},
		{platform + "release a 1\nfile py3", "file name"},
		{platform + "request a b", "line 2"},
		{platform + "policy sometimes", "unknown policy"},
		{platform + "policy-of a", "want a name and words"},
		{platform + "policy-of a sometimes", "unknown policy"},
		{platform + "policy-of a before=noon", "line 2"},
		{platform + "policy-of -- wheels", "line 2"},
		{platform + "pin a", "want a name and a version"},
	} {
		_, err := ParseUniverse(c.text)
		require.Error(t, err, "%q", c.text)
		assert.Contains(t, err.Error(), c.want, "%q", c.text)
	}
}

func TestIndexAsked(t *testing.T) {
	u, err := ParseUniverse("platform p 3.9.0 win32\nrelease a 1\nproject b")
	require.NoError(t, err)
	p, err := u.Index.Project(t.Context(), "a")
	require.NoError(t, err)
	_, err = u.Index.Metadata(t.Context(), p.Files[0])
	require.NoError(t, err)
	assert.Equal(t, []string{"project a", "metadata a-1-py3-none-any.whl"}, u.Index.Asked())
	assert.Empty(t, u.Index.Asked())
}

// TestCheckFails: the suite's own judgement must be able to fail.
func TestCheckFails(t *testing.T) {
	for _, text := range []string{
		"platform p 3.9.0 win32\nrelease a 1\nrequest a\npin a 2",
		"platform p 3.9.0 win32\nrelease a 1\nrequest a\nrefuse anything",
		"platform p 3.9.0 win32\nrelease a 1\nrequest a>1\npin a 1",
		"platform p 3.9.0 win32\nrelease a 1\nrequest a>1\nrefuse what it does not say",
	} {
		u, err := ParseUniverse(text)
		require.NoError(t, err)
		probe := &recorder{TB: t}
		Check(probe, u, solver(u.Index))
		assert.True(t, probe.failed, text)
	}
}

// recorder notes failures instead of failing.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Error(...any)          { r.failed = true }
func (r *recorder) Errorf(string, ...any) { r.failed = true }

func FuzzParseUniverse(f *testing.F) {
	for _, text := range Universes() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := ParseUniverse(text)
		if err == nil && len(text) < 2000 {
			_, _ = solver(u.Index).Resolve(t.Context(), &u.Request) // any answer, but no panic
		}
	})
}
