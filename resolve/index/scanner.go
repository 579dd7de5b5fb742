package index

import (
	"bytes"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// maxDepth bounds how deep JSON may nest.
	maxDepth = 64
	// window is how much of a page is held at once, as long as none of its texts is longer, in bytes.
	window = 64 << 10
)

// scanner reads JSON (RFC 8259) in one pass, as it comes. After an error it reads nothing more.
type scanner struct {
	r     io.Reader // nil: all that there is, is in buf
	buf   []byte
	at    int    // in buf
	past  int    // bytes before buf
	token []byte // a number, or a string that has no place in buf
	err   error  // a *PageError, or the reader's
}

// reset makes a scanner ready for another page.
func (s *scanner) reset(r io.Reader) {
	buf := s.buf
	if cap(buf) != window {
		buf = make([]byte, 0, window)
	}
	*s = scanner{r: r, buf: buf[:0], token: s.token}
}

// more brings further bytes; those before at are given up. It is false at the end.
func (s *scanner) more() bool {
	if s.err != nil || s.r == nil {
		return false
	}
	rest := s.buf[s.at:]
	if len(rest) == cap(s.buf) {
		s.buf = make([]byte, len(rest), 2*len(rest))
	}
	s.buf = s.buf[:copy(s.buf[:cap(s.buf)], rest)]
	s.past += s.at
	s.at = 0
	n, err := io.ReadAtLeast(s.r, s.buf[len(s.buf):cap(s.buf)], 1)
	s.buf = s.buf[:len(s.buf)+n]
	if err != nil {
		s.r = nil
		if err != io.EOF {
			s.err = err
		}
	}
	return n > 0
}

// all gives the whole rest.
func (s *scanner) all() string {
	for s.more() {
	}
	return string(s.buf[s.at:])
}

func (s *scanner) fail(reason string) {
	if s.err == nil {
		s.err = &PageError{Offset: s.past + s.at, Reason: reason}
	}
}

// peek gives the next character that is no white space; 0 at the end or after an error.
func (s *scanner) peek() byte {
	for s.err == nil {
		for ; s.at < len(s.buf); s.at++ {
			switch c := s.buf[s.at]; c {
			case ' ', '\t', '\r', '\n':
			default:
				return c
			}
		}
		if !s.more() {
			break
		}
	}
	return 0
}

func (s *scanner) expect(c byte) bool {
	if s.peek() != c {
		s.fail("expected " + strconv.QuoteRune(rune(c)))
		return false
	}
	s.at++
	return true
}

// object calls member with each key; member reads the value.
func (s *scanner) object(member func(key string)) {
	if !s.expect('{') {
		return
	}
	if s.peek() == '}' {
		s.at++
		return
	}
	for s.err == nil {
		s.peek()
		key := keyOf(s.string())
		if !s.expect(':') {
			return
		}
		member(key)
		if s.peek() == '}' {
			s.at++
			return
		}
		s.expect(',')
	}
}

// keyOf keeps a key beyond its place in the page; for those that pages have that takes no memory.
func keyOf(b []byte) string {
	switch string(b) {
	case "filename":
		return "filename"
	case "url":
		return "url"
	case "hashes":
		return "hashes"
	case "sha256":
		return "sha256"
	case "requires-python":
		return "requires-python"
	case "size":
		return "size"
	case "upload-time":
		return "upload-time"
	case "yanked":
		return "yanked"
	case "core-metadata":
		return "core-metadata"
	case "dist-info-metadata":
		return "dist-info-metadata"
	case "provenance":
		return "provenance"
	}
	return string(b)
}

// array calls element for each element; element reads it.
func (s *scanner) array(element func()) {
	if !s.expect('[') {
		return
	}
	if s.peek() == ']' {
		s.at++
		return
	}
	for s.err == nil {
		element()
		if s.peek() == ']' {
			s.at++
			return
		}
		s.expect(',')
	}
}

// string reads a string. It is valid until the scanner goes on.
func (s *scanner) string() []byte {
	if s.err != nil || s.at >= len(s.buf) || s.buf[s.at] != '"' {
		s.fail("expected a string")
		return nil
	}
	escaped, seen := false, byte(0)
	for n := 1; ; {
		for buf := s.buf[s.at:]; n < len(buf); n++ {
			switch c := buf[n]; {
			case c == '"':
				return s.text(n+1, escaped, seen)
			case c == '\\':
				escaped = true
				n++
			case c < ' ':
				s.at += n
				s.fail("control character in a string")
				return nil
			default:
				seen |= c
			}
		}
		if !s.more() {
			s.fail("string does not end")
			return nil
		}
	}
}

