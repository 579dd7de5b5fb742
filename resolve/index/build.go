package index

import (
	"bytes"
	"encoding/binary"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep508"
	"github.com/chandlery-go/chandlery/resolve/tag"
)

// entry is one file as a page has it, unjudged. Its texts are written over by the next one's.
type entry struct {
	filename       []byte
	url            []byte
	sha256         []byte
	hashes         map[string]string // others; nil where there are none, as mostly
	requiresPython []byte
	size           int64 // -1: not said
	uploaded       []byte
	yanked         bool
	yankedReason   []byte
	metadata       []byte // a sha256, "true" or ""
}

// reset makes an entry ready for the next file.
func (e *entry) reset() {
	*e = entry{filename: e.filename[:0], url: e.url[:0], sha256: e.sha256[:0], requiresPython: e.requiresPython[:0], size: -1, uploaded: e.uploaded[:0],
		yankedReason: e.yankedReason[:0], metadata: e.metadata[:0]}
}

// hash takes a hash in.
func (e *entry) hash(algorithm, digest string) {
	if algorithm == "sha256" {
		e.sha256 = append(e.sha256[:0], digest...)
		return
	}
	if e.hashes == nil {
		e.hashes = map[string]string{}
	}
	if len(e.hashes) < maxHashes {
		e.hashes[algorithm] = digest
	}
}

// builder makes the entries of one page records of its kept form.
type builder struct {
	names  dist.FilenameReader
	base   *url.URL
	based  bool // a <base> was met
	secure bool // the page came over https: what it links to must as well

	folder   string // of the last relative link
	resolved []byte // where it is; nil for nowhere

	entry    entry
	pythons  numbered // texts of requires-python
	tags     numbered // tag sets
	expanded int      // tags in those
	chunks   [][]byte // of lines and records
	used     int      // chunks
	size     int      // bytes in them
	list     []placed

	lines, shapes numbered // of finish
	shape         []byte   // that was written last
	length        [binary.MaxVarintLen64]byte
}

// reset makes a builder ready for the page of a project.
func (b *builder) reset(project pep508.Name, base *url.URL) {
	*b = builder{names: dist.FilenameReader{Project: project}, base: base, secure: base.Scheme == "https",
		entry: b.entry, pythons: b.pythons, tags: b.tags, chunks: b.chunks, list: b.list[:0], lines: b.lines, shapes: b.shapes, shape: b.shape}
	b.pythons.reset()
	b.tags.reset()
}

// maxTags bounds the tags that the tag sets of a page stand for, as a short one may stand for a thousand; those of large projects stand for some thousands in all.
const maxTags = 1 << 18

var tooMany = "more than " + strconv.Itoa(MaxFiles) + " files, or longer addresses or more tags than such a page has"

const (
	chunkSize = 64 << 10
	roomy     = 1 << 10 // more bytes than most records have beside their address; a chunk grows for one that has more
)

// add judges an entry; what cannot be used is left out. It is false when the page has too many.
func (b *builder) add(e *entry) bool {
	if len(b.list) == MaxFiles || b.size > maxEntry || b.expanded > maxTags {
		return false
	}
	if !isBaseName(e.filename) {
		return true
	}
	file := string(e.filename)
	name, err := b.names.Read(file)
	if err != nil || !b.resolve(e) {
		return true
	}
	e.checkHashes()
	b.write(e, file, &name)
	return true
}

// tagSet is the number of a wheel's tag set, the last three parts of its name; 0 for an sdist.
func (b *builder) tagSet(e *entry, tags []tag.Tag) int {
	stem, isWheel := bytes.CutSuffix(e.filename, []byte(".whl"))
	if !isWheel {
		return 0
	}
	at := len(stem)
	for range 3 {
		at = bytes.LastIndexByte(stem[:at], '-')
	}
	before := len(b.tags.texts)
	number := b.tags.number(stem[at+1:])
	if number > before {
		b.expanded += len(tags)
	}
	return number
}

// write adds an entry's line and record to the last chunk, or to a new one where that has no room for them.
func (b *builder) write(e *entry, file string, name *dist.Filename) {
	if b.used == 0 || cap(b.chunks[b.used-1])-len(b.chunks[b.used-1]) < len(e.url)+roomy {
		if b.used == len(b.chunks) {
			b.chunks = append(b.chunks, make([]byte, 0, chunkSize))
		}
		b.chunks[b.used] = b.chunks[b.used][:0]
		b.used++
	}
	chunk := b.chunks[b.used-1]
	start := len(chunk)
	chunk = appendLine(chunk, e, name.Build, b.tagSet(e, name.Tags), b.pythons.number(e.requiresPython))
	middle := len(chunk)
	chunk = appendRecord(chunk, e)
	b.chunks[b.used-1] = chunk
	b.size += len(chunk) - start
	b.list = append(b.list, placed{int32(b.used - 1), int32(start), int32(middle), int32(len(chunk)), file, name.Version})
}

// isBaseName refuses what is no plain file name on some system.
func isBaseName(s []byte) bool {
	for _, c := range s {
		if c < ' ' || c == 0x7f || c == '/' || c == '\\' || c == ':' {
			return false
		}
	}
	return len(s) > 0
}

