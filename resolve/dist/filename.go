package dist

import (
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/tag"
)

// MaxFilename bounds a distribution's file name, in bytes. File systems allow 255.
const MaxFilename = 1 << 10

// Kind is what a distribution file is.
type Kind int8

const (
	Other Kind = iota // eggs, installers, signatures: never used
	Wheel
	Sdist
)

// Filename is a parsed distribution file name (PyPA "Binary distribution format", "Source distribution file name").
type Filename struct {
	Kind    Kind
	Name    pep508.Name
	Version pep440.Version
	Build   Build     // wheels only
	Tags    []tag.Tag // wheels only, expanded; files of one Project may share the slice, so do not write to it
}

// ParseFilename reads a wheel's or an sdist's file name. The error is a *FilenameError.
func ParseFilename(s string) (Filename, error) {
	return ParseFilenameOf("", s)
}

// ParseFilenameOf is ParseFilename for a file on the page of a project. It knows where the name of an old sdist ends: foo-1.0-2.tar.gz
// is version 1.0-2 of foo. A file of another project is a *FilenameError. An empty project is any.
func ParseFilenameOf(project pep508.Name, s string) (Filename, error) {
	return (&FilenameReader{Project: project}).read(s)
}

func (r *FilenameReader) read(s string) (Filename, error) {
	var f Filename
	var err *FilenameError
	stem, kind := cutExtension(s)
	switch {
	case len(s) > MaxFilename:
		err = &FilenameError{s[:64] + "…", "longer than " + strconv.Itoa(MaxFilename) + " bytes", nil}
	case kind == Wheel:
		f, err = r.wheel(stem)
	case kind == Sdist:
		f, err = r.sdist(stem)
	default:
		err = &FilenameError{Reason: "neither .whl nor .tar.gz nor .zip"}
	}
	if err == nil && r.Project != "" && f.Name != r.Project {
		err = &FilenameError{Reason: "belongs to " + string(f.Name) + ", not to " + string(r.Project)}
	}
	if err != nil {
		if err.File == "" {
			err.File = s
		}
		return Filename{}, err
	}
	return f, nil
}

func cutExtension(s string) (stem string, kind Kind) {
	if stem, ok := strings.CutSuffix(s, ".whl"); ok {
		return stem, Wheel
	}
	for _, ext := range []string{".tar.gz", ".zip"} {
		if stem, ok := strings.CutSuffix(s, ext); ok {
			return stem, Sdist
		}
	}
	return s, Other
}

func (r *FilenameReader) wheel(stem string) (Filename, *FilenameError) {
	dashes := strings.Count(stem, "-")
	if dashes != 4 && dashes != 5 {
		return Filename{}, &FilenameError{Reason: "a wheel's name has five parts, or six with a build tag"}
	}
	name, rest, _ := strings.Cut(stem, "-")
	project, ok := r.name(name)
	if !ok {
		return Filename{}, &FilenameError{Reason: "project name " + strconv.Quote(name) + " is not escaped as wheels have it"}
	}
	version, rest, _ := strings.Cut(rest, "-")
	f := Filename{Kind: Wheel, Name: project}
	var err error
	if f.Version, err = r.version(version); err != nil {
		return Filename{}, &FilenameError{Reason: "no version", Err: err}
	}
	if dashes == 5 {
		var text string
		text, rest, _ = strings.Cut(rest, "-")
		if f.Build, ok = parseBuild(text); !ok {
			return Filename{}, &FilenameError{Reason: "build tag " + strconv.Quote(text) + " does not start with a digit"}
		}
	}
	if f.Tags, err = r.tagSet(rest); err != nil {
		return Filename{}, &FilenameError{Reason: "no compatibility tag", Err: err}
	}
	return f, nil
}

// sdist splits at the last dash, as versions have none since PEP 440; within a known project, where that project's name ends.
func (r *FilenameReader) sdist(stem string) (Filename, *FilenameError) {
	at := strings.LastIndexByte(stem, '-')
	if at <= 0 {
		return Filename{}, &FilenameError{Reason: "an sdist's name is a project and a version joined by a dash"}
	}
	if r.Project != "" {
		for i := 1; i < at; i++ {
			if stem[i] == '-' && pep508.NormalizeName(stem[:i]) == r.Project {
				if v, err := r.version(stem[i+1:]); err == nil {
					return Filename{Kind: Sdist, Name: r.Project, Version: v}, nil
				}
			}
		}
	}
	v, err := r.version(stem[at+1:])
	if err != nil {
		return Filename{}, &FilenameError{Reason: "no version", Err: err}
	}
	return Filename{Kind: Sdist, Name: pep508.NormalizeName(stem[:at]), Version: v}, nil
}

// isEscapedName checks the name part of a wheel: letters, digits, dots and underscores, no two of these in a row
// (PyPA "Binary distribution format", "Escaping and Unicode").
func isEscapedName(s string) bool {
	if s == "" || strings.Contains(s, "__") {
		return false
	}
	for _, r := range s {
		switch {
		case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '_', r == '.':
		case r >= 0x80 && r != unicode.ReplacementChar && (unicode.IsLetter(r) || unicode.IsNumber(r)):
		default:
			return false
		}
	}
	return true
}

// Build is a wheel's build tag: a number, then any text; it orders wheels of one version and tag. The zero Build is none.
type Build struct {
	Number uint64 // numbers beyond 64 bits count as the largest
	Text   string
	Set    bool
}

// parseBuild reads the digits, then text up to the end of the line.
func parseBuild(s string) (Build, bool) {
	n := 0
	for n < len(s) && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	if n == 0 {
		return Build{}, false
	}
	number, err := strconv.ParseUint(s[:n], 10, 64)
	if err != nil {
		number = math.MaxUint64
	}
	text, _, _ := strings.Cut(s[n:], "\n")
	return Build{Number: number, Text: text, Set: true}, true
}

// Compare orders build tags: none first, then by number, then by text (PyPA "Binary distribution format", "File name convention").
func (b Build) Compare(c Build) int {
	switch {
	case b.Set != c.Set && c.Set:
		return -1
	case b.Set != c.Set:
		return 1
	case b.Number < c.Number:
		return -1
	case b.Number > c.Number:
		return 1
	}
	return strings.Compare(b.Text, c.Text)
}

// String is the build tag as a file name has it; "" for none.
func (b Build) String() string {
	if !b.Set {
		return ""
	}
	return strconv.FormatUint(b.Number, 10) + b.Text
}
