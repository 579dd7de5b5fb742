//go:build live

package crawl

import (
	"context"
	"flag"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/index"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
	"github.com/chandlery-go/chandlery/upgrade/driver/data"
	"github.com/chandlery-go/chandlery/upgrade/driver/pyast"
	"github.com/chandlery-go/chandlery/upgrade/release"
)

var liveIndex = flag.String("index", os.Getenv("CHANDLERY_INDEX"), "the index for live tests, .../simple/")

// liveCrawler reads from the index, with a cache of its own.
func liveCrawler(t *testing.T) *Crawler {
	require.NotEmpty(t, *liveIndex, "live tests need an index: set CHANDLERY_INDEX or -args -index to its address (.../simple/)")
	python, err := exec.LookPath("python3")
	require.NoError(t, err)
	return &Crawler{Index: &index.Client{URLs: []string{*liveIndex}}, Fetcher: &Passing{}, Reader: &pyast.Reader{Python: python}, Cache: t.TempDir()}
}

// livePlan is the plan of the embedded data with these releases and libraries alone.
func livePlan(t *testing.T, component pep508.Name, libraries []pep508.Name, versions ...string) *Plan {
	p, err := PlanOf(t.Context(), component, release.Embedded())
	require.NoError(t, err)
	p.Releases = slices.DeleteFunc(p.Releases, func(r Release) bool { return !slices.Contains(versions, r.Version.String()) })
	require.Len(t, p.Releases, len(versions))
	for _, pins := range p.Pins {
		for name := range pins {
			if !slices.Contains(libraries, name) {
				delete(pins, name)
			}
		}
	}
	return p
}

// TestLive: two real releases of cinder and os-brick beside them, read from the index and then out of the cache, offer what their repositories have, and what the embedded snapshot says.
func TestLive(t *testing.T) {
	c := liveCrawler(t)
	p := livePlan(t, "cinder", []pep508.Name{"os-brick"}, "24.1.0", "26.0.0")
	begin := time.Now()
	i, report, err := c.Update(t.Context(), p, nil)
	require.NoError(t, err)
	t.Logf("cold: %d bytes, %d texts in %v", report.Bytes, report.Parsed, time.Since(begin))
	assert.Equal(t, []int{0, 0, 4}, []int{report.Kept, report.Cached, report.Fetched})
	assert.Empty(t, report.Failed)
	assert.Empty(t, report.Unreadable)
	assert.NotEmpty(t, report.Newer, "26.0.0 is not the newest")
	old, new := i.View(i.Releases[0], nil), i.View(i.Releases[1], nil)
	for _, s := range []struct {
		need api.Need
		old  api.Answer
	}{
		{api.Need{Kind: api.NeedCall, Symbol: "cinder.volume.volume_utils.upload_volume", Call: &api.Call{Positional: 5, Keywords: []string{"volume_fd"}}}, api.Missing},
		{api.Need{Kind: api.NeedModule, Symbol: "cinder.wsgi.api"}, api.Missing},
		{api.Need{Kind: api.NeedName, Symbol: "os_brick.initiator.storpool_utils"}, api.Missing},
		{api.Need{Kind: api.NeedModule, Symbol: "cinder.image.format_inspector"}, api.Satisfied},
		{api.Need{Kind: api.NeedName, Symbol: "cinder.objects.Volume"}, api.Satisfied},
	} {
		assert.Equal(t, s.old, old.Judge(&s.need).Answer, "%s in 24.1.0", s.need.Symbol)
		assert.Equal(t, api.Satisfied, new.Judge(&s.need).Answer, "%s in 26.0.0", s.need.Symbol)
	}
	begin = time.Now()
	again, report, err := c.Update(t.Context(), p, nil)
	require.NoError(t, err)
	t.Logf("again: %d bytes in %v", report.Bytes, time.Since(begin))
	assert.Equal(t, []any{4, 0, int64(0)}, []any{report.Cached, report.Parsed, report.Bytes})
	assert.Equal(t, i, again)
	snapshot, err := data.Open("cinder")
	require.NoError(t, err)
	for _, r := range i.Releases {
		assert.Equal(t, r.Modules, snapshot.Find(r.Version).Modules, "%s: go generate ./upgrade/driver/data", r.Version)
	}
}

// only is an index of files of one kind.
type only struct {
	resolve.Index
	kind dist.Kind
}

func (o only) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	p, err := o.Index.Project(ctx, name)
	if err != nil {
		return nil, err
	}
	return &dist.Project{Name: p.Name, Files: slices.DeleteFunc(slices.Clone(p.Files), func(f dist.File) bool { return f.Kind != o.kind })}, nil
}

// TestLiveSdist: the sdists of real libraries say what their wheels say.
func TestLiveSdist(t *testing.T) {
	for _, component := range []pep508.Name{"os-brick", "taskflow", "castellan", "oslo-utils"} {
		p := planOf(component, livePins(t, component)...)
		read := func(kind dist.Kind) *api.Index {
			c := liveCrawler(t)
			c.Index = only{c.Index, kind}
			i, report, err := c.Update(t.Context(), p, nil)
			require.NoError(t, err)
			assert.Empty(t, report.Failed)
			return i
		}
		wheels, sdists := read(dist.Wheel), read(dist.Sdist)
		require.Len(t, sdists.Releases, len(wheels.Releases))
		for k, w := range wheels.Releases {
			s := sdists.Releases[k]
			assert.Equal(t, w.Modules, s.Modules, "%s %s", component, w.Version)
			assert.Equal(t, [2]any{w.RequiresPython, w.EntryPoints}, [2]any{s.RequiresPython, s.EntryPoints}, "%s %s", component, w.Version)
		}
	}
}

// livePins are an old and the newest version of a library that a series of cinder pins.
func livePins(t *testing.T, library pep508.Name) []string {
	p, err := PlanOf(t.Context(), "cinder", release.Embedded())
	require.NoError(t, err)
	var all []pep440.Version
	for _, series := range []string{"victoria", "2026.1"} {
		require.Contains(t, p.Pins[series], library)
		all = append(all, p.Pins[series][library])
	}
	return strings.Fields(all[0].String() + " " + all[1].String())
}
