package driver_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/driver"
	"github.com/chandlery-go/chandlery/upgrade/driver/api"
	"github.com/chandlery-go/chandlery/upgrade/driver/data"
	"github.com/chandlery-go/chandlery/upgrade/probe"
)

func handVersion(text string) pep440.Version { return pep440.MustParse(text) }

func handFunction(params ...string) *api.Symbol {
	sig := &api.Signature{}
	for _, p := range params {
		name, given := strings.CutSuffix(p, "=")
		sig.Params = append(sig.Params, api.Param{Name: name, Kind: api.PositionalOrKeyword, Default: given})
	}
	return &api.Symbol{Kind: api.Function, Sig: sig}
}

func handClass(bases []string, members map[string]*api.Symbol) *api.Symbol {
	return &api.Symbol{Kind: api.Class, Class: &api.ClassBody{Bases: bases, Members: members}}
}

func handModule(names map[string]*api.Symbol) *api.Module { return &api.Module{Names: names} }

func handPackage(names ...string) *api.Module {
	m := &api.Module{Package: true, Names: map[string]*api.Symbol{}}
	for _, n := range names {
		m.Names[n] = &api.Symbol{}
	}
	return m
}

// handIndex has the facts of openstack.md 3.4 that the logs speak of, in some releases from 12.0.0 to 28.0.0. Each fact is a predicate on the version, so what is expected of Learn does not come from the data's order.
func handIndex() *api.Index {
	ix := &api.Index{Component: "cinder", Libraries: map[pep508.Name][]*api.Release{}}
	brick := map[string]string{
		"12.0.0": "2.3.0", "14.3.1": "2.8.0", "15.0.0": "2.10.0", "21.3.1": "6.1.0", "22.0.0": "6.2.0", "22.1.2": "6.2.3", "23.0.0": "6.4.0", "23.1.0": "6.4.0", "24.0.0": "6.7.0", "24.2.0": "6.7.1", "25.0.0": "6.9.0",
		"26.0.0": "6.11.0", "28.0.0": "6.13.0",
	}
	for _, v := range []string{"12.0.0", "14.3.1", "15.0.0", "21.3.1", "22.0.0", "22.1.2", "23.0.0", "23.1.0", "24.0.0", "24.2.0", "25.0.0", "26.0.0", "28.0.0"} {
		ix.Releases = append(ix.Releases, handRelease(handVersion(v), handVersion(brick[v])))
		if pinned := handVersion(brick[v]); ix.Library("os-brick", pinned) == nil {
			ix.Libraries["os-brick"] = append(ix.Libraries["os-brick"], handBrick(pinned))
		}
	}
	return ix
}

func handBrick(v pep440.Version) *api.Release {
	r := &api.Release{Distribution: "os-brick", Version: v, Modules: map[string]*api.Module{
		"os_brick": handPackage(), "os_brick.initiator": handPackage(), "os_brick.initiator.utils": handModule(nil),
	}}
	if v.Compare(handVersion("6.2.0")) >= 0 {
		r.Modules["os_brick.constants"] = handModule(nil)
	}
	if v.Compare(handVersion("6.10.0")) >= 0 {
		r.Modules["os_brick.initiator.storpool_utils"] = handModule(nil)
	}
	return r
}

