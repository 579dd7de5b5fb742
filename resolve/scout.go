package resolve

import (
	"context"
	"slices"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// scout goes ahead of the survey: as soon as an answer names a project it asks for that, and then for the metadata of the release that is likely to stand for it, while the
// survey waits for the whole of a round. What it asks for depends on the order of the answers; what they mean does not, as the survey and the search ask all their questions
// themselves, and find the answers there. Where answers come at once, nobody goes ahead.
type scout struct {
	*catalog
	seen   map[key]bool
	visits map[pep508.Name]*visit // as the scout sees them
	limit  int                    // of projects
}

func sendScout(ctx context.Context, c *catalog, request []reach, limit int) *scout {
	s := &scout{catalog: c, seen: map[key]bool{}, visits: map[pep508.Name]*visit{}, limit: limit}
	s.follow(ctx, request)
	return s
}

// follow asks for what requirements name, and for what follows from answers that are there.
func (s *scout) follow(ctx context.Context, list []reach) {
	for len(list) > 0 {
		r := list[0]
		v, ok := s.visits[r.Name]
		if !ok && len(s.visits) < s.limit {
			v = &visit{hint: anything()}
			s.visits[r.Name] = v
			s.look(ctx, r.Name)
		}
		if list = list[1:]; v == nil {
			continue
		}
		v.met = append(v.met, r)
		if v.project = s.project(r.Name); v.project != nil {
			list = append(list, s.pursue(ctx, v)...)
		}
	}
}

// found is told of a project.
func (s *scout) found(ctx context.Context, p *project) {
	if v := s.visits[p.name]; v != nil && v.project == nil {
		v.project = p
		s.follow(ctx, s.pursue(ctx, v))
	}
}

// pursue asks for what is needed of a project whose page is there, and lists what is known to follow from it.
func (s *scout) pursue(ctx context.Context, v *visit) (list []reach) {
	if !v.settled {
		for i := range v.met {
			s.narrow(v, &v.met[i])
		}
		v.settle()
	}
	for _, r := range v.met {
		for i := range r.keys() {
			if k := r.key(i); !s.seen[k] {
				s.seen[k] = true
				list = append(list, s.pick(ctx, v, k)...)
			}
		}
	}
	v.met = v.met[:0]
	return list
}

// pick asks for the metadata of the release that stands for a project. That of an sdist may have to be built, which is not done on a guess: only where the request pins it.
func (s *scout) pick(ctx context.Context, v *visit, k key) (list []reach) {
	if v.best < 0 || !v.release(v.best).usable(k.variant) {
		return nil
	}
	place := v.release(v.best).place(k.variant)
	pins := func(wish pep440.Specifiers) bool { return wish.Pins(v.version(v.best)) }
	if v.list.Kind(int(place)) != dist.Wheel && !slices.ContainsFunc(s.wishes[k.name], pins) {
		return nil
	}
	m := s.metadata(ctx, v.project, place)
	if !m.answered {
		m.followers = append(m.followers, k)
		return nil
	}
	return s.named(nil, m, k)
}

// learned is told of metadata.
func (s *scout) learned(ctx context.Context, m *metadata) {
	for _, k := range m.followers {
		s.follow(ctx, s.named(nil, m, k))
	}
	m.followers = nil
}

// correct tells which release the survey has stand for a project where k is needed.
func (s *scout) correct(ctx context.Context, by *visit, k key) {
	if v := s.visits[k.name]; v != nil && v.settled && v.best != by.best {
		v.best = by.best
		s.follow(ctx, s.pick(ctx, v, k))
	}
}
