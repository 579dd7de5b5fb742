package resolve

import (
	"cmp"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
)

// page is the wheels and sdists of a project by version, oldest first, as most indexes list them. 1.0 and 1.0.0 are one version, spelt the first way. The index's own list,
// which others read too, stays as it is: the page holds places in it.
type page struct {
	files  []dist.File
	order  []int32 // places in files
	starts []int32 // where in order each version begins, and at last where all end
}

func newPage(files []dist.File) page {
	room := make([]int32, 2*len(files)+1)
	pg := page{files: files, order: room[:0:len(files)], starts: room[len(files):len(files)]}
	sorted := true
	for i := range files {
		f, n := &files[i], len(pg.order)
		if f.Kind == dist.Other || f.Version.IsZero() {
			continue
		}
		sorted = sorted && (n == 0 || pg.compare(pg.order[n-1], int32(i)) < 0)
		pg.order = append(pg.order, int32(i))
	}
	if !sorted {
		pg.sort()
	}
	for i, place := range pg.order {
		if i == 0 || !files[place].Version.Equal(files[pg.order[i-1]].Version) {
			pg.starts = append(pg.starts, int32(i))
		}
	}
	pg.starts = append(pg.starts, int32(len(pg.order)))
	return pg
}

// sort sorts order. As most indexes list the files of a version together, it is runs of them that are sorted.
func (pg *page) sort() {
	var runs [][]int32
	for rest := pg.order; len(rest) > 0; {
		n := 1
		for n < len(rest) && pg.key(rest[n]) == pg.key(rest[0]) {
			n++
		}
		runs, rest = append(runs, rest[:n]), rest[n:]
	}
	slices.SortFunc(runs, func(a, b []int32) int { return pg.compare(a[0], b[0]) })
	pg.order = slices.Concat(runs...)
}

func (pg *page) key(place int32) string { return pg.files[place].Version.ExactKey() }

// compare orders files by version and spelling, and else as the index has them.
func (pg *page) compare(a, b int32) int {
	if c := strings.Compare(pg.key(a), pg.key(b)); c != 0 {
		return c
	}
	return cmp.Compare(a, b)
}

// count is the number of versions.
func (pg *page) count() int { return len(pg.starts) - 1 }

// of lists the places of a version's files.
func (pg *page) of(version int) []int32 { return pg.order[pg.starts[version]:pg.starts[version+1]] }

func (pg *page) version(i int) pep440.Version { return pg.files[pg.order[pg.starts[i]]].Version }
