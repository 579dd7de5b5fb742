package index

import (
	"context"
	"slices"
	"sync"

	"github.com/chandlery-go/chandlery/internal/transport"
	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// directIndex answers for the projects that a request names by address.
type directIndex struct {
	resolve.Index
	files  map[pep508.Name][]*directFile
	before sync.Map // *dist.Metadata with plain requirements -> *dist.Metadata as it is
}

// add takes a file in.
func (x *directIndex) add(f *directFile) error {
	for _, g := range x.files[f.Name] {
		switch {
		case g == f:
			return nil
		case !g.Version.Equal(f.Version) || g.File.File == f.File.File:
			return f.fail("another address of the project is named too: "+transport.Redact(g.asked)+": name one of them, or have markers tell them apart", nil)
		}
	}
	x.files[f.Name] = append(x.files[f.Name], f)
	return nil
}

// Project gives the named files of a project.
func (x *directIndex) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	named, ok := x.files[name]
	if !ok {
		return x.Index.Project(ctx, name)
	}
	p := &dist.Project{Name: name}
	for _, f := range named {
		p.Files = append(p.Files, f.File)
	}
	return p, nil
}

// Listing gives the same files in brief.
func (x *directIndex) Listing(ctx context.Context, name pep508.Name) (*dist.Listing, error) {
	if _, ok := x.files[name]; !ok {
		return resolve.ListingOf(ctx, x.Index, name)
	}
	p, err := x.Project(ctx, name)
	if err != nil {
		return nil, err
	}
	return dist.NewListing(p), nil
}

// Metadata is a named wheel's own; addresses in it that the request has as well are plain requirements.
func (x *directIndex) Metadata(ctx context.Context, f dist.File) (*dist.Metadata, error) {
	for _, g := range x.files[f.Name] {
		if g.URL == f.URL && g.metadata != nil {
			return x.plain(g.metadata), nil
		}
	}
	m, err := x.Index.Metadata(ctx, f)
	if err != nil {
		return nil, err
	}
	return x.plain(m), nil
}

// Prefetch hands on the names that the index is asked for.
func (x *directIndex) Prefetch(ctx context.Context, names ...pep508.Name) {
	if p, ok := x.Index.(resolve.Prefetcher); ok {
		p.Prefetch(ctx, slices.DeleteFunc(slices.Clone(names), func(n pep508.Name) bool { return x.files[n] != nil })...)
	}
}

// plain is metadata in which the addresses that the request names too are versions.
func (x *directIndex) plain(m *dist.Metadata) *dist.Metadata {
	if !slices.ContainsFunc(m.RequiresDist, func(r pep508.Requirement) bool { return x.named(r) != nil }) {
		return m
	}
	out := *m
	out.RequiresDist = slices.Clone(m.RequiresDist)
	for i, r := range out.RequiresDist {
		if f := x.named(r); f != nil {
			out.RequiresDist[i] = f.version(r)
		}
	}
	x.before.Store(&out, m)
	return &out
}

// named is the file that a requirement names by an address that the request has too; nil where there is none.
func (x *directIndex) named(r pep508.Requirement) *directFile {
	if r.URL == "" {
		return nil
	}
	for _, f := range x.files[r.Name] {
		if sameAddress(f.asked, r.URL) {
			return f
		}
	}
	return nil
}

// all are the requirements with versions in place of addresses. What is in force nowhere keeps its marker alone.
func (x *directIndex) all(list []pep508.Requirement) []pep508.Requirement {
	out := slices.Clone(list)
	for i, r := range out {
		if r.URL == "" {
			continue
		}
		if f := x.named(r); f != nil {
			out[i] = f.version(r)
		} else {
			out[i].URL = ""
		}
	}
	return out
}

// version is the requirement with the file's version in place of its address.
func (f *directFile) version(r pep508.Requirement) pep508.Requirement {
	r.URL, r.Specifiers = "", pep440.Exactly(f.Version)
	return r
}

// restore puts the addresses back into a resolution.
func (x *directIndex) restore(set *resolve.Resolution, req *resolve.Request) *resolve.Resolution {
	asked := map[pep508.Name][]pep508.Requirement{"": slices.Concat(req.Requirements, req.Overrides, req.Constraints)}
	for i := range set.Pins {
		p := &set.Pins[i]
		for n, m := range p.Metadata {
			if before, ok := x.before.Load(m); ok {
				p.Metadata[n] = before.(*dist.Metadata)
			}
			if p.Metadata[n] != nil {
				asked[p.Name] = append(asked[p.Name], p.Metadata[n].RequiresDist...)
			}
		}
	}
	for i := range set.Pins {
		for n, reason := range set.Pins[i].RequiredBy {
			for _, r := range slices.Concat(asked[reason.By], req.Overrides) {
				if f := x.named(r); f != nil && f.version(r).String() == reason.Requirement.String() {
					r.URL = transport.Redact(r.URL)
					set.Pins[i].RequiredBy[n].Requirement = r
					break
				}
			}
		}
	}
	return set
}
