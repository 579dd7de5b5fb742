package dist

import (
	"sort"
	"sync/atomic"
	"time"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/tag"
)

// Sheet is what an index's own form of a page says of a project, release by release. A Listing of it makes no File and no Version but those that are asked for, and looks at what many
// releases have in common once. It does not change once there is a Listing of it.
type Sheet struct {
	Text     string    // what the releases are cut from
	Releases []Release // by ExactKey, oldest first, none twice
	Shapes   [][]int32 // what the files of a release are, in their order, by number of a Line: many releases have the same
	Lines    []Line
	Uploaded func(n int) time.Time // when file n came, from 0 on; in UTC, zero where the index does not say
	File     func(n int) *File     // all of file n: each time the same, from any goroutine, without fail

	versions []atomic.Pointer[pep440.Version] // of the releases; nil: not asked for yet
	tagSets  int
}

// Release is the files of one version in one spelling. It holds no pointers, so that the collector passes thousands of them over.
type Release struct {
	Key        Cut   // pep440.Version.ExactKey
	Version    Cut   // pep440.Version.Original
	First      int32 // the number of its first file
	Shape      int32 // the place of its shape
	Prerelease bool
	Again      bool // it is the version of the release before, spelt otherwise
}

// Cut is a part of Sheet.Text, from one byte up to, not with, another.
type Cut struct{ From, To int32 }

// Line is what a choice looks at of a file, but for its version and the time of its upload.
type Line struct {
	Kind           Kind // Wheel or Sdist
	Tags           []tag.Tag
	TagSet         int // the number of Tags in the sheet; 0: none
	Build          Build
	RequiresPython *pep440.Specifiers // not nil; lines that require the same should share it
	Yanked         bool
}

// Listing is the list of a sheet's files. Those of one release come by their names.
func (s *Sheet) Listing() *Listing {
	s.versions = make([]atomic.Pointer[pep440.Version], len(s.Releases))
	for i := range s.Lines {
		s.tagSets = max(s.tagSets, s.Lines[i].TagSet)
	}
	return &Listing{sheet: s}
}

// ExactKey is that of a release's version.
func (s *Sheet) ExactKey(release int) string { return s.cut(s.Releases[release].Key) }

func (s *Sheet) cut(c Cut) string { return s.Text[c.From:c.To] }

// VersionOf is a release's version.
func (s *Sheet) VersionOf(release int) *pep440.Version {
	at := &s.versions[release]
	if at.Load() == nil {
		v, _ := pep440.Parse(s.cut(s.Releases[release].Version)) // one that is none is none here
		at.CompareAndSwap(nil, &v)
	}
	return at.Load()
}

// TagSets is how many numbers of tag sets there are, 0 included. The sheet has a Listing.
func (s *Sheet) TagSets() int { return s.tagSets + 1 }

// Of is the place of the release that file n is of.
func (s *Sheet) Of(n int) int {
	return sort.Search(len(s.Releases), func(i int) bool { return int(s.Releases[i].First) > n }) - 1
}

func (s *Sheet) line(n int) *Line {
	r := &s.Releases[s.Of(n)]
	return &s.Lines[s.Shapes[r.Shape][n-int(r.First)]]
}

func (s *Sheet) len() int {
	if len(s.Releases) == 0 {
		return 0
	}
	last := &s.Releases[len(s.Releases)-1]
	return int(last.First) + len(s.Shapes[last.Shape])
}
