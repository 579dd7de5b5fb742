package resolve

import (
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Resolution is the complete set for one platform, sorted by name.
type Resolution struct {
	Platform Platform
	Pins     []Pin
}

// Pin is one chosen distribution.
type Pin struct {
	Name          pep508.Name
	Version       pep440.Version
	Files         []dist.File // Files[i] serves Platform.Variants[i]; zero where no marker of that variant asks
	Extras        []pep508.Name
	UnknownExtras []pep508.Name // asked for, but not provided by this version: pip warns, so may the caller
	RequiredBy    []Reason
	Metadata      []*dist.Metadata // Metadata[i] is that of Files[i]; nil where the file is zero
}

// Reason is one requirement that brought a pin in, or limited it.
type Reason struct {
	By          pep508.Name // "" for the request itself
	Requirement pep508.Requirement
	Constraint  bool // it only limits
	Unknown     bool // its marker asks for a variable that the target does not know: taken in, to be on the safe side
}

// Pin finds a pin by name; nil where the resolution has none.
func (r *Resolution) Pin(name pep508.Name) *Pin {
	i, ok := slices.BinarySearchFunc(r.Pins, name, func(p Pin, n pep508.Name) int { return strings.Compare(string(p.Name), string(n)) })
	if !ok {
		return nil
	}
	return &r.Pins[i]
}

// Why lists chains of reasons that lead from the request to a pin: the shortest for each project, or the request, that requires it directly, the
// shortest first. Constraints are left out. It is nil where the resolution has no such pin.
func (r *Resolution) Why(name pep508.Name) [][]Reason {
	p := r.Pin(name)
	if p == nil {
		return nil
	}
	lead := r.leads()
	var chains [][]Reason
	for _, reason := range p.RequiredBy {
		before, ok := lead[reason.By]
		if reason.Constraint || reason.By == name || !ok && reason.By != "" {
			continue
		}
		chains = append(chains, append(slices.Clone(before), reason))
	}
	slices.SortStableFunc(chains, func(a, b []Reason) int { return len(a) - len(b) })
	return chains
}

// leads has the shortest chain from the request to each pin.
func (r *Resolution) leads() map[pep508.Name][]Reason {
	lead := map[pep508.Name][]Reason{"": nil}
	for grown := true; grown; {
		grown = false
		next := map[pep508.Name][]Reason{}
		for _, p := range r.Pins {
			if _, ok := lead[p.Name]; ok {
				continue
			}
			for _, reason := range p.RequiredBy {
				if before, ok := lead[reason.By]; ok && !reason.Constraint {
					next[p.Name], grown = append(slices.Clone(before), reason), true
					break
				}
			}
		}
		for name, chain := range next {
			lead[name] = chain
		}
	}
	return lead
}
