package index

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"strings"
)

// The head of a page is a magic word, the CRC-32C of what stands before the records, the length of that and theirs; a resolution reads no more at first, as the records are most of
// a page. Those of each release have a CRC-32C of their own.
const (
	pageMagic = "chandlery-page-1 "
	pageHead  = len(pageMagic) + 3*8 + 1
	pageFirst = 16 << 10 // bytes that are read at first: of most pages all before the records
)

func pageHeadOf(before, records string) string {
	return fmt.Sprintf("%s%08x%08x%08x\n", pageMagic, checksum(before), len(before), len(records))
}

// page gives what is kept of an address, fresh or not; nil for nothing.
func (c *Cache) page(url string) *page {
	if c == nil {
		return nil
	}
	path := c.pagePath(url)
	f, err := os.OpenFile(path, readOnly, 0)
	if err != nil {
		return nil
	}
	defer f.Close()
	text, st, ok := readBefore(f)
	if !ok {
		return nil
	}
	p := unmarshalPage(text)
	if p != nil {
		p.kept.records = records{file: path, at: int64(pageHead + len(text))}
		p.stamp = stampOf(st)
	}
	return p
}

// readBefore gives what stands before the records; false where it, or the file's length, is not what was written.
func readBefore(f *os.File) (text string, st fs.FileInfo, ok bool) {
	buf := buffers.Get().(*[entryBuffer]byte)
	defer buffers.Put(buf)
	n, _ := f.Read(buf[:pageFirst])
	want, size, all, ok := readHead(buf[:n])
	st, err := f.Stat()
	if !ok || err != nil || st.Size() != all {
		return "", nil, false
	}
	var before strings.Builder
	before.Grow(size)
	part, sum := buf[pageHead:min(n, pageHead+size)], uint32(0)
	for {
		before.Write(part)
		sum = crc32.Update(sum, castagnoli, part)
		missing := size - before.Len()
		if missing == 0 {
			return before.String(), st, sum == want
		}
		n, err := io.ReadFull(f, buf[:min(missing, entryBuffer)])
		if err != nil {
			return "", nil, false
		}
		part = buf[:n]
	}
}

// readHead takes the head of a page apart: all is how long the file is.
func readHead(b []byte) (sum uint32, size int, all int64, ok bool) {
	if len(b) < pageHead || string(b[:len(pageMagic)]) != pageMagic || b[pageHead-1] != '\n' {
		return 0, 0, 0, false
	}
	var numbers [12]byte
	if _, err := hex.Decode(numbers[:], b[len(pageMagic):pageHead-1]); err != nil {
		return 0, 0, 0, false
	}
	before, records := binary.BigEndian.Uint32(numbers[4:]), binary.BigEndian.Uint32(numbers[8:])
	return binary.BigEndian.Uint32(numbers[:]), int(before), int64(pageHead) + int64(before) + int64(records), before <= maxEntry && records <= maxEntry
}

// putPage keeps a page, if it can, and notes its file's stamp.
func (c *Cache) putPage(url string, p *page) {
	if c == nil {
		return
	}
	before := string(p.marshal()) + p.kept.sheet
	records, ok := p.kept.records.all()
	if ok && len(before)+len(records) <= maxEntry {
		p.stamp = c.put(c.pagePath(url), pageHeadOf(before, records), before, records)
	}
}

// pagePath hashes the whole address, user info included: what one user may see, another may not.
func (c *Cache) pagePath(url string) string { return c.path(pagesFolder, sum([]byte(url))) }

// records are those of a page, in memory or in its file.
type records struct {
	text string
	file string // "": text is all
	at   int64  // where in the file they begin
}

// all reads all.
func (r *records) all() (string, bool) {
	if r.file == "" {
		return r.text, true
	}
	f, err := os.OpenFile(r.file, readOnly, 0)
	if err != nil {
		return "", false
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || st.Size() < r.at || st.Size()-r.at > maxEntry {
		return "", false
	}
	return readAt(f, r.at, int(st.Size()-r.at))
}

// part reads those from one byte up to, not with, another.
func (r *records) part(from, to int32) (string, bool) {
	if r.file == "" {
		return r.text[from:to], true
	}
	f, err := os.OpenFile(r.file, readOnly, 0)
	if err != nil {
		return "", false
	}
	defer f.Close()
	return readAt(f, r.at+int64(from), int(to-from))
}

func readAt(f *os.File, at int64, n int) (string, bool) {
	b := make([]byte, n)
	_, err := f.ReadAt(b, at)
	return string(b), err == nil
}
