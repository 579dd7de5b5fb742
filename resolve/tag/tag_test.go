package tag

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParse(t *testing.T) {
	for _, test := range []struct {
		name, in string
		want     string
	}{
		{"plain", "cp37-cp37m-win32", "cp37-cp37m-win32"},
		{"case is folded", "CP37-CP37M-Win32", "cp37-cp37m-win32"},
		{"trap 25: two Pythons", "py2.py3-none-any", "py2-none-any py3-none-any"},
		{"trap 25: lists multiply", "cp310.cp311-none-win32.win_amd64", "cp310-none-win32 cp310-none-win_amd64 cp311-none-win32 cp311-none-win_amd64"},
		{"unsorted lists keep their order", "py3.py2-none-any", "py3-none-any py2-none-any"},
		{"repeated members count once", "py3.py3-none-any.any", "py3-none-any"},
		{"repeated after folding", "py3.PY3-none-any", "py3-none-any"},
		{"manylinux alias", "cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64", "cp39-cp39-manylinux_2_17_x86_64 cp39-cp39-manylinux2014_x86_64"},
		{"ABI that begins with a digit", "cp39-3-any", "cp39-3-any"},
		{"another interpreter", "pp39-pypy39_pp73-win_amd64", "pp39-pypy39_pp73-win_amd64"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Parse(test.in)
			require.NoError(t, err)
			assert.Equal(t, test.want, join(got))
		})
	}
}

func TestParseErrors(t *testing.T) {
	for in, want := range map[string]string{
		"":                        "empty part at byte 0",
		"--":                      "empty part at byte 0",
		"py3":                     "wants three parts",
		"py3-none":                "wants three parts",
		"py3-none-any-any":        "wants three parts",
		"py3-none-":               "empty part at byte 9",
		"py3--any":                "empty part at byte 4",
		".py3-none-any":           "empty part at byte 0",
		"py2..py3-none-any":       "empty part at byte 4",
		"py3-none-any.":           "empty part at byte 13",
		"3.6-none-any":            "an interpreter begins with a letter",
		"py2.3-none-any":          "an interpreter begins with a letter",
		"py3-none-any\n":          "unexpected character at byte 12",
		"py3-no ne-any":           "unexpected character at byte 6",
		"py3-none-../../x":        "empty part at byte 9",
		"py3-none-a/b":            "unexpected character at byte 10",
		"py3-none-win\x00":        "unexpected character at byte 12",
		"pÿ3-none-any":            "unexpected character at byte 1",
		wide(11, 10, 10):          "more than 1024 tags",
		wide(4096, 4096, 4096):    "more than 1024 tags",
		strings.Repeat("a", 1000): "wants three parts",
	} {
		_, err := Parse(in)
		var parseErr *ParseError
		if assert.ErrorAs(t, err, &parseErr, in) {
			assert.Equal(t, in, parseErr.Input)
			assert.ErrorContains(t, err, want)
			assert.Less(t, len(err.Error()), 200)
		}
	}
}

func TestParseMaxTags(t *testing.T) {
	tags, err := Parse(wide(16, 8, 8))
	require.NoError(t, err)
	assert.Len(t, tags, 16) // all members are alike but for the first list's
}

// wide is a compressed set of a, b and c members; those of the first list differ.
func wide(a, b, c int) string {
	first := make([]string, a)
	for i := range first {
		first[i] = "p" + strings.Repeat("y", i)
	}
	return strings.Join(first, ".") + "-" + strings.Repeat("none.", b-1) + "none-" + strings.Repeat("any.", c-1) + "any"
}

func join(tags []Tag) string {
	var s []string
	for _, t := range tags {
		s = append(s, t.String())
	}
	return strings.Join(s, " ")
}

func FuzzParseTag(f *testing.F) {
	for _, seed := range []string{"py2.py3-none-any", "cp310.cp311-none-win32.win_amd64", "a-b-c", "--", "..-.-", "3-a-b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tags, err := Parse(s)
		if err != nil {
			return
		}
		if len(tags) == 0 || len(tags) > MaxTags {
			t.Fatalf("%q gives %d tags", s, len(tags))
		}
		if len(NewSet(tags).Tags()) != len(tags) {
			t.Fatalf("%q gives a tag twice: %v", s, tags)
		}
		for _, want := range tags {
			again, err := Parse(want.String())
			if err != nil || len(again) != 1 || again[0] != want {
				t.Fatalf("%q: %q parses to %v, %v", s, want, again, err)
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for _, s := range []string{"py3-none-any", "py2.py3-none-any", "cp39-cp39-macosx_10_9_x86_64", "cp39-cp39-manylinux_2_17_x86_64.manylinux2014_x86_64"} {
		b.Run(s, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