func handRelease(v, brick pep440.Version) *api.Release {
	from := func(text string) bool { return v.Compare(handVersion(text)) >= 0 }
	when := func(yes bool, params []string, more string) []string {
		if yes {
			return append(params, more)
		}
		return params
	}
	sparse := from("24.0.0") || v.Equal(handVersion("22.1.2")) || v.Equal(handVersion("23.1.0"))
	target := map[string]*api.Symbol{}
	if from("22.0.0") {
		target["storage_protocol"] = &api.Symbol{}
	}
	utils := map[string]*api.Symbol{
		"upload_volume": handFunction(when(from("24.2.0"), []string{"context", "service", "meta"}, "volume_fd=")...), "extract_host": handFunction("host", "level=", "default_pool_name="), "append_host": handFunction("host", "pool"),
	}
	if from("28.0.0") {
		utils["is_image_cache_entry"] = handFunction("volume")
	}
	r := &api.Release{Distribution: "cinder", Version: v, Libraries: map[pep508.Name]pep440.Version{"os-brick": brick}, Modules: map[string]*api.Module{
		"cinder": handPackage("version"), "cinder.i18n": handModule(map[string]*api.Symbol{"_": {}}), "cinder.interface": handPackage(), "cinder.volume": handPackage(), "cinder.volume.drivers": handPackage(),
		"cinder.volume.driver": handModule(map[string]*api.Symbol{
			"BaseVD":       handClass(nil, map[string]*api.Symbol{"get_volume_stats": handFunction("self", "refresh=")}),
			"VolumeDriver": handClass([]string{"cinder.volume.driver.BaseVD"}, map[string]*api.Symbol{"create_volume": handFunction("self", "volume")}),
		}),
		"cinder.image":             handPackage(),
		"cinder.image.image_utils": handModule(map[string]*api.Symbol{"fetch_to_raw": handFunction(when(sparse, []string{"context", "service"}, "disable_sparse=")...), "upload_volume": handFunction(when(from("24.2.0"), []string{"context"}, "volume_fd=")...)}),
		"cinder.volume.targets":    handPackage(), "cinder.volume.targets.driver": handModule(map[string]*api.Symbol{"Target": handClass(nil, target)}),
		"cinder.volume.targets.tgt":      handModule(map[string]*api.Symbol{"TgtAdm": handClass([]string{"cinder.volume.targets.driver.Target"}, nil)}),
		"cinder.volume.targets.spdknvmf": {Names: map[string]*api.Symbol{}, Options: []api.Option{{Name: "spdk_rpc_protocol", Shape: "StrOpt"}}},
		"cinder.db":                      handPackage(), "cinder.db.migrations": handPackage(), "cinder.db.migrations.versions": handPackage(), "cinder.db.migrations.versions.921e1a36b076_initial": handModule(nil),
	}}
	moved := "cinder.volume.volume_utils"
	if !from("15.0.0") {
		moved = "cinder.volume.utils"
	}
	r.Modules[moved] = handModule(utils)
	if from("24.0.0") {
		r.Requires = []string{"distro>=1"}
		r.Modules["cinder.db.migrations.versions.9c74c1c6971f_quota"] = handModule(nil)
		r.Modules["cinder.volume.manager"] = &api.Module{Names: map[string]*api.Symbol{}, Options: []api.Option{{Name: "image_conversion_disable"}}}
	}
	return r
}

// lesson is a Lesson in short: its direction and bound, or a part of why there is none.
type lesson struct {
	file      string
	class     upgrade.Class
	symbol    string
	direction driver.Direction
	bound     string
	text      string
}

