package resolve

import (
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
)

// page is the wheels and sdists of a project by version, oldest first. 1.0 and 1.0.0 are one version, spelt the first way. A file's place is that in the list.
type page struct {
	list     *dist.Listing
	sheet    *dist.Sheet // the list's; may be nil
	starts   []int32     // where in the list each version begins, and at last where all end
	releases []int32     // of the sheet: the first of each version, and at last their number; nil: each version is one
}

func newPage(list *dist.Listing) page {
	n := list.Len()
	if list.Sheet() != nil {
		return newSheetPage(list, int32(n))
	}
	pg := page{list: list, starts: make([]int32, 0, n+1)}
	var last *pep440.Version
	for i := range n {
		v := list.Version(i)
		if last == nil || v != last && !v.Equal(*last) {
			pg.starts = append(pg.starts, int32(i))
		}
		last = v
	}
	pg.starts = append(pg.starts, int32(n))
	return pg
}

// newSheetPage looks at no file and no version.
func newSheetPage(list *dist.Listing, n int32) page {
	sheet := list.Sheet()
	pg := page{list: list, sheet: sheet, starts: make([]int32, 0, len(sheet.Releases)+1)}
	for i := range sheet.Releases {
		r := &sheet.Releases[i]
		switch {
		case r.Again && pg.releases == nil:
			pg.releases = numbersTo(len(pg.starts))
		case r.Again:
		default:
			pg.starts = append(pg.starts, r.First)
			if pg.releases != nil {
				pg.releases = append(pg.releases, int32(i))
			}
		}
	}
	pg.starts = append(pg.starts, n)
	if pg.releases != nil {
		pg.releases = append(pg.releases, int32(len(sheet.Releases)))
	}
	return pg
}

// numbersTo lists the numbers below n.
func numbersTo(n int) []int32 {
	list := make([]int32, n)
	for i := range list {
		list[i] = int32(i)
	}
	return list
}

// count is the number of versions.
func (pg *page) count() int { return len(pg.starts) - 1 }

// of is the places of a version's files: from the first up to, not with, the second.
func (pg *page) of(version int) (from, to int32) { return pg.starts[version], pg.starts[version+1] }

// release is the sheet's first release of a version.
func (pg *page) release(version int) int {
	if pg.releases == nil {
		return version
	}
	return int(pg.releases[version])
}

// shape is what the files of a version are on the sheet, as many versions' files are; false where there is no sheet, or several releases are the version.
func (pg *page) shape(version int) (shape int, ok bool) {
	if pg.sheet == nil || pg.releases != nil && pg.releases[version]+1 != pg.releases[version+1] {
		return 0, false
	}
	return int(pg.sheet.Releases[pg.release(version)].Shape), true
}

func (pg *page) version(i int) pep440.Version {
	if pg.sheet != nil {
		return *pg.sheet.VersionOf(pg.release(i))
	}
	return *pg.list.Version(int(pg.starts[i]))
}

// exactKey is what sorts a version.
func (pg *page) exactKey(i int) string {
	if pg.sheet != nil {
		return pg.sheet.ExactKey(pg.release(i))
	}
	return pg.list.Version(int(pg.starts[i])).ExactKey()
}

func (pg *page) isPrerelease(i int) bool {
	if pg.sheet != nil {
		return pg.sheet.Releases[pg.release(i)].Prerelease
	}
	return pg.list.Version(int(pg.starts[i])).IsPrerelease()
}
