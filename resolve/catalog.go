package resolve

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// parallel bounds the questions that one resolution has open at the index.
const parallel = 32

// catalog holds what one resolution has learned from the index. It is used by one goroutine; its loads ask many questions at once and end
// when all are answered, so that nothing depends on which answer comes first.
type catalog struct {
	index    Index
	policy   Policy
	rules    rules
	wishes   map[pep508.Name][]pep440.Specifiers // of the request
	projects map[pep508.Name]*project
}

// project is a project that was loaded.
func (c *catalog) project(name pep508.Name) *project { return c.projects[name] }

// load brings projects in. What goes wrong is kept with the project: it matters only if the project does.
func (c *catalog) load(ctx context.Context, names []pep508.Name) error {
	var fresh []pep508.Name
	for _, n := range names {
		if _, ok := c.projects[n]; !ok && !slices.Contains(fresh, n) {
			fresh = append(fresh, n)
		}
	}
	if p, ok := c.index.(Prefetcher); ok && len(fresh) > 1 {
		p.Prefetch(ctx, fresh...)
	}
	loaded := make([]*project, len(fresh))
	each(len(fresh), func(i int) { loaded[i] = c.ask(ctx, fresh[i]) })
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, p := range loaded {
		p.heed(c.wishes[p.name], c.policy.Prereleases)
		c.projects[p.name] = p
	}
	return nil
}

func (c *catalog) ask(ctx context.Context, name pep508.Name) *project {
	p, err := c.index.Project(ctx, name)
	if err == nil {
		return newProject(p, name, c.rules.platform, c.policy)
	}
	out := newProject(&dist.Project{}, name, c.rules.platform, c.policy)
	out.missing = errors.Is(err, dist.ErrNotFound)
	if !out.missing {
		out.err = fmt.Errorf("project %s: %w", name, err)
	}
	return out
}

// want is a release's metadata for one variant.
type want struct {
	*release
	variant int
}

// loadMetadata brings metadata in. What goes wrong is kept with the release.
func (c *catalog) loadMetadata(ctx context.Context, wants []want) error {
	var files []dist.File
	var entries []*metadata
	for _, w := range wants {
		if !w.usable(w.variant) || w.entry(w.variant) != nil {
			continue
		}
		if w.learned == nil {
			w.learned = &learned{metadata: make([]*metadata, len(w.files))}
		}
		for i, m := range w.metadata {
			if m != nil && w.files[i] == w.files[w.variant] {
				w.metadata[w.variant] = m
			}
		}
		if w.metadata[w.variant] == nil {
			w.metadata[w.variant] = &metadata{}
			entries = append(entries, w.metadata[w.variant])
			files = append(files, *w.files[w.variant])
		}
	}
	each(len(files), func(i int) { entries[i].Metadata, entries[i].err = c.index.Metadata(ctx, files[i]) })
	return ctx.Err()
}

// each calls f with 0…n-1, several at once, and returns when all calls have.
func each(n int, f func(int)) {
	if n == 1 {
		f(0)
		return
	}
	var g errgroup.Group
	g.SetLimit(parallel)
	for i := range n {
		g.Go(func() error {
			f(i)
			return nil
		})
	}
	_ = g.Wait() // f keeps its errors
}

// defect says why a release cannot be used on a variant in spite of its file name: its metadata, which is loaded, is invalid, another
// distribution's, or for other Pythons. err is what is not the release's fault.
func (c *catalog) defect(r *release, variant int) (why string, err error) {
	m := r.metadata[variant]
	var invalid *dist.MetadataError
	switch {
	case errors.As(m.err, &invalid):
		return invalid.Error(), nil
	case m.err != nil:
		return "", fmt.Errorf("metadata of %s: %w", r.files[variant].File, m.err)
	case m.Metadata == nil:
		return "", fmt.Errorf("metadata of %s: the index gave neither an answer nor an error", r.files[variant].File)
	}
	if err := m.Matches(r.files[variant].Filename); err != nil {
		return err.Error(), nil
	}
	if python := c.rules.platform.Python; !m.RequiresPython.IsEmpty() && !m.RequiresPython.Contains(python) {
		return fmt.Sprintf("its metadata requires Python %s, not %s", m.RequiresPython, python), nil
	}
	return "", nil
}
