package bundle

import (
	"slices"
	"strings"

	"github.com/chandlery-go/chandlery/resolve"
	"github.com/chandlery-go/chandlery/resolve/dist"
	"github.com/chandlery-go/chandlery/resolve/pep440"
	"github.com/chandlery-go/chandlery/resolve/tag"
)

// settled lets go of what finds versions, as all are found: an index may hold every page that it read in memory, and what follows has better use for that.
func (r *publishing) settled() { r.Index, r.Resolver, r.resolver = nil, nil, nil }

// own is a resolution with texts of its own: those of an index are often parts of a whole page, of which the smallest keeps all in memory.
func own(r *resolve.Resolution) *resolve.Resolution {
	o := *r
	o.Pins = slices.Clone(r.Pins)
	for i := range o.Pins {
		pin := &o.Pins[i]
		pin.Name, pin.Version = ownText(pin.Name), ownVersion(pin.Version)
		pin.Files = slices.Clone(pin.Files)
		for j := range pin.Files {
			ownFile(&pin.Files[j])
		}
	}
	return &o
}

// ownVersion is the same version in the same spelling.
func ownVersion(v pep440.Version) pep440.Version {
	if v.IsZero() {
		return v
	}
	return pep440.MustParse(ownText(v.Original()))
}

func ownFile(f *dist.File) {
	f.Name, f.Version = ownText(f.Name), ownVersion(f.Version)
	f.Build.Text = ownText(f.Build.Text)
	f.Tags = slices.Clone(f.Tags)
	for i, t := range f.Tags {
		f.Tags[i] = tag.Tag{Interpreter: ownText(t.Interpreter), ABI: ownText(t.ABI), Platform: ownText(t.Platform)}
	}
	f.Artifact.File, f.URL = ownText(f.Artifact.File), ownText(f.URL)
	f.YankedReason, f.MetadataHash = ownText(f.YankedReason), ownText(f.MetadataHash)
	hashes := make(map[string]string, len(f.Hashes))
	for algorithm, digest := range f.Hashes {
		hashes[ownText(algorithm)] = ownText(digest)
	}
	if len(hashes) > 0 {
		f.Hashes = hashes
	}
}

func ownText[T ~string](s T) T { return T(strings.Clone(string(s))) }
