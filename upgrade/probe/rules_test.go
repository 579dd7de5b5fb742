package probe

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Patterns are made when they are first tried: none is bad.
func TestRulesCompile(t *testing.T) {
	for _, r := range rules {
		assert.NotPanics(t, func() { r.re() }, r.symbol)
	}
	for _, re := range []func() *regexp.Regexp{notInitialized, builtin, fromImport, python2, python2Source} {
		assert.NotPanics(t, func() { re() })
	}
}
