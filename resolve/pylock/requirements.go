package pylock

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

const (
	// MaxRequirements bounds what one Read takes in, in bytes of all files together.
	MaxRequirements = 4 << 20
	// MaxLines bounds the requirements and constraints of one Read, each on its own.
	MaxLines = 100_000
	// MaxIncludes bounds the files of one Read, each counted as often as it is named.
	MaxIncludes = 1000
	// MaxProblems is how many lines a Read reports before it gives up.
	MaxProblems = 100
)

// Requirements is what requirements and constraints files ask for, the files that they name included.
type Requirements struct {
	Requirements []Line
	Constraints  []Line
	Options      Options
	Files        []string // that were read, in order
}

// Line is a requirement and where it stands.
type Line struct {
	Requirement pep508.Requirement  // with a URL where it is name @ URL, or a wheel's path or address
	Hashes      map[string][]string // algorithm (sha256, sha384, sha512) -> lower-case hexadecimal digits: what its file may hash to; nil: any
	File        string
	Line        int // the first of a continued one, from 1
}

// Options are what lines without a requirement say, of all files together.
type Options struct {
	Indexes       []string // --index-url and --extra-index-url, in order of precedence; they may hold credentials
	NoIndex       bool     // --no-index
	FindLinks     []string // --find-links: folders, those that a file names relatively made relative to the file's folder where they are there
	Formats                // --no-binary, --only-binary
	Prereleases   bool     // --pre
	RequireHashes bool     // --require-hashes
}

// ParseError says what is wrong in a line of a requirements or constraints file.
type ParseError struct {
	File   string
	Line   int // from 1; 0 where the whole file is meant
	Reason string
	Err    error // nil where Reason says all
}

func (e *ParseError) Error() string {
	at := e.File
	if e.Line > 0 {
		at = fmt.Sprintf("%s:%d", e.File, e.Line)
	}
	switch {
	case e.Err == nil:
		return at + ": " + e.Reason
	case e.Reason == "":
		return fmt.Sprintf("%s: %v", at, e.Err)
	}
	return fmt.Sprintf("%s: %s: %v", at, e.Reason, e.Err)
}

func (e *ParseError) Unwrap() error { return e.Err }

// RequirementsReader reads pip's requirements files; the package's text says what of the format. Its fields are not changed once it is in use.
type RequirementsReader struct {
	Open   func(path string) ([]byte, error)    // nil: a file's, or a pipe's that Read is given, of at most MaxRequirements bytes
	Fetch  func(address string) ([]byte, error) // of http and https, with any credentials; its errors tell none of them; nil: files at addresses are refused
	Getenv func(name string) string             // what ${NAME} stands for, "" where it is not set; nil: nothing is. Text that Fetch brought learns none of it
	Stdin  io.Reader                            // what "-" in the lists of a Read stands for, read to its end; nil: a file of that name
}

// Read reads requirements files and constraints files, and what they name. The error joins a *ParseError for each line that is wrong, MaxProblems at most.
func (r *RequirementsReader) Read(requirements, constraints []string) (*Requirements, error) {
	s := &session{reader: r, out: &Requirements{}}
	for _, path := range requirements {
		s.file(path, false, nil)
	}
	for _, path := range constraints {
		s.file(path, true, nil)
	}
	if len(s.problems) > 0 {
		return nil, errors.Join(s.problems...)
	}
	return s.out, nil
}

// session is one Read.
type session struct {
	reader   *RequirementsReader
	out      *Requirements
	bytes    int
	problems []error
}

// full reports that no more is read, as enough is wrong.
func (s *session) full() bool { return len(s.problems) >= MaxProblems }

func (s *session) fail(e *ParseError) {
	if !s.full() {
		s.problems = append(s.problems, e)
	}
}

// include is a file under way, and who named it.
type include struct {
	path       string // as it is shown: of an address no credentials and no query
	absolute   string // its path or address
	remote     bool
	constraint bool
	by         *include
}

// file reads one file; from is who names it, nil for the caller.
func (s *session) file(path string, constraint bool, from *cursor) {
	path, absolute, remote, err := s.locate(path)
	if err != nil {
		s.refuse(from, path, err)
		return
	}
	f := &include{path: path, absolute: absolute, remote: remote, constraint: constraint}
	if from != nil {
		f.by = from.file
	}
	for above := f.by; above != nil; above = above.by {
		if above.absolute == absolute {
			s.refuse(from, path, fmt.Errorf("%s leads back to itself", path))
			return
		}
	}
	if len(s.out.Files) == MaxIncludes {
		s.refuse(from, path, fmt.Errorf("more than %d files are named", MaxIncludes))
		return
	}
	s.out.Files = append(s.out.Files, path)
	b, err := s.open(f, from == nil)
	if err != nil {
		s.refuse(from, path, err)
		return
	}
	text, problem := decode(b)
	if problem != nil {
		problem.File = path
		s.fail(problem)
		return
	}
	for _, l := range logicalLines(text) {
		if s.full() {
			return
		}
		c := &cursor{session: s, file: f, line: l.number}
		c.read(l.text)
	}
}

