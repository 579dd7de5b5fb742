package tag

// kin is what a tag has beside its platform.
type kin struct{ interpreter, abi string }

// grid knows the places of a list in which each of some kins has a tag for each of some platforms, kin by kin, and then some have one for any platform. It takes an
// entry a kin and an entry a platform, where a map of all tags has their product, a thousand and more: programs make several such lists at their start.
type grid struct {
	kins      map[kin]row
	platforms map[string]int // place within a row
}

// row is where a kin's tags stand: those for each platform one after the other, and the one for any platform. -1 is nowhere.
type row struct{ first, anywhere int }

// newGridSet is the Set of the tags of each kin on each platform, and of those anywhere.
func newGridSet(each []kin, platforms []string, anywhere []kin) *Set {
	tags := make([]Tag, 0, len(each)*len(platforms)+len(anywhere))
	for _, k := range each {
		for _, p := range platforms {
			tags = append(tags, Tag{k.interpreter, k.abi, p})
		}
	}
	for _, k := range anywhere {
		tags = append(tags, Tag{k.interpreter, k.abi, "any"})
	}
	g := newGrid(each, platforms, anywhere)
	if _, twice := g.platforms["any"]; twice || len(g.platforms) < len(platforms) || len(g.kins) < len(each) {
		return NewSet(tags) // some tag stands in the list twice
	}
	return &Set{tags: tags, grid: g}
}

func newGrid(each []kin, platforms []string, anywhere []kin) grid {
	g := grid{make(map[kin]row, len(each)+len(anywhere)), make(map[string]int, len(platforms))}
	for i, p := range platforms {
		g.platforms[p] = i
	}
	for i, k := range each {
		g.kins[k] = row{i * len(platforms), -1}
	}
	for i, k := range anywhere {
		r, also := g.kins[k]
		if !also {
			r.first = -1
		}
		r.anywhere = len(each)*len(platforms) + i
		g.kins[k] = r
	}
	return g
}

// place is that of a tag in the list; ok is false where it is not in it.
func (g grid) place(t Tag) (place int, ok bool) {
	r, ok := g.kins[kin{t.Interpreter, t.ABI}]
	if !ok || t.Platform == "any" {
		return r.anywhere, ok && r.anywhere >= 0
	}
	column, ok := g.platforms[t.Platform]
	return r.first + column, ok && r.first >= 0
}
