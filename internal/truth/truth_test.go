//go:build live

package truth

import (
	"flag"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

var (
	count      = flag.Int("sets", 12, "how many requirement sets, chosen by seed; 0: all")
	seed       = flag.Uint64("seed", 0, "what chooses them; 0: the time")
	only       = flag.String("only", "", "no other sets than those whose names match this regular expression")
	uvs        = flag.Int("uv", -1, "how many of them are put to uv; -1: all")
	pips       = flag.Int("pip", 6, "how many of them are put to pip, which is slow; -1: all")
	reportFile = flag.String("report", "", "write the report here")
)

// TestTruth: every answer of ours is right and as new as can be, no rival has a right answer where ours has none, or one that is better all over.
func TestTruth(t *testing.T) {
	s := newStand(t)
	if *seed == 0 {
		*seed = uint64(time.Now().UnixNano())
	}
	sets, targets := choose(readSets(t, *only), *count, *seed), readTargets(t)
	t.Logf("%d sets, %d targets, seed %d, results in %s", len(sets), len(targets), *seed, s.dir)
	results, err := openRecords(s.dir)
	require.NoError(t, err)
	defer results.file.Close()
	s.playAll(t, results, sets, targets)

	run := newSummary(results, sets, targets)
	for _, line := range run.lines() {
		t.Log(line)
	}
	for _, f := range run.failures {
		assert.Fail(t, string(f.kind), "%s on %s, %s: %s", f.set, f.target, f.rival, f.cause)
	}
	assert.Positive(t, run.solved, "not one set was solved")
	for rival, counts := range run.counts {
		assert.Less(t, 2*counts[rivalGaveUp], len(run.seconds[rival]), "%s gives up so often that nothing is compared: see %s", rival, s.dir)
	}
	if *reportFile != "" {
		require.NoError(t, run.write(*reportFile, *seed, s.version("uv")+", "+s.version("pip")))
	}
}

func (s *stand) playAll(t *testing.T, results *records, sets []set, targets []target) {
	t.Helper()
	g, ctx := errgroup.WithContext(t.Context())
	g.SetLimit(*workers)
	var done atomic.Int64
	for i, one := range sets {
		var rivals []string
		if *uvs < 0 || i < *uvs {
			rivals = append(rivals, "uv")
		}
		if *pips < 0 || i < *pips {
			rivals = append(rivals, "pip")
		}
		g.Go(func() error {
			begin := time.Now()
			err := s.play(ctx, results, one, targets, rivals)
			t.Logf("%d of %d: %s, %.1f s", done.Add(1), len(sets), one.name, time.Since(begin).Seconds())
			return err
		})
	}
	require.NoError(t, g.Wait())
}

// version is a rival's name and version.
func (s *stand) version(tool string) string {
	out, err := exec.Command(filepath.Join(s.tools, "bin", tool), "--version").Output()
	if err != nil {
		return tool + ": " + err.Error()
	}
	return strings.Join(strings.Fields(string(out))[:2], " ")
}