// TestLessons reads what real services wrote: the logs of this folder, numbered as the classes of openstack.md 3.2, and those of the room probe. Each was written by 21.3.1, or by what the first line says.
func TestLessons(t *testing.T) {
	const none = driver.NoDirection
	tests := []lesson{
		{"01-module-gone", upgrade.MissingAPI, "cinder.volume.utils", driver.Upper, "15.0.0", "needs cinder < 15.0.0: cinder.volume.utils is in 12.0.0 to 14.3.1, no more in 21.3.1"},
		{"02-name-gone", upgrade.MissingAPI, "cinder.i18n._LE", none, "", "no release of cinder that the index can tell of has cinder.i18n._LE"},
		{"03-distro", upgrade.MissingDependency, "distro", none, "", "can be added to any release; cinder requires it from 24.0.0 on"},
		{"04-vendor-sdk", upgrade.MissingDependency, "hpe3parclient", none, "", "can be added to any release"},
		{"05-class-attribute", upgrade.MissingAPI, "TgtAdm.storage_protocol", driver.Lower, "22.0.0", "cinder.volume.targets.tgt.TgtAdm.storage_protocol is in 22.0.0 and later"},
		{"06-module-attribute", upgrade.MissingAPI, "cinder.volume.volume_utils.is_image_cache_entry", driver.Lower, "28.0.0", "is in 28.0.0, not in 21.3.1"},
		{"07-no-such-option", upgrade.MissingOption, "spdk_rpc_protocol", none, "", "cinder 21.3.1 has spdk_rpc_protocol"},
		{"08-older-host", upgrade.MissingAPI, "D.__init__(cluster_name=)", none, "", "the driver's own yy.drivers.c08.D.__init__ is for another host, but it overrides nothing"},
		{"09-python2-print", upgrade.Misconfigured, "python2", none, "", "concludes the interpreter"},
		{"09-python2-except", upgrade.Misconfigured, "python2", none, "", "concludes the interpreter"},
		{"10-unsupported-driver", upgrade.Misconfigured, "enable_unsupported_driver", none, "", "to be put right"},
		{"11-incomplete-driver", upgrade.MissingAPI, "D._update_volume_stats", none, "", "no release of cinder that the index can tell of has yy.drivers.c11.D._update_volume_stats"},
		{"11-abstract-methods", upgrade.MissingAPI, "D.create_export", none, "", "lacks what its base asks of it"},
		{"12-keyword", upgrade.MissingAPI, "fetch_to_raw(disable_sparse=)", driver.Lower, "22.1.2", "cinder.image.image_utils.fetch_to_raw(disable_sparse=) is in 22.1.2, 23.1.0 and later"},
		{"13-duplicate-option", upgrade.Misconfigured, "rbd_pool", none, "", "to be put right"},
		{"14-executable", upgrade.MissingExecutable, "yyctl", none, "", "of the host"},
		{"db-sync-newer-schema", upgrade.MissingAPI, "9c74c1c6971f", driver.Lower, "24.0.0", "the database's revision 9c74c1c6971f is in 24.0.0 and later"}, // 15
		{"16-objects-capped", upgrade.Misconfigured, "", none, "", "database's rows"},
		{"16-rpc-too-old", upgrade.Misconfigured, "", none, "", "database's rows"},
		{"17-rpc-unsupported", upgrade.Misconfigured, "3.20", none, "", "to be put right"},
		{"18-python2-name", upgrade.MissingAPI, "cinder.interface", none, "", "every release of cinder that the index can tell of has cinder.interface"},
		{"18-python2-sdk", upgrade.MissingDependency, "storops_yy", none, "", "can be added"},
		{"19-active-active", upgrade.Misconfigured, "cluster", none, "", "to be put right"},
		{"20-distribution", upgrade.BrokenEnvironment, "cinder", none, "", "not whole"},
		{"20-version-conflict", upgrade.BrokenEnvironment, "cinder", none, "", "not whole"},
		{"20-entry-point", upgrade.BrokenEnvironment, "oslo.messaging.drivers:nosuch", none, "", "not whole"},

		{"positional", upgrade.MissingAPI, "extract_host(4 by position)", none, "", "no release of cinder that the index can tell of has cinder.volume.volume_utils.extract_host(4 by position)"},
		{"required-argument", upgrade.MissingAPI, "append_host(without pool)", none, "", "no release of cinder that the index can tell of has cinder.volume.volume_utils.append_host"},
		{"required-keyword", upgrade.MissingAPI, "Part.__init__(without configuration)", none, "", "no class Part in cinder 21.3.1, its libraries or what was read of the driver"},
		{"library-attribute", upgrade.MissingAPI, "os_brick.initiator.utils.yy_missing", none, "", "no release of cinder that the index can tell of"},
		{"unreachable", upgrade.Unreachable, "", none, "", "does not answer"},
		{"16-rpc-too-old-warning", "", "", none, "", ""}, // the service works
		{"forged-messages", upgrade.MissingAPI, "", none, "", "no traceback says which symbol"},

		{"import-osbrick-constants", upgrade.MissingAPI, "os_brick.constants", driver.Lower, "22.0.0", "with 22.0.0 comes os-brick 6.2.0"},
		{"import-osbrick-storpool", upgrade.MissingAPI, "os_brick.initiator.storpool_utils", driver.Lower, "26.0.0", "with 26.0.0 comes os-brick 6.11.0"},
		{"init-attribute-storage-protocol", upgrade.MissingAPI, "TgtAdm.storage_protocol", driver.Lower, "22.0.0", ""},
		{"late-disable-sparse", upgrade.MissingAPI, "fetch_to_raw(disable_sparse=)", driver.Lower, "22.1.2", ""},
		{"late-volume-fd", upgrade.MissingAPI, "upload_volume(volume_fd=)", driver.Lower, "24.2.0", "cinder.image.image_utils.upload_volume(volume_fd=) or cinder.volume.volume_utils.upload_volume(volume_fd=)"},
		{"setup-no-such-option", upgrade.MissingOption, "spdk_rpc_protocol", none, "", "the release is not what lacked it"},
		{"late-duplicate-option", upgrade.Misconfigured, "rbd_pool", none, "", "to be put right"},
		{"late-glance-versions", upgrade.Neighbour, "glance", none, "", "another component's answers"},
		{"late-keyring-missing", upgrade.Misconfigured, "/etc/ceph/ceph.client.admin.keyring", none, "", "to be put right"},
		{"late-mon-refuses", upgrade.Unclassified, "", none, "", "not known"},
		{"late-privsep-old-environment", upgrade.OldHelper, "cinder.privsep.format_inspector", none, "", "another environment"},
		{"scheduler-no-backend-yet", upgrade.Unready, "", none, "", "still starting"},
		{"setup-backend-config-nfs", upgrade.Misconfigured, "/etc/cinder/nfs_shares", none, "", "to be put right"},
		{"setup-not-sending-heartbeat", upgrade.Unclassified, "", none, "", "not known"},
		{"upgrade-check-service-uuid", upgrade.Misconfigured, "Service UUIDs", none, "", "to be put right"},
		{"clean-start-21", "", "", none, "", ""},
		{"clean-start-28", "", "", none, "", ""},
		{"rpc-pins", "", "", none, "", ""},
	}
	logs := map[string]string{}
	for _, folder := range []string{filepath.Join("testdata", "logs"), filepath.Join("..", "probe", "testdata", "log")} {
		names, err := filepath.Glob(filepath.Join(folder, "*.log"))
		require.NoError(t, err)
		for _, name := range names {
			logs[strings.TrimSuffix(filepath.Base(name), ".log")] = name
		}
	}
	require.Len(t, logs, len(tests), "each log has a row and each row a log")
	ran := map[string]string{"18-python2-name": "8.0.0", "18-python2-sdk": "8.0.0", "clean-start-28": "28.0.0", "late-glance-versions": "28.0.0", "late-mon-refuses": "24.5.0", "late-privsep-old-environment": "28.0.0"}
	read := map[string]*api.Driver{
		"08-older-host":        {Modules: map[string]*api.Module{"yy.drivers.c08": handModule(map[string]*api.Symbol{"D": handClass(nil, map[string]*api.Symbol{"__init__": handFunction("self", "execute=")})})}},
		"11-incomplete-driver": {Modules: map[string]*api.Module{"yy.drivers.c11": handModule(map[string]*api.Symbol{"D": handClass([]string{"cinder.volume.driver.VolumeDriver"}, nil)})}},
		"required-argument":    {Needs: []api.Need{{Kind: api.NeedCall, Symbol: "cinder.volume.volume_utils.append_host", Call: &api.Call{Positional: 1}}}},
	}
	ix := handIndex()
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			f, err := os.Open(logs[tt.file])
			require.NoError(t, err)
			defer f.Close()
			version := handVersion("21.3.1")
			if other, ok := ran[tt.file]; ok {
				version = handVersion(other)
			}
			got := driver.Learn(driver.Question{Index: ix, Driver: read[tt.file]}, version, probe.Classify(f))
			if tt.class == "" {
				require.Empty(t, got)
				return
			}
			require.NotEmpty(t, got)
			assertLesson(t, tt, got[0])
			for _, more := range got[1:] {
				assert.Equal(t, none, more.Direction, more)
			}
		})
	}
}

