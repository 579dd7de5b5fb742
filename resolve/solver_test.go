package resolve_test

import (
	"context"
	"math/rand/v2"
	"reflect"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

func TestSolverConforms(t *testing.T) {
	newSolver := func(x resolve.Index) resolve.Resolver { return &resolve.Solver{Index: x} }
	resolvetest.Run(t, newSolver)
	resolvetest.RunPreferred(t, newSolver)
}

// The same of an Index that is a Lister.
func TestSolverConformsByListing(t *testing.T) {
	newSolver := func(x resolve.Index) resolve.Resolver { return &resolve.Solver{Index: lister{x}} }
	resolvetest.Run(t, newSolver)
	resolvetest.RunPreferred(t, newSolver)
}

// lister makes an Index a Lister whose listings hold no files.
type lister struct{ resolve.Index }

func (x lister) Listing(ctx context.Context, name pep508.Name) (*dist.Listing, error) {
	p, err := x.Project(ctx, name)
	if err != nil {
		return nil, err
	}
	var b dist.ListingBuilder
	for i := range p.Files {
		f := &p.Files[i]
		b.Add(&dist.Brief{Filename: f.Filename, RequiresPython: &f.RequiresPython, Uploaded: f.Uploaded, Yanked: f.Yanked})
	}
	return b.Listing(func(n int) *dist.File { f := p.Files[n]; return &f }), nil
}

// TestSolverByListing: answers and refusals, word for word, do not tell whether an Index is a Lister.
func TestSolverByListing(t *testing.T) {
	solved := 0
	for n := range uint64(300) {
		text := resolvetest.RandomUniverse(rand.New(rand.NewPCG(7, n)))
		u, err := resolvetest.ParseUniverse(text)
		require.NoError(t, err)
		x := paced{u.Index, unevenly(0)} // in the same order both times, so that the scout has the same guesses
		var want, got *resolve.Resolution
		var wantErr error
		synctest.Test(t, func(t *testing.T) {
			want, wantErr = (&resolve.Solver{Index: x}).Resolve(t.Context(), &u.Request)
			asked := u.Index.Asked()
			got, err = (&resolve.Solver{Index: lister{x}}).Resolve(t.Context(), &u.Request)
			require.ElementsMatch(t, asked, u.Index.Asked(), text)
		})
		require.True(t, reflect.DeepEqual(want, got), text)
		if wantErr == nil {
			require.NoError(t, err, text)
			solved++
		} else {
			require.EqualError(t, err, wantErr.Error(), text)
		}
	}
	require.NotZero(t, solved)
	require.NotEqual(t, 300, solved)
}
