package pyproject

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// readGroups takes in the names of the dependency groups; their content is looked at when it is asked for (PEP 735, "Validation and compatibility").
func (p *Project) readGroups(doc map[string]any) error {
	v, ok := doc["dependency-groups"]
	if !ok {
		return nil
	}
	table, ok := v.(map[string]any)
	if !ok {
		return &ParseError{Key: groupsKey, Reason: "it is no table"}
	}
	p.groups = make(map[pep508.Name]group, len(table))
	for _, key := range slices.Sorted(maps.Keys(table)) {
		name, err := pep508.ParseName(key)
		if err != nil {
			return &ParseError{Key: groupsKey, Err: err}
		}
		if first, twice := p.groups[name]; twice {
			return &ParseError{Key: groupsKey, Reason: fmt.Sprintf("%s and %s are one name: rename one", shown(first.spelling), shown(key))}
		}
		p.groups[name] = group{key, table[key]}
	}
	return nil
}

const groupsKey = "dependency-groups"

// Group gives the requirements of a dependency group, those of the groups that it includes in their places. The error is a *ParseError.
func (p *Project) Group(name pep508.Name) ([]pep508.Requirement, error) {
	x := &expansion{project: p}
	if err := x.group(name, groupsKey, nil); err != nil {
		return nil, err
	}
	return x.out, nil
}

// group adds a group's requirements; at is who names it, path the groups on the way.
func (x *expansion) group(name pep508.Name, at string, path []pep508.Name) error {
	g, ok := x.project.groups[name]
	if !ok {
		return &ParseError{Key: at, Reason: fmt.Sprintf("there is no group %s: it has %s", name, listed(x.project.Groups()))}
	}
	key := groupsKey + "." + g.spelling
	if slices.Contains(path, name) {
		return &ParseError{Key: key, Reason: "it includes itself: " + strings.Join(texts(append(path, name)), " includes ")}
	}
	list, ok := g.content.([]any)
	if !ok {
		return &ParseError{Key: key, Reason: "it is no array"}
	}
	for i, element := range list {
		if err := x.element(element, fmt.Sprintf("%s[%d]", key, i), append(path, name)); err != nil {
			return err
		}
	}
	return nil
}

// element adds what one element of a group asks for.
func (x *expansion) element(v any, at string, path []pep508.Name) error {
	switch v := v.(type) {
	case string:
		r, err := pep508.Parse(v)
		if err != nil {
			return &ParseError{Key: at, Err: err}
		}
		return x.add(r, at, pep508.Marker{}, nil)
	case map[string]any:
		text, ok := v["include-group"].(string)
		if !ok || len(v) != 1 {
			return &ParseError{Key: at, Reason: "a table in a group has the one key include-group, a text"}
		}
		name, err := pep508.ParseName(text)
		if err != nil {
			return &ParseError{Key: at, Err: err}
		}
		if x.steps++; x.steps > MaxRequirements {
			return tooMany(at)
		}
		return x.group(name, at, path)
	}
	return &ParseError{Key: at, Reason: "it is neither a requirement nor a table"}
}

func listed(names []pep508.Name) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(texts(names), ", ")
}

func texts(names []pep508.Name) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = string(n)
	}
	return out
}
