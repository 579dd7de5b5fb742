package bundle

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"sync"
)

// zipEntry is what a zip says about one file (APPNOTE.TXT 6.3.10, 4.3.7 and 4.3.12).
type zipEntry struct {
	name         string
	method       uint16
	crc          uint32
	size, packed uint64 // bytes before and after compression
	executable   bool
	offset       uint64 // of the local header
}

const (
	localHeader     = 0x04034b50
	directoryHeader = 0x02014b50
	directoryEnd    = 0x06054b50
	directoryEnd64  = 0x06064b50
	directoryEndAt  = 0x07064b50

	plainVersion = 20 // deflate and folders
	largeVersion = 45 // ZIP64
	madeOnUnix   = 3 << 8
	utf8Names    = 0x800
	firstDay     = 1<<5 | 1 // 1980-01-01, the first that a zip can tell
	max32        = math.MaxUint32
	max16        = math.MaxUint16
)

// zipWriter writes a zip front to back. archive/zip is not used, as which flags, versions and fields it writes may change with a release of Go.
type zipWriter struct {
	w       *bufio.Writer
	at      uint64
	entries []zipEntry
	header  fieldWriter // the last one's memory is the next one's
}

// zipBuffers are used again and again: most files are much smaller than a buffer, and there are thousands.
var zipBuffers = sync.Pool{New: func() any { return bufio.NewWriterSize(nil, 128<<10) }}

// newZipWriter begins a zip that goes to w; release must be called.
func newZipWriter(w io.Writer) *zipWriter {
	b := zipBuffers.Get().(*bufio.Writer)
	b.Reset(w)
	return &zipWriter{w: b}
}

// release gives the buffer back; what end has not written is lost.
func (z *zipWriter) release() {
	z.w.Reset(nil)
	zipBuffers.Put(z.w)
}

// file writes a local header and e.packed bytes of r, which must have no more and no fewer.
func (z *zipWriter) file(e zipEntry, r io.Reader) error {
	if e.method != zip.Store && e.method != zip.Deflate || e.method == zip.Store && e.size != e.packed {
		return fmt.Errorf("compression method %d with %d of %d bytes cannot stand in a bundle", e.method, e.packed, e.size)
	}
	e.offset = z.at
	z.header.local(e)
	if err := z.write(z.header.buf); err != nil {
		return err
	}
	n, err := io.CopyN(z.w, r, int64(e.packed))
	z.at += uint64(n)
	if err == nil {
		err = atEnd(r)
	}
	if err != nil {
		return fmt.Errorf("%d of %d bytes: %w", n, e.packed, err)
	}
	z.entries = append(z.entries, e)
	return nil
}

// atEnd also lets a reader that checks its content at the end do so.
func atEnd(r io.Reader) error {
	switch n, err := io.ReadFull(r, make([]byte, 1)); {
	case n > 0:
		return fmt.Errorf("more bytes follow")
	case err != io.EOF:
		return err
	}
	return nil
}

func (z *zipWriter) write(b []byte) error {
	n, err := z.w.Write(b)
	z.at += uint64(n)
	return err
}

// end writes the directory, what closes it, and all that is still in the buffer.
func (z *zipWriter) end() error {
	start := z.at
	for _, e := range z.entries {
		z.header.directory(e)
		if err := z.write(z.header.buf); err != nil {
			return err
		}
	}
	count, size := uint64(len(z.entries)), z.at-start
	b := &z.header
	b.buf = b.buf[:0]
	if count >= max16 || size >= max32 || start >= max32 {
		b.end64(count, size, start)
	}
	b.u32(directoryEnd)
	b.u32(0) // this disk, the directory's disk
	b.u16(uint16(min(count, max16)))
	b.u16(uint16(min(count, max16)))
	b.u32(uint32(min(size, max32)))
	b.u32(uint32(min(start, max32)))
	b.u16(0) // comment
	if err := z.write(b.buf); err != nil {
		return err
	}
	return z.w.Flush()
}

