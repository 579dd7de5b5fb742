package index

import (
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// entry is one file as a page has it, unjudged.
type entry struct {
	filename       string
	url            string
	hashes         map[string]string
	requiresPython string
	size           int64 // -1: not said
	uploaded       string
	yanked         bool
	yankedReason   string
	metadata       string // a sha256, "true" or ""
}

// parsePage reads a page of either form into the files of a project.
func parsePage(p *page, project pep508.Name, index string) ([]dist.File, error) {
	base, err := url.Parse(p.URL)
	if err != nil {
		return nil, &PageError{p.URL, -1, "its address is none"}
	}
	isJSON, ok := p.isJSON()
	if !ok {
		return nil, &PageError{p.URL, -1, "its type " + p.Type + " is neither JSON nor HTML of an index: is this the address of one?"}
	}
	text := string(p.Body)
	if !utf8.ValidString(text) {
		if isJSON {
			return nil, &PageError{p.URL, -1, "not UTF-8"}
		}
		text = strings.ToValidUTF8(text, "\ufffd")
	}
	b := &builder{project: project, index: index, base: base, secure: base.Scheme == "https", specifiers: map[string]pep440.Specifiers{}}
	if isJSON {
		b.files = make([]dist.File, 0, min(strings.Count(text, `"filename"`), MaxFiles))
		err = parseJSON(text, b)
	} else {
		err = parseHTML(text, b)
	}
	if pe, ok := err.(*PageError); ok {
		pe.URL = p.URL
	}
	return b.files, err
}

// builder makes the entries of one page files. Files share what they have in common.
type builder struct {
	project    pep508.Name
	index      string
	base       *url.URL
	based      bool // a <base> was met
	secure     bool // the page came over https: what it links to must as well
	specifiers map[string]pep440.Specifiers
	files      []dist.File
}

// add judges an entry; what cannot be used is left out. It is false when the page has too many.
func (b *builder) add(e *entry) bool {
	if len(b.files) == MaxFiles {
		return false
	}
	name, err := dist.ParseFilenameOf(b.project, e.filename)
	if err != nil || !isBaseName(e.filename) {
		return true
	}
	address, fragment, ok := b.resolve(e.url)
	if !ok {
		return true
	}
	for algorithm, digest := range fragment {
		if e.hashes == nil {
			e.hashes = map[string]string{}
		}
		e.hashes[algorithm] = digest
	}
	b.files = append(b.files, dist.File{
		Filename:       name,
		Artifact:       dist.Artifact{File: e.filename, URL: address, Size: e.size, Hashes: checkHashes(e.hashes)},
		RequiresPython: b.requiresPython(e.requiresPython),
		Yanked:         e.yanked,
		YankedReason:   e.yankedReason,
		Uploaded:       parseTime(e.uploaded),
		MetadataHash:   e.metadata,
		Index:          b.index,
	})
	return true
}

// isBaseName refuses what is no plain file name on some system.
func isBaseName(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == 0x7f || c == '/' || c == '\\' || c == ':' {
			return false
		}
	}
	return s != ""
}

// resolve makes a link absolute (RFC 3986) and takes its fragment off, in which HTML pages have the hash: #sha256=… User info is dropped.
func (b *builder) resolve(link string) (address string, hashes map[string]string, ok bool) {
	if isPlain(link) {
		return link, nil, true
	}
	ref, err := url.Parse(strings.TrimSpace(link))
	if err != nil {
		return "", nil, false
	}
	u := b.base.ResolveReference(ref)
	if u.Scheme != "https" && (u.Scheme != "http" || b.secure) || u.Host == "" {
		return "", nil, false
	}
	for _, part := range strings.Split(u.Fragment, "&") {
		if algorithm, digest, ok := strings.Cut(part, "="); ok && digestSizes[algorithm] != 0 {
			if hashes == nil {
				hashes = map[string]string{}
			}
			hashes[algorithm] = digest
		}
	}
	u.User, u.Fragment, u.RawFragment = nil, "", ""
	return u.String(), hashes, true
}

// isPlain reports whether a link is absolute and needs no parsing: most are.
func isPlain(s string) bool {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok || rest == "" || rest[0] == '/' {
		return false
	}
	for i := 0; i < len(rest); i++ {
		c := rest[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '/' || c == '-' || c == '_' || c == '.' || c == '+' || c == '~') {
			return false
		}
	}
	return true
}

func (b *builder) requiresPython(s string) pep440.Specifiers {
	if s == "" {
		return pep440.Specifiers{}
	}
	spec, ok := b.specifiers[s]
	if !ok {
		spec, _ = pep440.ParseSpecifiers(s) // an invalid one is as none, and its zero value is that
		b.specifiers[strings.Clone(s)] = spec
	}
	return spec
}

var digestSizes = map[string]int{"sha256": 32, "sha384": 48, "sha512": 64, "sha224": 28, "sha1": 20, "md5": 16}

// checkHashes keeps what are hashes, in lower case; algorithms that are not known are not judged.
func checkHashes(m map[string]string) map[string]string {
	for algorithm, digest := range m {
		size, known := digestSizes[algorithm]
		if !known {
			continue
		}
		if lower := checkHex(digest, size); lower == "" {
			delete(m, algorithm)
		} else if lower != digest {
			m[algorithm] = lower
		}
	}
	return m
}

// checkHex gives a hash of size bytes in lower case; "" where it is none.
func checkHex(digest string, size int) string {
	if len(digest) != 2*size {
		return ""
	}
	for i := 0; i < len(digest); i++ {
		if c := digest[i] | 0x20; !('0' <= digest[i] && digest[i] <= '9' || 'a' <= c && c <= 'f') {
			return ""
		}
	}
	return strings.ToLower(digest)
}

// checkMetadataHash reads "true", or a sha256; any other value offers the file without one (PEP 658, PEP 714).
func checkMetadataHash(sha256 string) string {
	if s := checkHex(sha256, digestSizes["sha256"]); s != "" {
		return s
	}
	return "true"
}

// parseTime reads an upload-time (PEP 700); an invalid one is as none.
func parseTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
