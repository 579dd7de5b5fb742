package explain

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

var (
	seed      = flag.Uint64("seed", 1, "seed of the random universes")
	universes = flag.Int("universes", 100, "how many random universes without a solution are compared with brute force")
)

// TestNearestEqualsBruteForce compares what Nearest finds with a search that tries every option and every pair of them, without knowing what is in vain.
func TestNearestEqualsBruteForce(t *testing.T) {
	var seen, ones, twos, never, solves, tries int
	for n := 0; seen < *universes; n++ {
		rng := rand.New(rand.NewPCG(*seed, uint64(n)))
		text := withoutYanked(resolvetest.RandomUniverse(rng))
		u, err := resolvetest.ParseUniverse(text)
		require.NoError(t, err, text)
		b := newBrute(t, u)
		if b == nil {
			continue // it has a solution
		}
		seen++
		e := Explainer{Index: u.Index, MaxSolves: 10_000}
		got, err := e.Nearest(t.Context(), &u.Request)
		require.NoError(t, err)
		require.True(t, got.Complete, "%v", got.Untried)
		solves += got.Solves
		size, rank := b.nearest()
		tries += b.tries
		where := fmt.Sprintf("universe %d of seed %d\n%s", n, *seed, text)
		if size == 0 {
			never++
			require.Empty(t, got.Remedies, where)
			continue
		}
		require.NotEmpty(t, got.Remedies, where)
		require.Len(t, got.Remedies[0].Changes, size, "%v, %s", got.Remedies[0], where)
		require.Equal(t, rank, b.rank(got.Remedies[0].Changes), "%v, %s", got.Remedies[0], where)
		for _, r := range got.Remedies {
			b.check(r, where)
		}
		if size == 1 {
			ones++
		} else {
			twos++
		}
	}
	t.Logf("seed %d: %d universes without a solution: %d helped by one change, %d by two, %d by neither; %d solves, brute force %d", *seed, seen, ones, twos, never, solves, tries)
	assert.Positive(t, min(ones, twos, never))
}

// TestWhyNotIsTrue asks why no newer version of anything that was chosen is there, or no other at all, and holds each cause against the answer to a request for that very version.
func TestWhyNotIsTrue(t *testing.T) {
	causes := map[Cause]int{}
	for n := range 15 * *universes {
		text := resolvetest.RandomUniverse(rand.New(rand.NewPCG(*seed, uint64(n))))
		if n%4 > 0 {
			text = withoutYanked(text)
		}
		u, err := resolvetest.ParseUniverse(text)
		require.NoError(t, err)
		r, err := (&resolve.Solver{Index: u.Index}).Resolve(t.Context(), &u.Request)
		if err != nil {
			continue
		}
		b := &brute{T: t, u: u}
		wanted := []pep440.Specifiers{{}, pep440.MustParseSpecifiers(">0")}[n%2]
		for _, pin := range r.Pins {
			a, err := (&Explainer{Index: u.Index}).WhyNot(t.Context(), &u.Request, r, pin.Name, wanted)
			require.NoError(t, err)
			require.Len(t, a.Versions, others(t, u, pin, wanted))
			for _, v := range a.Versions {
				causes[v.Cause]++
				require.NotEmpty(t, v.Text)
				ok := b.has(pin, v.Version)
				proven := v.Cause != Excluded && v.Cause != Unexamined || v.Trial > 0 && a.Trials[v.Trial-1].Conflict != nil
				if proven && v.Cause != Yanked && v.Cause != Prerelease && !strings.Contains(text, "yanked") {
					require.Equal(t, v.Cause == Dearer, ok, "%s %s: %s, universe %d of seed %d\n%s", pin.Name, v.Version, v.Cause, n, *seed, text)
				}
			}
		}
	}
	t.Logf("seed %d: causes %v", *seed, causes)
	for _, c := range []Cause{NoUsableWheel, RequiresOtherPython, TooNew, Prerelease, Yanked, Excluded, Impossible, Dearer} {
		assert.Positive(t, causes[c], c)
	}
}

