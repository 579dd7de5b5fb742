package resolve

import (
	"context"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Resolver finds the complete set of distributions that satisfies a request on its platform. The answer is deterministic: the same
// request on the same index contents gives the same Resolution. Safe for concurrent use; returns promptly when ctx ends and leaves no goroutine
// behind. No set that satisfies the request is a *NoSolutionError.
type Resolver interface {
	Resolve(ctx context.Context, req *Request) (*Resolution, error)
}

// ResolverFunc is a function as a Resolver.
type ResolverFunc func(ctx context.Context, req *Request) (*Resolution, error)

// Resolve calls f.
func (f ResolverFunc) Resolve(ctx context.Context, req *Request) (*Resolution, error) {
	return f(ctx, req)
}

// Index knows projects and their metadata. Safe for concurrent use. An unknown project is an error that wraps dist.ErrNotFound. What it returns is
// shared: nobody changes it.
type Index interface {
	Project(ctx context.Context, name pep508.Name) (*dist.Project, error)
	Metadata(ctx context.Context, f dist.File) (*dist.Metadata, error)
}

// Prefetcher is optional on an Index: Prefetch brings projects into memory, ahead of the questions. It blocks until done or ctx ends; errors are
// reported by the question that needs the answer. A wrapper that embeds an Index interface loses it.
type Prefetcher interface {
	Prefetch(ctx context.Context, names ...pep508.Name)
}
