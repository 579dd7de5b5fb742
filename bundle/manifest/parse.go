package manifest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/Masterminds/semver/v3"

	"github.com/chandlery-go/chandlery/internal/digest"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Parse reads an update configuration strictly, in the full or the plain form; the Meta of the plain form is zero. The rules are in the package doc.
// The error is a *SyntaxError.
func Parse(b []byte) (*Manifest, error) {
	r := reader{document: document{text: b}, m: &Manifest{Libraries: map[pep508.Name]map[string]Leaf{}}}
	if len(b) > MaxManifest {
		r.problem(0, "", "longer than %d bytes", MaxManifest)
		return nil, r.err()
	}
	if v, ok := r.scan(); ok {
		r.manifest(v)
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	return r.m, nil
}

// reader reads one update configuration into m.
type reader struct {
	document
	m    *Manifest
	full bool // there is a $meta
}

func (r *reader) manifest(v value) {
	members := r.members(v, "")
	for _, m := range members {
		switch {
		case m.key == "$meta":
			r.full = true
			r.meta(m.value)
		case fold(m.key) == "$meta":
			r.problem(m.at, "", "unknown field %q: write %q", m.key, "$meta")
		}
	}
	if len(members) > MaxLibraries {
		r.problem(v.at, "", "more than %d libraries", MaxLibraries)
		return
	}
	libraries := r.libraries(members)
	if r.full {
		r.closed(libraries)
	}
}

func (r *reader) meta(v value) {
	f := r.fields(v, "$meta", false, "schema", "channel", "sequence", "issued", "min_client", "rollout", "platforms")
	meta := &r.m.Meta
	if schema, ok := f.by["schema"]; ok && schema.kind == integer && schema.text != strconv.Itoa(Schema) {
		r.problem(schema.at, "$meta.schema", "schema %s is not known here: this program reads schema %d, use a newer one", schema.text, Schema)
	} else {
		meta.Schema = int(f.number("schema", Schema))
	}
	meta.Channel = r.word(f, "channel")
	meta.Sequence = uint64(f.number("sequence", MaxSequence))
	meta.Issued = r.issued(f)
	meta.MinClient = r.minClient(f)
	meta.Rollout = r.rollout(f)
	meta.Platforms = map[string]Platform{}
	platforms, ok := f.by["platforms"]
	if !ok {
		r.problem(v.at, "$meta", "field %q is missing", "platforms")
		return
	}
	for _, m := range r.members(platforms, "$meta.platforms") {
		meta.Platforms[m.key] = r.platform(m, "$meta.platforms."+m.key)
	}
}

func (r *reader) word(f fields, key string) string {
	s, at := f.str(key, true, MaxWord)
	if s != "" && !CheckWord(s) {
		r.problem(at, f.sub(key), "%q is no name: letters, digits, dots, dashes and underscores only", s)
	}
	return s
}

func (r *reader) issued(f fields) time.Time {
	s, at := f.str("issued", true, MaxWord)
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(issuedForm, s)
	if err != nil || t.Format(issuedForm) != s {
		r.problem(at, f.sub("issued"), "must be a time like 2026-11-22T00:00:00Z")
	}
	return t
}

func (r *reader) minClient(f fields) string {
	s, at := f.str("min_client", false, MaxWord)
	if _, err := semver.StrictNewVersion(s); s != "" && err != nil {
		r.problem(at, f.sub("min_client"), "%q is no semantic version: write 1.2.0", s)
	}
	return s
}

// rollout is read strictly, as a field that is passed over could mean more clients than its writer had in mind.
func (r *reader) rollout(f fields) *Rollout {
	v, ok := f.by["rollout"]
	if !ok {
		return nil
	}
	f = r.fields(v, f.sub("rollout"), true, "percent", "salt")
	if v.kind != object {
		return nil
	}
	salt, _ := f.str("salt", true, MaxWord)
	return &Rollout{Percent: int(f.between("percent", 0, 100)), Salt: salt}
}

func (r *reader) platform(m member, path string) (p Platform) {
	if !CheckWord(m.key) {
		r.problem(m.at, path, "%q is no name of a platform: letters, digits, dots, dashes and underscores only", m.key)
	}
	f := r.fields(m.value, path, false, "python", "tags")
	p.Python = f.match("python", true, fullPython.MatchString, "a full Python version like 3.9.18")
	p.Tags = f.tags("tags", true)
	return p
}

// libraries reads the members that are no settings and returns where each name stands.
func (r *reader) libraries(members []member) map[pep508.Name]int {
	places := make(map[pep508.Name]int, len(members))
	for _, m := range members {
		if m.key != "" && m.key[0] == '$' {
			continue
		}
		name, err := pep508.ParseName(m.key)
		if err != nil {
			r.problem(m.at, "", "%q is no name of a library", m.key)
			continue
		}
		if at, twice := places[name]; twice {
			line, _ := r.place(at)
			r.problem(m.at, "", "%q is the library of line %d once more", m.key, line)
			continue
		}
		places[name] = m.at
		r.m.Libraries[name] = r.leaves(m.value, string(name))
	}
	return places
}

func (r *reader) leaves(v value, path string) map[string]Leaf {
	members := r.members(v, path)
	leaves := make(map[string]Leaf, len(members))
	if v.kind == object && len(members) == 0 {
		r.problem(v.at, path, "names no platform")
	}
	for _, m := range members {
		_, known := r.m.Meta.Platforms[m.key]
		switch {
		case !CheckWord(m.key):
			r.problem(m.at, path, "%q is no name of a platform", m.key)
		case r.full && !known:
			r.problem(m.at, path, "platform %q does not stand in $meta.platforms", m.key)
		}
		leaves[m.key] = r.leaf(m.value, join(path, m.key), m.key)
	}
	return leaves
}

var bundleFields = []string{"url", "format", "sha256", "size", "unpacked_size", "files", "record_sha256", "tag", "source"}

func (r *reader) leaf(v value, path, platform string) (l Leaf) {
	f := r.fields(v, path, false, append([]string{"version", "variants", "requires"}, bundleFields...)...)
	version, at := f.str("version", true, MaxText)
	if _, err := pep440.Parse(version); version != "" && err != nil {
		r.problem(at, f.sub("version"), "%q is no version", version)
	}
	l.Version = version
	f.strings("requires", MaxRequires, func(v value, path string) {
		if name, err := pep508.ParseName(v.text); err != nil || string(name) != v.text {
			r.problem(v.at, path, "%q is no normalised name of a library", v.text)
		}
		l.Requires = append(l.Requires, v.text)
	})
	if variants, ok := f.by["variants"]; ok {
		l.Variants = r.variants(f, variants, platform)
		return l
	}
	l.Bundle = r.bundle(f)
	return l
}

// variants reads the bundles of a leaf that needs several: each says which of the platform's tags it serves, and no two serve the same.
func (r *reader) variants(leaf fields, v value, platform string) []Bundle {
	path := leaf.sub("variants")
	for _, key := range bundleFields {
		if mixed, ok := leaf.by[key]; ok {
			r.problem(mixed.at, leaf.sub(key), "a leaf with variants must not have a bundle of its own: simple clients would take it for every machine")
		}
	}
	if !r.is(v, array, path) {
		return nil
	}
	if len(v.members) == 0 || len(v.members) > MaxTags {
		r.problem(v.at, path, "must have from 1 to %d entries", MaxTags)
		return nil
	}
	var bundles []Bundle
	served := map[string]bool{}
	for i, m := range v.members {
		f := r.fields(m.value, fmt.Sprintf("%s[%d]", path, i), false, append([]string{"serves"}, bundleFields...)...)
		b := r.bundle(f)
		b.Serves = f.tags("serves", true)
		for _, tag := range b.Serves {
			if served[tag] {
				r.problem(f.at, f.path, "a second bundle for %s", tag)
			}
			if r.full && !slices.Contains(r.m.Meta.Platforms[platform].Tags, tag) {
				r.problem(f.at, f.path, "%s is no tag of the platform %s", tag, platform)
			}
			served[tag] = true
		}
		bundles = append(bundles, b)
	}
	return bundles
}

func (r *reader) bundle(f fields) (b Bundle) {
	var at int
	if b.URL, at = f.str("url", true, MaxURL); b.URL != "" {
		if err := checkURL(b.URL); err != nil {
			r.problem(at, f.sub("url"), "%v", err)
		}
	}
	b.Format = r.word(f, "format")
	b.SHA256 = f.match("sha256", true, digest.IsSHA256, "64 lower-case hexadecimal digits")
	b.RecordSHA256 = f.match("record_sha256", true, digest.IsSHA256, "64 lower-case hexadecimal digits")
	b.Size = f.number("size", MaxSize)
	b.UnpackedSize = f.number("unpacked_size", MaxUnpacked)
	b.Files = int(f.number("files", MaxFiles))
	b.Tag = f.match("tag", true, wheelTag.MatchString, "a compatibility tag like py3-none-any")
	if source, ok := f.by["source"]; ok {
		s := r.fields(source, f.sub("source"), false, "wheel", "sha256")
		b.Source = &Origin{
			Wheel:  s.match("wheel", true, wheelFile.MatchString, "a wheel's file name"),
			SHA256: s.match("sha256", true, digest.IsSHA256, "64 lower-case hexadecimal digits"),
		}
	}
	return b
}

// match is a string field of a given form.
func (f fields) match(key string, required bool, is func(string) bool, what string) string {
	s, at := f.str(key, required, MaxText)
	if s != "" && !is(s) {
		f.d.problem(at, f.sub(key), "must be %s", what)
	}
	return s
}

// tags is a list of different platform tags, at least one where required.
func (f fields) tags(key string, required bool) (tags []string) {
	f.strings(key, MaxTags, func(v value, path string) {
		switch {
		case len(v.text) > MaxText || !platformTag.MatchString(v.text):
			f.d.problem(v.at, path, "%q is no platform tag like win_amd64", v.text)
		case slices.Contains(tags, v.text):
			f.d.problem(v.at, path, "%q stands here twice", v.text)
		}
		tags = append(tags, v.text)
	})
	v, ok := f.by[key]
	switch {
	case !ok && required:
		f.d.problem(f.at, f.path, "field %q is missing", key)
	case ok && required && v.kind == array && len(v.members) == 0:
		f.d.problem(v.at, f.sub(key), "must not be empty")
	}
	return tags
}

// closed checks that what each library requires on a platform is there: one update configuration is one consistent set.
func (r *reader) closed(places map[pep508.Name]int) {
	for _, name := range slices.Sorted(maps.Keys(r.m.Libraries)) {
		for _, platform := range slices.Sorted(maps.Keys(r.m.Libraries[name])) {
			for _, required := range r.m.Libraries[name][platform].Requires {
				if _, ok := r.m.Libraries[pep508.Name(required)][platform]; !ok {
					r.problem(places[name], string(name)+"."+platform, "requires %s, which the platform does not have", required)
				}
			}
		}
	}
}
