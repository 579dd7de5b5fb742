package pep440

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseSpecifiers(t *testing.T) {
	for text, want := range map[string]string{
		"":                            "",
		" , ":                         "",
		">=1.0,":                      ">=1.0",
		" >= 1.0 ,\t< v2 ":            "<2,>=1.0",
		"==1.0.*,!=1.0.01.*":          "!=1.0.1.*,==1.0.*",
		"~=1.4.5.0":                   "~=1.4.5.0",
		"==1.0,==1.0.0,== v1.0,==1.0": "==1.0,==1.0.0",
		"===1.0RC1":                   "===1.0RC1",
		"=== lolwat":                  "===lolwat",
		"===1.0,!=1.0":                "!=1.0,===1.0",
		"==1.0+Ab-01":                 "==1.0+ab.1",
	} {
		s, err := ParseSpecifiers(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, s.String(), text)
		assert.Equal(t, s, MustParseSpecifiers(want), "the canonical text parses to the same set")
		assert.Equal(t, want == "", s.IsEmpty())
	}
}

func TestParseSpecifiers_error(t *testing.T) {
	for text, want := range map[string]string{
		"1.0":           "at byte 0: want one of ~= == != <= >= < > ===",
		">=1,=2":        "at byte 4: want one of",
		">=":            "at byte 2: want a version after the operator",
		"> =1":          "at byte 2: want a version after",
		"===":           "at byte 3: want a version after",
		"=== ,>1":       "at byte 3: want a version after",
		"===a b":        "at byte 4: white space, ; or ) within the version",
		"===a;b":        "at byte 4: white space, ; or ) within the version",
		">=1.0 .dev1":   "at byte 5: want the end of the version, or a comma",
		">=1.0 <2":      "at byte 5: want the end of the version, or a comma",
		">=1.0.*":       "at byte 5: a wildcard is for == and != only",
		"~=1.0.*":       "at byte 5: a wildcard is for == and != only",
		"==1.*.*":       "at byte 3: want the end of the version",
		"==*":           "at byte 2: want a version",
		"==1.0a1.*":     "at byte 7: a wildcard follows a release only",
		"==1.0.dev1.*":  "at byte 10: a wildcard follows a release only",
		"!=1.0+x.*":     "at byte 7: a wildcard follows a release only",
		" >1 , >=1.0+x": "at byte 11: a local version is for == and != only",
		"~=1.0+x":       "at byte 5: a local version is for == and != only",
		"<1.0+x":        "at byte 4: a local version is for == and != only",
		"~=1":           "at byte 2: ~= needs two release numbers",
		"~=1!1":         "at byte 2: ~= needs two release numbers",
		"==１.0":         "at byte 2: want a version",
	} {
		_, err := ParseSpecifiers(text)
		assert.ErrorContains(t, err, want, text)
	}
	assert.Panics(t, func() { MustParseSpecifiers("1") })
}

func TestParseSpecifiers_limit(t *testing.T) {
	_, err := ParseSpecifiers(strings.Repeat(",", MaxSpecifiers))
	assert.NoError(t, err)
	_, err = ParseSpecifiers(strings.Repeat(",", MaxSpecifiers+1))
	assert.ErrorContains(t, err, "longer than 65536 bytes")
	_, err = ParseSpecifiers(">=1." + strings.Repeat("0", MaxVersion))
	assert.ErrorContains(t, err, "too long")

	var many strings.Builder
	for i := 0; many.Len() < MaxSpecifiers-20; i++ {
		fmt.Fprintf(&many, "!=%d.%d,", i%97, i)
	}
	s := MustParseSpecifiers(many.String())
	assert.False(t, s.Contains(MustParse("5.5")))
	assert.True(t, s.Contains(MustParse("5.6")))
}

