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
	for _, files := range byVersion(p.Files) {
		if v := judge(files, pl, policy); v.why == 0 {
			candidates = append(candidates, v.candidate())
		} else {
			refusals = append(refusals, v.refusal(policy))
		}
	}
	return candidates, refusals
}

// byVersion groups wheels and sdists by version, newest first. 1.0 and 1.0.0 are one version.
func byVersion(files []dist.File) [][]*dist.File {
	sorted := make([]*dist.File, 0, len(files))
	for i := range files {
		if f := &files[i]; f.Kind != dist.Other && !f.Version.IsZero() {
			sorted = append(sorted, f)
		}
	}
	slices.SortStableFunc(sorted, func(a, b *dist.File) int { return b.Version.Compare(a.Version) })
	var groups [][]*dist.File
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
	version pep440.Version
	all     []*dist.File  // of the version
	files   []*dist.File  // by variant: the best; nil where there is none
	yanked  bool          // one of the best is
	why     RefusalReason // 0: it is a candidate
}

func judge(all []*dist.File, pl Platform, policy Policy) verdict {
	v := verdict{version: all[0].Version, all: all, files: make([]*dist.File, len(pl.Variants)), why: TooNew}
	if policy.Prereleases == Forbid && v.version.IsPrerelease() {
		v.why = NotFinal
		return v
	}
	for i, variant := range pl.Variants {
		best, why := choose(all, variant, pl.Python, policy)
		v.files[i], v.why = best, min(v.why, why)
		if best != nil {
			v.yanked = v.yanked || best.Yanked
		}
	}
	return v
}

func (v verdict) candidate() Candidate {
	c := Candidate{Version: v.version, Files: make([]dist.File, len(v.files)), Yanked: v.yanked}
	for i, f := range v.files {
		if f != nil {
			c.Files[i] = *f
		}
	}
	return c
}

func (v verdict) refusal(policy Policy) Refusal {
	r := Refusal{Version: v.version, Why: v.why}
	switch v.why {
	case NoUsableWheel:
		r.Tags = tagsOf(v.all, policy)
	case RequiresOtherPython:
		r.Python = v.all[0].RequiresPython
	}
	return r
}

// choose finds the best file for a variant, or why there is none (0: there is one).
func choose(files []*dist.File, v Variant, python pep440.Version, policy Policy) (best *dist.File, why RefusalReason) {
	why = TooNew
	var bestRank int
	for _, f := range files {
		if tooNew(f, policy) {
			continue
		}
		if !f.RequiresPython.IsEmpty() && !f.RequiresPython.Contains(python) {
			why = min(why, RequiresOtherPython)
			continue
		}
		rank, ok := v.Tags.Rank(f.Tags)
		if f.Kind == dist.Sdist {
			rank, ok = len(v.Tags.Tags()), policy.Sdists
		}
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
