package index

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/resolve/dist"
)

// A page is kept in a form of its own, in which what a choice among the files looks at stands before all else of them. Numbers are unsigned varints (encoding/binary),
// texts have their length before them, a sha256 is 32 bytes.
//
//	page      stored (seconds, nanoseconds), max-age + 1, ETag, Last-Modified, then 0 where the index does not know the project, or 1 and the files
//	files     texts of requires-python, tag sets and versions, of each how many and these; how many files; their lines by version, then in this order their records
//	line      marks, length of the record, which tag set (0: an sdist), which requires-python (0: none), then what is marked. Versions are those of the lines, in their order
//	record    marks, address, file name (its length where the address ends in it), size + 1, then what is marked
const (
	lineNext = 1 << iota // has the next version, not that of the line before
	lineYanked
	lineUploaded // seconds, nanoseconds
	lineBuild    // number, text

	leastLine = 4 // bytes
)

const (
	markReason   = 1 << iota // of being yanked: a text
	markOffered              // METADATA, without a hash
	markMetadata             // METADATA, with a sha256
	markSHA256
	markHashes // others: how many, pairs of texts
	markName   // the file name is a text, as the address does not end in it

	maxHashes   = 32 // of a file beside its sha256; what a page has more is left out
	hexSHA256   = 64
	leastRecord = 4 // bytes
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
	p.absent, p.kept = known == 0, k.rest
	return p
}

func appendText[T string | []byte](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendTime(b []byte, t time.Time) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, uint64(t.Unix())), uint64(t.Nanosecond()))
}

// appendLine adds what stands in a line after the length of the record, and gives the marks that are known before the files are sorted.
func appendLine(b []byte, e *entry, build dist.Build, tags, python int) (line []byte, marks byte) {
	b = binary.AppendUvarint(binary.AppendUvarint(b, uint64(tags)), uint64(python))
	if e.yanked {
		marks |= lineYanked
	}
	if build.Set {
		marks |= lineBuild
		b = appendText(binary.AppendUvarint(b, build.Number), build.Text)
	}
	if uploaded := parseTime(e.uploaded); !uploaded.IsZero() {
		marks |= lineUploaded
		b = appendTime(b, uploaded)
	}
	return b, marks
}

// appendRecord adds a record. The entry is judged: it is of the page's project and has an absolute address.
func appendRecord(b []byte, e *entry) []byte {
	marks := e.marks()
	b = appendText(append(b, marks), e.url)
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

// placed is a file that a builder has written: its line from start on, its record from middle to end.
type placed struct {
	chunk, start, middle, end int32
	marks                     byte
	key                       string // of the version and its spelling
	version                   string // as it is spelt
}

// finish gives the kept form of all files that were added. They are sorted by version and spelling, which spares every resolver that.
func (b *builder) finish() string {
	slices.SortFunc(b.list, func(x, y placed) int {
		return cmp.Or(strings.Compare(x.key, y.key), cmp.Compare(x.chunk, y.chunk), cmp.Compare(x.start, y.start))
	})
	var versions []byte
	distinct := 0
	for i := range b.list {
		if r := &b.list[i]; i == 0 || r.key != b.list[i-1].key {
			r.marks |= lineNext
			versions = appendText(versions, r.version)
			distinct++
		}
	}
	head := append(binary.AppendUvarint(b.tags.append(b.pythons.append(nil)), uint64(distinct)), versions...)
	head = binary.AppendUvarint(head, uint64(len(b.list)))
	var kept strings.Builder
	kept.Grow(len(head) + b.size + len(b.list)*usualMark)
	kept.Write(head)
	for _, r := range b.list {
		kept.Write(binary.AppendUvarint(append(head[:0], r.marks), uint64(r.end-r.middle)))
		kept.Write(b.chunks[r.chunk][r.start:r.middle])
	}
	for _, r := range b.list {
		kept.Write(b.chunks[r.chunk][r.middle:r.end])
	}
	return kept.String()
}

// usualMark is how many bytes the marks of a line and the length of its record take together, but for records of 16 KiB and more.
const usualMark = 3

// numbered is distinct texts, which are numbered from 1 on; 0 is none.
type numbered struct {
	texts   []string
	numbers map[string]int
}

func (n *numbered) reset() { *n = numbered{n.texts[:0], map[string]int{}} }

func (n *numbered) number(text []byte) int {
	if len(text) == 0 {
		return 0
	}
	number, known := n.numbers[string(text)]
	if !known {
		n.texts = append(n.texts, string(text))
		number = len(n.texts)
		n.numbers[n.texts[number-1]] = number
	}
	return number
}

func (n *numbered) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(n.texts)))
	for _, text := range n.texts {
		b = appendText(b, text)
	}
	return b
}
