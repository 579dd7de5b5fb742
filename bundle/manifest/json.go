package manifest

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// kind is what a JSON value is.
type kind string

const (
	object  kind = "an object"
	array   kind = "a list"
	text    kind = "a string"
	integer kind = "an integer"
	decimal kind = "a number with a fraction or an exponent"
	boolean kind = "true or false"
	null    kind = "null"
)

// value is one JSON value (RFC 8259) and its place. encoding/json would drop places and duplicate keys, and match keys in any case.
type value struct {
	kind    kind
	at      int
	text    string   // a string's content; a number as written
	members []member // of an object, in the order written; of a list, with empty keys
}

type member struct {
	key   string
	at    int // of the key
	value value
}

// scan reads the whole text as one JSON value. What is wrong is reported to d; ok is false where there is no value to work with.
func (d *document) scan() (v value, ok bool) {
	s := scanner{text: d.text}
	if bytes.HasPrefix(d.text, []byte("\xef\xbb\xbf")) {
		s.fail(0, "a byte order mark: save the file as UTF-8 without one")
	}
	v = s.value()
	s.space()
	if !s.failed && s.pos < len(s.text) {
		s.fail(s.pos, "text after the end of the JSON value")
	}
	if s.failed {
		d.problem(s.failedAt, "", "%s", s.reason)
		return value{}, false
	}
	return v, true
}

// scanner reads JSON. After the first fault every method returns at once.
type scanner struct {
	text     []byte
	pos      int
	depth    int
	values   int
	failed   bool
	failedAt int
	reason   string
}

func (s *scanner) fail(at int, reason string) {
	if !s.failed {
		s.failed, s.failedAt, s.reason = true, at, reason
	}
}

func (s *scanner) space() {
	for s.pos < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.pos]) >= 0 {
		s.pos++
	}
}

// peek is the next byte; 0 at the end and after a fault.
func (s *scanner) peek() byte {
	if s.failed || s.pos >= len(s.text) {
		return 0
	}
	return s.text[s.pos]
}

func (s *scanner) value() value {
	s.space()
	s.values++
	if s.values > MaxValues {
		s.fail(s.pos, "too many values")
	}
	v := value{at: s.pos}
	switch c := s.peek(); {
	case s.failed:
	case c == '{':
		v.kind, v.members = object, s.list('}', s.member)
	case c == '[':
		v.kind, v.members = array, s.list(']', func() member { return member{value: s.value()} })
	case c == '"':
		v.kind, v.text = text, s.str()
	case c == '-' || c >= '0' && c <= '9':
		v.kind, v.text = s.number()
	default:
		v.kind = s.word()
	}
	return v
}

// list reads what stands between the bracket at pos and its closing one.
func (s *scanner) list(closing byte, next func() member) []member {
	opened := s.pos
	s.pos++
	if s.depth++; s.depth > MaxDepth {
		s.fail(opened, "nested too deeply")
	}
	defer func() { s.depth-- }()
	var members []member
	s.space()
	for s.peek() != closing && !s.failed {
		members = append(members, next())
		s.space()
		if s.peek() == closing {
			break
		}
		s.separator(closing)
	}
	s.pos++
	return members
}

// separator passes the comma between two members; another must follow it.
func (s *scanner) separator(closing byte) {
	if s.pos >= len(s.text) {
		s.fail(s.pos, "the text ends where a comma or "+string(closing)+" is due")
		return
	}
	if s.peek() != ',' {
		s.fail(s.pos, "a comma or "+string(closing)+" is due here")
		return
	}
	comma := s.pos
	s.pos++
	s.space()
	if s.peek() == closing {
		s.fail(comma, "a comma before "+string(closing)+" is not allowed")
	}
}

func (s *scanner) member() member {
	s.space()
	if s.peek() != '"' {
		s.fail(s.pos, "a key in double quotes is due here")
		return member{}
	}
	m := member{at: s.pos}
	m.key = s.str()
	s.space()
	if s.peek() != ':' {
		s.fail(s.pos, "a colon is due after the key")
		return m
	}
	s.pos++
	m.value = s.value()
	return m
}

