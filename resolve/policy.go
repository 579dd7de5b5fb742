package resolve

import (
	"time"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Policy says which of a project's versions and files may be chosen, and which is preferred. The zero Policy takes the newest version that has a wheel, pre-releases as
// PEP 440 has them. What is said of a single project stands in place of what is said of all.
type Policy struct {
	Select Select

	ExcludeNewer   time.Time                 // files uploaded at or after it, or without a time, do not exist; zero: all (pip's --uploaded-prior-to, uv's --exclude-newer)
	ExcludeNewerOf map[pep508.Name]time.Time // for single projects; zero: no limit (uv's --exclude-newer-package)

	Prereleases   Prereleases
	PrereleasesOf map[pep508.Name]Prereleases // for single projects (pip's --all-releases and --only-final, uv's --prerelease-package)

	Sdists    bool                    // sdists are candidates too (an Index that can give their metadata is needed)
	NoWheels  bool                    // wheels are none (pip's and uv's --no-binary for all)
	FormatsOf map[pep508.Name]Formats // for single projects (pip's --only-binary and --no-binary)
}

// Select is which of the releases that satisfy is preferred; the package documentation says what follows. The names are those of uv's --resolution.
type Select int8

const (
	Newest       Select = iota
	Lowest              // the lowest of every project
	LowestDirect        // the lowest of the projects that the request's requirements name, the newest of the others
)

// Prereleases is the policy for pre-releases; the zero value is PEP 440's.
type Prereleases int8

const (
	IfNecessary Prereleases = iota // where a requirement names one, or no final release satisfies
	Allow
	Forbid
)

// Formats are the kinds of files that may be chosen of a project: wheels alone are pip's --only-binary, sdists alone its --no-binary; of the zero Formats nothing can be.
type Formats struct{ Wheels, Sdists bool }

// For is the policy for one project: what is said of it stands for all, and nothing is said of single projects.
func (p Policy) For(name pep508.Name) Policy {
	if limit, ok := p.ExcludeNewerOf[name]; ok {
		p.ExcludeNewer = limit
	}
	if how, ok := p.PrereleasesOf[name]; ok {
		p.Prereleases = how
	}
	if f, ok := p.FormatsOf[name]; ok {
		p.NoWheels, p.Sdists = !f.Wheels, f.Sdists
	}
	p.ExcludeNewerOf, p.PrereleasesOf, p.FormatsOf = nil, nil, nil
	return p
}

// lowest reports whether the oldest releases of a project come first; direct: the request names it.
func (s Select) lowest(direct bool) bool {
	return s == Lowest || s == LowestDirect && direct
}

// tooNew reports whether a file does not exist, by the time of its upload.
func (p *Policy) tooNew(list *dist.Listing, place int) bool {
	if p.ExcludeNewer.IsZero() {
		return false
	}
	uploaded := list.Uploaded(place)
	return uploaded.IsZero() || !uploaded.Before(p.ExcludeNewer)
}
