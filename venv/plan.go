package venv

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/venv/wheel"
)

// Plan is the difference between an environment and a wanted set. It is pure: made without touching the disk.
type Plan struct {
	Install []Install         // sorted by name; a replacement is in Install and in Remove
	Keep    []wheel.Installed // wanted as they are, and without exact what nobody asked about
	Remove  []wheel.Installed // to be uninstalled: what is replaced, and with exact what is not wanted
}

// Install is one distribution to install.
type Install struct {
	Name      pep508.Name
	Version   string
	File      dist.File
	Requested bool   // named by the request itself: REQUESTED is written
	Direct    string // direct_url.json's content; "" for what comes from an index
}

// NewPlan compares what is installed with want (of one variant). What is installed once, in the wanted version, stays. exact removes what is not wanted (pip sync), pip
// and setuptools included. A pin whose file is no wheel is an error: sdists are built before (venv/build).
func NewPlan(installed []wheel.Installed, want *resolve.Resolution, exact bool) (*Plan, error) {
	if want == nil {
		return nil, errors.New("plan: there is no resolution")
	}
	held := map[pep508.Name][]wheel.Installed{}
	for _, in := range installed {
		held[in.Name] = append(held[in.Name], in)
	}
	p := &Plan{}
	for _, pin := range want.Pins {
		if len(pin.Files) != 1 {
			return nil, named(pin.Name, fmt.Errorf("the resolution is for %d variants: an environment is one", len(pin.Files)))
		}
		file := pin.Files[0]
		if file.File == "" { // no marker asks for it here
			continue
		}
		mine := held[pin.Name]
		delete(held, pin.Name)
		if len(mine) == 1 && mine[0].Version.Equal(pin.Version) {
			p.Keep = append(p.Keep, mine...)
			continue
		}
		if file.Kind != dist.Wheel {
			return nil, named(pin.Name, fmt.Errorf("%s is no wheel: build one first", file.File))
		}
		p.Remove = append(p.Remove, mine...)
		p.Install = append(p.Install, Install{Name: pin.Name, Version: pin.Version.String(), File: file, Requested: requested(pin)})
	}
	for _, others := range held {
		if exact {
			p.Remove = append(p.Remove, others...)
		} else {
			p.Keep = append(p.Keep, others...)
		}
	}
	p.sort()
	return p, nil
}

func requested(p resolve.Pin) bool {
	return slices.ContainsFunc(p.RequiredBy, func(r resolve.Reason) bool { return r.By == "" && !r.Constraint })
}

func (p *Plan) sort() {
	order := func(a, b wheel.Installed) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), a.Version.Compare(b.Version), cmp.Compare(a.DistInfo, b.DistInfo))
	}
	slices.SortFunc(p.Keep, order)
	slices.SortFunc(p.Remove, order)
	slices.SortFunc(p.Install, func(a, b Install) int { return cmp.Compare(a.Name, b.Name) })
}

// Empty reports whether there is nothing to do.
func (p *Plan) Empty() bool { return len(p.Install) == 0 && len(p.Remove) == 0 }
