package dist

import (
	"bytes"
	"iter"
	"strings"
)

// header is one field of a metadata file, unfolded.
type header struct {
	name  string // lower case
	value string // without white space around it; line breaks are spaces
	line  int    // where it begins, from 1
}

func (h header) error(err error) error {
	return &MetadataError{Field: fieldName(h.name), Line: h.line, Value: h.value, Err: err}
}

// fieldName writes a lower-case field name as the specification does: Requires-Dist.
func fieldName(s string) string {
	words := strings.Split(s, "-")
	for i, w := range words {
		if w != "" {
			words[i] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "-")
}

// headers gives the fields up to the first line that belongs to none: an empty one, or one that is neither a field nor a continuation
// (as Python's email parser has it, so that a description without the empty line before it is not read as fields).
func headers(b []byte) iter.Seq[header] {
	return func(yield func(header) bool) {
		var h header
		var folded []string
		flush := func() bool {
			if h.name == "" {
				return true
			}
			h.value = unfold(folded)
			return yield(h)
		}
		for n := 1; len(b) > 0; n++ {
			var line []byte
			line, b = cutLine(b)
			switch {
			case len(line) > 0 && (line[0] == ' ' || line[0] == '\t'):
				folded = append(folded, string(line))
				continue
			case n == 1 && bytes.HasPrefix(line, []byte("From ")): // an mbox separator
				continue
			}
			name, value, ok := cutField(line)
			if !flush() {
				return
			}
			if !ok {
				return
			}
			h, folded = header{name: strings.ToLower(name), line: n}, append(folded[:0], value)
		}
		flush()
	}
}

// cutLine ends a line at \n, \r\n or \r.
func cutLine(b []byte) (line, rest []byte) {
	i := bytes.IndexAny(b, "\r\n")
	if i < 0 {
		return b, nil
	}
	if b[i] == '\r' && i+1 < len(b) && b[i+1] == '\n' {
		return b[:i], b[i+2:]
	}
	return b[:i], b[i+1:]
}

// cutField splits "Name: value"; a name is printable ASCII without space and colon (RFC 822, 3.1.2).
func cutField(line []byte) (name, value string, ok bool) {
	i := bytes.IndexByte(line, ':')
	if i < 0 {
		return "", "", false
	}
	for _, c := range line[:i] {
		if c <= ' ' || c >= 0x7f {
			return "", "", false
		}
	}
	return string(line[:i]), string(line[i+1:]), true
}

func unfold(lines []string) string {
	if len(lines) == 1 {
		return strings.Trim(lines[0], " \t")
	}
	for i, l := range lines {
		lines[i] = strings.Trim(l, " \t")
	}
	return strings.Trim(strings.Join(lines, " "), " \t")
}
