package resolve

import (
	"cmp"

	"github.com/chandlery-go/chandlery/resolve/dist"
)

// fate is what was found of a version of some shape; of a pre-release too, as far as its files go.
type fate struct {
	known  bool
	why    RefusalReason
	yanked bool
	best   []int32 // by variant: the best file's place after the first, or none
}

// fate is that of all versions of a shape, whenever their files came.
func (j *judge) fate(sheet *dist.Sheet, shape int) *fate {
	if j.fates == nil {
		j.fates = make([]fate, len(sheet.Shapes))
		j.places = make([]int32, len(sheet.Shapes)*len(j.platform.Variants))
	}
	f := &j.fates[shape]
	if f.known {
		return f
	}
	variants := len(j.platform.Variants)
	*f = fate{known: true, why: TooNew, best: j.places[:variants:variants]}
	j.places = j.places[variants:]
	for i := range f.best {
		place, why := j.chooseLine(sheet, sheet.Shapes[shape], i)
		f.best[i], f.why = place, min(f.why, why)
		f.yanked = f.yanked || place != none && sheet.Lines[sheet.Shapes[shape][place]].Yanked
	}
	return f
}

// chooseLine is choose by the lines of a shape, whose files come by name.
func (j *judge) chooseLine(sheet *dist.Sheet, shape []int32, variant int) (best int32, why RefusalReason) {
	best, why = none, TooNew
	var bestRank int
	for i, number := range shape {
		l := &sheet.Lines[number]
		if !j.admits(l.RequiresPython) {
			why = min(why, RequiresOtherPython)
			continue
		}
		rank, ok := j.rankOf(l, sheet.TagSets(), variant)
		if !ok {
			why = min(why, j.unusable())
			continue
		}
		if best == none || better(l, rank, &sheet.Lines[shape[best]], bestRank) {
			best, bestRank, why = int32(i), rank, 0
		}
	}
	return best, why
}

// better is prefer where the names decide in favour of b.
func better(a *dist.Line, rankA int, b *dist.Line, rankB int) bool {
	if a.Yanked != b.Yanked {
		return b.Yanked
	}
	return cmp.Or(cmp.Compare(rankA, rankB), b.Build.Compare(a.Build)) < 0
}

// rankOf is rank by a line.
func (j *judge) rankOf(l *dist.Line, sets, variant int) (at int, ok bool) {
	if l.Kind == dist.Sdist || j.policy.NoWheels {
		return j.rankless(l.Kind, variant)
	}
	r := j.ranked(variant, l.TagSet, sets)
	if !r.known {
		r.at, r.ok = j.platform.Variants[variant].Tags.Rank(l.Tags)
		r.known = true
	}
	return r.at, r.ok
}
