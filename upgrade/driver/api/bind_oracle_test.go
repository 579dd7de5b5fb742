//go:build oracle

package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// bindProgram tries every number of arguments that * may stand for and every set of names that ** may.
const bindProgram = `
import itertools, json, sys
def binds(f, positional, keywords, star, starstar):
    names = [n for n in "abcde" if n not in keywords]
    for more in range(6 if star else 1):
        for r in range(len(names) + 1 if starstar else 1):
            for extra in itertools.combinations(names, r):
                try:
                    f(*[0] * (positional + more), **dict.fromkeys(list(keywords) + list(extra)))
                    return True
                except TypeError:
                    pass
    return False
for line in sys.stdin:
    q = json.loads(line)
    space = {}
    exec("def f(%s): pass" % q["Params"], space)
    print(json.dumps(binds(space["f"], q["Positional"], q["Keywords"], q["Star"], q["StarStar"])))
`

// TestSignatureLacksOracle holds Lacks against real calls: inspect.Signature.bind of some releases refuses what a call takes (positional-only with a default, and **kw).
func TestSignatureLacksOracle(t *testing.T) {
	const cases, seed = 4000, 6
	t.Logf("%d cases, seed %d", cases, seed)
	rnd := rand.New(rand.NewPCG(seed, seed))
	type question struct {
		Params string
		Call
	}
	var in bytes.Buffer
	asked := make([]question, cases)
	for i := range asked {
		q := question{Params: randomParams(rnd), Call: Call{Positional: rnd.IntN(4), Keywords: []string{}, Star: rnd.IntN(4) == 0, StarStar: rnd.IntN(4) == 0}}
		for _, k := range "abcde" {
			if rnd.IntN(4) == 0 {
				q.Keywords = append(q.Keywords, string(k))
			}
		}
		asked[i] = q
		b, err := json.Marshal(struct {
			Params         string
			Positional     int
			Keywords       []string
			Star, StarStar bool
		}{pythonParams(q.Params), q.Positional, q.Keywords, q.Star, q.StarStar})
		require.NoError(t, err)
		fmt.Fprintf(&in, "%s\n", b)
	}
	python := exec.Command("python3", "-I", "-c", bindProgram)
	python.Stdin = &in
	out, err := python.Output()
	require.NoError(t, err)
	answers := strings.Fields(string(out))
	require.Len(t, answers, cases)
	binds := 0
	for i, q := range asked {
		lacks := sig(q.Params).Lacks(&q.Call, 0)
		assert.Equal(t, answers[i] == "true", lacks == "", "def f(%s) with %+v: %q", q.Params, q.Call, lacks)
		if lacks == "" {
			binds++
		}
	}
	t.Logf("%d bind, %d do not", binds, cases-binds)
	require.Positive(t, binds)
}

// randomParams gives parameters in the form of sig: some by position alone, some plain, *args or *, some by keyword alone, **kw.
func randomParams(rnd *rand.Rand) string {
	var params []string
	rest := []string{"a", "b", "c", "d"}
	defaults := false
	take := func(n int, free bool) {
		for ; n > 0 && len(rest) > 0; n-- {
			defaults = (defaults && !free) || rnd.IntN(3) == 0
			p := rest[0]
			if defaults {
				p += "="
			}
			params, rest = append(params, p), rest[1:]
		}
	}
	if n := rnd.IntN(3); n > 0 {
		take(n, false)
		params = append(params, "/")
	}
	take(rnd.IntN(3), false)
	byKeyword := min(rnd.IntN(3), len(rest))
	if rnd.IntN(4) == 0 {
		params = append(params, "*rest")
	} else if byKeyword > 0 {
		params = append(params, "*")
	}
	if strings.Contains(strings.Join(params, " "), "*") {
		take(byKeyword, true)
	}
	if rnd.IntN(4) == 0 {
		params = append(params, "**kw")
	}
	return strings.Join(params, ", ")
}

func pythonParams(params string) string { return strings.ReplaceAll(params, "=", "=0") }