// str reads a string in double quotes.
func (s *scanner) str() string {
	opened := s.pos
	s.pos++
	var out []byte
	from := s.pos
	for {
		switch c := s.peek(); {
		case s.failed:
			return ""
		case s.pos >= len(s.text):
			s.fail(opened, "a string that is not closed")
		case c == '"':
			out = append(out, s.text[from:s.pos]...)
			s.pos++
			if !utf8.Valid(out) {
				s.fail(opened, "a string that is not UTF-8")
			}
			return string(out)
		case c == '\\':
			out = append(out, s.text[from:s.pos]...)
			out = s.escape(out)
			from = s.pos
		case c < 0x20:
			s.fail(s.pos, "a control character in a string: write it as an escape")
		default:
			s.pos++
		}
	}
}

// escape appends what the escape at pos stands for.
func (s *scanner) escape(out []byte) []byte {
	at := s.pos
	s.pos++
	c := s.peek()
	s.pos++
	if c == 'u' {
		return utf8.AppendRune(out, s.escapedRune(at))
	}
	i := strings.IndexByte(`"\/bfnrt`, c)
	if i < 0 {
		s.fail(at, "an unknown escape in a string")
		return out
	}
	return append(out, "\"\\/\b\f\n\r\t"[i])
}

// escapedRune reads the digits of \uXXXX and, for a surrogate, of the second half that must follow.
func (s *scanner) escapedRune(at int) rune {
	r := s.hex4(at)
	if !utf16.IsSurrogate(r) {
		return r
	}
	if s.pos+1 < len(s.text) && s.text[s.pos] == '\\' && s.text[s.pos+1] == 'u' {
		s.pos += 2
		if r = utf16.DecodeRune(r, s.hex4(at)); r != utf8.RuneError {
			return r
		}
	}
	s.fail(at, "half of a surrogate pair")
	return utf8.RuneError
}

func (s *scanner) hex4(at int) (r rune) {
	for range 4 {
		i := strings.IndexByte("0123456789abcdef", s.peek()|0x20)
		if i < 0 || s.peek() < '0' {
			s.fail(at, `\u needs four hexadecimal digits`)
			return 0
		}
		r = r<<4 | rune(i)
		s.pos++
	}
	return r
}

// number reads a number by the grammar of RFC 8259, section 6.
func (s *scanner) number() (kind, string) {
	from := s.pos
	if s.peek() == '-' {
		s.pos++
	}
	if zero := s.peek() == '0'; s.digits() > 1 && zero {
		s.fail(from, "a number that begins with 0")
	}
	k := integer
	if s.peek() == '.' {
		k = decimal
		s.pos++
		s.digits()
	}
	if s.peek()|0x20 == 'e' {
		k = decimal
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		s.digits()
	}
	return k, string(s.text[from:s.pos])
}

// digits passes at least one digit and returns how many.
func (s *scanner) digits() int {
	from := s.pos
	for c := s.peek(); c >= '0' && c <= '9'; c = s.peek() {
		s.pos++
	}
	if s.pos == from {
		s.fail(s.pos, "a digit is due here")
	}
	return s.pos - from
}

// word reads true, false or null.
func (s *scanner) word() kind {
	for _, w := range []struct {
		text string
		kind kind
	}{{"true", boolean}, {"false", boolean}, {"null", null}} {
		if strings.HasPrefix(string(s.text[s.pos:min(len(s.text), s.pos+len(w.text))]), w.text) {
			s.pos += len(w.text)
			return w.kind
		}
	}
	if s.pos >= len(s.text) {
		s.fail(s.pos, "the text ends where a value is due")
	}
	s.fail(s.pos, "a JSON value is due here")
	return null
}

func sortedFindings(found []finding) []finding {
	slices.SortStableFunc(found, func(a, b finding) int { return a.at - b.at })
	return found
}
