package index

import (
	"html"
	"net/url"
	"strings"
)

// parseHTML reads a page of PEP 503: every <a href>, wherever it stands, <base href> and the repository version (PEP 629). It is as tolerant as browsers
// are of all else.
func parseHTML(text string, b *builder) error {
	for rest := text; ; {
		open := strings.IndexByte(rest, '<')
		if open < 0 {
			return nil
		}
		rest = rest[open+1:]
		if comment, ok := strings.CutPrefix(rest, "!--"); ok {
			_, after, found := strings.Cut(comment, "-->")
			if !found {
				return nil
			}
			rest = after
			continue
		}
		name := tagName(rest)
		switch name {
		case "a", "base", "meta":
		default:
			continue
		}
		var attrs map[string]string
		attrs, rest = attributes(rest[len(name):])
		offset := len(text) - len(rest)
		switch name {
		case "base":
			b.setBase(attrs["href"])
		case "meta":
			if major, _, _ := strings.Cut(attrs["content"], "."); attrs["name"] == "pypi:repository-version" && major != "1" {
				return &PageError{Offset: offset, Reason: "version " + attrs["content"] + " of the index is not known: a newer program is needed"}
			}
		case "a":
			if href, ok := attrs["href"]; ok && !b.anchor(href, attrs) {
				return &PageError{Offset: offset, Reason: tooMany}
			}
		}
	}
}

// tagName is the lower-case name at the start of a tag; "" where none begins.
func tagName(s string) string {
	n := 0
	for n < len(s) && n < 8 && ('a' <= s[n]|0x20 && s[n]|0x20 <= 'z') {
		n++
	}
	if n < len(s) && !isSpace(s[n]) && s[n] != '>' && s[n] != '/' {
		return ""
	}
	return strings.ToLower(s[:n])
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

// attributes reads up to the end of a tag: names in lower case, values unescaped; of a repeated name the first counts.
func attributes(s string) (attrs map[string]string, rest string) {
	attrs = map[string]string{}
	for {
		s = strings.TrimLeft(s, " \t\n\r\f/")
		if s == "" || s[0] == '>' {
			return attrs, strings.TrimPrefix(s, ">")
		}
		n := 1 // a name may begin with =
		for n < len(s) && !isSpace(s[n]) && s[n] != '=' && s[n] != '>' && s[n] != '/' {
			n++
		}
		name := strings.ToLower(s[:n])
		var value string
		if after, ok := strings.CutPrefix(strings.TrimLeft(s[n:], " \t\n\r\f"), "="); ok {
			value, s = attributeValue(strings.TrimLeft(after, " \t\n\r\f"))
		} else {
			s = s[n:]
		}
		if _, ok := attrs[name]; !ok {
			attrs[name] = html.UnescapeString(value)
		}
	}
}

func attributeValue(s string) (value, rest string) {
	if s != "" && (s[0] == '"' || s[0] == '\'') {
		value, rest, _ = strings.Cut(s[1:], s[:1])
		return value, rest
	}
	n := 0
	for n < len(s) && !isSpace(s[n]) && s[n] != '>' {
		n++
	}
	return s[:n], s[n:]
}

// setBase lets relative links start elsewhere; the first <base> counts.
func (b *builder) setBase(href string) {
	if b.based {
		return
	}
	if ref, err := url.Parse(strings.TrimSpace(href)); err == nil && href != "" {
		b.base, b.based, b.folder = b.base.ResolveReference(ref), true, ""
	}
}

// anchor adds the file of one link. Its name is the last part of the address, decoded (PEP 503: the anchor's text must be the same).
func (b *builder) anchor(href string, attrs map[string]string) bool {
	path, _, _ := strings.Cut(href, "#")
	path, _, _ = strings.Cut(path, "?")
	name, err := url.PathUnescape(path[strings.LastIndexByte(path, '/')+1:])
	if err != nil {
		return true
	}
	e := &b.entry
	e.reset()
	e.filename = append(e.filename, strings.TrimSpace(name)...)
	e.url = append(e.url, href...)
	e.requiresPython = append(e.requiresPython, attrs["data-requires-python"]...)
	reason, yanked := attrs["data-yanked"]
	e.yanked, e.yankedReason = yanked, append(e.yankedReason, reason...)
	for _, key := range []string{"data-core-metadata", "data-dist-info-metadata"} { // PEP 714: in this order
		if value, ok := attrs[key]; ok && value != "false" {
			sha256, _ := strings.CutPrefix(value, "sha256=")
			e.offers(sha256)
			break
		}
	}
	return b.add(e)
}
