package driver

import (
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Root is a package of a component that holds its drivers.
type Root struct {
	Component pep508.Name
	Package   string   // cinder.volume.drivers
	Heart     string   // a module that every release of the component has and no driver brings: where it is, the whole component is
	Bases     []string // modules whose classes drivers inherit from: they tell between a component's roots
}

// roots are the places of drivers, each component's most usual one first.
var roots = []Root{
	{"cinder", "cinder.volume.drivers", "cinder.volume.manager", []string{"cinder.volume.driver", "cinder.interface.volumedriver"}},
	{"cinder", "cinder.backup.drivers", "cinder.volume.manager", []string{"cinder.backup.driver", "cinder.backup.chunkeddriver"}},
	{"cinder", "cinder.zonemanager.drivers", "cinder.volume.manager", []string{"cinder.zonemanager.drivers.fc_zone_driver", "cinder.zonemanager.fc_san_lookup_service"}},
	{"glance-store", "glance_store._drivers", "glance_store.backend", []string{"glance_store.driver"}},
	{"nova", "nova.virt", "nova.compute.manager", []string{"nova.virt.driver"}},
	{"neutron", "neutron.plugins.ml2.drivers", "neutron.plugins.ml2.plugin", []string{"neutron_lib.plugins.ml2.api"}},
}

// Roots lists a component's places of drivers, its most usual one first; those of all components where none is named.
func Roots(component pep508.Name) []Root {
	var some []Root
	for _, r := range roots {
		if component == "" || r.Component == component {
			some = append(some, r)
		}
	}
	return some
}

// top is a dotted name's first part.
func top(name string) string {
	first, _, _ := strings.Cut(name, ".")
	return first
}

// within reports whether a dotted name is a package or below it.
func within(name, pkg string) bool { return name == pkg || strings.HasPrefix(name, pkg+".") }
