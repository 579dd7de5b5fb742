package index

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/dist"
)

const (
	// TailSize is how much of a wheel's end is read at first: of a hundred common wheels it holds METADATA in 71, and the whole directory in 92.
	TailSize = 64 << 10
	// MaxDirectory bounds a wheel's central directory, in bytes.
	MaxDirectory = 32 << 20

	endSize       = 22
	end64Size     = 56
	locatorSize   = 20
	centralSize   = 46
	localSize     = 30
	localSlack    = 1 << 10 // room for a local header's extra field, so that one read will do
	maxCompressed = dist.MaxMetadata + dist.MaxMetadata/8 + localSlack
)

// readRange gives n bytes of a wheel at off.
type readRange func(off, n int64) ([]byte, error)

// readMetadata takes the one top-level *.dist-info/METADATA out of a wheel of size bytes. It reads the tail, then what lies before it only where it must.
// The zip must end with its end record, which must tell the truth about one directory right before it (APPNOTE 4.3); no other kind is a wheel.
func readMetadata(file string, size int64, read readRange) ([]byte, error) {
	n := min(size, TailSize)
	tail, err := read(size-n, n)
	if err != nil {
		return nil, err
	}
	d, err := findDirectory(tail, size)
	if err != nil {
		return nil, &WheelError{File: file, Reason: err.Error()}
	}
	directory, err := read(d.offset, d.size)
	if err != nil {
		return nil, err
	}
	m, err := findMetadata(directory, d)
	if err != nil {
		return nil, &WheelError{File: file, Reason: err.Error()}
	}
	b, err := read(m.offset, min(localSize+int64(len(m.name))+localSlack+m.compressed, d.offset-m.offset))
	if err != nil {
		return nil, err
	}
	content, err := m.extract(b)
	if err != nil {
		return nil, &WheelError{File: file, Reason: m.name + ": " + err.Error()}
	}
	return content, nil
}

// directory is where a zip's central directory lies.
type directory struct{ offset, size, entries int64 }

// findDirectory reads the end record, and its 64-bit form where it refers to that.
func findDirectory(tail []byte, size int64) (directory, error) {
	at := endRecord(tail)
	if at < 0 {
		return directory{}, errors.New("no zip, or not all of one: it does not end with one end record")
	}
	le, end := binary.LittleEndian, tail[at:]
	d := directory{offset: int64(le.Uint32(end[16:])), size: int64(le.Uint32(end[12:])), entries: int64(le.Uint16(end[10:]))}
	limit := size - int64(len(tail)-at) // where the directory must end
	if le.Uint16(end[4:]) != 0 || le.Uint16(end[6:]) != 0 || le.Uint16(end[8:]) != le.Uint16(end[10:]) {
		return directory{}, errors.New("a zip in several parts")
	}
	if d.offset == 0xffffffff || d.size == 0xffffffff || d.entries == 0xffff {
		var err error
		if d, err = directory64(tail[:at], limit); err != nil {
			return directory{}, err
		}
		limit -= locatorSize + end64Size
	}
	switch {
	case d.offset < 0 || d.size < 0 || d.offset > limit || d.offset+d.size != limit:
		return directory{}, errors.New("its directory does not end where the end record begins")
	case d.size > MaxDirectory:
		return directory{}, errors.New("its directory is too large")
	case d.entries > d.size/centralSize:
		return directory{}, errors.New("its directory is too small for its entries")
	}
	return d, nil
}

// endRecord is the place of the end record; -1 where there is none, or where a comment makes two readings possible.
func endRecord(tail []byte) int {
	found := -1
	for i := len(tail) - endSize; i >= 0; i-- {
		if string(tail[i:i+4]) == "PK\x05\x06" && int(binary.LittleEndian.Uint16(tail[i+20:])) == len(tail)-i-endSize {
			if found >= 0 {
				return -1
			}
			found = i
		}
	}
	return found
}

