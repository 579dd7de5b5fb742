package crawl

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

//go:embed data/components.json
var componentsFile []byte

//go:embed data/older.txt
var olderFile string

// component is what this package knows of one.
type component struct {
	From      string        `json:"from"` // the first series
	Skip      []string      `json:"skip"`
	Libraries []pep508.Name `json:"libraries"` // those that in-tree drivers import, and those of the base classes that a driver inherits from
}

func components() map[pep508.Name]component {
	all := map[pep508.Name]component{}
	if err := json.Unmarshal(componentsFile, &all); err != nil {
		panic(err) // embedded, and read by tests
	}
	return all
}

// past is what is known of a series that room release has no data of.
type past struct {
	released map[pep508.Name][]pep440.Version
	pins     map[pep508.Name]pep440.Version
}

// older is what is known by series.
func older() (map[string]*past, error) { return parseOlder(olderFile) }

// parseOlder reads lines of "series NAME", each followed by lines of "released COMPONENT VERSION…" and "pins LIBRARY VERSION"; comments begin with #.
func parseOlder(text string) (map[string]*past, error) {
	all := map[string]*past{}
	var current *past
	for i, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if words[0] == "series" && len(words) == 2 {
			current = &past{map[pep508.Name][]pep440.Version{}, map[pep508.Name]pep440.Version{}}
			all[words[1]] = current
			continue
		}
		if err := current.line(words); err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return all, nil
}

func (p *past) line(words []string) error {
	if p == nil || len(words) < 3 || words[0] != "released" && (words[0] != "pins" || len(words) != 3) {
		return fmt.Errorf("%q: want series NAME, then released COMPONENT VERSION…, pins LIBRARY VERSION", words[0])
	}
	name, err := pep508.ParseName(words[1])
	if err != nil {
		return err
	}
	for _, word := range words[2:] {
		v, err := pep440.Parse(word)
		if err != nil {
			return err
		}
		if words[0] == "pins" {
			p.pins[name] = v
			continue
		}
		p.released[name] = append(p.released[name], v)
	}
	return nil
}
