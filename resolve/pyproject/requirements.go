package pyproject

import (
	"fmt"
	"slices"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Requirements gives the project's dependencies and those of its extras, in the file's order. What the file cannot tell wraps ErrNoProject or ErrDynamic; the error
// is a *ParseError.
func (p *Project) Requirements(extras ...pep508.Name) ([]pep508.Requirement, error) {
	x := &expansion{project: p}
	if err := x.whole("project", extras, pep508.Marker{}, nil); err != nil {
		return nil, err
	}
	return x.out, nil
}

// expansion collects requirements, in which the project stands for its own dependencies.
type expansion struct {
	project *Project
	out     []pep508.Requirement
	steps   int // tables passed through
}

// part is a list of the project's requirements: its dependencies, or an extra's.
type part = pep508.Name

const dependencies part = ""

// whole adds the project's dependencies and those of extras, all under a marker; path is the parts on the way, which ask for nothing new.
func (x *expansion) whole(at string, extras []pep508.Name, under pep508.Marker, path []part) error {
	p := x.project
	if p.Name == "" {
		return &ParseError{Key: at, Err: ErrNoProject}
	}
	if err := x.part(dependencies, p.dependencies, "dependencies", under, path); err != nil {
		return err
	}
	for _, extra := range extras {
		list, ok := p.extras[extra]
		if !ok && !slices.Contains(p.Dynamic, optional) {
			return &ParseError{Key: at, Reason: fmt.Sprintf("the project has no extra %s: it has %s", extra, listed(p.Extras()))}
		}
		if err := x.part(extra, list, optional, under, append(path, dependencies)); err != nil {
			return err
		}
	}
	return nil
}

const optional = "optional-dependencies"

func (x *expansion) part(name part, list []pep508.Requirement, field string, under pep508.Marker, path []part) error {
	if slices.Contains(path, name) {
		return nil
	}
	key := "project." + field
	if slices.Contains(x.project.Dynamic, field) {
		return &ParseError{Key: key, Err: ErrDynamic}
	}
	for _, r := range list {
		if err := x.add(r, key, under, append(path, name)); err != nil {
			return err
		}
	}
	return nil
}

// add takes in a requirement, under a marker: one on the project itself as what it stands for.
func (x *expansion) add(r pep508.Requirement, at string, under pep508.Marker, path []part) error {
	marker, err := both(under, r.Marker)
	if err != nil {
		return &ParseError{Key: at, Err: err}
	}
	if x.steps++; x.steps > MaxRequirements {
		return tooMany(at)
	}
	p := x.project
	if r.Name != p.Name || p.Name == "" {
		r.Marker = marker
		x.out = append(x.out, r)
		return nil
	}
	switch {
	case r.URL != "":
		return &ParseError{Key: at, Reason: "it asks for the project itself by address"}
	case !p.Version.IsZero() && !r.Specifiers.Contains(p.Version):
		return &ParseError{Key: at, Reason: fmt.Sprintf("it asks for %s%s, which the project, %s, is not", r.Name, r.Specifiers, p.Version)}
	}
	return x.whole(at, r.Extras, marker, path)
}

// both is the marker that is true where both are.
func both(a, b pep508.Marker) (pep508.Marker, error) {
	switch {
	case a.IsZero() || a.String() == b.String():
		return b, nil
	case b.IsZero():
		return a, nil
	}
	return pep508.ParseMarker("(" + a.String() + ") and (" + b.String() + ")")
}

func tooMany(at string) error {
	return &ParseError{Key: at, Reason: fmt.Sprintf("more than %d requirements", MaxRequirements)}
}
