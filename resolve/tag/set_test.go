package tag

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNewSet(t *testing.T) {
	a, b, c := Tag{"py3", "none", "any"}, Tag{"py2", "none", "any"}, Tag{"py1", "none", "any"}
	list := []Tag{a, b, a, c, b}
	s := NewSet(list)
	list[0] = c
	assert.Equal(t, []Tag{a, b, c}, s.Tags(), "a repeated tag keeps its first place, and the caller's list is copied")
	rank, ok := s.Rank([]Tag{c})
	assert.True(t, ok)
	assert.Equal(t, 2, rank)
}

func TestSetRank(t *testing.T) {
	s := NewSet(mustParse(t, "cp39.py3-none-any"))
	for _, test := range []struct {
		name string
		tags []Tag
		rank int
		ok   bool
	}{
		{"the best counts", mustParse(t, "py3.cp39-none-any"), 0, true},
		{"others do not matter", mustParse(t, "py2.py3-none-any"), 1, true},
		{"none in the set", mustParse(t, "py2-none-any"), 0, false},
		{"no tags", nil, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			rank, ok := s.Rank(test.tags)
			assert.Equal(t, test.ok, ok)
			assert.Equal(t, test.rank, rank)
		})
	}
	var zero Set
	_, ok := zero.Rank(mustParse(t, "py3-none-any"))
	assert.False(t, ok, "the zero Set admits nothing")
}

func mustParse(tb testing.TB, s string) []Tag {
	tags, err := Parse(s)
	require.NoError(tb, err)
	return tags
}

func BenchmarkSetRank(b *testing.B) {
	s, err := CPython(Python{Major: 3, Minor: 9}, "macosx_11_0_x86_64")
	require.NoError(b, err)
	for _, test := range []struct{ name, tags string }{
		{"1-hit", "cp39-cp39-macosx_10_9_x86_64"},
		{"1-miss", "cp39-cp39-manylinux_2_17_x86_64"},
		{"6", "py2.py3-none-macosx_10_6_intel.macosx_10_9_intel.macosx_10_9_x86_64"},
	} {
		tags := mustParse(b, test.tags)
		b.Run(test.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Rank(tags)
			}
		})
	}
}
