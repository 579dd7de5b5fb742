package index

import (
	"encoding/binary"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/tag"
)

// holding is what one index has of a project.
type holding struct {
	listing *dist.Listing
	project func() *dist.Project // made at the first call
	sight   sight
}

// offer gives what a page offers; nil where the kept form is none.
func (p *page) offer(name pep508.Name, index string, known *vocabulary, again func() *keptRecords) *holding {
	r := p.records(name, index, known, again)
	if r == nil {
		return nil
	}
	return &holding{listing: r.list, project: sync.OnceValue(func() *dist.Project { return &dist.Project{Name: name, Files: r.files()} })}
}

// keptRecords is the records of a page whose releases were read without fault.
type keptRecords struct {
	project pep508.Name
	index   string
	sheet   *dist.Sheet
	list    *dist.Listing // of the sheet
	kept    records
	at      []int32 // where those of each release begin, and where all end

	again      func() *keptRecords // the page as it is now, once; may be nil, and so may be what it gives
	everything func() *records     // kept in memory, once

	mu    sync.Mutex
	made  map[int]*dist.File // by number: several targets ask for the same ones
	asked int                // the release that was asked for last, if texts is not nil
	texts []string           // its records: who asks for one file often asks for others of its release
}

// readAll brings all records into memory; where that cannot be, each is read where it is asked for.
func (r *keptRecords) readAll() *records {
	if text, ok := r.kept.all(); ok && len(text) == int(r.at[len(r.at)-1]) {
		return &records{text: text}
	}
	return &r.kept
}

// isWhole brings all records into memory, and reports whether they are what was written.
func (r *keptRecords) isWhole() bool {
	r.kept = *r.everything()
	for release := range r.sheet.Releases {
		if _, ok := r.of(&r.kept, release); !ok {
			return false
		}
	}
	return r.kept.file == ""
}

// files gives all files. They share the memory of the page.
func (r *keptRecords) files() []dist.File {
	files, names, kept := make([]dist.File, 0, r.list.Len()), &dist.FilenameReader{Project: r.project}, r.everything()
	for release := range r.sheet.Releases {
		list, _ := r.of(kept, release)
		for i, record := range list {
			files = append(files, r.file(release, i, record, names.Read))
		}
	}
	return files
}

// of is the records of the files of a release; empty ones where the file of the page has others by now.
func (r *keptRecords) of(kept *records, release int) (list []string, ok bool) {
	list = make([]string, len(r.shape(release)))
	text, ok := kept.part(r.at[release], r.at[release+1])
	if !ok || checksum(text[sumSize:]) != binary.LittleEndian.Uint32([]byte(text[:sumSize])) {
		return list, false
	}
	k := &keptReader{rest: text[sumSize:]}
	for i := range list {
		list[i] = k.text()
	}
	if k.bad || k.rest != "" {
		clear(list)
		return list, false
	}
	return list, true
}

func (r *keptRecords) shape(release int) []int32 {
	return r.sheet.Shapes[r.sheet.Releases[release].Shape]
}

// find gives the release of file n, and the file's number in it.
func (r *keptRecords) find(n int) (release, i int) {
	release = r.sheet.Of(n)
	return release, n - int(r.sheet.Releases[release].First)
}

// whole gives file n, which is made once; where two ask for it at the same time, each may make it.
func (r *keptRecords) whole(n int) *dist.File {
	r.mu.Lock()
	made := r.made[n]
	r.mu.Unlock()
	if made != nil {
		return made
	}
	release, i := r.find(n)
	f := r.one(release, i)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.made == nil {
		r.made = map[int]*dist.File{}
	}
	if r.made[n] == nil {
		r.made[n] = &f
	}
	return r.made[n]
}

// one gives a file of a release, with a text of its own: it may live for long, where its release has hundreds.
func (r *keptRecords) one(release, i int) dist.File {
	return r.file(release, i, strings.Clone(r.release(release)[i]), func(s string) (dist.Filename, error) { return dist.ParseFilenameOf(r.project, s) })
}

