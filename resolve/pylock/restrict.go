package pylock

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// ErrNoHashes says that a set is in pip's hash-checking mode, and that some of it has no hashes.
var ErrNoHashes = errors.New("in hash-checking mode everything that is installed is listed with its --hash, dependencies too")

// Restrict is the index without the files that the requirements do not admit: those of the wrong format (Options.Formats), and of a project with hashes those
// whose hash is none of them. Where several lines have hashes for one project, a file has to be admitted by all of them; constraints count.
func (r *Requirements) Restrict(ix resolve.Index) resolve.Index {
	if !r.Restricts() {
		return ix
	}
	return &restricted{ix, r.hashes(), r.Options.Formats}
}

// Restricts reports whether Restrict leaves anything out of some index: a line has hashes, or a format is not wanted.
func (r *Requirements) Restricts() bool {
	return len(r.Options.NoBinary) > 0 || len(r.Options.OnlyBinary) > 0 ||
		slices.ContainsFunc(slices.Concat(r.Requirements, r.Constraints), func(l Line) bool { return len(l.Hashes) > 0 })
}

// HashChecking reports whether anything asks for pip's hash-checking mode: a --hash, or --require-hashes.
func (r *Requirements) HashChecking() bool {
	return r.Options.RequireHashes || slices.ContainsFunc(r.Requirements, func(l Line) bool { return len(l.Hashes) > 0 })
}

// CheckHashes reports, in hash-checking mode, which pins have no hashes: the error wraps ErrNoHashes and names them all. Restrict saw to it that the others have one
// of theirs; what was asked for by address, and so is of no index, is compared here: the error is a *dist.HashError.
func (r *Requirements) CheckHashes(set *resolve.Resolution) error {
	hashes := r.hashes()
	for _, p := range set.Pins {
		admitted, some := hashes[p.Name]
		for _, f := range p.Files {
			if some && byAddress(p) && f.File != "" && !matches(f, admitted) {
				return mismatch(f, admitted)
			}
		}
	}
	if !r.HashChecking() {
		return nil
	}
	var missing []string
	for _, p := range set.Pins {
		if len(hashes[p.Name]) == 0 {
			missing = append(missing, fmt.Sprintf("%s==%s", p.Name, p.Version))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return fmt.Errorf("%w: %s has none", ErrNoHashes, strings.Join(missing, ", "))
}

// hashes are what the lines admit, by project, of those that say.
func (r *Requirements) hashes() map[pep508.Name]map[string][]string {
	all := map[pep508.Name]map[string][]string{}
	for _, l := range slices.Concat(r.Requirements, r.Constraints) {
		if len(l.Hashes) == 0 {
			continue
		}
		if before, ok := all[l.Requirement.Name]; ok {
			all[l.Requirement.Name] = both(before, l.Hashes)
		} else {
			all[l.Requirement.Name] = l.Hashes
		}
	}
	return all
}

// both admits what a and b do.
func both(a, b map[string][]string) map[string][]string {
	out := map[string][]string{}
	for algorithm, digests := range a {
		for _, h := range digests {
			if slices.Contains(b[algorithm], h) {
				out[algorithm] = append(out[algorithm], h)
			}
		}
	}
	return out
}

// restricted is an Index with some files left out.
type restricted struct {
	resolve.Index
	hashes  map[pep508.Name]map[string][]string
	formats Formats
}

// Project leaves out what is not admitted.
func (r *restricted) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	p, err := r.Index.Project(ctx, name)
	if err != nil {
		return nil, err
	}
	admitted, some := r.hashes[name]
	files := slices.DeleteFunc(slices.Clone(p.Files), func(f dist.File) bool {
		return f.Kind == dist.Wheel && !r.formats.Wheels(name) || f.Kind == dist.Sdist && !r.formats.Sdists(name) || some && !matches(f, admitted)
	})
	return &dist.Project{Name: p.Name, Files: files}, nil
}

// Listing gives the same files in brief.
func (r *restricted) Listing(ctx context.Context, name pep508.Name) (*dist.Listing, error) {
	if _, some := r.hashes[name]; !some && r.formats.Wheels(name) && r.formats.Sdists(name) {
		return resolve.ListingOf(ctx, r.Index, name)
	}
	p, err := r.Project(ctx, name)
	if err != nil {
		return nil, err
	}
	return dist.NewListing(p), nil
}

// Prefetch hands the names on.
func (r *restricted) Prefetch(ctx context.Context, names ...pep508.Name) {
	if p, ok := r.Index.(resolve.Prefetcher); ok {
		p.Prefetch(ctx, names...)
	}
}

// mismatch says which hash a file would have to have.
func mismatch(f dist.File, admitted map[string][]string) error {
	algorithms := slices.Sorted(maps.Keys(admitted))
	if len(algorithms) == 0 {
		return fmt.Errorf("%s: the lines that ask for it have no --hash in common", f.File)
	}
	algorithm := algorithms[0]
	return &dist.HashError{File: f.File, Algorithm: algorithm, Want: strings.Join(admitted[algorithm], " or "), Got: f.Hashes[algorithm]}
}

func matches(f dist.File, admitted map[string][]string) bool {
	for algorithm, digests := range admitted {
		if slices.Contains(digests, f.Hashes[algorithm]) {
			return true
		}
	}
	return false
}
