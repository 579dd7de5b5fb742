package pyproject

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/chandlery-go/chandlery/resolve/internal/toml"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

const (
	// MaxPyproject bounds a pyproject.toml, in bytes.
	MaxPyproject = 1 << 20
	// MaxKeys bounds the keys of one table, and the differently named tables of a file.
	MaxKeys = 1000
	// MaxDepth bounds how deep keys, arrays and inline tables nest.
	MaxDepth = 32
	// MaxRequirements bounds the requirements of one answer, those that stand several times counted each time.
	MaxRequirements = 10_000
)

// Project is what a pyproject.toml says of dependencies. Nobody changes it.
type Project struct {
	Name           pep508.Name       // "": there is no [project] table
	Version        pep440.Version    // zero: it is dynamic, or there is no table
	RequiresPython pep440.Specifiers // zero: any
	Dynamic        []string          // fields of [project] that only a build tells

	dependencies []pep508.Requirement
	extras       map[pep508.Name][]pep508.Requirement
	groups       map[pep508.Name]group
}

// group is a dependency group as it stands there.
type group struct {
	spelling string
	content  any
}

// Parse reads a pyproject.toml of at most MaxPyproject bytes. The error is a *ParseError.
func Parse(b []byte) (*Project, error) {
	doc, err := toml.Parse(b, toml.Limits{Bytes: MaxPyproject, Keys: MaxKeys, Depth: MaxDepth})
	if err != nil {
		e := &ParseError{Err: err}
		var syntax *toml.Error
		if errors.As(err, &syntax) {
			e = &ParseError{Line: syntax.Line, Reason: syntax.Reason, Err: syntax.Err}
		}
		return nil, e
	}
	p := &Project{}
	if err := p.readGroups(doc); err != nil {
		return nil, err
	}
	v, ok := doc["project"]
	if !ok {
		return p, nil
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, &ParseError{Key: "project", Reason: "it is no table"}
	}
	r := &reader{m: m}
	r.project(p)
	if r.err != nil {
		return nil, r.err
	}
	return p, nil
}

// Extras are the names of the project's optional dependencies, sorted.
func (p *Project) Extras() []pep508.Name { return slices.Sorted(maps.Keys(p.extras)) }

// Groups are the names of the dependency groups, sorted.
func (p *Project) Groups() []pep508.Name { return slices.Sorted(maps.Keys(p.groups)) }

// reader reads [project] and keeps the first error.
type reader struct {
	m   map[string]any
	err *ParseError
}

func (r *reader) fail(key, reason string, err error) {
	if r.err == nil {
		r.err = &ParseError{Key: "project." + key, Reason: reason, Err: err}
	}
}

func (r *reader) project(p *Project) {
	p.Dynamic = r.texts("dynamic", r.m["dynamic"])
	if _, ok := r.m["name"]; !ok {
		r.fail("name", "it is missing", nil)
	}
	p.Name = parsed(r, "name", pep508.ParseName)
	p.Version = parsed(r, "version", pep440.Parse)
	if p.Version.IsZero() && !slices.Contains(p.Dynamic, "version") {
		r.fail("version", "it is missing, and not dynamic", nil)
	}
	p.RequiresPython = parsed(r, "requires-python", pep440.ParseSpecifiers)
	p.dependencies = r.requirements("dependencies", r.m["dependencies"])
	p.extras = r.optional()
	for _, key := range p.Dynamic {
		if _, ok := r.m[key]; ok || key == "name" {
			r.fail("dynamic", shown(key)+" cannot be dynamic, or not stand there as well", nil)
		}
	}
}

// optional reads optional-dependencies.
func (r *reader) optional() map[pep508.Name][]pep508.Requirement {
	v, ok := r.m["optional-dependencies"]
	if !ok {
		return nil
	}
	table, ok := v.(map[string]any)
	if !ok {
		r.fail("optional-dependencies", "it is no table", nil)
		return nil
	}
	out := map[pep508.Name][]pep508.Requirement{}
	for _, key := range slices.Sorted(maps.Keys(table)) {
		name, err := pep508.ParseName(key)
		if err != nil {
			r.fail("optional-dependencies", "", err)
		}
		if _, twice := out[name]; twice {
			r.fail("optional-dependencies", fmt.Sprintf("several keys are %s", name), nil)
		}
		out[name] = r.requirements("optional-dependencies."+key, table[key])
	}
	return out
}

// parsed reads a text that a parser of another package judges; the zero value where it is absent.
func parsed[T any](r *reader, key string, parse func(string) (T, error)) (v T) {
	value, ok := r.m[key]
	if !ok {
		return v
	}
	text, ok := value.(string)
	if !ok {
		r.fail(key, "it is no text", nil)
		return v
	}
	v, err := parse(text)
	if err != nil {
		r.fail(key, "", err)
	}
	return v
}

func (r *reader) requirements(key string, v any) []pep508.Requirement {
	texts := r.texts(key, v)
	out := make([]pep508.Requirement, len(texts))
	for i, text := range texts {
		var err error
		if out[i], err = pep508.Parse(text); err != nil {
			r.fail(fmt.Sprintf("%s[%d]", key, i), "", err)
		}
	}
	return out
}

// texts reads an array of texts; nil where it is absent.
func (r *reader) texts(key string, v any) []string {
	if v == nil {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		r.fail(key, "it is no array", nil)
		return nil
	}
	out := make([]string, len(list))
	for i, element := range list {
		if out[i], ok = element.(string); !ok {
			r.fail(fmt.Sprintf("%s[%d]", key, i), "it is no text", nil)
		}
	}
	return out
}
