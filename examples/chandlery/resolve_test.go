package main

import (
	"bytes"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/bundle/manifest"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/pylock"
	"github.com/chandlery-go/chandlery/resolve/resolvetest"
)

func TestParseWhen(t *testing.T) {
	now := time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"":                     {},
		"2026-01-31":           time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC),
		"2026-01-31T10:00:00Z": time.Date(2026, 1, 31, 10, 0, 0, 0, time.UTC),
		"30 days":              now.Add(-30 * day),
		"1 week, 2 hours":      now.Add(-7*day - 2*time.Hour),
		"1w2d3h4min5s":         now.Add(-9*day - 3*time.Hour - 4*time.Minute - 5*time.Second),
		"P30D":                 now.Add(-30 * day),
		"p2w":                  now.Add(-14 * day),
		"P1DT2H3M4S":           now.Add(-day - 2*time.Hour - 3*time.Minute - 4*time.Second),
		"PT36H":                now.Add(-36 * time.Hour),
		"0 days":               now,
	} {
		got, err := parseWhen("--exclude-newer", text, now)
		require.NoError(t, err, text)
		assert.True(t, want.Equal(got), "%s: %v", text, got)
	}
	for text, want := range map[string]string{
		"P": "it is a number and a unit", "PT": "", "P1M": "", "P1Y": "", "1 month": "month is no unit", "soon": "", "-3 days": "", "3": "", "2026-13-01": "",
		"36501 days": "longer than a hundred years", "99999999999 days": "longer than a hundred years", "36000 days 36000 days": "longer than a hundred years",
	} {
		_, err := parseWhen("--exclude-newer", text, now)
		assert.ErrorContains(t, err, want, text)
	}
	_, err := parseDate("30 days")
	assert.Error(t, err, "there is no clock")
}

func TestPolicy(t *testing.T) {
	wheels, sdists := resolve.Formats{Wheels: true}, resolve.Formats{Sdists: true}
	for name, c := range map[string]struct {
		flags   policyFlags
		options pylock.Options
		want    map[pep508.Name]resolve.Formats // of other: all that are not named
	}{
		"nothing":           {want: map[pep508.Name]resolve.Formats{"other": wheels}},
		"only-binary":       {flags: policyFlags{OnlyBinary: []string{"A_b"}}, want: map[pep508.Name]resolve.Formats{"a-b": wheels, "other": wheels}},
		"no-binary":         {flags: policyFlags{NoBinary: []string{"a"}}, want: map[pep508.Name]resolve.Formats{"a": sdists, "other": wheels}},
		"all but one":       {flags: policyFlags{NoBinary: []string{"a"}, OnlyBinary: []string{":all:"}}, want: map[pep508.Name]resolve.Formats{"a": sdists, "other": wheels}},
		"none but one":      {flags: policyFlags{NoBinary: []string{":all:"}, OnlyBinary: []string{"a"}}, want: map[pep508.Name]resolve.Formats{"a": wheels, "other": sdists}},
		"files":             {options: pylock.Options{Formats: pylock.Formats{NoBinary: []pep508.Name{"a", "b"}}}, flags: policyFlags{OnlyBinary: []string{"a"}}, want: map[pep508.Name]resolve.Formats{"a": wheels, "b": sdists, "other": wheels}},
		"files, taken back": {options: pylock.Options{Formats: pylock.Formats{NoBinary: []pep508.Name{pylock.All}}}, flags: policyFlags{NoBinary: []string{":none:"}}, want: map[pep508.Name]resolve.Formats{"other": wheels}},
	} {
		t.Run(name, func(t *testing.T) {
			formats, err := c.flags.formats(c.options)
			require.NoError(t, err)
			var p resolve.Policy
			wheelsOrSdists(&p, formats)
			for project, want := range c.want {
				of := p.For(project)
				assert.Equal(t, want, resolve.Formats{Wheels: !of.NoWheels, Sdists: of.Sdists}, project)
			}
		})
	}
	_, err := (&policyFlags{OnlyBinary: []string{":all:"}, NoBinary: []string{":all:"}}).formats(pylock.Options{})
	assert.ErrorContains(t, err, "leave nothing to choose")
	p, err := (&policyFlags{Prerelease: []string{"forbid", "a=allow"}, Resolution: "lowest-direct", ExcludeNewerPackage: []string{"B.b=2026-01-31", "c=never"}}).policy(time.Now(), pylock.Options{}, true)
	require.NoError(t, err)
	assert.Equal(t, []resolve.Prereleases{resolve.Allow, resolve.Forbid}, []resolve.Prereleases{p.For("a").Prereleases, p.For("b").Prereleases})
	assert.Equal(t, resolve.LowestDirect, p.Select)
	assert.Equal(t, time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), p.For("b-b").ExcludeNewer)
	assert.Contains(t, p.ExcludeNewerOf, pep508.Name("c"))
}

func TestPlatformOf(t *testing.T) {
	known := manifest.BuiltinPlatforms()
	for text, want := range map[string][3]string{ // with --python, name, version, tags
		"linux": {"", "linux", "3.9.18"}, "linux@3.12.1": {"", "linux@3.12.1", "3.12.1"}, "win32@3.7.4": {"3.9.0", "win32@3.7.4", "3.7.4"}, "win32,win_amd64": {"3.9.0", "win32+win_amd64", "3.9.0"},
	} {
		pl, err := platformOf(text, want[0], known)
		require.NoError(t, err, text)
		assert.Equal(t, want[1:], []string{pl.Name, pl.Python.String()}, text)
	}
	for _, text := range []string{"win32", "win32@", "linux@x", "nowhere@3.9.0", "win32,@3.9.0"} {
		_, err := platformOf(text, "", known)
		assert.Error(t, err, text)
	}
	assert.Equal(t, "a_b-C_3_9+x", fileName("a/b-C@3.9+x"))
}

// TestWarnsOfYanked: a pin takes what was withdrawn, and is told so; its reason is quoted.
func TestWarnsOfYanked(t *testing.T) {
	alone(t)
	reason := "it breaks\n\x1b[31m"
	index := &resolvetest.Server{}
	file := (&resolvetest.Wheel{Name: "lib", Version: "1.0"}).File()
	file.Yanked = &reason
	index.AddFile("lib", file)
	server := httptest.NewServer(index)
	defer server.Close()
	var stdout, stderr bytes.Buffer
	args := []string{"resolve", "lib==1.0", "--platform", "linux", "--platform", "windows", "--index", server.URL + "/simple", "--cache", t.TempDir()}
	require.Zero(t, run(t.Context(), append(args, "--format", "requirements"), &stdout, &stderr), stderr.String())
	assert.Equal(t, "lib==1.0\n", stdout.String())
	assert.Equal(t, `warning: lib 1.0 is yanked: "it breaks\n\x1b[31m"`+"\n", stderr.String())
	stdout.Reset()
	require.Zero(t, run(t.Context(), append(args, "--json"), &stdout, &stderr))
	assert.Contains(t, stdout.String(), `"yanked":true`)
}
