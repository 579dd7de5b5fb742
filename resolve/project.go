package resolve

import (
	"slices"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// project is what the solver knows of one project on one platform.
type project struct {
	name     pep508.Name
	err      error               // the index's answer, where it is neither a page nor "not found"
	missing  bool                // the index does not know it
	releases []release           // all versions, oldest first: a versionSet counts them so
	usable   []versionSet        // by variant: those with a file for it
	pinned   []pep440.Specifiers // by the request or in the survey: any requirement admits a yanked release that one of these pins
	sets     map[setKey]versionSet
	rank     int // in the order of decisions; 0: not surveyed
	how      prereleases
	tries    int // releases whose metadata was asked for in the search
}

type setKey struct {
	specifiers string
	variant    int
}

// release is one version of a project.
type release struct {
	verdict
	*learned // nil: nothing was asked for, as of most releases
}

// learned is what the index told of a release.
type learned struct {
	metadata []*metadata // by variant, shared where the file is; nil: not asked for
	needs    map[needKey][]dependency
}

type metadata struct {
	*dist.Metadata
	err error
}

type needKey struct {
	extra   pep508.Name
	variant int
}

func newProject(p *dist.Project, name pep508.Name, pl Platform, policy Policy) *project {
	out := &project{name: name, sets: map[setKey]versionSet{}}
	groups := byVersion(p.Files)
	out.releases = make([]release, len(groups))
	j := newJudge(pl, policy, len(groups))
	for i, files := range groups {
		out.releases[i].verdict = j.judge(files)
	}
	for i := range pl.Variants {
		out.usable = append(out.usable, setOf(len(out.releases), func(r int) bool { return out.releases[r].usable(i) }))
	}
	return out
}

func (r *release) usable(variant int) bool { return r.files[variant] != nil }

// entry is where the metadata of a variant's file is kept.
func (r *release) entry(variant int) *metadata {
	if r.learned == nil {
		return nil
	}
	return r.metadata[variant]
}

// set is the releases that a requirement by a variant admits. A yanked release is in only where the requirement itself pins it, or one in pinned does (PEP 592).
func (p *project) set(s pep440.Specifiers, variant int) versionSet {
	key := setKey{s.String(), variant}
	set, ok := p.sets[key]
	if !ok {
		set = setOf(len(p.releases), func(i int) bool { return s.Contains(p.releases[i].version()) && p.unyanked(&p.releases[i], s, variant) })
		p.sets[key] = set
	}
	return set
}

func (p *project) unyanked(r *release, s pep440.Specifiers, variant int) bool {
	if !r.yanked || !r.usable(variant) || !r.files[variant].Yanked || s.Pins(r.version()) {
		return true
	}
	return slices.ContainsFunc(p.pinned, func(s pep440.Specifiers) bool { return s.Pins(r.version()) })
}

// heed takes in what the request itself says of yanked and pre-releases.
func (p *project) heed(wishes []pep440.Specifiers, policy Prereleases) {
	if policy == Allow {
		p.how = admitted
	}
	for _, s := range wishes {
		p.pin(s)
		if policy == IfNecessary && s.NamesPrerelease() {
			p.how = admitted
		}
	}
}

// pin lets every requirement admit the yanked releases that s pins.
func (p *project) pin(s pep440.Specifiers) {
	p.pinned = append(p.pinned, s)
	clear(p.sets)
}

// unpin takes that back.
func (p *project) unpin() {
	p.pinned = nil
	clear(p.sets)
}

func (p *project) pinsYanked(s pep440.Specifiers) bool {
	return slices.ContainsFunc(p.releases, func(r release) bool { return r.yanked && s.Pins(r.version()) })
}

// prereleases is how the solver takes those of one project.
type prereleases int8

const (
	lastResort prereleases = iota // after all final releases
	admitted                      // like any release
	refused                       // not at all
)

// preference lists the releases that may be chosen, the most preferred first: newest first, but pre-releases as they are taken, and after all these what was yanked.
func (p *project) preference() []int {
	order := make([]int, 0, len(p.releases))
	var later, yanked []int
	for i := len(p.releases) - 1; i >= 0; i-- {
		r := &p.releases[i]
		switch {
		case r.why != 0 || r.prerelease && p.how == refused:
		case r.yanked:
			yanked = append(yanked, i)
		case r.prerelease && p.how == lastResort:
			later = append(later, i)
		default:
			order = append(order, i)
		}
	}
	return append(append(order, later...), yanked...)
}
