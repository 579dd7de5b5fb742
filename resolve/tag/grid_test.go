package tag

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestGridSet: a grid tells the places that the list has.
func TestGridSet(t *testing.T) {
	for _, platform := range []string{"win32", "win_arm64", "macosx_10_4_x86_64", "macosx_10_13_x86_64", "macosx_11_0_arm64", "macosx_26_0_arm64", "manylinux_2_17_x86_64", "musllinux_1_2_aarch64", "linux_armv8l", "any"} {
		for _, py := range []Python{{Major: 3, Minor: 3}, {Major: 3, Minor: 7}, {Major: 3, Minor: 14}, {Major: 3, Minor: 14, FreeThreaded: true}} {
			s, err := CPython(py, platform)
			require.NoError(t, err)
			for want, tag := range s.Tags() {
				place, ok := s.Rank([]Tag{tag})
				require.True(t, ok, tag)
				require.Equal(t, want, place, "%s on %s", tag, platform)
			}
			list := NewSet(s.Tags())
			require.Equal(t, list.Tags(), s.Tags(), "none stands twice")
			for _, tag := range s.Tags() { // its parts in other company, most of them out of the list
				for _, other := range []Tag{{tag.Interpreter, "none", "any"}, {tag.Interpreter, tag.ABI, "any"}, {"py3", tag.ABI, tag.Platform}, {tag.Interpreter, tag.ABI, "win_amd64"}, {tag.Interpreter, "none", tag.Platform}} {
					place, ok := s.Rank([]Tag{other})
					want, in := list.Rank([]Tag{other})
					require.Equal(t, in, ok, "%s on %s", other, platform)
					if ok {
						require.Equal(t, want, place, "%s on %s", other, platform)
					}
				}
			}
		}
	}
}

func TestGridSetRepeats(t *testing.T) {
	s := newGridSet([]kin{{"a", "b"}, {"c", "d"}, {"a", "b"}}, []string{"x", "x"}, []kin{{"a", "b"}})
	assert.Equal(t, []Tag{{"a", "b", "x"}, {"c", "d", "x"}, {"a", "b", "any"}}, s.Tags())
	place, ok := s.Rank([]Tag{{"a", "b", "any"}})
	assert.True(t, ok)
	assert.Equal(t, 2, place)
	_, ok = (&Set{}).Rank([]Tag{{"a", "b", "any"}, {"a", "b", "x"}})
	assert.False(t, ok)
}
