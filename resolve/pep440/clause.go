package pep440

import "strings"

// clause is one version clause (PEP 440, "Version specifiers").
type clause struct {
	text  string // canonical: operator and normalised version
	set   Range
	names bool // names a pre-release, and can admit one
	pins  bool // == without wildcard, or ===
}

// operators, each before those that begin it.
var operators = [...]string{"===", "~=", "==", "!=", "<=", ">=", "<", ">"}

const (
	wantOperator = "want one of ~= == != <= >= < > ==="
	wantVersion  = "want a version after the operator"
	wildcard     = ".*"
)

// parseClause reads one clause without white space around it. A failure gives what is wrong, and where.
func parseClause(s string) (c clause, reason string, offset int) {
	op := operatorOf(s)
	if op == "" {
		return c, wantOperator, 0
	}
	text := trimSpace(s[len(op):])
	at := len(s) - len(text)
	if op == "===" {
		return arbitrary(text, at)
	}
	if len(text) > MaxVersion {
		return c, "the version is too long", at
	}
	p, n := scan(text)
	rest := text[n:]
	switch {
	case n == 0:
		return c, wantVersion, at
	case rest == wildcard && (op == "==" || op == "!="):
		return prefixMatch(op, p, at+n)
	case rest == wildcard:
		return c, "a wildcard is for == and != only", at + n
	case rest != "":
		return c, "want the end of the version, or a comma", at + n
	case p.local != "" && op != "==" && op != "!=":
		return c, "a local version is for == and != only", at + strings.IndexByte(text, '+')
	case op == "~=" && !strings.Contains(p.release, "."):
		return c, "~= needs two release numbers, such as ~=1.0", at
	}
	c = clause{text: p.text(op, ""), set: p.ordered(op), pins: op == "=="}
	c.names = op != "!=" && p.isPrerelease()
	return c, "", 0
}

func operatorOf(s string) string {
	for _, op := range operators {
		if strings.HasPrefix(s, op) {
			return op
		}
	}
	return ""
}

// arbitrary is a `===` clause (PEP 440, "Arbitrary equality"): string comparison without regard to case. Its text may be no
// version at all; then no parsed version can match it.
func arbitrary(text string, at int) (c clause, reason string, offset int) {
	if text == "" {
		return c, wantVersion, at
	}
	if i := strings.IndexFunc(text, endsArbitrary); i >= 0 {
		return c, "white space, ; or ) within the version", at + i
	}
	c = clause{text: "===" + text, pins: true}
	if v, err := Parse(text); err == nil {
		c.set, c.names = OnlyExact(v), v.IsPrerelease()
	}
	return c, "", 0
}

func endsArbitrary(r rune) bool { return r == ';' || r == ')' || isSpace(r) }

// prefixMatch is `==V.*` or `!=V.*` (PEP 440, "Version matching"): all versions from the first development release of V up to
// that of the next release of as many numbers.
func prefixMatch(op string, p parts, end int) (c clause, reason string, offset int) {
	if p.pre != preNone || p.post || p.dev || p.local != "" {
		return c, "a wildcard follows a release only", end
	}
	next := p
	next.release = nextRelease(p.release)
	c = clause{text: p.text(op, wildcard), set: between(p.firstDev(), next.firstDev())}
	if op == "!=" {
		c.set = c.set.Complement()
	}
	return c, "", 0
}

// ordered is the set of a clause without wildcard.
func (p parts) ordered(op string) Range {
	switch op {
	case ">=":
		return between(p.key(), "")
	case "<=": // a local version of V is admitted: PEP 440, "Inclusive ordered comparison" ignores local parts
		return between("", p.next().key())
	case "<":
		return between("", p.exclusiveUpper())
	case ">":
		return between(p.exclusiveLower(), "")
	case "~=": // PEP 440, "Compatible release": >=V, ==V' where V' is V's release with a wildcard as its last number
		prefix := p
		prefix.release = nextRelease(p.release[:strings.LastIndexByte(p.release, '.')])
		return between(p.key(), prefix.firstDev())
	case "!=":
		return p.equal().Complement()
	default:
		return p.equal()
	}
}

// equal is `==V` (PEP 440, "Version matching"): with V's local versions unless V has a local part itself.
func (p parts) equal() Range {
	key := p.key()
	if p.local != "" {
		return between(key, key+firstLocal)
	}
	return between(key, p.next().key())
}

// exclusiveUpper bounds `<V` (PEP 440, "Exclusive ordered comparison"): pre-releases of V are out unless V is one itself.
func (p parts) exclusiveUpper() string {
	if p.isPrerelease() {
		return p.key()
	}
	p.dev, p.devN = true, ""
	return p.key()
}

// exclusiveLower bounds `>V` (PEP 440, "Exclusive ordered comparison"): post-releases and local versions of V are out, unless
// V is a post-release; then only its local versions are.
func (p parts) exclusiveLower() string {
	switch {
	case p.dev || p.post:
		return p.next().key()
	case p.pre != preNone:
		p.preN = increment(p.preN)
		p.dev, p.devN = true, ""
		return p.key()
	default:
		var buf [64]byte
		return string(append(p.appendRelease(buf[:0]), preNone, afterPost))
	}
}

// next is the least version above V and all its local versions.
func (p parts) next() parts {
	switch {
	case p.dev:
		p.devN = increment(p.devN)
		return p
	case p.post:
		p.postN = increment(p.postN)
	}
	p.post, p.dev, p.devN = true, true, ""
	return p
}

// firstDev is the key of the least version with this release.
func (p parts) firstDev() string {
	first := parts{epoch: p.epoch, release: p.release, pre: preNone, dev: true}
	return first.key()
}

// nextRelease adds 1 to the last number.
func nextRelease(release string) string {
	i := strings.LastIndexByte(release, '.') + 1
	return release[:i] + increment(release[i:])
}

func (p parts) isPrerelease() bool { return p.pre != preNone || p.dev }

func (p parts) key() string {
	var buf [64]byte
	return string(p.appendKey(buf[:0]))
}

// text is operator and normalised version, as String has them.
func (p parts) text(op, end string) string {
	var buf [64]byte
	return string(append(p.appendText(append(buf[:0], op...)), end...))
}
