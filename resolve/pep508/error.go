package pep508

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// ParseError says which text is no name, requirement or marker, and where it stops being one.
type ParseError struct {
	Kind   string // "name", "requirement" or "marker"
	Input  string // as given: a URL in it may hold credentials, which Error leaves out
	Offset int    // byte in Input
	Reason string // what is wrong there
}

// Error names the column, counted in characters from 1, and quotes the beginning of the input up to a URL.
func (e *ParseError) Error() string {
	return "invalid " + e.Kind + " " + quote(e.Input) + " at column " + strconv.Itoa(e.Column()) + ": " + e.Reason
}

// Column is Offset in characters, from 1.
func (e *ParseError) Column() int { return utf8.RuneCountInString(e.Input[:e.Offset]) + 1 }

const maxQuoted = 100

// quote leaves out what may be a URL, and what is too long for a message.
func quote(s string) string {
	end := min(len(s), maxQuoted)
	for _, begin := range []string{"@", "://"} {
		if i := strings.Index(s[:end], begin); i >= 0 {
			end = i + len(begin)
		}
	}
	if end < len(s) {
		return strconv.Quote(s[:end] + "…")
	}
	return strconv.Quote(s)
}
