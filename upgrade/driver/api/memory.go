package api

import "math"

// MaxCircles bounds how often names that lead to themselves are followed in one View; all others that are asked for then are Unknown.
const MaxCircles = 20_000

// memory is what was looked up, each thing with the modules that it depends on: so the next view finds again what is the same there.
type memory struct {
	ids    map[string]int // of places
	places []place        // the first is never the same
	on     bits           // the places that what is being looked up depends on

	depth     int // of what is being looked up, of which each waits for the next
	lowest    int // the least depth of what was asked for again meanwhile; 0: it is not to be kept at all
	inCircles int // of a view: what was not kept

	names    cells[string, object]
	orders   cells[lineage, []class]
	heirs    cells[string, map[string][]class]
	verdicts cells[Need, Verdict]
	options  options
}

// place is what a view has at a dotted name.
type place struct {
	name   string
	module *Module
	own    bool // the driver's
	space  bool // a package without a file
}

// never is the number of the place that stands for all that a later view must look up anew.
const never = 0

func newMemory() *memory {
	return &memory{
		ids: map[string]int{}, places: make([]place, 1), lowest: math.MaxInt,
		names: newCells[string, object](), orders: newCells[lineage, []class](), heirs: newCells[string, map[string][]class](), verdicts: newCells[Need, Verdict](),
		options: options{map[string][]option{}, map[named]bool{}},
	}
}

// place gives what the view has at a name, and notes that it was asked for.
func (l *lookup) place(name string) *place {
	id, known := l.ids[name]
	if !known {
		id = len(l.places)
		l.ids[name] = id
		l.places = append(l.places, l.look(name))
	}
	l.on.set(id)
	return &l.places[id]
}

// renew looks at all places anew, and drops what depends on one that has changed.
func (l *lookup) renew() {
	l.inCircles = 0
	var changed bits
	changed.set(never)
	for i, p := range l.places {
		if i == never {
			continue
		}
		if now := l.look(p.name); now != p {
			l.places[i] = now
			changed.set(i)
		}
	}
	l.names.drop(changed)
	l.orders.drop(changed)
	l.heirs.drop(changed)
	l.verdicts.drop(changed)
}

// cells are things looked up.
type cells[K comparable, T any] struct {
	at   map[K]int
	list []cell[T]
}

type cell[T any] struct {
	value T
	on    bits
	state cellState
	depth int // of one that is busy: how many wait for it and it for
}

type cellState uint8

const (
	open cellState = iota
	busy           // something on the way asks for it again
	done
)

func newCells[K comparable, T any]() cells[K, T] { return cells[K, T]{at: map[K]int{}} }

// get gives what was looked up; of what is being looked up, the zero T with busy.
func (c *cells[K, T]) get(m *memory, key K) (value T, state cellState) {
	i, known := c.at[key]
	if !known {
		return value, open
	}
	switch found := &c.list[i]; found.state {
	case done:
		m.on.add(found.on)
		return found.value, done
	case busy:
		m.lowest = min(m.lowest, found.depth)
		return value, busy
	}
	return value, open
}

// find looks up what get does not give. What is in a circle is not kept: the answer would be another for who enters the circle elsewhere.
func (c *cells[K, T]) find(m *memory, key K, find func() T) (value T) {
	if m.inCircles > MaxCircles {
		m.lowest = 0
		return value
	}
	i, known := c.at[key]
	if !known {
		i = len(c.list)
		c.at[key], c.list = i, append(c.list, cell[T]{})
	}
	m.depth++
	depth, on, lowest := m.depth, m.on, m.lowest
	c.list[i].state, c.list[i].depth = busy, depth
	m.on, m.lowest = nil, math.MaxInt
	value = find()
	m.depth--
	if m.lowest > depth {
		c.list[i] = cell[T]{value, m.on, done, 0}
	} else {
		c.list[i] = cell[T]{}
		m.inCircles++
	}
	if m.lowest < depth {
		lowest = min(lowest, m.lowest)
	}
	m.lowest = lowest
	on.add(m.on)
	m.on = on
	return value
}

func (c *cells[K, T]) drop(changed bits) {
	for i := range c.list {
		if c.list[i].on.meets(changed) {
			c.list[i] = cell[T]{}
		}
	}
}

// bits is a set of small numbers.
type bits []uint64

func (b *bits) set(i int) {
	for len(*b) <= i/64 {
		*b = append(*b, 0)
	}
	(*b)[i/64] |= 1 << (i % 64)
}

func (b *bits) add(other bits) {
	for len(*b) < len(other) {
		*b = append(*b, 0)
	}
	for i, word := range other {
		(*b)[i] |= word
	}
}

func (b bits) meets(other bits) bool {
	for i := range min(len(b), len(other)) {
		if b[i]&other[i] != 0 {
			return true
		}
	}
	return false
}
