package pep440

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// reference is a version with small numbers, and the order and operators of PEP 440 written down as its text has them: without keys
// and without intervals, so that both can be checked against it.
type reference struct {
	epoch     int
	release   []int
	pre       string // "", a, b, rc
	preN      int
	post, dev int // -1: none
	local     []string
	zeros     int
}

func randomReference(r *rand.Rand) reference {
	v := reference{post: -1, dev: -1}
	if r.IntN(8) == 0 {
		v.epoch = 1
	}
	for range 1 + r.IntN(2) {
		v.release = append(v.release, r.IntN(3))
	}
	v.zeros = r.IntN(2)
	if r.IntN(3) == 0 {
		v.pre, v.preN = []string{"a", "b", "rc"}[r.IntN(3)], r.IntN(2)
	}
	if r.IntN(3) == 0 {
		v.post = r.IntN(2)
	}
	if r.IntN(3) == 0 {
		v.dev = r.IntN(2)
	}
	if r.IntN(3) == 0 {
		for range 1 + r.IntN(2) {
			v.local = append(v.local, []string{"0", "1", "10", "a", "ab", "b1"}[r.IntN(6)])
		}
	}
	return v
}

func (v reference) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d!%s", v.epoch, strings.Trim(strings.Join(strings.Fields(fmt.Sprint(v.release)), "."), "[]"))
	b.WriteString(strings.Repeat(".0", v.zeros))
	if v.pre != "" {
		fmt.Fprintf(&b, "%s%d", v.pre, v.preN)
	}
	if v.post >= 0 {
		fmt.Fprintf(&b, ".post%d", v.post)
	}
	if v.dev >= 0 {
		fmt.Fprintf(&b, ".dev%d", v.dev)
	}
	if len(v.local) > 0 {
		b.WriteString("+" + strings.Join(v.local, "."))
	}
	return b.String()
}

// compare is PEP 440, "Summary of permitted suffixes and relative ordering".
func (v reference) compare(w reference) int {
	return cmp.Or(v.comparePublic(w), slices.CompareFunc(v.local, w.local, compareSegments))
}

func (v reference) comparePublic(w reference) int {
	return cmp.Or(cmp.Compare(v.epoch, w.epoch), compareRelease(v.release, w.release),
		cmp.Compare(v.phase(), w.phase()), cmp.Compare(v.preN, w.preN), cmp.Compare(v.post, w.post), cmp.Compare(v.devRank(), w.devRank()))
}

// compareRelease takes a missing number for 0.
func compareRelease(a, b []int) int {
	for i := range max(len(a), len(b)) {
		var x, y int
		if i < len(a) {
			x = a[i]
		}
		if i < len(b) {
			y = b[i]
		}
		if x != y {
			return cmp.Compare(x, y)
		}
	}
	return 0
}

// phase: "within a release, .devN, aN, bN, rcN, <no suffix>, .postN".
func (v reference) phase() int {
	if v.pre == "" && v.post < 0 && v.dev >= 0 {
		return -1
	}
	return slices.Index([]string{"a", "b", "rc", ""}, v.pre)
}

func (v reference) devRank() int {
	if v.dev < 0 {
		return 99
	}
	return v.dev
}

// compareSegments: numbers are above text.
func compareSegments(a, b string) int {
	var x, y int
	_, errA := fmt.Sscanf(a, "%d", &x)
	_, errB := fmt.Sscanf(b, "%d", &y)
	switch {
	case errA == nil && errB == nil:
		return cmp.Compare(x, y)
	case errA == nil:
		return 1
	case errB == nil:
		return -1
	}
	return strings.Compare(a, b)
}

func (v reference) isPrerelease() bool { return v.pre != "" || v.dev >= 0 }

func (v reference) sameRelease(w reference) bool {
	return v.epoch == w.epoch && compareRelease(v.release, w.release) == 0
}

// admits is what a clause `op s` says of v; wildcard is `op s.*`.
func (v reference) admits(op string, s reference, wildcard bool) bool {
	if wildcard {
		return v.hasPrefix(s) == (op == "==")
	}
	switch op {
	case "==":
		return v.matches(s)
	case "!=":
		return !v.matches(s)
	case ">=":
		return v.comparePublic(s) >= 0
	case "<=":
		return v.comparePublic(s) <= 0
	case "<":
		return v.comparePublic(s) < 0 && (s.isPrerelease() || !v.isPrereleaseOf(s))
	case ">":
		return v.comparePublic(s) > 0 && (s.post >= 0 || s.dev >= 0 || !v.isPostreleaseOf(s))
	default: // ~=
		prefix := reference{epoch: s.epoch, release: s.written()[:len(s.written())-1], post: -1, dev: -1}
		return v.comparePublic(s) >= 0 && v.hasPrefix(prefix)
	}
}

func (v reference) matches(s reference) bool {
	if len(s.local) > 0 {
		return v.compare(s) == 0
	}
	return v.comparePublic(s) == 0
}

// written is the release as it is written, trailing zeros too.
func (v reference) written() []int {
	return append(slices.Clone(v.release), make([]int, v.zeros)...)
}

func (v reference) hasPrefix(s reference) bool {
	prefix := s.written()
	release := append(v.written(), make([]int, len(prefix))...)
	return v.epoch == s.epoch && slices.Equal(release[:len(prefix)], prefix)
}

func (v reference) isPrereleaseOf(s reference) bool {
	if s.post >= 0 {
		return v.sameRelease(s) && v.pre == s.pre && v.post == s.post && v.dev >= 0
	}
	return v.sameRelease(s) && v.isPrerelease()
}

func (v reference) isPostreleaseOf(s reference) bool {
	return v.sameRelease(s) && v.pre == s.pre && v.preN == s.preN && v.post >= 0
}

// randomClause gives a clause and its parts.
func randomClause(r *rand.Rand) (text, op string, s reference, wildcard bool) {
	op = []string{"==", "!=", "<", "<=", ">", ">=", "~="}[r.IntN(7)]
	s = randomReference(r)
	equality := op == "==" || op == "!="
	if !equality {
		s.local = nil
	}
	if op == "~=" && len(s.written()) == 1 {
		s.zeros = 1
	}
	if equality && r.IntN(3) == 0 {
		s = reference{epoch: s.epoch, release: s.release, zeros: s.zeros, post: -1, dev: -1}
		return op + s.String() + ".*", op, s, true
	}
	return op + s.String(), op, s, false
}
