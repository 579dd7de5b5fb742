package dist

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/tag"
)

// Listing is the wheels and sdists of a project with what a choice among them looks at; all else of a file is made when File asks for it. They come by version and
// its spelling (pep440.Version.ExactKey), oldest first, and else in the order that they were given in. Of a Sheet one takes a few bytes, where a File takes several
// hundred. A Listing does not change: it is safe for concurrent use, and nobody writes to what its methods point to. An i is from 0 to Len()-1.
type Listing struct {
	files []File      // of a Project
	order []int32     // places in files; nil: as they are
	sets  []int32     // by place: the number of the tag set; nil: that of all wheels is 1
	tags  [][]tag.Tag // distinct tag sets; the first is none
	sheet *Sheet      // nil: files has all
}

// place is that of file i in files.
func (l *Listing) place(i int) int {
	if l.order == nil {
		return i
	}
	return int(l.order[i])
}

// sort sorts order. As most indexes list the files of a version together, it is runs of them that are sorted.
func (l *Listing) sort() {
	var runs [][]int32
	for rest := l.order; len(rest) > 0; {
		n := 1
		for n < len(rest) && l.key(rest[n]) == l.key(rest[0]) {
			n++
		}
		runs, rest = append(runs, rest[:n]), rest[n:]
	}
	slices.SortFunc(runs, func(a, b []int32) int { return l.compare(a[0], b[0]) })
	l.order = slices.Concat(runs...)
}

func (l *Listing) key(place int32) string { return l.files[place].Version.ExactKey() }

// compare orders files by version and spelling, and else as the project has them.
func (l *Listing) compare(a, b int32) int {
	return cmp.Or(strings.Compare(l.key(a), l.key(b)), cmp.Compare(a, b))
}

// Sheet is what the listing is of; nil: of a Project.
func (l *Listing) Sheet() *Sheet { return l.sheet }

// Len is the number of files.
func (l *Listing) Len() int {
	switch {
	case l.sheet != nil:
		return l.sheet.len()
	case l.order == nil:
		return len(l.files)
	}
	return len(l.order)
}

// Version is a file's.
func (l *Listing) Version(i int) *pep440.Version {
	if l.sheet != nil {
		return l.sheet.VersionOf(l.sheet.Of(i))
	}
	return &l.files[l.place(i)].Version
}

// Kind is Wheel or Sdist.
func (l *Listing) Kind(i int) Kind {
	if l.sheet != nil {
		return l.sheet.line(i).Kind
	}
	return l.files[l.place(i)].Kind
}

// Tags are a wheel's; an sdist has none.
func (l *Listing) Tags(i int) []tag.Tag {
	if l.sheet != nil {
		return l.sheet.line(i).Tags
	}
	return l.files[l.place(i)].Tags
}

// TagSet is the number of a file's Tags among the TagSets of the listing; 0 for none. Files of one number have the same Tags.
func (l *Listing) TagSet(i int) int {
	switch {
	case l.sheet != nil:
		return l.sheet.line(i).TagSet
	case l.sets == nil:
		return min(len(l.Tags(i)), 1)
	}
	return int(l.sets[l.place(i)])
}

// TagSets is how many numbers there are, 0 included.
func (l *Listing) TagSets() int {
	if l.sheet != nil {
		return l.sheet.TagSets()
	}
	return max(1, len(l.tags))
}

// Build is a wheel's build tag.
func (l *Listing) Build(i int) *Build {
	if l.sheet != nil {
		return &l.sheet.line(i).Build
	}
	return &l.files[l.place(i)].Build
}

// RequiresPython is what the index says that a file requires.
func (l *Listing) RequiresPython(i int) *pep440.Specifiers {
	if l.sheet != nil {
		return l.sheet.line(i).RequiresPython
	}
	return &l.files[l.place(i)].RequiresPython
}

// Yanked reports whether a file is (PEP 592).
func (l *Listing) Yanked(i int) bool {
	if l.sheet != nil {
		return l.sheet.line(i).Yanked
	}
	return l.files[l.place(i)].Yanked
}

// Uploaded is when a file came, in UTC; zero where the index does not say.
func (l *Listing) Uploaded(i int) time.Time {
	if l.sheet != nil {
		return l.sheet.Uploaded(i)
	}
	return l.files[l.place(i)].Uploaded.UTC()
}

// File is all that the index says of a file, each time the same.
func (l *Listing) File(i int) *File {
	if l.sheet != nil {
		return l.sheet.File(i)
	}
	return &l.files[l.place(i)]
}
