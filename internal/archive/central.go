package archive

import (
	"archive/zip"
	"io"
	"strings"
	"unicode/utf8"
)

// header is one entry of the directory.
type header struct {
	name       string
	flags      uint16
	method     uint16
	attributes uint32
	crc        uint32
	size       int64
	packed     int64 // compressed size
	offset     int64 // of the local header
	data       int64 // offset of the compressed bytes; known once the local header is read
}

// General purpose flags (PKWARE APPNOTE.TXT 4.4.4).
const (
	flagEncrypted  = 1 << 0
	flagLevel      = 3 << 1 // how hard DEFLATE tried
	flagDescriptor = 1 << 3
	flagUTF8       = 1 << 11

	flagsKnown = flagLevel | flagDescriptor | flagUTF8
)

func (h *header) isFolder() bool { return strings.HasSuffix(h.name, "/") }

// central reads the directory. It stops where it cannot tell where the next entry begins.
func (a *audit) central(r io.ReaderAt, e end, limits Limits) ([]header, error) {
	if e.count > uint64(limits.Files) {
		a.fault(Z10, "", "%d entries, at most %d", e.count, limits.Files)
		return nil, nil
	}
	raw := make([]byte, e.dirLength)
	if err := readFull(r, raw, int64(e.dirOffset)); err != nil {
		return nil, err
	}
	text := string(raw) // all names are parts of one string
	headers := make([]header, 0, e.count)
	at := 0
	for at < len(raw) {
		h, next, ok := a.entry(raw, text, at)
		if !ok {
			return nil, nil
		}
		if headers, at = append(headers, h), next; len(headers) > limits.Files {
			break
		}
	}
	if uint64(len(headers)) != e.count {
		a.fault(Z9, "", "the end record says %d entries, the directory has %d", e.count, len(headers))
		return nil, nil
	}
	return headers, nil
}

// entry reads the directory entry at a position, and where the next one begins.
func (a *audit) entry(raw []byte, text string, at int) (h header, next int, ok bool) {
	rec := raw[at:]
	if len(rec) < centralLength || string(rec[:4]) != centralSignature {
		a.fault(Z9, "", "directory is broken at byte %d", at)
		return h, 0, false
	}
	nameEnd := centralLength + int(le.Uint16(rec[28:]))
	extraEnd := nameEnd + int(le.Uint16(rec[30:]))
	length := extraEnd + int(le.Uint16(rec[32:]))
	if length > len(rec) {
		a.fault(Z9, "", "directory is cut short at byte %d", at)
		return h, 0, false
	}
	h = header{
		name:       text[at+centralLength : at+nameEnd],
		flags:      le.Uint16(rec[8:]),
		method:     le.Uint16(rec[10:]),
		attributes: le.Uint32(rec[38:]),
		crc:        le.Uint32(rec[16:]),
	}
	if le.Uint16(rec[34:]) != 0 {
		a.fault(Z9, h.name, "on another disk")
	}
	a.comment(h.name, rec[extraEnd:length])
	sizes := []uint64{uint64(le.Uint32(rec[24:])), uint64(le.Uint32(rec[20:])), uint64(le.Uint32(rec[42:]))}
	a.extras(h.name, rec[nameEnd:extraEnd], sizes)
	const huge = 1 << 60 // far above what any reader can hold, so that sums of a few do not overflow
	if max(sizes[0], sizes[1], sizes[2]) > huge {
		a.fault(Z10, h.name, "impossible size or offset")
		return h, 0, false
	}
	h.size, h.packed, h.offset = int64(sizes[0]), int64(sizes[1]), int64(sizes[2])
	return h, at + length, true
}

// Extra fields that change how an entry is read (PKWARE APPNOTE.TXT 4.5, Info-ZIP's list).
const (
	extraZIP64       = 0x0001
	extraEncryption  = 0x9901
	extraUnicodePath = 0x7075
)

