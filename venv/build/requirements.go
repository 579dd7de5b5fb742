package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// set is what a list of build requirements came to.
type set struct {
	resolution *resolve.Resolution
	key        string // names its content: versions and hashes
}

// resolve finds the build requirements for the interpreter's own platform, each list once. Sdists among them are candidates, and still are sdists in the set.
func (b *Builder) resolve(ctx context.Context, requires []pep508.Requirement) (*set, error) {
	texts := make([]string, len(requires))
	for i, r := range requires {
		texts[i] = r.String()
	}
	slices.Sort(texts)
	key := "resolve " + strings.Join(slices.Compact(texts), "\n")
	return fly(ctx, &b.flights, key, "", func(ctx context.Context) (*set, error) {
		platform, err := b.Python.Platform("the build environment")
		if err != nil {
			return nil, err
		}
		r := b.Resolver
		if r == nil {
			r = &resolve.Solver{Index: b}
		}
		resolution, err := r.Resolve(ctx, &resolve.Request{
			Requirements: requires, Constraints: b.Constraints, Platform: platform, Policy: resolve.Policy{Sdists: true},
		})
		if err != nil {
			return nil, err
		}
		return &set{resolution, setKey(resolution)}, nil
	})
}

func setKey(r *resolve.Resolution) string {
	h := sha256.New()
	for _, p := range r.Pins {
		for _, f := range p.Files {
			hash := f.Hashes["sha256"]
			if hash == "" {
				hash = f.URL
			}
			fmt.Fprintf(h, "%q %q %q %q\n", p.Name, p.Version, f.File, hash)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}
