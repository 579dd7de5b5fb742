package resolve

import (
	"cmp"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/dist"
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
	policy   Policy // for the project
	ranks    []rank // by variant: of the tags met last, as many files of a project have the same
}

type rank struct {
	tags []tag.Tag
	at   int
	ok   bool
}

func newJudge(pl *Platform, policy Policy) *judge {
	return &judge{pl, policy, make([]rank, len(pl.Variants))}
}

// judge puts the places of a version's best files, or none, into best, by variant.
func (j *judge) judge(pg *page, version int, best []int32) verdict {
	places := pg.of(version)
	v := verdict{prerelease: pg.files[places[0]].Version.IsPrerelease(), why: TooNew}
	forbidden := j.policy.Prereleases == Forbid && v.prerelease
	for i := range best {
		best[i] = none
		if forbidden {
			continue
		}
		place, why := j.choose(pg.files, places, i)
		best[i], v.why = place, min(v.why, why)
		v.yanked = v.yanked || place != none && pg.files[place].Yanked
	}
	if forbidden {
		v.why = NotFinal
	}
	return v
}

// refusal tells why a version is none.
func (j *judge) refusal(pg *page, version int, why RefusalReason) Refusal {
	r := Refusal{Version: pg.version(version), Why: why}
	var tags []tag.Tag
	for _, place := range pg.of(version) {
		f := &pg.files[place]
		switch {
		case j.policy.tooNew(f):
		case why == NoUsableWheel:
			tags = append(tags, f.Tags...)
		case why == RequiresOtherPython && r.Python.IsEmpty() && !j.admits(f):
			r.Python = f.RequiresPython
		}
	}
	r.Tags = texts(tags)
	return r
}

// choose finds the best file for a variant, or why there is none (0: there is one).
func (j *judge) choose(files []dist.File, places []int32, variant int) (best int32, why RefusalReason) {
	best, why = none, TooNew
	var bestRank int
	for _, place := range places {
		f := &files[place]
		if j.policy.tooNew(f) {
			continue
		}
		if !j.admits(f) {
			why = min(why, RequiresOtherPython)
			continue
		}
		rank, ok := j.rank(f, variant)
		if !ok {
			why = min(why, j.unusable())
			continue
		}
		if best == none || prefer(f, rank, &files[best], bestRank) {
			best, bestRank, why = place, rank, 0
		}
	}
	return best, why
}

// admits reports whether a file's Requires-Python admits the platform's.
func (j *judge) admits(f *dist.File) bool {
	return f.RequiresPython.IsEmpty() || f.RequiresPython.Contains(j.platform.Python)
}

// rank is the place of a file in the variant's order; ok is false where it cannot use it.
func (j *judge) rank(f *dist.File, variant int) (at int, ok bool) {
	tags := j.platform.Variants[variant].Tags
	switch {
	case f.Kind == dist.Sdist:
		return len(tags.Tags()), j.policy.Sdists
	case j.policy.NoWheels:
		return 0, false
	}
	r := &j.ranks[variant]
	if !sameTags(r.tags, f.Tags) {
		r.tags = f.Tags
		r.at, r.ok = tags.Rank(f.Tags)
	}
	return r.at, r.ok
}

// sameTags is slices.Equal, quick where files share their tags.
func sameTags(a, b []tag.Tag) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0] || slices.Equal(a, b))
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
func prefer(a *dist.File, rankA int, b *dist.File, rankB int) bool {
	if a.Yanked != b.Yanked {
		return b.Yanked
	}
	return cmp.Or(cmp.Compare(rankA, rankB), b.Build.Compare(a.Build), strings.Compare(a.File, b.File)) < 0
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
