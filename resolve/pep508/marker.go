package pep508

import "strings"

// MaxDepth bounds how deep parentheses nest in a marker.
const MaxDepth = 64

// Marker is a parsed environment marker; the zero Marker is true everywhere. Immutable, safe for concurrent use.
type Marker struct{ root *node }

// node is a comparison, or a list of two or more nodes that are joined by and or by or. Lists of one kind do not nest.
type node struct {
	comparison
	join  join
	nodes []*node
}

type join int8

const (
	leaf join = iota
	and
	or
)

// ParseMarker reads a marker of at most MaxRequirement bytes, parentheses nested at most MaxDepth deep. The error is a *ParseError.
func ParseMarker(s string) (Marker, error) {
	sc, err := newScanner("marker", s)
	if err != nil {
		return Marker{}, err
	}
	return sc.marker()
}

// marker reads a marker to the end of the input.
func (s *scanner) marker() (Marker, error) {
	root, err := s.list(or)
	if err == nil && !s.atEnd() {
		err = s.fail("want and, or, or the end of the marker")
	}
	if err != nil {
		return Marker{}, err
	}
	return Marker{root}, nil
}

// list reads nodes that are joined by j; and binds closer than or.
func (s *scanner) list(j join) (*node, error) {
	var nodes []*node
	for {
		n, err := s.operand(j)
		if err != nil {
			return nil, err
		}
		if n.join == j { // a or (b or c)
			nodes = append(nodes, n.nodes...)
		} else {
			nodes = append(nodes, n)
		}
		if !s.keyword(j.String()) {
			break
		}
	}
	if len(nodes) == 1 {
		return nodes[0], nil
	}
	return &node{join: j, nodes: nodes}, nil
}

func (s *scanner) operand(j join) (*node, error) {
	if j == or {
		return s.list(and)
	}
	s.blanks()
	n, err := s.atom()
	s.blanks()
	return n, err
}

// atom reads a comparison, or a marker in parentheses.
func (s *scanner) atom() (*node, error) {
	open := s.pos
	if !s.accept('(') {
		c, err := s.comparison()
		if err != nil {
			return nil, err
		}
		return &node{comparison: c}, nil
	}
	if s.depth++; s.depth > MaxDepth {
		return nil, s.failAt(open, "parentheses nested too deep")
	}
	n, err := s.list(or)
	if err != nil {
		return nil, err
	}
	s.depth--
	if !s.accept(')') {
		return nil, s.fail("want and, or, or a )")
	}
	return n, nil
}

func (j join) String() string {
	if j == and {
		return "and"
	}
	return "or"
}

// IsZero reports whether m is the zero Marker, which is true everywhere.
func (m Marker) IsZero() bool { return m.root == nil }

// String is the canonical text: variables by their PEP 508 names, double quotes where possible, one space between words, and parentheses
// only around an or within an and. It parses to the same marker. The zero Marker's is "", which does not parse.
func (m Marker) String() string {
	if m.IsZero() {
		return ""
	}
	var b strings.Builder
	m.root.write(&b)
	return b.String()
}

func (n *node) write(b *strings.Builder) {
	if n.join == leaf {
		n.comparison.write(b)
		return
	}
	for i, sub := range n.nodes {
		if i > 0 {
			b.WriteString(" " + n.join.String() + " ")
		}
		if sub.join == or { // within an and
			b.WriteByte('(')
			sub.write(b)
			b.WriteByte(')')
		} else {
			sub.write(b)
		}
	}
}

// UsesExtra reports whether the marker mentions `extra`.
func (m Marker) UsesExtra() bool {
	return m.has(func(c *comparison) bool { return c.left.variable == extra || c.right.variable == extra })
}

// Undefined lists the comparisons that have no meaning, such as `os_name ~= "nt"` or `python_version ~= "surprise"`, for which PEP 508
// ("Environment Markers") asks for an error: Evaluate takes them as False. It is nil where all have one.
func (m Marker) Undefined() []string {
	var out []string
	m.has(func(c *comparison) bool {
		if c.rule == undefined {
			var b strings.Builder
			c.write(&b)
			out = append(out, b.String())
		}
		return false
	})
	return out
}

// has reports whether f is true for a comparison.
func (m Marker) has(f func(*comparison) bool) bool {
	return m.root != nil && m.root.has(f)
}

func (n *node) has(f func(*comparison) bool) bool {
	if n.join == leaf {
		return f(&n.comparison)
	}
	for _, sub := range n.nodes {
		if sub.has(f) {
			return true
		}
	}
	return false
}
