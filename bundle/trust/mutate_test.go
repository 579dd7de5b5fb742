package trust_test

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/trust"
	"github.com/chandlery-go/chandlery/bundle/trust/internal/mutate"
)

// TestMutated: whatever is done to a repository, what is installed was signed for this target, and an error says what kind it is. The nested module
// internal/oracle compares the verdicts with those of other clients.
func TestMutated(t *testing.T) {
	bases := mutate.Bases(time.Now().AddDate(0, 0, 7))
	work := t.TempDir()
	warm := func(base int) string { return filepath.Join(work, strconv.Itoa(base)) }
	for i, b := range bases {
		got, err := mutate.Install(ctx, warm(i), b.Root, b.First)
		require.NoError(t, err)
		require.Equal(t, "first", string(got))
	}
	installed := 0
	for seed := range uint64(150) {
		c := mutate.New(bases, seed)
		dir := filepath.Join(work, "case")
		if seed%2 == 0 {
			require.NoError(t, os.CopyFS(dir, os.DirFS(warm(c.Base))))
		}
		got, err := mutate.Install(ctx, dir, bases[c.Base].Root, c.Files)
		switch bundle.KindOf(err) {
		case bundle.KindNone:
			installed++
			assert.Contains(t, []string{"first", "second"}, string(got), "seed %d: %s", seed, c.What)
		case bundle.KindTrust, bundle.KindNotFound, bundle.KindNoRelease:
		default:
			assert.ErrorIs(t, err, trust.ErrNoTarget, "seed %d: %s", seed, c.What)
		}
		require.NoError(t, os.RemoveAll(dir))
	}
	assert.Greater(t, installed, 10)
	assert.Less(t, installed, 140)
}

// BenchmarkNoNews is the question whether there is something new, where there is nothing: two requests.
func BenchmarkNoNews(b *testing.B) {
	bases := mutate.Bases(time.Now().AddDate(0, 0, 7))
	dir := b.TempDir()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := mutate.Install(ctx, dir, bases[0].Root, bases[0].Second); err != nil {
			b.Fatal(err)
		}
	}
}
