package resolve_test

import (
	"context"
	"hash/fnv"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

// paced is an Index whose answers take their time.
type paced struct {
	resolve.Index
	takes func(question string) time.Duration // as resolvetest.Index.Asked has it
}

func (x paced) wait(ctx context.Context, question string) {
	select {
	case <-time.After(x.takes(question)):
	case <-ctx.Done():
	}
}

func (x paced) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	x.wait(ctx, "project "+string(name))
	return x.Index.Project(ctx, name)
}

func (x paced) Metadata(ctx context.Context, f dist.File) (*dist.Metadata, error) {
	x.wait(ctx, "metadata "+f.File)
	return x.Index.Metadata(ctx, f)
}

// evenly is a second for each answer.
func evenly(string) time.Duration { return time.Second }

// unevenly is another time for each answer, the same again for the same seed.
func unevenly(seed byte) func(string) time.Duration {
	return func(question string) time.Duration {
		h := fnv.New64a()
		h.Write(append([]byte(question), seed))
		return time.Duration(h.Sum64() % uint64(time.Second))
	}
}

// TestSolverAnyOrder: answers and refusals, word for word, do not tell in which order the Index answered.
func TestSolverAnyOrder(t *testing.T) {
	solved := 0
	for n := range uint64(200) {
		text := resolvetest.RandomUniverse(rand.New(rand.NewPCG(8, n)))
		u := universe(t, text)
		want, wantErr := (&resolve.Solver{Index: u.Index}).Resolve(t.Context(), &u.Request)
		for seed := range byte(3) {
			synctest.Test(t, func(t *testing.T) {
				got, err := (&resolve.Solver{Index: paced{u.Index, unevenly(seed)}}).Resolve(t.Context(), &u.Request)
				require.True(t, reflect.DeepEqual(want, got), text)
				if wantErr == nil {
					require.NoError(t, err, text)
				} else {
					require.EqualError(t, err, wantErr.Error(), text)
				}
			})
		}
		if wantErr == nil {
			solved++
		}
	}
	require.NotZero(t, solved)
	require.NotEqual(t, 200, solved)
}

// TestScout: a slow answer holds up what follows from it and nothing else.
func TestScout(t *testing.T) {
	u := universe(t, `
platform p 3.9.0 win32
release slow 1
requires after
release after 1
release a 1
requires b
release b 1
requires c
release c 1
requires slow
request slow
request a
`)
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := (&resolve.Solver{Index: paced{u.Index, func(question string) time.Duration {
			if question == "project slow" {
				return 10 * time.Second
			}
			return time.Second
		}}}).Resolve(t.Context(), &u.Request)
		require.NoError(t, err)
		assert.Equal(t, 13*time.Second, time.Since(start), "the slow page, then its METADATA, and a page and METADATA after it")
	})
}

// TestScoutGuesses: on a guess the METADATA of a wheel is asked for; that of an sdist, which may have to be built, only where the request pins it.
func TestScoutGuesses(t *testing.T) {
	for name, c := range map[string]struct {
		text  string
		asked bool
	}{
		"wheel":             {"", true},
		"sdist":             {"file sdist", false},
		"constrained sdist": {"file sdist\nconstraint c==2", true},
		"limited sdist":     {"file sdist\nconstraint c<=2", false},
	} {
		t.Run(name, func(t *testing.T) {
			u := universe(t, "platform p 3.9.0 win32\npolicy sdists\nrelease early 1\nrequires c\nrelease late 1\nrequires c<2\nrelease c 1\nrequest early\nrequest late\nrelease c 2\n"+c.text)
			synctest.Test(t, func(t *testing.T) {
				_, err := (&resolve.Solver{Index: paced{u.Index, func(question string) time.Duration {
					if question == "project late" {
						return 10 * time.Second
					}
					return time.Second
				}}}).Resolve(t.Context(), &u.Request)
				var none *resolve.NoSolutionError
				if strings.Contains(c.text, "==") {
					require.ErrorAs(t, err, &none)
				} else {
					require.NoError(t, err)
				}
				newest := func(file string) bool { return strings.HasPrefix(file, "2") }
				assert.Equal(t, c.asked, slices.ContainsFunc(ofMetadata(u.Index.Asked(), "c"), newest))
			})
		})
	}
}
