package pep508

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxRequirement bounds a requirement's or marker's text, in bytes.
const MaxRequirement = 1 << 16

// scanner reads one input from left to right.
type scanner struct {
	kind  string
	input string
	pos   int
	depth int // of parentheses in the marker
}

func newScanner(kind, input string) (*scanner, error) {
	s := &scanner{kind: kind, input: input}
	if len(input) > MaxRequirement {
		return nil, s.fail("longer than " + strconv.Itoa(MaxRequirement) + " bytes")
	}
	if !utf8.ValidString(input) {
		return nil, s.fail("not UTF-8")
	}
	return s, nil
}

// fail is the error at the place that was reached.
func (s *scanner) fail(reason string) *ParseError { return s.failAt(s.pos, reason) }

func (s *scanner) failAt(offset int, reason string) *ParseError {
	return &ParseError{Kind: s.kind, Input: s.input, Offset: offset, Reason: reason}
}

func (s *scanner) atEnd() bool { return s.pos == len(s.input) }

func (s *scanner) rest() string { return s.input[s.pos:] }

// blanks skips white space, which is spaces and tabs (PEP 508, "Grammar": wsp), and reports whether there was any.
func (s *scanner) blanks() (skipped bool) {
	start := s.pos
	for !s.atEnd() && (s.input[s.pos] == ' ' || s.input[s.pos] == '\t') {
		s.pos++
	}
	return s.pos > start
}

// accept takes c if it comes next.
func (s *scanner) accept(c byte) bool {
	if s.atEnd() || s.input[s.pos] != c {
		return false
	}
	s.pos++
	return true
}

// keyword takes the word w if it comes next and ends there.
func (s *scanner) keyword(w string) bool {
	rest, ok := strings.CutPrefix(s.rest(), w)
	if !ok || rest != "" && isWordByte(rest[0]) {
		return false
	}
	s.pos += len(w)
	return true
}

// word takes what may be a variable's name.
func (s *scanner) word() string {
	start := s.pos
	for !s.atEnd() && (isWordByte(s.input[s.pos]) || s.input[s.pos] == '.') {
		s.pos++
	}
	return s.input[start:s.pos]
}

// isWordByte counts everything beyond ASCII as a letter: no keyword may be followed by it.
func isWordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c >= utf8.RuneSelf
}
