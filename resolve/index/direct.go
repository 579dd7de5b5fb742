package index

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Direct is a resolve.Resolver for requests that ask for files by their address: name @ https://files.example/name-1.0-py3-none-any.whl, or @ file:///… (PEP 508; PEP
// 440, "Direct references"). Such a project has that one file and no other, whatever an index says of it; what else requires the project has to admit its version.
//
//   - The file is brought when the request is read, once in a Direct's life. What the address's fragment says it hashes to (#sha256=…) is enforced; without that it is
//     taken as it comes, and its sha256 binds whoever fetches it later. Its metadata is its own.
//   - It is a wheel or, where the policy has sdists and Index can tell their metadata (venv/build), an sdist. Folders and version control are refused.
//   - A requirement whose marker holds nowhere on the platform asks for nothing: its file is not brought. Several addresses of one project that are in force on a
//     platform are files of one version.
//   - A distribution may ask for a file by address only where the request names the same address: what strangers require is not fetched from anywhere.
//
// The Resolution's Reasons have the address, without user info, query and fragment, and File.URL is without user info. Safe for concurrent use; not to be copied, nor
// its fields changed, after first use.
type Direct struct {
	Index   resolve.Index                           // required: all other projects
	Fetcher dist.Fetcher                            // required; only a Learner brings files from the net without a hash
	Solver  func(ix resolve.Index) resolve.Resolver // nil: a resolve.Solver

	files onceMap[string, *directFile]
}

var _ resolve.Resolver = (*Direct)(nil)

// DirectError says why a file that a request names by its address cannot be used. Where its bytes are to blame Err is, as of any other file, a *dist.HashError, a
// *WheelError or a *dist.MetadataError.
type DirectError struct {
	Name   pep508.Name
	URL    string // without user info, query and fragment
	Reason string // "" where Err says all
	Err    error
}

func (e *DirectError) Error() string {
	text := fmt.Sprintf("%s @ %s", e.Name, e.URL)
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

func (e *DirectError) Unwrap() error { return e.Err }

// Resolve brings the files, and has the Solver resolve the rest. What is wrong with a file is a *DirectError.
func (d *Direct) Resolve(ctx context.Context, req *resolve.Request) (*resolve.Resolution, error) {
	if req == nil {
		return d.solver(d.Index).Resolve(ctx, nil) // which says so
	}
	named := slices.Concat(req.Requirements, req.Constraints, req.Overrides)
	if !slices.ContainsFunc(named, func(r pep508.Requirement) bool { return r.URL != "" }) {
		return d.solver(d.Index).Resolve(ctx, req)
	}
	x := &directIndex{Index: d.Index, files: map[pep508.Name][]*directFile{}}
	for _, f := range d.all(ctx, req.Platform, named) {
		if f.err == nil {
			f.err = x.add(f.directFile)
		}
		if f.err != nil {
			return nil, f.err
		}
	}
	plain := *req
	plain.Requirements, plain.Constraints, plain.Overrides = x.all(req.Requirements), x.all(req.Constraints), x.all(req.Overrides)
	set, err := d.solver(x).Resolve(ctx, &plain)
	if err != nil {
		return nil, err
	}
	return x.restore(set, req), nil
}

// outcome is what became of one address.
type outcome struct {
	*directFile
	err error
}

// all brings the files that are in force on a platform, several at once, in the order of the list.
func (d *Direct) all(ctx context.Context, pl resolve.Platform, named []pep508.Requirement) []outcome {
	named = slices.DeleteFunc(named, func(r pep508.Requirement) bool { return r.URL == "" || !anywhere(pl, r.Marker) })
	out := make([]outcome, len(named))
	var g errgroup.Group
	g.SetLimit(DefaultConcurrent)
	for i, r := range named {
		g.Go(func() error {
			out[i].directFile, out[i].err = d.file(ctx, r)
			return nil
		})
	}
	_ = g.Wait() // each keeps its error
	return out
}

func (d *Direct) solver(ix resolve.Index) resolve.Resolver {
	if d.Solver != nil {
		return d.Solver(ix)
	}
	return &resolve.Solver{Index: ix}
}

// anywhere reports whether a marker may hold on a platform.
func anywhere(pl resolve.Platform, m pep508.Marker) bool {
	return slices.ContainsFunc(pl.Variants, func(v resolve.Variant) bool { return v.Truth(m) != pep508.False })
}
