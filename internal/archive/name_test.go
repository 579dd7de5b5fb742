package archive

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCheckName(t *testing.T) {
	for _, name := range []string{"a", "a/b.py", "a-1.0.dist-info/RECORD", "é/日本.py", strings.Repeat("a/", MaxDepth-1) + "b", strings.Repeat("a", MaxName), "$RECYCLE", "a+b@c#d%e&f(g)[h]{i}'j,k;l=m!n^o`p"} {
		assert.NoError(t, CheckName(name), name)
	}
	err := CheckName(`C:\con/../x`)
	assert.Equal(t, &FormatError{[]Violation{
		{Z1, `C:\con/../x`, `".." as a folder`},
		{Z1, `C:\con/../x`, `backslash, which separates folders on Windows`},
		{Z1, `C:\con/../x`, `colon, which names a drive or a stream on Windows`},
	}}, err, "all that is wrong with a name")
	assert.EqualError(t, CheckName("nul"), `unsafe or broken zip, do not use it: Z1: "nul": "nul" is a device on Windows`)
}

func TestCollisions(t *testing.T) {
	tests := []struct {
		names []string
		want  []string
	}{
		{[]string{"a", "b", "c/d", "c/e", "c"[:0] + "f/c/d"}, nil},
		{[]string{"b", "a", "B"}, []string{`Z2: "b": "B" is the same on Windows or macOS`}},
		{[]string{"x/y", "X/z"}, []string{`Z2: "x": "X" is the same on Windows or macOS`}},
		{[]string{"a", "a"}, []string{`Z3: "a": stands twice`}},
		{[]string{"a/b", "a"}, []string{`Z4: "a": "a" is a file and a folder`}},
		{[]string{"a/", "a/b"}, nil},
		{[]string{"é", "É", "e\u0301"}, []string{`Z2: "É": "e\u0301" is the same on Windows or macOS`, `Z2: "é": "e\u0301" is the same on Windows or macOS`}},
	}
	for _, tt := range tests {
		var got []string
		for _, err := range Collisions(tt.names) {
			got = append(got, strings.ReplaceAll(err.Error(), "e\u0301", `e\u0301`))
		}
		assert.Equal(t, tt.want, got, "%q", tt.names)
	}
}

func TestFormatError(t *testing.T) {
	var a audit
	for _, name := range []string{"g", "f", "e", "d", "c", "b", "a", "a"} {
		a.fault(Z10, name, "x")
	}
	a.fault(Z2, strings.Repeat("z", 999), "y")
	err := a.err().(*FormatError)
	assert.Len(t, err.Violations, 8, "repeated ones are one")
	assert.Equal(t, Z2, err.Violations[0].Rule, "rules are ordered as numbers")
	assert.Len(t, err.Violations[0].Name, MaxName)
	assert.True(t, strings.HasSuffix(err.Error(), "; and 3 more"), err)
}
