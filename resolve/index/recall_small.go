package index

import (
	"context"
	"slices"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// small is an Index that has what an answer chose, and nothing else.
type small struct {
	projects map[pep508.Name]*dist.Project
	metadata map[string]func(context.Context) (*dist.Metadata, error) // by file name
}

// smallOf is that of a Resolution, whose metadata is all there.
func smallOf(r *resolve.Resolution) *small {
	s := &small{projects: make(map[pep508.Name]*dist.Project, len(r.Pins)), metadata: make(map[string]func(context.Context) (*dist.Metadata, error), len(r.Pins))}
	for i := range r.Pins {
		pin, p := &r.Pins[i], &dist.Project{Name: r.Pins[i].Name}
		for v := range pin.Files {
			if f := &pin.Files[v]; f.File != "" && s.metadata[f.File] == nil {
				p.Files = append(p.Files, *f)
				s.metadata[f.File] = func(context.Context) (*dist.Metadata, error) { return pin.Metadata[v], nil }
			}
		}
		s.projects[p.Name] = p
	}
	return s
}

// Project gives the files that were chosen.
func (s *small) Project(_ context.Context, name pep508.Name) (*dist.Project, error) {
	if p := s.projects[name]; p != nil {
		return p, nil
	}
	return nil, dist.ErrNotFound
}

// Metadata gives what a file states.
func (s *small) Metadata(ctx context.Context, f dist.File) (*dist.Metadata, error) {
	if read := s.metadata[f.File]; read != nil {
		return read(ctx)
	}
	return nil, dist.ErrNotFound
}

// sameChoice reports whether two answers to one request, of the same files and metadata, chose the same for the same reasons.
func sameChoice(a, b *resolve.Resolution) bool {
	return slices.EqualFunc(a.Pins, b.Pins, func(p, q resolve.Pin) bool {
		return p.Name == q.Name && p.Version.ExactKey() == q.Version.ExactKey() && slices.Equal(p.Extras, q.Extras) && slices.Equal(p.UnknownExtras, q.UnknownExtras) &&
			slices.EqualFunc(p.Files, q.Files, func(f, g dist.File) bool { return f.File == g.File }) &&
			slices.EqualFunc(p.RequiredBy, q.RequiredBy, func(x, y resolve.Reason) bool {
				return x.By == y.By && x.Requirement.Name == y.Requirement.Name && x.Constraint == y.Constraint && x.Unknown == y.Unknown
			})
	})
}