func assertLesson(t *testing.T, want lesson, got driver.Lesson) {
	t.Helper()
	assert.Equal(t, want.class, got.Evidence.Class, got.Evidence.Text)
	assert.Equal(t, want.symbol, got.Evidence.Symbol, got.Evidence.Text)
	assert.Equal(t, want.direction, got.Direction, got.Text)
	assert.Contains(t, got.Text, want.text)
	if want.direction == driver.NoDirection {
		assert.True(t, strings.HasPrefix(got.Text, "no evidence of a version: "), got.Text)
		assert.True(t, got.Admits(handVersion("12.0.0")))
		return
	}
	assert.Equal(t, want.bound, got.At.String(), got.Text)
	assert.False(t, got.Admits(handVersion("21.3.1")))
}

// TestLessons_embedded reads logs by the index that the library carries. What is expected is openstack.md 3.4's, which was found in the sources by version control.
func TestLessons_embedded(t *testing.T) {
	ix, err := data.Open("cinder")
	require.NoError(t, err)
	probed := filepath.Join("..", "probe", "testdata", "log")
	tests := []struct {
		logs  []string
		leads string   // to the lowest release above what ran that no lesson speaks against; "": none
		lacks []string // holes and what is below
		none  bool     // no evidence of a version
		ran   string   // "": 21.3.1
	}{
		{logs: []string{"init-attribute-storage-protocol"}, leads: "22.0.0"},
		{logs: []string{"late-disable-sparse"}, leads: "22.1.2", lacks: []string{"22.0.0", "22.1.1", "23.0.0"}},
		{logs: []string{"late-volume-fd"}, leads: "24.2.0", lacks: []string{"22.3.0", "23.3.0", "24.1.0"}},
		{logs: []string{"late-disable-sparse", "late-volume-fd"}, leads: "24.2.0"},
		{logs: []string{"import-osbrick-constants"}, leads: "22.0.0"},
		{logs: []string{"import-osbrick-storpool"}, leads: "26.0.0", lacks: []string{"25.0.0", "25.1.0"}},
		{logs: []string{"01-module-gone"}, lacks: []string{"15.0.0", "21.0.0", "28.0.0"}},
		{logs: []string{"06-module-attribute"}, leads: "28.0.0", lacks: []string{"27.0.0"}},
		{logs: []string{"setup-no-such-option"}, ran: "16.4.2", leads: "17.0.0", lacks: []string{"12.0.10"}},
		{logs: []string{"setup-no-such-option"}, none: true}, // cinder has had the option since 17.0.0; it is registered where the configuration asks for that target
		{logs: []string{"02-name-gone"}, none: true},         // last in 10.x, which is older than the index
		{logs: []string{"db-sync-newer-schema"}, none: true}, // the index leaves migrations out
		{logs: []string{"late-keyring-missing"}, none: true},
		{logs: []string{"late-glance-versions"}, none: true},
		{logs: []string{"late-mon-refuses"}, none: true},
		{logs: []string{"late-privsep-old-environment"}, none: true},
		{logs: []string{"setup-backend-config-nfs"}, none: true},
		{logs: []string{"late-duplicate-option"}, none: true},
		{logs: []string{"scheduler-no-backend-yet"}, none: true},
		{logs: []string{"clean-start-21", "clean-start-28", "rpc-pins"}, none: true},
	}
	for _, tt := range tests {
		t.Run(strings.Join(tt.logs, " "), func(t *testing.T) {
			ran := handVersion(cmp.Or(tt.ran, "21.3.1"))
			var lessons []driver.Lesson
			for _, name := range tt.logs {
				b, err := os.ReadFile(filepath.Join("testdata", "logs", name+".log"))
				if err != nil {
					b, err = os.ReadFile(filepath.Join(probed, name+".log"))
				}
				require.NoError(t, err)
				lessons = append(lessons, driver.Learn(driver.Question{Index: ix}, ran, probe.Classify(bytes.NewReader(b)))...)
			}
			admitted := func(v pep440.Version) bool {
				return !slices.ContainsFunc(lessons, func(l driver.Lesson) bool { return !l.Admits(v) })
			}
			var lowest string
			for _, r := range ix.Releases {
				if tt.none {
					assert.True(t, admitted(r.Version), "%s %+v", r.Version, lessons)
				}
				if lowest == "" && r.Version.Compare(ran) > 0 && admitted(r.Version) {
					lowest = r.Version.String()
				}
			}
			if !tt.none {
				assert.Equal(t, tt.leads, lowest)
				assertTrue(t, ix, ran, lessons)
			}
			for _, v := range tt.lacks {
				require.NotNil(t, ix.Find(handVersion(v)), v)
				assert.False(t, admitted(handVersion(v)), v)
			}
		})
	}
}

