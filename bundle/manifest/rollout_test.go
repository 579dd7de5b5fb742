package manifest

import (
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// clientIDs are as clients make them, but always the same.
func clientIDs(n int) []string {
	source := rand.NewChaCha8([32]byte{1})
	ids := make([]string, n)
	for i := range ids {
		var b [16]byte
		source.Read(b[:])
		ids[i] = hex.EncodeToString(b[:])
	}
	return ids
}

func TestRolloutIncludes(t *testing.T) {
	ids := clientIDs(10_000)
	count := func(percent int, salt string) (n int) {
		for _, id := range ids {
			if (&Rollout{Percent: percent, Salt: salt}).Includes(id) {
				n++
			}
		}
		return n
	}
	for _, percent := range []int{0, 1, 10, 25, 50, 75, 99, 100} {
		got := float64(count(percent, "42")) / float64(len(ids)) * 100
		t.Logf("%d %%: %.2f %% of %d clients", percent, got, len(ids))
		assert.InDelta(t, percent, got, 1)
	}
	assert.Zero(t, count(0, "7"))
	assert.Len(t, ids, count(100, "7"))
	assert.True(t, (*Rollout)(nil).Includes("x"))
}

func TestRolloutIsMonotone(t *testing.T) {
	others := 0
	for _, id := range clientIDs(2_000) {
		in := false
		for percent := range 101 {
			now := (&Rollout{Percent: percent, Salt: "42"}).Includes(id)
			require.False(t, in && !now, "%s falls out at %d %%", id, percent)
			in = now
		}
		require.True(t, in)
		if (&Rollout{Percent: 25, Salt: "42"}).Includes(id) != (&Rollout{Percent: 25, Salt: "43"}).Includes(id) {
			others++
		}
	}
	assert.Greater(t, others, 500, "another salt picks other clients")
}

// TestRolloutBuckets holds the rule itself: whoever changes it moves every client. The sums were made with sha256sum.
func TestRolloutBuckets(t *testing.T) {
	for id, bucket := range map[string]int{"00000000000000000000000000000000": 5300, "ffffffffffffffffffffffffffffffff": 2256} {
		percent := bucket/100 + 1
		assert.True(t, (&Rollout{Percent: percent, Salt: "42"}).Includes(id), id)
		assert.False(t, (&Rollout{Percent: percent - 1, Salt: "42"}).Includes(id), id)
	}
}

func TestParseRollout(t *testing.T) {
	with := func(text string) (*Manifest, error) {
		return Parse(edited(t, `"sequence": 42`, `"sequence": 42, "rollout": `+text))
	}
	for text, want := range map[string]Rollout{
		`{"percent": 0, "salt": "a"}`:               {0, "a"},
		`{"salt": "the first", "percent": 25}`:      {25, "the first"},
		`{"percent": 100, "salt": "0123456789abc"}`: {100, "0123456789abc"},
	} {
		m, err := with(text)
		require.NoError(t, err)
		assert.Equal(t, &want, m.Meta.Rollout)
		b, err := m.Encode()
		require.NoError(t, err)
		again, err := Parse(b)
		require.NoError(t, err)
		assert.Equal(t, m, again)
	}
	for text, want := range map[string]string{
		`{"percent": 25.0, "salt": "a"}`:                                    "$meta.rollout.percent: must be an integer, not a number with a fraction",
		`{"percent": 2e1, "salt": "a"}`:                                     "must be an integer",
		`{"percent": "25", "salt": "a"}`:                                    "must be an integer, not a string",
		`{"percent": 101, "salt": "a"}`:                                     "must be from 0 to 100",
		`{"percent": -1, "salt": "a"}`:                                      "must be from 0 to 100",
		`{"percent": 99999999999999999999, "salt": "a"}`:                    "must be from 0 to 100",
		`{"percent": 25, "salt": ""}`:                                       "$meta.rollout.salt: must not be empty",
		`{"percent": 25, "salt": 7}`:                                        `must be a string, not an integer: write "7"`,
		`{"percent": 25, "salt": "a\u0000"}`:                                "holds a control character",
		`{"percent": 25, "salt": "` + strings.Repeat("a", MaxWord+1) + `"}`: "longer than 64 bytes",
		`{"percent": 25}`:                                                   `field "salt" is missing`,
		`{"salt": "a"}`:                                                     `field "percent" is missing`,
		`{"percent": 25, "salt": "a", "platform": "x"}`:                     `unknown field "platform"`,
		`{"percent": 25, "Salt": "a"}`:                                      `write "salt"`,
		`{"percent": 25, "percent": 26, "salt": "a"}`:                       `duplicate key "percent"`,
		`[]`:   "$meta.rollout: must be an object, not a list",
		`null`: "must be an object, not null",
		`25`:   "must be an object",
		`{"percent": 25, "salt": "a"}, "rollout": {}`:     `duplicate key "rollout"`,
		`{"percent": 25, "salt": "a"}, "Rollout": "none"`: "differs only in case",
	} {
		_, err := with(text)
		assert.ErrorContains(t, err, want, text)
	}
}

func TestSameContentRollout(t *testing.T) {
	a, b := sample(), sample()
	b.Meta.Rollout = &Rollout{Percent: 25, Salt: "42"}
	assert.False(t, a.SameContent(b))
	a.Meta.Rollout = &Rollout{Percent: 25, Salt: "42"}
	assert.True(t, a.SameContent(b))
	a.Meta.Rollout.Percent = 26
	assert.False(t, a.SameContent(b), "to raise it is a release")
}
