package index

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// FirstOf combines indexes: a project is wholly that of the first index that knows it, and later ones are not asked (no dependency confusion). An index
// that fails fails the question. The result is a resolve.Prefetcher and a resolve.Lister too, and is as safe for concurrent use as the indexes are.
func FirstOf(indexes ...resolve.Index) resolve.Index { return &firstOf{indexes: indexes} }

type firstOf struct {
	indexes []resolve.Index
	owners  sync.Map // pep508.Name -> resolve.Index
}

var _ resolve.Lister = (*firstOf)(nil)

func (f *firstOf) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	return first(f, name, func(ix resolve.Index) (*dist.Project, error) { return ix.Project(ctx, name) })
}

func (f *firstOf) Listing(ctx context.Context, name pep508.Name) (*dist.Listing, error) {
	return first(f, name, func(ix resolve.Index) (*dist.Listing, error) { return resolve.ListingOf(ctx, ix, name) })
}

// first is the answer of the first index that knows a project, which owns it from then on.
func first[T any](f *firstOf, name pep508.Name, ask func(resolve.Index) (*T, error)) (*T, error) {
	err := fmt.Errorf("project %s: no index to ask: %w", name, dist.ErrNotFound)
	for _, ix := range f.indexes {
		var answer *T
		if answer, err = ask(ix); err == nil {
			f.owners.Store(name, ix)
			return answer, nil
		}
		if !errors.Is(err, dist.ErrNotFound) {
			return nil, err
		}
	}
	return nil, err
}

// Metadata asks the index that the file's project comes from.
func (f *firstOf) Metadata(ctx context.Context, file dist.File) (*dist.Metadata, error) {
	owner, ok := f.owners.Load(file.Name)
	if !ok {
		if _, err := f.Listing(ctx, file.Name); err != nil {
			return nil, err
		}
		owner, _ = f.owners.Load(file.Name)
	}
	return owner.(resolve.Index).Metadata(ctx, file)
}

func (f *firstOf) Prefetch(ctx context.Context, names ...pep508.Name) {
	prefetch(ctx, f, names, DefaultConcurrent)
}
