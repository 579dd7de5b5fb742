package api

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// hostModules is a small cinder.
func hostModules() modules {
	return modules{
		"cinder": {Package: true},
		"cinder.volume": {Package: true, Names: names{
			"driver": alias("cinder.volume.driver"), "reexport": alias("cinder.volume.again.reexport"), "itself": alias("cinder.volume.itself"), // from . import driver, …
			"API": alias("cinder.volume.api.API"), "flows": value()}},
		"cinder.volume.volume_utils": {Names: names{
			"upload_volume": def("context, image_service, *, store_id="),
			"brick":         alias("os_brick.initiator.connector"),
			"greenpool":     alias("eventlet.greenpool"),
			"gone":          alias("cinder.volume.nowhere"),
			"partial":       {Kind: Function},
			"LOG":           value(),
		}},
		"cinder.volume.flows": {Names: names{"x": value()}},
		"cinder.volume.again": {Names: names{"reexport": alias("cinder.volume.reexport")}},
		"cinder.volume.driver": {Names: names{
			"BaseVD": classOf("builtins.object", names{
				"__init__":             def("self, execute=, *args, **kwargs"),
				"VERSION":              value(),
				"configuration":        ofSelf(),
				"create_volume":        def("self, volume"),
				"failover_host":        def("self, context, volumes, secondary_id=, groups="),
				"from_row":             bound(ClassWay, "cls, row"),
				"check":                bound(Static, "volume"),
				"pools":                bound(Property, "self"),
				"hook":                 def("self"),
				"Inner":                classOf("", names{"x": value()}),
				"renamed":              alias("cinder.volume.volume_utils.upload_volume"),
				"initialize_connector": def("self, volume"),
			}),
			"VolumeDriver": classOf("cinder.volume.driver.CloneableVD cinder.volume.driver.BaseVD", names{
				"create_volume": def("self, volume, host="),
				"hook":          ofSelf(),
			}),
			"CloneableVD":  classOf("object", names{"clone": def("self, volume"), "check": bound(Static, "volume, deep")}),
			"ISCSIDriver":  classOf("cinder.volume.driver.VolumeDriver", nil),
			"Strange":      classOf("eventlet.Thing", names{"known": def("self")}),
			"Untold":       {Kind: Class, Class: &ClassBody{Bases: []string{""}}},
			"Getattr":      dynamicClass("object", names{"known": def("self")}),
			"Round":        classOf("cinder.volume.driver.About", nil),
			"About":        classOf("cinder.volume.driver.Round", nil),
			"Contradicted": classOf("cinder.volume.driver.BaseVD cinder.volume.driver.VolumeDriver", nil),
			"Opener":       classOf("object", names{"__init__": def("self")}),
			"Plain":        classOf("object", nil),
			"Made":         classOf("object", names{"__new__": bound(Static, "cls, x"), "__init__": def("self")}),
			"Failure":      classOf("builtins.Exception", nil),
			"AliasedBase":  classOf("cinder.volume.reexport.Base", nil),
		}},
		"cinder.volume.reexport": {
			Names: names{"Base": alias("cinder.volume.driver.BaseVD"), "a": alias("cinder.volume.reexport.b"), "b": alias("cinder.volume.reexport.a"), "deep": alias("cinder.volume.reexport.deep.er")},
			Stars: []string{"cinder.stars.public", "cinder.stars.listed", "cinder.stars.round"},
		},
		"cinder.stars":         {Package: true},
		"cinder.stars.public":  {Names: names{"shown": def(""), "_hidden": def("")}},
		"cinder.stars.listed":  {Names: names{"_chosen": def(""), "left": def("")}, All: []string{"_chosen", "promised"}},
		"cinder.stars.round":   {Names: names{"far": value()}, Stars: []string{"cinder.volume.reexport"}},
		"cinder.stars.unknown": {Stars: []string{"eventlet.stuff"}},
		"cinder.stars.dynamic": {Dynamic: true, Names: names{"there": value()}},
		"cinder.stars.behind":  {Stars: []string{"cinder.stars.dynamic"}},
		"cinder.bare.inner":    {Names: names{"x": value()}},
		"spaced.one":           {Names: names{"x": value()}},
	}
}

func libraryModules() modules {
	return modules{
		"os_brick":                     {Package: true},
		"os_brick.initiator":           {Package: true},
		"os_brick.initiator.connector": {Names: names{"InitiatorConnector": classOf("object", names{"factory": bound(Static, "protocol, root_helper, driver=")})}},
	}
}

