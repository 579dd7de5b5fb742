package resolve

import (
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
)

// page is the wheels and sdists of a project by version, oldest first. 1.0 and 1.0.0 are one version, spelt the first way. A file's place is that in the list.
type page struct {
	list   *dist.Listing
	starts []int32 // where in the list each version begins, and at last where all end
}

func newPage(list *dist.Listing) page {
	n := list.Len()
	pg := page{list, make([]int32, 0, n+1)}
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

// count is the number of versions.
func (pg *page) count() int { return len(pg.starts) - 1 }

// of is the places of a version's files: from the first up to, not with, the second.
func (pg *page) of(version int) (from, to int32) { return pg.starts[version], pg.starts[version+1] }

func (pg *page) version(i int) pep440.Version { return *pg.list.Version(int(pg.starts[i])) }

// exactKey is what sorts a version.
func (pg *page) exactKey(i int) string { return pg.list.Version(int(pg.starts[i])).ExactKey() }