// extras walks the extra fields of a record and replaces sizes that are marked as too large for it by their ZIP64 values, in order.
// It reports whether there was a ZIP64 field.
func (a *audit) extras(name string, extra []byte, sizes []uint64) (zip64 bool) {
	for len(extra) > 0 {
		if len(extra) < 4 || int(le.Uint16(extra[2:])) > len(extra)-4 {
			a.fault(Z9, name, "extra fields are broken")
			return zip64
		}
		id, field := le.Uint16(extra), extra[4:4+int(le.Uint16(extra[2:]))]
		extra = extra[4+len(field):]
		switch {
		case id == extraZIP64 && zip64:
			a.fault(Z6, name, "two ZIP64 fields")
		case id == extraZIP64:
			zip64 = true
			a.zip64(name, field, sizes)
		case id == extraUnicodePath && (len(field) < 5 || string(field[5:]) != name):
			a.fault(Z6, name, "another name in an extra field")
		case id == extraEncryption:
			a.fault(Z7, name, "encrypted")
		}
	}
	return zip64
}

// zip64 takes the values of a ZIP64 field: those that are marked, in order. Where none is marked, it may repeat what the record says, as
// wheels built with Bazel do; any other field means different things to different readers.
func (a *audit) zip64(name string, field []byte, sizes []uint64) {
	marked := false
	for i := range sizes {
		if sizes[i] != 0xffffffff {
			continue
		}
		if len(field) < 8 {
			a.fault(Z6, name, "ZIP64 field lacks a value")
			return
		}
		sizes[i], field, marked = le.Uint64(field), field[8:], true
	}
	for i := 0; i < len(sizes) && !marked && len(field) >= 8 && le.Uint64(field) == sizes[i]; i++ {
		field = field[8:]
	}
	if len(field) > 0 {
		a.fault(Z6, name, "ZIP64 field has values that its record does not ask for")
	}
}

// judge applies the rules that concern one entry alone.
func (a *audit) judge(h *header, limits Limits) {
	name, folder := h.name, h.isFolder()
	a.name(strings.TrimSuffix(name, "/"))
	if h.flags&flagUTF8 == 0 && !isASCII(name) && utf8.ValidString(name) {
		a.fault(Z11, name, "not ASCII, and not flagged as UTF-8")
	}
	if h.flags&flagEncrypted != 0 || h.flags&^(flagsKnown|flagEncrypted) != 0 {
		a.fault(Z7, name, "encrypted, or flags %#x that change its meaning", h.flags&^flagsKnown)
	}
	a.kind(h, folder)
	switch {
	case h.method != zip.Store && h.method != zip.Deflate:
		a.fault(Z13, name, "compression method %d, only stored (0) and deflated (8) are known", h.method)
	case h.method == zip.Store && h.size != h.packed:
		a.fault(Z6, name, "stored %d bytes as %d", h.size, h.packed)
	}
	if h.size > limits.Unpacked {
		a.fault(Z10, name, "unpacks to %d bytes, at most %d", h.size, limits.Unpacked)
	}
}

// Modes of Unix (high half) and attributes of DOS (low half) in an entry's external attributes. Readers look at either half whatever
// system the entry says it was made on, so both must be harmless.
const (
	unixKind    = 0o170000
	unixRegular = 0o100000
	unixFolder  = 0o040000
	unixSpecial = 0o007000 // setuid, setgid, sticky
	dosFolder   = 0x10
	dosSpecial  = 0x08 | 0x40 | 0x400 // volume label, device, reparse point
)

func (a *audit) kind(h *header, folder bool) {
	mode := h.attributes >> 16
	switch kind := mode & unixKind; {
	case kind != 0 && kind != unixRegular && kind != unixFolder:
		a.fault(Z5, h.name, "symbolic link, pipe, socket or device (mode %#o)", mode)
	case kind == unixRegular && folder, kind == unixFolder && !folder, h.attributes&dosFolder != 0 && !folder:
		a.fault(Z4, h.name, "file by its name or mode, folder by the other")
	}
	if mode&unixSpecial != 0 && !folder {
		a.fault(Z5, h.name, "setuid, setgid or sticky (mode %#o)", mode)
	}
	if h.attributes&dosSpecial != 0 {
		a.fault(Z5, h.name, "volume label, device or link (attributes %#x)", h.attributes&0xffff)
	}
	if folder && (h.size != 0 || h.packed > 2) { // an empty DEFLATE stream is 2 bytes
		a.fault(Z4, h.name, "folder with content")
	}
}
