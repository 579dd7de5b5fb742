package tag

// Set is the ordered list of the tags that a target admits, most preferred first. Immutable, safe for concurrent use. The zero Set admits nothing.
type Set struct {
	tags []Tag
	rank map[Tag]int // of a caller's own list
	grid grid        // else
}

// NewSet is a Set of the caller's own list; a repeated tag keeps its first place.
func NewSet(tags []Tag) *Set {
	s := &Set{tags: make([]Tag, 0, len(tags)), rank: make(map[Tag]int, len(tags))}
	for _, t := range tags {
		s.add(t)
	}
	return s
}

func (s *Set) add(t Tag) {
	if _, ok := s.rank[t]; !ok {
		s.rank[t] = len(s.tags)
		s.tags = append(s.tags, t)
	}
}

// Tags is the list, in order; the caller must not change it.
func (s *Set) Tags() []Tag { return s.tags }

// Rank is the smallest place of any of tags in the set (0 is best); ok is false where none is in it.
func (s *Set) Rank(tags []Tag) (rank int, ok bool) {
	for _, t := range tags {
		if r, in := s.place(t); in && (!ok || r < rank) {
			rank, ok = r, true
		}
	}
	return rank, ok
}

func (s *Set) place(t Tag) (int, bool) {
	if s.rank == nil {
		return s.grid.place(t)
	}
	r, ok := s.rank[t]
	return r, ok
}
