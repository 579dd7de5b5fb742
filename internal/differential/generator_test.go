//go:build oracle

package differential

import (
	"math/rand/v2"
	"strings"
)

// generator makes inputs. What it makes is mostly near the edges of the formats rather than like what indexes hold.
type generator struct{ *rand.Rand }

func (g *generator) chance(percent int) bool { return g.IntN(100) < percent }

func (g *generator) pick(from ...string) string { return from[g.IntN(len(from))] }

// corrupt makes one or two random edits; alphabet holds the runes that it may put in. Most results are invalid, not all.
func (g *generator) corrupt(s, alphabet string) string {
	r, letters := []rune(s), []rune(alphabet)
	for range 1 + g.IntN(2) {
		c := letters[g.IntN(len(letters))]
		if len(r) == 0 {
			r = append(r, c)
			continue
		}
		i := g.IntN(len(r))
		switch g.IntN(5) {
		case 0:
			r = append(r[:i], r[i+1:]...)
		case 1:
			r = append(r[:i], append([]rune{c}, r[i:]...)...)
		case 2:
			r[i] = c
		case 3:
			j := g.IntN(len(r))
			r[i], r[j] = r[j], r[i]
		case 4:
			r = append(r, c)
		}
	}
	return string(r)
}

// anyCase changes the case of some letters.
func (g *generator) anyCase(s string) string {
	switch g.IntN(6) {
	case 0:
		return strings.ToUpper(s)
	case 1:
		return strings.ToUpper(s[:1]) + s[1:]
	default:
		return s
	}
}

// space is white space, mostly none. Python's \s is wider than ASCII.
func (g *generator) space() string {
	if g.chance(85) {
		return ""
	}
	return g.pick(" ", "  ", "\t", "\n", " \r\n", "\v", "\f", "\u00a0", "\u202f", "\u2003", "\u3000", "\x1c", "\x1f", "\u0085")
}

// blank is white space that every grammar admits between tokens.
func (g *generator) blank() string { return g.pick("", "", "", " ", "  ", "\t") }
