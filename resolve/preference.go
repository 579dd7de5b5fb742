package resolve

import "iter"

// prereleases is how the solver takes those of one project.
type prereleases int8

const (
	lastResort prereleases = iota // after all final releases
	admitted                      // like any release
	refused                       // not at all
)

// preference is the order in which the releases of a project that may be chosen are tried: class by class, in each the newest (or oldest) first. Pre-releases come as
// they are taken, and after all others what was yanked.
type preference struct {
	classes [3]versionSet
	lowest  bool
}

func (p *project) preference() preference {
	all := p.candidates
	if p.how == refused {
		all = all.Intersect(p.prereleases.Complement())
	}
	out := preference{lowest: p.lowest}
	rest := all.Intersect(p.yanked.Complement())
	if p.how == lastResort {
		out.classes[1] = rest.Intersect(p.prereleases)
		rest = rest.Intersect(p.prereleases.Complement())
	}
	out.classes[0], out.classes[2] = rest, all.Intersect(p.yanked)
	return out
}

// among lists the releases that may be chosen and that set admits, the most preferred first.
func (o *preference) among(set versionSet) iter.Seq[int] {
	return func(yield func(int) bool) {
		for _, class := range o.classes {
			in := class.Intersect(set)
			members := in.newest()
			if o.lowest {
				members = in.oldest()
			}
			for i := range members {
				if !yield(i) {
					return
				}
			}
		}
	}
}

// first is the most preferred release that set admits; -1 where there is none.
func (o *preference) first(set versionSet) int {
	for _, class := range o.classes {
		i := class.newestIn(set)
		if o.lowest {
			i = class.oldestIn(set)
		}
		if i >= 0 {
			return i
		}
	}
	return -1
}
