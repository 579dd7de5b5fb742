package resolvers

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

func TestLowestConforms(t *testing.T) {
	resolvetest.Run(t, func(x resolve.Index) resolve.Resolver { return &Lowest{x} })
}

// TestLowest: what it prefers, in universes of its own.
func TestLowest(t *testing.T) {
	const index = `
platform linux 3.9.18 manylinux_2_17_x86_64
release app 1.0
requires lib>=1.1
release app 2.0
requires lib
release lib 1.0
release lib 1.1rc1
release lib 1.1
release lib 1.2
`
	for _, text := range []string{
		"request app\npin app 1.0\npin lib 1.1",
		"request app\nrequest lib>1.1\npin app 1.0\npin lib 1.2",
		"request app\nconstraint lib<1.1\npin app 2.0\npin lib 1.0",
		"request app\nrequest lib<0\nrefuse every combination was tried",
	} {
		u, err := resolvetest.ParseUniverse(index + text)
		require.NoError(t, err)
		resolvetest.Check(t, u, &Lowest{u.Index})
	}
}

// TestAllowListConforms: with a list that allows all, over the default Resolver, whose solutions it keeps, and over another.
func TestAllowListConforms(t *testing.T) {
	all := func(pep508.Name) (pep440.Specifiers, bool) { return pep440.Specifiers{}, true }
	over := func(work func(resolve.Index) resolve.Resolver) func(resolve.Index) resolve.Resolver {
		return func(x resolve.Index) resolve.Resolver { return &AllowList{Index: x, New: work, Allowed: all} }
	}
	byDefault := over(func(x resolve.Index) resolve.Resolver { return &resolve.Solver{Index: x} })
	t.Run("default", func(t *testing.T) { resolvetest.Run(t, byDefault) })
	t.Run("preferred", func(t *testing.T) { resolvetest.RunPreferred(t, byDefault) })
	t.Run("lowest", func(t *testing.T) {
		resolvetest.Run(t, over(func(x resolve.Index) resolve.Resolver { return &Lowest{x} }))
	})
}

// TestAllowList: what it leaves out.
func TestAllowList(t *testing.T) {
	list := map[pep508.Name]pep440.Specifiers{"app": {}, "lib": pep440.MustParseSpecifiers("<2"), "spare": {}}
	const index = `
platform linux 3.9.18 manylinux_2_17_x86_64
release app 2.0
requires lib>=2
release app 1.0
requires lib
release lib 1.0
release lib 2.0
release leftpad 1.0
release needy 1.0
requires leftpad
request app
`
	for _, c := range []struct{ text, missing string }{
		{"pin app 1.0\npin lib 1.0", ""},
		{"request app>=2\nrefuse to be approved: lib==2.0", "lib==2.0"},
		{"request needy\nrequest lib>=2\nrefuse to be approved: leftpad==1.0, lib==2.0, needy==1.0", "leftpad==1.0 lib==2.0 needy==1.0"},
		{"request app>=3\nrefuse no version on the index matches", ""},
	} {
		u, err := resolvetest.ParseUniverse(index + c.text)
		require.NoError(t, err)
		r := &AllowList{
			Index:   u.Index,
			New:     func(x resolve.Index) resolve.Resolver { return &resolve.Solver{Index: x} },
			Allowed: func(n pep508.Name) (pep440.Specifiers, bool) { s, ok := list[n]; return s, ok },
		}
		resolvetest.Check(t, u, r)
		_, err = r.Resolve(t.Context(), &u.Request)
		var missing *NotApprovedError
		require.Equal(t, c.missing != "", errors.As(err, &missing), c.text)
		if c.missing != "" {
			require.Equal(t, c.missing, strings.Join(missing.Missing, " "))
		}
	}
}
