package pep508

import (
	"slices"
	"strings"
)

// Name is a normalised project or extra name (PEP 503, PEP 685): lower case, runs of -, _ and . as one -.
type Name string

// ParseName checks a name (PEP 508, "Names": ASCII letters, digits, -, _ and ., with a letter or digit at both ends) and
// normalises it. The error is a *ParseError.
func ParseName(s string) (Name, error) {
	sc, err := newScanner("name", s)
	if err != nil {
		return "", err
	}
	name, err := sc.name("a name")
	if err == nil && !sc.atEnd() {
		err = sc.fail("want a letter, digit, -, _ or .")
	}
	if err != nil {
		return "", err
	}
	return name, nil
}

// name reads a name; what says what the caller wants it for.
func (s *scanner) name(what string) (Name, error) {
	start := s.pos
	for !s.atEnd() && isNameByte(s.input[s.pos]) {
		s.pos++
	}
	text := s.input[start:s.pos]
	switch {
	case text == "" || isSeparator(text[0]):
		s.pos = start
		return "", s.fail("want " + what + ", which begins with a letter or digit")
	case isSeparator(text[len(text)-1]):
		s.pos--
		return "", s.fail("a name ends with a letter or digit")
	}
	return NormalizeName(text), nil
}

// extras reads the extras in brackets, if there are any: sorted, each once.
func (s *scanner) extras() ([]Name, error) {
	if !s.accept('[') {
		return nil, nil
	}
	s.blanks()
	if s.accept(']') {
		return nil, nil
	}
	var extras []Name
	for {
		extra, err := s.name("the name of an extra")
		if err != nil {
			return nil, err
		}
		extras = append(extras, extra)
		s.blanks()
		if s.accept(']') {
			break
		}
		if !s.accept(',') {
			return nil, s.fail("want a comma or ] after the name of an extra")
		}
		s.blanks()
	}
	slices.Sort(extras)
	return slices.Compact(extras), nil
}

// NormalizeName is ParseName without the check, for text that only has to be compared with names: what is no valid name stays none.
func NormalizeName(s string) Name { return Name(normalize(s)) }

// normalize is PEP 503's rule, for any text.
func normalize(s string) string {
	if isNormalized(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	separated := false
	for _, r := range strings.ToLower(s) {
		if r == '-' || r == '_' || r == '.' {
			separated = true
			continue
		}
		if separated {
			b.WriteByte('-')
			separated = false
		}
		b.WriteRune(r)
	}
	if separated {
		b.WriteByte('-')
	}
	return b.String()
}

func isNormalized(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
		case c == '-' && i > 0 && s[i-1] != '-':
		default:
			return false
		}
	}
	return true
}

func isSeparator(c byte) bool { return c == '-' || c == '_' || c == '.' }

func isNameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || isSeparator(c)
}
