package index

import (
	"slices"
	"strings"
	"sync"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/tag"
)

// holding is what one index has of a project.
type holding struct {
	listing *dist.Listing
	project func() *dist.Project // made at the first call
}

// offer gives what a page offers; nil where the kept form is none.
func (p *page) offer(name pep508.Name, index string, known *vocabulary) *holding {
	r := p.records(name, index, known)
	if r == nil {
		return nil
	}
	return &holding{r.list, sync.OnceValue(func() *dist.Project { return &dist.Project{Name: name, Files: r.files()} })}
}

// keptRecords is the records of a page whose lines were read without fault.
type keptRecords struct {
	project pep508.Name
	index   string
	list    *dist.Listing // as the lines have it
	kept    string        // the records
	at      []int32       // where in kept each begins, and where all end
}

// files gives all files. They share the memory of the page.
func (r *keptRecords) files() []dist.File {
	files, names := make([]dist.File, r.list.Len()), &dist.FilenameReader{Project: r.project}
	for i := range files {
		r.file(i, &files[i], names)
	}
	return files
}

// file makes a file of its line and its record. Where these do not agree, as when the cache was meddled with, it is one without a name, an address and hashes: nothing can be fetched by it.
func (r *keptRecords) file(n int, f *dist.File, names *dist.FilenameReader) {
	*f = dist.File{Index: r.index, RequiresPython: *r.list.RequiresPython(n), Uploaded: r.list.Uploaded(n), Yanked: r.list.Yanked(n)}
	k := &keptReader{rest: r.kept[r.at[n]:r.at[n+1]]}
	k.record(f)
	name, err := names.Read(f.File)
	f.Filename = name
	agreed := err == nil && !k.bad && k.rest == "" && name.Kind == r.list.Kind(n) && name.Build == *r.list.Build(n) &&
		name.Version.ExactKey() == r.list.Version(n).ExactKey() && slices.Equal(name.Tags, r.list.Tags(n))
	if !agreed {
		f.Filename = dist.Filename{Kind: r.list.Kind(n), Name: r.project, Version: *r.list.Version(n), Build: *r.list.Build(n), Tags: r.list.Tags(n)}
		f.Artifact, f.MetadataHash = dist.Artifact{Size: -1}, ""
	}
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
