package pep508

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chandlery-go/chandlery/resolve/pep440"
)

// Requirement is one dependency specifier (PEP 508).
type Requirement struct {
	Name       Name
	Extras     []Name // sorted, unique; nil where none
	Specifiers pep440.Specifiers
	URL        string // a direct reference; then Specifiers is empty
	Marker     Marker // zero: always
}

// Parse reads one dependency specifier of at most MaxRequirement bytes. The package's text gives the syntax. The error is a *ParseError
// with the column.
func Parse(s string) (Requirement, error) {
	sc, err := newScanner("requirement", s)
	if err != nil {
		return Requirement{}, err
	}
	r, err := sc.requirement()
	if err != nil {
		return Requirement{}, err
	}
	return r, nil
}

// MustParse is Parse for constants: it panics where s is no requirement.
func MustParse(s string) Requirement {
	r, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return r
}

func (s *scanner) requirement() (r Requirement, err error) {
	s.blanks()
	if r.Name, err = s.name("a project's name"); err != nil {
		return r, err
	}
	s.blanks()
	if r.Extras, err = s.extras(); err != nil {
		return r, err
	}
	s.blanks()
	expected := "want a version specifier, ; or the end"
	if s.accept('@') {
		r.URL, err = s.url()
		expected = "want ; or the end after the URL"
	} else {
		r.Specifiers, err = s.specifiers()
	}
	if err != nil {
		return r, err
	}
	s.blanks()
	if s.accept(';') {
		r.Marker, err = s.marker()
	} else if !s.atEnd() {
		err = s.fail(expected)
	}
	return r, err
}

// url reads a direct reference, which ends at white space: so a marker's semicolon needs white space before it (PEP 508, "Grammar").
func (s *scanner) url() (string, error) {
	s.blanks()
	start := s.pos
	for i, r := range s.rest() {
		if r == ' ' || r == '\t' {
			s.pos = start + i
			break
		}
		if unicode.IsControl(r) || unicode.IsSpace(r) { // RFC 3986, "Characters"
			return "", s.failAt(start+i, "a URL has no line breaks or control characters")
		}
		s.pos = start + i + utf8.RuneLen(r)
	}
	if s.pos == start {
		return "", s.fail("want a URL after @")
	}
	return s.input[start:s.pos], nil
}

// specifiers reads the version specifiers, which may stand in parentheses (PEP 508, "Grammar": versionspec). They end at a semicolon or
// parenthesis, since no version holds one.
func (s *scanner) specifiers() (pep440.Specifiers, error) {
	open := s.pos
	parenthesised := s.accept('(')
	start := s.pos
	s.pos = len(s.input)
	if n := strings.IndexAny(s.input[start:], ";)"); n >= 0 {
		s.pos = start + n
	}
	set, err := s.clauses(start, s.input[start:s.pos])
	if err != nil {
		return set, err
	}
	if parenthesised && !s.accept(')') {
		return set, s.failAt(open, "want a ) for this (")
	}
	return set, nil
}

// clauses reads a comma-separated set that begins at start; one comma may follow the last clause, as `packaging` has it.
func (s *scanner) clauses(start int, text string) (set pep440.Specifiers, err error) {
	list, _ := strings.CutSuffix(strings.TrimRight(text, blank), ",")
	if strings.Trim(text, blank) == "" {
		return set, nil
	}
	offset := start
	for clause := range strings.SplitSeq(list, ",") {
		if i, reason := checkClause(clause); reason != "" {
			return set, s.failAt(offset+i, reason)
		}
		offset += len(clause) + 1
	}
	set, err = pep440.ParseSpecifiers(list)
	if wrong := (*pep440.ParseError)(nil); errors.As(err, &wrong) {
		return set, s.failAt(start+wrong.Offset, wrong.Reason)
	}
	return set, err
}

const blank = " \t"

// checkClause finds what pep440 is more lenient about: no clause at all, and white space of other kinds around one.
func checkClause(clause string) (offset int, reason string) {
	body := strings.TrimLeft(clause, blank)
	if body == "" || strings.IndexByte("=!<>~", body[0]) < 0 {
		return len(clause) - len(body), "want a version specifier such as >=1.0, ; or the end"
	}
	body = strings.TrimRight(clause, blank)
	if last, size := utf8.DecodeLastRuneInString(body); unicode.IsSpace(last) || unicode.IsControl(last) {
		return len(body) - size, "white space is spaces and tabs"
	}
	return 0, ""
}

// String is the canonical text: name[extras]specifiers; marker, or name[extras] @ URL ; marker. It parses to the same requirement,
// unless white space and present names take it past MaxRequirement.
func (r Requirement) String() string {
	var b strings.Builder
	b.WriteString(string(r.Name))
	before := "["
	for _, extra := range r.Extras {
		b.WriteString(before + string(extra))
		before = ","
	}
	if len(r.Extras) > 0 {
		b.WriteByte(']')
	}
	if r.URL != "" {
		b.WriteString(" @ " + r.URL)
	} else {
		b.WriteString(r.Specifiers.String())
	}
	if !r.Marker.IsZero() {
		if r.URL != "" {
			b.WriteByte(' ')
		}
		b.WriteString("; ")
		r.Marker.root.write(&b)
	}
	return b.String()
}
