package archive

import (
	"cmp"
	"io"
	"slices"
)

// locals compares every local header and data descriptor with the directory, and checks that the records fill the file up to the
// directory, each byte once. It sets where each entry's compressed bytes begin.
func (a *audit) locals(r io.ReaderAt, headers []header, dirOffset int64) error {
	order := make([]*header, len(headers))
	for i := range headers {
		order[i] = &headers[i]
	}
	slices.SortStableFunc(order, func(g, h *header) int { return cmp.Compare(g.offset, h.offset) })
	var buf []byte
	at := int64(0) // where the record before ended
	for i, h := range order {
		if h.offset != at {
			a.misplaced(h.name, at, h.offset)
		}
		limit := dirOffset
		if i+1 < len(order) {
			limit = order[i+1].offset
		}
		var err error
		if at, buf, err = a.local(r, h, limit, dirOffset, buf); err != nil {
			return err
		}
	}
	if at != dirOffset {
		a.misplaced("", at, dirOffset)
	}
	return nil
}

// misplaced reports a record that does not begin where the one before it ends; name is "" for the directory.
func (a *audit) misplaced(name string, want, got int64) {
	if got < want {
		a.fault(Z8, name, "overlaps the entry before it by %d bytes", want-got)
		return
	}
	a.fault(Z9, name, "%d bytes before it belong to no entry", got-want)
}

// local checks one local header; limit is where the next record begins. It returns where this one ends.
func (a *audit) local(r io.ReaderAt, h *header, limit, dirOffset int64, buf []byte) (int64, []byte, error) {
	const usual = 64 // extra fields are mostly shorter, so that one read does
	buf, err := readUpTo(r, buf, h.offset, min(int64(localLength+len(h.name)+usual), dirOffset-h.offset))
	if err != nil {
		return 0, buf, err
	}
	if len(buf) < localLength || string(buf[:4]) != localSignature {
		a.fault(Z6, h.name, "no local header where the directory says")
		return limit, buf, nil
	}
	nameEnd := localLength + int64(le.Uint16(buf[26:]))
	extraEnd := nameEnd + int64(le.Uint16(buf[28:]))
	h.data = h.offset + extraEnd
	if h.data+h.packed > dirOffset {
		a.fault(Z8, h.name, "reaches into the directory")
		return limit, buf, nil
	}
	if extraEnd > int64(len(buf)) {
		if buf, err = readUpTo(r, buf, h.offset, extraEnd); err != nil {
			return 0, buf, err
		}
	}
	long := a.compare(h, buf, nameEnd, extraEnd)
	end := h.data + h.packed
	if h.flags&flagDescriptor == 0 {
		return end, buf, nil
	}
	return a.descriptor(r, h, end, limit, long, buf)
}

// compare holds a local header against the directory and reports whether its sizes are ZIP64. Where a data descriptor follows, CRC and
// sizes may be 0.
func (a *audit) compare(h *header, rec []byte, nameEnd, extraEnd int64) (zip64 bool) {
	if string(rec[localLength:nameEnd]) != h.name {
		a.fault(Z6, h.name, "named %q in its local header", clip(string(rec[localLength:nameEnd])))
	}
	if flags := le.Uint16(rec[6:]); flags != h.flags {
		a.fault(Z6, h.name, "flags %#x, in the local header %#x", h.flags, flags)
	}
	if method := le.Uint16(rec[8:]); method != h.method {
		a.fault(Z6, h.name, "method %d, in the local header %d", h.method, method)
	}
	sizes := []uint64{uint64(le.Uint32(rec[22:])), uint64(le.Uint32(rec[18:]))}
	zip64 = a.extras(h.name, rec[nameEnd:extraEnd], sizes)
	a.same(h, "CRC-32", uint64(h.crc), uint64(le.Uint32(rec[14:])))
	a.same(h, "size", uint64(h.size), sizes[0])
	a.same(h, "compressed size", uint64(h.packed), sizes[1])
	return zip64
}

func (a *audit) same(h *header, what string, central, local uint64) {
	if central != local && (local != 0 || h.flags&flagDescriptor == 0) {
		a.fault(Z6, h.name, "%s %d, in the local header %d", what, central, local)
	}
}

// descriptor checks the data descriptor between an entry's bytes and the next record, which is 12 bytes, 20 with ZIP64, and 4 more with a
// signature. As there are no gaps, its length tells its form.
func (a *audit) descriptor(r io.ReaderAt, h *header, from, limit int64, long bool, buf []byte) (int64, []byte, error) {
	length := limit - from
	ok := length == 12 || length == 16
	if long || h.size >= 0xffffffff || h.packed >= 0xffffffff {
		ok = ok || length == 20 || length == 24
	}
	if !ok {
		a.fault(Z6, h.name, "no data descriptor where the flags promise one")
		return max(from, limit), buf, nil
	}
	buf, err := readUpTo(r, buf, from, length)
	if err != nil {
		return 0, buf, err
	}
	rec := buf
	if length%8 == 0 {
		ok, rec = string(rec[:4]) == descriptorMark, rec[4:]
	}
	var packed, size uint64
	if len(rec) == 12 {
		packed, size = uint64(le.Uint32(rec[4:])), uint64(le.Uint32(rec[8:]))
	} else {
		packed, size = le.Uint64(rec[4:]), le.Uint64(rec[12:])
	}
	if !ok || le.Uint32(rec) != h.crc || packed != uint64(h.packed) || size != uint64(h.size) {
		a.fault(Z6, h.name, "data descriptor differs from the directory")
	}
	return limit, buf, nil
}

// readUpTo reads n bytes (none where n is negative) into buf, which grows as needed.
func readUpTo(r io.ReaderAt, buf []byte, at, n int64) ([]byte, error) {
	buf = slices.Grow(buf[:0], int(max(n, 0)))[:max(n, 0)]
	return buf, readFull(r, buf, at)
}
