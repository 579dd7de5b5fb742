package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pylock"
)

// TestPolicyOfHost: what pip and uv are told of how new files may be holds here too, unless the command line says something else.
func TestPolicyOfHost(t *testing.T) {
	now := time.Date(2026, 6, 30, 12, 0, 0, 0, time.UTC)
	day := func(d int) time.Time { return time.Date(2026, 1, d, 0, 0, 0, 0, time.Local).UTC() }
	for _, c := range []struct {
		pip, uv, flag string
		want          time.Time
		err           string
	}{
		{"", "", "", time.Time{}, ""},
		{"", "2026-01-10", "", day(11), ""},
		{"2026-01-10", "", "", day(10), ""},
		{"2026-01-10", "2026-01-20", "", day(10), ""},
		{"2026-01-10T00:00:00", "", "", day(10), ""},
		{"", "2026-01-10T10:00:00+02:00", "", time.Date(2026, 1, 10, 8, 0, 0, 0, time.UTC), ""},
		{"", "30 days", "", now.AddDate(0, 0, -30), ""},
		{"P30D", "", "", now.AddDate(0, 0, -30), ""},
		{"", "30 days", "2026-01-01", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), ""},
		{"", "30 days", "never", time.Time{}, ""},
		{"", "soon", "", time.Time{}, "UV_EXCLUDE_NEWER: soon is neither a date"},
	} {
		alone(t)
		t.Setenv("PIP_UPLOADED_PRIOR_TO", c.pip)
		t.Setenv("UV_EXCLUDE_NEWER", c.uv)
		p, err := (&policyFlags{Resolution: "highest", ExcludeNewer: c.flag}).policy(now, pylock.Options{}, false)
		if c.err != "" {
			require.ErrorContains(t, err, c.err)
			continue
		}
		require.NoError(t, err)
		assert.True(t, c.want.Equal(p.ExcludeNewer), "%+v: %v", c, p.ExcludeNewer)
	}
}
