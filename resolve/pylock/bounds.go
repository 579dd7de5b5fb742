package pylock

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"
)

const (
	// MaxLock bounds a lock file, in bytes.
	MaxLock = 16 << 20
	// MaxKeys bounds the keys of one table, and the differently named tables of a file: reading takes time that grows with the square of either.
	MaxKeys = 1000
	// MaxDepth bounds how deep keys, arrays and inline tables nest.
	MaxDepth = 32
)

// bounded walks through the syntax of a TOML file, in time that grows with its length alone, and refuses what the reader proper would take too long for.
func bounded(b []byte) error {
	if len(b) > MaxLock {
		return &LockError{Reason: fmt.Sprintf("it has more than %d bytes", MaxLock)}
	}
	var p unstable.Parser
	p.Reset(b)
	tables, keys := map[string]bool{}, 0
	for p.NextExpression() {
		e := p.Expression()
		var err error
		switch e.Kind {
		case unstable.KeyValue:
			keys++
			err = boundedPair(e, 0)
		case unstable.Table, unstable.ArrayTable:
			var name string
			name, err = boundedKey(e)
			tables[name], keys = true, 0
		}
		if max(keys, len(tables)) > MaxKeys {
			err = fmt.Errorf("more than %d keys in a table, or tables", MaxKeys)
		}
		if err != nil {
			return &LockError{Err: err}
		}
	}
	return syntaxError(&p)
}

// boundedKey gives a dotted key as text.
func boundedKey(n *unstable.Node) (string, error) {
	var parts []string
	for it := n.Key(); it.Next(); {
		if len(parts) == MaxDepth {
			return "", tooDeep()
		}
		parts = append(parts, string(it.Node().Data))
	}
	return strings.Join(parts, "\x00"), nil
}

func boundedPair(n *unstable.Node, depth int) error {
	if _, err := boundedKey(n); err != nil {
		return err
	}
	return boundedValue(n.Value(), depth)
}

func boundedValue(n *unstable.Node, depth int) error {
	if n.Kind != unstable.Array && n.Kind != unstable.InlineTable {
		return nil
	}
	if depth == MaxDepth {
		return tooDeep()
	}
	keys := 0
	for it := n.Children(); it.Next(); {
		var err error
		if child := it.Node(); child.Kind == unstable.KeyValue {
			keys++
			err = boundedPair(child, depth+1)
		} else {
			err = boundedValue(child, depth+1)
		}
		if keys > MaxKeys {
			err = fmt.Errorf("more than %d keys in a table", MaxKeys)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func tooDeep() error { return fmt.Errorf("it is nested more than %d deep", MaxDepth) }

// syntaxError says in which line the syntax breaks; nil for nil.
func syntaxError(p *unstable.Parser) error {
	err := p.Error()
	if err == nil {
		return nil
	}
	e := &LockError{Reason: "no valid TOML", Err: err}
	var syntax *unstable.ParserError
	if errors.As(err, &syntax) {
		e.Line = 1 + bytes.Count(p.Data()[:p.Range(syntax.Highlight).Offset], []byte{'\n'})
	}
	return e
}
