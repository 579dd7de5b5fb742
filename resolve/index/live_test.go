//go:build live

package index

import (
	"flag"
	"os"
	"testing"
	"time"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var liveIndex = flag.String("index", os.Getenv("CHANDLERY_INDEX"), "the index for live tests, .../simple/")

// A few pages, the metadata of a wheel with METADATA at its end and of one at its start, and one small wheel: each over the network once, then from the cache, then offline.
func TestLive(t *testing.T) {
	require.NotEmpty(t, *liveIndex, "live tests need an index: set CHANDLERY_INDEX or -args -index to its address (.../simple/)")
	kept := cache(t)
	for round := range 3 {
		r := &record{}
		c := &Client{URLs: []string{*liveIndex}, Cache: kept, Observer: r.observe, Offline: round == 2}
		begin := time.Now()
		c.Prefetch(t.Context(), "six", "numpy", "click")
		t.Logf("round %d: three pages in %v", round, time.Since(begin))
		for name, version := range map[pep508.Name]string{"six": "1.15.0", "numpy": "1.20.3", "click": "8.0.4"} {
			f := wheelOf(t, c, name, version)
			m, err := c.Metadata(t.Context(), f)
			require.NoError(t, err)
			assert.Equal(t, version, m.ProjectVersion.String())
		}
		if f := wheelOf(t, c, "six", "1.15.0"); assert.True(t, f.Trusted()) {
			b, err := (&Fetcher{Cache: kept, Observer: r.observe, Offline: round == 2}).Fetch(t.Context(), f.Artifact)
			require.NoError(t, err)
			assert.Equal(t, f.Size, b.Size())
			b.Close()
		}
		var bytes int64
		for _, p := range []Purpose{ForPage, ForMetadata, ForFile} {
			for _, q := range r.of(p, false) {
				bytes += q.Bytes
				t.Logf("%s %s %s: %d, %d bytes, %v", q.For, q.Of, q.Method, q.Status, q.Bytes, q.Elapsed)
				assert.Equal(t, "GET", q.Method)
			}
		}
		t.Logf("round %d: %d bytes in %v", round, bytes, time.Since(begin))
		assert.Equal(t, round == 0, bytes > 0, "the cache answers the later rounds")
		_, err := c.Project(t.Context(), "this-project-does-not-exist-chandlery")
		assert.ErrorIs(t, err, dist.ErrNotFound)
		c.Close()
	}
}

func wheelOf(t *testing.T, c *Client, name pep508.Name, version string) dist.File {
	p, err := c.Project(t.Context(), name)
	require.NoError(t, err)
	for _, f := range p.Files {
		if f.Kind == dist.Wheel && f.Version.String() == version {
			return f
		}
	}
	t.Fatalf("no wheel of %s %s among %d files", name, version, len(p.Files))
	return dist.File{}
}