// TestTraps has a row for every trap of PEP 440 that other implementations fall into. The number is that of the project's list of traps.
func TestTraps(t *testing.T) {
	for _, row := range []struct {
		trap    string // and the text of PEP 440 that decides it
		set     string
		in, out string
	}{
		{trap: `1: not SemVer. "Post-releases": 1.9.6-1 is 1.9.6.post1, above 1.9.6`, set: ">=1.9.6.post1", in: "1.9.6-1 1!0 2024.1.15.1", out: "1.9.6"},
		{trap: `1: "Final releases": any number of components; "Version epochs"; "Pre-releases"`, set: "<3",
			in: "1.0.post1 1.0rc1 1.0.dev1 1.2.3.4 1.0a1", out: "1!2.0 2024.1.15.1"},
		{trap: `2: "Exclusive ordered comparison": <V MUST NOT allow a pre-release of the specified version`, set: "<1.7", in: "1.6 1.6.post1 1.6+x 1.6.99rc1",
			out: "1.7rc1 1.7.dev0 1.7a1.post1 1.7 1.7+x"},
		{trap: `2: "unless the specified version is itself a pre-release"`, set: "<1.0rc1", in: "1.0.dev0 1.0b9 1.0rc1.dev1", out: "1.0rc1 1.0"},
		{trap: `2: >V MUST NOT allow a post-release of the given version, nor a local version`, set: ">1.7", in: "1.7.1 1.7.0.1.dev0 1.8a1",
			out: "1.7 1.7.0.post1 1.7.post1.dev0 1.7+x 1.7rc1"},
		{trap: `2: "unless V itself is a post release"`, set: ">1.7.post1", in: "1.7.post2 1.7.post2.dev0 1.8", out: "1.7.post1 1.7.post1+x 1.7 1.7.post1.dev3"},
		{trap: `2: a post-release of a pre-release`, set: ">1.0a1", in: "1.0a2.dev0 1.0b1 1.0", out: "1.0a1.post5 1.0a1+x 1.0a1.post1.dev0 1.0a1"},
		{trap: `2: the pre-release of a post-release`, set: "<1.0.post1", in: "1.0.post0 1.0 1.0rc1", out: "1.0.post1.dev0 1.0.post1"},
		{trap: `3: "Version matching": without a local part in the specifier, the candidate's MUST be ignored`, set: "==1.0", in: "1.0+local 1.0.0 v1", out: "1.0.post1 1.0a1"},
		{trap: `3: "Version exclusion" is the inverse`, set: "!=1.0", in: "1.0.post1 1.0rc1", out: "1.0+local 1.0"},
		{trap: `3: "Inclusive ordered comparison": local parts are ignored`, set: "<=1.0", in: "1.0+local 1.0 1.0rc1", out: "1.0.post1.dev0"},
		{trap: `3: with a local part, strict`, set: "==1.0+abc", in: "1.0+ABC 1.0.0+abc", out: "1.0 1.0+abc.0 1.0+abd"},
		{trap: `3: "Local version identifiers": numbers are above text, and compared as numbers`, set: "!=1.0+abc.9", in: "1.0+abc.10 1.0+1", out: "1.0+abc.9 1.0+abc.09"},
		{trap: `4: "Version epochs"`, set: ">=1.0", in: "1!0.1 1!0 99", out: "0.9 1.0rc1"},
		{trap: `4: a wildcard stays within its epoch`, set: "==1!1.*", in: "1!1.5", out: "1.5 2!1.5 1!2"},
		{trap: `5: "Arbitrary equality": simple string equality, without regard to case`, set: "===1.0RC1", in: "1.0rc1 1.0Rc1", out: "1.0c1 1.0.0rc1 1.0rc01"},
		{trap: `5: text that is no version matches no version`, set: "===lolwat", out: "1.0 0 99"},
		{trap: `5: the spelling counts`, set: "===1.0", in: "1.0", out: "1.0.0 1 v1.0 1.0+x"},
		{trap: `6: "Compatible release": ~=2.2.post3 is >=2.2.post3, ==2.*`, set: "~=2.2.post3", in: "2.2.post3 2.2.post4 2.3 2.99 2.2.post3+x", out: "2.2 3.0.dev0 3.0a1"},
		{trap: `6: ~=1.4.5.0 is >=1.4.5.0, ==1.4.5.*`, set: "~=1.4.5.0", in: "1.4.5 1.4.5.9", out: "1.4.6 1.4.5rc1 1.4.6.dev0"},
		{trap: `6: ~=1.4.5a4 is >=1.4.5a4, ==1.4.*`, set: "~=1.4.5a4", in: "1.4.5a4 1.4.5 1.4.9", out: "1.5.dev0 1.4.5a3"},
		{trap: `7: "Version matching", prefix: suffixes of the prefix's own release match`, set: "==1.1.*", in: "1.1a1 1.1.post1 1.1+x 1.1.dev0 1.1.0 1.1.9", out: "1.10 1.2.dev0 1 1.0.9"},
		{trap: `7: trailing zeros do not narrow a prefix`, set: "==1.0.0.*", in: "1 1.0 1.dev0 1.0.0.1", out: "1.0.1 1.0.1.dev0"},
		{trap: `7: prefix exclusion`, set: "!=1.1.*", in: "1.2.dev0 1.0", out: "1.1a1 1.1.post1 1.1+x"},
		{trap: `8: "Normalization": spellings`, set: "==1.0rc1", in: "1.0-c1 1.0.PREVIEW_1 v1.0c1", out: "1.0-1"},
		{trap: `8: the implicit post release`, set: "==1.0.post1", in: "1.0-1 1.0.r1 1.0rev1", out: "1.0rc1"},
		{trap: `8: leading zeros`, set: "==2024.1.dev4", in: "2024.01-DEV4", out: "2024.1"},
		{trap: `9: numbers of any size`, set: ">1.99999999999999999999", in: "1.100000000000000000000", out: "1.99999999999999999998 1.18446744073709551616"},
		{trap: `10: the chain of "Summary of permitted suffixes and relative ordering"`, set: ">=1.0a1.dev1,<=1.0.post1.dev1", in: "1.0a1.dev1 1.0a1 1.0rc1 1.0", out: "1.0.dev1 1.0.post1"},
		{trap: `12: a developer's ">1.9.6"`, set: ">1.9.6", in: "1.9.7", out: "1.9.6.post1 1.9.6"},
		{trap: `12: a developer's "1.9.6" is ==1.9.6`, set: "==1.9.6", in: "1.9.6+local 1.9.6.0", out: "1.9.6.post1"},
	} {
		t.Run(row.trap, func(t *testing.T) {
			s := MustParseSpecifiers(row.set)
			for _, text := range strings.Fields(row.in) {
				assert.True(t, s.Contains(MustParse(text)), "%s in %s", text, row.set)
			}
			for _, text := range strings.Fields(row.out) {
				assert.False(t, s.Contains(MustParse(text)), "%s in %s", text, row.set)
			}
		})
	}
	// 6, 3, 7: what no operator takes is in TestParseSpecifiers_error; 8: digits are ASCII, in TestParse.
}

