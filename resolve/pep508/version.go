package pep508

import (
	"cmp"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep440"
)

// versionTest is the right side of a version comparison with its operator: a specifier.
type versionTest struct {
	op    operator
	text  string // as compared by ===
	set   pep440.Specifiers
	plain bool // text is a plain release, .* taken off: matchesPlain can decide
	wild  bool
}

// newVersionTest is false where op and text are no version specifier (PEP 440).
func newVersionTest(op operator, text string) (t versionTest, ok bool) {
	t = versionTest{op: op, text: strings.TrimSpace(text)}
	if op == "===" { // PEP 440, "Arbitrary equality"
		return t, !strings.ContainsAny(t.text, " \t;)")
	}
	if strings.ContainsAny(text, ",=") { // >=1,<2 would be two specifiers, and < with =1 another operator
		return t, false
	}
	var err error
	if t.set, err = pep440.ParseSpecifiers(string(op) + text); err != nil {
		return t, false
	}
	if release, wild := strings.CutSuffix(t.text, ".*"); op != "~=" && isPlainRelease(release) {
		t.text, t.plain, t.wild = release, true, wild
	}
	return t, true
}

// matches is false for what is no version; but === compares text, without regard to case.
func (t *versionTest) matches(value string) bool {
	switch {
	case t.op == "===":
		return strings.EqualFold(value, t.text)
	case t.plain && isPlainRelease(value):
		return t.matchesPlain(value)
	}
	v, err := pep440.Parse(value)
	return err == nil && t.set.Contains(v)
}

// matchesPlain decides without parsing: between plain releases the order of versions is that of their numbers.
func (t *versionTest) matchesPlain(value string) bool {
	if t.wild {
		return hasReleasePrefix(value, t.text) == (t.op == "==")
	}
	order := compareReleases(value, t.text)
	switch t.op {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case "==":
		return order == 0
	case "!=":
		return order != 0
	case ">=":
		return order >= 0
	default:
		return order > 0
	}
}

// isPlainRelease reports whether s is numbers with dots between, each of at most nine digits.
func isPlainRelease(s string) bool {
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9' && digits < 9:
			digits++
		case c == '.' && digits > 0:
			digits = 0
		default:
			return false
		}
	}
	return digits > 0
}

// compareReleases orders plain releases; a missing number is 0.
func compareReleases(a, b string) int {
	for a != "" || b != "" {
		var x, y int
		x, a = cutNumber(a)
		y, b = cutNumber(b)
		if x != y {
			return cmp.Compare(x, y)
		}
	}
	return 0
}

func hasReleasePrefix(s, prefix string) bool {
	for prefix != "" {
		var x, y int
		x, s = cutNumber(s)
		y, prefix = cutNumber(prefix)
		if x != y {
			return false
		}
	}
	return true
}

// cutNumber takes the first number of a plain release.
func cutNumber(s string) (n int, rest string) {
	for i := range len(s) {
		if s[i] == '.' {
			return n, s[i+1:]
		}
		n = n*10 + int(s[i]-'0')
	}
	return n, ""
}
