package resolve

import (
	"cmp"
	"slices"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// project is what the solver knows of one project on one platform. Its releases are numbered by version, oldest first: a versionSet counts them so.
type project struct {
	page
	*judge
	name    pep508.Name
	lowest  bool  // the oldest releases come first
	err     error // the index's answer, where it is neither a page nor "not found"
	missing bool  // the index does not know it

	usable      []versionSet // by variant: those with a file for it
	candidates  versionSet   // usable on some variant
	prereleases versionSet
	yanked      versionSet

	pinned  []pep440.Specifiers // by the request or in the survey: any requirement admits a yanked release that one of these pins
	sets    []admission
	learned []*learned // of the releases that anything was asked about, by release
	rank    int        // in the order of decisions; 0: not surveyed
	how     prereleases

	choice    node       // the solver's package for its version; 0: none yet
	choosing  *choosing  // of the search at hand; nil: it has not required it
	toldIn    int32      // the search that was told last of variants that need it
	mentioned versionSet // those variants
}

// admission is the releases that a requirement by a variant admits.
type admission struct {
	terms   string // the requirement's
	variant int
	set     versionSet
}

// release is one version of a project.
type release struct {
	*project
	at int
}

// learned is what the index told of a release.
type learned struct {
	release  int
	metadata []*metadata // by variant, shared where the file is; nil: not asked for
}

// need is what a release asks of a variant, for itself or for one of its extras.
type need struct {
	extra   pep508.Name
	variant int
	list    []dependency
}

// metadata is an answer of the index.
type metadata struct {
	*dist.Metadata
	file      *dist.File // whose it is
	answered  bool
	err       error
	judged    bool
	flaw      string // why the release cannot be used, by its metadata
	fault     error  // what is not the release's fault
	needs     []need
	followers []key // what the scout follows once it is there
}

func newProject(list *dist.Listing, name pep508.Name, pl *Platform, policy Policy) *project {
	out := &project{page: newPage(list), judge: newJudge(pl, policy.For(name)), name: name, usable: make([]versionSet, len(pl.Variants))}
	n, best := out.count(), make([]int32, len(pl.Variants))
	for i := range n {
		v := out.judge.judge(&out.page, i, best)
		for variant, place := range best {
			if place != none {
				out.usable[variant].put(n, i)
			}
		}
		if v.prerelease {
			out.prereleases.put(n, i)
		}
		if v.yanked {
			out.yanked.put(n, i)
		}
	}
	out.prereleases, out.yanked = out.prereleases.sealed(), out.yanked.sealed()
	for i, set := range out.usable {
		out.usable[i] = set.sealed()
		out.candidates = out.candidates.Union(out.usable[i])
	}
	return out
}

func (p *project) release(i int) release { return release{p, i} }

func (r release) version() pep440.Version { return r.page.version(r.at) }

func (r release) usable(variant int) bool { return r.project.usable[variant].has(r.at) }

// place is that of the file that a variant uses, which has one.
func (r release) place(variant int) int32 {
	from, to := r.of(r.at)
	if shape, ok := r.byShape(&r.page, r.at); ok {
		_, best := r.fate(r.sheet, shape)
		return from + best[variant]
	}
	place, _ := r.choose(&r.page, from, to, variant)
	return place
}

// yankedFor reports whether the file that a variant uses, which has one, is yanked.
func (r release) yankedFor(variant int) bool { return r.list.Yanked(int(r.place(variant))) }

// known is what was learned of the release; nil: nothing was asked.
func (r release) known() *learned {
	if i, ok := r.find(); ok {
		return r.learned[i]
	}
	return nil
}

// know is known, begun where nothing was asked before.
func (r release) know() *learned {
	i, ok := r.find()
	if !ok {
		r.learned = slices.Insert(r.learned, i, &learned{release: r.at, metadata: make([]*metadata, len(r.project.usable))})
	}
	return r.learned[i]
}

func (r release) find() (int, bool) {
	return slices.BinarySearchFunc(r.learned, r.at, func(l *learned, at int) int { return cmp.Compare(l.release, at) })
}

// entry is where the metadata of a variant's file is kept; nil: it was not asked for.
func (r release) entry(variant int) *metadata {
	if l := r.known(); l != nil {
		return l.metadata[variant]
	}
	return nil
}

// set is the releases that a requirement by a variant admits. A yanked release is in only where the requirement itself pins it, or one in pinned does (PEP 592).
func (p *project) set(d *dependency, variant int) versionSet {
	if p.yanked.IsEmpty() {
		variant = 0 // the same for all
	}
	for i := range p.sets {
		if a := &p.sets[i]; a.variant == variant && a.terms == d.terms {
			return a.set
		}
	}
	set := p.admits(d.Specifiers, variant)
	p.sets = append(p.sets, admission{d.terms, variant, set})
	return set
}

func (p *project) admits(s pep440.Specifiers, variant int) versionSet {
	var set versionSet
	n := p.count()
	s.Range().Spans(n, p.exactKey, func(from, to int) { set.add(n, from, to) })
	set = set.sealed()
	for i := range p.yanked.Intersect(set).oldest() {
		if r := p.release(i); r.usable(variant) && r.yankedFor(variant) && !p.pins(s, i) {
			set = set.without(i)
		}
	}
	return set
}

// pins reports whether s, or what the request or the survey knows, pins a release.
func (p *project) pins(s pep440.Specifiers, i int) bool {
	v := p.version(i)
	return s.Pins(v) || slices.ContainsFunc(p.pinned, func(s pep440.Specifiers) bool { return s.Pins(v) })
}

// heed takes in what the request itself says of yanked and pre-releases.
func (p *project) heed(wishes []pep440.Specifiers) {
	if p.policy.Prereleases == Allow {
		p.how = admitted
	}
	for _, s := range wishes {
		p.pin(s)
		if p.policy.Prereleases == IfNecessary && s.NamesPrerelease() {
			p.how = admitted
		}
	}
}

// pin lets every requirement admit the yanked releases that s pins.
func (p *project) pin(s pep440.Specifiers) {
	if p.yanked.IsEmpty() {
		return
	}
	p.pinned = append(p.pinned, s)
	p.sets = nil
}

// unpin takes that back.
func (p *project) unpin() {
	p.pinned, p.sets = nil, nil
}

func (p *project) pinsYanked(s pep440.Specifiers) bool {
	for i := range p.yanked.oldest() {
		if s.Pins(p.version(i)) {
			return true
		}
	}
	return false
}
