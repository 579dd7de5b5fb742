package openstack

import (
	"errors"
	"strings"
)

// maxValue bounds the identifiers of one value.
const maxValue = 64

// value is what an assignment gives. None is a literal without items.
type value struct {
	items   []string
	list    bool
	literal bool
}

// scanner walks over Python text, statement by statement, in one pass.
type scanner struct {
	src string
	at  int
}

var errUnended = errors.New("a string that does not end")

// target gives the name that a statement at the start of a line begins with, and goes past it; "" where it begins with something else.
func (s *scanner) target() string {
	start := s.at
	for s.at < len(s.src) && isName(s.src[s.at]) {
		s.at++
	}
	return s.src[start:s.at]
}

func isName(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= 0x80
}

func (s *scanner) peek(text string) bool { return strings.HasPrefix(s.src[s.at:], text) }

// space goes past blanks and escaped line ends; within brackets also past line ends and comments.
func (s *scanner) space(brackets bool) {
	for s.at < len(s.src) {
		switch c := s.src[s.at]; {
		case c == ' ' || c == '\t' || c == '\f' || c == '\r':
			s.at++
		case s.peek("\\\n") || s.peek("\\\r\n"):
			s.at += strings.IndexByte(s.src[s.at:], '\n') + 1
		case brackets && c == '\n':
			s.at++
		case brackets && c == '#':
			s.line()
		default:
			return
		}
	}
}

// line goes to the end of the line.
func (s *scanner) line() {
	if n := strings.IndexByte(s.src[s.at:], '\n'); n >= 0 {
		s.at += n
		return
	}
	s.at = len(s.src)
}

// assigned reads "[: annotation] = value" and reports false where the statement is something else.
func (s *scanner) assigned() (value, bool) {
	s.space(false)
	if s.peek(":") {
		rest := s.src[s.at:]
		if n := strings.IndexAny(rest, "=\n#'\""); n >= 0 && rest[n] == '=' {
			s.at += n
		}
	}
	if !s.peek("=") || s.peek("==") {
		return value{}, false
	}
	s.at++
	s.space(false)
	v := s.value()
	s.space(false)
	if s.at < len(s.src) && !strings.ContainsRune("\n#;", rune(s.src[s.at])) {
		return value{}, true // an expression
	}
	return v, true
}

// value reads a literal. Anything else gives a value that is none.
func (s *scanner) value() value {
	v := value{literal: true}
	switch {
	case s.at < len(s.src) && strings.IndexByte("([{", s.src[s.at]) >= 0:
		return s.sequence()
	case s.peek("None"):
		s.at += len("None")
		return v
	}
	if !s.element(&v, false) {
		return value{}
	}
	if s.space(false); s.peek(",") { // a tuple without brackets
		return s.bare(v)
	}
	return v
}

// bare reads on after the first element of a tuple without brackets.
func (s *scanner) bare(v value) value {
	v.list = true
	for s.peek(",") && len(v.items) < maxValue {
		s.at++
		s.space(false)
		if s.at >= len(s.src) || s.src[s.at] == '\n' || s.src[s.at] == '#' {
			return v
		}
		if !s.element(&v, false) {
			return value{}
		}
		s.space(false)
	}
	return v
}

// sequence reads strings in brackets. Brackets of () around one string and no comma are no tuple.
func (s *scanner) sequence() value {
	v := value{literal: true, list: s.src[s.at] != '('}
	s.at++
	for s.at < len(s.src) && len(v.items) <= maxValue {
		s.space(true)
		if s.at < len(s.src) && strings.IndexByte(")]}", s.src[s.at]) >= 0 {
			s.at++
			v.list = v.list || len(v.items) != 1
			return v
		}
		if !s.element(&v, true) {
			return value{}
		}
		if s.space(true); s.peek(",") {
			s.at++
			v.list = true
		} else if s.at >= len(s.src) || strings.IndexByte(")]}", s.src[s.at]) < 0 {
			return value{}
		}
	}
	return value{}
}

// element reads one string, of adjacent parts maybe.
func (s *scanner) element(v *value, brackets bool) bool {
	text, parts := "", 0
	for s.at < len(s.src) && s.quoted() {
		part, err := s.str()
		if err != nil || strings.Contains(part, "\\") {
			return false
		}
		text, parts = text+part, parts+1
		s.space(brackets)
	}
	v.items = append(v.items, text)
	return parts > 0
}

// quoted goes past a prefix that changes nothing (u, r, b) and reports whether a string begins.
func (s *scanner) quoted() bool {
	at := s.at
	for at < len(s.src) && at < s.at+2 && strings.IndexByte("uUrRbB", s.src[at]) >= 0 {
		at++
	}
	if at < len(s.src) && (s.src[at] == '\'' || s.src[at] == '"') {
		s.at = at
		return true
	}
	return false
}

// str reads a string at its opening quote and gives its raw text.
func (s *scanner) str() (string, error) {
	quote := s.src[s.at : s.at+1]
	long := s.peek(strings.Repeat(quote, 3))
	if long {
		quote = strings.Repeat(quote, 3)
	}
	s.at += len(quote)
	start := s.at
	for s.at < len(s.src) {
		switch {
		case s.peek(quote):
			text := s.src[start:s.at]
			s.at += len(quote)
			return text, nil
		case s.src[s.at] == '\\':
			s.at++
		case s.src[s.at] == '\n' && !long:
			return "", errUnended
		}
		s.at++
	}
	s.at = len(s.src)
	return "", errUnended
}

// skipStatement goes past the end of the logical line, to the start of the next line.
func (s *scanner) skipStatement() error {
	for depth := 0; s.at < len(s.src); {
		switch c := s.src[s.at]; {
		case c == '\'' || c == '"':
			if _, err := s.str(); err != nil {
				return err
			}
			continue
		case c == '#':
			s.line()
			continue
		case c == '\\':
			s.at++
			if s.peek("\r\n") {
				s.at++
			}
		case strings.IndexByte("([{", c) >= 0:
			depth++
		case strings.IndexByte(")]}", c) >= 0 && depth > 0:
			depth--
		case c == '\n' && depth == 0:
			s.at++
			return nil
		}
		s.at++
	}
	s.at = min(s.at, len(s.src))
	return nil
}