// narrowIndex has three releases, whose host gained a keyword, a method and a function, and lost others.
func narrowIndex() *api.Index {
	release := func(v string, create, inherited, two *api.Symbol, calls ...api.HostCall) *api.Release {
		base := map[string]*api.Symbol{"create_volume": create, "start": inherited}
		for name, s := range base {
			if s == nil {
				delete(base, name)
			}
		}
		return &api.Release{Distribution: "cinder", Version: handVersion(v), Modules: map[string]*api.Module{
			"cinder": handPackage(), "cinder.volume": handPackage(), "cinder.a": handModule(map[string]*api.Symbol{"f": handFunction("x"), "g": handFunction("x"), "same": two}),
			"cinder.b": handModule(map[string]*api.Symbol{"f": two}), "cinder.tests": handPackage(), "cinder.tests.a": handModule(map[string]*api.Symbol{"g": handFunction()}),
			"cinder.volume.driver":  handModule(map[string]*api.Symbol{"VolumeDriver": handClass(nil, base)}),
			"cinder.volume.manager": {Names: map[string]*api.Symbol{}, Calls: calls},
		}}
	}
	older, newer := handFunction("self", "volume"), handFunction("self", "volume", "spec=")
	return &api.Index{Component: "cinder", Releases: []*api.Release{
		release("1.0", older, nil, handFunction("x", "k="), api.HostCall{Method: "create_volume", Call: api.Call{Positional: 1}}),
		release("2.0", newer, nil, handFunction("x"), api.HostCall{Method: "create_volume", Call: api.Call{Positional: 1, Keywords: []string{"spec"}}}),
		release("3.0", newer, handFunction("self"), handFunction("x", "k="), api.HostCall{Method: "create_volume", Call: api.Call{Positional: 1, Keywords: []string{"spec"}}}),
	}}
}

func narrowDriver() *api.Driver {
	create := handFunction("self", "volume")
	return &api.Driver{
		Modules: map[string]*api.Module{"acme": {Package: true, Names: map[string]*api.Symbol{"D": handClass([]string{"cinder.volume.driver.VolumeDriver"}, map[string]*api.Symbol{"create_volume": create})},
			Options: []api.Option{{Name: "acme_x"}}}},
		Classes: []string{"acme.D"},
		Needs: []api.Need{
			{Kind: api.NeedOverride, Symbol: "acme.D.create_volume", Class: "acme.D", Sig: create.Sig, File: "acme/__init__.py", Line: 7},
			{Kind: api.NeedMethod, Symbol: "acme.D.start", Class: "acme.D", Super: true, Call: &api.Call{}, File: "acme/__init__.py", Line: 8},
			{Kind: api.NeedCall, Symbol: "cinder.b.f", Call: &api.Call{Positional: 1, Keywords: []string{"k"}}, File: "acme/__init__.py", Line: 9},
			{Kind: api.NeedCall, Symbol: "cinder.a.same", Call: &api.Call{}, File: "acme/__init__.py", Line: 10},
		},
	}
}

