package resolvetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Verify reports, as one error with a line for each problem, what of an answer is not as package resolve promises of any Resolver's, whichever of the solutions it prefers:
//
//   - Pins has each project once, by name; what the request and the pins require, extras included, is there and in a version that meets every requirement and constraint in force;
//     and nothing is there that no variant needs.
//   - Each variant that needs a pin, and no other, has a file of its version, which stands on the index's page and which the variant and the policy admit; with it stands its metadata.
//   - A yanked file was pinned, and a pre-release allowed, as the package's text says.
//   - Extras, UnknownExtras and RequiredBy tell what was asked for, and by whom.
//
// It decides by itself: it shares no code with the default Resolver but the vocabulary. The context is for the questions to x, over which r was resolved.
func Verify(ctx context.Context, x resolve.Index, req *resolve.Request, r *resolve.Resolution) error {
	if r == nil {
		return errors.New("there is no resolution")
	}
	v := &verifier{ctx: ctx, index: x, req: req, r: r, needs: map[need]bool{}, asked: map[pep508.Name]map[asked]bool{}, unknown: map[pep508.Name]map[asked]bool{}}
	v.frame()
	if len(v.problems) == 0 {
		v.closure()
		for i := range r.Pins {
			v.pin(&r.Pins[i])
		}
	}
	return errors.Join(v.problems...)
}

type verifier struct {
	ctx      context.Context
	index    resolve.Index
	req      *resolve.Request
	r        *resolve.Resolution
	problems []error
	needs    map[need]bool
	open     []need
	asked    map[pep508.Name]map[asked]bool // what is in force on each project
	unknown  map[pep508.Name]map[asked]bool // of that, where a marker could not be decided
}

// need is that a variant needs a project, or an extra of it.
type need struct {
	name, extra pep508.Name
	variant     int
}

// asked is a reason, as a value.
type asked struct {
	by          pep508.Name
	requirement string
	constraint  bool
}

func (v *verifier) problem(format string, args ...any) {
	v.problems = append(v.problems, fmt.Errorf(format, args...))
}

// frame looks at what all else stands on.
func (v *verifier) frame() {
	want, got := v.req.Platform, v.r.Platform
	if got.Name != want.Name || !got.Python.Equal(want.Python) || len(got.Variants) != len(want.Variants) {
		v.problem("the resolution is for the platform %q, not %q", got.Name, want.Name)
	}
	for i, p := range v.r.Pins {
		if i > 0 && p.Name <= v.r.Pins[i-1].Name {
			v.problem("%s stands after %s: pins are sorted by name, each once", p.Name, v.r.Pins[i-1].Name)
		}
		if n := len(want.Variants); len(p.Files) != n || len(p.Metadata) != n {
			v.problem("%s has %d files and %d metadata for %d variants", p.Name, len(p.Files), len(p.Metadata), n)
		}
	}
}

// closure follows what is required from the request on.
func (v *verifier) closure() {
	for i := range v.req.Platform.Variants {
		v.follow("", v.req.Requirements, i, "")
	}
	for len(v.open) > 0 {
		n := v.open[0]
		v.open = v.open[1:]
		p := v.r.Pin(n.name)
		if p.Files[n.variant].Kind == dist.Other {
			v.problem("%s has no file for %s, which needs it", n.name, v.tag(n.variant))
			continue
		}
		m, err := v.index.Metadata(v.ctx, p.Files[n.variant])
		if err != nil {
			v.problem("%s: %w", n.name, err)
			continue
		}
		v.follow(n.name, m.RequiresDist, n.variant, n.extra)
	}
}

// follow takes in what a list of requirements asks of a variant.
func (v *verifier) follow(by pep508.Name, list []pep508.Requirement, variant int, extra pep508.Name) {
	for _, q := range list {
		truth := v.truth(q.Marker, variant)
		if extra != "" {
			if truth != pep508.False {
				continue // asked for without the extra too
			}
			truth = v.truth(q.Marker, variant, extra)
		}
		if truth == pep508.False {
			continue
		}
		replaced := false
		for _, o := range v.req.Overrides {
			if o.Name == q.Name {
				replaced = true
				v.require(by, o, variant, min(truth, v.truth(o.Marker, variant)))
			}
		}
		if !replaced {
			v.require(by, q, variant, truth)
		}
	}
}

