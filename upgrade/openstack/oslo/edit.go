package oslo

import (
	"slices"
	"strings"
)

// Set gives a plain option one value: in the place of its last value, the others removed; else after the last option of its section; else in a
// new section at the end. A value with line feeds becomes continuation lines. Setting what it is already changes nothing.
func (f *File) Set(section, key, value string) {
	if all := f.Values(section, key); len(all) == 1 && all[0] == value {
		return
	}
	set := part{assignment, fold(section), key, value, f.format(key, value)}
	if last := f.last(func(p part) bool { return p.is(section) && p.key == key }); last >= 0 {
		f.parts[last] = set
		f.deleteBefore(last, section, key)
		return
	}
	at := f.last(func(p part) bool { return p.section == fold(section) })
	if at < 0 {
		f.addSection(section)
		at = len(f.parts) - 1
	}
	f.endLine(at)
	f.parts = slices.Insert(f.parts, at+1, set)
}

// Unset removes every value of a key and reports whether there was one. A section that becomes empty stays.
func (f *File) Unset(section, key string) bool {
	before := len(f.parts)
	f.parts = slices.DeleteFunc(f.parts, func(p part) bool { return p.is(section) && p.key == key })
	return len(f.parts) != before
}

func (f *File) deleteBefore(last int, section, key string) {
	index := -1
	f.parts = slices.DeleteFunc(f.parts, func(p part) bool {
		index++
		return index < last && p.is(section) && p.key == key
	})
}

func (f *File) last(match func(part) bool) int {
	for i := len(f.parts) - 1; i >= 0; i-- {
		if match(f.parts[i]) {
			return i
		}
	}
	return -1
}

func (f *File) addSection(section string) {
	eol := f.lineEnd()
	if n := len(f.parts); n > 0 {
		f.endLine(n - 1)
		f.parts = append(f.parts, part{kind: other, text: eol})
	}
	f.parts = append(f.parts, part{kind: header, section: fold(section), text: "[" + section + "]" + eol})
}

// endLine closes a last line that has no line end.
func (f *File) endLine(i int) {
	if !strings.HasSuffix(f.parts[i].text, "\n") {
		f.parts[i].text += f.lineEnd()
	}
}

// lineEnd is that of the first line, so that an edit keeps a file's own.
func (f *File) lineEnd() string {
	if len(f.parts) > 0 && strings.HasSuffix(f.parts[0].text, "\r\n") {
		return "\r\n"
	}
	return "\n"
}

// format writes an assignment so that oslo.config reads value back: quoted where it would else lose white space or quotes.
func (f *File) format(key, value string) string {
	eol := f.lineEnd()
	lines := strings.Split(value, "\n")
	if first := lines[0]; first != strings.TrimSpace(first) || unquote(first) != first {
		lines[0] = `"` + first + `"`
	}
	return key + " = " + strings.Join(lines, eol+"    ") + eol
}
