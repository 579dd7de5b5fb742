package pylock

import (
	"time"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

const (
	// LockVersion is the version of the format that this package writes ("lock-version").
	LockVersion = "1.0"
	// CreatedBy is what a Lock of New says of its tool ("created-by").
	CreatedBy = "chandlery"
)

// Lock is a lock file: all packages that may be installed, and for which environments. Its fields have the specification's names and meaning.
type Lock struct {
	LockVersion      string          // "1.0"
	Environments     []pep508.Marker // it is for where any of them holds; none: for all
	RequiresPython   pep440.Specifiers
	Extras           []pep508.Name // nil: not said; empty but not nil: said that there are none
	DependencyGroups []pep508.Name // likewise
	DefaultGroups    []pep508.Name
	CreatedBy        string
	Packages         []Package
	Tool             map[string]any // tables of tools, by the tool's name: of TOML's types, time.Time for a date with offset

	Unknown []string // keys of a later minor version that this package does not know, for a warning; never written
}

// Package is an entry of packages. It has one source: VCS, Directory or Archive, or Sdist and Wheels.
type Package struct {
	Name                  pep508.Name
	Version               pep440.Version // zero: not said, as of a source tree
	Marker                pep508.Marker  // zero: always
	RequiresPython        pep440.Specifiers
	Dependencies          []map[string]any // what tells another entry from the rest, such as its name; for information only
	VCS                   *VCS
	Directory             *Directory
	Archive               *Archive
	Index                 string // the index's address
	Sdist                 *File
	Wheels                []File
	AttestationIdentities []map[string]any // each has a kind
	Tool                  map[string]any   // never affects what is installed
}

// VCS is a source tree in version control ("packages.vcs").
type VCS struct {
	Type              string // git
	URL               string // or Path
	Path              string // as File.Path
	RequestedRevision string
	CommitID          string
	Subdirectory      string
}

// Directory is a source tree in a folder ("packages.directory").
type Directory struct {
	Path         string // as File.Path
	Editable     bool
	Subdirectory string
}

// Archive is an archive by its own address, not out of an index ("packages.archive").
type Archive struct {
	File         // without Name
	Subdirectory string
}

// File is a wheel, an sdist or an archive ("packages.wheels").
type File struct {
	Name       string // "": the last part of Path, or of URL
	UploadTime time.Time
	URL        string            // or Path
	Path       string            // slash-separated; where relative, from the lock file's folder
	Size       int64             // in bytes; 0: not said
	Hashes     map[string]string // algorithm, such as sha256 -> hexadecimal digits
}
