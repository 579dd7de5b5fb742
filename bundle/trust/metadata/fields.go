package metadata

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// fields reads an object of known fields. After the first fault every method gives zero and err keeps the fault.
type fields struct {
	o    tree
	path string
	err  *error
}

// object begins reading v, in which the known fields may stand; one that differs from a known one only in case is a fault.
func object(v any, path string, err *error, known ...string) fields {
	f := fields{path: path, err: err}
	o, ok := v.(tree)
	if !ok {
		f.fail("", "must be an object")
		return f
	}
	for key := range o {
		if slices.Contains(known, key) {
			continue
		}
		for _, k := range known {
			if strings.EqualFold(k, key) {
				f.fail("", "unknown field %.80q: write %q", key, k)
			}
		}
	}
	f.o = o
	return f
}

func (f fields) fail(key, format string, args ...any) {
	if *f.err == nil {
		*f.err = malformed(f.at(key), format, args...)
	}
}

func (f fields) at(key string) string {
	if key == "" {
		return f.path
	}
	return f.path + "." + key
}

func (f fields) has(key string) bool { _, ok := f.o[key]; return ok }

// get is the field's value if it is a T; it must be there.
func get[T any](f fields, key, what string) T {
	v, ok := f.o[key].(T)
	if !ok {
		f.fail(key, "must be %s", what)
	}
	return v
}

func (f fields) str(key string) string { return get[string](f, key, "a string") }
func (f fields) bool(key string) bool  { return get[bool](f, key, "true or false") }

// short is a string of at most limit bytes and at least one.
func (f fields) short(key string, limit int) string {
	s := f.str(key)
	if s == "" || len(s) > limit {
		f.fail(key, "must have from 1 to %d bytes", limit)
	}
	return s
}

func (f fields) int(key string, least int64) int64 {
	n := get[int64](f, key, "an integer")
	if n < least {
		f.fail(key, "must be %d or more", least)
	}
	return n
}

// each visits the members of the field that is an object, sorted by key.
func (f fields) each(key string, limit int, visit func(key string, v any, path string)) {
	o := get[tree](f, key, "an object")
	if len(o) > limit {
		f.fail(key, "has more than %d members", limit)
		return
	}
	for _, k := range slices.Sorted(maps.Keys(o)) {
		visit(k, o[k], f.at(key)+"."+k)
	}
}

// strings is a list of strings, each of 1 to size bytes.
func (f fields) strings(key string, limit, size int) []string {
	list := get[[]any](f, key, "a list")
	if len(list) > limit {
		f.fail(key, "has more than %d entries", limit)
		return nil
	}
	all := make([]string, 0, len(list))
	for _, v := range list {
		s, ok := v.(string)
		if !ok || s == "" || len(s) > size {
			f.fail(key, "must be a list of strings of 1 to %d bytes", size)
			return nil
		}
		all = append(all, s)
	}
	return all
}

// timeForm is how times are written: UTC, whole seconds (specification, "Metadata conventions").
const timeForm = "2006-01-02T15:04:05Z"

func (f fields) time(key string) time.Time {
	s := f.str(key)
	t, err := time.Parse(timeForm, s)
	if err != nil || t.Format(timeForm) != s {
		f.fail(key, "must be a time like 2026-11-22T00:00:00Z")
	}
	return t
}
