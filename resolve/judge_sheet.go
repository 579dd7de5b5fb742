package resolve

import "github.com/chandlery-go/chandlery/resolve/dist"

// assessment is what was found of a sheet. It holds no pointers, and a few bytes for each line and shape.
type assessment struct {
	scores []score // by variant and line
	fates  []fate  // by shape
	best   []int32 // by shape and variant: the best file's place after the first, or none
}

// fate is what was found of a version of some shape; of a pre-release too, as far as its files go.
type fate struct {
	why    RefusalReason
	known  bool
	yanked bool
}

// score is how good a line is for a variant: the less, the better. 0 is not known.
type score int32

const (
	bestScore   score = 1
	yankedScore score = 1 << 29 // what is yanked comes after all that is not
	noScore     score = 1 << 30 // and the reason, with the one that came furthest first
)

// usable reports whether a line of that score may be chosen.
func (s score) usable() bool { return s < noScore }

func refusal(why RefusalReason) score { return noScore + score(why) }

// byShape reports whether the versions of a page are judged by their shapes, which do not tell when files came, and that of one.
func (j *judge) byShape(pg *page, version int) (shape int, ok bool) {
	shape, ok = pg.shape(version)
	return shape, ok && j.policy.ExcludeNewer.IsZero()
}

// fate is that of all versions of a shape, whenever their files came.
func (j *judge) fate(sheet *dist.Sheet, shape int) (f *fate, best []int32) {
	n := len(j.platform.Variants)
	if j.fates == nil {
		j.fates = make([]fate, len(sheet.Shapes))
		j.best = make([]int32, len(sheet.Shapes)*n)
		j.scores = make([]score, len(sheet.Lines)*n)
	}
	f, best = &j.fates[shape], j.best[shape*n:][:n]
	if f.known {
		return f, best
	}
	*f = fate{known: true, why: TooNew}
	lines := sheet.Shapes[shape]
	for i := range best {
		place, why := j.chooseLine(sheet, lines, i)
		best[i], f.why = place, min(f.why, why)
		f.yanked = f.yanked || place != none && sheet.Lines[lines[place]].Yanked
	}
	return f, best
}

// chooseLine is choose by the lines of a shape, whose files come by name: of several that are as good the first is best.
func (j *judge) chooseLine(sheet *dist.Sheet, shape []int32, variant int) (best int32, why RefusalReason) {
	best = none
	least, scores := refusal(TooNew), j.scores[variant*len(sheet.Lines):]
	for i, number := range shape {
		s := scores[number]
		if s == 0 {
			s = j.score(&sheet.Lines[number], sheet.TagSets(), variant)
			scores[number] = s
		}
		if s < least || s == least && s.usable() && sheet.Lines[shape[best]].Build.Compare(sheet.Lines[number].Build) < 0 {
			best, least = int32(i), s
		}
	}
	if !least.usable() {
		return none, RefusalReason(least - noScore)
	}
	return best, 0
}

func (j *judge) score(l *dist.Line, sets, variant int) score {
	if !j.admits(l.RequiresPython) {
		return refusal(RequiresOtherPython)
	}
	rank, ok := j.rankOf(l, sets, variant)
	switch {
	case !ok:
		return refusal(j.unusable())
	case l.Yanked:
		return yankedScore + score(rank)
	}
	return bestScore + score(rank)
}

// rankOf is rank by a line.
func (j *judge) rankOf(l *dist.Line, sets, variant int) (at int, ok bool) {
	if l.Kind == dist.Sdist || j.policy.NoWheels {
		return j.rankless(l.Kind, variant)
	}
	return j.ranked(variant, l.TagSet, sets, l.Tags)
}