// driverModules is a vendor's, with a mixin and a file that replaces the host's own.
func driverModules() modules {
	return modules{
		"cinder.volume.drivers.vendor": {Names: names{
			"Driver": classOf("cinder.volume.drivers.vendor.Mixin cinder.volume.driver.ISCSIDriver", names{
				"own": def("self"), "session": ofSelf(), "create_volume": def("self, volume"),
			}),
			"Common":  classOf("cinder.volume.driver.VolumeDriver", names{"failover_host": def("self"), "clone": def("self")}),
			"Child":   classOf("cinder.volume.drivers.vendor.Common", names{"failover_host": def("self, **kwargs")}),
			"Two":     classOf("cinder.volume.driver.CloneableVD cinder.volume.driver.BaseVD", nil),
			"Opened":  classOf("cinder.volume.driver.Opener", nil),
			"Mixin":   classOf("object", names{"login": def("self")}),
			"Lone":    classOf("object", nil),
			"Odd":     classOf("eventlet.Thing", nil),
			"helpers": alias("cinder.volume.moved"),
			"Later":   classOf("cinder.volume.driver.NewBase", nil),
		}},
		"cinder.stars.public": {Names: names{"replaced": value()}},
	}
}

func testView() *View {
	return &View{
		Release:   release("cinder", "1.0", hostModules()),
		Libraries: []*Release{release("os-brick", "2.0", libraryModules())},
		Driver:    &Driver{Modules: driverModules()},
	}
}

// judged is a need with its verdict.
type judged struct {
	need  Need
	want  Answer
	lacks string
}

func check(t *testing.T, v *View, cases []judged) {
	t.Helper()
	for _, c := range cases {
		got := v.Judge(&c.need)
		assert.Equal(t, c.want, got.Answer, "%s %s (%s)", c.need.Kind, c.need.Symbol, got.Lacks)
		assert.Equal(t, c.lacks, got.Lacks, "%s %s", c.need.Kind, c.need.Symbol)
	}
}

func TestJudgeModule(t *testing.T) {
	module := func(symbol string) Need { return Need{Kind: NeedModule, Symbol: symbol} }
	check(t, testView(), []judged{
		{module("cinder"), Satisfied, ""},
		{module("cinder.volume.driver"), Satisfied, ""},
		{module("os_brick.initiator.connector"), Satisfied, ""},
		{module("cinder.volume.drivers"), Satisfied, ""}, // of the driver's file alone
		{module("cinder.volume.drivers.vendor"), Satisfied, ""},
		{module("cinder.volume.utils"), Missing, "cinder.volume.utils"},
		{module("cinder.keymgr.api"), Missing, "cinder.keymgr"},
		{module("cinder.volume.API"), Missing, "cinder.volume.API"},           // a name is no module
		{module("cinder.volume.driver.x"), Missing, "cinder.volume.driver.x"}, // nor has a file one
		{module("eventlet.green"), Unknown, ""},
		{module("cinder.bare.inner"), Satisfied, ""},
		{module("cinder.bare.outer"), Missing, "cinder.bare.outer"}, // in cinder's own folder
		{module("spaced.two"), Unknown, ""},                         // another distribution's part of it
		{module("cinder.stars.dynamic.x"), Unknown, ""},
		{module(""), Unknown, ""},
	})
}

