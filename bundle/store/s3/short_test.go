package s3

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestIsShort(t *testing.T) {
	for _, test := range []struct {
		s, others string
		want      bool
	}{
		{"", "-", false},
		{"us-east-1", "-", true},
		{"us-east-1", "", false},
		{"AZaz09", "", true},
		{"my.role_1", "._-", true},
		{"a/b", "._-", false},
		{"a\n", "._-", false},
		{"é", "._-", false},
		{strings.Repeat("a", 64), "", true},
		{strings.Repeat("a", 65), "", false},
	} {
		assert.Equal(t, test.want, isShort(test.s, test.others), "%q", test.s)
	}
}
