//go:build oracle

package differential

import (
	"math"
	"strconv"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep440"
)

var versionKind = kind{
	name: "version",
	fixed: [][]string{
		{"", "1.0"}, {"1.0", ""}, {"1.0-1", "1.0.post1"}, {"1.0a-", "1.0a0"}, {"1.0a--1", "1.0a0.post1"}, {"1.0.dev-", "1.0.dev0"},
		{"1.99999999999999999999", "1.99999999999999999998"}, {"1.18446744073709551616", "1.18446744073709551615"},
		{"1.9999999999999999999", "1.10000000000000000000"}, {"1.199", "1.200"}, {"1.255", "1.256"}, {"1!0", "99"}, {"0", "0.0.0"},
		{"0.dev0", "0"}, {"1.0.post1.dev1", "1.0"}, {"1.0+1", "1.0+abc"}, {"1.0+abc.10", "1.0+abc.9"}, {"1.0+0a", "1.0+00"},
		{"1.0+ABC_01-x", "1.0+abc.1.x"}, {"１.0", "1.0"}, {"1.0+é", "1.0"}, {"\u202f1.0\u202f", "1.0"}, {"1.0\n", "1.0"},
		{"v1.0", "V1.0"}, {"vv1", "1"}, {"1.0.preview-01_POST.2-Dev", "1.0rc1.post2.dev0"}, {"1.0c", "1.0rc0"}, {"1.0ſ", "1.0"},
		{"1.0.poſt1", "1.0"}, {"1.0.*", "1.0"}, {"1_0", "1.0"}, {"1..0", "1.0"}, {"1.0+", "1.0"}, {"1.0+a..b", "1.0"}, {"1.0+a.", "1"},
	},
	generate: func(g *generator) []string {
		base := g.version()
		text, other := base.text(g), g.near(base).text(g)
		if g.chance(46) {
			text = g.corrupt(text, "..--__++!!0019abrcpostdevlvx*é１ \n~=")
		}
		return []string{text, other}
	},
	answer:  answerVersion,
	minimum: 0.3,
}

func answerVersion(args []string) []string {
	v, err := pep440.Parse(args[0])
	if err != nil {
		return invalid
	}
	order := "none"
	if w, err := pep440.Parse(args[1]); err == nil {
		order = strconv.Itoa(v.Compare(w))
	}
	return []string{
		v.String(),
		flags(v.IsPrerelease(), v.IsPostrelease(), v.IsDevrelease()),
		v.Local(), v.Public().String(), releaseText(v), order,
	}
}

// releaseText is the first three numbers; the oracle's have no limit, ours saturate.
func releaseText(v pep440.Version) string {
	numbers := make([]string, 3)
	for i := range numbers {
		n := v.Release(i)
		if n == math.MaxInt {
			return "large"
		}
		numbers[i] = strconv.Itoa(n)
	}
	return strings.Join(numbers, ".")
}

// version is a generated version, apart from its spelling.
type version struct {
	epoch     string
	release   []string
	pre, preN string
	post, dev string // the number; "" is none
	local     []string
}

func (g *generator) version() version {
	v := version{}
	if g.chance(12) {
		v.epoch = g.pick("0", "1", "2", "255", "256", "300", "18446744073709551616")
	}
	for range 1 + g.IntN(4) {
		v.release = append(v.release, g.number())
	}
	if g.chance(30) {
		v.pre, v.preN = g.pick("a", "b", "rc"), g.number()
	}
	if g.chance(25) {
		v.post = g.number()
	}
	if g.chance(25) {
		v.dev = g.number()
	}
	if g.chance(20) {
		v.local = g.localSegments()
	}
	return v
}

func (g *generator) localSegments() []string {
	var out []string
	for range 1 + g.IntN(3) {
		out = append(out, g.pick("abc", "abd", "ab", "0", "1", "9", "10", "00", "01a", "a1", "cu118", "ubuntu", "z", "199", "200", "20240115"))
	}
	return out
}

// number favours small numbers and those around a change of their encoding's length.
func (g *generator) number() string {
	if g.chance(75) {
		return strconv.Itoa(g.IntN(4))
	}
	return g.pick("9", "10", "11", "199", "200", "201", "255", "256", "257", "65535", "65536", "2024", "20240115", "4294967296",
		"9223372036854775807", "9223372036854775808", "9999999999999999999", "10000000000000000000", "18446744073709551615",
		"18446744073709551616", "99999999999999999999", "100000000000000000000", "340282366920938463463374607431768211456")
}

// near changes up to three parts of v, or nothing.
func (g *generator) near(v version) version {
	v.release = append([]string(nil), v.release...)
	for range g.IntN(4) {
		g.change(&v)
	}
	return v
}

func (g *generator) change(v *version) {
	switch g.IntN(8) {
	case 0:
		v.release[g.IntN(len(v.release))] = g.number()
	case 1:
		v.release = append(v.release, g.pick("0", "0", "1"))
	case 2:
		v.pre, v.preN = g.pick("", "", "a", "b", "rc"), g.number()
	case 3:
		v.post = g.pick("", g.number())
	case 4:
		v.dev = g.pick("", g.number())
	case 5:
		v.local = g.localSegments()
	case 6:
		v.local = nil
	case 7:
		v.epoch = g.pick("", "", "0", "1")
	}
}

// spell writes v in one of the many ways of PEP 440, Appendix B.
func (g *generator) spell(v version, local bool) string {
	var b strings.Builder
	b.WriteString(g.pick("", "", "", "", "", "v", "V"))
	if v.epoch != "" {
		b.WriteString(v.epoch + "!")
	}
	for i, n := range v.release {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteString(g.zeros() + n)
	}
	if v.pre != "" {
		word := map[string][]string{"a": {"a", "alpha"}, "b": {"b", "beta"}, "rc": {"rc", "c", "pre", "preview"}}[v.pre]
		b.WriteString(g.suffix(g.pick(word...), v.preN, ""))
	}
	if v.post != "" {
		if g.chance(20) {
			b.WriteString("-" + g.zeros() + v.post)
		} else {
			b.WriteString(g.suffix(g.pick("post", "post", "rev", "r"), v.post, "."))
		}
	}
	if v.dev != "" {
		b.WriteString(g.suffix("dev", v.dev, "."))
	}
	if local && len(v.local) > 0 {
		b.WriteString("+" + g.anyCase(v.local[0]))
		for _, segment := range v.local[1:] {
			b.WriteString(g.pick(".", ".", "-", "_") + g.anyCase(segment))
		}
	}
	return b.String()
}

func (v version) text(g *generator) string { return g.space() + g.spell(v, true) + g.space() }

func (g *generator) suffix(word, number, usual string) string {
	before, after := usual, ""
	if g.chance(25) {
		before, after = g.pick("", ".", "-", "_"), g.pick("", ".", "-", "_")
	}
	if number == "0" && g.chance(30) {
		return before + g.anyCase(word) + after
	}
	return before + g.anyCase(word) + after + g.zeros() + number
}

func (g *generator) zeros() string { return g.pick("", "", "", "", "", "", "", "0", "00") }
