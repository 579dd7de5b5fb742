package main

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFuzzTests(t *testing.T) {
	require.Equal(t, []string{"FuzzParse", "FuzzX"}, fuzzTests("package p\n\nfunc FuzzParse(f *testing.F) {\n}\n\nfunc FuzzHelper(t *testing.T) {}\n\n// func FuzzOld(f *testing.F)\nfunc FuzzX(fz *testing.F) {}\n"))
	require.Empty(t, fuzzTests("package p\n"))
}

func TestList(t *testing.T) {
	all, err := list(t.Context(), t.Output())
	require.NoError(t, err)
	require.Greater(t, len(all), 30)
	require.Equal(t, first[0], all[0].Package)
	for _, want := range []target{{Package: "internal/soak", Name: "FuzzParseRow"}, {Package: "venv/wheel", Name: "FuzzOpen"}} {
		i := slices.IndexFunc(all, func(got target) bool { return got.Package == want.Package && got.Name == want.Name })
		require.GreaterOrEqual(t, i, 0, want.Name)
		require.DirExists(t, all[i].Dir)
	}
}

func TestPlace(t *testing.T) {
	require.Less(t, target{Package: "resolve/pep440"}.place(), target{Package: "internal/archive"}.place())
	require.Less(t, target{Package: "resolve/pyproject"}.place(), target{Package: "bundle"}.place())
}
