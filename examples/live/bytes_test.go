//go:build live

package live

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSameBytes publishes the same wheels by programs of 32 and 64 bits, under other umasks, time zones, locales and numbers of processors: every
// file of the store, but for signatures, is the same. SOURCE_DATE_EPOCH stands in for the clock, whose time is in the update configuration.
func TestSameBytes(t *testing.T) {
	var first map[string]string
	for _, h := range []struct{ arch, umask, zone, locale, processors string }{
		{"amd64", "077", "Asia/Kathmandu", "tr_TR.UTF-8", "2"},
		{"386", "022", "America/St_Johns", "de_DE.UTF-8", "1"},
	} {
		dir := t.TempDir()
		program, site := filepath.Join(dir, "chandlery"), filepath.Join(dir, "site")
		build := exec.Command("go", "build", "-o", program, "./examples/chandlery")
		build.Dir, build.Env = repository, append(os.Environ(), "CGO_ENABLED=0", "GOARCH="+h.arch)
		out, err := build.CombinedOutput()
		require.NoError(t, err, "%s", out)
		publish := exec.Command("sh", "-c", `umask "$0"; exec "$@"`, h.umask, program, "publish", "--config", classroom, "--store", site, "--insecure-unsigned", "--cache", suite.cache, "--plain", "--json")
		publish.Env = append(os.Environ(), "TZ="+h.zone, "LC_ALL="+h.locale, "LANG="+h.locale, "GOMAXPROCS="+h.processors, "SOURCE_DATE_EPOCH=1700000000")
		r, err := lastLine(publish)
		require.NoError(t, err)
		require.True(t, r.OK, r.Messages)
		got := hashes(t, site)
		if first == nil {
			first = got
		}
		assert.Equal(t, first, got, "%+v", h)
		t.Logf("%+v: %d files", h, len(got))
	}
	assert.Equal(t, bundlesOf(hashes(t, suite.site)), bundlesOf(first), "the bundles of the first publish")
}

func bundlesOf(files map[string]string) map[string]string {
	maps.DeleteFunc(files, func(name, _ string) bool { return !strings.HasPrefix(name, "sha256/") })
	return files
}
