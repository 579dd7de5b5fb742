package explain

import (
	"fmt"
	"strings"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Presence says why a version is in a resolution.
type Presence struct {
	Name    string   `json:"name"`
	Version string   `json:"version"`
	Chains  [][]Link `json:"chains"`           // from the request to the project, the shortest first
	Limits  []Link   `json:"limits,omitempty"` // what else says which versions will do: requirements in force and constraints
}

// Link is a requirement, and who has it.
type Link struct {
	By          string `json:"by,omitempty"`      // "" for the request
	Version     string `json:"version,omitempty"` // of By
	Requirement string `json:"requirement"`
	Constraint  bool   `json:"constraint,omitempty"`
	Unknown     bool   `json:"unknown,omitempty"` // its marker asks for what the platform does not say: taken in
}

// String words the link: "app 2.0 requires lib>=1".
func (l Link) String() string {
	var text string
	switch {
	case l.Constraint:
		text = "the constraint " + l.Requirement
	case l.By == "":
		text = "the request asks for " + l.Requirement
	default:
		text = l.By + " " + l.Version + " requires " + l.Requirement
	}
	if l.Unknown {
		text += " (its marker is unknown for this platform: taken in)"
	}
	return text
}

// Why says why a project is in a resolution. Where it is not, the error is a *NotChosenError.
func Why(r *resolve.Resolution, name pep508.Name) (*Presence, error) {
	pin := r.Pin(name)
	if pin == nil {
		return nil, notChosen(r, name)
	}
	p := &Presence{Name: string(name), Version: pin.Version.String()}
	for _, chain := range r.Why(name) {
		links := make([]Link, len(chain))
		for i, reason := range chain {
			links[i] = newLink(r, reason)
		}
		p.Chains = append(p.Chains, links)
	}
	for _, reason := range pin.RequiredBy {
		if !reason.Requirement.Specifiers.IsEmpty() {
			p.Limits = append(p.Limits, newLink(r, reason))
		}
	}
	return p, nil
}

func newLink(r *resolve.Resolution, reason resolve.Reason) Link {
	l := Link{By: string(reason.By), Requirement: reason.Requirement.String(), Constraint: reason.Constraint, Unknown: reason.Unknown}
	if by := r.Pin(reason.By); by != nil {
		l.Version = by.Version.String()
	}
	return l
}

// Lines is the answer as text. Of many chains the first ones are told.
func (p *Presence) Lines() []string {
	lines := []string{fmt.Sprintf("%s %s is there because", p.Name, p.Version)}
	const most = 8
	for i, chain := range p.Chains {
		if i == most {
			lines = append(lines, fmt.Sprintf("  and for %d more reasons", len(p.Chains)-most))
			break
		}
		lines = append(lines, "  "+joined(chain, ", "))
	}
	if len(p.Limits) > 0 {
		lines = append(lines, "Its version is limited by")
		lines = append(lines, indent(texts(p.Limits))...)
	}
	return lines
}

func joined(links []Link, by string) string { return strings.Join(texts(links), by) }

func texts(links []Link) []string {
	out := make([]string, len(links))
	for i, l := range links {
		out[i] = l.String()
	}
	return out
}

func notChosen(r *resolve.Resolution, name pep508.Name) error {
	e := &NotChosenError{Name: name, Platform: r.Platform.Name}
	best := 1 + len(name)/3 // as many letters may differ
	for _, p := range r.Pins {
		if d := distance(string(name), string(p.Name)); d <= best && (e.Nearest == "" || d < best) {
			best, e.Nearest = d, p.Name
		}
	}
	return e
}

// distance is how many letters have to be changed, added or left out to make b of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
