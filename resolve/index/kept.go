package index

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
)

// A page is kept in a form of its own, out of which files are made without a look at every byte. Numbers are unsigned varints (encoding/binary), texts have
// their length before them.
//
//	page      stored (seconds, nanoseconds), max-age + 1, ETag, Last-Modified, then 0 where the index does not know the project, or 1 and the files
//	files     how many texts of requires-python, these; how many records, these, by version
//	record    marks, address, file name (its length where the address ends in it), size + 1, which requires-python (0: none), then what is marked
const (
	markYanked   = 1 << iota
	markReason   // of being yanked: a text
	markOffered  // METADATA, without a hash
	markMetadata // METADATA, with a sha256 of 64 digits
	markUploaded // seconds, nanoseconds
	markSHA256   // of 64 digits
	markHashes   // others: how many, pairs of texts
	markName     // the file name is a text, as the address does not end in it

	maxHashes = 32 // of a file beside its sha256; what a page has more is left out
	hexSHA256 = 64
	leastKept = 5 // bytes of a record
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

// appendEntry adds a record. The entry is judged: it is of the page's project and has an absolute address.
func appendEntry(b []byte, e *entry, requiresPython int) []byte {
	uploaded := parseTime(e.uploaded)
	marks := e.marks()
	if !uploaded.IsZero() {
		marks |= markUploaded
	}
	b = appendText(append(b, marks), e.url)
	if marks&markName != 0 {
		b = appendText(b, e.filename)
	} else {
		b = binary.AppendUvarint(b, uint64(len(e.filename)))
	}
	b = binary.AppendUvarint(b, uint64(e.size+1))
	b = binary.AppendUvarint(b, uint64(requiresPython))
	if marks&markReason != 0 {
		b = appendText(b, e.yankedReason)
	}
	if marks&markMetadata != 0 {
		b = append(b, e.metadata...)
	}
	if marks&markUploaded != 0 {
		b = appendTime(b, uploaded)
	}
	b = append(b, e.sha256...)
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
		{markYanked, e.yanked},
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

// keptReader takes the kept form apart. When there is less than there should be it turns bad, and all that it reads is empty.
type keptReader struct {
	rest       string
	bad        bool
	specifiers []pep440.Specifiers // of requires-python; the first is none
}

func (k *keptReader) number() uint64 {
	var n uint64
	for i := 0; i < len(k.rest) && i < binary.MaxVarintLen64; i++ {
		c := k.rest[i]
		n |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			k.rest = k.rest[i+1:]
			return n
		}
	}
	k.bad, k.rest = true, ""
	return 0
}

// count reads how many things follow, of at least so many bytes each; it bounds the memory that they will take.
func (k *keptReader) count(bytes, most int) int {
	n := k.number()
	if n > uint64(min(len(k.rest)/bytes, most)) {
		k.bad, k.rest = true, ""
		return 0
	}
	return int(n)
}

func (k *keptReader) text() string { return k.take(k.number()) }

func (k *keptReader) take(n uint64) string {
	if n > uint64(len(k.rest)) {
		k.bad, k.rest = true, ""
		return ""
	}
	s := k.rest[:n]
	k.rest = k.rest[n:]
	return s
}

func (k *keptReader) time() time.Time {
	seconds, nanoseconds := k.number(), k.number()
	return time.Unix(int64(seconds), int64(nanoseconds%1e9)).UTC()
}

// begin reads what stands before the records, and gives their number.
func (k *keptReader) begin() int {
	k.specifiers = make([]pep440.Specifiers, 1+k.count(1, MaxFiles))
	for i := range k.specifiers[1:] {
		k.specifiers[1+i], _ = pep440.ParseSpecifiers(k.text()) // an invalid one is as none, and its zero value is that
	}
	return k.count(leastKept, MaxFiles)
}

// file reads one record, but for what the file name says.
func (k *keptReader) file(f *dist.File) bool {
	marks, python := k.brief(f)
	if k.bad {
		return false
	}
	f.RequiresPython = k.specifiers[python]
	if marks&(markSHA256|markHashes) != 0 {
		f.Hashes = map[string]string{}
		k.hashes(marks, func(algorithm, digest string) { f.Hashes[algorithm] = digest })
	}
	return !k.bad
}

// brief reads a record up to its hashes, and which requires-python it has.
func (k *keptReader) brief(f *dist.File) (marks byte, python uint64) {
	marks = k.mark()
	f.URL = k.text()
	if marks&markName != 0 {
		f.File = k.text()
	} else {
		f.File = k.ending(f.URL, k.number())
	}
	f.Size = int64(k.number()) - 1
	if python = k.number(); python >= uint64(len(k.specifiers)) {
		k.bad, k.rest = true, ""
	}
	k.marked(f, marks)
	return marks, python
}

func (k *keptReader) mark() byte {
	if s := k.take(1); s != "" {
		return s[0]
	}
	return 0
}

// ending is the last n bytes of s.
func (k *keptReader) ending(s string, n uint64) string {
	if n > uint64(len(s)) {
		k.bad, k.rest = true, ""
		return ""
	}
	return s[len(s)-int(n):]
}

// marked reads what not every record has, but for the hashes.
func (k *keptReader) marked(f *dist.File, marks byte) {
	f.Yanked = marks&markYanked != 0
	if marks&markReason != 0 {
		f.YankedReason = k.text()
	}
	if marks&markOffered != 0 {
		f.MetadataHash = "true"
	}
	if marks&markMetadata != 0 {
		f.MetadataHash = k.take(hexSHA256)
	}
	if marks&markUploaded != 0 {
		f.Uploaded = k.time()
	}
}

// hashes reads those of a record.
func (k *keptReader) hashes(marks byte, take func(algorithm, digest string)) {
	if marks&markSHA256 != 0 {
		take("sha256", k.take(hexSHA256))
	}
	if marks&markHashes != 0 {
		for range k.count(2, maxHashes) {
			algorithm := k.text()
			take(algorithm, k.text())
		}
	}
}

// placed is a record that a builder has written.
type placed struct {
	chunk, start, end int32
	key               string // of the version and its spelling
}

// finish gives the kept form of all files that were added. They are sorted by version and spelling, which spares every resolver that.
func (b *builder) finish() string {
	slices.SortFunc(b.list, func(x, y placed) int {
		return cmp.Or(strings.Compare(x.key, y.key), cmp.Compare(x.chunk, y.chunk), cmp.Compare(x.start, y.start))
	})
	head := binary.AppendUvarint(nil, uint64(len(b.specifiers)))
	for _, s := range b.specifiers {
		head = appendText(head, s)
	}
	head = binary.AppendUvarint(head, uint64(len(b.list)))
	var kept strings.Builder
	kept.Grow(len(head) + b.size)
	kept.Write(head)
	for _, r := range b.list {
		kept.Write(b.chunks[r.chunk][r.start:r.end])
	}
	return kept.String()
}
