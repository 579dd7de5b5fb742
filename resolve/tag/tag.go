package tag

import (
	"slices"
	"strconv"
	"strings"
)

// MaxTags bounds how many tags one compressed set may stand for. The largest in use have some tens.
const MaxTags = 1024

// Tag is one compatibility tag (PEP 425), lower case: cp37-cp37m-win32.
type Tag struct{ Interpreter, ABI, Platform string }

func (t Tag) String() string { return t.Interpreter + "-" + t.ABI + "-" + t.Platform }

// ParseError says why a text is no tag.
type ParseError struct {
	Input  string
	Reason string
}

func (e *ParseError) Error() string { return "tag " + quote(e.Input) + ": " + e.Reason }

// quote keeps messages short where the input is not.
func quote(s string) string {
	const most = 80
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}

// Parse reads a tag and expands a compressed set (py2.py3-none-any) in the order written, interpreters outermost, each tag once. The three
// parts consist of ASCII letters, digits and underscores, with dots between the members of a set (PEP 425, "Compressed tag sets"; the
// escaping rule of PyPA "Binary distribution format" leaves no other character); an interpreter does not begin with a digit. Letter case is
// folded. A set of more than MaxTags is refused before it is expanded. The slice is shared where many wheels have the same: do not write to it. The error is a *ParseError.
func Parse(s string) ([]Tag, error) {
	switch s {
	case "py3-none-any":
		return universal[1:], nil
	case "py2.py3-none-any":
		return universal[:], nil
	}
	if reason := check(s); reason != "" {
		return nil, &ParseError{Input: s, Reason: reason}
	}
	interpreters, rest, _ := strings.Cut(strings.ToLower(s), "-")
	abis, platforms, _ := strings.Cut(rest, "-")
	if !strings.Contains(s, ".") {
		return []Tag{{interpreters, abis, platforms}}, nil
	}
	return expand(s, interpreters, abis, platforms)
}

// universal are the tags of most wheels, one copy of them; nothing writes to it.
var universal = [...]Tag{{"py2", "none", "any"}, {"py3", "none", "any"}}

// check reads the characters once, so that what follows need not doubt them.
func check(s string) (reason string) {
	part, start := 0, 0 // of the member that is being read
	for i := range len(s) + 1 {
		if i < len(s) && isWord(s[i]) {
			continue
		}
		switch {
		case i < len(s) && s[i] != '.' && s[i] != '-':
			return "unexpected character at byte " + strconv.Itoa(i)
		case i == start:
			return "empty part at byte " + strconv.Itoa(i)
		case part == 0 && s[start] >= '0' && s[start] <= '9':
			return "an interpreter begins with a letter"
		}
		if i < len(s) && s[i] == '-' {
			part++
		}
		start = i + 1
	}
	if part != 2 {
		return "wants three parts: interpreter-abi-platform"
	}
	return ""
}

func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}

func expand(s, interpreters, abis, platforms string) ([]Tag, error) {
	n := 1
	for _, p := range []string{interpreters, abis, platforms} {
		m := strings.Count(p, ".") + 1
		if n *= min(m, MaxTags+1); n > MaxTags { // min, as the product could overflow
			return nil, &ParseError{Input: s, Reason: "stands for more than " + strconv.Itoa(MaxTags) + " tags"}
		}
	}
	tags := make([]Tag, 0, n)
	for _, interpreter := range members(interpreters) {
		for _, abi := range members(abis) {
			for _, platform := range members(platforms) {
				tags = append(tags, Tag{interpreter, abi, platform})
			}
		}
	}
	return tags, nil
}

// members splits one part of a compressed set; a repeated member counts once.
func members(part string) []string {
	var out []string
	for m := range strings.SplitSeq(part, ".") {
		if !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}
