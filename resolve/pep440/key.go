package pep440

import "strings"

// Bytes of a key. What ends a part sorts before what continues it.
const (
	exactMark = 0x00 // between the key and the spelling
	localMark = 0x01 // before the local segments

	textSegment = 0x02 // before a local segment that is no number; numbers are above
	textEnd     = 0x01

	devOnly = 0x01 // in the place of the pre-release part: a development release of a final release
	preA    = 0x02
	preB    = 0x03
	preRC   = 0x04
	preNone = 0x05

	devMark   = 0x01
	noDev     = 0x02
	postMark  = 0x03
	afterPost = 0x04 // above every post part: no version has it, only bounds

	number0   = 0x10 // numbers begin here
	numbers1  = 200  // so many of them take one byte
	numberLen = number0 + numbers1
	numberBig = numberLen + 8
)

// floor is the key of 0.dev0, the least version. A key with firstLocal after it is above all spellings of its version and below
// all its local versions.
const (
	floor      = "\x10\x01\x10"
	firstLocal = "\x01"
)

// appendKey adds the key of p.
func (p *parts) appendKey(dst []byte) []byte {
	dst = p.appendPublic(dst)
	if p.local == "" {
		return dst
	}
	dst = append(dst, localMark)
	for rest := p.local; rest != ""; {
		var segment string
		segment, rest = cutSegment(rest)
		dst = appendSegment(dst, segment)
	}
	return dst
}

// appendPublic adds the key of p without its local part.
func (p *parts) appendPublic(dst []byte) []byte {
	dst = p.appendRelease(dst)
	if p.pre == preNone && !p.post && p.dev {
		return appendNumber(append(dst, devOnly), p.devN)
	}
	dst = append(dst, p.pre)
	if p.pre != preNone {
		dst = appendNumber(dst, p.preN)
	}
	if p.post {
		dst = appendNumber(append(dst, postMark), p.postN)
	}
	if p.dev {
		return appendNumber(append(dst, devMark), p.devN)
	}
	return append(dst, noDev)
}

// appendRelease adds the epoch and the release without trailing zeros.
func (p *parts) appendRelease(dst []byte) []byte {
	dst = appendNumber(dst, p.epoch)
	end := len(dst)
	for i := 0; i < len(p.release); i++ {
		start := i
		i = digits(p.release, i)
		dst = appendNumber(dst, p.release[start:i])
		if dst[len(dst)-1] != number0 || !allZeros(p.release[start:i]) {
			end = len(dst)
		}
	}
	return dst[:end]
}

// appendNumber adds a number so that the order of bytes is the order of numbers and no number begins another.
func appendNumber(dst []byte, digits string) []byte {
	digits = trimZeros(digits)
	if len(digits) > maxUint64Digits {
		dst = append(dst, numberBig, byte(len(digits)>>8), byte(len(digits)))
		return append(dst, digits...)
	}
	var n uint64
	for i := range len(digits) {
		n = n*10 + uint64(digits[i]-'0')
	}
	if n < numbers1 {
		return append(dst, number0+byte(n))
	}
	size := 1
	for n>>(8*size) != 0 {
		size++
	}
	dst = append(dst, numberLen+byte(size-1))
	for shift := 8 * (size - 1); shift >= 0; shift -= 8 {
		dst = append(dst, byte(n>>shift))
	}
	return dst
}

const maxUint64Digits = 19

func appendSegment(dst []byte, segment string) []byte {
	if digits(segment, 0) == len(segment) {
		return appendNumber(dst, segment)
	}
	dst = appendLower(append(dst, textSegment), segment)
	return append(dst, textEnd)
}

// cutSegment splits a local part at its first separator.
func cutSegment(local string) (segment, rest string) {
	i := strings.IndexAny(local, ".-_")
	if i < 0 {
		return local, ""
	}
	return local[:i], local[i+1:]
}

// appendLower adds an ASCII text in lower case.
func appendLower(dst []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		dst = append(dst, c)
	}
	return dst
}

func trimZeros(digits string) string {
	for digits != "" && digits[0] == '0' {
		digits = digits[1:]
	}
	return digits
}

func allZeros(digits string) bool { return trimZeros(digits) == "" }

// increment adds 1 to a decimal number of any length.
func increment(digits string) string {
	b := []byte("0" + digits)
	i := len(b) - 1
	for ; b[i] == '9'; i-- {
		b[i] = '0'
	}
	b[i]++
	return string(b)
}
