package inflate

import (
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
)

const (
	window     = 32 << 10 // how far a distance reaches back
	inputSize  = 32 << 10
	outputSize = window + 64<<10
	padding    = 32  // zeros behind the input, which a whole word may be read from
	overshoot  = 288 // bytes behind the output, which a match and whole words may be written to
)

// Reader reads what a DEFLATE stream unpacks to. The error is a flate.CorruptInputError, io.ErrUnexpectedEOF, or one of the source. The zero Reader needs Reset.
type Reader struct {
	source io.Reader
	in     [inputSize + padding]byte
	pos    int  // of the next byte of in that is not in word; beyond end where zeros are
	end    int  // of what was read
	ended  bool // the source has no more
	before int64
	word   uint64 // the next bits, the first one lowest
	have   uint   // how many of them count; those above are what the input has, or zero

	out       [outputSize + overshoot]byte
	read, put int // up to where out was given away and written
	err       error

	next  state
	final bool   // this block is the last
	left  int    // bytes of a stored block
	codes *table // of this block: fixed, or those of own
	dists *table
	own   [2]table
}

// state is what the input has next.
type state int8

const (
	header state = iota
	stored
	coded
)

// Reset begins another stream.
func (r *Reader) Reset(source io.Reader) {
	r.source, r.pos, r.end, r.ended, r.before, r.word, r.have = source, 0, 0, false, 0, 0, 0
	r.read, r.put, r.err, r.next, r.final, r.left = 0, 0, nil, header, false, 0
}

// Read implements io.Reader.
func (r *Reader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for r.read == r.put {
		if r.err != nil {
			return 0, r.err
		}
		if r.put >= outputSize {
			copy(r.out[:window], r.out[r.put-window:r.put])
			r.read, r.put = window, window
		}
		r.err = r.step()
	}
	n := copy(p, r.out[r.read:r.put])
	r.read += n
	return n, nil
}

// Drained says, at the end of the stream, whether it took all that the source has.
func (r *Reader) Drained() bool {
	r.rewind()
	for !r.ended && r.pos == r.end {
		if r.more() != nil {
			return false
		}
	}
	return r.ended && r.pos == r.end
}

func (r *Reader) step() error {
	switch r.next {
	case stored:
		return r.copyStored()
	case coded:
		return r.decode()
	}
	if r.final {
		return io.EOF
	}
	return r.begin()
}

// rewind gives whole bytes back to the input.
func (r *Reader) rewind() {
	r.pos -= int(r.have / 8)
	r.have %= 8
	r.word &= 1<<r.have - 1
}

// more reads on. It is for where the source has not ended.
func (r *Reader) more() error {
	r.rewind()
	copy(r.in[:], r.in[r.pos:r.end])
	r.before += int64(r.pos)
	r.pos, r.end = 0, r.end-r.pos
	n, err := io.ReadAtLeast(r.source, r.in[r.end:inputSize], 1)
	r.end += n
	if errors.Is(err, io.EOF) {
		r.ended, err = true, nil
		clear(r.in[r.end : r.end+padding])
	}
	return err
}

// fill has at least 56 bits in word; behind the end of the source they are zeros, and short tells.
func (r *Reader) fill() error {
	for !r.ended && r.end-r.pos < 8 {
		if err := r.more(); err != nil {
			return err
		}
	}
	if r.pos > r.end+padding-8 {
		return io.ErrUnexpectedEOF
	}
	r.word, r.have, r.pos = r.filled(r.word, r.have, r.pos)
	return nil
}

// filled is a word of have bits with what is at pos behind them, how many bits count then, and what is next. All 64 of its bits are those of the input.
func (r *Reader) filled(word uint64, have uint, pos int) (uint64, uint, int) {
	return word | binary.LittleEndian.Uint64(r.in[pos:pos+8:pos+8])<<(have&63), have | 56, pos + int((63-have)/8)
}

// short says whether more bits were taken than there are.
func (r *Reader) short() bool { return r.pos*8-int(r.have) > r.end*8 }

// take gives the next n bits, of those that fill brought.
func (r *Reader) take(n uint) int {
	v := int(r.word & (1<<n - 1))
	r.word >>= n
	r.have -= n
	return v
}

func (r *Reader) corrupt() error {
	if r.short() {
		return io.ErrUnexpectedEOF
	}
	return flate.CorruptInputError(r.before + int64(r.pos) - int64(r.have/8))
}

// begin reads the header of a block (RFC 1951, 3.2.3).
func (r *Reader) begin() error {
	if err := r.fill(); err != nil {
		return err
	}
	r.final = r.take(1) == 1
	switch r.take(2) {
	case 0:
		return r.beginStored()
	case 1:
		r.codes, r.dists = &fixed()[0], &fixed()[1]
	case 2:
		if err := r.dynamic(); err != nil {
			return err
		}
	default:
		return r.corrupt()
	}
	r.next = coded
	if r.short() {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// beginStored reads the length of a stored block (RFC 1951, 3.2.4).
func (r *Reader) beginStored() error {
	r.take(r.have & 7)
	if err := r.fill(); err != nil {
		return err
	}
	length, complement := r.take(16), r.take(16)
	if r.short() {
		return io.ErrUnexpectedEOF
	}
	if length != complement^0xffff {
		return r.corrupt()
	}
	r.rewind()
	r.next, r.left = stored, length
	return nil
}

// copyStored copies as much of a stored block as there is input and room for.
func (r *Reader) copyStored() error {
	if r.left == 0 {
		r.next = header
		return nil
	}
	if r.pos >= r.end {
		if r.ended {
			return io.ErrUnexpectedEOF
		}
		return r.more()
	}
	n := copy(r.out[r.put:outputSize], r.in[r.pos:min(r.end, r.pos+r.left)])
	r.put, r.pos, r.left = r.put+n, r.pos+n, r.left-n
	return nil
}
