package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/pylock"
)

// unlisted is what to do about lines whose --hash leave out every wheel that would fit; "" where there are none.
func (in *inputs) unlisted(ctx context.Context, ix resolve.Index, pl resolve.Platform) string {
	var all []string
	for _, l := range slices.Concat(in.Requirements.Requirements, in.Constraints) {
		if len(l.Hashes) == 0 || l.Requirement.URL != "" || !appliesTo(pl, l.Requirement.Marker) {
			continue
		}
		fits := func(f dist.File) bool {
			return f.Kind == dist.Wheel && l.Requirement.Specifiers.Contains(f.Version) && suitsAny(pl, f)
		}
		alone := &pylock.Requirements{Requirements: []pylock.Line{l}}
		p, err := ix.Project(ctx, l.Requirement.Name)
		listed, lerr := alone.Restrict(ix).Project(ctx, l.Requirement.Name)
		if err != nil || lerr != nil {
			continue // it is told with the solution's failure
		}
		if i := slices.IndexFunc(p.Files, fits); i >= 0 && !slices.ContainsFunc(listed.Files, fits) {
			all = append(all, fmt.Sprintf("no --hash of %s:%d is that of %s: list it too, if you trust the file", l.File, l.Line, p.Files[i].File))
		}
	}
	return strings.Join(all, "\n")
}

// appliesTo reports whether a marker may hold on a platform.
func appliesTo(pl resolve.Platform, m pep508.Marker) bool {
	return slices.ContainsFunc(pl.Variants, func(v resolve.Variant) bool { return v.Truth(m) != pep508.False })
}

// suitsAny reports whether a wheel is for one of a platform's machines.
func suitsAny(pl resolve.Platform, f dist.File) bool {
	return slices.ContainsFunc(pl.Variants, func(v resolve.Variant) bool {
		_, ok := v.Tags.Rank(f.Tags)
		return ok
	})
}
