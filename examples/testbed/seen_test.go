//go:build testbed

package testbed

import (
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// seen proves the instruments before they are trusted: an outage, a changed file and a changed database are seen for what they are.
func (b *bed) seen() {
	b.t.Helper()
	api, volume := b.watchAPI(), b.watchVolume()
	time.Sleep(time.Second)
	b.do("restart", "cinder-api", "cinder-volume")
	b.do("wait")
	time.Sleep(2 * time.Second)
	downAPI, downVolume := api.end(), volume.end()
	b.t.Log(api)
	b.t.Log(volume)
	assert.Len(b.t, api.outages, 1)
	assert.Len(b.t, volume.outages, 1)
	assert.Greater(b.t, downAPI, time.Second)
	assert.Greater(b.t, downVolume, time.Second)

	before := b.hashes()
	odd := filepath.Join(b.dir, "etc", "cinder", "odd")
	require.NoError(b.t, os.WriteFile(odd, nil, 0o600))
	assert.NotEmpty(b.t, differences(before, b.hashes()))
	require.NoError(b.t, os.Remove(odd))
	assert.Empty(b.t, differences(before, b.hashes()))

	then := b.production()
	b.smoke("create,leave_nothing")
	assert.NotEqual(b.t, then.dump, b.production().dump)
	b.runsFrom("cinder", "")
}

// codename finds a series' folder of deliverables.
func (b *bed) codename(status, series string) string {
	b.t.Helper()
	found := regexp.MustCompile(`(?m)^- name: (\S+)\n\s+release-id: ` + regexp.QuoteMeta(series) + `$`).FindSubmatch(b.read(status))
	require.NotNil(b.t, found, "series %s in %s", series, status)
	return string(found[1])
}
