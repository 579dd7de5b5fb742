package dist

import (
	"time"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Project is all files of one project on an index (PEP 503, PEP 691), in the index's order, which means nothing.
type Project struct {
	Name  pep508.Name
	Files []File
}

// File is one file of a Project, as an index offers it.
type File struct {
	Filename       // parsed
	Artifact       // where it is and what it must hash to
	RequiresPython pep440.Specifiers
	Yanked         bool
	YankedReason   string
	Uploaded       time.Time // zero: the index does not say
	MetadataHash   string    // sha256 of the PEP 658 file, hex; "true" where offered without hash; "" where not offered
	Index          string    // the index that offered it, without credentials
}

// Artifact is a downloadable file.
type Artifact struct {
	File   string            // base name
	URL    string            // absolute; file: for local
	Size   int64             // -1: unknown
	Hashes map[string]string // algorithm (sha256) -> lower-case hex
}
