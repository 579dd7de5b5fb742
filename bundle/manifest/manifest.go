package manifest

import (
	"net/url"
	"slices"
	"time"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// Schema is the version of the update configuration's form that this package reads and writes.
const Schema = 1

// Manifest is the update configuration: what each platform's clients must hold.
type Manifest struct {
	Meta      Meta
	Libraries map[pep508.Name]map[string]Leaf // library -> platform -> what to install

	written *Manifest // what Resolve was called on
}

// Meta is the "$meta" object.
type Meta struct {
	Schema    int                 `json:"schema"` // Schema
	Channel   string              `json:"channel"`
	Sequence  uint64              `json:"sequence"`             // from 1, one more with every release
	Issued    time.Time           `json:"issued"`               // UTC, whole seconds
	MinClient string              `json:"min_client,omitempty"` // SemVer; clients below it refuse with a clear error
	Rollout   *Rollout            `json:"rollout,omitempty"`    // nil: every client
	Platforms map[string]Platform `json:"platforms"`
}

// Platform tells clients for what a platform's entries were made.
type Platform struct {
	Python string   `json:"python"` // full version: 3.7.4
	Tags   []string `json:"tags"`   // platform tags, one a variant
}

// Leaf is one library on one platform. Where one bundle serves every tag of the platform it stands in Bundle and Variants is empty; else
// Bundle is zero and each of Variants names the tags that it serves.
type Leaf struct {
	Version string `json:"version"`
	Bundle
	Variants []Bundle `json:"variants,omitempty"`
	Requires []string `json:"requires,omitempty"` // names of the libraries that it needs on this platform
}

// Bundle is one archive in the store.
type Bundle struct {
	Serves       []string `json:"serves,omitempty"`        // in variants only: platform tags
	URL          string   `json:"url,omitempty"`           // relative to the update configuration's own address, or absolute
	Format       string   `json:"format,omitempty"`        // of the Packager: "zip"
	SHA256       string   `json:"sha256,omitempty"`        // of the archive, hex
	Size         int64    `json:"size,omitempty"`          // of the archive, bytes
	UnpackedSize int64    `json:"unpacked_size,omitempty"` // of its files together, bytes
	Files        int      `json:"files,omitempty"`
	RecordSHA256 string   `json:"record_sha256,omitempty"` // of the RECORD in it, hex
	Tag          string   `json:"tag,omitempty"`           // the wheel's, as its file name has it: cp37-cp37m-win32
	Source       *Origin  `json:"source,omitempty"`
}

// Origin is the wheel that a bundle was made from.
type Origin struct {
	Wheel  string `json:"wheel"`  // file name
	SHA256 string `json:"sha256"` // hex
}

// Bundles are the archives of a leaf: its own one, or those of its variants.
func (l Leaf) Bundles() []Bundle {
	if len(l.Variants) > 0 {
		return l.Variants
	}
	return []Bundle{l.Bundle}
}

// For is the bundle that a machine of the platform tag installs. ok is false where the library has none for it: no requirement asks for it there.
func (l Leaf) For(tag string) (b Bundle, ok bool) {
	if len(l.Variants) == 0 {
		return l.Bundle, true
	}
	i := slices.IndexFunc(l.Variants, func(b Bundle) bool { return slices.Contains(b.Serves, tag) })
	if i < 0 {
		return Bundle{}, false
	}
	return l.Variants[i], true
}

// Resolve is a copy whose relative urls are absolute, against base: the update configuration's own address. SameContent and AsWritten still see
// the urls as they were; whoever changes the copy changes only the copy.
func (m *Manifest) Resolve(base *url.URL) (*Manifest, error) {
	resolved := &Manifest{Meta: m.Meta, Libraries: make(map[pep508.Name]map[string]Leaf, len(m.Libraries)), written: m.AsWritten()}
	for name, platforms := range resolved.written.Libraries {
		leaves := make(map[string]Leaf, len(platforms))
		for platform, leaf := range platforms {
			if err := leaf.resolve(base); err != nil {
				return nil, err
			}
			leaves[platform] = leaf
		}
		resolved.Libraries[name] = leaves
	}
	return resolved, nil
}

func (l *Leaf) resolve(base *url.URL) error {
	if len(l.Variants) == 0 {
		return l.Bundle.resolve(base)
	}
	l.Variants = slices.Clone(l.Variants)
	for i := range l.Variants {
		if err := l.Variants[i].resolve(base); err != nil {
			return err
		}
	}
	return nil
}

func (b *Bundle) resolve(base *url.URL) error {
	u, err := base.Parse(b.URL)
	if err != nil {
		return err
	}
	b.URL = u.String()
	return nil
}

// AsWritten is the manifest before Resolve; m itself where it was not resolved.
func (m *Manifest) AsWritten() *Manifest {
	if m.written != nil {
		return m.written
	}
	return m
}
