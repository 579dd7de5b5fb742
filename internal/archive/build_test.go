package archive

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"hash/crc32"
	"strings"
)

// piece is one entry of a zip that a test builds byte by byte. The zero fields tell the truth.
type piece struct {
	name, body string
	deflate    bool
	packed     string // compressed bytes, where not those of body
	flags      uint16
	attributes uint32
	local      edit   // changes the local header
	central    edit   // changes the directory's
	after      string // follows the compressed bytes: a data descriptor, a gap
	offset     *int   // of the local header, where the directory lies about it
	omitLocal  bool
}

// edit changes a finished record.
type edit func([]byte) []byte

func set16(at int, v uint16) edit { return func(b []byte) []byte { le.PutUint16(b[at:], v); return b } }
func set32(at int, v uint32) edit { return func(b []byte) []byte { le.PutUint32(b[at:], v); return b } }

func all(edits ...edit) edit {
	return func(b []byte) []byte {
		for _, e := range edits {
			b = e(b)
		}
		return b
	}
}

// extraLocal and extraCentral append an extra field.
func extraLocal(id uint16, field string) edit   { return extra(28, id, field) }
func extraCentral(id uint16, field string) edit { return extra(30, id, field) }

func extra(lengthAt int, id uint16, field string) edit {
	return func(b []byte) []byte {
		le.PutUint16(b[lengthAt:], le.Uint16(b[lengthAt:])+uint16(4+len(field)))
		return append(le.AppendUint16(le.AppendUint16(b, id), uint16(len(field))), field...)
	}
}

// entryComment ends a directory entry, after its extra fields.
func entryComment(text string) edit {
	return func(b []byte) []byte { le.PutUint16(b[32:], uint16(len(text))); return append(b, text...) }
}

func u32(values ...uint32) string {
	var b []byte
	for _, v := range values {
		b = le.AppendUint32(b, v)
	}
	return string(b)
}

func u64(values ...uint64) string {
	var b []byte
	for _, v := range values {
		b = le.AppendUint64(b, v)
	}
	return string(b)
}

// whole is a zip: prefix, entries, directory, end records.
type whole struct {
	prefix, suffix string
	pieces         []piece
	comment        string
	beforeDir      string
	beforeEnd      string
	zip64          bool // with ZIP64 end record and locator
	end64, locator edit
	end            edit
}

// build writes pieces in order with true values, then applies the edits.
func build(pieces ...piece) []byte { return whole{pieces: pieces}.bytes() }

func (w whole) bytes() []byte {
	out := []byte(w.prefix)
	var dir []byte
	for _, p := range w.pieces {
		var central []byte
		out, central = p.append(out)
		dir = append(dir, central...)
	}
	out = append(out, w.beforeDir...)
	at := len(out)
	out = append(append(out, dir...), w.beforeEnd...)
	out = append(out, w.ends(at, len(dir), len(out))...)
	return append(out, w.suffix...)
}

func (w whole) ends(dirAt, dirLength, at int) []byte {
	var out []byte
	count := len(w.pieces)
	if w.zip64 {
		rec := []byte(end64Signature + u64(44) + "\x2d\x00\x2d\x00" + u32(0, 0) + u64(uint64(count), uint64(count), uint64(dirLength), uint64(dirAt)))
		loc := []byte(locatorSignature + u32(0) + u64(uint64(at)) + u32(1))
		out = append(apply(w.end64, rec), apply(w.locator, loc)...)
	}
	end := make([]byte, endLength)
	copy(end, endSignature)
	le.PutUint16(end[8:], uint16(count))
	le.PutUint16(end[10:], uint16(count))
	le.PutUint32(end[12:], uint32(dirLength))
	le.PutUint32(end[16:], uint32(dirAt))
	le.PutUint16(end[20:], uint16(len(w.comment)))
	return append(append(out, apply(w.end, end)...), w.comment...)
}

func apply(e edit, b []byte) []byte {
	if e == nil {
		return b
	}
	return e(b)
}

func (p piece) append(out []byte) (_, central []byte) {
	packed, method := p.body, zip.Store
	if p.deflate {
		packed, method = deflated(p.body), zip.Deflate
	}
	if p.packed != "" {
		packed = p.packed
	}
	offset := len(out)
	if p.offset != nil {
		offset = *p.offset
	}
	crc := crc32.ChecksumIEEE([]byte(p.body))
	common := make([]byte, 22) // flags to the length of the extra fields, the same in both headers
	le.PutUint16(common, p.flags)
	le.PutUint16(common[2:], method)
	le.PutUint32(common[8:], crc)
	le.PutUint32(common[12:], uint32(len(packed)))
	le.PutUint32(common[16:], uint32(len(p.body)))
	le.PutUint16(common[20:], uint16(len(p.name)))
	if !p.omitLocal {
		local := []byte(localSignature + "\x14\x00" + string(common) + "\x00\x00" + p.name)
		out = append(append(append(out, apply(p.local, local)...), packed...), p.after...)
	}
	central = []byte(centralSignature + "\x14\x03\x14\x00" + string(common) + strings.Repeat("\x00", 8) + u32(p.attributes, uint32(offset)) + p.name)
	return out, apply(p.central, central)
}

func deflated(body string) string {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, 9)
	w.Write([]byte(body))
	w.Close()
	return b.String()
}

func descriptor(body, packed string) string {
	return u32(crc32.ChecksumIEEE([]byte(body)), uint32(len(packed)), uint32(len(body)))
}

func ptr(i int) *int { return &i }