// locate tells a path from an address, which may hold credentials: shown is what an error may have of it.
func (s *session) locate(path string) (shown, absolute string, remote bool, err error) {
	if !scheme.MatchString(path) {
		absolute, err = filepath.Abs(path)
		return path, absolute, false, err
	}
	u, err := url.Parse(path)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return "an address", "", true, errNoFile
	case s.reader.Fetch == nil:
		return "an address", "", true, errElsewhere
	}
	bare := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	return bare.String(), u.String(), true, nil
}

const (
	errElsewhere plainError = "only files of this machine are read: fetch it first"
	errNoFile    plainError = "it is neither a path nor an http or https address"
)

// refuse says why a file is not read: at the line that names it, or in the file's own name.
func (s *session) refuse(from *cursor, path string, why error) {
	if from != nil {
		from.fail("", why)
		return
	}
	s.fail(&ParseError{File: path, Err: why})
}

// open reads a file's bytes; named says that it is in the lists of a Read.
func (s *session) open(f *include, named bool) ([]byte, error) {
	open, path := s.reader.Open, f.path
	switch {
	case f.remote:
		open = func(string) ([]byte, error) { return s.reader.Fetch(f.absolute) }
	case path == "-" && named && s.reader.Stdin != nil:
		open = func(string) ([]byte, error) { return io.ReadAll(io.LimitReader(s.reader.Stdin, MaxRequirements+1)) }
	case open == nil:
		open = func(path string) ([]byte, error) { return readFile(path, named) }
	}
	b, err := open(path)
	if err != nil {
		return nil, err
	}
	if s.bytes += len(b); s.bytes > MaxRequirements {
		return nil, fmt.Errorf("%s: more than %d bytes of requirements", path, MaxRequirements)
	}
	return b, nil
}

// readFile reads a file, or where the caller names it what another program writes into a pipe.
func readFile(path string, named bool) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir() || !info.Mode().IsRegular() && !named:
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, MaxRequirements+1))
	if len(b) > MaxRequirements {
		return nil, fmt.Errorf("%s has more than %d bytes", path, MaxRequirements)
	}
	return b, err
}

// All in Formats stands for every project, None for none: it takes back what was said before.
const (
	All  pep508.Name = ":all:"
	None pep508.Name = ":none:"
)

// Formats says of which projects sdists or wheels are not wanted. What is said of a project itself goes before what is said of All, and OnlyBinary before NoBinary.
type Formats struct {
	NoBinary   []pep508.Name // no wheels: --no-binary
	OnlyBinary []pep508.Name // no sdists: --only-binary
}

// Wheels reports whether wheels of a project are wanted.
func (f Formats) Wheels(name pep508.Name) bool {
	switch {
	case slices.Contains(f.OnlyBinary, name):
		return true
	case slices.Contains(f.NoBinary, name):
		return false
	}
	return slices.Contains(f.OnlyBinary, All) || !slices.Contains(f.NoBinary, All)
}

// Sdists reports whether sdists of a project are wanted.
func (f Formats) Sdists(name pep508.Name) bool {
	switch {
	case slices.Contains(f.OnlyBinary, name):
		return false
	case slices.Contains(f.NoBinary, name):
		return true
	}
	return !slices.Contains(f.OnlyBinary, All)
}

// OnlyWheels says the same as --only-binary: no sdists of these projects. All ends what was said before and what follows it up to a None, which empties the list.
func (f *Formats) OnlyWheels(names ...pep508.Name) { exclude(names, &f.OnlyBinary, &f.NoBinary) }

// NoWheels says the same as --no-binary, likewise.
func (f *Formats) NoWheels(names ...pep508.Name) { exclude(names, &f.NoBinary, &f.OnlyBinary) }

// exclude adds an option's value to one list and takes it out of the other, as pip does.
func exclude(value []pep508.Name, into, other *[]pep508.Name) {
	for i := len(value) - 1; i >= 0; i-- {
		if value[i] == All {
			*into, *other, value = []pep508.Name{All}, nil, value[i+1:]
			if !slices.Contains(value, None) {
				return
			}
			break
		}
	}
	for _, name := range value {
		if name == None {
			*into = nil
			continue
		}
		*other = slices.DeleteFunc(slices.Clone(*other), func(n pep508.Name) bool { return n == name })
		if !slices.Contains(*into, name) {
			*into = append(slices.Clip(*into), name)
		}
	}
}