func TestJudgeName(t *testing.T) {
	name := func(symbol string) Need { return Need{Kind: NeedName, Symbol: symbol} }
	check(t, testView(), []judged{
		{name("cinder.volume.volume_utils.upload_volume"), Satisfied, ""},
		{name("cinder.volume.volume_utils.trace"), Missing, "cinder.volume.volume_utils.trace"},
		{name("cinder.volume.utils.trace"), Missing, "cinder.volume.utils"},
		{name("cinder.volume.driver"), Satisfied, ""},
		{name("cinder.volume.__path__"), Satisfied, ""},
		{name("eventlet.spawn"), Unknown, ""},

		// Below what is not judged.
		{name("cinder.volume.volume_utils.LOG"), Satisfied, ""},
		{name("cinder.volume.volume_utils.LOG.debug"), Unknown, ""},
		{name("cinder.volume.volume_utils.upload_volume.cache"), Unknown, ""},
		{name("cinder.volume.flows"), Satisfied, ""}, // a Value beside a submodule
		{name("cinder.volume.flows.x"), Unknown, ""},

		// Aliases.
		{name("cinder.volume.API"), Satisfied, ""}, // of a module that is not there: the release says that it is
		{name("cinder.volume.API.delete"), Unknown, ""},
		{name("cinder.volume.volume_utils.brick.InitiatorConnector.factory"), Satisfied, ""},
		{name("cinder.volume.volume_utils.brick.NVMe"), Missing, "os_brick.initiator.connector.NVMe"},
		{name("cinder.volume.volume_utils.greenpool"), Satisfied, ""},
		{name("cinder.volume.volume_utils.greenpool.GreenPool"), Unknown, ""},
		{name("cinder.volume.volume_utils.gone"), Satisfied, ""},
		{name("cinder.volume.reexport.a"), Satisfied, ""}, // in a circle
		{name("cinder.volume.reexport.a.x"), Unknown, ""},
		{name("cinder.volume.reexport.deep"), Satisfied, ""},
		{name("cinder.volume.drivers.vendor.helpers"), Missing, "cinder.volume.moved"}, // the driver's own import
		{name("cinder.volume.drivers.vendor.helpers.x"), Missing, "cinder.volume.moved"},

		{name("cinder.volume.again.reexport.Base"), Satisfied, ""},
		{name("cinder.volume.reexport"), Satisfied, ""},
		{name("cinder.volume.reexport.Base"), Satisfied, ""},
		{name("cinder.volume.reexport.Case"), Missing, "cinder.volume.reexport.Case"},
		{name("cinder.volume.itself"), Satisfied, ""},
		{name("cinder.volume.itself.x"), Unknown, ""},

		// Stars.
		{name("cinder.volume.reexport.replaced"), Satisfied, ""},
		{name("cinder.volume.reexport.shown"), Missing, "cinder.volume.reexport.shown"}, // the driver's file lies over it
		{name("cinder.volume.reexport._chosen"), Satisfied, ""},
		{name("cinder.volume.reexport.promised"), Unknown, ""},
		{name("cinder.volume.reexport.left"), Missing, "cinder.volume.reexport.left"},
		{name("cinder.volume.reexport.far"), Satisfied, ""},
		{name("cinder.stars.round.far"), Satisfied, ""},
		{name("cinder.stars.round.nothing"), Missing, "cinder.stars.round.nothing"},
		{name("cinder.stars.round._hidden"), Missing, "cinder.stars.round._hidden"},
		{name("cinder.stars.unknown.x"), Unknown, ""},
		{name("cinder.stars.dynamic.there"), Satisfied, ""},
		{name("cinder.stars.dynamic.x"), Unknown, ""},
		{name("cinder.stars.behind.there"), Satisfied, ""},
		{name("cinder.stars.behind.x"), Unknown, ""},
		{name("cinder.stars.behind._x"), Unknown, ""},

		// Classes' members.
		{name("cinder.volume.driver.ISCSIDriver.failover_host"), Satisfied, ""},
		{name("cinder.volume.driver.ISCSIDriver.retype"), Missing, "cinder.volume.driver.ISCSIDriver.retype"},
		{name("cinder.volume.driver.ISCSIDriver.configuration"), Missing, "cinder.volume.driver.ISCSIDriver.configuration"}, // an instance has it
		{name("cinder.volume.driver.ISCSIDriver.hook"), Satisfied, ""},                                                      // the class has it too, farther up
		{name("cinder.volume.driver.ISCSIDriver.__doc__"), Satisfied, ""},
		{name("cinder.volume.driver.BaseVD.Inner.x"), Satisfied, ""},
		{name("cinder.volume.driver.BaseVD.Inner.y"), Missing, "cinder.volume.driver.BaseVD.Inner.y"},
		{name("cinder.volume.driver.Strange.known"), Satisfied, ""},
		{name("cinder.volume.driver.Strange.x"), Unknown, ""},
		{name("cinder.volume.driver.Untold.x"), Unknown, ""},
		{name("cinder.volume.driver.Getattr.x"), Unknown, ""},
		{name("cinder.volume.driver.Round.x"), Unknown, ""},
		{name("cinder.volume.driver.Contradicted.x"), Unknown, ""},
		{name("cinder.volume.driver.AliasedBase.VERSION"), Satisfied, ""},
		{name("cinder.volume.driver.AliasedBase.retype"), Missing, "cinder.volume.driver.AliasedBase.retype"},

		// Packages without a file.
		{name("cinder.bare.inner.x"), Satisfied, ""},
		{name("cinder.bare.outer"), Missing, "cinder.bare.outer"},
		{name("spaced.two"), Unknown, ""},
	})
}

