package archive

import (
	"archive/zip"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// Reader is a zip whose whole directory was checked by the rules of the package doc, against the union of what Windows, macOS and Linux
// refuse. It is an fs.FS (read-only, no symlinks) with OpenRaw for raw copies. Immutable, safe for concurrent use.
type Reader struct {
	entries []Entry  // sorted by name
	sources []source // of entries[i]
}

// source is where an entry's compressed bytes stand.
type source struct {
	r  io.ReaderAt
	at int64
}

// Entry is one regular file.
type Entry struct {
	Name                 string      // slash-separated, relative, clean
	Mode                 fs.FileMode // 0o755 where the zip lets anyone execute it, else 0o644
	Method               uint16      // zip.Store or zip.Deflate
	CRC32                uint32
	Size, CompressedSize int64
}

// Open checks the directory of the zip and every local header. A zip that breaks rules is a *FormatError that lists every violation;
// other errors are those of r. The contents are checked when they are read.
func Open(r io.ReaderAt, size int64, lim Limits) (*Reader, error) {
	var a audit
	headers, err := a.all(r, size, lim.orDefault())
	if err == nil {
		err = a.err()
	}
	if err != nil {
		return nil, err
	}
	return newReader(r, headers), nil
}

func (a *audit) all(r io.ReaderAt, size int64, limits Limits) ([]header, error) {
	e, ok, err := a.end(r, size)
	if err != nil || !ok {
		return nil, err
	}
	headers, err := a.central(r, e, limits)
	if err != nil || headers == nil {
		return nil, err
	}
	names := make([]string, len(headers))
	for i := range headers {
		a.judge(&headers[i], limits)
		names[i] = headers[i].name
	}
	a.totals(headers, limits)
	a.collisions(names)
	return headers, a.locals(r, headers, int64(e.dirOffset))
}

func (a *audit) totals(headers []header, limits Limits) {
	total, sparse := int64(0), int64(0)
	for i := range headers {
		h := &headers[i]
		const huge = 1 << 61 // so that the sums cannot overflow
		total = min(total+h.size, huge)
		if h.size/MaxRatio > h.packed {
			sparse = min(sparse+h.size, huge)
		}
	}
	if total > limits.Unpacked {
		a.fault(Z10, "", "unpacks to %d bytes, at most %d", total, limits.Unpacked)
	}
	if sparse > MaxSparse {
		a.fault(Z10, "", "%d bytes come from entries that grow more than %d times, at most %d", sparse, MaxRatio, MaxSparse)
	}
}

func newReader(r io.ReaderAt, headers []header) *Reader {
	slices.SortFunc(headers, func(g, h header) int { return strings.Compare(g.name, h.name) })
	z := &Reader{make([]Entry, 0, len(headers)), make([]source, 0, len(headers))}
	for i := range headers {
		h := &headers[i]
		if h.isFolder() {
			continue
		}
		mode := fs.FileMode(0o644)
		if h.attributes>>16&0o111 != 0 {
			mode = 0o755
		}
		z.entries = append(z.entries, Entry{h.name, mode, h.method, h.crc, h.size, h.packed})
		z.sources = append(z.sources, source{r, h.data})
	}
	return z
}

// Entries lists the files, sorted by name; directories are implied and left out. The caller must not change the list.
func (r *Reader) Entries() []Entry { return r.entries }

// Size is how many bytes all files have, unpacked.
func (r *Reader) Size() (total int64) {
	for i := range r.entries {
		total += r.entries[i].Size
	}
	return total
}

// Lookup finds a file by its name.
func (r *Reader) Lookup(name string) (Entry, bool) {
	i, ok := r.find(name)
	if !ok {
		return Entry{}, false
	}
	return r.entries[i], true
}

func (r *Reader) find(name string) (int, bool) {
	return slices.BinarySearchFunc(r.entries, name, func(e Entry, name string) int { return strings.Compare(e.Name, name) })
}

// OpenRaw gives a file's header and its compressed bytes as they stand. The header has only what a copy needs: name and its UTF-8 flag,
// method, CRC-32, sizes and mode, but no date.
func (r *Reader) OpenRaw(name string) (*zip.FileHeader, io.Reader, error) {
	i, ok := r.find(name)
	if !ok {
		return nil, nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	e := &r.entries[i]
	h := &zip.FileHeader{
		Name:               e.Name,
		Method:             e.Method,
		CRC32:              e.CRC32,
		CompressedSize64:   uint64(e.CompressedSize),
		UncompressedSize64: uint64(e.Size),
	}
	h.SetMode(e.Mode)
	if !isASCII(e.Name) {
		h.Flags = flagUTF8
	}
	return h, r.raw(i), nil
}

func (r *Reader) raw(i int) *io.SectionReader {
	return io.NewSectionReader(r.sources[i].r, r.sources[i].at, r.entries[i].CompressedSize)
}