// TestSpecifiers_NamesPrerelease is trap 11: PEP 440, "Handling of pre-releases".
func TestSpecifiers_NamesPrerelease(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, ">=1.0": false, ">=1.0a1": true, "<1.0.dev1": true, "==1.0rc1": true, "~=1.0b2": true, ">1.0a1": true, "<=1.0a1": true,
		"!=1.0a1": false, "==1.0.*": false, "===1.0a1": true, "===1.0": false, "===a1": false, ">=1.0.post1": false, ">=1.0.post1.dev2": true,
		">=1.0,<2.0b1": true,
	} {
		assert.Equal(t, want, MustParseSpecifiers(text).NamesPrerelease(), text)
	}
	// >=1.0 of {1.0a1, 0.9} is nothing, whatever the policy; ==1.0.* of {1.0.1rc1, 1.0.0} is left to it.
	assert.False(t, MustParseSpecifiers(">=1.0").Contains(MustParse("1.0a1")))
	assert.True(t, MustParseSpecifiers("==1.0.*").Contains(MustParse("1.0.1rc1")))
}

// TestSpecifiers_Pins: PEP 592, "Installers".
func TestSpecifiers_Pins(t *testing.T) {
	for _, row := range []struct {
		set, version string
		want         bool
	}{
		{"==1.0", "1.0.0", true}, {"==1.0", "1.0+x", true}, {"===1.0", "1.0", true}, {"===1.0", "1.0.0", false}, {"==1.0.*", "1.0", false},
		{">=1.0,<=1.0", "1.0", false}, {"==1.0,>0", "1.0", true}, {"==1.0,==2.0", "2.0", true}, {"==1.0", "2.0", false}, {"!=1.0", "1.0", false}, {"", "1.0", false},
	} {
		assert.Equal(t, row.want, MustParseSpecifiers(row.set).Pins(MustParse(row.version)), "%s of %s", row.set, row.version)
	}
}