func TestJudgeCall(t *testing.T) {
	of := func(symbol, args string) Need { return Need{Kind: NeedCall, Symbol: symbol, Call: call(args)} }
	check(t, testView(), []judged{
		{of("cinder.volume.volume_utils.upload_volume", "1 1 store_id="), Satisfied, ""},
		{of("cinder.volume.volume_utils.upload_volume", "1 1 volume_fd="), Missing, "cinder.volume.volume_utils.upload_volume(volume_fd=)"},
		{of("cinder.volume.volume_utils.fetch", "1"), Missing, "cinder.volume.volume_utils.fetch"},
		{of("cinder.volume.volume_utils.partial", "1 1 1 x="), Satisfied, ""},
		{of("cinder.volume.volume_utils.LOG", "1"), Unknown, ""},
		{of("cinder.volume.volume_utils", "1"), Unknown, ""},
		{of("cinder.volume.volume_utils.brick.InitiatorConnector.factory", "1 1 x="), Missing, "os_brick.initiator.connector.InitiatorConnector.factory(x=)"},

		// Through a class: self is passed, unless the method is bound to the class.
		{of("cinder.volume.driver.VolumeDriver.create_volume", "1 1"), Satisfied, ""},
		{of("cinder.volume.driver.VolumeDriver.create_volume", "1"), Missing, "cinder.volume.driver.VolumeDriver.create_volume(without volume)"},
		{of("cinder.volume.driver.VolumeDriver.from_row", "1"), Satisfied, ""},
		{of("cinder.volume.driver.VolumeDriver.from_row", "1 1"), Missing, "cinder.volume.driver.BaseVD.from_row(2 by position)"},
		{of("cinder.volume.driver.BaseVD.check", "1"), Satisfied, ""},
		{of("cinder.volume.driver.BaseVD.pools", ""), Unknown, ""},

		// Classes.
		{of("cinder.volume.drivers.vendor.Opened", "1"), Missing, "cinder.volume.driver.Opener.__init__(1 by position)"},
		{of("cinder.volume.driver.ISCSIDriver", "1 x="), Satisfied, ""},
		{of("cinder.volume.driver.Plain", ""), Satisfied, ""},
		{of("cinder.volume.driver.Plain", "1"), Missing, "cinder.volume.driver.Plain(1 by position)"},
		{of("cinder.volume.driver.Made", "1"), Unknown, ""},
		{of("cinder.volume.driver.Failure", "1"), Unknown, ""},
		{of("cinder.volume.driver.Getattr", "1"), Unknown, ""},
		{of("cinder.volume.driver.Strange", "1"), Unknown, ""},
	})
}

