package manifest

import (
	"slices"
	"strconv"
	"strings"
)

// fields are the members of an object whose keys are known beforehand.
type fields struct {
	d    *document
	at   int
	path string
	by   map[string]value
}

// fields reads v as an object of known keys. A key that differs from a known one in case only is always a problem, and read as that one; another unknown
// key is one where strict.
func (d *document) fields(v value, path string, strict bool, known ...string) fields {
	f := fields{d: d, at: v.at, path: path, by: map[string]value{}}
	for _, m := range d.members(v, path) {
		i := slices.IndexFunc(known, func(k string) bool { return fold(k) == fold(m.key) })
		switch {
		case i >= 0 && known[i] != m.key:
			d.problem(m.at, path, "unknown field %q: write %q", m.key, known[i])
		case i < 0 && strict:
			d.problem(m.at, path, "unknown field %q: known are %s", m.key, strings.Join(known, ", "))
		}
		if i >= 0 {
			f.by[known[i]] = m.value
		}
	}
	return f
}

// members are the members of an object, without those whose key came before, exactly or in another case.
func (d *document) members(v value, path string) []member {
	if !d.is(v, object, path) {
		return nil
	}
	seen := make(map[string]member, len(v.members))
	unique := make([]member, 0, len(v.members))
	for _, m := range v.members {
		first, twice := seen[fold(m.key)]
		if !twice {
			seen[fold(m.key)] = m
			unique = append(unique, m)
			continue
		}
		line, _ := d.place(first.at)
		if first.key == m.key {
			d.problem(m.at, path, "duplicate key %q: it stands on line %d already", m.key, line)
		} else {
			d.problem(m.at, path, "key %q differs only in case from %q on line %d", m.key, first.key, line)
		}
	}
	return unique
}

// fold maps strings that are equal but for their case to one string, as strings.EqualFold has it.
func fold(s string) string { return strings.ToLower(strings.ToUpper(s)) }

// is reports whether v is of the kind; where not, that is a problem.
func (d *document) is(v value, k kind, path string) bool {
	if v.kind == k {
		return true
	}
	hint := ""
	if k == text && (v.kind == integer || v.kind == decimal) {
		hint = ": write \"" + v.text + "\""
	}
	d.problem(v.at, path, "must be %s, not %s%s", k, v.kind, hint)
	return false
}

// str is a string field of at most limit bytes; at is its place. A required one that is missing or empty is a problem.
func (f fields) str(key string, required bool, limit int) (s string, at int) {
	v, ok := f.by[key]
	if !ok {
		if required {
			f.d.problem(f.at, f.path, "field %q is missing", key)
		}
		return "", f.at
	}
	if !f.d.is(v, text, f.sub(key)) {
		return "", v.at
	}
	if v.text == "" {
		f.d.problem(v.at, f.sub(key), "must not be empty")
	}
	return f.d.short(v, f.sub(key), limit), v.at
}

// short is v's text where it has at most limit bytes and no control character.
func (d *document) short(v value, path string, limit int) string {
	if len(v.text) > limit {
		d.problem(v.at, path, "longer than %d bytes", limit)
		return ""
	}
	if strings.ContainsFunc(v.text, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
		d.problem(v.at, path, "holds a control character")
		return ""
	}
	return v.text
}

// number is a required integer field between 1 and limit.
func (f fields) number(key string, limit int64) int64 { return f.between(key, 1, limit) }

// between is a required integer field.
func (f fields) between(key string, least, limit int64) int64 {
	v, ok := f.by[key]
	if !ok {
		f.d.problem(f.at, f.path, "field %q is missing", key)
		return 0
	}
	if !f.d.is(v, integer, f.sub(key)) {
		return 0
	}
	n, err := strconv.ParseInt(v.text, 10, 64)
	if err != nil || n < least || n > limit {
		f.d.problem(v.at, f.sub(key), "must be from %d to %d", least, limit)
		return 0
	}
	return n
}

// strings is a field that is a list of at most limit non-empty strings; visit gets each with its path.
func (f fields) strings(key string, limit int, visit func(v value, path string)) {
	v, ok := f.by[key]
	path := f.sub(key)
	if !ok || !f.d.is(v, array, path) {
		return
	}
	if len(v.members) > limit {
		f.d.problem(v.at, path, "more than %d entries", limit)
		return
	}
	for i, m := range v.members {
		at := path + "[" + strconv.Itoa(i) + "]"
		if !f.d.is(m.value, text, at) || f.d.short(m.value, at, MaxURL) == "" {
			if m.value.kind == text && m.value.text == "" {
				f.d.problem(m.value.at, at, "must not be empty")
			}
			continue
		}
		visit(m.value, at)
	}
}

// sub is the path of a field.
func (f fields) sub(key string) string { return join(f.path, key) }

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