// resolve makes a link absolute (RFC 3986) and takes its fragment off, in which HTML pages have the hash: #sha256=… User info is dropped.
func (b *builder) resolve(e *entry) bool {
	if isPlain(e.url, b.secure) || b.besideLast(e) {
		return true
	}
	u := b.absolute(string(e.url))
	if u == nil {
		return false
	}
	for _, part := range strings.Split(u.Fragment, "&") {
		if algorithm, digest, ok := strings.Cut(part, "="); ok && digestSizes[algorithm] != 0 {
			e.hash(algorithm, digest)
		}
	}
	u.Fragment, u.RawFragment = "", ""
	e.url = append(e.url[:0], u.String()...)
	return true
}

// absolute is where a link leads; nil where no file is fetched from.
func (b *builder) absolute(link string) *url.URL {
	ref, err := url.Parse(strings.TrimSpace(link))
	if err != nil {
		return nil
	}
	u := b.base.ResolveReference(ref)
	if u.Scheme != "https" && (u.Scheme != "http" || b.secure) || u.Host == "" {
		return nil
	}
	u.User = nil
	return u
}

// besideLast resolves a relative link of plain characters whose folder is that of the link before, as where an index has all files of a project in one.
func (b *builder) besideLast(e *entry) bool {
	slash := bytes.LastIndexByte(e.url, '/') + 1
	if slash == 0 || len(bytes.Trim(e.url[slash:], ".")) == 0 || !isLiteral(e.url) || bytes.HasPrefix(e.url, []byte("//")) { // "" "." and ".." are folders, //x is a host
		return false
	}
	if string(e.url[:slash]) != b.folder {
		b.folder, b.resolved = string(e.url[:slash]), nil
		if u := b.absolute(b.folder); u != nil && strings.HasSuffix(u.Path, "/") {
			b.resolved = []byte(u.String())
		}
	}
	if b.resolved == nil {
		return false
	}
	e.url = slices.Replace(e.url, 0, slash, b.resolved...)
	return true
}

// isPlain reports whether a link is absolute and needs no parsing: most are.
func isPlain(s []byte, secure bool) bool {
	rest, ok := bytes.CutPrefix(s, []byte("https://"))
	if !ok && !secure {
		rest, ok = bytes.CutPrefix(s, []byte("http://"))
	}
	slash := bytes.IndexByte(rest, '/')
	if !ok || slash <= 0 {
		return false
	}
	host, port, colon := bytes.Cut(rest[:slash], []byte(":"))
	if len(host) == 0 || colon && (len(port) == 0 || bytes.ContainsFunc(port, func(r rune) bool { return r < '0' || '9' < r })) {
		return false
	}
	return isLiteral(host) && isLiteral(rest[slash:])
}

// isLiteral reports whether a part of a link has but characters that stand for themselves.
func isLiteral(s []byte) bool {
	for _, c := range s {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '/' || c == '-' || c == '_' || c == '.' || c == '+' || c == '~') {
			return false
		}
	}
	return true
}

var digestSizes = map[string]int{"sha256": 32, "sha384": 48, "sha512": 64, "sha224": 28, "sha1": 20, "md5": 16}

// checkHashes keeps what are hashes, in lower case; algorithms that are not known are not judged.
func (e *entry) checkHashes() {
	if !lowerHex(e.sha256, digestSizes["sha256"]) {
		e.sha256 = e.sha256[:0]
	}
	for algorithm, digest := range e.hashes {
		size, known := digestSizes[algorithm]
		lower := []byte(digest)
		switch {
		case !known:
		case !lowerHex(lower, size):
			delete(e.hashes, algorithm)
		default:
			e.hashes[algorithm] = string(lower)
		}
	}
}

// lowerHex makes a hash of size bytes lower case; false where it is none.
func lowerHex(digest []byte, size int) bool {
	if len(digest) != 2*size {
		return false
	}
	for i, c := range digest {
		switch {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'f':
		case 'A' <= c && c <= 'F':
			digest[i] |= 0x20
		default:
			return false
		}
	}
	return true
}

// checkHex gives a hash of size bytes in lower case; "" where it is none.
func checkHex(digest string, size int) string {
	b := []byte(digest)
	if !lowerHex(b, size) {
		return ""
	}
	return string(b)
}

// offers takes in what a page says of METADATA beside the file: "true", or a sha256; any other value offers it without one (PEP 658, PEP 714).
func (e *entry) offers(sha256 string) {
	e.metadata = append(e.metadata[:0], sha256...)
	if !lowerHex(e.metadata, digestSizes["sha256"]) {
		e.metadata = append(e.metadata[:0], "true"...)
	}
}

// parseTime reads an upload-time (PEP 700); an invalid one is as none.
func parseTime(text []byte) time.Time {
	var t time.Time
	if t.UnmarshalText(text) == nil {
		return t.UTC()
	}
	t, err := time.Parse(time.RFC3339Nano, string(text)) // is less strict
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}
