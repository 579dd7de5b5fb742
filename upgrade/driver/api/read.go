package api

import (
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/chandlery-go/chandlery/resolve/pep440"
)

// Read reads what Write wrote. Modules, classes, symbols and signatures that say the same are one. A text of another form, or past the limits, is a *FormatError; other errors are r's, or of what is not compressed as Write does.
func Read(r io.Reader) (*Index, error) {
	file := &io.LimitedReader{R: r, N: MaxFile + 1}
	z, err := gzip.NewReader(file)
	if err != nil {
		return nil, fmt.Errorf("api index: %w", err)
	}
	text, err := io.ReadAll(io.LimitReader(z, MaxText+1))
	switch {
	case file.N == 0:
		return nil, &FormatError{Reason: "is larger than MaxFile"}
	case err != nil:
		return nil, fmt.Errorf("api index: %w", err)
	}
	return decode(text, MaxMemory)
}

func decode(text []byte, memory int) (*Index, error) {
	if len(text) > MaxText {
		return nil, &FormatError{Reason: "is larger than MaxText"}
	}
	d := &decoder{text: text, memory: memory}
	ix := d.index()
	if d.err == nil && d.at < len(text) {
		d.fail("something follows")
	}
	if d.err != nil {
		return nil, d.err
	}
	return ix, nil
}

// decoder reads a text. After the first error it reads zeros.
type decoder struct {
	text   []byte
	at     int
	memory int // bytes that may still be taken
	err    error

	texts      []string
	versions   map[int]pep440.Version
	signatures []Signature
	symbols    []Symbol
	depths     []uint8 // of symbols: classes within classes
	modules    []Module
}

func (d *decoder) fail(format string, args ...any) {
	if d.err == nil {
		d.err = &FormatError{d.at, fmt.Sprintf(format, args...)}
	}
}

// take accounts for n things of a size.
func (d *decoder) take(n, size int) bool {
	if d.err == nil && n > d.memory/size {
		d.fail("takes more than MaxMemory")
	}
	if d.err != nil {
		return false
	}
	d.memory -= n * size
	return true
}

func (d *decoder) byte() byte {
	if d.err == nil && d.at >= len(d.text) {
		d.fail("ends early")
	}
	if d.err != nil {
		return 0
	}
	d.at++
	return d.text[d.at-1]
}

func (d *decoder) flags(most byte) byte {
	b := d.byte()
	if b > most {
		d.fail("unknown flags")
		return 0
	}
	return b
}

// count reads a number below limit.
func (d *decoder) count(limit int) int {
	n := 0
	if d.at < len(d.text) && d.text[d.at] < 0x80 && d.err == nil { // as most are
		n = int(d.text[d.at])
		d.at++
	} else {
		n = d.long()
	}
	if n >= limit {
		d.fail("number %d is too large", n)
		return 0
	}
	return n
}

func (d *decoder) long() int {
	if d.err != nil {
		return 0
	}
	n, size := binary.Uvarint(d.text[d.at:])
	if size <= 0 || n > math.MaxInt32 {
		d.fail("no number")
		return 0
	}
	d.at += size
	return int(n)
}

func (d *decoder) signed() int {
	if d.err != nil {
		return 0
	}
	n, size := binary.Varint(d.text[d.at:])
	if size <= 0 || n > math.MaxInt32 || n < math.MinInt32 {
		d.fail("no number")
		return 0
	}
	d.at += size
	return int(n)
}

// length reads that of a list or map, each entry of which takes at least a byte; -1 for nil.
func (d *decoder) length(size int) int {
	n := d.count(len(d.text)-d.at+2) - 1
	if d.err != nil || n > 0 && !d.take(n, size) {
		return -1
	}
	return n
}

// entries reads the length of a pool.
func (d *decoder) entries(size int) int {
	n := d.count(len(d.text) - d.at + 1)
	if !d.take(n, size) {
		return 0
	}
	return n
}

func (d *decoder) string() string {
	if i := d.count(len(d.texts)); d.err == nil {
		return d.texts[i]
	}
	return ""
}
