package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/tag"
)

// Bounds on what is offered of each kind: the nearest ones.
const (
	maxPythons = 6
	maxFloors  = 4
	maxPatch   = 30 // of a Python's minor version
	maxMinor   = 30
)

// target gathers what the pages of concerned projects refuse, and what the policy and the platform would have to be.
type target struct {
	req       *resolve.Request
	concerns  []concern
	pythons   []pep440.Specifiers // that other files want
	minors    map[int]bool        // of wheels for other Pythons, and for which markers say otherwise
	markers   map[string]bool     // that were looked at
	platforms map[string]bool     // of wheels for other platforms
}

// note takes in what a project's page refuses, and what its metadata does.
func (t *target) note(name pep508.Name, p *dist.Project, metadata []*dist.Metadata) {
	about := t.concern(name)
	for i := range t.req.Platform.Variants {
		candidates, refusals := resolve.Candidates(p, variantOf(t.req.Platform, i), t.req.Policy)
		for _, c := range candidates {
			about.notFinal = about.notFinal || c.Version.IsPrerelease()
		}
		for _, r := range refusals {
			t.refused(about, p, r)
		}
	}
	for _, m := range metadata {
		t.wants(m.RequiresPython)
		for _, q := range m.RequiresDist {
			t.marker(q.Marker)
		}
	}
}

// marker notes the Pythons for which a marker that asks for the version says other than for the platform's.
func (t *target) marker(m pep508.Marker) {
	text := m.String()
	if !strings.Contains(text, "python_") || t.markers[text] {
		return
	}
	if t.markers == nil {
		t.markers = map[string]bool{}
	}
	t.markers[text] = true
	here := t.req.Platform.Python.Release(1)
	for minor := max(here-maxPythons, 0); minor <= here+maxPythons; minor++ {
		python := pep440.MustParse(fmt.Sprintf("3.%d.0", minor))
		if minor != here && slices.ContainsFunc(t.req.Platform.Variants, func(v resolve.Variant) bool { return says(m, v, python) != says(m, v, t.req.Platform.Python) }) {
			t.minor(minor)
		}
	}
}

// says is what a marker says of a variant with a Python.
func says(m pep508.Marker, v resolve.Variant, python pep440.Version) pep508.Truth {
	environments, err := pep508.Environments(python, v.Tag)
	if err != nil {
		return pep508.Unknown
	}
	best := pep508.False
	for _, env := range environments {
		best = max(best, m.Evaluate(env))
	}
	return best
}

func (t *target) minor(m int) {
	if t.minors == nil {
		t.minors = map[int]bool{}
	}
	t.minors[m] = true
}

func (t *target) refused(about *concern, p *dist.Project, r resolve.Refusal) {
	switch r.Why {
	case resolve.TooNew:
		about.tooNew = true
	case resolve.NotFinal:
		about.notFinal = true
	case resolve.RequiresOtherPython, resolve.NoUsableWheel, resolve.OtherFormat:
		for _, f := range p.Files {
			if f.Version.Equal(r.Version) {
				about.sdist = about.sdist || f.Kind == dist.Sdist
				about.wheel = about.wheel || f.Kind == dist.Wheel
				t.file(f)
			}
		}
	}
}

// offer adds the changes of the policy and the platform that some refusal asks for.
func (t *target) offer(o *optionList) {
	t.offerPolicy(o)
	o.subject++
	for level, c := range t.otherPythons() {
		o.add(rankPython, level, c)
	}
	for i := range t.req.Platform.Variants {
		o.subject++
		for level, c := range t.floors(i) {
			o.add(rankFloor, level, c)
		}
	}
}

// file notes for what other target a file is.
func (t *target) file(f dist.File) {
	t.wants(f.RequiresPython)
	for _, g := range f.Tags {
		if minor, err := strconv.Atoi(strings.TrimPrefix(g.Interpreter, "cp3")); err == nil && minor != t.req.Platform.Python.Release(1) {
			t.minor(minor)
		}
		if g.Platform != "any" {
			if t.platforms == nil {
				t.platforms = map[string]bool{}
			}
			t.platforms[g.Platform] = true
		}
	}
}

// wants notes a Requires-Python that leaves the platform's out.
func (t *target) wants(s pep440.Specifiers) {
	same := func(o pep440.Specifiers) bool { return o.String() == s.String() }
	if !s.IsEmpty() && !s.Contains(t.req.Platform.Python) && !slices.ContainsFunc(t.pythons, same) {
		t.pythons = append(t.pythons, s)
	}
}

// otherPythons lists the Pythons that refused files ask for, or markers tell apart, the nearest first: of each minor version the oldest patch that all of those files take that
// take any.
func (t *target) otherPythons() (out []Change) {
	now := t.req.Platform.Python
	if now.Release(0) != 3 {
		return nil
	}
	patches := map[int]int{}
	for minor := range t.minors {
		patches[minor] = 0
	}
	for _, s := range t.pythons {
		for minor := range maxMinor {
			if patch, ok := firstPatch(s, minor, now); ok {
				patches[minor] = max(patches[minor], patch)
			}
		}
	}
	minors := make([]int, 0, len(patches))
	for m := range patches {
		minors = append(minors, m)
	}
	here := now.Release(1)
	slices.SortFunc(minors, func(a, b int) int { return cmp.Or(cmp.Compare(max(a-here, here-a), max(b-here, here-b)), b-a) })
	for _, m := range minors {
		python := fmt.Sprintf("3.%d.%d", m, patches[m])
		if t.known(python) && len(out) < maxPythons {
			out = append(out, Change{Kind: Python, From: now.String(), To: python})
		}
	}
	return out
}

// firstPatch is the oldest patch of a minor version that s admits; of the present one, the oldest that is newer.
func firstPatch(s pep440.Specifiers, minor int, now pep440.Version) (patch int, ok bool) {
	from := 0
	if minor == now.Release(1) {
		from = now.Release(2) + 1
	}
	for p := from; p <= from+maxPatch; p++ {
		if s.Contains(pep440.MustParse(fmt.Sprintf("3.%d.%d", minor, p))) {
			return p, true
		}
	}
	return 0, false
}

// known reports whether there is a platform of that Python.
func (t *target) known(python string) bool {
	_, err := Change{Kind: Python, To: python}.Apply(t.req)
	return err == nil
}

// floors lists platform tags of refused wheels that are newer systems of a variant's own kind, the nearest first.
func (t *target) floors(variant int) (out []Change) {
	v := t.req.Platform.Variants[variant]
	type floor struct {
		tag  string
		size int
	}
	var newer []floor
	for p := range t.platforms {
		changed, err := Change{Kind: Floor, From: v.Tag, To: p}.Apply(t.req)
		if err != nil || p == v.Tag {
			continue
		}
		tags := changed.Platform.Variants[variant].Tags
		if _, ok := tags.Rank([]tag.Tag{{Interpreter: "py3", ABI: "none", Platform: v.Tag}}); ok && len(tags.Tags()) > len(v.Tags.Tags()) {
			newer = append(newer, floor{p, len(tags.Tags())})
		}
	}
	slices.SortFunc(newer, func(a, b floor) int { return cmp.Or(a.size-b.size, strings.Compare(a.tag, b.tag)) })
	newer = slices.CompactFunc(newer, func(a, b floor) bool { return a.size == b.size }) // names of one system
	for _, f := range newer[:min(len(newer), maxFloors)] {
		out = append(out, Change{Kind: Floor, From: v.Tag, To: f.tag})
	}
	return out
}
