package pep440

import (
	"math"
	"strconv"
	"strings"
)

// MaxVersion bounds a version's text, in bytes, without the white space around it.
const MaxVersion = 4096

// Version is a parsed Python version. The zero Version is no version (IsZero); it sorts before all.
// Versions are values: copy them freely; compare them with Compare or Equal, never with ==,
// as two spellings of one version are equal versions.
type Version struct {
	exact string // the key, then exactMark, then orig in lower case
	orig  string
	canon string
	n     int32 // length of the key within exact
	pre   bool  // has a pre-release part
	post  bool
	dev   bool
}

// Parse reads a version in any spelling that PEP 440, Appendix B, admits (a leading v, white space around it,
// 1.0-1, 1.0c1 …). Numbers may be of any size; the text has at most MaxVersion bytes. The error is a *ParseError.
func Parse(s string) (Version, error) {
	text := trimSpace(s)
	if len(text) > MaxVersion {
		return Version{}, &ParseError{"version", s, MaxVersion, "longer than " + strconv.Itoa(MaxVersion) + " bytes"}
	}
	p, n := scan(text)
	if n != len(text) || n == 0 {
		return Version{}, &ParseError{"version", s, strings.Index(s, text) + n, expected(n)}
	}
	return p.version(text), nil
}

func expected(n int) string {
	if n == 0 {
		return "want a release number such as 1.0"
	}
	return "want the end, or a pre-, post-, dev or local part"
}

// MustParse is Parse for constants: it panics where s is no version.
func MustParse(s string) Version {
	v, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return v
}

func (p *parts) version(text string) Version {
	var buf [96]byte
	key := p.appendKey(buf[:0])
	v := Version{n: int32(len(key)), orig: text, canon: text, pre: p.pre != preNone, post: p.post, dev: p.dev}
	v.exact = string(appendLower(append(key, exactMark), text))
	if canon := p.appendText(buf[:0]); string(canon) != text {
		v.canon = string(canon)
	}
	return v
}

// appendText adds the normalised form (PEP 440, "Normalization").
func (p *parts) appendText(dst []byte) []byte {
	if !allZeros(p.epoch) {
		dst = append(appendDecimal(dst, p.epoch), '!')
	}
	dst = appendDotted(dst, p.release)
	switch p.pre {
	case preA:
		dst = appendDecimal(append(dst, 'a'), p.preN)
	case preB:
		dst = appendDecimal(append(dst, 'b'), p.preN)
	case preRC:
		dst = appendDecimal(append(dst, "rc"...), p.preN)
	}
	if p.post {
		dst = appendDecimal(append(dst, ".post"...), p.postN)
	}
	if p.dev {
		dst = appendDecimal(append(dst, ".dev"...), p.devN)
	}
	if p.local != "" {
		dst = appendDotted(append(dst, '+'), p.local)
	}
	return dst
}

// appendDotted adds segments joined by dots, in lower case, numbers without leading zeros.
func appendDotted(dst []byte, s string) []byte {
	for first := true; s != ""; first = false {
		var segment string
		segment, s = cutSegment(s)
		if !first {
			dst = append(dst, '.')
		}
		if digits(segment, 0) == len(segment) {
			dst = appendDecimal(dst, segment)
		} else {
			dst = appendLower(dst, segment)
		}
	}
	return dst
}

func appendDecimal(dst []byte, digits string) []byte {
	if digits = trimZeros(digits); digits == "" {
		return append(dst, '0')
	}
	return append(dst, digits...)
}

// Compare orders versions as PEP 440, "Summary of permitted suffixes and relative ordering": -1, 0 or +1.
func (v Version) Compare(w Version) int { return strings.Compare(v.exact[:v.n], w.exact[:w.n]) }

// Equal reports whether both spell one version: 1.0 equals 1.0.0.
func (v Version) Equal(w Version) bool { return v.exact[:v.n] == w.exact[:w.n] }

// Key is an order-preserving encoding: equal versions have equal keys and string order is version order.
func (v Version) Key() string { return v.exact[:v.n] }

// ExactKey is Key followed by the spelling, so that `===` can tell 1.0 from 1.0.0; a Range is a set of exact keys.
// Exact keys of one version lie together, between those of its neighbours.
func (v Version) ExactKey() string { return v.exact }

// String is the normalised form (PEP 440, "Normalization"); "" for the zero Version.
func (v Version) String() string { return v.canon }

// Original is the text that was parsed, without the white space around it.
func (v Version) Original() string { return v.orig }

// IsZero reports whether v is no version at all.
func (v Version) IsZero() bool { return v.exact == "" }

// IsPrerelease reports whether v has an a, b, rc or dev part (PEP 440, "Handling of pre-releases").
func (v Version) IsPrerelease() bool { return v.pre || v.dev }

// IsPostrelease reports whether v has a post part.
func (v Version) IsPostrelease() bool { return v.post }

// IsDevrelease reports whether v has a dev part.
func (v Version) IsDevrelease() bool { return v.dev }

// Local is the normalised local part, "" where there is none.
func (v Version) Local() string {
	_, local, _ := strings.Cut(v.canon, "+")
	return local
}

// Public is v without its local part (PEP 440, "Public version identifiers").
func (v Version) Public() Version {
	public, _, found := strings.Cut(v.orig, "+")
	if !found {
		return v
	}
	p, _ := scan(public)
	return p.version(public)
}

// Release returns the i-th component of the release segment, 0 past its end (1.2 is 1.2.0), saturating at math.MaxInt.
func (v Version) Release(i int) int {
	p, _ := scan(v.canon)
	rest, more := p.release, p.release != "" && i >= 0
	for ; more && i > 0; i-- {
		_, rest, more = strings.Cut(rest, ".")
	}
	if !more {
		return 0
	}
	n, err := strconv.Atoi(rest[:digits(rest, 0)])
	if err != nil {
		return math.MaxInt
	}
	return n
}

// MarshalText gives the normalised form; the zero Version is the empty text.
func (v Version) MarshalText() ([]byte, error) { return []byte(v.canon), nil }

// UnmarshalText is Parse; the empty text is the zero Version.
func (v *Version) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*v = Version{}
		return nil
	}
	w, err := Parse(string(text))
	if err != nil {
		return err
	}
	*v = w
	return nil
}