// local begins anew, with the header before the entry's bytes.
func (b *fieldWriter) local(e zipEntry) {
	extra := e.extra(false)
	b.buf = b.buf[:0]
	b.u32(localHeader)
	b.common(e, e.version(false))
	b.u16(uint16(len(e.name)))
	b.u16(uint16(len(extra)))
	b.buf = append(append(b.buf, e.name...), extra...)
}

// directory begins anew, with the entry's header in the directory.
func (b *fieldWriter) directory(e zipEntry) {
	extra := e.extra(true)
	b.buf = b.buf[:0]
	b.u32(directoryHeader)
	b.u16(madeOnUnix | e.version(true))
	b.common(e, e.version(true))
	b.u16(uint16(len(e.name)))
	b.u16(uint16(len(extra)))
	b.u16(0) // comment
	b.u16(0) // disk
	b.u16(0) // internal attributes
	b.u32(e.mode() << 16)
	b.u32(uint32(min(e.offset, max32)))
	b.buf = append(append(b.buf, e.name...), extra...)
}

func (e zipEntry) mode() uint32 {
	if e.executable {
		return 0o100755
	}
	return 0o100644
}

func (e zipEntry) large() bool { return e.size >= max32 || e.packed >= max32 }

func (e zipEntry) version(directory bool) uint16 {
	if e.large() || directory && e.offset >= max32 {
		return largeVersion
	}
	return plainVersion
}

// extra is the ZIP64 field (APPNOTE.TXT 4.5.3): both sizes where one needs it, and in the directory the offset where it does.
func (e zipEntry) extra(directory bool) []byte {
	var values, b fieldWriter
	if e.large() {
		values.u64(e.size)
		values.u64(e.packed)
	}
	if directory && e.offset >= max32 {
		values.u64(e.offset)
	}
	if len(values.buf) == 0 {
		return nil
	}
	b.u16(1)
	b.u16(uint16(len(values.buf)))
	return append(b.buf, values.buf...)
}

// fieldWriter collects little-endian fields.
type fieldWriter struct{ buf []byte }

func (b *fieldWriter) u16(v uint16) { b.buf = binary.LittleEndian.AppendUint16(b.buf, v) }
func (b *fieldWriter) u32(v uint32) { b.buf = binary.LittleEndian.AppendUint32(b.buf, v) }
func (b *fieldWriter) u64(v uint64) { b.buf = binary.LittleEndian.AppendUint64(b.buf, v) }

// common writes what local and directory header share: the version that reading needs, up to the sizes. Both sizes are all ones where the ZIP64 field has them.
func (b *fieldWriter) common(e zipEntry, version uint16) {
	size, packed := uint32(e.size), uint32(e.packed)
	if e.large() {
		size, packed = max32, max32
	}
	b.u16(version)
	b.u16(e.flags())
	b.u16(e.method)
	b.u16(0) // midnight
	b.u16(firstDay)
	b.u32(e.crc)
	b.u32(packed)
	b.u32(size)
}

func (e zipEntry) flags() uint16 {
	for i := range len(e.name) {
		if e.name[i] >= 0x80 {
			return utf8Names
		}
	}
	return 0
}

// end64 writes the ZIP64 end of the directory and its locator (APPNOTE.TXT 4.3.14, 4.3.15).
func (b *fieldWriter) end64(count, size, start uint64) {
	b.u32(directoryEnd64)
	b.u64(44) // bytes of this record that follow
	b.u16(madeOnUnix | largeVersion)
	b.u16(largeVersion)
	b.u32(0) // this disk
	b.u32(0) // the directory's disk
	b.u64(count)
	b.u64(count)
	b.u64(size)
	b.u64(start)
	b.u32(directoryEndAt)
	b.u32(0) // disk of the record above
	b.u64(start + size)
	b.u32(1) // disks
}
