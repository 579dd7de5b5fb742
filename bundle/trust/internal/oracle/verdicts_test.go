package oracle

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/trust/internal/mutate"
)

var (
	cases      = flag.Int("cases", defaultCases, "mutated repositories")
	seed       = flag.Uint64("seed", 0, "of the first mutated repository; 0: the day's")
	jobs       = flag.Int("jobs", 2, "at once")
	reportFile = flag.String("report", "", "a file of this package to write what TestVerdicts has seen into")
)

// TestVerdicts: on mutated repositories our client installs what the others do, or refuses as they do, but for what the differences list.
func TestVerdicts(t *testing.T) {
	// All that lives are the bases, so the collector would by default run every few cases.
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	if *seed == 0 {
		*seed = seedOf(time.Now())
	}
	bases := mutate.Bases(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)) // the day is part of what is mutated
	var mu sync.Mutex
	counts := map[string]map[string]int{} // by peer and verdict
	spent := map[string]time.Duration{}   // by client
	started := time.Now()
	t.Run("cases", func(t *testing.T) {
		for job := range *jobs {
			t.Run(fmt.Sprint(job), func(t *testing.T) {
				t.Parallel()
				s := newStand(t, bases)
				defer func() {
					mu.Lock()
					defer mu.Unlock()
					for client, d := range s.spent {
						spent[client] += d
					}
				}()
				for n := job; n < *cases; n += *jobs {
					for peer, verdict := range s.compare(t, *seed+uint64(n)) {
						mu.Lock()
						if counts[peer] == nil {
							counts[peer] = map[string]int{}
						}
						counts[peer][verdict]++
						mu.Unlock()
					}
				}
			})
		}
	})
	text := fmt.Sprintf("- %d mutated repositories from seed %d\n%s", *cases, *seed, told(t, counts))
	t.Logf("%s, %.0f a second\n%s", started.UTC().Format(time.DateOnly), float64(*cases)/time.Since(started).Seconds(), text)
	for client, d := range spent {
		t.Logf("%s took %s a case", client, (d / time.Duration(max(*cases, 1))).Round(10*time.Microsecond))
	}
	if *reportFile != "" && !t.Failed() {
		head := fmt.Sprintf("# Verdicts on mutated repositories, ours beside others'\n\nWritten by TestVerdicts on %s: doc.go has the command. No verdict differs but for a reason that is listed.\n\n", started.UTC().Format(time.DateOnly))
		require.NoError(t, os.MkdirAll(filepath.Dir(*reportFile), 0o755))
		require.NoError(t, os.WriteFile(*reportFile, []byte(head+text), 0o644))
	}
}

// told is what the verdicts were, by peer, as Markdown.
func told(t *testing.T, counts map[string]map[string]int) string {
	t.Helper()
	var b strings.Builder
	for _, peer := range slices.Sorted(maps.Keys(counts)) {
		n := counts[peer]
		fmt.Fprintf(&b, "- %s: both install %d, both refuse %d\n", peer, n[bothInstall], n[bothRefuse])
		for _, why := range slices.Sorted(maps.Keys(n)) {
			if why != bothInstall && why != bothRefuse {
				fmt.Fprintf(&b, "  - %d: %s\n", n[why], why)
			}
		}
		if *cases >= 1000 {
			require.Greater(t, n[bothInstall], *cases/20)
			require.Greater(t, n[bothRefuse], *cases/20)
			require.Greater(t, n[bothInstall]+n[bothRefuse], *cases*9/10, "the differences are exceptions")
		}
	}
	return b.String()
}

// inMemory is a folder for many small files: in memory, where the system has such a place.
func inMemory(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "oracle")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

// stand is the clients, each with a folder for every base that trusts its first state.
type stand struct {
	clients map[string]client // "ours" among them
	bases   []*mutate.Base
	work    string
	spent   map[string]time.Duration // by client
}

func newStand(t *testing.T, bases []*mutate.Base) *stand {
	s := &stand{clients: peers(t), bases: bases, work: inMemory(t), spent: map[string]time.Duration{}}
	s.clients["ours"] = ours{}
	for name, c := range s.clients {
		for i, b := range bases {
			require.NoError(t, os.MkdirAll(s.warm(name, i), 0o755))
			got, err := c.Install(s.warm(name, i), b.Root, b.First)
			require.NoError(t, err, "%s, base %d", name, i)
			require.Equal(t, "first", string(got))
		}
	}
	return s
}

func (s *stand) warm(client string, base int) string {
	return filepath.Join(s.work, fmt.Sprintf("%s-%d", client, base))
}

// result is what a client came to.
type result struct {
	got []byte
	err error
}

func (r result) String() string { return fmt.Sprintf("%q %v", r.got, r.err) }

const bothInstall, bothRefuse = "both install", "both refuse"

// compare shows one case to every client, every other time to ones that have seen the base's first state.
func (s *stand) compare(t *testing.T, seed uint64) map[string]string {
	c, results := mutate.New(s.bases, seed), map[string]result{}
	what := c.What
	if seed%2 == 0 {
		what += seen
	}
	for name, client := range s.clients {
		dir := filepath.Join(s.work, name+"-case")
		if seed%2 == 0 {
			require.NoError(t, os.CopyFS(dir, os.DirFS(s.warm(name, c.Base))))
		} else {
			require.NoError(t, os.Mkdir(dir, 0o755))
		}
		started := time.Now()
		got, err := client.Install(dir, s.bases[c.Base].Root, c.Files)
		s.spent[name] += time.Since(started)
		results[name] = result{got, err}
		require.NoError(t, os.RemoveAll(dir))
	}
	our := results["ours"]
	delete(results, "ours")
	verdicts := map[string]string{}
	for peer, their := range results {
		switch {
		case our.err == nil && their.err == nil && bytes.Equal(our.got, their.got):
			verdicts[peer] = bothInstall
		case our.err != nil && their.err != nil && strings.HasPrefix(their.err.Error(), "panic: "):
			verdicts[peer] = "refused here; there it panics"
		case our.err != nil && their.err != nil:
			verdicts[peer] = bothRefuse
		default:
			verdicts[peer] = known(peer, our, their, what)
			if verdicts[peer] == "" {
				t.Errorf("seed %d (base %d): %s\nours: %v\n%s: %v", seed, c.Base, what, our, peer, their)
			}
		}
	}
	return verdicts
}
