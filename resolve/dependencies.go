package resolve

import (
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// dependency is a requirement that is in force on one variant.
type dependency struct {
	*pep508.Requirement
	on      *project // nil: not looked for
	terms   string   // without the marker: what tells it from others on the project
	told    int32    // the number of the search that was told of it last
	unknown bool     // its marker could not be decided
}

// text is the requirement's canonical text, without its marker.
func (d *dependency) text() string { return string(d.Name) + d.terms }

// whole is that with the marker, but without the project's name before it.
func (d *dependency) whole() string {
	if d.Marker.IsZero() {
		return d.terms
	}
	return strings.TrimPrefix(d.Requirement.String(), string(d.Name))
}

// same reports whether d and e ask for the same, where their markers hold.
func (d *dependency) same(e *dependency) bool { return d.terms == e.terms && d.Name == e.Name }

// target is the project that d is on; nil: it was not loaded.
func (c *catalog) target(d *dependency) *project {
	if d.on == nil {
		d.on = c.projects[d.Name]
	}
	return d.on
}

// rules are the request's, as they bear on dependencies.
type rules struct {
	platform    *Platform
	overrides   map[pep508.Name][]*pep508.Requirement
	constraints map[pep508.Name][]*pep508.Requirement
}

func newRules(req *Request) rules {
	return rules{&req.Platform, byName(req.Overrides), byName(req.Constraints)}
}

func byName(list []pep508.Requirement) map[pep508.Name][]*pep508.Requirement {
	m := map[pep508.Name][]*pep508.Requirement{}
	for i := range list {
		r := &list[i]
		m[r.Name] = append(m[r.Name], r)
	}
	return m
}

// inForce lists what a list of requirements asks of a variant, where extra ("" for none) is wanted: those whose marker says so, or cannot tell.
// With an extra, what is asked for without it is left out.
func (r rules) inForce(list []pep508.Requirement, variant int, extra pep508.Name) []dependency {
	var out []dependency
	v := &r.platform.Variants[variant]
	for i := range list {
		q := &list[i]
		truth := v.Truth(q.Marker)
		if extra != "" {
			if truth != pep508.False || !q.Marker.UsesExtra() {
				continue
			}
			truth = v.Truth(q.Marker, extra)
		}
		if truth == pep508.False {
			continue
		}
		if out == nil {
			out = make([]dependency, 0, min(len(list)-i, 8))
		}
		out = r.override(out, q, truth, variant)
	}
	return out
}

// override adds q, or what replaces it.
func (r rules) override(out []dependency, q *pep508.Requirement, truth pep508.Truth, variant int) []dependency {
	instead, ok := r.overrides[q.Name]
	if !ok {
		return append(out, newDependency(q, truth))
	}
	for _, o := range instead {
		t := min(truth, r.platform.Variants[variant].Truth(o.Marker))
		if t == pep508.False {
			continue
		}
		d := newDependency(o, t)
		if !slices.ContainsFunc(out, func(e dependency) bool { return e.same(&d) }) {
			out = append(out, d)
		}
	}
	return out
}

func newDependency(q *pep508.Requirement, t pep508.Truth) dependency {
	d := dependency{Requirement: q, unknown: t == pep508.Unknown}
	if len(q.Extras) == 0 && q.URL == "" { // as String has it
		d.terms = q.Specifiers.String()
	} else {
		plain := *q
		plain.Marker = pep508.Marker{}
		d.terms = strings.TrimPrefix(plain.String(), string(q.Name))
	}
	return d
}

// limits lists the constraints on a project that hold on a variant.
func (r rules) limits(name pep508.Name, variant int) []dependency {
	var out []dependency
	for _, q := range r.constraints[name] {
		if t := r.platform.Variants[variant].Truth(q.Marker); t != pep508.False {
			out = append(out, newDependency(q, t))
		}
	}
	return out
}

// needs lists what a release asks of a variant, for itself or for one of its extras. Its metadata is loaded and valid.
func (r rules) needs(of release, extra pep508.Name, variant int) []dependency {
	return r.of(of.entry(variant), extra, variant)
}

func (r rules) of(m *metadata, extra pep508.Name, variant int) []dependency {
	for _, n := range m.needs {
		if n.extra == extra && n.variant == variant {
			return n.list
		}
	}
	list := r.inForce(m.RequiresDist, variant, extra)
	m.needs = append(m.needs, need{extra, variant, list})
	return list
}
