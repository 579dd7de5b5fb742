package pep440

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestParse: PEP 440, Appendix B and "Normalization".
func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"1.0":                            "1.0",
		"v1.0":                           "1.0",
		"V1.0":                           "1.0",
		" \t\n\r\f\v1.0\u202f\u00a0\x1c": "1.0",
		"2024.01":                        "2024.1",
		"00!001.00.0":                    "1.0.0",
		"1!2.0":                          "1!2.0",
		"1.0-c1":                         "1.0rc1",
		"1.0.alpha.1":                    "1.0a1",
		"1.0BETA_2":                      "1.0b2",
		"1.0preview":                     "1.0rc0",
		"1.0pre1":                        "1.0rc1",
		"1.0rc":                          "1.0rc0",
		"1.0a-":                          "1.0a0",
		"1.0a--1":                        "1.0a0.post1",
		"1.0-1":                          "1.0.post1",
		"1.0-1-1":                        "",
		"1.0r1":                          "1.0.post1",
		"1.0_rev-1":                      "1.0.post1",
		"1.0.post":                       "1.0.post0",
		"1.0-DEV4":                       "1.0.dev4",
		"1.0.dev-":                       "1.0.dev0",
		"1.0a1.post2.dev3+X_1-01":        "1.0a1.post2.dev3+x.1.1",
		"1.0+abc-def":                    "1.0+abc.def",
		"1.99999999999999999999":         "1.99999999999999999999",
		"1.0+":                           "",
		"1.0+a..b":                       "",
		"1.0+a.":                         "",
		"1.0+é":                          "",
		"１.0":                            "",
		"1.0.poſt1":                      "",
		"":                               "",
		"v":                              "",
		"1.":                             "",
		"1..0":                           "",
		"1.0 .dev1":                      "",
		"1!":                             "",
		"1!!0":                           "",
		"a1":                             "",
		"1.0.*":                          "",
		"1.0dev1a1":                      "",
		"vv1":                            "",
	} {
		v, err := Parse(text)
		if want == "" {
			parseErr := new(ParseError)
			require.ErrorAs(t, err, &parseErr, text)
			assert.True(t, v.IsZero())
			continue
		}
		require.NoError(t, err, text)
		assert.Equal(t, want, v.String(), text)
		assert.Equal(t, strings.TrimFunc(text, isSpace), v.Original())
		again := MustParse(want)
		assert.True(t, v.Equal(again), text)
		assert.Equal(t, want, again.String())
	}
}

func TestParse_error(t *testing.T) {
	for text, want := range map[string]string{
		"":             `invalid version "" at byte 0: want a release number such as 1.0`,
		" one":         `invalid version " one" at byte 1: want a release number such as 1.0`,
		" 1.0+a.b/c":   `invalid version " 1.0+a.b/c" at byte 8: want the end, or a pre-, post-, dev or local part`,
		"1.0 and more": `invalid version "1.0 and more" at byte 3: want the end, or a pre-, post-, dev or local part`,
	} {
		_, err := Parse(text)
		assert.EqualError(t, err, want)
	}
	_, err := Parse(strings.Repeat("x", 1000))
	assert.Less(t, len(err.Error()), 300, "a hostile text is cut in the message")
	assert.Panics(t, func() { MustParse("one") })
}

func TestParse_limit(t *testing.T) {
	longest := strings.Repeat("9", MaxVersion)
	v, err := Parse(" " + longest + " ")
	require.NoError(t, err)
	assert.Equal(t, longest, v.String())
	assert.Negative(t, MustParse("1"+strings.Repeat("0", MaxVersion-2)).Compare(v))
	_, err = Parse(longest + "9")
	assert.ErrorContains(t, err, "longer than 4096 bytes")
}

