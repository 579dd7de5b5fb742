package pylock

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// reader keeps the first error of a file; after it all reading gives zeros.
type reader struct {
	err     *LockError
	later   bool // a minor version that may have keys which 1.0 has not
	unknown []string
}

func (r *reader) fail(key, reason string, err error) {
	if r.err == nil {
		r.err = &LockError{Key: key, Reason: reason, Err: err}
	}
}

// table is one table of the file. What is read is taken out of it, so that end finds what is unknown.
type table struct {
	r   *reader
	key string // "" for the file itself
	m   map[string]any
}

func (t table) at(key string) string {
	if t.key == "" {
		return key
	}
	return t.key + "." + key
}

// end reports the keys that nobody has read.
func (t table) end() {
	left := slices.Sorted(maps.Keys(t.m))
	for _, key := range left {
		if t.r.later {
			t.r.unknown = append(t.r.unknown, t.at(shown(key)))
		} else {
			t.r.fail(t.at(shown(key)), "a key that lock files of version "+LockVersion+" do not have", nil)
		}
	}
}

// shown is text from the file as an error may show it.
func shown(s string) string {
	if len(s) > 100 {
		s = s[:100] + "…"
	}
	return strings.Trim(fmt.Sprintf("%q", s), `"`)
}

// take reads a value of one type; ok is false where it is absent or of another.
func take[T any](t table, key, want string) (v T, ok bool) {
	value, found := t.m[key]
	if !found {
		return v, false
	}
	delete(t.m, key)
	if v, ok = value.(T); !ok {
		t.r.fail(t.at(key), "it is no "+want, nil)
	}
	return v, ok
}

func (t table) text(key string) string {
	s, ok := take[string](t, key, "text")
	if ok && strings.ContainsFunc(s, isControl) {
		t.r.fail(t.at(key), "it has control characters", nil)
	}
	return s
}

func (t table) required(key string) string {
	if _, ok := t.m[key]; !ok {
		t.r.fail(t.at(key), "it is missing", nil)
	}
	return t.text(key)
}

// elements reads an array, each element of one type; nil where it is absent.
func elements[T any](t table, key, want string) []T {
	list, ok := take[[]any](t, key, "array")
	if !ok {
		return nil
	}
	out := make([]T, len(list))
	for i, v := range list {
		if out[i], ok = v.(T); !ok {
			t.r.fail(fmt.Sprintf("%s[%d]", t.at(key), i), "it is no "+want, nil)
		}
	}
	return out
}

func (t table) free(key string) map[string]any {
	m, _ := take[map[string]any](t, key, "table")
	return m
}

func (t table) frees(key string) []map[string]any { return elements[map[string]any](t, key, "table") }

// table reads a table of known keys; ok is false where it is absent.
func (t table) table(key string) (table, bool) {
	m, ok := take[map[string]any](t, key, "table")
	return table{t.r, t.at(key), m}, ok
}

func (t table) tables(key string) []table {
	var out []table
	for i, m := range t.frees(key) {
		out = append(out, table{t.r, fmt.Sprintf("%s[%d]", t.at(key), i), m})
	}
	return out
}

func (t table) names(key string) []pep508.Name {
	texts := elements[string](t, key, "text")
	if texts == nil {
		return nil
	}
	out := make([]pep508.Name, len(texts))
	for i, s := range texts {
		var err error
		if out[i], err = pep508.ParseName(s); err != nil {
			t.r.fail(fmt.Sprintf("%s[%d]", t.at(key), i), "", err)
		}
	}
	return out
}

func (t table) markers(key string) []pep508.Marker {
	var out []pep508.Marker
	for i, s := range elements[string](t, key, "text") {
		m, err := pep508.ParseMarker(s)
		if err != nil {
			t.r.fail(fmt.Sprintf("%s[%d]", t.at(key), i), "", err)
		}
		out = append(out, m)
	}
	return out
}

// parsed reads a text that a parser of another package judges; the zero value where it is absent.
func parsed[T any](t table, key string, parse func(string) (T, error)) (v T) {
	if _, ok := t.m[key]; !ok {
		return v
	}
	v, err := parse(t.text(key))
	if err != nil {
		t.r.fail(t.at(key), "", err)
	}
	return v
}

func (t table) specifiers(key string) pep440.Specifiers {
	return parsed(t, key, pep440.ParseSpecifiers)
}

// size reads a length in bytes.
func (t table) size(key string) int64 {
	n, _ := take[int64](t, key, "integer")
	if n < 0 {
		t.r.fail(t.at(key), "it is negative", nil)
	}
	return n
}

// instant reads a date and time in UTC; without an offset it counts as that, since the specification has no other.
func (t table) instant(key string) time.Time {
	switch v := t.m[key].(type) {
	case toml.LocalDateTime:
		t.m[key] = v.AsTime(time.UTC)
	case time.Time:
		if _, offset := v.Zone(); offset != 0 {
			t.r.fail(t.at(key), "it is not in UTC", nil)
		}
	}
	v, _ := take[time.Time](t, key, "date and time")
	return v.UTC()
}
