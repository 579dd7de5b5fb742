package release

import (
	"context"
	"fmt"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// ReadConstraints gives the upper-constraints of a series, in the file's order, with their markers.
func ReadConstraints(ctx context.Context, src Source, s Series) ([]pep508.Requirement, error) {
	name := "upper-constraints/" + s.ID + ".txt"
	b, err := src.ReadFile(ctx, name)
	if err != nil {
		return nil, &DataError{name, err}
	}
	all, err := ParseConstraints(b)
	if err != nil {
		return nil, &DataError{name, err}
	}
	return all, nil
}

// ParseConstraints reads lines of NAME===VERSION with an optional marker; comments begin with #.
func ParseConstraints(b []byte) ([]pep508.Requirement, error) {
	var all []pep508.Requirement
	for i, line := range strings.Split(string(b), "\n") {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		r, err := pep508.Parse(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		if r.URL != "" || r.Specifiers.IsEmpty() {
			return nil, fmt.Errorf("line %d: %s: want NAME===VERSION", i+1, r.Name)
		}
		all = append(all, r)
	}
	return all, nil
}
