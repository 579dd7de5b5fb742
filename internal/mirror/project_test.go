package mirror

import (
	"fmt"
	"testing"

	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/stretchr/testify/assert"
)

func TestShelf(t *testing.T) {
	var s shelf
	name := func(i int) pep508.Name { return pep508.Name(fmt.Sprintf("p%d", i)) }
	quarter := make([]byte, MaxHeld/4)
	for i := range 4 {
		s.put(name(i), &project{json: quarter})
	}
	assert.Len(t, s.all, 4)
	s.get(name(0))
	s.put(name(4), &project{json: quarter})
	assert.Nil(t, s.get(name(1)), "asked for longest ago")
	assert.NotNil(t, s.get(name(0)))
	assert.Equal(t, MaxHeld, s.bytes)
	s.put(name(4), &project{json: quarter})
	assert.Equal(t, MaxHeld, s.bytes, "replaced")
	s.put(name(5), &project{json: make([]byte, MaxHeld+1)})
	assert.Len(t, s.all, 1, "the one that is asked for stays")
}
