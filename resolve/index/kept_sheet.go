package index

import (
	"sync"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/tag"
)

// sheetReader reads what stands before the records.
type sheetReader struct {
	keptReader
	all     string // of the page
	pythons []*pep440.Specifiers
	tags    [][]tag.Tag // the first is none
	sheet   *dist.Sheet
	at      []int32 // where the records of each release begin, and at last where all end
	files   int
}

// records reads the releases; nil where the kept form is none. Its sum says that it is what was written, so that the records are left alone until one is asked for. again reads the
// page anew; nil where the records are in memory.
func (p *page) records(project pep508.Name, index string, known *vocabulary, again func() *keptRecords) *keptRecords {
	k := &sheetReader{keptReader: keptReader{rest: p.kept.sheet}, all: p.kept.sheet, sheet: &dist.Sheet{Text: p.kept.sheet}}
	k.words(known)
	k.lines()
	k.shapes()
	k.releases()
	if k.bad || k.rest != "" || p.kept.records.file == "" && len(p.kept.records.text) != int(k.at[len(k.at)-1]) {
		return nil
	}
	r := &keptRecords{project: project, index: index, sheet: k.sheet, kept: p.kept.records, at: k.at}
	if again != nil {
		r.again = sync.OnceValue(again)
	}
	r.everything = sync.OnceValue(r.readAll)
	k.sheet.Uploaded, k.sheet.File = r.uploaded, r.whole
	r.list = k.sheet.Listing()
	return r
}

// words reads what lines number.
func (k *sheetReader) words(known *vocabulary) {
	k.pythons = append(make([]*pep440.Specifiers, 0, 8), &pep440.Specifiers{})
	for range k.count(1, MaxFiles) {
		python := known.python(k.text())
		if python == nil {
			python = k.pythons[0]
		}
		k.pythons = append(k.pythons, python)
	}
	n := k.count(1, MaxFiles)
	k.tags = append(make([][]tag.Tag, 0, min(n, 1<<10)+1), nil)
	total := 0
	for range n {
		tags, err := known.tagSet(k.text())
		if total += len(tags); err != nil || total > maxTags {
			k.spoil()
			return
		}
		k.tags = append(k.tags, tags)
	}
}

func (k *sheetReader) lines() {
	k.sheet.Lines = make([]dist.Line, k.count(leastLine, MaxFiles))
	for i := range k.sheet.Lines {
		l := &k.sheet.Lines[i]
		marks, tags, python := k.mark(), k.number(), k.number()
		if tags >= uint64(len(k.tags)) || python >= uint64(len(k.pythons)) {
			k.spoil()
			return
		}
		*l = dist.Line{Kind: dist.Wheel, Tags: k.tags[tags], TagSet: int(tags), RequiresPython: k.pythons[python], Yanked: marks&lineYanked != 0}
		if tags == 0 {
			l.Kind = dist.Sdist
		}
		if marks&lineBuild != 0 {
			l.Build = dist.Build{Number: k.number(), Text: k.text(), Set: true}
		}
	}
}

func (k *sheetReader) shapes() {
	k.sheet.Shapes = make([][]int32, k.count(2, MaxFiles))
	var room []int32
	for i := range k.sheet.Shapes {
		n := k.count(1, MaxFiles)
		if n == 0 {
			k.spoil()
			return
		}
		if len(room) < n {
			room = make([]int32, max(n, 64))
		}
		shape := room[:n:n]
		room = room[n:]
		for j := range shape {
			line := k.number()
			if line >= uint64(len(k.sheet.Lines)) {
				k.spoil()
				return
			}
			shape[j] = int32(line)
		}
		k.sheet.Shapes[i] = shape
	}
}

func (k *sheetReader) releases() {
	n := k.count(leastRelease, MaxFiles)
	k.at, k.sheet.Releases = make([]int32, n+1), make([]dist.Release, n)
	size := uint64(0)
	for i := range n {
		r := &k.sheet.Releases[i]
		k.release(r)
		records := k.number()
		size += records
		if k.bad || records < uint64(sumSize+leastRecord*len(k.sheet.Shapes[r.Shape])) || records > maxEntry || size > maxEntry || k.files > MaxFiles || i == 0 && r.Again || i > 0 && k.sheet.ExactKey(i-1) >= k.sheet.ExactKey(i) {
			k.spoil()
			return
		}
		k.at[i+1] = int32(size)
	}
}

func (k *sheetReader) release(r *dist.Release) {
	marks, shape := k.mark(), k.number()
	if shape >= uint64(len(k.sheet.Shapes)) {
		k.spoil()
		return
	}
	r.Shape, r.First = int32(shape), int32(k.files)
	k.files += len(k.sheet.Shapes[shape])
	r.Prerelease, r.Again = marks&releasePre != 0, marks&releaseAgain != 0
	r.Key = k.cut()
	if marks&releaseSpelt != 0 {
		r.Version = k.cut()
		return
	}
	length := k.number()
	if length > uint64(r.Key.To-r.Key.From) {
		k.spoil()
		return
	}
	r.Version = dist.Cut{From: r.Key.To - int32(length), To: r.Key.To}
}

// cut passes over a text.
func (k *sheetReader) cut() dist.Cut {
	n := len(k.text())
	to := len(k.all) - len(k.rest)
	return dist.Cut{From: int32(to - n), To: int32(to)}
}
