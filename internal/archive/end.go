package archive

import (
	"bytes"
	"encoding/binary"
	"io"
)

// Signatures and fixed lengths of the records (PKWARE APPNOTE.TXT 4.3).
const (
	localSignature   = "PK\x03\x04"
	centralSignature = "PK\x01\x02"
	endSignature     = "PK\x05\x06"
	end64Signature   = "PK\x06\x06"
	locatorSignature = "PK\x06\x07"
	descriptorMark   = "PK\x07\x08"

	localLength   = 30
	centralLength = 46
	endLength     = 22
	end64Length   = 56
	locatorLength = 20
)

// signatures are what a comment may not hold.
var signatures = [...]string{localSignature, centralSignature, endSignature, end64Signature, locatorSignature, descriptorMark}

var le = binary.LittleEndian

// end is what the end records say.
type end struct {
	count                uint64
	dirOffset, dirLength uint64
	at                   int64 // where the end records begin, so where the directory must end
}

// end reads the end of central directory record and its ZIP64 form. ok is false where the directory cannot be read.
func (a *audit) end(r io.ReaderAt, size int64) (e end, ok bool, err error) {
	tail, err := readTail(r, size)
	if err != nil {
		return e, false, err
	}
	// The last signature is the one that every reader finds: an earlier one whose comment holds this one is refused by what follows.
	i := bytes.LastIndex(tail, []byte(endSignature))
	if i < 0 || len(tail)-i < endLength {
		a.fault(Z9, "", "not a zip, or cut short: no end of central directory")
		return e, false, nil
	}
	rec, comment := tail[i:i+endLength], tail[i+endLength:]
	e = end{uint64(le.Uint16(rec[10:])), uint64(le.Uint32(rec[16:])), uint64(le.Uint32(rec[12:])), size - int64(len(tail)-i)}
	if length := int(le.Uint16(rec[20:])); length != len(comment) {
		a.fault(Z9, "", "%d bytes follow the end record, which says %d", len(comment), length)
		return e, false, nil
	}
	a.comment("", comment)
	at64, found := bytes.CutPrefix(tail[max(0, i-locatorLength):i], []byte(locatorSignature))
	if found && len(at64) == locatorLength-4 {
		return a.end64(r, e, rec, at64)
	}
	if le.Uint16(rec[4:]) != 0 || le.Uint16(rec[6:]) != 0 || le.Uint16(rec[8:]) != le.Uint16(rec[10:]) {
		a.fault(Z9, "", "part of a zip on several disks")
	}
	return e, a.bounds(e), nil
}

// end64 reads the ZIP64 end record, which stands right before its locator. What the plain record says is a mark that the value is
// here, or the same value: readers differ in which of the two they believe.
func (a *audit) end64(r io.ReaderAt, e end, plain, locator []byte) (end, bool, error) {
	at := e.at - locatorLength - end64Length
	rec := make([]byte, end64Length)
	if at < 0 || le.Uint64(locator[4:]) != uint64(at) {
		a.fault(Z9, "", "ZIP64 end record is not right before its locator")
		return e, false, nil
	}
	if err := readFull(r, rec, at); err != nil {
		return e, false, err
	}
	if string(rec[:4]) != end64Signature || le.Uint64(rec[4:]) != end64Length-12 {
		a.fault(Z9, "", "ZIP64 end record is missing or has extensible parts")
		return e, false, nil
	}
	if le.Uint32(locator) != 0 || le.Uint32(locator[12:]) != 1 || le.Uint32(rec[16:]) != 0 || le.Uint32(rec[20:]) != 0 || le.Uint64(rec[24:]) != le.Uint64(rec[32:]) {
		a.fault(Z9, "", "part of a zip on several disks")
	}
	agree := agree16(plain[4:], 0) && agree16(plain[6:], 0) && agree16(plain[8:], le.Uint64(rec[24:])) && agree16(plain[10:], le.Uint64(rec[32:])) &&
		agree32(plain[12:], le.Uint64(rec[40:])) && agree32(plain[16:], le.Uint64(rec[48:]))
	if !agree {
		a.fault(Z9, "", "ZIP64 and plain end record differ")
	}
	e = end{le.Uint64(rec[32:]), le.Uint64(rec[48:]), le.Uint64(rec[40:]), at}
	return e, a.bounds(e), nil
}

func agree16(b []byte, v uint64) bool {
	return le.Uint16(b) == 0xffff || uint64(le.Uint16(b)) == v
}

func agree32(b []byte, v uint64) bool {
	return le.Uint32(b) == 0xffffffff || uint64(le.Uint32(b)) == v
}

// bounds says whether the directory is where it must be, and small enough to read.
func (a *audit) bounds(e end) bool {
	switch at := uint64(e.at); {
	case e.dirLength > MaxDirectory:
		a.fault(Z10, "", "directory of %d bytes, at most %d", e.dirLength, MaxDirectory)
	case e.dirOffset > at || e.dirLength > at-e.dirOffset:
		a.fault(Z9, "", "directory reaches past the end record: cut short, or its place is a lie")
	case e.dirOffset+e.dirLength != at:
		a.fault(Z9, "", "%d bytes before the zip or after its directory", at-e.dirOffset-e.dirLength)
	case e.count*centralLength > e.dirLength || e.count > e.dirLength:
		a.fault(Z9, "", "%d entries cannot stand in a directory of %d bytes", e.count, e.dirLength)
	default:
		return true
	}
	return false
}

func (a *audit) comment(name string, comment []byte) {
	for _, s := range signatures {
		if bytes.Contains(comment, []byte(s)) {
			a.fault(Z9, name, "zip record inside a comment")
		}
	}
}

// readTail reads as much as can hold the end records: little where there is no comment, which is nearly always.
func readTail(r io.ReaderAt, size int64) ([]byte, error) {
	for _, length := range []int64{endLength + locatorLength, endLength + 0xffff + locatorLength} {
		tail := make([]byte, min(size, length))
		if err := readFull(r, tail, size-int64(len(tail))); err != nil {
			return nil, err
		}
		if length > endLength+locatorLength || len(tail) >= endLength && string(tail[len(tail)-endLength:][:4]) == endSignature {
			return tail, nil
		}
	}
	panic("unreachable: the second length returns")
}

// readFull reads all of b, whatever the ReaderAt returns along with its last byte.
func readFull(r io.ReaderAt, b []byte, at int64) error {
	n, err := r.ReadAt(b, at)
	if n == len(b) {
		return nil
	}
	if err == nil || err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
