package index

import (
	"context"
	"fmt"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Pinned sends a project that is named in Pins to its index and to no other: where that does not know it, or has no version that is wanted, nobody else is asked, so that a
// name that somebody took on a public index is never looked at (dependency confusion). An index that stands in Pins alone is asked for nothing else. It is
// a resolve.Index, a resolve.Prefetcher and a resolve.Lister, as safe for concurrent use as the indexes are; its fields do not change after first use.
type Pinned struct {
	Pins map[pep508.Name]resolve.Index // names are normalised
	Rest resolve.Index                 // of every other project; nil: none is known
}

var (
	_ resolve.Index      = (*Pinned)(nil)
	_ resolve.Prefetcher = (*Pinned)(nil)
	_ resolve.Lister     = (*Pinned)(nil)
)

// Project gives the files of a project from the one index that it may come from. An unknown one is an error that wraps dist.ErrNotFound.
func (p *Pinned) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	ix, err := p.of(name)
	if err != nil {
		return nil, err
	}
	return ix.Project(ctx, name)
}

// Listing gives the same files in brief.
func (p *Pinned) Listing(ctx context.Context, name pep508.Name) (*dist.Listing, error) {
	ix, err := p.of(name)
	if err != nil {
		return nil, err
	}
	return resolve.ListingOf(ctx, ix, name)
}

// Metadata asks the index that the file's project may come from.
func (p *Pinned) Metadata(ctx context.Context, f dist.File) (*dist.Metadata, error) {
	ix, err := p.of(f.Name)
	if err != nil {
		return nil, err
	}
	return ix.Metadata(ctx, f)
}

// Prefetch brings projects into the memory of the indexes that keep them there.
func (p *Pinned) Prefetch(ctx context.Context, names ...pep508.Name) {
	prefetch(ctx, p, names, DefaultConcurrent)
}

func (p *Pinned) of(name pep508.Name) (resolve.Index, error) {
	ix, pinned := p.Pins[name]
	if !pinned {
		ix = p.Rest
	}
	if ix == nil {
		return nil, fmt.Errorf("project %s: no index to ask: %w", name, dist.ErrNotFound)
	}
	return ix, nil
}