func TestJudgeMember(t *testing.T) {
	const vendor = "cinder.volume.drivers.vendor."
	attribute := func(class, name string, super bool) Need {
		return Need{Kind: NeedAttribute, Class: vendor + class, Symbol: vendor + class + "." + name, Super: super}
	}
	method := func(class, name string, super bool, args string) Need {
		n := attribute(class, name, super)
		n.Kind, n.Call = NeedMethod, call(args)
		return n
	}
	check(t, testView(), []judged{
		{attribute("Driver", "configuration", false), Satisfied, ""},
		{attribute("Driver", "configuration", true), Missing, "cinder.volume.driver.ISCSIDriver.configuration"}, // super() sees classes alone
		{attribute("Driver", "VERSION", true), Satisfied, ""},
		{attribute("Driver", "session", false), Satisfied, ""},
		{attribute("Driver", "own", true), Missing, "cinder.volume.driver.ISCSIDriver.own"},
		{attribute("Driver", "storage_protocol", false), Missing, "cinder.volume.driver.ISCSIDriver.storage_protocol"},
		{attribute("Driver", "pools", false), Satisfied, ""},
		{attribute("Driver", "Inner.x", false), Satisfied, ""},
		{attribute("Driver", "Inner.y", false), Missing, "cinder.volume.driver.BaseVD.Inner.y"},
		{attribute("Driver", "VERSION.x", false), Unknown, ""},

		{method("Driver", "clone", false, "1"), Satisfied, ""},
		{method("Driver", "clone", false, "1 1"), Missing, "cinder.volume.driver.CloneableVD.clone(2 by position)"},
		{method("Driver", "create_volume", true, "1 host="), Satisfied, ""},
		{method("Driver", "create_volume", true, "1 pool="), Missing, "cinder.volume.driver.VolumeDriver.create_volume(pool=)"},
		{method("Driver", "check", false, "1"), Missing, "cinder.volume.driver.CloneableVD.check(without deep)"}, // before BaseVD in the order
		{method("Driver", "from_row", false, "1"), Satisfied, ""},
		{method("Driver", "from_row", false, ""), Missing, "cinder.volume.driver.BaseVD.from_row(without row)"},
		{method("Driver", "hook", false, "1 1"), Unknown, ""}, // covered by what a method assigns
		{method("Driver", "configuration", false, "1"), Unknown, ""},
		{method("Driver", "pools", false, ""), Unknown, ""},
		{method("Driver", "Inner", false, "1"), Missing, "cinder.volume.driver.BaseVD.Inner(1 by position)"},
		{method("Driver", "renamed", false, "1"), Satisfied, ""}, // a function of a class body gets self, wherever it comes from
		{method("Driver", "retype", false, "1"), Missing, "cinder.volume.driver.ISCSIDriver.retype"},
		{method("Driver", "__init__", true, "execute= **"), Satisfied, ""},
		{method("Driver", "_execute", false, "1"), Missing, "cinder.volume.driver.ISCSIDriver._execute"},

		{attribute("Two", "nothing", false), Missing, "cinder.volume.driver.BaseVD.nothing"},

		// A mixin asks what the classes with it have.
		{attribute("Mixin", "configuration", false), Satisfied, ""},
		{attribute("Mixin", "nothing", false), Missing, "cinder.volume.driver.ISCSIDriver.nothing"},
		{method("Mixin", "create_volume", true, "1 host="), Satisfied, ""},
		{attribute("Lone", "configuration", false), Unknown, ""}, // nobody's host
		{attribute("Odd", "x", false), Unknown, ""},
		{attribute("Later", "x", false), Unknown, ""}, // its base is missing: that is another need
		{attribute("Absent", "x", false), Unknown, ""},
	})
}

func TestJudgeOverride(t *testing.T) {
	v := testView()
	calls := func(method string, args ...string) *Module {
		m := &Module{}
		for i, a := range args {
			m.Calls = append(m.Calls, HostCall{Method: method, Call: *call(a), Line: i})
		}
		return m
	}
	v.Release.Modules["cinder.volume.manager"] = calls("failover_host", "1 1 secondary_id= groups=")
	v.Release.Modules["cinder.zonemanager.manager"] = calls("create_volume", "1 1 1 1") // of another kind of driver: the base does not take it
	v.Release.Modules["cinder.volume.flows"] = calls("create_volume", "1")
	v.Release.Modules["cinder.volume.drivers.other"] = calls("clone", "1 deep=")
	v.Release.Modules["cinder.tests.driver"] = calls("clone", "1 wide=")
	v.Release.Modules["cinder.volume.cloner"] = calls("clone", "1")
	v.Release.Modules["cinder.volume.later"] = calls("unheard", "1")
	v.Release.Modules["cinder.volume.drivers.vendor"] = calls("clone", "x=") // which the driver replaces
	const vendor = "cinder.volume.drivers.vendor."
	override := func(class, method string, s *Signature) Need {
		return Need{Kind: NeedOverride, Class: vendor + class, Symbol: vendor + class + "." + method, Sig: s}
	}
	static := sig("volume")
	static.Binding = Static
	check(t, v, []judged{
		{override("Driver", "failover_host", sig("self, context, volumes, secondary_id=, groups=")), Satisfied, ""},
		{override("Driver", "failover_host", sig("self, context, volumes, secondary_id=")), Missing, vendor + "Driver.failover_host(groups=)"},
		{override("Driver", "failover_host", sig("self, *args, **kwargs")), Satisfied, ""},
		{override("Mixin", "failover_host", sig("self, context, volumes")), Missing, vendor + "Mixin.failover_host(secondary_id=)"},
		{override("Driver", "create_volume", sig("self, volume")), Satisfied, ""},
		{override("Driver", "create_volume", static), Satisfied, ""},
		{override("Driver", "create_volume", sig("self")), Missing, vendor + "Driver.create_volume(1 by position)"},
		{override("Driver", "clone", sig("self, volume")), Satisfied, ""},
		{override("Driver", "unheard", sig("self")), Unknown, ""}, // no base declares it: it may be meant for another
		{override("Lone", "failover_host", sig("self")), Unknown, ""},
		{override("Common", "failover_host", sig("self")), Unknown, ""}, // its child has its own
		{override("Common", "clone", sig("self")), Missing, vendor + "Common.clone(1 by position)"},
		{override("Driver", "failover_host", nil), Unknown, ""},
		{override("Driver", "failover_host", bound(Property, "self").Sig), Unknown, ""},
	})
}