func TestLearn(t *testing.T) {
	const none, lower, upper = driver.NoDirection, driver.Lower, driver.Upper
	tests := []struct {
		name      string
		class     upgrade.Class
		symbol    string
		unread    bool // the driver
		direction driver.Direction
		at        string
		text      string
	}{
		{"the driver's own method is for an older host", upgrade.MissingAPI, "D.create_volume(spec=)", false, upper, "2.0", "acme.D.create_volume is in 1.0, no more in 2.0; asked for at acme/__init__.py:7"},
		{"as Python 3.9 says it", upgrade.MissingAPI, "create_volume(spec=)", false, upper, "2.0", "acme.D.create_volume"},
		{"whose it is, is not known", upgrade.MissingAPI, "D.create_volume(spec=)", true, none, "", "no class D in cinder 2.0"},
		{"a method that is no override", upgrade.MissingAPI, "D.__init__(cluster_name=)", false, none, "", "the driver's own acme.D.__init__ is for another host, but it overrides nothing of this one's"},
		{"a method that only a newer base has", upgrade.MissingAPI, "D.start", false, lower, "3.0", "needs cinder >= 3.0: acme.D.start is in 3.0, not in 2.0"},
		{"asked of super()", upgrade.MissingAPI, "super.start", false, lower, "3.0", "acme.D.start"},
		{"asked of super() by nobody", upgrade.MissingAPI, "super.stop", false, none, "", "does not show who asks"},
		{"a method that nobody has", upgrade.MissingAPI, "D.fly", false, none, "", "no release of cinder that the index can tell of has acme.D.fly"},
		{"two functions of a name, one of which the driver calls", upgrade.MissingAPI, "f(k=)", false, lower, "3.0", "cinder.b.f(k=) is in 1.0, 3.0, not in 2.0"},
		{"two functions of a name that tell different things", upgrade.MissingAPI, "f(k=)", true, none, "", "no release of cinder that the index can tell of has cinder.a.f(k=) or cinder.b.f(k=)"},
		{"a test's function is none", upgrade.MissingAPI, "g(2 by position)", true, none, "", "no release of cinder that the index can tell of has cinder.a.g(2 by position)"},
		{"a call as the driver writes it", upgrade.MissingAPI, "same(without x)", false, none, "", "no release of cinder that the index can tell of has cinder.a.same"},
		{"a call that nobody shows", upgrade.MissingAPI, "same(without x)", true, none, "", "no call of it in the driver's text"},
		{"what ran has it", upgrade.MissingAPI, "cinder.volume.driver.VolumeDriver", false, none, "", "the release is not what lacked it"},
		{"a package of another distribution", upgrade.MissingAPI, "yy.storage.x", false, none, "", "no class yy"},
		{"no module is said", upgrade.MissingAPI, "interface", false, none, "", "it says no module of interface"},
		{"an option of the driver's own", upgrade.MissingOption, "acme_x", false, none, "", "cinder 2.0 has acme_x"},
		{"an option that nobody has", upgrade.MissingOption, "acme_y", false, none, "", "cannot tell whether"},
		{"a revision, without migrations in the index", upgrade.MissingAPI, "9c74c1c6971f", false, none, "", "cannot tell whether"},
		{"no symbol", upgrade.MissingAPI, "", false, none, "", "no traceback says which symbol"},
		{"what is no symbol", upgrade.MissingAPI, "cinder..b", false, none, "", "it names no symbol"},
		{"what is no symbol either", upgrade.MissingAPI, "needs cinder >= 3.0", false, none, "", "it names no symbol"},
		{"a call of a local function", upgrade.MissingAPI, "f.<locals>.g(k=)", false, none, "", "it names no symbol"},
		{"another class says nothing, whatever its symbol", upgrade.Misconfigured, "D.start", false, none, "", "to be put right"},
		{"a class that is not known", "magic", "D.start", false, none, "", "its class is not known"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := driver.Question{Index: narrowIndex(), Driver: narrowDriver()}
			if tt.unread {
				q.Driver = nil
			}
			got := driver.Learn(q, handVersion("2.0"), []upgrade.Evidence{{Class: tt.class, Symbol: tt.symbol}})
			require.Len(t, got, 1)
			assert.Equal(t, tt.direction, got[0].Direction, got[0].Text)
			assert.Contains(t, got[0].Text, tt.text)
			if tt.at != "" {
				assert.Equal(t, tt.at, got[0].At.String())
				assert.False(t, got[0].Admits(handVersion("2.0")))
			}
		})
	}
}

