package archive

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Rule is the number of a rule of the package doc.
type Rule uint8

const (
	Z1 Rule = iota + 1
	Z2
	Z3
	Z4
	Z5
	Z6
	Z7
	Z8
	Z9
	Z10
	Z11
	Z12
	Z13
)

func (r Rule) String() string { return fmt.Sprintf("Z%d", uint8(r)) }

// Violation is one broken rule. It is an error by itself, too.
type Violation struct {
	Rule   Rule
	Name   string // the entry, cut to MaxName bytes; "" where the zip itself is meant
	Detail string
}

func (v Violation) Error() string {
	if v.Name == "" {
		return fmt.Sprintf("%s: %s", v.Rule, v.Detail)
	}
	return fmt.Sprintf("%s: %q: %s", v.Rule, v.Name, v.Detail)
}

// FormatError says that a zip breaks rules, and lists every violation by rule, name and detail.
type FormatError struct{ Violations []Violation }

// shown is how many violations Error spells out.
const shown = 5

func (e *FormatError) Error() string {
	texts := make([]string, 0, shown+1)
	for i, v := range e.Violations {
		if i == shown {
			texts = append(texts, fmt.Sprintf("and %d more", len(e.Violations)-shown))
			break
		}
		texts = append(texts, v.Error())
	}
	return "unsafe or broken zip, do not use it: " + strings.Join(texts, "; ")
}

// audit collects violations.
type audit struct{ violations []Violation }

func (a *audit) fault(rule Rule, name, format string, args ...any) {
	a.violations = append(a.violations, Violation{rule, clip(name), fmt.Sprintf(format, args...)})
}

// err is the sorted *FormatError, or nil.
func (a *audit) err() error {
	if len(a.violations) == 0 {
		return nil
	}
	slices.SortFunc(a.violations, func(v, w Violation) int {
		return cmp.Or(cmp.Compare(v.Rule, w.Rule), strings.Compare(v.Name, w.Name), strings.Compare(v.Detail, w.Detail))
	})
	return &FormatError{slices.Compact(a.violations)}
}

func clip(name string) string { return strings.Clone(name[:min(len(name), MaxName)]) }
