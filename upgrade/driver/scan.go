package driver

import (
	"bytes"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/internal/lazy"
)

// Imports are looked for by lines here, only to find where a driver's files belong; what it asks of its host is read from its syntax tree by pyast.
var (
	importLine = lazy.Regexp{Expr: `(?m)^[ \t]*(?:from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^)]*\)|[^\n#;(]*)|import[ \t]+([^\n#;]+))`}
	quotedName = lazy.Regexp{Expr: `["']([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)["']`}
	className  = lazy.Regexp{Expr: `(?m)^class[ \t]+([A-Za-z_]\w*)`}
	identifier = lazy.Regexp{Expr: `^[A-Za-z_]\w*$`}
	comment    = lazy.Regexp{Expr: `#[^\n]*`}
)

// maxImported bounds a dotted name that is followed, in bytes.
const maxImported = 1000

// imported lists the dotted names that a file may import: a module, and each name taken from it, as that may be a module too. A relative name is resolved against the file's own.
func imported(f File) []string {
	var names []string
	text := bytes.ReplaceAll(bytes.ReplaceAll(f.Text, []byte("\r\n"), []byte("\n")), []byte("\\\n"), []byte(" "))
	for _, m := range importLine.FindAllSubmatch(text, -1) {
		if len(m[3]) > 0 {
			names = append(names, taken(string(m[3]))...)
			continue
		}
		from, ok := absolute(f, string(m[1]))
		if !ok {
			continue
		}
		if from != "" {
			names = append(names, from)
		}
		for _, name := range taken(string(m[2])) {
			names = append(names, join(from, name))
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return len(name) > maxImported })
}

// mentioned adds what a file names in strings, as importutils takes it.
func mentioned(f File) []string {
	names := imported(f)
	for _, m := range quotedName.FindAllSubmatch(f.Text, -1) {
		if len(m[1]) <= maxImported {
			names = append(names, string(m[1]))
		}
	}
	return names
}

// taken splits "a as b, c" into a and c.
func taken(list string) (names []string) {
	for _, part := range strings.Split(strings.Trim(comment.ReplaceAllString(list, ""), "() \t\n"), ",") {
		if fields := strings.Fields(part); len(fields) > 0 && fields[0] != "*" {
			names = append(names, fields[0])
		}
	}
	return names
}

// absolute resolves "..x" as seen from a file (Python reference, "Package Relative Imports").
func absolute(f File, name string) (string, bool) {
	bare := strings.TrimLeft(name, ".")
	up := len(name) - len(bare)
	if up == 0 {
		return name, true
	}
	base := strings.Split(f.Name, ".")
	if !f.Package {
		up++
	}
	if up--; up > len(base) || len(bare) > maxImported {
		return "", false
	}
	return strings.Trim(strings.Join(base[:len(base)-up], ".")+"."+bare, "."), true
}

// classes lists the names of the classes at a file's top level.
func classes(text []byte) (names []string) {
	for _, m := range className.FindAllSubmatch(text, -1) {
		names = append(names, string(m[1]))
	}
	return names
}
