package data

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
)

// maxSize bounds what the library carries, in bytes.
const maxSize = 4 << 20

func TestOpen(t *testing.T) {
	require.Equal(t, []pep508.Name{"cinder", "glance-store", "neutron", "nova"}, Components())
	total := int64(0)
	for _, name := range Components() {
		i, err := Open(name)
		require.NoError(t, err)
		assert.Equal(t, name, i.Component)
		require.NotEmpty(t, i.Releases)
		for _, r := range i.Releases {
			checkRelease(t, i, r)
		}
		for library, releases := range i.Libraries {
			assert.True(t, slices.IsSortedFunc(releases, byVersion), library)
		}
		assert.True(t, slices.IsSortedFunc(i.Releases, byVersion), name)
		info, err := fs.Stat(files, string(name)+suffix)
		require.NoError(t, err)
		total += info.Size()
		t.Logf("%s: %d releases from %s to %s, %d libraries, %d bytes", name, len(i.Releases), i.Releases[0].Version, i.Releases[len(i.Releases)-1].Version, len(i.Libraries), info.Size())
	}
	assert.LessOrEqual(t, total, int64(maxSize))
	for _, name := range []pep508.Name{"heat", "", "../data", "."} {
		_, err := Open(name)
		assert.ErrorIs(t, err, ErrNone, name)
	}
}

func byVersion(a, b *api.Release) int { return a.Version.Compare(b.Version) }

// checkRelease: a release is final, of a series, with everything that its look-up needs.
func checkRelease(t *testing.T, i *api.Index, r *api.Release) {
	assert.Equal(t, i.Component, r.Distribution)
	assert.False(t, r.Version.IsPrerelease() || r.Version.IsDevrelease(), r.Version)
	assert.Less(t, r.Version.Release(0), 2000, "a date is no version")
	assert.NotEmpty(t, r.Series, r.Version)
	assert.NotEmpty(t, r.Requires, r.Version)
	assert.NotEmpty(t, r.EntryPoints, r.Version)
	assert.Greater(t, len(r.Modules), 20, r.Version)
	assert.Contains(t, r.Libraries, pep508.Name("oslo-utils"), r.Version)
	for library, v := range r.Libraries {
		assert.NotNil(t, i.Library(library, v), "%s pins %s %s", r.Version, library, v)
	}
}

