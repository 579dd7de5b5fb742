package pep440

import (
	"strings"
	"unicode"
)

// parts is a version's text, taken apart. Numbers are decimal digits of any length; "" is 0.
type parts struct {
	epoch   string
	release string // numbers joined by dots
	pre     byte   // preA, preB, preRC, or preNone
	preN    string
	post    bool
	postN   string
	dev     bool
	devN    string
	local   string // as written, without the +
}

// scan reads the longest version at the beginning of s and gives its length (PEP 440, Appendix B).
// A length of 0 means that there is none.
func scan(s string) (p parts, n int) {
	i := 0
	if i < len(s) && s[i]|0x20 == 'v' {
		i++
	}
	start := i
	if i = digits(s, i); i == start {
		return p, 0
	}
	if i+1 < len(s) && s[i] == '!' && isDigit(s[i+1]) {
		p.epoch = s[start:i]
		i++
		start = i
		i = digits(s, i)
	}
	for i+1 < len(s) && s[i] == '.' && isDigit(s[i+1]) {
		i = digits(s, i+1)
	}
	p.release = s[start:i]
	p.pre = preNone
	if i < len(s) {
		i = p.scanSuffixes(s, i)
	}
	return p, i
}

func (p *parts) scanSuffixes(s string, i int) int {
	if rank, end := preWord(s, separator(s, i)); rank != 0 {
		p.pre = rank
		p.preN, i = optionalNumber(s, end)
	}
	i = p.scanPost(s, i)
	if end := word(s, separator(s, i), "dev"); end > 0 {
		p.dev = true
		p.devN, i = optionalNumber(s, end)
	}
	if i < len(s) && s[i] == '+' {
		if end := localEnd(s, i+1); end > 0 {
			p.local = s[i+1 : end]
			i = end
		}
	}
	return i
}

// scanPost reads -1, .post1, .rev1 or .r1.
func (p *parts) scanPost(s string, i int) int {
	if i+1 < len(s) && s[i] == '-' && isDigit(s[i+1]) {
		end := digits(s, i+1)
		p.post, p.postN = true, s[i+1:end]
		return end
	}
	from := separator(s, i)
	for _, w := range [...]string{"post", "rev", "r"} {
		if end := word(s, from, w); end > 0 {
			p.post = true
			p.postN, i = optionalNumber(s, end)
			break
		}
	}
	return i
}

// preWord reads a pre-release's letters; rank 0 means that there are none.
func preWord(s string, i int) (rank byte, end int) {
	if i >= len(s) {
		return 0, i
	}
	switch s[i] | 0x20 {
	case 'a':
		return preA, longest(s, i, "alpha", 1)
	case 'b':
		return preB, longest(s, i, "beta", 1)
	case 'c':
		return preRC, i + 1
	case 'r':
		if end := word(s, i, "rc"); end > 0 {
			return preRC, end
		}
	case 'p':
		if end := word(s, i, "pre"); end > 0 {
			return preRC, longest(s, i, "preview", 3)
		}
	}
	return 0, i
}

// longest gives the end of the word w at s[i:], or i+short where w is not there.
func longest(s string, i int, w string, short int) int {
	if end := word(s, i, w); end > 0 {
		return end
	}
	return i + short
}

// word gives the end of the lower-case word w at s[i:] in any case, or 0.
func word(s string, i int, w string) int {
	if len(s)-i < len(w) {
		return 0
	}
	for j := range len(w) {
		if s[i+j]|0x20 != w[j] {
			return 0
		}
	}
	return i + len(w)
}

// optionalNumber reads what may follow a word: a separator, a number, both or neither.
func optionalNumber(s string, i int) (number string, end int) {
	start := separator(s, i)
	end = digits(s, start)
	return s[start:end], end
}

func separator(s string, i int) int {
	if i < len(s) && (s[i] == '.' || s[i] == '-' || s[i] == '_') {
		return i + 1
	}
	return i
}

func digits(s string, i int) int {
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i
}

// localEnd gives the end of the local part at s[i:], or 0 where there is none. A last separator belongs to what follows.
func localEnd(s string, i int) int {
	end := 0
	for {
		start := i
		for i < len(s) && isAlphanumeric(s[i]) {
			i++
		}
		if i == start {
			return end
		}
		end = i
		if separator(s, i) == i {
			return end
		}
		i++
	}
}

func isDigit(c byte) bool        { return '0' <= c && c <= '9' }
func isAlphanumeric(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' }

// trimSpace drops the white space that Python's \s matches, as the regular expression of PEP 440, Appendix B, is Python's:
// Unicode's, and the four ASCII separators 0x1c to 0x1f.
func trimSpace(s string) string {
	if s != "" && isPlain(s[0]) && isPlain(s[len(s)-1]) {
		return s
	}
	return strings.TrimFunc(s, isSpace)
}

func isPlain(c byte) bool { return ' ' < c && c < 0x7f }

func isSpace(r rune) bool { return 0x1c <= r && r <= 0x1f || unicode.IsSpace(r) }
