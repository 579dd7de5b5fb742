//go:build live

package s3_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle"
	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/bundle/store/s3"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

var (
	firstSeed   = flag.Uint64("chaos.first", 0, "the first seed of TestChaosClassroom; 0: the first of the day's sample, a tenth of the full run, which is 1 to 1000")
	seeds       = flag.Uint64("chaos.seeds", 100, "how many of them")
	chaosReport = flag.String("chaos.report", "", "a file of this package to write what TestChaosClassroom has seen into")
)

// shop publishes from the real index.
type shop struct {
	t       *testing.T
	w       *world
	client  *index.Client
	fetcher *index.Fetcher
}

func (s *shop) publish(channel string, to *s3.Store, cfg *manifest.Config) *bundle.Report {
	s.t.Helper()
	sink, err := s.w.seal.sink(s.w.bucket, channel)
	require.NoError(s.t, err)
	p := bundle.Publisher{Index: s.client, Fetcher: s.fetcher, Store: to, Sink: sink, Channel: channel, WorkDir: s.t.TempDir()}
	report, err := p.Publish(context.Background(), cfg)
	require.NoError(s.t, err)
	return report
}

func parseConfig(t *testing.T, text string) *manifest.Config {
	t.Helper()
	cfg, err := manifest.ParseConfig([]byte(text))
	require.NoError(t, err)
	return cfg
}

// onLinux asks for libraries on linux: "flask", or "flask <3".
func onLinux(t *testing.T, libraries ...string) *manifest.Config {
	t.Helper()
	var entries []string
	for _, text := range libraries {
		name, specifier, found := strings.Cut(text, " ")
		if !found {
			specifier = "latest"
		}
		entries = append(entries, fmt.Sprintf(`%q: {"expectedVersions": {"linux": %q}}`, name, specifier))
	}
	return parseConfig(t, "{"+strings.Join(entries, ",")+"}")
}

// TestChaosClassroom publishes the classroom example from the real index to the S3 server, and updates from it through a proxy: on a thousand bad days a handful of its
// libraries, from one release of them to another and back; on a few more the whole set of each of its platforms. A sample of the thousand runs unless more is asked for:
//
//	go test -tags live -run TestChaosClassroom -timeout 40m . -chaos.first 1 -chaos.seeds 1000 -chaos.report report/chaos.md
func TestChaosClassroom(t *testing.T) {
	if *firstSeed == 0 {
		day := uint64(time.Now().Unix() / (24 * 60 * 60))
		*firstSeed = 1 + (day%10)*(*seeds)
	}
	lastSeed := *firstSeed + *seeds - 1
	t.Logf("seeds %d to %d", *firstSeed, lastSeed)
	w := newWorld(t)
	if seals[len(seals)-1] {
		w.seal = newSeal(t, w.bucket, "classroom", "one", "two")
	}
	s := &shop{t: t, w: w, client: &index.Client{URLs: []string{os.Getenv("CHANDLERY_INDEX")}}, fetcher: &index.Fetcher{}}
	defer s.fetcher.Close()
	defer s.client.Close()
	b, err := os.ReadFile(filepath.Join(gateway.home, "../../../examples/classroom/dev.json"))
	require.NoError(t, err)
	began := time.Now()
	published := s.publish("classroom", w.bucket, parseConfig(t, string(b)))
	var bytes int64
	for _, platforms := range published.Manifest.Libraries {
		for _, leaf := range platforms {
			for _, one := range leaf.Bundles() {
				bytes += one.Size
			}
		}
	}
	whole := fmt.Sprintf("classroom: %d wheels of %d libraries, %.1f MiB of bundles, published in %v", published.Wheels, len(published.Manifest.Libraries), float64(bytes)/(1<<20),
		time.Since(began).Round(time.Second))
	t.Log(whole)

	one := s.publish("one", w.bucket, onLinux(t, "requests", "jinja2"))
	older := func(name string) string {
		return name + " <" + one.Manifest.Libraries[pep508.Name(name)]["linux"].Version
	}
	s.publish("two", w.presigning(), onLinux(t, older("requests"), older("jinja2"), "websocket-client"))
	many := w.run(12, []target{{"one", "linux", ""}, {"two", "linux", ""}}, *firstSeed, lastSeed)
	t.Log(&many)
	assert.EqualValues(t, *seeds, many.Seeds)

	var targets []target
	for _, name := range slices.Sorted(maps.Keys(published.Manifest.Meta.Platforms)) {
		tags := published.Manifest.Meta.Platforms[name].Tags
		targets = append(targets, target{"classroom", name, tags[len(tags)-1]})
	}
	large := w.run(1, targets, 1, uint64(len(targets)))
	t.Log(&large)
	for _, total := range []summary{many, large} {
		assert.Less(t, total.Go, uint64(maxMemory))
		assert.Less(t, total.RSS, uint64(maxMemory))
	}
	if *chaosReport != "" {
		text := fmt.Sprintf("# The classroom through a hostile proxy\n\nWritten by TestChaosClassroom (tag live, -chaos.report). The releases are signed.\n\n%s\n\n## Seeds %d to %d: a handful of its libraries\n\n%v\n## The whole set, each platform once\n\n%v", whole, *firstSeed, lastSeed, &many, &large)
		require.NoError(t, os.WriteFile(filepath.Join(gateway.home, *chaosReport), []byte(text), 0o644))
	}
}
