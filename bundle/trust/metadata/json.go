package metadata

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// tree is a JSON object. A value in it is a tree, []any, string, int64, bool or nil.
type tree = map[string]any

// decode reads b as one JSON value (RFC 8259) of the kinds that canonical JSON has.
func decode(b []byte) (any, error) {
	if !utf8.Valid(b) {
		return nil, malformed("", "not UTF-8")
	}
	if loneSurrogate(b) {
		return nil, malformed("", "half of a surrogate pair")
	}
	d := decoder{Decoder: json.NewDecoder(bytes.NewReader(b))}
	d.UseNumber()
	v, err := d.value(0)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, malformed("", "text after the end of the JSON value")
	}
	return v, nil
}

// decoder reads token by token, as encoding/json's own objects drop duplicate keys.
type decoder struct {
	*json.Decoder
	values int
}

func (d *decoder) value(depth int) (any, error) {
	if d.values++; d.values > MaxValues {
		return nil, malformed("", "more than %d values", MaxValues)
	}
	if depth > MaxDepth {
		return nil, malformed("", "nested more than %d deep", MaxDepth)
	}
	t, err := d.Token()
	if err != nil {
		return nil, malformed("", "no JSON: %v", err)
	}
	switch t := t.(type) {
	case json.Delim:
		if t == '{' {
			return d.object(depth)
		}
		return d.array(depth)
	case json.Number:
		return integer(string(t))
	}
	return t, nil
}

func (d *decoder) object(depth int) (tree, error) {
	o := tree{}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, malformed("", "no JSON: %v", err)
		}
		key, ok := t.(string)
		if !ok {
			return nil, malformed("", "no JSON: a key must be a string")
		}
		if _, twice := o[key]; twice {
			return nil, malformed("", "the key %.80q stands twice in an object", key)
		}
		if o[key], err = d.value(depth + 1); err != nil {
			return nil, err
		}
	}
	return o, d.end()
}

func (d *decoder) array(depth int) ([]any, error) {
	a := []any{}
	for d.More() {
		v, err := d.value(depth + 1)
		if err != nil {
			return nil, err
		}
		a = append(a, v)
	}
	return a, d.end()
}

// end passes the closing bracket.
func (d *decoder) end() error {
	if _, err := d.Token(); err != nil {
		return malformed("", "no JSON: %v", err)
	}
	return nil
}

func integer(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || s == "-0" {
		return 0, malformed("", "%.40s is no integer of 64 bits: canonical JSON has no other numbers", s)
	}
	return n, nil
}

// loneSurrogate finds an escape of half a surrogate pair, for which encoding/json would write U+FFFD.
func loneSurrogate(b []byte) bool {
	for i := 0; i < len(b); i++ {
		if b[i] != '\\' {
			continue
		}
		if i++; i >= len(b) || b[i] != 'u' {
			continue
		}
		switch half(b[i:]) {
		case 'h':
			if i+5 >= len(b) || b[i+5] != '\\' || half(b[i+6:]) != 'l' {
				return true
			}
			i += 6
		case 'l':
			return true
		}
	}
	return false
}

// half tells whether u, which begins behind a backslash, escapes a high ('h') or low ('l') surrogate; 0 for neither.
func half(u []byte) byte {
	if len(u) < 5 || u[0] != 'u' || u[1]|0x20 != 'd' {
		return 0
	}
	switch i := strings.IndexByte("89abcdef", u[2]|0x20); {
	case u[2] < '8' || i < 0:
		return 0
	case i < 4:
		return 'h'
	}
	return 'l'
}
