// Package digest knows what the digests look like by which the library names files.
package digest

import "strings"

// IsSHA256 reports whether s is one as the library writes it: 64 lower-case hexadecimal digits.
func IsSHA256(s string) bool {
	return len(s) == 64 && strings.Trim(s, "0123456789abcdef") == ""
}
