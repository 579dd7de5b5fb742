package durable

import (
	"strconv"
	"strings"
)

// Outdated reports whether a folder is named as one for an older form of what the folder named current keeps. Both names are a kind, a hyphen and the form's number.
func Outdated(name, current string) bool {
	kind, form := kindAndForm(name)
	now, at := kindAndForm(current)
	return kind == now && form >= 0 && form < at
}

// kindAndForm gives -1 where the name ends in no number.
func kindAndForm(name string) (kind string, form int) {
	kind, number, _ := strings.Cut(name, "-")
	n, err := strconv.ParseUint(number, 10, 16)
	if err != nil {
		return kind, -1
	}
	return kind, int(n)
}