func TestJudgeOption(t *testing.T) {
	ix := &Index{Component: "cinder", Releases: []*Release{
		release("cinder", "1.0", modules{"cinder.opts": {Options: []Option{{"san-ip", "", "StrOpt"}, {"port", "spdk", "PortOpt"}}}}),
		release("cinder", "2.0", modules{"cinder.opts": {Options: []Option{{"san_ip", "", "StrOpt"}, {"rpc_protocol", "", "StrOpt"}}}}),
	}, Libraries: map[pep508.Name][]*Release{"oslo-log": {release("oslo-log", "5.0", modules{"oslo_log": {Options: []Option{{"debug", "", "BoolOpt"}}}})}}}
	ix.Releases[0].Libraries = map[pep508.Name]version{"oslo-log": v("5.0")}
	option := func(symbol, group string) Need { return Need{Kind: NeedOption, Symbol: symbol, Group: group} }
	driver := &Driver{Modules: modules{"vendor": {Options: []Option{{"vendor_pool", "", "StrOpt"}}}}}
	check(t, ix.View(ix.Find(v("1")), driver), []judged{
		{option("san_ip", ""), Satisfied, ""},
		{option("san-ip", "backend"), Satisfied, ""},
		{option("port", ""), Satisfied, ""},
		{option("port", "spdk"), Satisfied, ""},
		{option("port", "nvme"), Missing, "[nvme] port"},
		{option("rpc_protocol", ""), Missing, "rpc_protocol"},
		{option("debug", ""), Satisfied, ""},
		{option("vendor_pool", ""), Satisfied, ""},
		{option("transport_url", ""), Unknown, ""}, // no release has ever had it
	})
	check(t, ix.View(ix.Find(v("2")), driver), []judged{
		{option("san_ip", ""), Satisfied, ""},
		{option("rpc_protocol", ""), Satisfied, ""},
		{option("port", ""), Missing, "port"},
		{option("debug", ""), Missing, "debug"},
	})
	check(t, &View{Release: ix.Releases[0]}, []judged{{option("transport_url", ""), Missing, "transport_url"}})
}

func TestJudgeDistribution(t *testing.T) {
	ix := &Index{Component: "cinder", Libraries: map[pep508.Name][]*Release{"os-brick": {release("os-brick", "2.0", nil)}}}
	for i, requires := range [][]string{
		{"PyYAML>=5", "oslo.config>=5.2.0 # Apache-2.0", "six", "storops>=0.5; extra == 'all'", "storops >=0.5;extra == 'storops'"},
		{"PyYAML>=5", "distro>=1.8", "purestorage; python_version < '3'"},
	} {
		r := release("cinder", fmt.Sprint(i+1), nil)
		r.Requires = requires
		r.Libraries = map[pep508.Name]version{"os-brick": v("2.0"), "absent": v("1")}
		ix.Releases = append(ix.Releases, r)
	}
	ix.Libraries["os-brick"][0].Requires = []string{"tenacity>=6", "pywin; extra == 'windows'"}
	driver := &Driver{SDK: []pep508.Name{"vendor-sdk"}, Modules: modules{"vendor": {}}}
	for _, c := range []struct {
		module  string
		release string
		want    Verdict
	}{
		{"yaml", "1", Verdict{Satisfied, "", "pyyaml", Required, "PyYAML>=5"}},
		{"oslo_config", "1", Verdict{Satisfied, "", "oslo-config", Required, "oslo.config>=5.2.0 # Apache-2.0"}},
		{"oslo_config.cfg", "1", Verdict{Satisfied, "", "oslo-config", Required, "oslo.config>=5.2.0 # Apache-2.0"}},
		{"six", "2", Verdict{Missing, "six", "six", NoSupply, ""}},
		{"distro", "1", Verdict{Missing, "distro", "distro", NoSupply, ""}},
		{"distro", "2", Verdict{Satisfied, "", "distro", Required, "distro>=1.8"}},
		{"storops", "1", Verdict{Unknown, "", "storops", ByExtra, "storops>=0.5; extra == 'all'"}},
		{"purestorage", "2", Verdict{Satisfied, "", "purestorage", Required, "purestorage; python_version < '3'"}},
		{"tenacity", "1", Verdict{Satisfied, "", "tenacity", Required, "tenacity>=6"}},
		{"pywin", "1", Verdict{Missing, "pywin", "pywin", NoSupply, ""}},
		{"hpe3parclient", "1", Verdict{Unknown, "", "python-3parclient", NoSupply, ""}},
		{"vendor_sdk", "1", Verdict{Satisfied, "", "vendor-sdk", WithDriver, ""}},
		{"vendor", "1", Verdict{Satisfied, "", "vendor", WithDriver, ""}},
	} {
		got := ix.View(ix.Find(v(c.release)), driver).Judge(&Need{Kind: NeedDistribution, Symbol: c.module})
		assert.Equal(t, c.want, got, "%s in %s", c.module, c.release)
	}
}

