package openstack

import "github.com/chandlery-go/chandlery/upgrade"

// SetUser makes a component's services and commands run as another user than its description says. Those of another user than the described one keep theirs.
func (d *Description) SetUser(name string) {
	was := d.User
	d.User = name
	c := &d.Component
	for i := range c.Services {
		if c.Services[i].User == was {
			c.Services[i].User = name
		}
	}
	if v := c.Database.Version; v != nil && v.User == was {
		own := *v
		own.User = name
		c.Database.Version = &own
	}
	for _, list := range [][]upgrade.Command{c.Database.Sync, c.Database.Online, c.Check} {
		for i := range list {
			if list[i].User == was {
				list[i].User = name
			}
		}
	}
}
