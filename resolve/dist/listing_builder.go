package dist

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/tag"
)

// Brief is what a Listing holds of a file.
type Brief struct {
	Filename
	RequiresPython *pep440.Specifiers // nil is none; files that require the same should share it
	Uploaded       time.Time
	Yanked         bool
}

// ListingBuilder makes a Listing of an index's own form of a page, without a File for each of its files. It is used by one goroutine, for one Listing.
type ListingBuilder struct {
	list     Listing
	added    int32
	unsorted bool
	tags     numbers[tagSet]
	pythons  numbers[*pep440.Specifiers]
}

// tagSet tells slices of tags apart by where they lie.
type tagSet struct {
	first *tag.Tag
	n     int
}

// numbers counts distinct things from 1 on; mostly one comes several times in a row. A K is not zero.
type numbers[K comparable] struct {
	of     map[K]int32
	last   K
	number int32
}

// add gives the number of k, and whether k is met for the first time.
func (n *numbers[K]) add(k K) (number int32, fresh bool) {
	if k == n.last {
		return n.number, false
	}
	number, known := n.of[k]
	if !known {
		if n.of == nil {
			n.of = map[K]int32{}
		}
		number = int32(len(n.of) + 1)
		n.of[k] = number
	}
	n.last, n.number = k, number
	return number, !known
}

// Grow makes room for n more files.
func (b *ListingBuilder) Grow(n int) { b.list.entries = slices.Grow(b.list.entries, n) }

// Add takes the next file in. One that is neither a wheel nor an sdist is counted, not listed. It does not keep f.
func (b *ListingBuilder) Add(f *Brief) {
	l, added := &b.list, b.added
	if b.added++; added == 0 {
		l.tags, l.builds, l.pythons = [][]tag.Tag{nil}, []Build{{}}, []*pep440.Specifiers{{}}
	}
	if f.Kind == Other || f.Version.IsZero() {
		return
	}
	l.entries = append(l.entries, entry{
		added: added, kind: f.Kind, yanked: f.Yanked, seconds: f.Uploaded.Unix(), nanoseconds: int32(f.Uploaded.Nanosecond()),
		version: b.version(f.Version), tags: l.number(&b.tags, f.Tags), build: b.build(f.Build), python: b.python(f.RequiresPython),
	})
}

func (b *ListingBuilder) python(s *pep440.Specifiers) int32 {
	if s == nil {
		return 0
	}
	number, fresh := b.pythons.add(s)
	if fresh {
		b.list.pythons = append(b.list.pythons, s)
	}
	return number
}

func (b *ListingBuilder) build(t Build) int32 {
	if !t.Set {
		return 0
	}
	b.list.builds = append(b.list.builds, t)
	return int32(len(b.list.builds) - 1)
}

// version is the place of a version among those of the list: the last one, as a page has the files of a version together, or a new one.
func (b *ListingBuilder) version(v pep440.Version) int32 {
	l := &b.list
	if last := len(l.versions) - 1; last >= 0 {
		c := strings.Compare(l.versions[last].ExactKey(), v.ExactKey())
		if c == 0 {
			return int32(last)
		}
		b.unsorted = b.unsorted || c > 0
	}
	l.versions = append(l.versions, v)
	return int32(len(l.versions) - 1)
}

// Listing is the list of what was added. whole gives all of the file that was added as number n, from 0 on: each time the same, from any goroutine, without fail.
func (b *ListingBuilder) Listing(whole func(n int) *File) *Listing {
	l := &b.list
	l.whole = whole
	if b.unsorted {
		slices.SortFunc(l.entries, func(x, y entry) int {
			return cmp.Or(strings.Compare(l.versions[x.version].ExactKey(), l.versions[y.version].ExactKey()), cmp.Compare(x.added, y.added))
		})
	}
	return l
}