// TestVersion_Compare: every version of a list is below all that follow it, and equal to its own spellings.
func TestVersion_Compare(t *testing.T) {
	order := strings.Fields(`
		0.dev0 0.dev1 0a0 0 0.0.1
		0.9 0.199 0.200 0.201 0.255 0.256 0.257 0.65535 0.65536 0.9999999999999999999 0.10000000000000000000 0.18446744073709551615
		0.18446744073709551616 0.99999999999999999999 0.100000000000000000000
		1.0.dev1 1.0.dev1+a 1.0.dev2 1.0a1.dev1 1.0a1 1.0a1+x 1.0a1.post1.dev1 1.0a1.post1 1.0a2.dev0 1.0a2 1.0b1 1.0rc1.dev1 1.0rc1 1.0rc1.post0 1.0rc10
		1.0 1.0+0a 1.0+abc 1.0+abc.9a 1.0+abc.9 1.0+abc.9.0 1.0+abc.10 1.0+abd 1.0+b 1.0+0 1.0+1 1.0+1.a 1.0+1.0 1.0+10 1.0+200
		1.0.post0.dev0 1.0.post0 1.0.post1.dev1 1.0.post1 1.0.post1+x 1.0.post2 1.0.0.1 1.0.1.dev0 1.1.dev1 1.1 1.10 2024.1
		1!0.dev0 1!0 1!1.0 255!0 256!0 300!0`)
	for i, a := range order {
		for j, b := range order {
			v, w := MustParse(a), MustParse(b)
			assert.Equal(t, sign(i-j), v.Compare(w), "%s and %s", a, b)
			assert.Equal(t, i == j, v.Equal(w), "%s and %s", a, b)
			assert.Equal(t, sign(i-j), sign(strings.Compare(v.ExactKey(), w.ExactKey())), "exact keys of %s and %s", a, b)
		}
	}
	assert.Negative(t, Version{}.Compare(MustParse("0.dev0")))
}

func sign(n int) int { return max(-1, min(n, 1)) }

func TestVersion_ExactKey(t *testing.T) {
	spellings := []string{"1", "1.0", "1.00", "v1", "1.0.0.0.0.0.0.0.0", "0!1"}
	for _, text := range spellings {
		v := MustParse(text)
		assert.Equal(t, MustParse("1").Key(), v.Key())
		assert.Greater(t, v.ExactKey(), MustParse("1rc99").ExactKey())
		assert.Less(t, v.ExactKey(), MustParse("1+0a").ExactKey())
		assert.Equal(t, v.ExactKey(), MustParse(strings.ToUpper(text)).ExactKey())
	}
	assert.NotEqual(t, MustParse("1").ExactKey(), MustParse("1.0").ExactKey())
}

// TestVersion_Compare_reference: random versions, pairwise, against PEP 440's own words.
func TestVersion_Compare_reference(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		a, b := randomReference(r), randomReference(r)
		v, w := MustParse(a.String()), MustParse(b.String())
		require.Equal(t, a.compare(b), v.Compare(w), "%s and %s", a, b)
		require.Equal(t, a.isPrerelease(), v.IsPrerelease(), a)
		require.Equal(t, a.post >= 0, v.IsPostrelease(), a)
		require.Equal(t, a.dev >= 0, v.IsDevrelease(), a)
	}
}

// TestVersion_Key: no public key begins another.
func TestVersion_Key(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var keys []string
	for range 3000 {
		keys = append(keys, MustParse(randomReference(r).String()).Public().Key())
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	for i := range keys[1:] {
		require.False(t, strings.HasPrefix(keys[i+1], keys[i]), "%q %q", keys[i], keys[i+1])
	}
}

func TestVersion_Release(t *testing.T) {
	v := MustParse("3!1.02.99999999999999999999rc4.post5.dev6+7.8")
	assert.Equal(t, []int{1, 2, math.MaxInt, 0, 0}, []int{v.Release(0), v.Release(1), v.Release(2), v.Release(3), v.Release(100)})
	assert.Equal(t, []int{0, 0}, []int{v.Release(-1), Version{}.Release(0)})
}

func TestVersion_parts(t *testing.T) {
	v := MustParse(" 1!01.0-RC1+Cu_118 ")
	assert.Equal(t, "1!1.0rc1+cu.118", v.String())
	assert.Equal(t, "1!01.0-RC1+Cu_118", v.Original())
	assert.Equal(t, "cu.118", v.Local())
	assert.Equal(t, "1!1.0rc1", v.Public().String())
	assert.Equal(t, "1!01.0-RC1", v.Public().Original())
	assert.Equal(t, v.Public().Key(), v.Public().Public().Key())
	assert.Equal(t, "", v.Public().Local())
	assert.True(t, Version{}.Public().IsZero())
}

func TestVersion_text(t *testing.T) {
	type record struct{ Version Version }
	b, err := json.Marshal(record{MustParse("1.0-1")})
	require.NoError(t, err)
	assert.JSONEq(t, `{"Version":"1.0.post1"}`, string(b))
	var got record
	require.NoError(t, json.Unmarshal([]byte(`{"Version":"v1.0-1"}`), &got))
	assert.Equal(t, "1.0.post1", got.Version.String())
	require.NoError(t, json.Unmarshal([]byte(`{"Version":""}`), &got))
	assert.True(t, got.Version.IsZero())
	assert.Error(t, json.Unmarshal([]byte(`{"Version":"latest"}`), &got))
}
