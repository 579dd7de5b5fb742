package dist

import "github.com/chandlery-go/chandlery/resolve/tag"

// NewListing is the listing of a Project, which it points to: the Project must not change any more.
func NewListing(p *Project) *Listing {
	l := &Listing{files: p.Files, tags: [][]tag.Tag{nil}}
	sorted, last, sets := true, "", numbers{}
	for i := range p.Files {
		f := &p.Files[i]
		if f.Kind == Other || f.Version.IsZero() {
			l.places(i)
			continue
		}
		if l.order != nil {
			l.order = append(l.order, int32(i))
		}
		key := f.Version.ExactKey()
		sorted, last = sorted && last <= key, key
		l.putSet(i, l.number(&sets, f.Tags))
	}
	if !sorted {
		l.places(len(p.Files))
		l.sort()
	}
	return l
}

// places makes order, of the first n files, where there is none.
func (l *Listing) places(n int) {
	if l.order != nil {
		return
	}
	l.order = make([]int32, n, len(l.files))
	for i := range n {
		l.order[i] = int32(i)
	}
}

// putSet notes the number of the tag set of the file at place i; those before it are noted.
func (l *Listing) putSet(i int, set int32) {
	if l.sets == nil && set > 1 {
		l.sets = make([]int32, len(l.files))
		for j := range i {
			l.sets[j] = min(int32(len(l.files[j].Tags)), 1)
		}
	}
	if l.sets != nil {
		l.sets[i] = set
	}
}

// number is that of a tag set among those of the list, which has it from then on.
func (l *Listing) number(sets *numbers, tags []tag.Tag) int32 {
	if len(tags) == 0 {
		return 0
	}
	number, fresh := sets.add(tagSet{&tags[0], len(tags)})
	if fresh {
		l.tags = append(l.tags, tags)
	}
	return number
}

// tagSet tells slices of tags apart by where they lie.
type tagSet struct {
	first *tag.Tag
	n     int
}

// numbers counts distinct tag sets from 1 on; mostly one comes several times in a row.
type numbers struct {
	of     map[tagSet]int32
	last   tagSet
	number int32
}

// add gives the number of t, and whether it is met for the first time.
func (n *numbers) add(t tagSet) (number int32, fresh bool) {
	if t == n.last {
		return n.number, false
	}
	number, known := n.of[t]
	if !known {
		if n.of == nil {
			n.of = map[tagSet]int32{}
		}
		number = int32(len(n.of) + 1)
		n.of[t] = number
	}
	n.last, n.number = t, number
	return number, !known
}
