package resolve

import (
	"cmp"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/tag"
)

// Candidate is one version that a platform may use, newest first in lists.
type Candidate struct {
	Version pep440.Version
	Files   []dist.File // Files[i] is the best file for Variants[i]; zero where there is none
	Yanked  bool        // a chosen file is: only a pin may choose it
}

// Refusal is a version that a platform may not use, and why.
type Refusal struct {
	Version pep440.Version
	Why     RefusalReason
	Tags    []string          // on offer, where the reason is NoUsableWheel; none where there is only an sdist
	Python  pep440.Specifiers // wanted, where the reason is RequiresOtherPython
}

// RefusalReason is why a version is no candidate: of a version's files the one that came furthest tells.
type RefusalReason int8

const (
	NoUsableWheel RefusalReason = iota + 1
	RequiresOtherPython
	TooNew
	NotFinal
)

// Candidates lists what a platform may use of a project under a policy, newest first, and what it may not: what a custom Resolver would else rewrite.
// A version is a candidate where at least one variant has a file for it: a wheel whose tags the variant admits (or an sdist, where the policy has
// them, after all wheels), whose Requires-Python admits the platform's Python, uploaded in time. The best is the first by tag, then by build tag; a
// yanked file only where there is no other. Files of unknown kind are passed over.
func Candidates(p *dist.Project, pl Platform, policy Policy) ([]Candidate, []Refusal) {
	var candidates []Candidate
	var refusals []Refusal
	versions := byVersion(p.Files)
	j := newJudge(pl, policy, len(versions))
	for _, files := range slices.Backward(versions) {
		if v := j.judge(files); v.why == 0 {
			candidates = append(candidates, v.candidate())
		} else {
			refusals = append(refusals, v.refusal(policy))
		}
	}
	return candidates, refusals
}

// byVersion groups wheels and sdists by version, oldest first, as most indexes list them. 1.0 and 1.0.0 are one version.
func byVersion(files []dist.File) [][]*dist.File {
	sorted := make([]*dist.File, 0, len(files))
	for i := range files {
		if f := &files[i]; f.Kind != dist.Other && !f.Version.IsZero() {
			sorted = append(sorted, f)
		}
	}
	older := func(a, b *dist.File) int { return a.Version.Compare(b.Version) }
	if !slices.IsSortedFunc(sorted, older) {
		slices.SortStableFunc(sorted, older)
	}
	versions := 0
	for i := range sorted {
		if i == 0 || !sorted[i].Version.Equal(sorted[i-1].Version) {
			versions++
		}
	}
	groups := make([][]*dist.File, 0, versions)
	for start, i := 0, 1; i <= len(sorted); i++ {
		if i == len(sorted) || !sorted[i].Version.Equal(sorted[start].Version) {
			groups = append(groups, sorted[start:i:i])
			start = i
		}
	}
	return groups
}

// verdict is what a platform can make of a version.
type verdict struct {
	all        []*dist.File  // of the version
	files      []*dist.File  // by variant: the best; nil where there is none
	yanked     bool          // one of the best is
	prerelease bool          // the version is
	why        RefusalReason // 0: it is a candidate
}

func (v *verdict) version() pep440.Version { return v.all[0].Version }

// judge judges the versions of one project.
type judge struct {
	platform Platform
	policy   Policy
	ranks    []rank       // by variant: of the tags met last, as many files of a project have the same
	room     []*dist.File // for the verdicts' files
}

type rank struct {
	tags []tag.Tag
	at   int
	ok   bool
}

func newJudge(pl Platform, policy Policy, versions int) *judge {
	return &judge{pl, policy, make([]rank, len(pl.Variants)), make([]*dist.File, versions*len(pl.Variants))}
}

func (j *judge) judge(all []*dist.File) verdict {
	n := len(j.platform.Variants)
	v := verdict{all: all, files: j.room[:n:n], prerelease: all[0].Version.IsPrerelease(), why: TooNew}
	j.room = j.room[n:]
	if j.policy.Prereleases == Forbid && v.prerelease {
		v.why = NotFinal
		return v
	}
	for i := range n {
		best, why := j.choose(all, i)
		v.files[i], v.why = best, min(v.why, why)
		if best != nil {
			v.yanked = v.yanked || best.Yanked
		}
	}
	return v
}

func (v verdict) candidate() Candidate {
	c := Candidate{Version: v.version(), Files: make([]dist.File, len(v.files)), Yanked: v.yanked}
	for i, f := range v.files {
		if f != nil {
			c.Files[i] = *f
		}
	}
	return c
}

func (v verdict) refusal(policy Policy) Refusal {
	r := Refusal{Version: v.version(), Why: v.why}
	switch v.why {
	case NoUsableWheel:
		r.Tags = tagsOf(v.all, policy)
	case RequiresOtherPython:
		r.Python = v.all[0].RequiresPython
	}
	return r
}

// choose finds the best file for a variant, or why there is none (0: there is one).
func (j *judge) choose(files []*dist.File, variant int) (best *dist.File, why RefusalReason) {
	why = TooNew
	var bestRank int
	for _, f := range files {
		if tooNew(f, j.policy) {
			continue
		}
		if !f.RequiresPython.IsEmpty() && !f.RequiresPython.Contains(j.platform.Python) {
			why = min(why, RequiresOtherPython)
			continue
		}
		rank, ok := j.rank(f, variant)
		if !ok {
			why = min(why, NoUsableWheel)
			continue
		}
		if best == nil || prefer(f, rank, best, bestRank) {
			best, bestRank, why = f, rank, 0
		}
	}
	return best, why
}

// rank is the place of a file in the variant's order; ok is false where it cannot use it.
func (j *judge) rank(f *dist.File, variant int) (at int, ok bool) {
	tags := j.platform.Variants[variant].Tags
	if f.Kind == dist.Sdist {
		return len(tags.Tags()), j.policy.Sdists
	}
	r := &j.ranks[variant]
	if !slices.Equal(r.tags, f.Tags) {
		r.tags = f.Tags
		r.at, r.ok = tags.Rank(f.Tags)
	}
	return r.at, r.ok
}

func tooNew(f *dist.File, policy Policy) bool {
	return !policy.ExcludeNewer.IsZero() && (f.Uploaded.IsZero() || !f.Uploaded.Before(policy.ExcludeNewer))
}

// prefer reports whether a is better than b: not yanked, then by tag, then by build tag (PyPA "Binary distribution format": it breaks ties), then
// by name, so that the index's order does not matter.
func prefer(a *dist.File, rankA int, b *dist.File, rankB int) bool {
	if a.Yanked != b.Yanked {
		return b.Yanked
	}
	return cmp.Or(cmp.Compare(rankA, rankB), b.Build.Compare(a.Build), strings.Compare(a.File, b.File)) < 0
}

// tagsOf lists the tags on offer, sorted.
func tagsOf(files []*dist.File, policy Policy) []string {
	var tags []tag.Tag
	for _, f := range files {
		if !tooNew(f, policy) {
			tags = append(tags, f.Tags...)
		}
	}
	out := make([]string, len(tags))
	for i, t := range tags {
		out[i] = t.String()
	}
	slices.Sort(out)
	return slices.Compact(out)
}