// directory64 reads the locator and the record that stand right before the end record, which begins at end.
func directory64(before []byte, end int64) (directory, error) {
	le := binary.LittleEndian
	if len(before) < locatorSize+end64Size {
		return directory{}, errors.New("its 64-bit end record is missing")
	}
	locator := before[len(before)-locatorSize:]
	record := before[len(before)-locatorSize-end64Size:]
	if string(locator[:4]) != "PK\x06\x07" || le.Uint32(locator[4:]) != 0 || le.Uint32(locator[16:]) != 1 ||
		le.Uint64(locator[8:]) != uint64(end-locatorSize-end64Size) ||
		string(record[:4]) != "PK\x06\x06" || le.Uint64(record[4:]) != end64Size-12 || le.Uint32(record[16:]) != 0 || le.Uint32(record[20:]) != 0 ||
		le.Uint64(record[24:]) != le.Uint64(record[32:]) {
		return directory{}, errors.New("its 64-bit end record is wrong")
	}
	return directory{entries: int64(le.Uint64(record[32:])), size: int64(le.Uint64(record[40:])), offset: int64(le.Uint64(record[48:]))}, nil
}

// member is one entry of a central directory.
type member struct {
	name                       string
	flags, method              uint16
	crc                        uint32
	offset, compressed, length int64
}

// findMetadata walks the directory.
func findMetadata(b []byte, d directory) (m member, err error) {
	le, count, found := binary.LittleEndian, int64(0), 0
	for len(b) > 0 {
		if len(b) < centralSize || string(b[:4]) != "PK\x01\x02" {
			return m, errors.New("its directory is broken")
		}
		name, extra, comment := int(le.Uint16(b[28:])), int(le.Uint16(b[30:])), int(le.Uint16(b[32:]))
		total := centralSize + name + extra + comment
		if len(b) < total {
			return m, errors.New("its directory is broken")
		}
		if isMetadata(b[centralSize : centralSize+name]) {
			found++
			if m, err = parseMember(b[:total]); err != nil {
				return m, err
			}
		}
		b = b[total:]
		count++
	}
	switch {
	case count != d.entries:
		return m, errors.New("its directory has another number of entries than it says")
	case found == 0:
		return m, errors.New("it has no .dist-info/METADATA")
	case found > 1:
		return m, errors.New("it has more than one .dist-info/METADATA")
	case m.offset < 0 || m.offset > d.offset-localSize:
		return m, errors.New("its METADATA lies outside")
	}
	return m, nil
}

func isMetadata(name []byte) bool {
	folder, ok := bytes.CutSuffix(name, []byte(".dist-info/METADATA"))
	return ok && len(folder) > 0 && bytes.IndexByte(folder, '/') < 0
}

func parseMember(b []byte) (member, error) {
	le := binary.LittleEndian
	n := int(le.Uint16(b[28:]))
	m := member{
		name: string(b[centralSize : centralSize+n]), flags: le.Uint16(b[8:]), method: le.Uint16(b[10:]), crc: le.Uint32(b[16:]),
		compressed: int64(le.Uint32(b[20:])), length: int64(le.Uint32(b[24:])), offset: int64(le.Uint32(b[42:])),
	}
	if err := m.widen(b[centralSize+n : centralSize+n+int(le.Uint16(b[30:]))]); err != nil {
		return m, err
	}
	switch {
	case m.flags&1 != 0:
		return m, errors.New("its METADATA is encrypted")
	case m.length > dist.MaxMetadata || m.compressed > maxCompressed:
		return m, errors.New("its METADATA is too large")
	}
	return m, nil
}

// widen replaces the fields that stand in the 64-bit extra field, in its order (APPNOTE 4.5.3).
func (m *member) widen(extra []byte) error {
	wide := extraField(extra, 1)
	for _, field := range []*int64{&m.length, &m.compressed, &m.offset} {
		if *field != 0xffffffff {
			continue
		}
		if len(wide) < 8 || wide[7] > 0x7f {
			return errors.New("its 64-bit sizes are wrong")
		}
		*field, wide = int64(binary.LittleEndian.Uint64(wide)), wide[8:]
	}
	return nil
}

