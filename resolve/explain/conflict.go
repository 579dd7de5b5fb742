package explain

import (
	"strings"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Conflict says why a request has no solution.
type Conflict struct {
	Report  []string            `json:"report"`            // the proof in sentences, each resting on those before it; they do not name the platform
	Proof   *resolve.Derivation `json:"proof,omitempty"`   // the same as a tree
	Nearest *Remedies           `json:"nearest,omitempty"` // what would help, where it was asked
}

// newConflict leaves the platform's name out, so that equal conflicts of several platforms are equal.
func newConflict(e *resolve.NoSolutionError) *Conflict {
	c := &Conflict{Proof: unnamed(e.Proof, e.Platform)}
	for _, line := range e.Report {
		c.Report = append(c.Report, anywhere(line, e.Platform))
	}
	return c
}

func anywhere(text, platform string) string {
	return strings.ReplaceAll(text, "cannot be satisfied on "+platform, "cannot be satisfied")
}

func unnamed(d *resolve.Derivation, platform string) *resolve.Derivation {
	if d == nil {
		return nil
	}
	out := &resolve.Derivation{Text: anywhere(d.Text, platform)}
	for _, b := range d.Because {
		out.Because = append(out.Because, unnamed(b, platform))
	}
	return out
}

// Lines is the conflict as text, one sentence a line.
func (c *Conflict) Lines() []string {
	lines := append([]string{"There is no solution:"}, indent(c.Report)...)
	if c.Nearest != nil {
		lines = append(lines, c.Nearest.Lines()...)
	}
	return lines
}

func indent(lines []string) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = "  " + l
	}
	return out
}

// words are the names that a report may mean.
type words map[pep508.Name]bool

// wordsOf reads a refusal's sentences, and those of its proof. It is nil where there are none.
func wordsOf(e *resolve.NoSolutionError) words {
	var w words
	note := func(text string) {
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return !partOfName(r) }) {
			if w == nil {
				w = words{}
			}
			w[pep508.NormalizeName(strings.Trim(word, "-_."))] = true
		}
	}
	var walk func(*resolve.Derivation)
	walk = func(d *resolve.Derivation) {
		if d != nil {
			note(d.Text)
			for _, b := range d.Because {
				walk(b)
			}
		}
	}
	for _, line := range e.Report {
		note(line)
	}
	walk(e.Proof)
	return w
}

func partOfName(r rune) bool {
	return r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}
