package openstack

import (
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/upgrade"
	"github.com/chandlery-go/chandlery/upgrade/openstack/oslo"
)

// Implied lists the distributions that a component's live configuration needs though no METADATA names them, sorted: PyMySQL for mysql+pymysql://.
func Implied(c upgrade.Component, live oslo.Stack) []pep508.Name {
	var names []pep508.Name
	for _, i := range c.Implied {
		value, _ := live.Get(i.Section, i.Option)
		if value != "" && strings.HasPrefix(value, i.Prefix) {
			names = append(names, i.Distribution)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