func extraField(extra []byte, id uint16) []byte {
	for len(extra) >= 4 {
		n := int(binary.LittleEndian.Uint16(extra[2:]))
		if len(extra) < 4+n {
			return nil
		}
		if binary.LittleEndian.Uint16(extra) == id {
			return extra[4 : 4+n]
		}
		extra = extra[4+n:]
	}
	return nil
}

// extract reads the member out of b, which begins with its local header. The header must say what the directory says.
func (m member) extract(b []byte) ([]byte, error) {
	le := binary.LittleEndian
	if len(b) < localSize || string(b[:4]) != "PK\x03\x04" {
		return nil, errors.New("no local header")
	}
	name, extra := int(le.Uint16(b[26:])), int(le.Uint16(b[28:]))
	if len(b) < localSize+name || string(b[localSize:localSize+name]) != m.name || le.Uint16(b[8:]) != m.method || le.Uint16(b[6:]) != m.flags {
		return nil, errors.New("local header and directory differ")
	}
	if m.flags&8 == 0 && (le.Uint32(b[14:]) != m.crc || !sameSize(le.Uint32(b[18:]), m.compressed) || !sameSize(le.Uint32(b[22:]), m.length)) {
		return nil, errors.New("local header and directory differ")
	}
	start := int64(localSize + name + extra)
	if start+m.compressed > int64(len(b)) {
		return nil, errors.New("it reaches into what follows it")
	}
	if m.flags&8 != 0 && !m.described(b[start+m.compressed:]) {
		return nil, errors.New("data descriptor and directory differ")
	}
	return m.inflate(b[start : start+m.compressed])
}

// described checks the data descriptor, which follows the bytes of a member whose sizes were not known when its header was written (APPNOTE 4.3.9): an
// optional signature, the CRC-32 and the sizes in 32 or 64 bits.
func (m member) described(b []byte) bool {
	le := binary.LittleEndian
	b = bytes.TrimPrefix(b, []byte("PK\x07\x08"))
	if len(b) < 12 || le.Uint32(b) != m.crc {
		return false
	}
	if int64(le.Uint32(b[4:])) == m.compressed && int64(le.Uint32(b[8:])) == m.length {
		return true
	}
	return len(b) >= 20 && le.Uint64(b[4:]) == uint64(m.compressed) && le.Uint64(b[12:]) == uint64(m.length)
}

// sameSize lets a local header refer to its 64-bit extra field, which some writers always add.
func sameSize(local uint32, size int64) bool { return local == 0xffffffff || int64(local) == size }

func (m member) inflate(b []byte) ([]byte, error) {
	var r io.Reader = bytes.NewReader(b)
	switch m.method {
	case 0:
	case 8:
		r = flate.NewReader(r)
	default:
		return nil, errors.New("compressed in a way that wheels are not")
	}
	out, err := io.ReadAll(io.LimitReader(r, m.length+1))
	switch {
	case err != nil:
		return nil, errors.New("its compressed bytes are broken")
	case int64(len(out)) != m.length:
		return nil, errors.New("it has another length than the directory says")
	case crc32.ChecksumIEEE(out) != m.crc:
		return nil, errors.New("its CRC-32 is wrong")
	}
	return out, nil
}

// fromReader reads a wheel that is at hand.
func fromReader(r io.ReaderAt) readRange {
	return func(off, n int64) ([]byte, error) {
		b := make([]byte, n)
		if _, err := io.ReadFull(io.NewSectionReader(r, off, n), b); err != nil {
			return nil, err
		}
		return b, nil
	}
}

// parseMetadata reads METADATA and checks that it is this file's.
func parseMetadata(f dist.File, b []byte) (*dist.Metadata, error) {
	m, err := dist.ParseMetadata(b)
	if err == nil {
		err = m.Matches(f.Filename)
	}
	var me *dist.MetadataError
	if errors.As(err, &me) {
		me.File = f.File
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

func isWheelName(s string) bool { return strings.HasSuffix(s, ".whl") }
