package index

import (
	"sync"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// holding is what one index has of a project.
type holding struct {
	listing *dist.Listing
	project func() *dist.Project // made at the first call
}

// offer gives what a page offers; nil where the kept form is none.
func (p *page) offer(name pep508.Name, index string) *holding {
	listing, ok := p.listing(name, index)
	if !ok {
		return nil
	}
	return &holding{listing, sync.OnceValue(func() *dist.Project {
		files, _ := p.files(name, index) // is true where listing is
		return &dist.Project{Name: name, Files: files}
	})}
}

// files gives the files of a page; false where the kept form is none. They share its memory.
func (p *page) files(project pep508.Name, index string) ([]dist.File, bool) {
	k, names := &keptReader{rest: p.kept}, dist.FilenameReader{Project: project}
	files := make([]dist.File, k.begin())
	for i := range files {
		f := &files[i]
		f.Index = index
		if !k.file(f) {
			return nil, false
		}
		var err error
		if f.Filename, err = names.Read(f.File); err != nil {
			return nil, false
		}
	}
	return files, !k.bad && k.rest == ""
}

// listing gives the same files in brief; false where files does. All of the kept form is read, so that what is read of it again for one file is known to be a record.
func (p *page) listing(project pep508.Name, index string) (*dist.Listing, bool) {
	k, names := &keptReader{rest: p.kept}, dist.FilenameReader{Project: project}
	records := &keptRecords{project: project, index: index, kept: p.kept, at: make([]int32, k.begin()), specifiers: k.specifiers}
	var list dist.ListingBuilder
	list.Grow(len(records.at))
	for i := range records.at {
		records.at[i] = int32(len(p.kept) - len(k.rest))
		if !k.list(&list, &names) {
			return nil, false
		}
	}
	return list.Listing(records.file), !k.bad && k.rest == ""
}

// list puts one record on a list.
func (k *keptReader) list(list *dist.ListingBuilder, names *dist.FilenameReader) bool {
	var f dist.File
	marks, python := k.brief(&f)
	k.hashes(marks, func(string, string) {})
	name, err := names.Read(f.File)
	if k.bad || err != nil {
		return false
	}
	b := dist.Brief{Filename: name, Uploaded: f.Uploaded, Yanked: f.Yanked}
	if python > 0 {
		b.RequiresPython = &k.specifiers[python]
	}
	list.Add(&b)
	return true
}

// keptRecords is a kept form all of which was read without fault.
type keptRecords struct {
	project    pep508.Name
	index      string
	kept       string
	at         []int32 // where in kept each record is
	specifiers []pep440.Specifiers
}

// file makes the file of a record. It does not fail, as the same bytes were read before.
func (r *keptRecords) file(n int) *dist.File {
	k, f := keptReader{rest: r.kept[r.at[n]:], specifiers: r.specifiers}, &dist.File{Index: r.index}
	k.file(f)
	f.Filename, _ = dist.ParseFilenameOf(r.project, f.File)
	return f
}
