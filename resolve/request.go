package resolve

import (
	"fmt"
	"time"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Policy says which of the candidates may be chosen.
type Policy struct {
	ExcludeNewer time.Time // files uploaded at or after it, or without a time, do not exist; zero: all
	Prereleases  Prereleases
	Sdists       bool // sdists are candidates too (an Index that can give their metadata is needed)
}

// Prereleases is the policy for pre-releases; the zero value is PEP 440's.
type Prereleases int8

const (
	IfNecessary Prereleases = iota // where a requirement names one, or no final release satisfies
	Allow
	Forbid
)

// Request is what to resolve.
type Request struct {
	Requirements []pep508.Requirement
	Constraints  []pep508.Requirement // limit a version where the project is chosen anyhow
	Overrides    []pep508.Requirement // replace every requirement on their project, extras and marker included
	Platform     Platform
	Policy       Policy
}

// DirectURLError refuses a requirement that names a file by its address (PEP 440, "Direct references"): an Index knows projects only.
type DirectURLError struct{ Requirement pep508.Requirement }

func (e *DirectURLError) Error() string {
	return fmt.Sprintf("%s is asked for by address, which is not supported: put its wheel into an index or a local folder and ask for it by name", e.Requirement.Name)
}

// check refuses what no index contents could satisfy.
func (r *Request) check() error {
	if len(r.Platform.Variants) == 0 || r.Platform.Python.IsZero() {
		return fmt.Errorf("platform %q has no Python or no variant: make it with NewPlatform", r.Platform.Name)
	}
	for _, list := range [][]pep508.Requirement{r.Requirements, r.Constraints, r.Overrides} {
		for _, q := range list {
			if q.URL != "" {
				return &DirectURLError{q}
			}
		}
	}
	return nil
}
