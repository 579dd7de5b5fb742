package resolve

import (
	"cmp"
	"slices"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/tag"
)

// verdict is what a platform can make of a version.
type verdict struct {
	why        RefusalReason // 0: it is a candidate
	yanked     bool          // one of the best files is
	prerelease bool          // the version is
}

// none is no file's place.
const none = -1

// judge judges the versions of one project.
type judge struct {
	platform *Platform
	policy   Policy             // for the project
	ranks    [][]int32          // and 1, by variant and the number of the tag set, as many files of a project have the same; 0: not known, -1: none
	python   *pep440.Specifiers // that was judged last, as most files of a project have the same
	admitted bool               // by that
	assessment
}

func newJudge(pl *Platform, policy Policy) *judge {
	return &judge{platform: pl, policy: policy, ranks: make([][]int32, len(pl.Variants))}
}

// judge puts the places of a version's best files, or none, into best, by variant.
func (j *judge) judge(pg *page, version int, best []int32) verdict {
	v := verdict{prerelease: pg.isPrerelease(version)}
	if j.policy.Prereleases == Forbid && v.prerelease {
		for i := range best {
			best[i] = none
		}
		v.why = NotFinal
		return v
	}
	shape, ok := j.byShape(pg, version)
	if !ok {
		v.why, v.yanked = j.chooseAll(pg, version, best)
		return v
	}
	f, places := j.fate(pg.sheet, shape)
	from, _ := pg.of(version)
	for i, after := range places {
		best[i] = none
		if after != none {
			best[i] = from + after
		}
	}
	v.why, v.yanked = f.why, f.yanked
	return v
}

// chooseAll finds the best files of a version for all variants.
func (j *judge) chooseAll(pg *page, version int, best []int32) (why RefusalReason, yanked bool) {
	from, to := pg.of(version)
	why = TooNew
	for i := range best {
		place, reason := j.choose(pg, from, to, i)
		best[i], why = place, min(why, reason)
		yanked = yanked || place != none && pg.list.Yanked(int(place))
	}
	return why, yanked
}

// refusal tells why a version is none.
func (j *judge) refusal(pg *page, version int, why RefusalReason) Refusal {
	r := Refusal{Version: pg.version(version), Why: why}
	var tags []tag.Tag
	for i, to := pg.of(version); i < to; i++ {
		python := pg.list.RequiresPython(int(i))
		switch {
		case j.policy.tooNew(pg.list, int(i)):
		case why == NoUsableWheel:
			tags = append(tags, pg.list.Tags(int(i))...)
		case why == RequiresOtherPython && r.Python.IsEmpty() && !j.admits(python):
			r.Python = *python
		}
	}
	r.Tags = texts(tags)
	return r
}

// choose finds the best file for a variant, or why there is none (0: there is one).
func (j *judge) choose(pg *page, from, to int32, variant int) (best int32, why RefusalReason) {
	best, why = none, TooNew
	var bestRank int
	for place := from; place < to; place++ {
		if j.policy.tooNew(pg.list, int(place)) {
			continue
		}
		if !j.admits(pg.list.RequiresPython(int(place))) {
			why = min(why, RequiresOtherPython)
			continue
		}
		rank, ok := j.rank(pg.list, int(place), variant)
		if !ok {
			why = min(why, j.unusable())
			continue
		}
		if best == none || prefer(pg.list, int(place), rank, int(best), bestRank) {
			best, bestRank, why = place, rank, 0
		}
	}
	return best, why
}

// admits reports whether a file's Requires-Python admits the platform's.
func (j *judge) admits(python *pep440.Specifiers) bool {
	if python != j.python {
		j.python, j.admitted = python, python.IsEmpty() || python.Contains(j.platform.Python)
	}
	return j.admitted
}

// rank is the place of a file in the variant's order; ok is false where it cannot use it.
func (j *judge) rank(list *dist.Listing, place, variant int) (at int, ok bool) {
	if list.Kind(place) == dist.Sdist || j.policy.NoWheels {
		return j.rankless(list.Kind(place), variant)
	}
	return j.ranked(variant, list.TagSet(place), list.TagSets(), list.Tags(place))
}

// rankless is the rank of what needs no tags looked at: an sdist, and a wheel where none may be chosen.
func (j *judge) rankless(kind dist.Kind, variant int) (at int, ok bool) {
	if kind == dist.Sdist {
		return len(j.platform.Variants[variant].Tags.Tags()), j.policy.Sdists
	}
	return 0, false
}

// ranked is the rank of tags, which are those of a set of the list.
func (j *judge) ranked(variant, set, sets int, tags []tag.Tag) (at int, ok bool) {
	if j.ranks[variant] == nil {
		j.ranks[variant] = make([]int32, sets)
	}
	known := &j.ranks[variant][set]
	if *known == 0 {
		*known = -1
		if at, ok = j.platform.Variants[variant].Tags.Rank(tags); ok {
			*known = int32(at) + 1
		}
	}
	return int(*known) - 1, *known > 0
}

// unusable is why a file has no rank.
func (j *judge) unusable() RefusalReason {
	if j.policy.NoWheels {
		return OtherFormat
	}
	return NoUsableWheel
}

// prefer reports whether a is better than b: not yanked, then by tag, then by build tag (PyPA "Binary distribution format": it breaks ties), then
// by name, so that the index's order does not matter.
func prefer(list *dist.Listing, a, rankA, b, rankB int) bool {
	if list.Yanked(a) != list.Yanked(b) {
		return list.Yanked(b)
	}
	if c := cmp.Or(cmp.Compare(rankA, rankB), list.Build(b).Compare(*list.Build(a))); c != 0 {
		return c < 0
	}
	if list.Sheet() != nil && list.Version(a) == list.Version(b) {
		return a < b // of one release they come by name
	}
	return list.File(a).File < list.File(b).File
}

// texts are tags as text, sorted, each once.
func texts(tags []tag.Tag) []string {
	var out []string
	for _, t := range tags {
		out = append(out, t.String())
	}
	slices.Sort(out)
	return slices.Compact(out)
}