// TestLearn_current has what is installed count in place of the release of its version: a distribution takes changes back.
func TestLearn_current(t *testing.T) {
	installed := *handIndex().Find(handVersion("21.3.1"))
	installed.Modules = handIndex().Find(handVersion("24.0.0")).Modules
	evidence := []upgrade.Evidence{{Class: upgrade.MissingAPI, Symbol: "fetch_to_raw(disable_sparse=)"}, {Class: upgrade.MissingAPI, Symbol: "os_brick.constants"}}
	brick := handBrick(handVersion("6.11.0"))
	got := driver.Learn(driver.Question{Index: handIndex(), Current: &installed, Libraries: []*api.Release{brick}}, handVersion("21.3.1"), evidence)
	require.Len(t, got, 2)
	for _, l := range got {
		assert.Equal(t, driver.NoDirection, l.Direction)
		assert.Contains(t, l.Text, "the release is not what lacked it")
	}
}

// TestLearn_elsewhere has logs of versions that the index lacks.
func TestLearn_elsewhere(t *testing.T) {
	learn := func(ran, symbol string) driver.Lesson {
		return driver.Learn(driver.Question{Index: handIndex()}, handVersion(ran), []upgrade.Evidence{{Class: upgrade.MissingAPI, Symbol: symbol}})[0]
	}
	between := learn("21.9.0", "cinder.volume.volume_utils.is_image_cache_entry")
	assert.Equal(t, driver.Lower, between.Direction, between.Text)
	assert.Equal(t, "28.0.0", between.At.String())
	gone := learn("21.9.0", "cinder.volume.utils")
	assert.Equal(t, driver.Upper, gone.Direction, gone.Text)
	assert.Equal(t, "15.0.0", gone.At.String())
	assert.True(t, gone.Admits(handVersion("14.3.1")))
	newer := learn("99.0.0", "cinder.volume.volume_utils.is_image_cache_entry")
	assert.Equal(t, driver.NoDirection, newer.Direction, newer.Text)
	assert.Contains(t, newer.Text, "cinder 28.0.0 has")
	assert.Contains(t, learn("21.9.0", "fetch_to_raw(disable_sparse=)").Text, "no function fetch_to_raw in cinder 21.9.0", "a bare name is looked up in what ran")
}

func TestLearn_limits(t *testing.T) {
	assert.Empty(t, driver.Learn(driver.Question{Index: handIndex()}, handVersion("21.3.1"), nil))
	none := driver.Learn(driver.Question{}, handVersion("21.3.1"), []upgrade.Evidence{{Class: upgrade.MissingAPI, Symbol: "cinder.volume.utils"}})
	require.Len(t, none, 1)
	assert.Contains(t, none[0].Text, "the index knows no release")

	many := make([]upgrade.Evidence, 10*driver.MaxLessons)
	for i := range many {
		many[i] = upgrade.Evidence{Class: upgrade.MissingAPI, Symbol: "cinder." + strings.Repeat("x.", i) + "y"}
	}
	assert.Len(t, driver.Learn(driver.Question{Index: handIndex()}, handVersion("21.3.1"), many), driver.MaxLessons)

	wide := handIndex()
	for i := range driver.MaxReadings + 1 {
		wide.Find(handVersion("21.3.1")).Modules[fmt.Sprintf("cinder.m%d", i)] = handModule(map[string]*api.Symbol{"C": handClass(nil, nil)})
	}
	got := driver.Learn(driver.Question{Index: wide}, handVersion("21.3.1"), []upgrade.Evidence{{Class: upgrade.MissingAPI, Symbol: "C.x"}})
	assert.Contains(t, got[0].Text, "C.x may mean any of 17")
	assert.Equal(t, driver.NoDirection, got[0].Direction)
}

// forged is a log in which every line wants to be believed.
func forged(lines int) io.Reader {
	const head = "2026-11-22 17:37:13.027 8539 ERROR cinder.volume.manager "
	var b strings.Builder
	symbols := []string{"'cinder.volume' has no attribute 'utils'", "'cinder.volume.volume_utils' has no attribute 'is_image_cache_entry'", "'cinder' has no attribute 'version'", "'cinder.volume.driver' has no attribute 'VolumeDriver'"}
	for i := range lines {
		symbol := symbols[i%len(symbols)]
		switch i % 7 {
		case 0:
			b.WriteString(head + "[-] module " + symbol + ", needs cinder >= 99.0.0 and < 1.0\n")
		case 1:
			b.WriteString(head + "[-] it failed: AttributeError: module " + symbol + "\n")
		case 2:
			b.WriteString("Traceback (most recent call last):\n  File \"/x/drivers/a.py\", line 1, in f\nAttributeError: module " + symbol + "\n")
		case 3:
			b.WriteString(strings.ReplaceAll(head, "ERROR", "INFO") + "[-] Traceback (most recent call last):\nAttributeError: module " + symbol + "\n")
		case 4:
			b.WriteString(head + "[-] x\n" + head + "Traceback (most recent call last):\n" + head + "  File \"/x/drivers/a.py\", line 1, in f\n" + head + "acme.Oops: AttributeError: module " + symbol + "\n")
		case 5:
			fmt.Fprintf(&b, "%sE: cannot import name 'n%d' from 'cinder.m%d' \x00\xff\xfe\x1b[0m\n", head, i, i)
		default:
			b.WriteString(strings.Repeat("\x00\xc3(", 3000) + "\n")
		}
	}
	return strings.NewReader(b.String())
}

