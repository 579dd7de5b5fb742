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

// Prefetcher is optional on an Index: Prefetch brings projects into memory, ahead of the questions, for whoever knows them all at once. (The Solver does not: it asks for each as soon
// as it is named.) It blocks until done or ctx ends; errors are reported by the question that needs the answer. A wrapper that embeds an Index interface loses it.
type Prefetcher interface {
	Prefetch(ctx context.Context, names ...pep508.Name)
}

// Lister is optional on an Index: Listing says of a project in brief what Project says in full, of the same files, with the same errors. The Solver asks for it where an
// Index has it, as an Index may answer it in less time and memory: of most files nobody wants to know more. Project still gives all files.
//
// A wrapper that embeds an Index interface loses it, and so stays correct. One that embeds an Index of a type that has it (index.Client) and has a Project of its own must
// have a Listing of its own too: ListingOf(ctx, inner, name) where it changes nothing, dist.NewListing of its Project where it does.
type Lister interface {
	Listing(ctx context.Context, name pep508.Name) (*dist.Listing, error)
}

// ListingOf asks an Index for a Listing, where it is no Lister for the Project.
func ListingOf(ctx context.Context, ix Index, name pep508.Name) (*dist.Listing, error) {
	if l, ok := ix.(Lister); ok {
		return l.Listing(ctx, name)
	}
	p, err := ix.Project(ctx, name)
	if err != nil {
		return nil, err
	}
	return dist.NewListing(p), nil
}
