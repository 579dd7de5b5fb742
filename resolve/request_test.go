package resolve_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

func TestResolveNothing(t *testing.T) {
	u, err := resolvetest.ParseUniverse("platform linux 3.9.18 manylinux_2_17_x86_64\n")
	require.NoError(t, err)
	_, err = (&resolve.Solver{Index: u.Index}).Resolve(t.Context(), nil)
	require.ErrorContains(t, err, "there is no request")
}
