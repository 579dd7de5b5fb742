package resolvers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// AllowList is a Resolver that chooses only what a company has approved. Another Resolver does the work, over an Index that shows nothing else.
type AllowList struct {
	Index   resolve.Index                               // of all there is
	New     func(resolve.Index) resolve.Resolver        // makes the Resolver that does the work
	Allowed func(pep508.Name) (pep440.Specifiers, bool) // the versions of a project that are approved; false: none is
}

// NotApprovedError says that there is a solution, but only with what is not approved. It wraps the refusal.
type NotApprovedError struct {
	Missing []string // the pins, "name==version", that a solution without the list would take and that the list leaves out
	Err     *resolve.NoSolutionError
}

func (e *NotApprovedError) Error() string {
	return fmt.Sprintf("%v\nto be approved: %s", e.Err, strings.Join(e.Missing, ", "))
}

func (e *NotApprovedError) Unwrap() error { return e.Err }

// Resolve resolves with what is approved. Where that will not do, it resolves once more without the list, to say what would have to be approved.
func (a *AllowList) Resolve(ctx context.Context, req *resolve.Request) (*resolve.Resolution, error) {
	r, err := a.New(&approved{a.Index, a.Allowed}).Resolve(ctx, req)
	var none *resolve.NoSolutionError
	if !errors.As(err, &none) {
		return r, err
	}
	all, without := a.New(a.Index).Resolve(ctx, req)
	if without != nil {
		return nil, err // the list is not at fault
	}
	missing := &NotApprovedError{Err: none}
	for _, p := range all.Pins {
		if s, ok := a.Allowed(p.Name); !ok || !s.Contains(p.Version) {
			missing.Missing = append(missing.Missing, fmt.Sprintf("%s==%s", p.Name, p.Version))
		}
	}
	return nil, missing
}

// approved is an Index without what is not approved.
type approved struct {
	resolve.Index
	allowed func(pep508.Name) (pep440.Specifiers, bool)
}

// Project leaves out the files of other versions. A project that is not approved at all is as good as unknown.
func (a *approved) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	s, ok := a.allowed(name)
	if !ok {
		return nil, fmt.Errorf("project %s is not on the list of what is approved: %w", name, dist.ErrNotFound)
	}
	p, err := a.Index.Project(ctx, name)
	if err != nil {
		return nil, err
	}
	// The page is shared with others: leave it as it is.
	files := slices.DeleteFunc(slices.Clone(p.Files), func(f dist.File) bool { return !s.Contains(f.Version) })
	return &dist.Project{Name: p.Name, Files: files}, nil
}

// Prefetch hands the names on, which an embedded Index would not do.
func (a *approved) Prefetch(ctx context.Context, names ...pep508.Name) {
	if p, ok := a.Index.(resolve.Prefetcher); ok {
		p.Prefetch(ctx, slices.DeleteFunc(slices.Clone(names), func(n pep508.Name) bool {
			_, ok := a.allowed(n)
			return !ok
		})...)
	}
}
