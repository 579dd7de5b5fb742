package build

import (
	"fmt"

	"github.com/chandlery-go/chandlery/internal/lazy"
)

// MissingKind is the kind of thing that a build lacks.
type MissingKind string

const (
	Compiler MissingKind = "compiler" // gcc
	Header   MissingKind = "header"   // Python.h
	Library  MissingKind = "library"  // ffi, of -lffi
	Program  MissingKind = "program"  // pg_config
	Module   MissingKind = "module"   // pkg_resources
)

// Missing is what a build lacked by its own output: a guess, as no standard says how a backend tells.
type Missing struct {
	Kind MissingKind
	Name string
}

// String says what is missing and what to do.
func (m *Missing) String() string {
	switch {
	case m.Kind == Compiler:
		return fmt.Sprintf("there is no compiler (%s): install one that is on Builder.Environ's PATH, or use a version that has a wheel", m.Name)
	case m.Kind == Header && m.Name == "Python.h":
		return "Python's headers (Python.h) are missing: install the development package of this Python, or use a version that has a wheel"
	case m.Kind == Header || m.Kind == Library:
		return fmt.Sprintf("the %s %s is missing: install the development package of the library that it belongs to", m.Kind, m.Name)
	case m.Kind == Module:
		return fmt.Sprintf("the build imports %s, which none of its build requirements brings: name what does in Builder.Extra, or hold back a build requirement that had it by Builder.Constraints", m.Name)
	}
	return fmt.Sprintf("the program %s is missing: install it where Builder.Environ's PATH finds it", m.Name)
}

var compilers = lazy.Regexp{Expr: `^(.*[-/])?(gcc|g\+\+|cc|c\+\+|clang|clang\+\+|cl|cl\.exe)(-[0-9.]+)?$`}

// signs are what backends, compilers and shells print; the first group is the name.
var signs = []struct {
	kind MissingKind
	text *lazy.Regexp
}{
	{Compiler, &lazy.Regexp{Expr: `(Microsoft Visual C\+\+ [0-9.]+) or greater is required`}},
	{Compiler, &lazy.Regexp{Expr: `[Uu]nknown compiler\(s\): \[+'([^']+)'`}},                                                         // meson
	{Header, &lazy.Regexp{Expr: `(?:fatal error|error C1083): .*?'?([\w./+-]+\.h(?:pp|h|xx)?)'?(?: file not found|: No such file)`}}, // gcc, clang, cl
	{Library, &lazy.Regexp{Expr: `cannot find -l([\w.+-]+)`}},
	{Library, &lazy.Regexp{Expr: `library not found for -l([\w.+-]+)`}},
	{Program, &lazy.Regexp{Expr: `error: command '([^']+)' failed: No such file or directory`}},
	{Program, &lazy.Regexp{Expr: `unable to execute '([^']+)': No such file`}},
	{Program, &lazy.Regexp{Expr: `(?m)^error: \[Errno 2\] No such file or directory: '([\w+-]+)'$`}},                                      // distutils since 2025
	{Program, &lazy.Regexp{Expr: `in _execute_child\n(?:.*\n){1,6}?FileNotFoundError: \[Errno 2\] No such file or directory: '([^']+)'`}}, // of subprocess, not of open
	{Program, &lazy.Regexp{Expr: `(?m)(?:^|: )([\w.+-]+): (?:command )?not found$`}},
	{Module, &lazy.Regexp{Expr: `(?m)^\s*(?:ModuleNotFoundError|ImportError): No module named '?([\w.]+)'?`}},
}

// findMissing finds the last sign in a build's output: what stands before it may have been tried in vain and done without. nil: none.
func findMissing(output string) *Missing {
	var found *Missing
	last := -1
	for _, s := range signs {
		all := s.text.FindAllStringSubmatchIndex(output, -1)
		if len(all) == 0 {
			continue
		}
		if m := all[len(all)-1]; m[0] > last {
			last, found = m[0], &Missing{s.kind, output[m[2]:m[3]]}
		}
	}
	if found != nil && found.Kind == Program && compilers.MatchString(found.Name) {
		found.Kind = Compiler
	}
	return found
}
