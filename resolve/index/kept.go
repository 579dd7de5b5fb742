package index

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"time"

	"github.com/chandlery-go/chandlery/resolve/dist"
)

// A page is kept in a form of its own, in which what a choice among the files looks at stands before all else of them. Numbers are unsigned varints (encoding/binary),
// texts have their length before them, a sha256 is 32 bytes.
//
//	page      stored (seconds, nanoseconds), max-age + 1, ETag, Last-Modified, then 0 where the index does not know the project, or 1 and the files
//	files     texts of requires-python, tag sets, lines, shapes and releases, of each how many and these; then the records, of each release a CRC-32C and those of its files, each with its length before it
//	line      marks, which tag set (0: an sdist), which requires-python (0: none), then what is marked: distinct ones
//	shape     how many files a release has, and which line each is: distinct ones
//	release   marks, which shape, the exact key of its version, its spelling (the last bytes of the key, so many, or a text), the length of its records with their sum; by exact key
//	record    marks, what is marked as uploaded, address, file name (its length where the address ends in it), size + 1, then what else is marked; within a release by file name
const (
	lineYanked = 1 << iota
	lineBuild  // number, text

	leastLine = 3 // bytes
)

const (
	releasePre   = 1 << iota // is a pre-release
	releaseAgain             // has the version of the one before, spelt otherwise
	releaseSpelt             // with upper-case letters: as a text

	leastRelease = 5 // bytes
)

const (
	markReason   = 1 << iota // of being yanked: a text
	markOffered              // METADATA, without a hash
	markMetadata             // METADATA, with a sha256
	markSHA256
	markHashes   // others: how many, pairs of texts
	markName     // the file name is a text, as the address does not end in it
	markUploaded // seconds, nanoseconds

	maxHashes   = 32 // of a file beside its sha256; what a page has more is left out
	hexSHA256   = 64
	leastRecord = 5 // bytes, with its length
)

// marshal gives the form in the cache, up to the files.
func (p *page) marshal() []byte {
	b := appendTime(nil, p.stored)
	b = binary.AppendUvarint(b, uint64(p.maxAge+1))
	b = appendText(appendText(b, p.etag), p.modified)
	if p.absent {
		return append(b, 0)
	}
	return append(b, 1)
}

// unmarshalPage reads all but the files; nil where it is no page.
func unmarshalPage(text string) *page {
	k := &keptReader{rest: text}
	p := &page{stored: k.time(), maxAge: int64(k.number()) - 1, etag: k.text(), modified: k.text()}
	known := k.number()
	if k.bad || known > 1 || p.maxAge < -1 {
		return nil
	}
	p.absent, p.kept.sheet = known == 0, k.rest
	return p
}

func appendText[T string | []byte](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendTime(b []byte, t time.Time) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(t.Unix())), uint64(t.Nanosecond()))
}

// appendLine adds a line.
func appendLine(b []byte, e *entry, build dist.Build, tags, python int) []byte {
	marks := byte(0)
	if e.yanked {
		marks |= lineYanked
	}
	if build.Set {
		marks |= lineBuild
	}
	b = binary.AppendUvarint(binary.AppendUvarint(append(b, marks), uint64(tags)), uint64(python))
	if build.Set {
		b = appendText(binary.AppendUvarint(b, build.Number), build.Text)
	}
	return b
}

// appendRecord adds a record. The entry is judged: it is of the page's project and has an absolute address.
func appendRecord(b []byte, e *entry) []byte {
	marks, uploaded := e.marks(), parseTime(e.uploaded)
	if !uploaded.IsZero() {
		marks |= markUploaded
	}
	if b = append(b, marks); marks&markUploaded != 0 {
		b = appendTime(b, uploaded)
	}
	b = appendText(b, e.url)
	if marks&markName != 0 {
		b = appendText(b, e.filename)
	} else {
		b = binary.AppendUvarint(b, uint64(len(e.filename)))
	}
	b = binary.AppendUvarint(b, uint64(e.size+1))
	if marks&markReason != 0 {
		b = appendText(b, e.yankedReason)
	}
	if marks&markMetadata != 0 {
		b, _ = hex.AppendDecode(b, e.metadata)
	}
	b, _ = hex.AppendDecode(b, e.sha256)
	if marks&markHashes != 0 {
		b = binary.AppendUvarint(b, uint64(len(e.hashes)))
		for _, algorithm := range slices.Sorted(maps.Keys(e.hashes)) {
			b = appendText(appendText(b, algorithm), e.hashes[algorithm])
		}
	}
	return b
}

func (e *entry) marks() (marks byte) {
	for _, m := range []struct {
		mark byte
		set  bool
	}{
		{markReason, len(e.yankedReason) > 0},
		{markOffered, len(e.metadata) > 0 && len(e.metadata) != hexSHA256},
		{markMetadata, len(e.metadata) == hexSHA256},
		{markSHA256, len(e.sha256) > 0},
		{markHashes, len(e.hashes) > 0},
		{markName, !bytes.HasSuffix(e.url, e.filename)},
	} {
		if m.set {
			marks |= m.mark
		}
	}
	return marks
}
