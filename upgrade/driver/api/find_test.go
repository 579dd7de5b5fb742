package api

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

func TestIndexFind(t *testing.T) {
	ix := smallIndex()
	assert.Same(t, ix.Releases[0], ix.Find(v("1")))
	assert.Same(t, ix.Releases[1], ix.Find(v("1.1")))
	assert.Nil(t, ix.Find(v("1.0.1")))
	assert.Nil(t, ix.Find(version{}))
	assert.Same(t, ix.Libraries["os-brick"][0], ix.Library("os-brick", v("2.0.0")))
	assert.Nil(t, ix.Library("os-brick", v("3")))
	assert.Nil(t, ix.Library("oslo-log", v("3")))
}

func TestIndexView(t *testing.T) {
	ix, driver := smallIndex(), &Driver{}
	installed := release("cinder", "1.0.post1", nil)
	installed.Libraries = map[pep508.Name]version{"os-brick": v("2.0"), "absent": v("1")}
	for _, r := range []*Release{ix.Releases[0], installed} {
		view := ix.View(r, driver)
		assert.Same(t, r, view.Release)
		assert.Same(t, driver, view.Driver)
		assert.Equal(t, ix.Libraries["os-brick"], view.Libraries)
	}
	assert.Empty(t, ix.View(ix.Releases[1], nil).Libraries)
}

func TestPlaceRegistered(t *testing.T) {
	objects := &Module{Package: true}
	m := modules{
		"cinder":                {Package: true, Names: names{"Top": value()}},
		"cinder.objects":        objects,
		"cinder.objects.volume": {Registered: []string{"Volume", "VolumeList"}, Names: names{"Volume": classOf("object", names{"get": def("self")})}},
		"cinder.objects.backup": {Registered: []string{"Backup"}},
		"cinder.top":            {Registered: []string{"Top", "Other"}},
		"alone":                 {Registered: []string{"X"}},
		"bare.x":                {Registered: []string{"X"}},
	}
	PlaceRegistered(m)
	assert.Empty(t, objects.Names, "it may be of other releases too")
	assert.Equal(t, names{
		"Volume": alias("cinder.objects.volume.Volume"), "VolumeList": alias("cinder.objects.volume.VolumeList"), "Backup": alias("cinder.objects.backup.Backup"),
	}, m["cinder.objects"].Names)
	assert.Equal(t, names{"Top": value(), "Other": alias("cinder.top.Other")}, m["cinder"].Names)
	require.Len(t, m, 7)
	check(t, &View{Release: release("cinder", "1", m)}, []judged{
		{Need{Kind: NeedName, Symbol: "cinder.objects.Volume.get"}, Satisfied, ""},
		{Need{Kind: NeedName, Symbol: "cinder.objects.Volume.put"}, Missing, "cinder.objects.volume.Volume.put"},
		{Need{Kind: NeedName, Symbol: "cinder.objects.Group"}, Missing, "cinder.objects.Group"},
	})
}

func TestDistribution(t *testing.T) {
	for module, want := range map[string]pep508.Name{"yaml": "pyyaml", "oslo_config": "oslo-config", "six": "six", "Foo_Bar": "foo-bar"} {
		assert.Equal(t, want, Distribution(module))
	}
	for module, name := range distributions {
		assert.NotEqual(t, pep508.NormalizeName(module), name, "%s needs no entry", module)
		assert.Equal(t, pep508.NormalizeName(string(name)), name)
	}
}
