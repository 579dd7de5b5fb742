package pep440

import "strconv"

// ParseError says which text is no version or no specifier, and where it stops being one.
type ParseError struct {
	Kind   string // "version" or "specifier"
	Text   string // as given
	Offset int    // byte in Text
	Reason string // what is wrong there
}

// Error quotes at most maxQuoted bytes of the text, as it may come from outside.
func (e *ParseError) Error() string {
	text := e.Text
	if len(text) > maxQuoted {
		text = text[:maxQuoted] + "…"
	}
	return "invalid " + e.Kind + " " + strconv.Quote(text) + " at byte " + strconv.Itoa(e.Offset) + ": " + e.Reason
}

const maxQuoted = 100
