package api

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSignatureLacks(t *testing.T) {
	for _, c := range []struct {
		params, call string
		given        int
		lacks        string
	}{
		{"", "", 0, ""},
		{"", "1", 0, "(1 by position)"},
		{"", "", 1, "(0 by position)"}, // def f(): called through an instance
		{"a, b", "1 1", 0, ""},
		{"a, b", "1", 0, "(without b)"},
		{"a, b", "1 1 1", 0, "(3 by position)"},
		{"a, b=", "1", 0, ""},
		{"a, b=", "b= a=", 0, ""},
		{"a, b=", "b=", 0, "(without a)"},
		{"a, b=", "1 c=", 0, "(c=)"},
		{"a, b=", "1 a=", 0, "(a= twice)"},
		{"self, volume", "1", 1, ""},
		{"self, volume", "1 1", 1, "(2 by position)"},
		{"self, volume", "self= volume=", 1, "(self= twice)"},
		{"*args", "1 1 1", 1, ""},
		{"*args", "x=", 1, "(x=)"},
		{"**kw", "x=", 0, ""},
		{"**kw", "", 1, "(0 by position)"},
		{"a, *, k", "1 k=", 0, ""},
		{"a, *, k", "1 1", 0, "(2 by position)"},
		{"a, *, k", "1", 0, "(without k)"},
		{"a, *, k", "1 **", 0, ""},
		{"a, *, k", "1 *", 0, "(without k)"},
		{"a, *rest, k=", "1 1 1 k=", 0, ""},
		{"a, b, c", "1 *", 0, ""},
		{"a, b, c", "1 **", 0, ""},
		{"a, b, c", "1 * d=", 0, "(d=)"},
		{"a, b", "1 1 1 *", 0, "(3 by position)"},
		{"a, /, b", "1 b=", 0, ""},
		{"a, /, b", "a= b=", 0, "(a=)"},
		{"a, /, b", "b=", 0, "(without a)"},
		{"a, /, b", "b= **", 0, "(without a)"},
		{"a, /, b", "b= *", 0, ""},
		{"a, /, **kw", "1 a=", 0, ""}, // PEP 570: the keyword goes to kw
		{"a, **kw", "1 a=", 0, "(a= twice)"},
		{"a, *args", "a= *", 0, ""},
		{"*args, **kw", "args= kw=", 0, ""},
		{"a, b, c", "* b=", 0, "(without c)"},
		{"a, b, c", "* ** b=", 0, ""},
		{"a, b, c", "1 * b=", 0, "(without c)"},
		{"a, b, c", "* c=", 0, ""},
	} {
		assert.Equal(t, c.lacks, sig(c.params).Lacks(call(c.call), c.given), "def f(%s): called with %s after %d", c.params, c.call, c.given)
	}
}
