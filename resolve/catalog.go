package resolve

import (
	"context"
	"errors"
	"fmt"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// catalog holds what one resolution has learned from the index. It is used by one goroutine. Its loads end when all that they ask for is answered, so that nothing
// depends on which answer comes first.
type catalog struct {
	*inquiry
	index    Index
	policy   Policy
	rules    rules
	direct   map[pep508.Name]bool                // named by the request's requirements
	wishes   map[pep508.Name][]pep440.Specifiers // of the request
	projects map[pep508.Name]*project            // asked for; nil: not answered yet
	nodes                                        // the solver's packages
	files    map[fileOf]*metadata                // asked for
	scout    *scout                              // is told of answers; nil: nobody is
}

// fileOf is a file of a project, by its place.
type fileOf struct {
	*project
	place int32
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
	for _, n := range names {
		c.look(ctx, n)
	}
	return c.until(ctx, func() bool {
		for len(names) > 0 && c.projects[names[0]] != nil {
			names = names[1:]
		}
		return len(names) == 0
	})
}

// look asks for a project, once.
func (c *catalog) look(ctx context.Context, name pep508.Name) {
	if _, ok := c.projects[name]; ok {
		return
	}
	c.projects[name] = nil
	c.pose(func() func() {
		p := c.find(ctx, name)
		p.lowest = c.policy.Select.lowest(c.direct[name])
		p.heed(c.wishes[name])
		return func() {
			c.projects[name] = p
			if c.scout != nil {
				c.scout.found(ctx, p)
			}
		}
	})
}

func (c *catalog) find(ctx context.Context, name pep508.Name) *project {
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
		m := c.metadata(ctx, w.project, w.place(w.variant))
		w.know().metadata[w.variant] = m
		entries = append(entries, m)
	}
	return c.until(ctx, func() bool {
		for len(entries) > 0 && entries[0].answered {
			entries = entries[1:]
		}
		return len(entries) == 0
	})
}

// metadata asks for that of a file, once.
func (c *catalog) metadata(ctx context.Context, p *project, place int32) *metadata {
	of := fileOf{p, place}
	if m, ok := c.files[of]; ok {
		return m
	}
	m := &metadata{}
	c.files[of] = m
	c.pose(func() func() {
		file := p.list.File(int(place)) // may have to be read first
		answer, err := c.index.Metadata(ctx, *file)
		return func() {
			m.file, m.Metadata, m.err, m.answered = file, answer, err, true
			if c.scout != nil {
				c.scout.learned(ctx, m)
			}
		}
	})
	return m
}

// defect says why a release cannot be used on a variant in spite of its file name: its metadata, which is loaded, is invalid, another
// distribution's, or for other Pythons. err is what is not the release's fault.
func (c *catalog) defect(r release, variant int) (why string, err error) {
	return c.judge(r.entry(variant))
}

func (c *catalog) judge(m *metadata) (why string, err error) {
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