// symbols says which releases of cinder have what, as found in the tags of cinder's own repository. Versions that the index does not have (12.0.0 to 12.0.3, 13.0.0) are none of the releases.
var symbols = []struct {
	need     api.Need
	releases string // a version specifier; "" for all, "none" for none
}{
	{name("cinder.interface.volumedriver"), ""},
	{name("cinder.i18n._LE"), "none"},
	{name("cinder.i18n._LI"), "none"},
	{name("cinder.i18n._LW"), "none"},
	{name("cinder.volume.driver.SnapshotVD"), "none"},
	{name("cinder.volume.driver.LocalVD"), "none"},
	{name("cinder.volume.driver.ConsistencyGroupVD"), "none"},
	{name("cinder.volume.driver.ReplicaVD"), "none"},
	{name("cinder.keymgr.API"), "none"},
	{name("cinder.zonemanager.utils.add_fc_zone"), ""},
	{name("cinder.zonemanager.utils.AddFCZone"), "none"},
	{name("cinder.volume.configuration.SHARED_CONF_GROUP"), ""},
	{call("cinder.volume.driver.BaseVD.failover_host", 3, "secondary_id", "groups"), ""},
	{name("cinder.volume.driver.VolumeDriver.revert_to_snapshot"), ""},
	{module("cinder.privsep"), ">=13"},
	{name("cinder.objects.fields.VolumeStatus"), ">=13"},
	{module("cinder.volume.targets.nvmeof"), ">=13"},
	{module("cinder.volume.utils"), "<15"},
	{module("cinder.volume.volume_utils"), ">=15"},
	{name("cinder.utils.limit_operations"), ">=17"},
	{name("cinder.utils.semaphore_factory"), ">=17"},
	{call("cinder.image.image_utils.convert_image", 3, "src_passphrase_file"), ">=17"},
	{name("cinder.volume.volume_utils.trace"), ">=18"},
	{name("cinder.volume.volume_utils.brick_get_connector_properties"), ">=18"},
	{name("cinder.utils.trace"), "<18"},
	{name("cinder.utils.brick_get_connector_properties"), "<18"},
	{name("cinder.volume.volume_utils.require_driver_initialized"), ">=19"},
	{name("cinder.utils.require_driver_initialized"), "<19"},
	{name("cinder.volume.driver.BaseVD.snapshot_remote_attachable"), "<20"},
	{name("cinder.common.constants.ISCSI"), ">=21"},
	{name("cinder.common.constants.FC"), ">=21"},
	{name("cinder.common.constants.NVMEOF_TCP"), ">=21"},
	{name("cinder.common.constants.CEPH"), ">=21"},
	{name("cinder.volume.targets.driver.Target.storage_protocol"), ">=22"},
	{call("cinder.image.image_utils.fetch_to_raw", 5, "disable_sparse"), ">=22.1.2,!=23.0.0"},
	{call("cinder.image.image_utils.convert_image", 3, "disable_sparse"), ">=22.1.2,!=23.0.0"},
	{module("cinder.image.format_inspector"), ">=22.2,!=23.0.0,!=23.1.0,!=24.0.0"},
	{call("cinder.volume.volume_utils.upload_volume", 5, "volume_fd"), ">=24.2"},
	{module("cinder.wsgi.api"), ">=26"},
	{name("cinder.volume.volume_utils.is_image_cache_entry"), ">=28"},
	{module("cinder.volume.drivers.windows"), "<28"},
	{call("cinder.volume.driver.BaseVD", 2), ""},
	// Of the libraries, by the series that pins them.
	{module("os_brick.constants"), ">=22"},
	{name("os_brick.initiator.storpool_utils"), ">=26"},
	// What registers itself.
	{name("cinder.objects.Volume"), ""},
	{name("cinder.objects.SnapshotList"), ""},
	{name("cinder.objects.Nothing"), "none"},
}

func module(symbol string) api.Need { return api.Need{Kind: api.NeedModule, Symbol: symbol} }
func name(symbol string) api.Need   { return api.Need{Kind: api.NeedName, Symbol: symbol} }
func call(symbol string, positional int, keywords ...string) api.Need {
	return api.Need{Kind: api.NeedCall, Symbol: symbol, Call: &api.Call{Positional: positional, Keywords: keywords}}
}

// TestSymbolTable: the Index says of every release what cinder's repository says of its tag.
func TestSymbolTable(t *testing.T) {
	i, err := Open("cinder")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(i.Releases), 100)
	views := map[*api.Release]*api.View{}
	for _, r := range i.Releases {
		views[r] = i.View(r, nil)
	}
	judged := 0
	for _, s := range symbols {
		with, err := pep440.ParseSpecifiers(strings.TrimPrefix(s.releases, "none"))
		require.NoError(t, err)
		for _, r := range i.Releases {
			want := api.Missing
			if s.releases != "none" && with.Contains(r.Version) {
				want = api.Satisfied
			}
			judged++
			got := views[r].Judge(&s.need)
			assert.Equal(t, want, got.Answer, "%s %v in %s: %s", s.need.Symbol, s.need.Call, r.Version, got.Lacks)
		}
	}
	t.Logf("%d symbols, %d releases, %d judgements", len(symbols), len(i.Releases), judged)
}

// TestRequirements: what the releases ask for has the bounds of cinder's own requirements.txt.
func TestRequirements(t *testing.T) {
	i, err := Open("cinder")
	require.NoError(t, err)
	for _, r := range i.Releases {
		asks := map[string]bool{}
		for _, text := range r.Requires {
			q, err := pep508.Parse(text)
			require.NoError(t, err, text)
			asks[string(q.Name)] = true
		}
		assert.Equal(t, r.Version.Release(0) >= 24, asks["distro"], "distro in %s", r.Version)
		assert.Equal(t, r.Version.Release(0) < 25, asks["six"], "six in %s", r.Version)
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, component := range Components() {
		b.Run(string(component), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, err := Open(component)
				require.NoError(b, err)
			}
		})
	}
}
