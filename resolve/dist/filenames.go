package dist

import (
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/tag"
)

// FilenameReader reads the names of the files of one project as ParseFilenameOf does, and what they have in common once: thousands of files have
// some hundreds of versions and some tens of tag sets, which their Filenames share. Not safe for concurrent use.
type FilenameReader struct {
	Project pep508.Name // "" is any

	versions map[string]pep440.Version // nil: nothing is remembered
	tags     map[string][]tag.Tag
	last     pep440.Version // that was read, as the next name often has the same
	text     string         // of last
	spelled  string         // the name part of the last wheel
	named    pep508.Name
}

// Read reads a file name. The error is a *FilenameError. What it returns may share memory with s.
func (r *FilenameReader) Read(s string) (Filename, error) {
	if r.versions == nil {
		r.versions, r.tags = map[string]pep440.Version{}, map[string][]tag.Tag{}
	}
	return r.read(s)
}

// name is the project that the name part of a wheel's file name says; false where that is not escaped as wheels have it.
func (r *FilenameReader) name(spelled string) (pep508.Name, bool) {
	if spelled == r.spelled && spelled != "" {
		return r.named, true
	}
	if !isEscapedName(spelled) {
		return "", false
	}
	r.spelled, r.named = spelled, pep508.NormalizeName(spelled)
	return r.named, true
}

func (r *FilenameReader) version(text string) (pep440.Version, error) {
	if text == r.text && text != "" {
		return r.last, nil
	}
	v, ok := r.versions[text]
	if !ok {
		var err error
		if v, err = pep440.Parse(text); err != nil {
			return v, err
		}
		if r.versions != nil {
			r.versions[text] = v
		}
	}
	r.last, r.text = v, text
	return v, nil
}

func (r *FilenameReader) tagSet(text string) ([]tag.Tag, error) {
	if tags, ok := r.tags[text]; ok {
		return tags, nil
	}
	tags, err := tag.Parse(text)
	if err == nil && r.tags != nil {
		r.tags[text] = tags
	}
	return tags, err
}
