package oslo

import (
	"bytes"
	"fmt"
	"strings"
)

// MaxFile bounds a configuration file, in bytes.
const MaxFile = 16 << 20

// Default is the name of the section of options without a group.
const Default = "DEFAULT"

// File is one configuration file. Parse makes it; the zero File is an empty one. Not safe for concurrent edits.
type File struct {
	parts []part
}

// kind is what a run of lines is.
type kind int8

const (
	other      kind = iota // a comment or a blank line
	header                 // [section]
	assignment             // key = value, with its continuation lines
)

// part is one line, or an assignment with its continuation lines, with the line ends.
type part struct {
	kind    kind
	section string // folded; of headers and assignments
	key     string
	value   string
	text    string
}

// ParseError says where a file breaks the rules. It never holds a value.
type ParseError struct {
	Line   int
	Reason string
}

func (e *ParseError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// Parse reads a file of at most MaxFile bytes. The error is a *ParseError.
func Parse(b []byte) (*File, error) {
	if len(b) > MaxFile {
		return nil, &ParseError{1, "the file is too large"}
	}
	p := parser{}
	for number, line := range strings.SplitAfter(string(b), "\n") {
		if line == "" {
			continue
		}
		if reason := p.line(line); reason != "" {
			return nil, &ParseError{number + 1, reason}
		}
	}
	return &File{parts: p.parts}, nil
}

// parser holds the section and whether the last part can still be continued.
type parser struct {
	parts   []part
	section string
	open    bool
}

func (p *parser) line(text string) (reason string) {
	bare := strings.TrimRight(text, " \t\r\n\v\f")
	open := p.open
	p.open = false
	switch {
	case bare == "" || bare[0] == '#' || bare[0] == ';':
		p.parts = append(p.parts, part{kind: other, text: text})
	case bare[0] == ' ' || bare[0] == '\t':
		if !open {
			return "a continuation line without a value above it"
		}
		p.open = true
		last := &p.parts[len(p.parts)-1]
		last.value += "\n" + strings.TrimLeft(bare, " \t")
		last.text += text
	case bare[0] == '[':
		return p.header(text, bare)
	default:
		return p.assignment(text, bare)
	}
	return ""
}

func (p *parser) header(text, bare string) string {
	if bare[len(bare)-1] != ']' {
		return "a section without its closing bracket"
	}
	name := bare[1 : len(bare)-1]
	if name == "" {
		return "a section without a name"
	}
	p.section = fold(name)
	p.parts = append(p.parts, part{kind: header, section: p.section, text: text})
	return ""
}

func (p *parser) assignment(text, bare string) string {
	i := strings.IndexAny(bare, "=:")
	switch {
	case i < 0:
		return "neither a section, a comment nor key = value"
	case strings.TrimSpace(bare[:i]) == "":
		return "a value without a key"
	case p.section == "":
		return "an option before the first section"
	}
	p.open = true
	p.parts = append(p.parts, part{assignment, p.section, strings.TrimSpace(bare[:i]), unquote(strings.TrimSpace(bare[i+1:])), text})
	return ""
}

// unquote drops one pair of equal quotes around a value.
func unquote(v string) string {
	n := len(v)
	if n == 0 || v[0] != v[n-1] || v[0] != '"' && v[0] != '\'' {
		return v
	}
	return v[1:max(1, n-1)] // a lone quote is an empty value

}

// fold makes section names comparable: oslo.config lowers all but DEFAULT.
func fold(section string) string {
	if section == Default {
		return section
	}
	return strings.ToLower(section)
}

// Bytes is the file as it stands now; what no edit meant is unchanged.
func (f *File) Bytes() []byte {
	var b bytes.Buffer
	for _, p := range f.parts {
		b.WriteString(p.text)
	}
	return b.Bytes()
}

// Sections lists the sections in the order in which they first stand, folded.
func (f *File) Sections() []string {
	var all []string
	seen := map[string]bool{}
	for _, p := range f.parts {
		if p.kind == header && !seen[p.section] {
			seen[p.section] = true
			all = append(all, p.section)
		}
	}
	return all
}

// Keys lists the keys of a section in the order in which they first stand.
func (f *File) Keys(section string) []string {
	var all []string
	seen := map[string]bool{}
	for _, p := range f.parts {
		if p.is(section) && !seen[p.key] {
			seen[p.key] = true
			all = append(all, p.key)
		}
	}
	return all
}

func (p part) is(section string) bool { return p.kind == assignment && p.section == fold(section) }

// Values gives every value of a key, in order: all count for a multi-valued option, the last for any other. nil where it is not set.
func (f *File) Values(section, key string) []string {
	var all []string
	for _, p := range f.parts {
		if p.is(section) && p.key == key {
			all = append(all, p.value)
		}
	}
	return all
}

// Get gives the value that counts for a plain option.
func (f *File) Get(section, key string) (value string, ok bool) {
	all := f.Values(section, key)
	if len(all) == 0 {
		return "", false
	}
	return all[len(all)-1], true
}
