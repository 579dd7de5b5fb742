package archive

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// CheckName reports why a path cannot be written on one of Windows, macOS and Linux (nil: it can): rules Z1, Z10 (depth), Z11 and Z12 of
// the package doc. The error is a *FormatError.
func CheckName(name string) error {
	var a audit
	a.name(name)
	return a.err()
}

func (a *audit) name(name string) {
	if name == "" {
		a.fault(Z1, name, "empty name")
		return
	}
	if len(name) > MaxName {
		a.fault(Z12, name, "%d bytes long, at most %d are portable", len(name), MaxName)
	}
	if depth := strings.Count(name, "/") + 1; depth > MaxDepth {
		a.fault(Z10, name, "%d folders deep, at most %d", depth, MaxDepth)
	}
	a.characters(name)
	rest, more := name, true
	for more {
		var part string
		part, rest, more = strings.Cut(rest, "/")
		a.component(name, part)
	}
}

// characters checks what no component may hold. Windows forbids most; a colon names a drive or an alternate data stream.
func (a *audit) characters(name string) {
	if !utf8.ValidString(name) {
		a.fault(Z11, name, "not UTF-8")
	}
	for _, r := range name {
		switch {
		case r == '\\':
			a.fault(Z1, name, "backslash, which separates folders on Windows")
		case r == ':':
			a.fault(Z1, name, "colon, which names a drive or a stream on Windows")
		case strings.ContainsRune(`<>"|?*`, r):
			a.fault(Z1, name, "%q, which Windows forbids", r)
		case unicode.IsControl(r):
			a.fault(Z1, name, "control character %U", r)
		}
	}
}

func (a *audit) component(name, part string) {
	switch {
	case part == "":
		a.fault(Z1, name, "leading, trailing or double slash")
	case part == "." || part == "..":
		a.fault(Z1, name, "%q as a folder", part)
	case strings.HasSuffix(part, ".") || strings.HasSuffix(part, " "):
		a.fault(Z1, name, "%q ends in a dot or a space, which Windows drops", part)
	case isDevice(part):
		a.fault(Z1, name, "%q is a device on Windows", part)
	}
}

// isDevice knows the reserved names of Windows (Microsoft, "Naming Files, Paths, and Namespaces"): they are devices with any extension
// and with spaces before it, and superscript digits count as digits.
func isDevice(part string) bool {
	base, _, _ := strings.Cut(part, ".")
	base = strings.TrimRight(base, " ")
	for _, device := range [...]string{"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"} {
		if strings.EqualFold(base, device) {
			return true
		}
	}
	if len(base) < 4 || !strings.EqualFold(base[:3], "COM") && !strings.EqualFold(base[:3], "LPT") {
		return false
	}
	return utf8.RuneCountInString(base[3:]) == 1 && strings.Contains("0123456789¹²³", base[3:])
}