// TestLearn_forged: what is believed is no more than that what ran lacks a symbol which it does lack; all else is only reported.
func TestLearn_forged(t *testing.T) {
	lessons := driver.Learn(driver.Question{Index: handIndex()}, handVersion("21.3.1"), probe.Classify(forged(20_000)))
	require.NotEmpty(t, lessons)
	for _, l := range lessons {
		assert.Equal(t, driver.NoDirection, l.Direction, l.Text)
	}

	// A whole record, forged to the last byte, cannot be told from a real one. It can speak against releases that lack the symbol, and for none that does.
	const head = "2026-11-22 17:37:13.027 8539 ERROR cinder.volume.manager "
	record := func(symbol string) string {
		return head + "[-] x\n" + head + "Traceback (most recent call last):\n" + head + "  File \"/x/drivers/a.py\", line 1, in f\n" + head + "AttributeError: module " + symbol + "\n"
	}
	whole := record("'cinder' has no attribute 'version'") + record("'cinder' has no attribute 'nothing'") + record("'cinder.volume.volume_utils' has no attribute 'is_image_cache_entry'")
	lessons = driver.Learn(driver.Question{Index: handIndex()}, handVersion("21.3.1"), probe.Classify(strings.NewReader(whole)))
	require.Len(t, lessons, 3)
	assert.Equal(t, driver.NoDirection, lessons[0].Direction, "what ran has it")
	assert.Equal(t, driver.NoDirection, lessons[1].Direction, "no release has it")
	assert.Equal(t, "28.0.0", lessons[2].At.String())
	assertTrue(t, handIndex(), handVersion("21.3.1"), lessons)
}

// assertTrue checks lessons by the index: each bound is a release of it that has the symbol or comes after one that has.
func assertTrue(t *testing.T, ix *api.Index, ran pep440.Version, lessons []driver.Lesson) {
	t.Helper()
	for _, l := range lessons {
		if len(l.Text) > 64<<10 || !utf8.ValidString(l.Text) || len(l.Symbols) > driver.MaxReadings {
			t.Fatalf("%+v", l)
		}
		if l.Direction == driver.NoDirection {
			continue
		}
		if l.Evidence.Class != upgrade.MissingAPI && l.Evidence.Class != upgrade.MissingOption || len(l.Has) == 0 || ix.Find(l.At) == nil || l.Admits(ran) {
			t.Fatalf("%+v", l)
		}
		for _, v := range l.Has {
			if ix.Find(v) == nil || slices.ContainsFunc(l.Lacks, v.Equal) || l.Direction == driver.Upper && v.Compare(l.At) >= 0 {
				t.Fatalf("%+v", l)
			}
		}
	}
}

func FuzzLearn(f *testing.F) {
	for _, folder := range []string{filepath.Join("testdata", "logs"), filepath.Join("..", "probe", "testdata", "log")} {
		names, err := filepath.Glob(filepath.Join(folder, "*.log"))
		if err != nil || len(names) == 0 {
			f.Fatal("no recorded logs", err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(b), "cinder.volume.utils")
		}
	}
	for _, symbol := range []string{"upload_volume(volume_fd=)", "append_host(without pool)", "TgtAdm.x", "VolumeDriver.create_volume(9 by position)", "super.x", "9c74c1c6971f"} {
		f.Add("", symbol)
	}
	ix := handIndex()
	f.Fuzz(func(t *testing.T, log, symbol string) {
		evidence := append(probe.Classify(strings.NewReader(log)), upgrade.Evidence{Class: upgrade.MissingAPI, Symbol: symbol}, upgrade.Evidence{Class: upgrade.MissingOption, Symbol: symbol})
		for i := range evidence {
			evidence[i].Symbol = strings.ToValidUTF8(evidence[i].Symbol, "")
		}
		ran := handVersion("21.3.1")
		assertTrue(t, ix, ran, driver.Learn(driver.Question{Index: ix, Driver: narrowDriver()}, ran, evidence))
	})
}

func BenchmarkLearn(b *testing.B) {
	ix, err := data.Open("cinder")
	if err != nil {
		b.Fatal(err)
	}
	evidence := []upgrade.Evidence{{Class: upgrade.MissingAPI, Symbol: "upload_volume(volume_fd=)"}, {Class: upgrade.MissingAPI, Symbol: "TgtAdm.storage_protocol"}}
	b.ReportAllocs()
	for b.Loop() {
		if got := driver.Learn(driver.Question{Index: ix}, handVersion("21.3.1"), evidence); got[0].Direction != driver.Lower {
			b.Fatal(got)
		}
	}
}
