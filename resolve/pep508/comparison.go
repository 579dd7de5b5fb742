package pep508

import "strings"

// comparison is left op right; each side is a variable or a literal.
type comparison struct {
	left, right operand
	op          operator
	rule        rule
	version     versionTest // where rule is byVersion and right is a literal
}

type operand struct {
	variable variable // "" for a literal
	text     string   // of a literal
}

// rule says how a comparison is decided. It follows from the variables and the operator.
type rule int8

const (
	byString rule = iota
	byVersion
	byExtra   // against the requested extras
	bySet     // membership of extras or dependency_groups
	undefined // False: PEP 508 asks for an error
)

// operator is a comparison operator as it is written.
type operator string

// operators, each before those that begin it.
var operators = []operator{"===", "==", "~=", "!=", "<=", ">=", "<", ">"}

const (
	in    operator = "in"
	notIn operator = "not in"
)

func (s *scanner) comparison() (c comparison, err error) {
	if c.left, err = s.operandOf(); err != nil {
		return c, err
	}
	s.blanks()
	if c.op, err = s.operator(); err != nil {
		return c, err
	}
	s.blanks()
	if c.right, err = s.operandOf(); err != nil {
		return c, err
	}
	c.settle()
	return c, nil
}

// operandOf reads a variable or a quoted string.
func (s *scanner) operandOf() (operand, error) {
	start := s.pos
	switch {
	case s.accept('"'):
		return s.literal('"')
	case s.accept('\''):
		return s.literal('\'')
	}
	v, ok := variables[s.word()]
	if !ok {
		return operand{}, s.failAt(start, "want a marker variable such as python_version, or a quoted string")
	}
	return operand{variable: v}, nil
}

// literal reads up to the closing quote.
func (s *scanner) literal(quote byte) (operand, error) {
	n := strings.IndexByte(s.rest(), quote)
	if n < 0 {
		return operand{}, s.failAt(s.pos-1, "want a closing quote for this one")
	}
	text := s.rest()[:n]
	if i := strings.IndexAny(text, "\\\r\n\x00"); i >= 0 {
		return operand{}, s.failAt(s.pos+i, "a string has no backslashes, line breaks or NUL")
	}
	s.pos += n + 1
	return operand{text: text}, nil
}

func (s *scanner) operator() (operator, error) {
	if s.keyword("in") {
		return in, nil
	}
	if s.keyword("not") {
		if !s.blanks() || !s.keyword("in") {
			return "", s.fail("want in after not")
		}
		return notIn, nil
	}
	for _, op := range operators {
		if strings.HasPrefix(s.rest(), string(op)) {
			s.pos += len(op)
			return op, nil
		}
	}
	return "", s.fail("want one of < <= == != >= > ~= === in, not in")
}

// settle chooses the rule and prepares what it needs.
func (c *comparison) settle() {
	l, r := c.left.variable, c.right.variable
	noStringRule := c.op == "~=" || c.op == "==="
	switch {
	case l.isSet() || r.isSet():
		c.rule = bySet
		c.left.normalize()
		if l.isSet() || c.op != in && c.op != notIn || l == extra {
			c.rule = undefined
		}
	case l == extra || r == extra:
		c.rule = byExtra
		c.left.normalize()
		c.right.normalize()
		if l == r || noStringRule {
			c.rule = undefined
		}
	case (l.isVersion() || r.isVersion()) && c.op != in && c.op != notIn:
		c.settleVersion(noStringRule)
	case noStringRule:
		c.rule = undefined
	}
}

// settleVersion parses a literal on the right now. A literal that is no version leaves the string rules.
func (c *comparison) settleVersion(noStringRule bool) {
	c.rule = byVersion
	if c.right.variable != "" {
		return
	}
	var ok bool
	if c.version, ok = newVersionTest(c.op, c.right.text); ok {
		return
	}
	c.rule = byString
	if noStringRule {
		c.rule = undefined
	}
}

// normalize makes a literal that stands for a name comparable (PEP 685).
func (o *operand) normalize() { o.text = normalize(o.text) }

func (c *comparison) write(b *strings.Builder) {
	c.left.write(b)
	b.WriteString(" " + string(c.op) + " ")
	c.right.write(b)
}

// write quotes a literal; it never holds both quotes, since it was read between two of one kind.
func (o operand) write(b *strings.Builder) {
	quote := `"`
	switch {
	case o.variable != "":
		b.WriteString(string(o.variable))
		return
	case strings.Contains(o.text, quote):
		quote = "'"
	}
	b.WriteString(quote + o.text + quote)
}
