package explain

import (
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Node is a project in the tree of a resolution, under what requires it.
type Node struct {
	Name        string   `json:"name"`
	Version     string   `json:"version"`
	Requirement []string `json:"requirement"` // of what stands above, or of the request
	Requires    []*Node  `json:"requires,omitempty"`
	Elided      bool     `json:"elided,omitempty"` // what it requires is told at another place, as near to the request or nearer
}

// Tree is what a resolution chose, as the request asks for it and each project requires the next, by name.
func Tree(r *resolve.Resolution) []*Node {
	return (&planter{r, map[pep508.Name]bool{}}).below("")
}

// planter grows a tree level by level.
type planter struct {
	*resolve.Resolution
	told map[pep508.Name]bool
}

func (p *planter) below(by pep508.Name) (nodes []*Node) {
	var next []pep508.Name
	for _, pin := range p.Pins {
		n := &Node{Name: string(pin.Name), Version: pin.Version.String(), Elided: p.told[pin.Name]}
		for _, reason := range pin.RequiredBy {
			if reason.By == by && !reason.Constraint && pin.Name != by {
				n.Requirement = append(n.Requirement, reason.Requirement.String())
			}
		}
		if n.Requirement == nil {
			continue
		}
		nodes = append(nodes, n)
		if !n.Elided {
			p.told[pin.Name] = true
			next = append(next, pin.Name)
		}
	}
	for _, n := range nodes {
		if name := pep508.Name(n.Name); slices.Contains(next, name) {
			n.Requires = p.below(name)
		} else {
			n.Elided = p.parent(name)
		}
	}
	return nodes
}

// parent reports whether a project requires others.
func (p *planter) parent(name pep508.Name) bool {
	return slices.ContainsFunc(p.Pins, func(pin resolve.Pin) bool {
		return slices.ContainsFunc(pin.RequiredBy, func(r resolve.Reason) bool { return r.By == name && !r.Constraint && pin.Name != name })
	})
}

// treeLines is a tree as text, each level further in.
func treeLines(nodes []*Node, in string) (lines []string) {
	for _, n := range nodes {
		line := in + n.Name + " " + n.Version + "  (" + strings.Join(n.Requirement, "; ") + ")"
		if n.Elided {
			line += " …"
		}
		lines = append(lines, line)
		lines = append(lines, treeLines(n.Requires, in+"  ")...)
	}
	return lines
}
