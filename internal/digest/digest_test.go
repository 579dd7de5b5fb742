package digest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestIsSHA256(t *testing.T) {
	good := strings.Repeat("0123456789abcdef", 4)
	for s, want := range map[string]bool{
		good:                               true,
		"":                                 false,
		good[1:]:                           false,
		good + "0":                         false,
		strings.ToUpper(good):              false,
		strings.Replace(good, "7", "g", 1): false,
		strings.Replace(good, "7", "/", 1): false,
		good[:62] + "é":                    false,
	} {
		assert.Equal(t, want, IsSHA256(s), s)
	}
}
