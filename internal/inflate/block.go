package inflate

import (
	"encoding/binary"
	"io"
	"sync"
)

// fixed gives the tables of RFC 1951, 3.2.6.
var fixed = sync.OnceValue(func() *[2]table {
	var lengths [288]uint8
	for i := range lengths {
		switch {
		case i < 144 || i >= 280:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		default:
			lengths[i] = 7
		}
	}
	var both [2]table
	both[0].build(lengths[:], literals)
	for i := range 32 {
		lengths[i] = 5
	}
	both[1].build(lengths[:32], distances)
	return &both
})

// order is that of the lengths of the code of code lengths (RFC 1951, 3.2.7).
var order = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// dynamic reads the tables that a block begins with (RFC 1951, 3.2.7).
func (r *Reader) dynamic() error {
	literalCount, distanceCount, lengthCount := r.take(5)+257, r.take(5)+1, r.take(4)+4
	if literalCount > 286 || distanceCount > 30 {
		return r.corrupt()
	}
	r.codes, r.dists = &r.own[0], &r.own[1]
	var lengths [286 + 30]uint8
	for i := range lengthCount {
		if err := r.fill(); err != nil {
			return err
		}
		lengths[order[i]] = uint8(r.take(3))
	}
	if !r.dists.build(lengths[:19], plain) {
		return r.corrupt()
	}
	clear(lengths[:19])
	if err := r.lengths(lengths[:literalCount+distanceCount]); err != nil {
		return err
	}
	if !r.codes.build(lengths[:literalCount], literals) || !r.dists.build(lengths[literalCount:][:distanceCount], distances) {
		return r.corrupt()
	}
	return nil
}

// lengths reads lengths of codes, by the code that lies in dists.
func (r *Reader) lengths(all []uint8) error {
	for i := 0; i < len(all); {
		if err := r.fill(); err != nil {
			return err
		}
		c := r.dists.first[r.word&firstMask]
		if c&isBase == 0 {
			return r.corrupt()
		}
		r.take(c.taken())
		symbol, value, times := c.value(), uint8(0), 1
		switch symbol {
		case 16:
			if i == 0 {
				return r.corrupt()
			}
			value, times = all[i-1], 3+r.take(2)
		case 17:
			times = 3 + r.take(3)
		case 18:
			times = 11 + r.take(7)
		default:
			value = uint8(symbol)
		}
		if r.short() {
			return io.ErrUnexpectedEOF
		}
		if i+times > len(all) {
			return r.corrupt()
		}
		for range times {
			all[i] = value
			i++
		}
	}
	return nil
}

// atOnce is how many bytes of a match are written at a time, where they do not overlap with what they are taken from.
const atOnce = 16

// decode unpacks symbols until the block ends, out is full, or the input must be read on. The word holds 64 bits once it is filled, though have counts 56 or more: a length and a
// distance take 48 at most, so what comes next can be looked up before the word is filled again.
func (r *Reader) decode() error {
	last := r.end + padding - 16 // where a word may be read from
	if !r.ended {
		last = r.end - 8
	}
	word, have, pos, put := r.word, r.have, r.pos, r.put
	codes, dists := r.codes, r.dists
	ok, done := true, false
	if pos <= last {
		word, have, pos = r.filled(word, have, pos)
	}
	c := codes.first[word&firstMask]
	for put < outputSize && pos <= last {
		word, have, pos = r.filled(word, have, pos)
		if c&isLiteral != 0 { // often some in a row
			for range 3 {
				r.out[put] = byte(c >> 16)
				put++
				word >>= c & 63
				have -= uint(c & 63)
				c = codes.first[word&firstMask]
				if c&isLiteral == 0 {
					break
				}
			}
			continue
		}
		if c&isOuter != 0 {
			if c = codes.second[c.value()+int(word>>firstBits)&(1<<c.first()-1)]; c&isLiteral != 0 {
				continue
			}
		}
		held := word
		word >>= c & 63
		have -= uint(c & 63)
		if c&isBase == 0 {
			ok, done = c&isEnd != 0, true
			break
		}
		length := c.with(held)
		c = dists.first[word&firstMask]
		if c&isOuter != 0 {
			c = dists.second[c.value()+int(word>>firstBits)&(1<<c.first()-1)]
		}
		held = word
		word >>= c & 63
		have -= uint(c & 63)
		distance := c.with(held)
		if c&isBase == 0 || distance > put {
			ok, done = false, true
			break
		}
		c = codes.first[word&firstMask]
		if distance < atOnce {
			r.again(put, distance, length)
		} else { // as most matches are, and short
			r.some(put, distance)
			if length > atOnce {
				r.some(put+atOnce, distance)
			}
			if length > 2*atOnce {
				r.again(put+2*atOnce, distance, length-2*atOnce)
			}
		}
		put += length
	}
	return r.decoded(word, have, pos, put, ok, done)
}

// decoded ends a run of decode. What was unpacked counts only where its bits were there.
func (r *Reader) decoded(word uint64, have uint, pos, put int, ok, done bool) error {
	r.word, r.have, r.pos = word, have, pos
	switch {
	case r.short():
		return io.ErrUnexpectedEOF
	case !ok:
		return r.corrupt()
	}
	r.put = put
	switch {
	case done:
		r.next = header
	case put < outputSize && !r.ended:
		return r.more()
	}
	return nil
}

// some writes at put the atOnce bytes that stand that far or farther before it.
func (r *Reader) some(put, distance int) {
	from := put - distance
	*(*[atOnce]byte)(r.out[put : put+atOnce : put+atOnce]) = *(*[atOnce]byte)(r.out[from : from+atOnce : from+atOnce])
}

// again writes at put the length bytes that stand distance before it. Where the two overlap, what was written is what comes next.
func (r *Reader) again(put, distance, length int) {
	from, end := put-distance, put+length
	switch {
	case distance >= length && length > 32:
		copy(r.out[put:end], r.out[from:])
	case distance >= 8:
		for ; put < end; put, from = put+8, from+8 {
			binary.LittleEndian.PutUint64(r.out[put:], binary.LittleEndian.Uint64(r.out[from:]))
		}
	default:
		for put < end {
			put += copy(r.out[put:end], r.out[from:put]) // twice as much each time
		}
	}
}
