package resolve

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

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
	direct   map[pep508.Name]bool                // named by the request's requirements
	wishes   map[pep508.Name][]pep440.Specifiers // of the request
	projects map[pep508.Name]*project
}

// wish notes what the request says of a project.
func (c *catalog) wish(d dependency) {
	if !d.Specifiers.IsEmpty() {
		c.wishes[d.Name] = append(c.wishes[d.Name], d.Specifiers)
	}
}

// project is a project that was loaded.
func (c *catalog) project(name pep508.Name) *project { return c.projects[name] }

// load brings projects in. What goes wrong is kept with the project: it matters only if the project does.
func (c *catalog) load(ctx context.Context, names []pep508.Name) error {
	var fresh []pep508.Name
	for _, n := range names {
		if _, ok := c.projects[n]; !ok {
			c.projects[n] = nil
			fresh = append(fresh, n)
		}
	}
	if len(fresh) == 0 {
		return ctx.Err()
	}
	if p, ok := c.index.(Prefetcher); ok && len(fresh) > 1 {
		p.Prefetch(ctx, fresh...)
	}
	loaded := make([]*project, len(fresh))
	each(len(fresh), func(i int) { loaded[i] = c.ask(ctx, fresh[i]) })
	for _, p := range loaded {
		p.lowest = c.policy.Select.lowest(c.direct[p.name])
		p.heed(c.wishes[p.name])
		c.projects[p.name] = p
	}
	return ctx.Err()
}

func (c *catalog) ask(ctx context.Context, name pep508.Name) *project {
	list, err := ListingOf(ctx, c.index, name)
	if err == nil {
		return newProject(list, name, c.rules.platform, c.policy)
	}
	out := newProject(&dist.Listing{}, name, c.rules.platform, c.policy)
	out.missing = errors.Is(err, dist.ErrNotFound)
	if !out.missing {
		out.err = fmt.Errorf("project %s: %w", name, err)
	}
	return out
}

// want is a release's metadata for one variant.
type want struct {
	release
	variant int
}

// loadMetadata brings metadata in. What goes wrong is kept with the release.
func (c *catalog) loadMetadata(ctx context.Context, wants []want) error {
	var entries []*metadata
	for _, w := range wants {
		if !w.usable(w.variant) || w.entry(w.variant) != nil {
			continue
		}
		l, place := w.know(), w.place(w.variant)
		for _, m := range l.metadata {
			if m != nil && m.place == place {
				l.metadata[w.variant] = m
			}
		}
		if l.metadata[w.variant] == nil {
			l.metadata[w.variant] = &metadata{place: place, file: w.list.File(int(place))}
			entries = append(entries, l.metadata[w.variant])
		}
	}
	each(len(entries), func(i int) {
		m := entries[i]
		m.Metadata, m.err = c.index.Metadata(ctx, *m.file)
	})
	return ctx.Err()
}

// each calls f with 0…n-1, several at once, and returns when all calls have.
func each(n int, f func(int)) {
	if n == 1 {
		f(0)
		return
	}
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(n, parallel) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	workers.Wait()
}

// defect says why a release cannot be used on a variant in spite of its file name: its metadata, which is loaded, is invalid, another
// distribution's, or for other Pythons. err is what is not the release's fault.
func (c *catalog) defect(r release, variant int) (why string, err error) {
	m := r.entry(variant)
	if !m.judged {
		m.flaw, m.fault = c.examine(m)
		m.judged = true
	}
	return m.flaw, m.fault
}

func (c *catalog) examine(m *metadata) (flaw string, fault error) {
	f := m.file
	switch {
	case m.err != nil:
		var invalid *dist.MetadataError
		if errors.As(m.err, &invalid) {
			return invalid.Error(), nil
		}
		return "", fmt.Errorf("metadata of %s: %w", f.File, m.err)
	case m.Metadata == nil:
		return "", fmt.Errorf("metadata of %s: the index gave neither an answer nor an error", f.File)
	}
	if err := m.Matches(f.Filename); err != nil {
		return err.Error(), nil
	}
	if python := c.rules.platform.Python; !m.RequiresPython.IsEmpty() && !m.RequiresPython.Contains(python) {
		return fmt.Sprintf("its metadata requires Python %s, not %s", m.RequiresPython, python), nil
	}
	return "", nil
}
