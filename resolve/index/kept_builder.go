package index

import (
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve/pep440"
)

// placed is a file that a builder has written: its line from start on, its record from middle to end.
type placed struct {
	chunk, start, middle, end int32
	file                      string
	version                   pep440.Version
}

// finish gives the kept form of all files that were added. They are sorted by version, its spelling and their names, which spares every resolver that.
func (b *builder) finish() keptForm {
	slices.SortFunc(b.list, func(x, y placed) int {
		return cmp.Or(strings.Compare(x.version.ExactKey(), y.version.ExactKey()), strings.Compare(x.file, y.file), cmp.Compare(x.chunk, y.chunk), cmp.Compare(x.start, y.start))
	})
	b.lines.reset()
	b.shapes.reset()
	var releases []byte
	count := 0
	for rest := b.list; len(rest) > 0; count++ {
		n := run(rest)
		releases = b.appendRelease(releases, rest[:n], b.list[:len(b.list)-len(rest)])
		rest = rest[n:]
	}
	head := b.shapes.appendPlain(b.lines.appendPlain(b.tags.append(b.pythons.append(nil))))
	head = append(binary.AppendUvarint(head, uint64(count)), releases...)
	kept := keptForm{string(head), records{text: b.records()}}
	clear(b.list) // not to hold their names
	return kept
}

// records gives those of all files, by release.
func (b *builder) records() string {
	var all strings.Builder
	all.Grow(b.size + len(b.list)*usualLength)
	for rest := b.list; len(rest) > 0; {
		n := run(rest)
		sum := uint32(0)
		for i := range rest[:n] {
			length, record := b.record(&rest[i])
			sum = crc32.Update(crc32.Update(sum, castagnoli, length), castagnoli, record)
		}
		all.Write(binary.LittleEndian.AppendUint32(b.length[:0], sum))
		for i := range rest[:n] {
			length, record := b.record(&rest[i])
			all.Write(length)
			all.Write(record)
		}
		rest = rest[n:]
	}
	return all.String()
}

// record is that of a file, and its length.
func (b *builder) record(r *placed) (length, record []byte) {
	return binary.AppendUvarint(b.length[:0], uint64(r.end-r.middle)), b.chunks[r.chunk][r.middle:r.end]
}

// run is how many files the first release has.
func run(files []placed) int {
	n := 1
	for n < len(files) && files[n].version.ExactKey() == files[0].version.ExactKey() {
		n++
	}
	return n
}

const (
	sumSize     = 4 // bytes of a CRC-32C
	usualLength = 6 // bytes that the length of a record and a share in the sum of its release take, but for records of 16 KiB and more
)

// appendRelease adds the release of some files, and notes their lines and its shape.
func (b *builder) appendRelease(to []byte, files, before []placed) []byte {
	v := files[0].version
	shape, size := binary.AppendUvarint(b.shape[:0], uint64(len(files))), uint64(sumSize)
	for i := range files {
		r := &files[i]
		shape = binary.AppendUvarint(shape, uint64(b.lines.number(b.chunks[r.chunk][r.start:r.middle])-1))
		n := uint64(r.end - r.middle)
		size += n + uint64(len(binary.AppendUvarint(b.length[:0], n)))
	}
	b.shape = shape
	marks := byte(0)
	if v.IsPrerelease() {
		marks |= releasePre
	}
	if len(before) > 0 && before[len(before)-1].version.Equal(v) {
		marks |= releaseAgain
	}
	spelt := !strings.HasSuffix(v.ExactKey(), v.Original())
	if spelt {
		marks |= releaseSpelt
	}
	to = appendText(binary.AppendUvarint(append(to, marks), uint64(b.shapes.number(shape)-1)), v.ExactKey())
	if spelt {
		to = appendText(to, v.Original())
	} else {
		to = binary.AppendUvarint(to, uint64(len(v.Original())))
	}
	return binary.AppendUvarint(to, size)
}

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

// appendPlain is append without lengths, of what tells itself where it ends.
func (n *numbered) appendPlain(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(n.texts)))
	for _, text := range n.texts {
		b = append(b, text...)
	}
	return b
}
