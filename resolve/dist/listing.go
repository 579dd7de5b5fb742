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
// its spelling (pep440.Version.ExactKey), oldest first, and else in the order that they were given in. Of a ListingBuilder one takes some forty bytes, where a File takes several
// hundred. A Listing does not change: it is safe for concurrent use, and nobody writes to what its methods point to. An i is from 0 to Len()-1.
type Listing struct {
	files []File  // of a Project; nil: entries hold all
	order []int32 // places in files; nil: as they are
	sets  []int32 // by place: the number of the tag set; nil: that of all wheels is 1

	entries  []entry
	versions []pep440.Version
	tags     [][]tag.Tag // distinct tag sets; the first is none
	builds   []Build
	pythons  []*pep440.Specifiers
	whole    func(n int) *File
}

// entry is one file. It holds no pointers, so that the collector passes thousands of them over.
type entry struct {
	seconds     int64 // of the upload
	nanoseconds int32
	added       int32 // how many were before
	version     int32 // in versions, and so on
	tags        int32
	build       int32
	python      int32
	kind        Kind
	yanked      bool
}

// NewListing is the listing of a Project, which it points to: the Project must not change any more.
func NewListing(p *Project) *Listing {
	l := &Listing{files: p.Files, tags: [][]tag.Tag{nil}}
	sorted, last, sets := true, "", numbers[tagSet]{}
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

// Len is the number of files.
func (l *Listing) Len() int {
	if l.order == nil {
		return len(l.files) + len(l.entries)
	}
	return len(l.order)
}

// Version is a file's.
func (l *Listing) Version(i int) *pep440.Version {
	if l.files != nil {
		return &l.files[l.place(i)].Version
	}
	return &l.versions[l.entries[i].version]
}

// Kind is Wheel or Sdist.
func (l *Listing) Kind(i int) Kind {
	if l.files != nil {
		return l.files[l.place(i)].Kind
	}
	return l.entries[i].kind
}

// Tags are a wheel's; an sdist has none.
func (l *Listing) Tags(i int) []tag.Tag {
	if l.files != nil {
		return l.files[l.place(i)].Tags
	}
	return l.tags[l.entries[i].tags]
}

// TagSet is the number of a file's Tags among the TagSets of the listing; 0 for none. Files of one number have the same Tags.
func (l *Listing) TagSet(i int) int {
	switch {
	case l.files == nil:
		return int(l.entries[i].tags)
	case l.sets == nil:
		return min(len(l.Tags(i)), 1)
	}
	return int(l.sets[l.place(i)])
}

// TagSets is how many numbers there are, 0 included.
func (l *Listing) TagSets() int { return max(1, len(l.tags)) }

// number is that of a tag set among those of the list, which has it from then on.
func (l *Listing) number(sets *numbers[tagSet], tags []tag.Tag) int32 {
	if len(tags) == 0 {
		return 0
	}
	number, fresh := sets.add(tagSet{&tags[0], len(tags)})
	if fresh {
		l.tags = append(l.tags, tags)
	}
	return number
}

// Build is a wheel's build tag.
func (l *Listing) Build(i int) *Build {
	if l.files != nil {
		return &l.files[l.place(i)].Build
	}
	return &l.builds[l.entries[i].build]
}

// RequiresPython is what the index says that a file requires.
func (l *Listing) RequiresPython(i int) *pep440.Specifiers {
	if l.files != nil {
		return &l.files[l.place(i)].RequiresPython
	}
	return l.pythons[l.entries[i].python]
}

// Yanked reports whether a file is (PEP 592).
func (l *Listing) Yanked(i int) bool {
	if l.files != nil {
		return l.files[l.place(i)].Yanked
	}
	return l.entries[i].yanked
}

// Uploaded is when a file came, in UTC; zero where the index does not say.
func (l *Listing) Uploaded(i int) time.Time {
	if l.files != nil {
		return l.files[l.place(i)].Uploaded.UTC()
	}
	return time.Unix(l.entries[i].seconds, int64(l.entries[i].nanoseconds)).UTC()
}

// File is all that the index says of a file, each time the same.
func (l *Listing) File(i int) *File {
	if l.files != nil {
		return &l.files[l.place(i)]
	}
	return l.whole(int(l.entries[i].added))
}