// release reads the records of a release, unless it was the last that was asked for.
func (r *keptRecords) release(release int) []string {
	r.mu.Lock()
	list, same := r.texts, r.texts != nil && r.asked == release
	r.mu.Unlock()
	if same {
		return list
	}
	list, _ = r.of(&r.kept, release)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked, r.texts = release, list
	return list
}

func (r *keptRecords) uploaded(n int) time.Time {
	release, i := r.find(n)
	list, _ := r.of(r.everything(), release)
	k := &keptReader{rest: list[i]}
	if k.mark()&markUploaded == 0 {
		return time.Time{}
	}
	return k.time()
}

// file makes a file of its line and its record. Where these do not agree, as when the page was renewed since, it is made of what the page has now; where that does not agree
// either, it is one without a name, an address and hashes: nothing can be fetched by it.
func (r *keptRecords) file(release, i int, record string, read func(file string) (dist.Filename, error)) dist.File {
	line, version := &r.sheet.Lines[r.shape(release)[i]], r.sheet.VersionOf(release)
	f := dist.File{Index: r.index, RequiresPython: *line.RequiresPython, Yanked: line.Yanked}
	k := &keptReader{rest: record}
	k.record(&f)
	name, err := read(f.File)
	f.Filename = name
	agreed := err == nil && !k.bad && k.rest == "" && name.Kind == line.Kind && name.Build == line.Build &&
		name.Version.ExactKey() == version.ExactKey() && version.ExactKey() == r.sheet.ExactKey(release) && slices.Equal(name.Tags, line.Tags)
	if agreed {
		return f
	}
	f = dist.File{Index: r.index, RequiresPython: *line.RequiresPython, Yanked: line.Yanked, Uploaded: f.Uploaded, Artifact: dist.Artifact{Size: -1}}
	f.Filename = dist.Filename{Kind: line.Kind, Name: r.project, Version: *version, Build: line.Build, Tags: line.Tags}
	if r.again != nil {
		return r.again().like(f)
	}
	return f
}

// like is the file that the page has in place of another; that one where it has none.
func (r *keptRecords) like(f dist.File) dist.File {
	if r == nil {
		return f
	}
	release, ok := sort.Find(len(r.sheet.Releases), func(i int) int { return strings.Compare(f.Version.ExactKey(), r.sheet.ExactKey(i)) })
	if !ok {
		return f
	}
	for i, number := range r.shape(release) {
		if l := &r.sheet.Lines[number]; l.Kind == f.Kind && l.Build == f.Build && slices.Equal(l.Tags, f.Tags) {
			return r.one(release, i)
		}
	}
	return f
}

// vocabulary is what pages have in common: most have the same few tag sets and requires-python, which are read once. It is safe for concurrent use; the zero vocabulary is ready.
type vocabulary struct {
	mu      sync.Mutex
	tags    map[string][]tag.Tag
	pythons map[string]*pep440.Specifiers
}

// tagSet gives the tags of a set.
func (v *vocabulary) tagSet(text string) ([]tag.Tag, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if tags, known := v.tags[text]; known {
		return tags, nil
	}
	text = strings.Clone(text) // not to hold the page by it
	tags, err := tag.Parse(text)
	if err != nil {
		return nil, err
	}
	if v.tags == nil {
		v.tags = map[string][]tag.Tag{}
	}
	v.tags[text] = tags
	return tags, nil
}

// python gives what a requires-python says; nil for an invalid one, which is as none.
func (v *vocabulary) python(text string) *pep440.Specifiers {
	v.mu.Lock()
	defer v.mu.Unlock()
	if python, known := v.pythons[text]; known {
		return python
	}
	text = strings.Clone(text)
	var python *pep440.Specifiers
	if s, err := pep440.ParseSpecifiers(text); err == nil {
		python = &s
	}
	if v.pythons == nil {
		v.pythons = map[string]*pep440.Specifiers{}
	}
	v.pythons[text] = python
	return python
}
