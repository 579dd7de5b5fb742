package archive

import (
	"archive/zip"
	"compress/flate"
	"context"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"sync"

	"github.com/chandlery-go/chandlery/internal/inflate"
)

// content reads one file unpacked and checks it: exactly Size bytes of that CRC-32, from exactly the compressed bytes. It never
// unpacks more than one byte beyond what the directory declares.
type content struct {
	ctx     context.Context
	entry   *Entry
	body    io.Reader
	inflate *inflate.Reader // nil for a stored file
	crc     uint32
	left    int64
	end     error // once known: io.EOF, or what is wrong
}

func (r *Reader) content(ctx context.Context, i int) *content {
	c := &content{ctx: ctx, entry: &r.entries[i], left: r.entries[i].Size}
	section := r.raw(i)
	if c.entry.Method == zip.Store {
		c.body = section
		return c
	}
	c.inflate = inflaters.Get().(*inflate.Reader)
	c.inflate.Reset(section)
	c.body = c.inflate
	return c
}

func (c *content) Read(p []byte) (int, error) {
	if c.end == nil {
		c.end = c.ctx.Err()
	}
	if c.end != nil {
		return 0, c.end
	}
	n, err := 0, error(nil)
	if c.left > 0 && len(p) > 0 {
		n, err = c.body.Read(p[:min(int64(len(p)), c.left)])
		c.crc = crc32.Update(c.crc, crc32.IEEETable, p[:n])
		c.left -= int64(n)
	}
	switch {
	case c.left == 0:
		c.end = c.finish() // at once, so that a caller who reads just Size bytes learns of it too
	case err != nil:
		c.end = c.broken(err)
	default:
		return n, nil
	}
	if c.end == io.EOF && n > 0 {
		return n, nil
	}
	return n, c.end
}

// finish checks what can be checked only after the last byte.
func (c *content) finish() error {
	var one [1]byte
	n, err := io.ReadFull(c.body, one[:])
	switch {
	case n > 0:
		return c.fault("unpacks to more than its %d bytes", c.entry.Size)
	case err != io.EOF:
		return c.broken(err)
	case c.inflate != nil && !c.inflate.Drained():
		return c.fault("compressed bytes go on after their end")
	case c.crc != c.entry.CRC32:
		return c.fault("CRC-32 %08x, the directory says %08x", c.crc, c.entry.CRC32)
	}
	return io.EOF
}

// broken tells what the zip does wrong from what its reader cannot read.
func (c *content) broken(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.As(err, &corrupt):
		return c.fault("compressed bytes are broken at byte %d", int64(corrupt))
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return c.fault("ends %d bytes before its %d", c.left, c.entry.Size)
	}
	return err
}

func (c *content) fault(format string, args ...any) error {
	var a audit
	a.fault(Z6, c.entry.Name, format, args...)
	return a.err()
}

// release gives the inflater back; the content cannot be read any more.
func (c *content) release() {
	if c.inflate != nil {
		inflaters.Put(c.inflate)
		c.inflate = nil
	}
	c.body, c.end = nil, fs.ErrClosed
}

// inflaters are used again and again, as each has some 150 KiB.
var inflaters = sync.Pool{New: func() any { return new(inflate.Reader) }}
