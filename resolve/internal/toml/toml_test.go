package toml

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var small = Limits{Bytes: 100, Keys: 3, Depth: 2}

func TestParse(t *testing.T) {
	doc, err := Parse([]byte("a = 1\n[t]\nb = ['x', {c = true}]\n"), small)
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"a": int64(1), "t": map[string]any{"b": []any{"x", map[string]any{"c": true}}}}, doc)
	for text, want := range map[string]struct {
		line   int
		reason string
	}{
		strings.Repeat("#", 101):  {0, "it has more than 100 bytes"},
		"a=1\nb=1\nc=1\nd=1":      {0, "more than 3 keys in a table, or tables"},
		"[a]\n[b]\n[c]\n[d]":      {0, "more than 3 keys in a table, or tables"},
		"x = {a=1,b=1,c=1,d=1}":   {0, "more than 3 keys in a table"},
		"x = [[[1]]]":             {0, "it is nested more than 2 deep"},
		"a.b.c = 1":               {0, "it is nested more than 2 deep"},
		"[a.b.c]":                 {0, "it is nested more than 2 deep"},
		"a = 1\nb = \n":           {2, "no valid TOML: "},
		"a = 1\na = 2\n":          {2, "no valid TOML: "},
		"[a]\n[[a]]\n":            {2, "no valid TOML: "},
		"a = 1\nb = 2026-13-01\n": {2, "no valid TOML: "},
		"a = \"\xff\"\n":          {0, "no valid TOML: "},
	} {
		_, err := Parse([]byte(text), small)
		var e *Error
		require.ErrorAs(t, err, &e, text)
		assert.True(t, strings.HasPrefix(e.Error(), want.reason), "%q: %v", text, e)
		if want.line > 0 {
			assert.Equal(t, want.line, e.Line, text)
		}
	}
}

// FuzzParse: what is taken keeps to the limits; what is not is an *Error.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"a = 1\n[b.c]\nd = [{e = 'x'}]", "[[a]]\n[[a]]", "a = 2026-01-01T00:00:00Z", "a.b = {}"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, err := Parse(b, Limits{Bytes: 1 << 16, Keys: 50, Depth: 8})
		if err == nil {
			return
		}
		var e *Error
		require.ErrorAs(t, err, &e)
		require.NotEmpty(t, e.Error())
	})
}
