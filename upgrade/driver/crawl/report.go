package crawl

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Event tells of one release that is done with.
type Event struct {
	Distribution pep508.Name
	Version      pep440.Version
	From         From
	Done, Total  int   // releases
	Bytes        int64 // of the files that were fetched so far
	Err          error // why the release is left out
}

// From says where the content of a release was taken from.
type From string

const (
	FromOld   From = "old"   // the Index that was given
	FromCache From = "cache" // what an earlier run read
	FromFile  From = "file"  // a wheel or sdist
	FromNone  From = ""      // it is left out
)

// Report says what a run did.
type Report struct {
	Kept    int // releases that the old Index had
	Cached  int // releases out of the Cache
	Fetched int // releases whose file was read
	Bytes   int64
	Sources int // distinct texts of all releases that were not kept
	Parsed  int // of them: in this run; the others came out of the Cache

	Failed     []*ReleaseError // releases that are left out
	Absent     []Named         // releases that the plan names and the index does not have
	Newer      []Named         // final releases of the component on the index, newer than all of the plan: its data should be refreshed
	Unreadable []Unreadable    // files that stand as Dynamic modules as they cannot be parsed
}

// Named is a release of a distribution.
type Named struct {
	Distribution pep508.Name
	Version      pep440.Version
}

func (n Named) String() string { return string(n.Distribution) + " " + n.Version.String() }

// Unreadable is a module whose text cannot be parsed, in the first release that has it.
type Unreadable struct {
	Named
	Module string
	Reason string
}

// ReleaseError says why one release is left out of the Index.
type ReleaseError struct {
	Named
	Err error
}

func (e *ReleaseError) Error() string { return fmt.Sprintf("%s: %v", e.Named, e.Err) }
func (e *ReleaseError) Unwrap() error { return e.Err }

// report counts what a run did.
func (r *run) report() *Report {
	told := &Report{Bytes: r.bytes, Parsed: r.surfaces.parsed, Sources: len(r.surfaces.modules), Newer: r.newer}
	for _, t := range r.targets {
		switch {
		case t.absent:
			told.Absent = append(told.Absent, t.Named)
		case t.err != nil:
			told.Failed = append(told.Failed, &ReleaseError{t.Named, t.err})
		case t.from == FromOld:
			told.Kept++
		case t.from == FromCache:
			told.Cached++
		case t.from == FromFile:
			told.Fetched++
		}
	}
	for _, u := range r.broken {
		told.Unreadable = append(told.Unreadable, u)
	}
	slices.SortFunc(told.Unreadable, func(a, b Unreadable) int {
		return cmp.Or(cmp.Compare(a.Distribution, b.Distribution), a.Version.Compare(b.Version), cmp.Compare(a.Module, b.Module))
	})
	return told
}

// nothing says why there is no release.
func (r *run) nothing() error {
	for _, t := range r.targets {
		if t.component && t.err != nil {
			return fmt.Errorf("%s: %w: %w", r.plan.Component, ErrNothing, t.err)
		}
	}
	return fmt.Errorf("%s: %w: the plan names none", r.plan.Component, ErrNothing)
}
