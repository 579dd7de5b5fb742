package pyast

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestSyntaxErrorPython2 has what Python 2 alone reads, and what no Python does though it looks like it.
func TestSyntaxErrorPython2(t *testing.T) {
	cases := []struct {
		text    string
		line    int // 0: interpreters differ
		python2 bool
	}{
		{"print 'x'", 1, true},
		{"x = 1\nif x:\n    print x, y", 3, true},
		{"print >>f, 'x'\nprint >>f, 'y' % z, 1L", 2, true},
		{"print 'a %s' % (x,)", 1, true},
		{"print (1), 2\nexec 'x' in y", 2, true},
		{"exec code in space", 1, true},
		{"try:\n    pass\nexcept ValueError, e:\n    pass", 3, true},
		{"try:\n    pass\nexcept (A, B), e:\n    pass", 3, true},
		{"try:\n    pass\nexcept os.error, (number, text):\n    pass", 3, true},
		{"raise ValueError, 'x'", 1, true},
		{"raise E, 'x', trace", 1, true},
		{"raise e[0], e[1], e[2]", 1, true},
		{"x = `y`", 1, true},
		{"if x <> y: pass", 1, true},
		{"x = ur'y'", 1, true},
		{"os.chmod(f, 0777)", 1, true},
		{"x = 10L", 1, true},
		{"x = 0xFFL", 1, true},
		{"def f(a, (b, c)): pass", 1, true},
		{"f = lambda (a, b): a", 0, true},
		{"if x:\n\ty = 1\n        z = 2", 0, true},

		{"x = (", 0, false},
		{"def f(:\n    pass", 1, false},
		{"x = = 1\nprint 'x'", 1, false},
		{"'''\nprint 'x'\n'''\nx = = 1", 4, false},
		{"# print 'x'\nx = = 1", 2, false},
		{"x = 'a `b` <> 0777'\ny = = 1", 2, false},
		{"async = 1", 1, false},
		{"print('x' 'y'", 0, false},
		{"'''open `x`\nprint 'y'", 0, false},
		{"if x:\ny = 1", 2, false},
	}
	var files []Source
	for i, c := range cases {
		files = append(files, Source{Name: fmt.Sprintf("m%d", i), Text: []byte(c.text + "\n"), File: c.text})
	}
	found, err := reader(t).Surface(t.Context(), files)
	require.NoError(t, err)
	for i, c := range cases {
		var syntax *SyntaxError
		if !assert.ErrorAs(t, found[i].Err, &syntax, c.text) {
			continue
		}
		assert.Equal(t, c.text, syntax.File)
		assert.Equal(t, c.python2, syntax.Python2, "%s: %s", c.text, syntax.Text)
		assert.NotEmpty(t, syntax.Text)
		if c.line != 0 {
			assert.Equal(t, c.line, syntax.Line, c.text)
		}
	}
}
