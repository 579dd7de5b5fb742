package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/chandlery-go/chandlery/resolve/pep508"
)

// issuedForm is how $meta.issued is written: UTC, whole seconds.
const issuedForm = "2006-01-02T15:04:05Z"

// tree is a JSON object; its keys are written sorted.
type tree map[string]any

// Encode writes the canonical bytes: keys sorted, two spaces, one final newline. It refuses what Parse would not read back.
func (m *Manifest) Encode() ([]byte, error) {
	out := m.libraries()
	out["$meta"] = m.Meta.tree()
	return encode(out)
}

// EncodePlain writes the plain form: without "$meta", so for every client at once whatever its Rollout says, and with a platform of which some library has variants
// split into one for each of its tags (windows-win32, windows-win_amd64).
func (m *Manifest) EncodePlain() ([]byte, error) {
	plain, err := m.split()
	if err != nil {
		return nil, err
	}
	return encode(plain.libraries())
}

// SameContent reports whether two manifests differ in nothing but sequence and issued. Of a resolved manifest the urls as written count.
func (m *Manifest) SameContent(o *Manifest) bool {
	a, errA := m.content()
	b, errB := o.content()
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

func (m *Manifest) content() ([]byte, error) {
	out := m.AsWritten().libraries()
	meta := m.Meta.tree()
	delete(meta, "sequence")
	delete(meta, "issued")
	out["$meta"] = meta
	return marshal(out)
}

func encode(out tree) ([]byte, error) {
	b, err := marshal(out)
	if err != nil {
		return nil, err
	}
	if _, err := Parse(b); err != nil {
		return nil, fmt.Errorf("this update configuration cannot be written: %w", err)
	}
	return b, nil
}

func marshal(out tree) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(out)
	return b.Bytes(), err
}

func (m Meta) tree() tree {
	t := tree{"schema": m.Schema, "channel": m.Channel, "sequence": m.Sequence, "issued": m.Issued.UTC().Format(issuedForm)}
	if m.MinClient != "" {
		t["min_client"] = m.MinClient
	}
	if m.Rollout != nil {
		t["rollout"] = tree{"percent": m.Rollout.Percent, "salt": m.Rollout.Salt}
	}
	platforms := tree{}
	for name, p := range m.Platforms {
		platforms[name] = tree{"python": p.Python, "tags": list(p.Tags)}
	}
	t["platforms"] = platforms
	return t
}

func (m *Manifest) libraries() tree {
	out := tree{}
	for name, platforms := range m.Libraries {
		leaves := tree{}
		for platform, leaf := range platforms {
			leaves[platform] = leaf.tree()
		}
		out[string(name)] = leaves
	}
	return out
}

func (l Leaf) tree() tree {
	t := tree{}
	if len(l.Variants) > 0 {
		variants := make([]tree, len(l.Variants))
		for i, b := range l.Variants {
			variants[i] = b.tree()
		}
		t["variants"] = variants
	} else {
		t = l.Bundle.tree()
	}
	t["version"] = l.Version
	if len(l.Requires) > 0 {
		t["requires"] = l.Requires
	}
	return t
}

func (b Bundle) tree() tree {
	t := tree{"url": b.URL, "format": b.Format, "sha256": b.SHA256, "size": b.Size, "unpacked_size": b.UnpackedSize, "files": b.Files,
		"record_sha256": b.RecordSHA256, "tag": b.Tag}
	if len(b.Serves) > 0 {
		t["serves"] = b.Serves
	}
	if b.Source != nil {
		t["source"] = tree{"wheel": b.Source.Wheel, "sha256": b.Source.SHA256}
	}
	return t
}

// list is s, and never null.
func list(s []string) []string { return append([]string{}, s...) }

// split gives each tag of a platform that has variants a platform of its own.
func (m *Manifest) split() (*Manifest, error) {
	tags, err := m.tagsToSplit()
	if err != nil {
		return nil, err
	}
	plain := &Manifest{Libraries: make(map[pep508.Name]map[string]Leaf, len(m.Libraries))}
	for name, platforms := range m.Libraries {
		plain.Libraries[name] = map[string]Leaf{}
		for platform, leaf := range platforms {
			maps.Copy(plain.Libraries[name], leaf.parts(platform, tags[platform]))
		}
	}
	return plain, nil
}

// tagsToSplit are the tags of each platform of which a library has variants.
func (m *Manifest) tagsToSplit() (map[string][]string, error) {
	platforms, split := map[string]bool{}, map[string][]string{}
	for _, leaves := range m.Libraries {
		for platform, leaf := range leaves {
			platforms[platform] = true
			for _, b := range leaf.Variants {
				split[platform] = append(split[platform], b.Serves...)
			}
		}
	}
	for platform, tags := range split {
		tags = append(tags, m.Meta.Platforms[platform].Tags...)
		slices.Sort(tags)
		split[platform] = slices.Compact(tags)
		for _, tag := range split[platform] {
			if part := platform + "-" + tag; platforms[part] {
				return nil, fmt.Errorf("the plain form would have two platforms %s: rename one", part)
			}
		}
	}
	return split, nil
}

// parts is a leaf under the names of the plain form.
func (l Leaf) parts(platform string, tags []string) map[string]Leaf {
	if len(tags) == 0 {
		return map[string]Leaf{platform: l}
	}
	parts := map[string]Leaf{}
	for _, tag := range tags {
		if b, ok := l.For(tag); ok {
			b.Serves = nil
			parts[platform+"-"+tag] = Leaf{Version: l.Version, Bundle: b, Requires: l.Requires}
		}
	}
	return parts
}
