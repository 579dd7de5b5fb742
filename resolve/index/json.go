package index

import (
	"encoding/json"
	"strconv"
	"strings"
)

// maxDepth bounds how deep JSON may nest.
const maxDepth = 64

// parseJSON reads a page of PEP 691. It is strict on JSON and on the api-version, and passes over what it does not know, without building it.
func parseJSON(text string, b *builder) error {
	s := &scanner{text: text}
	seen := false
	s.object(func(key string) {
		switch key {
		case "meta":
			s.meta()
		case "files":
			seen = true
			s.array(func() { s.file(b) })
		default:
			s.skip(0)
		}
	})
	s.space()
	if s.err == nil && s.at < len(s.text) {
		s.fail("more follows")
	}
	if s.err == nil && !seen {
		s.err = &PageError{Offset: -1, Reason: "no files in it: is this the address of an index?"}
	}
	return s.err
}

// meta checks meta.api-version: another major version must not be read (PEP 691, "Versioning").
func (s *scanner) meta() {
	s.object(func(key string) {
		if key != "api-version" {
			s.skip(0)
			return
		}
		s.checkVersion(s.optionalString())
	})
}

func (s *scanner) checkVersion(version string) {
	if major, _, _ := strings.Cut(version, "."); version != "" && major != "1" {
		s.fail("version " + version + " of the index API is not known: a newer program is needed")
	}
}

func (s *scanner) file(b *builder) {
	e := entry{size: -1}
	var metadata, legacy string
	s.object(func(key string) {
		switch key {
		case "filename":
			e.filename = s.optionalString()
		case "url":
			e.url = s.optionalString()
		case "hashes":
			e.hashes = s.hashes()
		case "requires-python":
			e.requiresPython = s.optionalString()
		case "size":
			e.size = s.optionalSize()
		case "upload-time":
			e.uploaded = s.optionalString()
		case "yanked":
			e.yanked, e.yankedReason = s.yanked()
		case "core-metadata":
			metadata = s.metadata()
		case "dist-info-metadata":
			legacy = s.metadata()
		default:
			s.skip(0)
		}
	})
	if s.err != nil {
		return
	}
	if e.metadata = metadata; metadata == "" {
		e.metadata = legacy
	}
	if !b.add(&e) {
		s.fail("more than " + strconv.Itoa(MaxFiles) + " files")
	}
}

func (s *scanner) hashes() map[string]string {
	if s.peek() != '{' {
		s.skip(0)
		return nil
	}
	m := map[string]string{}
	s.object(func(key string) {
		if digest := s.optionalString(); digest != "" {
			m[key] = digest
		}
	})
	return m
}

// yanked reads true, or a reason; null, false and "" are none (PEP 691: a truthy value).
func (s *scanner) yanked() (bool, string) {
	switch s.peek() {
	case '"':
		reason := s.string()
		return reason != "", reason
	case 't':
		s.skip(0)
		return true, ""
	}
	s.skip(0)
	return false, ""
}

// metadata reads true, or hashes of the METADATA file (PEP 658, PEP 714).
func (s *scanner) metadata() string {
	switch s.peek() {
	case 't':
		s.skip(0)
		return "true"
	case '{':
		sha256 := ""
		s.object(func(key string) {
			if digest := s.optionalString(); key == "sha256" {
				sha256 = digest
			}
		})
		return checkMetadataHash(sha256)
	}
	s.skip(0)
	return ""
}

// scanner reads JSON (RFC 8259) in one pass. After an error it reads nothing more.
type scanner struct {
	text string
	at   int
	err  error
}

func (s *scanner) fail(reason string) {
	if s.err == nil {
		s.err = &PageError{Offset: s.at, Reason: reason}
	}
}

func (s *scanner) space() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

// peek gives the next character that is no white space; 0 at the end or after an error.
func (s *scanner) peek() byte {
	s.space()
	if s.err != nil || s.at >= len(s.text) {
		return 0
	}
	return s.text[s.at]
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
		s.space()
		key := s.string()
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

// string reads a string; it shares memory with the page where nothing is escaped.
func (s *scanner) string() string {
	if s.err != nil || s.at >= len(s.text) || s.text[s.at] != '"' {
		s.fail("expected a string")
		return ""
	}
	escaped := false
	for i := s.at + 1; i < len(s.text); i++ {
		switch c := s.text[i]; {
		case c == '"':
			raw := s.text[s.at : i+1]
			start := s.at
			s.at = i + 1
			if !escaped {
				return raw[1 : len(raw)-1]
			}
			var out string
			if json.Unmarshal([]byte(raw), &out) != nil {
				s.at = start
				s.fail("bad escape in a string")
			}
			return out
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			s.at = i
			s.fail("control character in a string")
			return ""
		}
	}
	s.fail("string does not end")
	return ""
}

func (s *scanner) optionalString() string {
	if s.peek() == '"' {
		return s.string()
	}
	s.skip(0)
	return ""
}

// optionalSize reads a whole number; -1 where there is none.
func (s *scanner) optionalSize() int64 {
	s.space()
	start := s.at
	s.skip(0)
	if s.err != nil {
		return -1
	}
	n, err := strconv.ParseUint(s.text[start:s.at], 10, 63)
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
	if s.err != nil || !strings.HasPrefix(s.text[s.at:], word) {
		return false
	}
	s.at += len(word)
	return true
}

// number passes over -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
func (s *scanner) number() {
	s.one("-")
	if !s.one("0") && s.digits() == 0 {
		s.fail("bad number")
	}
	if s.one(".") && s.digits() == 0 {
		s.fail("bad number")
	}
	if s.one("eE") {
		s.one("+-")
		if s.digits() == 0 {
			s.fail("bad number")
		}
	}
}

func (s *scanner) one(of string) bool {
	if s.at < len(s.text) && strings.IndexByte(of, s.text[s.at]) >= 0 {
		s.at++
		return true
	}
	return false
}

func (s *scanner) digits() int {
	start := s.at
	for s.at < len(s.text) && '0' <= s.text[s.at] && s.text[s.at] <= '9' {
		s.at++
	}
	return s.at - start
}
