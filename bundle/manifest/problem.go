package manifest

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Problem is one thing that is wrong with a text, and where.
type Problem struct {
	Line, Column int    // from 1; the column counts characters
	Path         string // the keys that lead there: "numpy.windows.size"; "" for the text as a whole
	Text         string // what is wrong and what to write instead
}

func (p Problem) String() string {
	where := fmt.Sprintf("line %d, column %d: ", p.Line, p.Column)
	if p.Path != "" {
		where += p.Path + ": "
	}
	return where + p.Text
}

// SyntaxError lists every problem of a text, in the order of their places; at most MaxProblems.
type SyntaxError struct {
	Problems []Problem
}

// Error is one problem a line.
func (e *SyntaxError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// document is a text being read and what was found wrong with it.
type document struct {
	text  []byte
	found []finding
}

type finding struct {
	at         int
	path, text string
}

func (d *document) problem(at int, path, format string, args ...any) {
	if len(d.found) < MaxProblems {
		d.found = append(d.found, finding{at, path, fmt.Sprintf(format, args...)})
	}
}

// err turns the findings into a *SyntaxError; nil where there are none.
func (d *document) err() error {
	if len(d.found) == 0 {
		return nil
	}
	e := &SyntaxError{Problems: make([]Problem, len(d.found))}
	for i, f := range sortedFindings(d.found) {
		line, column := d.place(f.at)
		e.Problems[i] = Problem{Line: line, Column: column, Path: f.path, Text: f.text}
	}
	return e
}

// place gives the line and column of a byte offset.
func (d *document) place(at int) (line, column int) {
	before := d.text[:min(at, len(d.text))]
	line = 1
	for i, b := range before {
		if b == '\n' {
			line++
			column = i + 1
		}
	}
	return line, utf8.RuneCount(before[column:]) + 1
}
