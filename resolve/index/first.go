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
// that fails fails the question. The result is a resolve.Prefetcher too, and is as safe for concurrent use as the indexes are.
func FirstOf(indexes ...resolve.Index) resolve.Index { return &firstOf{indexes: indexes} }

type firstOf struct {
	indexes []resolve.Index
	owners  sync.Map // pep508.Name -> resolve.Index
}

func (f *firstOf) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	err := fmt.Errorf("project %s: no index to ask: %w", name, dist.ErrNotFound)
	for _, ix := range f.indexes {
		var p *dist.Project
		if p, err = ix.Project(ctx, name); err == nil {
			f.owners.Store(name, ix)
			return p, nil
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
		if _, err := f.Project(ctx, file.Name); err != nil {
			return nil, err
		}
		owner, _ = f.owners.Load(file.Name)
	}
	return owner.(resolve.Index).Metadata(ctx, file)
}

func (f *firstOf) Prefetch(ctx context.Context, names ...pep508.Name) {
	prefetch(ctx, f, names, DefaultConcurrent)
}
