package pep440

import (
	"slices"
	"strconv"
	"strings"
)

// MaxSpecifiers bounds the text of a specifier set, in bytes.
const MaxSpecifiers = 1 << 16

// Specifiers is a parsed version specifier set, such as ">=1.0,!=1.5.*". The zero value admits every version.
// It is immutable.
type Specifiers struct {
	clauses []clause // sorted by text, each once
	set     Range    // of the clauses; unused where there is none
}

// ParseSpecifiers reads a comma-separated set (PEP 440, "Version specifiers") of at most MaxSpecifiers bytes; "" is the empty
// set, which admits all. A comma with nothing before or after it is passed over. The error is a *ParseError.
func ParseSpecifiers(s string) (Specifiers, error) {
	if len(s) > MaxSpecifiers {
		return Specifiers{}, &ParseError{"specifier", s, MaxSpecifiers, "longer than " + strconv.Itoa(MaxSpecifiers) + " bytes"}
	}
	var clauses []clause
	for start := 0; start <= len(s); {
		end := start
		for end < len(s) && s[end] != ',' {
			end++
		}
		if text := trimSpace(s[start:end]); text != "" {
			c, reason, offset := parseClause(text)
			if reason != "" {
				return Specifiers{}, &ParseError{"specifier", s, start + strings.Index(s[start:], text) + offset, reason}
			}
			clauses = append(clauses, c)
		}
		start = end + 1
	}
	return newSpecifiers(clauses), nil
}

// newSpecifiers takes over the slice.
func newSpecifiers(clauses []clause) Specifiers {
	if len(clauses) == 0 {
		return Specifiers{}
	}
	slices.SortFunc(clauses, func(a, b clause) int { return strings.Compare(a.text, b.text) })
	clauses = slices.CompactFunc(clauses, func(a, b clause) bool { return a.text == b.text })
	return Specifiers{clauses, intersection(clauses)}
}

// intersection is by halves, as thousands of != clauses would take quadratic time one by one.
func intersection(clauses []clause) Range {
	n := len(clauses)
	if n == 1 {
		return clauses[0].set
	}
	return intersection(clauses[:n/2]).Intersect(intersection(clauses[n/2:]))
}

// MustParseSpecifiers is ParseSpecifiers for constants.
func MustParseSpecifiers(s string) Specifiers {
	set, err := ParseSpecifiers(s)
	if err != nil {
		panic(err)
	}
	return set
}

// Exactly is the set `==v`. The zero Version has none: the empty set comes back.
func Exactly(v Version) Specifiers {
	if v.IsZero() {
		return Specifiers{}
	}
	p, _ := scan(v.canon)
	return newSpecifiers([]clause{{text: "==" + v.canon, set: p.equal(), names: v.IsPrerelease(), pins: true}})
}

// Contains reports whether v is in the set by order alone; whether pre-releases are wanted is the caller's policy
// (NamesPrerelease).
func (s Specifiers) Contains(v Version) bool {
	if len(s.clauses) == 0 {
		return !v.IsZero()
	}
	return s.set.Contains(v)
}

// Range is the set as version intervals.
func (s Specifiers) Range() Range {
	if len(s.clauses) == 0 {
		return All()
	}
	return s.set
}

// NamesPrerelease reports whether a clause that can admit a pre-release names one (PEP 440, "Handling of pre-releases"):
// any operator but !=, and no wildcard.
func (s Specifiers) NamesPrerelease() bool {
	return slices.ContainsFunc(s.clauses, func(c clause) bool { return c.names })
}

// Pins reports whether a clause is `==` without wildcard or `===` and admits v: what a yanked file needs (PEP 592).
func (s Specifiers) Pins(v Version) bool {
	return slices.ContainsFunc(s.clauses, func(c clause) bool { return c.pins && c.set.Contains(v) })
}

// Intersect is the set of both's clauses.
func (s Specifiers) Intersect(t Specifiers) Specifiers {
	switch {
	case len(s.clauses) == 0:
		return t
	case len(t.clauses) == 0:
		return s
	}
	return newSpecifiers(slices.Concat(s.clauses, t.clauses))
}

// IsEmpty reports whether the set has no clause.
func (s Specifiers) IsEmpty() bool { return len(s.clauses) == 0 }

// String is the canonical text: clauses normalised, sorted, joined by commas. It parses to the same set.
func (s Specifiers) String() string {
	if len(s.clauses) == 1 {
		return s.clauses[0].text
	}
	var b strings.Builder
	for i, c := range s.clauses {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(c.text)
	}
	return b.String()
}

// MarshalText gives the canonical text.
func (s Specifiers) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText is ParseSpecifiers.
func (s *Specifiers) UnmarshalText(text []byte) error {
	t, err := ParseSpecifiers(string(text))
	if err != nil {
		return err
	}
	*s = t
	return nil
}
