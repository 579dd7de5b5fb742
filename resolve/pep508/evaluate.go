package pep508

import (
	"slices"
	"strings"
)

// Truth is the value of a marker: a marker variable that the environment does not know makes comparisons Unknown.
// The order is that of truth, so that and is the least of its operands and or the greatest (Kleene's logic).
type Truth int8

const (
	False Truth = iota
	Unknown
	True
)

func (t Truth) String() string { return [...]string{"false", "unknown", "true"}[t] }

// Environment holds the marker variables of one target (PEP 508, "Environment Markers"), by their names
// ("python_version", "sys_platform", …). An absent key is unknown, never "". dependency_groups, where present, is a comma-separated list of names.
type Environment map[string]string

// Evaluate gives the marker's value in env with the given extras requested: `extra == "x"` is true where x is among them. It never fails: a
// comparison without meaning is False (see Undefined). The package's text has the rules.
func (m Marker) Evaluate(env Environment, extras ...Name) Truth {
	if m.root == nil {
		return True
	}
	return m.root.evaluate(env, extras)
}

func (n *node) evaluate(env Environment, extras []Name) Truth {
	switch n.join {
	case and:
		t := True
		for i := 0; i < len(n.nodes) && t > False; i++ {
			t = min(t, n.nodes[i].evaluate(env, extras))
		}
		return t
	case or:
		t := False
		for i := 0; i < len(n.nodes) && t < True; i++ {
			t = max(t, n.nodes[i].evaluate(env, extras))
		}
		return t
	}
	return n.comparison.evaluate(env, extras)
}

func (c *comparison) evaluate(env Environment, extras []Name) Truth {
	switch c.rule {
	case undefined:
		return False
	case byExtra:
		return c.evaluateExtra(env, extras)
	case bySet:
		return c.evaluateSet(env, extras)
	}
	left, ok := c.left.value(env)
	if !ok {
		return Unknown
	}
	right, ok := c.right.value(env)
	if !ok {
		return Unknown
	}
	if c.rule == byString {
		return truth(compareStrings(left, c.op, right))
	}
	if c.right.variable == "" {
		return truth(c.version.matches(left))
	}
	if test, ok := newVersionTest(c.op, right); ok {
		return truth(test.matches(left))
	}
	return truth(compareStrings(left, c.op, right))
}

// value is false for a variable that env does not know.
func (o *operand) value(env Environment) (string, bool) {
	if o.variable == "" {
		return o.text, true
	}
	value, ok := env[string(o.variable)]
	if o.variable == pythonFullVersion && strings.HasSuffix(value, "+") {
		value += "local" // 3.9.0+ is what a build between releases calls itself, and no version
	}
	return value, ok
}

// evaluateExtra compares with each requested extra, or with "" where there is none: == and in ask for one that matches, != and not in for none.
func (c *comparison) evaluateExtra(env Environment, extras []Name) Truth {
	op, want := c.op, true
	switch op {
	case "!=":
		op, want = "==", false
	case notIn:
		op, want = in, false
	}
	other := &c.left
	if other.variable == extra {
		other = &c.right
	}
	text, ok := other.value(env)
	if !ok {
		return Unknown
	}
	if other.variable != "" {
		text = normalize(text)
	}
	matches := func(e string) bool {
		if other == &c.right {
			return compareStrings(e, op, text)
		}
		return compareStrings(text, op, e)
	}
	found := len(extras) == 0 && matches("")
	for i := 0; i < len(extras) && !found; i++ {
		found = matches(string(extras[i]))
	}
	return truth(found == want)
}

// evaluateSet is `"x" in extras` and its like (PEP 751).
func (c *comparison) evaluateSet(env Environment, extras []Name) Truth {
	name, ok := c.left.value(env)
	if !ok {
		return Unknown
	}
	if c.left.variable != "" {
		name = normalize(name)
	}
	if c.right.variable == extraSet {
		return truth(slices.Contains(extras, Name(name)) == (c.op == in))
	}
	groups, ok := env[string(dependencyGroups)]
	if !ok {
		return Unknown
	}
	found := false
	for group := range strings.SplitSeq(groups, ",") {
		group = strings.TrimSpace(group)
		found = found || group != "" && normalize(group) == name
	}
	return truth(found == (c.op == in))
}

// compareStrings has the rules for what is no version: text has no order, so < and > are false and <= and >= mean equal; in is substring search.
func compareStrings(left string, op operator, right string) bool {
	switch op {
	case "==", "<=", ">=":
		return left == right
	case "!=":
		return left != right
	case in:
		return strings.Contains(right, left)
	case notIn:
		return !strings.Contains(right, left)
	}
	return false // <, >; ~= and === on a value that is no version
}

func truth(b bool) Truth {
	if b {
		return True
	}
	return False
}