func TestExactly(t *testing.T) {
	assert.Equal(t, "==1.0rc1", Exactly(MustParse("v1.0c1")).String())
	assert.Equal(t, MustParseSpecifiers("==1.0+x.1"), Exactly(MustParse("1.0+X-1")))
	assert.True(t, Exactly(MustParse("1.0")).Contains(MustParse("1+local")))
	assert.True(t, Exactly(MustParse("1.0a1")).NamesPrerelease())
	assert.True(t, Exactly(MustParse("1.0")).Pins(MustParse("1.0")))
	assert.True(t, Exactly(Version{}).IsEmpty())
}

func TestSpecifiers_Intersect(t *testing.T) {
	a, b := MustParseSpecifiers(">=1.0,<2"), MustParseSpecifiers("!=1.5,<2,<1.9")
	assert.Equal(t, "!=1.5,<1.9,<2,>=1.0", a.Intersect(b).String())
	assert.Equal(t, a.Intersect(b), b.Intersect(a))
	assert.True(t, a.Intersect(b).Range().Equal(a.Range().Intersect(b.Range())))
	assert.Equal(t, a, a.Intersect(Specifiers{}))
	assert.Equal(t, a, Specifiers{}.Intersect(a))
	assert.Equal(t, "<2,>=1.0", a.String(), "an operand keeps its clauses")
}

func TestSpecifiers_zero(t *testing.T) {
	var s Specifiers
	assert.True(t, s.Contains(MustParse("0.dev0")))
	assert.False(t, s.Contains(Version{}))
	assert.False(t, MustParseSpecifiers("<1").Contains(Version{}))
	assert.False(t, MustParseSpecifiers("!=1").Contains(Version{}))
	assert.True(t, s.Range().IsAll())
	assert.Equal(t, "", s.String())
	assert.Equal(t, s, MustParseSpecifiers(""))
}

func TestSpecifiers_text(t *testing.T) {
	b, err := json.Marshal(MustParseSpecifiers(">=1, <2"))
	require.NoError(t, err)
	var s Specifiers
	require.NoError(t, json.Unmarshal(b, &s))
	assert.Equal(t, "<2,>=1", s.String())
	assert.Error(t, json.Unmarshal([]byte(`"latest"`), &s))
}

// TestSpecifiers_Contains_reference: random clauses and versions, against PEP 440's own words.
func TestSpecifiers_Contains_reference(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 5000 {
		text, op, s, wildcard := randomClause(r)
		set, err := ParseSpecifiers(text)
		require.NoError(t, err, text)
		for range 20 {
			v := randomReference(r)
			require.Equal(t, v.admits(op, s, wildcard), set.Contains(MustParse(v.String())), "%s of %s", text, v)
		}
	}
}
