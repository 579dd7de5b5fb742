// Package toml reads TOML files of strangers within bounds, so that time and memory grow with a file's length alone. The reader proper takes time that grows with
// the square of the keys of a table, and of the tables of a file: a walk through the syntax counts these first.
package toml

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// Limits bound a file.
type Limits struct {
	Bytes int
	Keys  int // of one table, and the differently named tables of the file
	Depth int // of keys, arrays and inline tables
}

// Error says why a file is not read.
type Error struct {
	Line   int    // from 1; 0 where it is not known
	Reason string // "" where Err says all
	Err    error
}

func (e *Error) Error() string {
	switch {
	case e.Err == nil:
		return e.Reason
	case e.Reason == "":
		return e.Err.Error()
	}
	return fmt.Sprintf("%s: %v", e.Reason, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Parse reads a file: tables are map[string]any, arrays []any, and values string, int64, float64, bool, time.Time or go-toml's local times. The error is an *Error.
func Parse(b []byte, l Limits) (map[string]any, error) {
	if len(b) > l.Bytes {
		return nil, &Error{Reason: fmt.Sprintf("it has more than %d bytes", l.Bytes)}
	}
	if err := l.check(b); err != nil {
		return nil, err
	}
	var doc map[string]any
	if err := toml.Unmarshal(b, &doc); err != nil {
		e := &Error{Reason: notTOML, Err: err}
		var at *toml.DecodeError
		if errors.As(err, &at) {
			e.Line, _ = at.Position()
		}
		return nil, e
	}
	return doc, nil
}

const notTOML = "no valid TOML"

// check walks through the syntax of a file, in time that grows with its length alone.
func (l Limits) check(b []byte) error {
	var p unstable.Parser
	p.Reset(b)
	tables, keys := map[string]bool{}, 0
	for p.NextExpression() {
		e := p.Expression()
		var err error
		switch e.Kind {
		case unstable.KeyValue:
			keys++
			err = l.pair(e, 0)
		case unstable.Table, unstable.ArrayTable:
			var name string
			name, err = l.key(e)
			tables[name], keys = true, 0
		}
		if max(keys, len(tables)) > l.Keys {
			err = fmt.Errorf("more than %d keys in a table, or tables", l.Keys)
		}
		if err != nil {
			return &Error{Err: err}
		}
	}
	return syntaxError(&p)
}

// key gives a dotted key as text.
func (l Limits) key(n *unstable.Node) (string, error) {
	var parts []string
	for it := n.Key(); it.Next(); {
		if len(parts) == l.Depth {
			return "", l.tooDeep()
		}
		parts = append(parts, string(it.Node().Data))
	}
	return strings.Join(parts, "\x00"), nil
}

func (l Limits) pair(n *unstable.Node, depth int) error {
	if _, err := l.key(n); err != nil {
		return err
	}
	return l.value(n.Value(), depth)
}

func (l Limits) value(n *unstable.Node, depth int) error {
	if n.Kind != unstable.Array && n.Kind != unstable.InlineTable {
		return nil
	}
	if depth == l.Depth {
		return l.tooDeep()
	}
	keys := 0
	for it := n.Children(); it.Next(); {
		var err error
		if child := it.Node(); child.Kind == unstable.KeyValue {
			keys++
			err = l.pair(child, depth+1)
		} else {
			err = l.value(child, depth+1)
		}
		if keys > l.Keys {
			err = fmt.Errorf("more than %d keys in a table", l.Keys)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (l Limits) tooDeep() error { return fmt.Errorf("it is nested more than %d deep", l.Depth) }

// syntaxError says in which line the syntax breaks; nil where it does not.
func syntaxError(p *unstable.Parser) error {
	err := p.Error()
	if err == nil {
		return nil
	}
	e := &Error{Reason: notTOML, Err: err}
	var syntax *unstable.ParserError
	if errors.As(err, &syntax) {
		e.Line = 1 + bytes.Count(p.Data()[:p.Range(syntax.Highlight).Offset], []byte{'\n'})
	}
	return e
}
