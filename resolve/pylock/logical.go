package pylock

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/chandlery-go/chandlery/internal/lazy"
)

// pythonSpace is what Python's \s is, beyond ASCII too: what pip cuts comments and lines with.
const pythonSpace = "[ \\t\\n\\v\\f\\r\\x1c-\\x1f\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}\\x{205f}\\x{3000}]"

var (
	comment    = lazy.Regexp{Expr: "(^|" + pythonSpace + "+)#.*$"}
	atStart    = lazy.Regexp{Expr: "^" + pythonSpace + "*#"}
	lineBreak  = lazy.Regexp{Expr: "\r\n|[\n\r\\v\\f\\x1c-\\x1e\\x{85}\\x{2028}\\x{2029}]"} // str.splitlines
	codingLine = lazy.Regexp{Expr: `^#.*?coding[:=]\s*([-\w.]+)`}                           // PEP 263
)

// decode reads a file's text: UTF-8, with or without a byte order mark, or UTF-16 with one, as PowerShell writes.
func decode(b []byte) (string, *ParseError) {
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe, 0, 0}), bytes.HasPrefix(b, []byte{0, 0, 0xfe, 0xff}):
		return "", &ParseError{Reason: "it is UTF-32: save it as UTF-8"}
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}):
		return wide(b[2:], 1)
	case bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		return wide(b[2:], 0)
	}
	b, marked := bytes.CutPrefix(b, []byte("\xef\xbb\xbf"))
	for i, line := range bytes.SplitN(b, []byte("\n"), 3) {
		m := codingLine.FindSubmatch(line)
		if m == nil || i > 1 || marked {
			continue
		}
		if name := strings.ToLower(string(m[1])); !plainCoding[strings.Join(strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("-_.", r) }), "_")] {
			return "", &ParseError{Line: i + 1, Reason: fmt.Sprintf("it says that it is %s: save it as UTF-8", shown(name))}
		}
		break
	}
	if at := invalid(b); at >= 0 {
		return "", &ParseError{Line: 1 + bytes.Count(b[:at], []byte{'\n'}), Reason: "it is not UTF-8: save it as that"}
	}
	return string(b), nil
}

// plainCoding are Python's names of what UTF-8 reads, runs of punctuation being one _.
var plainCoding = map[string]bool{"utf_8": true, "utf8": true, "utf": true, "u8": true, "utf_8_sig": true, "ascii": true, "us_ascii": true}

// invalid is where b is no UTF-8; -1: nowhere.
func invalid(b []byte) int {
	for at := 0; at < len(b); {
		r, n := utf8.DecodeRune(b[at:])
		if r == utf8.RuneError && n == 1 {
			return at
		}
		at += n
	}
	return -1
}

// wide decodes UTF-16; high is the place of the higher byte.
func wide(b []byte, high int) (string, *ParseError) {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i+high])<<8 | uint16(b[2*i+1-high])
	}
	text := string(utf16.Decode(units))
	if at := strings.IndexRune(text, utf8.RuneError); at >= 0 || len(b)%2 != 0 {
		return "", &ParseError{Line: 1 + strings.Count(text[:max(at, 0)], "\n"), Reason: "it is no valid UTF-16: save it as UTF-8"}
	}
	return text, nil
}

// logicalLine is a line with those that it continues on, without comment.
type logicalLine struct {
	number int
	text   string
}

// logicalLines cuts a file as pip does: a backslash at its end joins a line with the next, a comment begins at the line's start or after white space and ends
// what is joined.
func logicalLines(text string) []logicalLine {
	var out []logicalLine
	var joined strings.Builder
	first := 0
	end := func() {
		line := joined.String()
		if strings.Contains(line, "#") {
			line = comment.ReplaceAllString(line, "")
		}
		if line = trimSpace(line); line != "" {
			out = append(out, logicalLine{first, line})
		}
		joined.Reset()
		first = 0
	}
	for i, line := range splitLines(text) {
		if first == 0 {
			first = i + 1
		}
		whole := strings.Contains(line, "#") && atStart.MatchString(line)
		if whole {
			line = " " + line // so that it is one behind what it is joined to
		}
		if !whole && strings.HasSuffix(line, `\`) {
			joined.WriteString(strings.Trim(line, `\`))
			continue
		}
		joined.WriteString(line)
		end()
	}
	end()
	return out
}

func splitLines(text string) []string {
	lines := strings.Split(text, "\n")
	if strings.ContainsFunc(text, isRareBreak) {
		lines = lineBreak.Split(text, -1)
	}
	if lines[len(lines)-1] == "" {
		return lines[:len(lines)-1]
	}
	return lines
}

// isRareBreak reports whether a character may break a line, but for \n.
func isRareBreak(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r >= utf8.RuneSelf }

func trimSpace(s string) string {
	return strings.TrimFunc(s, isPythonSpace)
}

func isPythonSpace(r rune) bool {
	switch {
	case r == ' ', r >= '\t' && r <= '\r', r >= 0x1c && r <= 0x1f, r == 0x85, r == 0xa0, r == 0x1680, r >= 0x2000 && r <= 0x200a:
		return true
	}
	return r == 0x2028 || r == 0x2029 || r == 0x202f || r == 0x205f || r == 0x3000
}

// shellWords cuts text into words as a POSIX shell does: quotes of both kinds, and backslashes.
func shellWords(s string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote rune
	open, escaped := false, false
	for _, r := range s {
		switch {
		case escaped:
			if quote == '"' && r != '"' && r != '\\' {
				word.WriteByte('\\')
			}
			word.WriteRune(r)
			escaped = false
		case r == '\\' && quote != '\'':
			open, escaped = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			open, quote = true, r
		case r == ' ' || r == '\t' || r == '\n' || r == '\r':
			if open {
				words = append(words, word.String())
				word.Reset()
			}
			open = false
		default:
			open = true
			word.WriteRune(r)
		}
	}
	switch {
	case quote != 0:
		return nil, fmt.Errorf("a %c is not closed", quote)
	case escaped:
		return nil, fmt.Errorf("it ends with a backslash")
	case open:
		words = append(words, word.String())
	}
	return words, nil
}
