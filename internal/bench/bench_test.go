package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	deps "deps.dev/util/resolve"
	"deps.dev/util/resolve/pypi"
	"deps.dev/util/semver"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// patience is how long one solution may take before it counts as none.
const patience = 20 * time.Second

// BenchmarkSolve is a whole resolution of the registry's projects: reading pages or versions, matching and the search.
func BenchmarkSolve(b *testing.B) {
	for _, narrow := range []float64{0, 0.05, 0.2} {
		b.Run(fmt.Sprintf("conflict=%.2f", narrow), func(b *testing.B) {
			r := big(narrow)
			index, request := r.index(b), r.request(b)
			b.Run("chandlery", func(b *testing.B) {
				solver := &resolve.Solver{Index: index}
				b.ReportAllocs()
				for b.Loop() {
					if _, err := solver.Resolve(b.Context(), request); err != nil {
						b.Fatal(err)
					}
				}
			})
			client, root := r.theirs()
			b.Run("deps.dev", func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := solveTheirs(b.Context(), client, root); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

// solveTheirs uses a new resolver, as ours keeps nothing either.
func solveTheirs(ctx context.Context, client deps.Client, root deps.VersionKey) (*deps.Graph, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	g, err := pypi.NewResolver(client).Resolve(ctx, root)
	if err == nil && g.Error != "" {
		err = fmt.Errorf("no solution: %s", g.Error)
	}
	return g, err
}

// The versions of one project, in the spellings that indexes hold.
var spellings = []string{"1.26.4", "2.0.0rc1", "2024.1.15.1", "0.9.post2", "3.0.dev20240115", "1.0+cu118", "4.9.2", "10.20.30"}

func BenchmarkParse(b *testing.B) {
	b.Run("chandlery", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := pep440.Parse(spellings[i%len(spellings)]); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("deps.dev", func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			if _, err := semver.PyPI.Parse(spellings[i%len(spellings)]); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkCompare(b *testing.B) {
	const older, newer = "1.26.4", "1.26.5rc1"
	b.Run("chandlery", func(b *testing.B) {
		v, w := pep440.MustParse(older), pep440.MustParse(newer)
		b.ReportAllocs()
		for b.Loop() {
			if v.Compare(w) >= 0 {
				b.Fatal("order")
			}
		}
	})
	b.Run("deps.dev", func(b *testing.B) {
		v, err := semver.PyPI.Parse(older)
		require.NoError(b, err)
		w, err := semver.PyPI.Parse(newer)
		require.NoError(b, err)
		b.ReportAllocs()
		for b.Loop() {
			if v.Compare(w) >= 0 {
				b.Fatal("order")
			}
		}
	})
}

// TestSameRegistry: both resolvers solve the same thing. Without conflicts there is one best answer, the newest of each, and both find it.
func TestSameRegistry(t *testing.T) {
	r := big(0)
	ours, err := (&resolve.Solver{Index: r.index(t)}).Resolve(t.Context(), r.request(t))
	require.NoError(t, err)
	client, root := r.theirs()
	theirs, err := solveTheirs(t.Context(), client, root)
	require.NoError(t, err)
	require.Len(t, ours.Pins, 1000)
	chosen := map[string]string{}
	for _, n := range theirs.Nodes {
		chosen[n.Version.Name] = n.Version.Version
	}
	for _, p := range ours.Pins {
		assert.Equal(t, chosen[string(p.Name)], p.Version.String(), p.Name)
	}
}