// withoutYanked is a universe in which a solution of more requirements is one of fewer. A yanked release is there or not by pins elsewhere, so with one that need not be so.
func withoutYanked(text string) string { return strings.ReplaceAll(text, "yanked\n", "") }

// others counts the versions on a project's page that are newer than a pin or, where versions are wanted, other than it.
func others(t *testing.T, u *resolvetest.Universe, pin resolve.Pin, wanted pep440.Specifiers) int {
	page, err := u.Index.Project(t.Context(), pin.Name)
	require.NoError(t, err)
	versions := map[string]bool{}
	for _, f := range page.Files {
		if c := f.Version.Compare(pin.Version); c > 0 || c < 0 && !wanted.IsEmpty() {
			versions[f.Version.String()] = true
		}
	}
	return len(versions)
}

// has reports whether there is a solution with a version of a project.
func (b *brute) has(pin resolve.Pin, version string) bool {
	req := besides(&b.u.Request, &pin, pep508.MustParse(string(pin.Name)+"=="+version))
	r, err := (&resolve.Solver{Index: b.u.Index}).Resolve(b.Context(), req)
	return err == nil && r.Pin(pin.Name) != nil
}

// brute tries all there is.
type brute struct {
	*testing.T
	u       *resolvetest.Universe
	options []option
	tries   int
}

func newBrute(t *testing.T, u *resolvetest.Universe) *brute {
	t.Helper()
	e := Explainer{Index: u.Index}
	s := e.session(newMemory(u.Index))
	_, err := s.resolver.Resolve(t.Context(), &u.Request)
	var why *resolve.NoSolutionError
	if !errors.As(err, &why) {
		require.NoError(t, err)
		return nil
	}
	return &brute{T: t, u: u, options: s.options(&u.Request, wordsOf(why))}
}

// works reports whether there is a solution, of something, with changes.
func (b *brute) works(changes ...Change) bool {
	b.Helper()
	b.tries++
	req, err := Remedy{Changes: changes}.Apply(&b.u.Request)
	require.NoError(b, err)
	r, err := (&resolve.Solver{Index: b.u.Index}).Resolve(b.Context(), req)
	var why *resolve.NoSolutionError
	if !errors.As(err, &why) {
		require.NoError(b, err)
	}
	return err == nil && len(r.Pins) > 0
}

// nearest is the size and rank of the nearest set that works.
func (b *brute) nearest() (size, rank int) {
	for _, o := range b.options {
		if b.works(o.Change) {
			return 1, o.rank
		}
	}
	for j, o := range b.options {
		for _, p := range b.options[:j] {
			if o.subject != p.subject && b.works(o.Change, p.Change) {
				return 2, o.rank
			}
		}
	}
	return 0, 0
}

// rank is that of the more intrusive change.
func (b *brute) rank(changes []Change) (rank int) {
	for _, c := range changes {
		i := slices.IndexFunc(b.options, func(o option) bool {
			return o.List == c.List && o.From == c.From && (o.Kind == c.Kind || c.Kind == Repin)
		})
		require.GreaterOrEqual(b, i, 0, "%v is no option", c)
		found := b.options[i].rank
		if c.Kind == Repin && c.List == Constraints {
			found = rankDropConstraint // of which it is the smaller form
		}
		rank = max(rank, found)
	}
	return rank
}

// check asserts that a remedy works and that no part of it does.
func (b *brute) check(r Remedy, where string) {
	b.Helper()
	require.True(b, b.works(r.Changes...), "%s, %s", r.Text, where)
	for i := range r.Changes {
		rest := slices.Delete(slices.Clone(r.Changes), i, i+1)
		require.False(b, b.works(rest...), "%s: %s is needless, %s", r.Text, r.Changes[i], where)
	}
}