// text is the string of n bytes, quotes and all.
func (s *scanner) text(n int, escaped bool, seen byte) []byte {
	raw := s.buf[s.at : s.at+n]
	if seen >= utf8.RuneSelf && !utf8.Valid(raw) {
		s.fail("not UTF-8")
		return nil
	}
	if !escaped {
		s.at += n
		return raw[1 : n-1]
	}
	out, ok := unescape(s.token[:0], raw[1:n-1])
	if s.token = out; !ok {
		s.fail("bad escape in a string")
		return nil
	}
	s.at += n
	return out
}

// unescape adds a string without its escapes (RFC 8259, 7). Half of a surrogate pair becomes U+FFFD, as encoding/json has it.
func unescape(out, in []byte) ([]byte, bool) {
	for len(in) > 0 {
		i := bytes.IndexByte(in, '\\')
		if i < 0 {
			break
		}
		out = append(out, in[:i]...)
		in = in[i+1:]
		if in[0] != 'u' {
			j := strings.IndexByte(`"\/bfnrt`, in[0])
			if j < 0 {
				return out, false
			}
			out, in = append(out, "\"\\/\b\f\n\r\t"[j]), in[1:]
			continue
		}
		r, ok := unit(in)
		if !ok {
			return out, false
		}
		in = in[5:]
		if utf16.IsSurrogate(r) {
			low := rune(-1)
			if len(in) > 0 && in[0] == '\\' {
				low, ok = unit(in[1:])
			}
			if r = utf16.DecodeRune(r, low); ok && r != utf8.RuneError {
				in = in[6:]
			}
		}
		out = utf8.AppendRune(out, r)
	}
	return append(out, in...), true
}

// unit is the UTF-16 code unit at the start of uXXXX.
func unit(b []byte) (rune, bool) {
	if len(b) < 5 || b[0] != 'u' {
		return -1, false
	}
	n, err := strconv.ParseUint(string(b[1:5]), 16, 16)
	return rune(n), err == nil
}

func (s *scanner) optionalString() []byte {
	if s.peek() == '"' {
		return s.string()
	}
	s.skip(0)
	return nil
}

// optionalSize reads a whole number; -1 where there is none.
func (s *scanner) optionalSize() int64 {
	if c := s.peek(); c < '0' || '9' < c {
		s.skip(0)
		return -1
	}
	s.number()
	n, err := strconv.ParseUint(string(s.token), 10, 63)
	if err != nil {
		return -1
	}
	return int64(n)
}

// skip passes over one value.
func (s *scanner) skip(depth int) {
	if depth > maxDepth {
		s.fail("nested too deep")
		return
	}
	switch c := s.peek(); {
	case c == '"':
		s.string()
	case c == '{':
		s.object(func(string) { s.skip(depth + 1) })
	case c == '[':
		s.array(func() { s.skip(depth + 1) })
	case c == '-' || '0' <= c && c <= '9':
		s.number()
	case !s.literal("true") && !s.literal("false") && !s.literal("null"):
		s.fail("expected a value")
	}
}

func (s *scanner) literal(word string) bool {
	for len(s.buf)-s.at < len(word) && s.more() {
	}
	if s.err != nil || len(s.buf)-s.at < len(word) || string(s.buf[s.at:s.at+len(word)]) != word {
		return false
	}
	s.at += len(word)
	return true
}

// number reads -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
func (s *scanner) number() {
	s.token = s.token[:0]
	s.one("-")
	if !s.one("0") && !s.digits() {
		s.fail("bad number")
	}
	if s.one(".") && !s.digits() {
		s.fail("bad number")
	}
	if s.one("eE") {
		s.one("+-")
		if !s.digits() {
			s.fail("bad number")
		}
	}
}

func (s *scanner) one(of string) bool {
	if s.at >= len(s.buf) && !s.more() {
		return false
	}
	c := s.buf[s.at]
	for i := range len(of) {
		if of[i] == c {
			s.token = append(s.token, c)
			s.at++
			return true
		}
	}
	return false
}

func (s *scanner) digits() bool {
	some := false
	for s.at < len(s.buf) || s.more() {
		c := s.buf[s.at]
		if c < '0' || '9' < c {
			break
		}
		s.token = append(s.token, c)
		s.at++
		some = true
	}
	return some
}
