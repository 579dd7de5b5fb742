package index

import (
	"encoding/binary"
	"encoding/hex"
	"time"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/tag"
)

// keptReader takes the kept form apart. When there is less than there should be it turns bad, and all that it reads is empty.
type keptReader struct {
	rest     string
	bad      bool
	pythons  []*pep440.Specifiers // the first is none
	tags     [][]tag.Tag          // the first is none
	versions []pep440.Version     // those that no line was read of yet
}

func (k *keptReader) spoil() { k.bad, k.rest = true, "" }

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
	k.spoil()
	return 0
}

// count reads how many things follow, of at least so many bytes each; it bounds the memory that they will take.
func (k *keptReader) count(bytes, most int) int {
	n := k.number()
	if n > uint64(min(len(k.rest)/bytes, most)) {
		k.spoil()
		return 0
	}
	return int(n)
}

func (k *keptReader) text() string { return k.take(k.number()) }

func (k *keptReader) take(n uint64) string {
	if n > uint64(len(k.rest)) {
		k.spoil()
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

func (k *keptReader) mark() byte {
	if s := k.take(1); s != "" {
		return s[0]
	}
	return 0
}

func (k *keptReader) sha256() string {
	var digest [hexSHA256]byte
	return string(digest[:hex.Encode(digest[:], []byte(k.take(hexSHA256/2)))])
}

// begin reads what stands before the lines, and gives the number of files.
func (k *keptReader) begin(known *vocabulary) int {
	k.pythons = append(make([]*pep440.Specifiers, 0, 8), nil)
	for range k.count(1, MaxFiles) {
		k.pythons = append(k.pythons, known.python(k.text()))
	}
	k.tags = append(make([][]tag.Tag, 0, 8), nil)
	all := 0
	for range k.count(1, MaxFiles) {
		tags, err := known.tagSet(k.text())
		if all += len(tags); err != nil || all > maxTags {
			k.spoil()
			return 0
		}
		k.tags = append(k.tags, tags)
	}
	k.versions = make([]pep440.Version, k.count(1, MaxFiles))
	for i := range k.versions {
		var err error
		if k.versions[i], err = pep440.Parse(k.text()); err != nil || i > 0 && k.versions[i-1].ExactKey() >= k.versions[i].ExactKey() {
			k.spoil()
			return 0
		}
	}
	return k.count(leastLine+leastRecord, MaxFiles)
}

// line reads one, into a Brief that has what the line before said; length is that of the record.
func (k *keptReader) line(b *dist.Brief) (length uint64) {
	marks := k.mark()
	length = k.number()
	tags, python := k.number(), k.number()
	next := marks&lineNext != 0
	if tags >= uint64(len(k.tags)) || python >= uint64(len(k.pythons)) || next && len(k.versions) == 0 || !next && b.Version.IsZero() {
		k.spoil()
		return 0
	}
	if next {
		b.Version, k.versions = k.versions[0], k.versions[1:]
	}
	b.Kind, b.Tags, b.RequiresPython = dist.Wheel, k.tags[tags], k.pythons[python]
	if tags == 0 {
		b.Kind = dist.Sdist
	}
	b.Yanked, b.Build, b.Uploaded = marks&lineYanked != 0, dist.Build{}, time.Time{}
	if marks&lineBuild != 0 {
		b.Build = dist.Build{Number: k.number(), Text: k.text(), Set: true}
	}
	if marks&lineUploaded != 0 {
		b.Uploaded = k.time()
	}
	return length
}

// record reads one into the file whose it is.
func (k *keptReader) record(f *dist.File) {
	marks := k.mark()
	f.URL = k.text()
	if marks&markName != 0 {
		f.File = k.text()
	} else {
		f.File = k.ending(f.URL, k.number())
	}
	f.Size = int64(k.number()) - 1
	if marks&markReason != 0 {
		f.YankedReason = k.text()
	}
	if marks&markOffered != 0 {
		f.MetadataHash = "true"
	}
	if marks&markMetadata != 0 {
		f.MetadataHash = k.sha256()
	}
	if marks&(markSHA256|markHashes) != 0 {
		f.Hashes = map[string]string{}
	}
	if marks&markSHA256 != 0 {
		f.Hashes["sha256"] = k.sha256()
	}
	if marks&markHashes != 0 {
		for range k.count(2, maxHashes) {
			algorithm := k.text()
			f.Hashes[algorithm] = k.text()
		}
	}
}

// ending is the last n bytes of s.
func (k *keptReader) ending(s string, n uint64) string {
	if n > uint64(len(s)) {
		k.spoil()
		return ""
	}
	return s[len(s)-int(n):]
}

// records reads the lines; nil where the kept form is none. Its sum says that it is what was written, so that the records are left alone until one is asked for.
func (p *page) records(project pep508.Name, index string, known *vocabulary) *keptRecords {
	k := &keptReader{rest: p.kept}
	r := &keptRecords{project: project, index: index, at: make([]int32, k.begin(known)+1)}
	var list dist.ListingBuilder
	list.Grow(len(r.at) - 1)
	brief := dist.Brief{Filename: dist.Filename{Name: project}}
	var size uint64
	for i := range r.at[1:] {
		length := k.line(&brief)
		if size += length; k.bad || length > maxEntry || size > maxEntry {
			return nil
		}
		r.at[i+1] = int32(size)
		list.Add(&brief)
	}
	if k.bad || len(k.versions) > 0 || uint64(len(k.rest)) != size {
		return nil
	}
	r.kept = k.rest
	r.list = list.Listing(func(n int) *dist.File {
		f := &dist.File{}
		r.file(n, f, &dist.FilenameReader{Project: project})
		return f
	})
	return r
}