func (v *verifier) require(by pep508.Name, q pep508.Requirement, variant int, truth pep508.Truth) {
	if truth == pep508.False {
		return
	}
	p := v.r.Pin(q.Name)
	switch {
	case q.URL != "":
		v.problem("%s, required by %q, is asked for by address, which cannot be met", q.Name, by)
		return
	case p == nil:
		v.problem("%s, required by %q, is missing", q, by)
		return
	case !q.Specifiers.Contains(p.Version):
		v.problem("%s, required by %q, is not met by %s", q, by, p.Version)
	}
	v.note(q.Name, asked{by, q.String(), false}, truth)
	for _, x := range append([]pep508.Name{""}, q.Extras...) {
		if n := (need{q.Name, x, variant}); !v.needs[n] {
			v.needs[n] = true
			v.open = append(v.open, n)
			if x == "" {
				v.limit(p, variant)
			}
		}
	}
}

// limit takes in the constraints on a project that a variant needs.
func (v *verifier) limit(p *resolve.Pin, variant int) {
	for _, c := range v.req.Constraints {
		truth := v.truth(c.Marker, variant)
		if c.Name != p.Name || truth == pep508.False {
			continue
		}
		if !c.Specifiers.Contains(p.Version) {
			v.problem("the constraint %s is not met by %s", c, p.Version)
		}
		v.note(p.Name, asked{"", c.String(), true}, truth)
	}
}

func (v *verifier) note(name pep508.Name, a asked, truth pep508.Truth) {
	if v.asked[name] == nil {
		v.asked[name], v.unknown[name] = map[asked]bool{}, map[asked]bool{}
	}
	v.asked[name][a] = true
	if truth == pep508.Unknown {
		v.unknown[name][a] = true
	}
}

// truth is what a marker says on a variant: the most affirmative of its environments.
func (v *verifier) truth(m pep508.Marker, variant int, extras ...pep508.Name) pep508.Truth {
	environments := v.req.Platform.Variants[variant].Environments
	if len(environments) == 0 {
		return m.Evaluate(nil, extras...)
	}
	best := pep508.False
	for _, env := range environments {
		best = max(best, m.Evaluate(env, extras...))
	}
	return best
}

func (v *verifier) tag(variant int) string { return v.req.Platform.Variants[variant].Tag }

// pin looks at one pin by itself.
func (v *verifier) pin(p *resolve.Pin) {
	page, err := v.index.Project(v.ctx, p.Name)
	if err != nil {
		v.problem("%s: %w", p.Name, err)
		return
	}
	if v.asked[p.Name] == nil {
		v.problem("%s %s is superfluous", p.Name, p.Version)
		return
	}
	for i, f := range p.Files {
		needed := v.needs[need{p.Name, "", i}]
		switch {
		case !needed && f.Kind == dist.Other && p.Metadata[i] == nil:
		case !needed:
			v.problem("%s %s has a file or metadata for %s, which does not need it", p.Name, p.Version, v.tag(i))
		case f.Kind != dist.Other:
			v.file(p, i, page)
		}
	}
	v.prerelease(p, page)
	v.extras(p)
	v.reasons(p)
}

// file looks at the file of a variant.
func (v *verifier) file(p *resolve.Pin, variant int, page *dist.Project) {
	f := p.Files[variant]
	if !slices.ContainsFunc(page.Files, func(g dist.File) bool { return reflect.DeepEqual(f, g) }) {
		v.problem("%s is not on the page of %s", f.File, p.Name)
	}
	if !f.Version.Equal(p.Version) {
		v.problem("%s is not of the version %s", f.File, p.Version)
	}
	if why := v.unusable(f, variant); why != "" {
		v.problem("%s %s", f.File, why)
	}
	if f.Yanked && !v.pinned(p) {
		v.problem("%s is yanked, and no requirement in force pins it", f.File)
	}
	m, err := v.index.Metadata(v.ctx, f)
	if err == nil && !reflect.DeepEqual(m, p.Metadata[variant]) {
		v.problem("the metadata of %s is not the index's", f.File)
	}
}