// TestJudgeNonMonotone: what a backport brings is in some of the releases after it alone.
func TestJudgeNonMonotone(t *testing.T) {
	has := modules{"cinder": {Package: true}, "cinder.utils": {Names: names{"convert": def("src, dst, disable_sparse=")}}}
	not := modules{"cinder": {Package: true}, "cinder.utils": {Names: names{"convert": def("src, dst")}}}
	ix := &Index{Component: "cinder", Releases: []*Release{
		release("cinder", "22.1.1", not), release("cinder", "22.1.2", has), release("cinder", "23.0.0", not), release("cinder", "23.1.0", has), release("cinder", "24.0.0", has),
	}}
	need := &Need{Kind: NeedCall, Symbol: "cinder.utils.convert", Call: call("1 1 disable_sparse=")}
	var satisfied []string
	for _, r := range ix.Releases {
		if ix.View(r, nil).Judge(need).Answer == Satisfied {
			satisfied = append(satisfied, r.Version.String())
		}
	}
	assert.Equal(t, []string{"22.1.2", "23.1.0", "24.0.0"}, satisfied)
}

// TestJudgeLimits: texts that lead from one thing to the next without end, or in crowds, cost little and are Unknown.
func TestJudgeLimits(t *testing.T) {
	m := modules{"a": {Package: true}}
	long, wide := names{}, names{}
	for i := range 100_000 {
		long[fmt.Sprint("x", i)] = alias(fmt.Sprint("a.long.x", i+1))
		m[fmt.Sprint("a.star", i)] = &Module{Stars: []string{fmt.Sprint("a.star", i+1)}}
	}
	bases := ""
	for i := range 2 * MaxBases {
		wide[fmt.Sprint("C", i)] = classOf(bases, nil)
		if i > 0 {
			wide[fmt.Sprint("D", i)] = classOf(fmt.Sprint("a.wide.D", i-1), nil)
		}
		bases += fmt.Sprint(" a.wide.C", i)
	}
	m["a.long"], m["a.wide"] = &Module{Names: long}, &Module{Names: wide}
	view := &View{Release: release("a", "1", m)}
	for _, symbol := range []string{"a.long.x0.y", "a.star0.y", fmt.Sprintf("a.wide.C%d.y", 2*MaxBases-1), fmt.Sprintf("a.wide.D%d.y", 2*MaxBases-1)} {
		assert.Equal(t, Unknown, view.Judge(&Need{Kind: NeedName, Symbol: symbol}).Answer, symbol)
	}
	dots := make([]byte, 1<<20)
	for i := range dots {
		dots[i] = "a."[i%2]
	}
	for _, kind := range []NeedKind{NeedName, NeedModule, NeedCall, NeedAttribute, NeedMethod, NeedOverride, NeedOption, NeedDistribution, "other"} {
		require.NotPanics(t, func() {
			view.Judge(&Need{Kind: kind, Symbol: string(dots), Class: string(dots)})
			view.Judge(&Need{Kind: kind})
			(&View{}).Judge(&Need{Kind: kind, Symbol: "a"})
		})
	}
}
