package resolve_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

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
	return sheetOf(p.Files).Listing(), nil
}

// sheetOf is a sheet of files: lines and shapes that are the same stand once.
func sheetOf(all []dist.File) *dist.Sheet {
	files := slices.DeleteFunc(slices.Clone(all), func(f dist.File) bool { return f.Kind == dist.Other })
	slices.SortStableFunc(files, func(a, b dist.File) int {
		return cmp.Or(strings.Compare(a.Version.ExactKey(), b.Version.ExactKey()), strings.Compare(a.File, b.File))
	})
	s := &dist.Sheet{Uploaded: func(n int) time.Time { return files[n].Uploaded.UTC() }, File: func(n int) *dist.File { f := files[n]; return &f }}
	sets, lines, shapes := map[string]int{"[]": 0}, map[string]int32{}, map[string]int32{}
	for i := 0; i < len(files); {
		v, shape, first := files[i].Version, []int32{}, i
		for ; i < len(files) && files[i].Version.ExactKey() == v.ExactKey(); i++ {
			f := &files[i]
			set := fmt.Sprint(f.Tags)
			if _, known := sets[set]; !known {
				sets[set] = len(sets)
			}
			line := fmt.Sprint(f.Kind, set, f.Build, f.RequiresPython, f.Yanked)
			if _, known := lines[line]; !known {
				lines[line] = int32(len(s.Lines))
				s.Lines = append(s.Lines, dist.Line{Kind: f.Kind, Tags: f.Tags, TagSet: sets[set], Build: f.Build, RequiresPython: &f.RequiresPython, Yanked: f.Yanked})
			}
			shape = append(shape, lines[line])
		}
		if _, known := shapes[fmt.Sprint(shape)]; !known {
			shapes[fmt.Sprint(shape)] = int32(len(s.Shapes))
			s.Shapes = append(s.Shapes, shape)
		}
		from := int32(len(s.Text))
		s.Text += v.ExactKey() + v.Original()
		middle := from + int32(len(v.ExactKey()))
		s.Releases = append(s.Releases, dist.Release{
			Key: dist.Cut{From: from, To: middle}, Version: dist.Cut{From: middle, To: int32(len(s.Text))},
			First: int32(first), Shape: shapes[fmt.Sprint(shape)], Prerelease: v.IsPrerelease(), Again: first > 0 && files[first-1].Version.Equal(v),
		})
	}
	return s
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
