package resolve_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

// TestNoSolutionLack: a NoSolutionError wraps what projects lack where that alone is to blame, and nothing where requirements contradict each other.
func TestNoSolutionLack(t *testing.T) {
	const six = "release six 1.0\nrelease six 2.0\nfile cp39-cp39-win_amd64\nrelease six 3.0\npython >=3.12\n"
	for _, c := range []struct {
		name, universe string
		want           error
	}{
		{"no such version", "request six==9", resolve.ErrNoVersion},
		{"no file", "request six==2.0", resolve.ErrNoFile},
		{"for another Python", "request six==3.0", resolve.ErrNoVersion},
		{"the newest tells", "request six>=2", resolve.ErrNoVersion},
		{"a project without files", "project bare\nrequest bare>1", resolve.ErrNoFile},
		{"of a dependency", "release app 1.0\nrequires six==9\nrequest app", resolve.ErrNoVersion},
		{"of every version's dependency", "release app 1.0\nrequires six==9\nrelease app 2.0\nrequires six==8\nrequest app", resolve.ErrNoVersion},
		{"one lacks this, one that", "release app 1.0\nrequires six==9\nrelease app 2.0\nrequires six==2.0\nrequest app", nil},
		{"far below", "release app 1.0\nrequires mid\nrelease mid 1.0\nrequires six==2.0\nrequest app", resolve.ErrNoFile},
		{"two ask, and one for what is not there", "release app 1.0\nrequires six>=1\nrequest app\nrequest six<1", resolve.ErrNoVersion},
		{"two contradict each other, of versions that are there", "release six 0.9\nrelease app 1.0\nrequires six>=1\nrequest app\nrequest six<1", nil},
		{"a contradiction or a lack", "release mid 1.0\nrelease mid 2.0\nrelease app 1.0\nrequires mid>=2\nrelease app 2.0\nrequires six==9\nrequest app\nrequest mid<2", nil},
		{"a constraint", "request six\nconstraint six==9", nil},
		{"unknown", "request nothing\nrequest six==9", dist.ErrNotFound},
	} {
		u, err := resolvetest.ParseUniverse("platform linux 3.9.18 manylinux_2_17_x86_64\n" + six + c.universe + "\n")
		require.NoError(t, err, c.name)
		_, err = (&resolve.Solver{Index: u.Index}).Resolve(context.Background(), &u.Request)
		var none *resolve.NoSolutionError
		require.ErrorAs(t, err, &none, c.name)
		assert.Equal(t, c.want, none.Unwrap(), "%s: %v", c.name, none)
	}
}