// unusable says why a variant may not use a file; "" where it may.
func (v *verifier) unusable(f dist.File, variant int) string {
	policy, python := v.req.Policy.For(f.Name), v.req.Platform.Python
	m, err := v.index.Metadata(v.ctx, f)
	switch limit := policy.ExcludeNewer; {
	case err != nil:
		return "has no metadata: " + err.Error()
	case f.Kind == dist.Sdist && !policy.Sdists, f.Kind == dist.Wheel && policy.NoWheels, f.Kind == dist.Other:
		return "is of a kind that the policy does not admit"
	case !limit.IsZero() && (f.Uploaded.IsZero() || !f.Uploaded.Before(limit)):
		return "was uploaded too late"
	case !f.RequiresPython.IsEmpty() && !f.RequiresPython.Contains(python), !m.RequiresPython.IsEmpty() && !m.RequiresPython.Contains(python):
		return "is not for Python " + python.String()
	case m.Matches(f.Filename) != nil:
		return "has the metadata of another distribution"
	}
	if _, ok := v.req.Platform.Variants[variant].Tags.Rank(f.Tags); f.Kind == dist.Wheel && !ok {
		return "does not suit " + v.tag(variant)
	}
	return ""
}

// inForce are the requirements and constraints on a project.
func (v *verifier) inForce(name pep508.Name) []pep508.Requirement {
	var list []pep508.Requirement
	for a := range v.asked[name] {
		list = append(list, pep508.MustParse(a.requirement)) // the canonical text of one that was parsed
	}
	return list
}

func (v *verifier) pinned(p *resolve.Pin) bool {
	return slices.ContainsFunc(v.inForce(p.Name), func(q pep508.Requirement) bool { return q.Specifiers.Pins(p.Version) })
}

// prerelease holds a pre-release to the policy, and to PEP 440, "Handling of pre-releases": a requirement in force names one, or no final release will do.
func (v *verifier) prerelease(p *resolve.Pin, page *dist.Project) {
	how := v.req.Policy.For(p.Name).Prereleases
	list := v.inForce(p.Name)
	switch {
	case !p.Version.IsPrerelease() || how == resolve.Allow:
	case how == resolve.Forbid:
		v.problem("%s %s is a pre-release, which the policy forbids", p.Name, p.Version)
	case slices.ContainsFunc(list, func(q pep508.Requirement) bool { return q.Specifiers.NamesPrerelease() }):
	default:
		for _, f := range page.Files {
			if !f.Version.IsPrerelease() && v.wouldDo(p, f, list, page) {
				v.problem("%s %s is a pre-release, and the final release %s will do", p.Name, p.Version, f.Version)
				return
			}
		}
	}
}

// wouldDo reports whether the version of f meets all that is in force on p, and has a file for every variant that needs p.
func (v *verifier) wouldDo(p *resolve.Pin, f dist.File, list []pep508.Requirement, page *dist.Project) bool {
	for _, q := range list {
		if !q.Specifiers.Contains(f.Version) {
			return false
		}
	}
	for i := range p.Files {
		usable := func(g dist.File) bool {
			return g.Version.Equal(f.Version) && !g.Yanked && v.unusable(g, i) == ""
		}
		if v.needs[need{p.Name, "", i}] && !slices.ContainsFunc(page.Files, usable) {
			return false
		}
	}
	return true
}

// extras compares what was asked for with what the pin says.
func (v *verifier) extras(p *resolve.Pin) {
	var want []pep508.Name
	for n := range v.needs {
		if n.name == p.Name && n.extra != "" {
			want = append(want, n.extra)
		}
	}
	slices.Sort(want)
	want = slices.Compact(want)
	got := slices.Concat(p.Extras, p.UnknownExtras)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		v.problem("%s has the extras %v and the unknown ones %v, and %v were asked for", p.Name, p.Extras, p.UnknownExtras, want)
	}
	for i, m := range p.Metadata {
		for _, x := range p.UnknownExtras {
			if m != nil && v.needs[need{p.Name, x, i}] && slices.Contains(m.ProvidesExtra, x) {
				v.problem("%s provides the extra %s, which it says is unknown", p.Name, x)
			}
		}
	}
}

// reasons compares what is in force with what the pin says of it.
func (v *verifier) reasons(p *resolve.Pin) {
	got := map[asked]bool{}
	for _, r := range p.RequiredBy {
		a := asked{r.By, r.Requirement.String(), r.Constraint}
		if got[a] {
			v.problem("%s: the reason %s of %q stands twice", p.Name, r.Requirement, r.By)
		}
		got[a] = true
		if r.Unknown != v.unknown[p.Name][a] {
			v.problem("%s: whether the marker of %s is unknown is told wrongly", p.Name, r.Requirement)
		}
	}
	if !maps.Equal(got, v.asked[p.Name]) {
		v.problem("%s is required by %v, and its reasons are %v", p.Name, slices.Collect(maps.Keys(v.asked[p.Name])), slices.Collect(maps.Keys(got)))
	}
}
