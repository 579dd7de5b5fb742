package pep440

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{"1.0", " v1!2.03-C4.post-5_dev6+Ab.07-c ", "1.0-1", "1.99999999999999999999", "1.0a--1", "1.0+", "1..0", "\u202f1", "1.0.*"} {
		f.Add(s, "1.0.post1")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		v, err := Parse(a)
		if err != nil {
			require.LessOrEqual(t, err.(*ParseError).Offset, len(a))
			require.True(t, v.IsZero())
			return
		}
		again, err := Parse(v.String())
		require.NoError(t, err)
		require.Equal(t, v.Key(), again.Key())
		require.Equal(t, v.String(), again.String())
		require.True(t, All().Contains(v))
		require.True(t, OnlyExact(v).Contains(v))
		require.False(t, v.Public().Compare(v) > 0)
		w, err := Parse(b)
		if err != nil {
			return
		}
		require.Equal(t, v.Compare(w), -w.Compare(v))
		require.Equal(t, v.Equal(w), v.Compare(w) == 0)
		require.Equal(t, v.Equal(w), Only(v).Contains(w))
		require.Equal(t, strings.EqualFold(v.Original(), w.Original()), OnlyExact(v).Contains(w))
		if !v.Equal(w) {
			require.Equal(t, v.Compare(w), strings.Compare(v.ExactKey(), w.ExactKey()))
		}
	})
}

func FuzzParseSpecifiers(f *testing.F) {
	for _, s := range []string{">=1.0,<2", "~=2.2.post3", "==1.0.*,!=1.0.5", "===lolwat", "=== 1.0RC1", ">1.0a1,", "<=1+x", "!= 1.0+X_01", "", ",,", ">=1 .0"} {
		f.Add(s, "1.0.post1", "==1.0")
	}
	f.Fuzz(func(t *testing.T, text, version, other string) {
		s, err := ParseSpecifiers(text)
		if err != nil {
			require.LessOrEqual(t, err.(*ParseError).Offset, len(text))
			return
		}
		again, err := ParseSpecifiers(s.String())
		require.NoError(t, err)
		require.Equal(t, s, again)
		o, err := ParseSpecifiers(other)
		if err != nil {
			return
		}
		both := s.Intersect(o)
		require.True(t, both.Range().Equal(s.Range().Intersect(o.Range())))
		require.Equal(t, both.NamesPrerelease(), s.NamesPrerelease() || o.NamesPrerelease())
		v, err := Parse(version)
		if err != nil {
			return
		}
		require.Equal(t, s.Contains(v), s.Range().Contains(v))
		require.Equal(t, s.Contains(v) && o.Contains(v), both.Contains(v))
		require.NotEqual(t, s.Contains(v), s.Range().Complement().Contains(v))
	})
}
