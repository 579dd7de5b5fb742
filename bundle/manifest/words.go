package manifest

import (
	"strings"

	"github.com/chandlery-go/chandlery/internal/lazy"
)

var (
	// word is the name of a channel, a platform or a format: it can be a folder's name and part of a url on every system.
	word = lazy.Regexp{Expr: `^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?$`}
	// platformTag is the third part of a compatibility tag (PEP 425).
	platformTag = lazy.Regexp{Expr: `^[a-z0-9]+(?:_[a-z0-9]+)*$`}
	// wheelTag is a compatibility tag, compressed sets included: py2.py3-none-any.
	wheelTag = lazy.Regexp{Expr: `^[A-Za-z0-9_.]+-[A-Za-z0-9_.]+-[A-Za-z0-9_.]+$`}
	// fullPython is a version with all three numbers: 3.9 alone would be 3.9.0, which is rarely meant.
	fullPython = lazy.Regexp{Expr: `^[0-9]+\.[0-9]+\.[0-9]+(?:(?:a|b|rc)[0-9]+)?$`}
	wheelFile  = lazy.Regexp{Expr: `^[^/\\:\x00-\x1f]+\.whl$`}
)

// Windows reserves these names, with any extension, in every folder.
var reserved = lazy.Regexp{Expr: `(?i)^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)`}

// CheckWord reports whether s can be the name of a channel or a platform: letters, digits, dots, dashes and underscores, at most MaxWord bytes, no name that
// Windows reserves, and not "sha256", the folder of the bundles.
func CheckWord(s string) bool {
	return len(s) <= MaxWord && word.MatchString(s) && !reserved.MatchString(s) && !strings.EqualFold(s, "sha256")
}
