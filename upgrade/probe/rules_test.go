package probe

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The table gives its patterns by calls, where the house's own test of patterns does not see them.
func TestRulesCompile(t *testing.T) {
	for _, r := range rules {
		assert.NotPanics(t, func() { r.re.Get() }, r.has)
	}
}
