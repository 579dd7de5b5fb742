package wheel

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/chandlery-go/chandlery/internal/archive"
	"github.com/chandlery-go/chandlery/internal/lazy"
)

// MaxEntryPoints bounds entry_points.txt, in bytes.
const MaxEntryPoints = 1 << 20

// EntryPoint is one line of entry_points.txt (PyPA "Entry points specification").
type EntryPoint struct {
	Group  string   // "console_scripts"
	Name   string   // "pip3.11"
	Module string   // "pip._internal.cli.main"
	Attr   string   // "main", dotted where nested; "" where the module itself is meant
	Extras []string // as written; nil where none
}

// IsScript says whether installers make a launcher of it.
func (e EntryPoint) IsScript() bool { return e.Group == "console_scripts" || e.Group == "gui_scripts" }

// EntryPointsError says where entry_points.txt cannot be read.
type EntryPointsError struct {
	Line int // from 1; 0 where the whole is meant
	Err  error
}

func (e *EntryPointsError) Error() string {
	return fmt.Sprintf("entry_points.txt, line %d: %v", e.Line, e.Err)
}

func (e *EntryPointsError) Unwrap() error { return e.Err }

// ParseEntryPoints reads entry_points.txt, in the order of the file, as importlib.metadata does: line by line, names with their case, # for
// comments. A script needs an attribute and a name that is a file name everywhere. The error is an *EntryPointsError.
func ParseEntryPoints(b []byte) ([]EntryPoint, error) {
	if len(b) > MaxEntryPoints || !utf8.Valid(b) {
		return nil, &EntryPointsError{0, fmt.Errorf("longer than %d bytes, or not UTF-8", MaxEntryPoints)}
	}
	var points []EntryPoint
	group, line, seen := "", 0, map[[2]string]bool{}
	for raw := range bytes.Lines(b) {
		line++
		text := strings.TrimSpace(string(raw))
		if text == "" || text[0] == '#' || text[0] == ';' {
			continue
		}
		if text[0] == '[' && strings.HasSuffix(text, "]") {
			group = strings.TrimSpace(text[1 : len(text)-1])
			continue
		}
		p, err := entryPoint(group, text)
		if err == nil && seen[[2]string{group, p.Name}] {
			err = fmt.Errorf("%q is there already", p.Name)
		}
		if err != nil {
			return nil, &EntryPointsError{line, err}
		}
		seen[[2]string{group, p.Name}] = true
		points = append(points, p)
	}
	return points, nil
}

// reference is an object reference with extras (PyPA "Entry points specification", "Data model").
var reference = lazy.Regexp{Expr: `^([\pL_][\pL\pN\pM_.]*)\s*(?::\s*([\pL_][\pL\pN\pM_.]*)\s*)?(?:\[([^\[\]]*)\])?$`}

func entryPoint(group, text string) (EntryPoint, error) {
	name, value, ok := strings.Cut(text, "=")
	if !ok || group == "" {
		return EntryPoint{}, errors.New("want name = module:attribute in a [group]")
	}
	p := EntryPoint{Group: group, Name: strings.TrimSpace(name)}
	if p.Name == "" || p.Name[0] == '[' {
		return p, fmt.Errorf("%q is no name of an entry point", p.Name)
	}
	m := reference.FindStringSubmatch(strings.TrimSpace(value))
	if m == nil {
		return p, fmt.Errorf("%q is no module:attribute", strings.TrimSpace(value))
	}
	p.Module, p.Attr = m[1], m[2]
	for extra := range strings.SplitSeq(m[3], ",") {
		if extra = strings.TrimSpace(extra); extra != "" {
			p.Extras = append(p.Extras, extra)
		}
	}
	if p.IsScript() {
		return p, p.checkScript()
	}
	return p, nil
}

func (e EntryPoint) checkScript() error {
	if e.Attr == "" {
		return fmt.Errorf("script %q names no function", e.Name)
	}
	if strings.Contains(e.Name, "/") || archive.CheckName(e.Name) != nil {
		return fmt.Errorf("script %q cannot be a file's name", e.Name)
	}
	return nil
}
