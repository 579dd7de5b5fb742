package index

import (
	"strings"
)

// parseJSON reads a page of PEP 691. It is strict on JSON and on the api-version, and passes over what it does not know, without building it.
func parseJSON(s *scanner, b *builder) error {
	seen := false
	s.object(func(key string) {
		switch key {
		case "meta":
			s.meta()
		case "files":
			seen = true
			s.array(func() { s.file(b) })
		default:
			s.skip(0)
		}
	})
	if s.peek() != 0 || s.at < len(s.buf) {
		s.fail("more follows")
	}
	if s.err == nil && !seen {
		s.err = &PageError{Offset: -1, Reason: "no files in it: is this the address of an index?"}
	}
	return s.err
}

// meta checks meta.api-version: another major version must not be read (PEP 691, "Versioning").
func (s *scanner) meta() {
	s.object(func(key string) {
		if key != "api-version" {
			s.skip(0)
			return
		}
		s.checkVersion(string(s.optionalString()))
	})
}

func (s *scanner) checkVersion(version string) {
	if major, _, _ := strings.Cut(version, "."); version != "" && major != "1" {
		s.fail("version " + version + " of the index API is not known: a newer program is needed")
	}
}

func (s *scanner) file(b *builder) {
	e := &b.entry
	e.reset()
	modern, legacy := offer{}, offer{}
	s.object(func(key string) {
		switch key {
		case "filename":
			e.filename = append(e.filename[:0], s.optionalString()...)
		case "url":
			e.url = append(e.url[:0], s.optionalString()...)
		case "hashes":
			s.hashes(e)
		case "requires-python":
			e.requiresPython = append(e.requiresPython[:0], s.optionalString()...)
		case "size":
			e.size = s.optionalSize()
		case "upload-time":
			e.uploaded = append(e.uploaded[:0], s.optionalString()...)
		case "yanked":
			s.yanked(e)
		case "core-metadata":
			modern = s.metadata()
		case "dist-info-metadata":
			legacy = s.metadata()
		default:
			s.skip(0)
		}
	})
	if s.err != nil {
		return
	}
	if !modern.made {
		modern = legacy
	}
	if modern.made {
		e.offers(modern.sha256)
	}
	if !b.add(e) {
		s.fail(tooMany)
	}
}

func (s *scanner) hashes(e *entry) {
	e.sha256, e.hashes = e.sha256[:0], nil
	if s.peek() != '{' {
		s.skip(0)
		return
	}
	s.object(func(key string) {
		digest := s.optionalString()
		switch {
		case len(digest) == 0:
		case key == "sha256":
			e.sha256 = append(e.sha256[:0], digest...)
		default:
			e.hash(key, string(digest))
		}
	})
}

// yanked reads true, or a reason; null, false and "" are none (PEP 691: a truthy value).
func (s *scanner) yanked(e *entry) {
	e.yanked, e.yankedReason = false, e.yankedReason[:0]
	switch s.peek() {
	case '"':
		e.yankedReason = append(e.yankedReason, s.string()...)
		e.yanked = len(e.yankedReason) > 0
		return
	case 't':
		e.yanked = true
	}
	s.skip(0)
}

// offer is what a page says of METADATA beside a file.
type offer struct {
	made   bool
	sha256 string // "" or wrong: without one
}

// metadata reads true, or hashes of the METADATA file (PEP 658, PEP 714).
func (s *scanner) metadata() (o offer) {
	switch s.peek() {
	case 't':
		o.made = true
	case '{':
		o.made = true
		s.object(func(key string) {
			if digest := s.optionalString(); key == "sha256" {
				o.sha256 = string(digest)
			}
		})
		return o
	}
	s.skip(0)
	return o
}
