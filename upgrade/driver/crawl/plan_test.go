package crawl

import (
	"context"
	"io/fs"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/release"
)

// TestPlanOf: the data that the library carries make a plan for each component, in which every release has the pins of its series.
func TestPlanOf(t *testing.T) {
	require.Equal(t, []pep508.Name{"cinder", "glance-store", "neutron", "nova"}, Components())
	for _, name := range Components() {
		p, err := PlanOf(t.Context(), name, release.Embedded())
		require.NoError(t, err)
		require.NotEmpty(t, p.Releases)
		assert.True(t, slices.IsSortedFunc(p.Releases, func(a, b Release) int { return a.Version.Compare(b.Version) }), name)
		for _, r := range p.Releases {
			assert.False(t, r.Version.IsPrerelease(), r)
			assert.Less(t, r.Version.Release(0), 2000, "a date is no version")
			assert.Contains(t, p.Pins[r.Series], pep508.Name("oslo-utils"), "%s %s", name, r.Series)
		}
	}
}

func TestPlanOfCinder(t *testing.T) {
	p, err := PlanOf(t.Context(), "cinder", release.Embedded())
	require.NoError(t, err)
	series := map[string]string{}
	for _, r := range p.Releases {
		series[r.Version.String()] = r.Series
	}
	for version, want := range map[string]string{
		"12.0.0": "queens", "12.0.10": "queens", "13.0.9": "rocky", "14.3.1": "stein", "15.0.0": "train", "21.3.1": "zed", "22.1.2": "2023.1", "24.5.0": "2024.1", "26.3.0": "2025.1", "28.0.0": "2026.1",
		"11.2.2": "", "29.0.0": "", "2015.1.0": "",
	} {
		assert.Equal(t, want, series[version], version)
	}
	for s, want := range map[string]string{"queens": "2.3.9", "xena": "5.0.3", "zed": "6.1.2", "2025.1": "6.11.1", "2026.1": "7.0.0"} {
		assert.Equal(t, want, p.Pins[s]["os-brick"].String(), s)
	}
	before, err := older()
	require.NoError(t, err)
	assert.Equal(t, "2.0.1", before["ussuri"].pins["os-vif"].String(), "the highest of several by interpreter")
}

// broken is a Source that fails for one file.
type broken struct {
	release.Source
	file string
}

func (b broken) ReadFile(ctx context.Context, name string) ([]byte, error) {
	if name == b.file {
		return nil, fs.ErrPermission
	}
	return b.Source.ReadFile(ctx, name)
}

func TestPlanOfErrors(t *testing.T) {
	_, err := PlanOf(t.Context(), "heat", release.Embedded())
	assert.ErrorIs(t, err, ErrComponent)
	for _, file := range []string{"data/series_status.yaml", "deliverables/zed/cinder.yaml", "upper-constraints/zed.txt"} {
		_, err = PlanOf(t.Context(), "cinder", broken{release.Embedded(), file})
		assert.ErrorIs(t, err, fs.ErrPermission, file)
	}
	src := release.FS{FS: fstest.MapFS{"data/series_status.yaml": {Data: []byte("- {name: ash, status: end of life}\n")}}}
	_, err = PlanOf(t.Context(), "cinder", src)
	assert.ErrorContains(t, err, "no release of it from queens on")
}

// TestPlanOfWithout: a series that has releases and no constraints has no pins.
func TestPlanOfWithout(t *testing.T) {
	src := release.FS{FS: fstest.MapFS{
		"data/series_status.yaml":          {Data: []byte("- {name: birch, status: maintained}\n- {name: queens, status: end of life}\n")},
		"deliverables/birch/cinder.yaml":   {Data: []byte("releases:\n- version: 40.0.0\n- version: 41.0.0.0rc1\n")},
		"upper-constraints/queens.txt":     {Data: []byte("os-brick===9.0;python_version=='3.8'\nos-brick===10.0;python_version=='3.9'\nos-brick===2.0;python_version=='2.7'\nrequests===1.0\n")},
		"deliverables/queens/nothing.yaml": {},
	}}
	p, err := PlanOf(t.Context(), "cinder", src)
	require.NoError(t, err)
	last := p.Releases[len(p.Releases)-1]
	assert.Equal(t, Release{pep440.MustParse("40.0.0"), "birch"}, last)
	assert.Empty(t, p.Pins["birch"])
	assert.Equal(t, "12.0.10", p.Releases[len(p.Releases)-2].Version.String(), "of older series the own data")
	assert.Equal(t, map[pep508.Name]pep440.Version{"os-brick": pep440.MustParse("10.0")}, p.Pins["queens"])
}

func TestParseOlder(t *testing.T) {
	for text, want := range map[string]string{
		"released cinder 1.0":              "want series NAME",
		"series a\npins b":                 "line 2",
		"series a\npins b 1 2":             "line 2",
		"series a\nreleased b x":           "line 2",
		"series a\nreleased -b 1":          "line 2",
		"series a b\nreleased cinder 1.0":  "line 1",
		"series a\nseries\n":               "line 2",
		"series a\n# x\n\nunknown b 1.0\n": "line 4",
	} {
		_, err := parseOlder(text)
		assert.ErrorContains(t, err, want, text)
	}
	all, err := parseOlder("series a # one\nreleased cinder 1.0 1.1\npins os-brick 2.0\n")
	require.NoError(t, err)
	assert.Equal(t, &past{
		map[pep508.Name][]pep440.Version{"cinder": {pep440.MustParse("1.0"), pep440.MustParse("1.1")}}, map[pep508.Name]pep440.Version{"os-brick": pep440.MustParse("2.0")},
	}, all["a"])
}

func FuzzParseOlder(f *testing.F) {
	f.Add("series a\nreleased cinder 1.0\npins os-brick 2.0\n")
	f.Fuzz(func(t *testing.T, text string) {
		all, err := parseOlder(text)
		if err != nil {
			require.Nil(t, all)
		}
	})
}
