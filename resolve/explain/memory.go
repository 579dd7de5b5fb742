package explain

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// memory is an Index that asks another one each question once, so that all solves of an answer see the same contents. Failures but "not found" are forgotten.
type memory struct {
	index resolve.Index

	mu       sync.Mutex
	projects map[pep508.Name]answered[*dist.Project]
	listings map[pep508.Name]answered[*dist.Listing]
	metadata map[string]answered[*dist.Metadata] // by address and name of the file
}

type answered[T any] struct {
	value T
	err   error
}

func newMemory(x resolve.Index) *memory {
	return &memory{index: x, projects: map[pep508.Name]answered[*dist.Project]{}, listings: map[pep508.Name]answered[*dist.Listing]{}, metadata: map[string]answered[*dist.Metadata]{}}
}

func (m *memory) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	return remember(&m.mu, m.projects, name, func() (*dist.Project, error) { return m.index.Project(ctx, name) })
}

func (m *memory) Listing(ctx context.Context, name pep508.Name) (*dist.Listing, error) {
	return remember(&m.mu, m.listings, name, func() (*dist.Listing, error) {
		if l, ok := m.index.(resolve.Lister); ok {
			return l.Listing(ctx, name)
		}
		p, err := m.Project(ctx, name)
		if err != nil {
			return nil, err
		}
		return dist.NewListing(p), nil
	})
}

func (m *memory) Metadata(ctx context.Context, f dist.File) (*dist.Metadata, error) {
	return remember(&m.mu, m.metadata, f.URL+" "+f.File, func() (*dist.Metadata, error) { return m.index.Metadata(ctx, f) })
}

func remember[K comparable, V any](mu *sync.Mutex, known map[K]answered[V], key K, ask func() (V, error)) (V, error) {
	mu.Lock()
	a, ok := known[key]
	mu.Unlock()
	if ok {
		return a.value, a.err
	}
	a.value, a.err = ask()
	if a.err == nil || errors.Is(a.err, dist.ErrNotFound) {
		mu.Lock()
		known[key] = a
		mu.Unlock()
	}
	return a.value, a.err
}

func (m *memory) Prefetch(ctx context.Context, names ...pep508.Name) {
	p, ok := m.index.(resolve.Prefetcher)
	if !ok {
		return
	}
	m.mu.Lock()
	fresh := slices.DeleteFunc(slices.Clone(names), func(n pep508.Name) bool {
		_, listed := m.listings[n]
		_, ok := m.projects[n]
		return ok || listed
	})
	m.mu.Unlock()
	if len(fresh) > 0 {
		p.Prefetch(ctx, fresh...)
	}
}

// pages notes what was read through it of a memory.
type pages struct {
	*memory

	mu   sync.Mutex
	read map[pep508.Name]*dist.Listing
	told map[pep508.Name][]*dist.Metadata
}

func (p *pages) Project(ctx context.Context, name pep508.Name) (*dist.Project, error) {
	page, err := p.memory.Project(ctx, name)
	if err == nil {
		p.note(name, dist.NewListing(page))
	}
	return page, err
}

func (p *pages) Listing(ctx context.Context, name pep508.Name) (*dist.Listing, error) {
	list, err := p.memory.Listing(ctx, name)
	if err == nil {
		p.note(name, list)
	}
	return list, err
}

func (p *pages) note(name pep508.Name, list *dist.Listing) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.read == nil {
		p.read = map[pep508.Name]*dist.Listing{}
	}
	p.read[name] = list
}

func (p *pages) Metadata(ctx context.Context, f dist.File) (*dist.Metadata, error) {
	m, err := p.memory.Metadata(ctx, f)
	if err == nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.told == nil {
			p.told = map[pep508.Name][]*dist.Metadata{}
		}
		p.told[f.Name] = append(p.told[f.Name], m)
	}
	return m, err
}

// concerned are the projects that were read and that a report names; all that were read where it names none of them. They come by name.
func (p *pages) concerned(report words) []pep508.Name {
	p.mu.Lock()
	defer p.mu.Unlock()
	var named, all []pep508.Name
	for name := range p.read {
		all = append(all, name)
		if report[name] {
			named = append(named, name)
		}
	}
	if len(named) == 0 {
		named = all
	}
	slices.Sort(named)
	return named
}

// of is the page of a project that was read, its wheels and sdists, and the metadata that was.
func (p *pages) of(name pep508.Name) (*dist.Project, []*dist.Metadata) {
	p.mu.Lock()
	defer p.mu.Unlock()
	page, list := &dist.Project{Name: name}, p.read[name]
	for i := range list.Len() {
		page.Files = append(page.Files, *list.File(i))
	}
	return page, slices.Clone(p.told[name])
}
