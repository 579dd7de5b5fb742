package resolve

import (
	"errors"
	"fmt"

	"github.com/chandlery-go/chandlery/resolve/pep508"
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
	return fmt.Sprintf("%s is asked for by address, which an Index does not know: resolve through an index.Direct, or put its wheel into a local folder and ask for it by name", e.Requirement.Name)
}

// check refuses what no index contents could satisfy.
func (r *Request) check() error {
	if r == nil {
		return errors.New("solver: there is no request")
	}
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
